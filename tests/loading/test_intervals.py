"""A scheduler's intervals leave the tables equal to the shop: in order, missed, repeated, or too old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest

from centra_jobs.console import plain_console
from centra_jobs.defaults import DATASET_NAME
from centra_jobs.runs.opening import open_pipeline
from centra_jobs.schedules import ChecksFailed, derive_and_check, load_interval, reason_not_to_retry
from centra_sandbox import Sandbox, Unauthorized
from centra_source import CentraError, reached_moments
from centra_source.exceptions import InvalidSetting

from ..support.shop_rows import find_differences
from ..support.target import Target, catch_error
from ..support.workplace import Row, make_environment

DAY = timedelta(days=1)
FIRST = datetime(2026, 11, 16, 2, tzinfo=timezone.utc)
"""Where the first interval ends; everything in the generated shop is older."""

NAMES = ("orders", "returns", "brands")
TABLES = ("orders", "order_lines", "order_attributes", "returns", "return_lines", "brands")


class Scheduler:
    """Loads a shop by intervals of a day, a few minutes after each ends."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.shop, self._folder = sandbox, sandbox.shop, folder

    def at(self, day: int) -> None:
        """Puts the shop's clock shortly before the end of an interval; edits then belong to it."""
        self.sandbox.clock.start_at(FIRST + (day - 1) * DAY - timedelta(hours=3))

    def run(self, day: int) -> None:
        """Runs an interval, at its end or later again."""
        end = FIRST + (day - 1) * DAY
        self.sandbox.clock.start_at(max(end + timedelta(minutes=5), self.sandbox.clock.now()))
        self.sandbox.requests.clear()
        load_interval(NAMES, end - DAY, end)

    def asked(self, resource: str) -> list[tuple[str, str]]:
        """The time ranges that the last run has requested, each once."""
        sent = [one.variables.get("where", {}) for one in self.sandbox.requests if one.operation == resource]
        spans = [span for where in sent for span in where.values() if isinstance(span, dict)]
        return list(dict.fromkeys((span["from"], span["to"]) for span in spans))

    def database(self) -> duckdb.DuckDBPyConnection:
        """The database, to be closed after use."""
        return duckdb.connect(str(self._folder / "centra.duckdb"))

    def rows(self, table: str) -> list[Row]:
        """All rows of a table, without dlt's own columns."""
        with self.database() as connection:
            found = connection.sql(f"select * from {DATASET_NAME}.{table}").to_arrow_table().to_pylist()
        return [{name: row[name] for name in row if not name.startswith("_dlt")} for row in found]

    def wrong(self) -> list[str]:
        """Where the tables differ from the shop."""
        return [
            line
            for table in TABLES
            for line in find_differences(
                self.shop, table, [row for row in self.rows(table) if row.get("deleted_at") is None]
            )
        ]

    def reached(self) -> dict[str, datetime]:
        """How far the bookmarks are."""
        with open_pipeline(None, DATASET_NAME, plain_console()) as pipeline:
            return reached_moments(pipeline)


@pytest.fixture
def scheduler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scheduler]:
    """A scheduler in an empty folder, for a shop that a test may change."""
    monkeypatch.setenv("DLT_LOCAL_DIR", str(tmp_path))
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))
    with Sandbox(products=12, orders=40, seed=3) as sandbox:
        for name, value in make_environment(sandbox).items():
            monkeypatch.setenv(name, value)
        yield Scheduler(sandbox, tmp_path)


@pytest.mark.full
def test_intervals_in_order_load_the_shop(scheduler: Scheduler) -> None:
    """The first run loads the past, each later run its own day. The bookmark moves from end to end."""
    scheduler.run(1)
    assert scheduler.wrong() == []
    assert scheduler.reached() == {"orders": FIRST, "returns": FIRST}
    scheduler.at(2)
    scheduler.shop.update(scheduler.shop.orders[0], otherComment="in the second")
    scheduler.shop.remove(scheduler.shop.orders[1])
    scheduler.shop.update(scheduler.shop.brands[0], name="renamed")
    scheduler.run(2)
    assert scheduler.asked("orders") == [("2026-11-16T00:59:59Z", "2026-11-17T02:00:00Z")]
    assert scheduler.wrong() == []
    assert scheduler.reached() == {"orders": FIRST + DAY, "returns": FIRST + DAY}


@pytest.mark.full
def test_edits_after_the_end_come_with_the_next_interval(scheduler: Scheduler) -> None:
    """An order that changes before the run and after its interval is not lost."""
    scheduler.run(1)
    scheduler.sandbox.clock.advance(timedelta(hours=1))
    order = scheduler.shop.orders[0]
    scheduler.shop.update(order, otherComment="after the end")
    scheduler.run(1)
    assert len(scheduler.wrong()) == 2  # its comment and its date
    scheduler.run(2)
    assert scheduler.wrong() == []


@pytest.mark.full
def test_missed_interval_is_made_up_for(scheduler: Scheduler) -> None:
    """The next run starts where the last run ended, and not where its own interval starts."""
    scheduler.run(1)
    scheduler.at(2)
    scheduler.shop.update(scheduler.shop.orders[0], otherComment="missed")
    scheduler.run(4)
    assert scheduler.asked("orders") == [("2026-11-16T00:59:59Z", "2026-11-19T02:00:00Z")]
    assert scheduler.wrong() == []


@pytest.mark.full
def test_interval_that_is_run_again_changes_nothing(scheduler: Scheduler) -> None:
    """It is read exactly, no row comes twice, no newer row becomes older, and no bookmark moves.

    What one does it for: rows that were lost at the destination come back.
    """
    scheduler.run(1)
    scheduler.at(2)
    order, other = scheduler.shop.orders[:2]
    scheduler.shop.update(order, otherComment="in the second")
    scheduler.shop.update(other, otherComment="in the second")
    scheduler.run(2)
    scheduler.at(3)
    scheduler.shop.update(order, otherComment="in the third")
    scheduler.run(3)
    before = {table: scheduler.rows(table) for table in TABLES}
    reached = scheduler.reached()
    scheduler.run(2)
    assert scheduler.asked("orders") == [("2026-11-16T01:59:59Z", "2026-11-17T02:00:00Z")]
    assert {table: _sorted(scheduler.rows(table)) for table in TABLES} == {
        table: _sorted(rows) for table, rows in before.items()
    }
    assert scheduler.wrong() == []
    assert scheduler.reached() == reached
    with scheduler.database() as connection:
        connection.execute(f"delete from {DATASET_NAME}.orders where id = ?", [other["id"]])
    assert scheduler.wrong() != []
    scheduler.run(2)
    assert scheduler.wrong() == []


@pytest.mark.full
def test_old_interval_leaves_the_event_queue_alone(scheduler: Scheduler) -> None:
    """Only the run that continues the tables uses a deletion."""
    scheduler.run(1)
    scheduler.run(2)
    scheduler.shop.remove(scheduler.shop.orders[0])
    scheduler.run(2)
    assert not any(one.operation == "_events" for one in scheduler.sandbox.requests)
    scheduler.run(3)
    assert scheduler.wrong() == []
    assert len([row for row in scheduler.rows("orders") if row["deleted_at"]]) == 1


@pytest.mark.full
def test_failed_interval_is_made_up_for_by_a_retry(scheduler: Scheduler) -> None:
    """Nothing of it was loaded, and the next attempt reads the same range."""
    scheduler.run(1)
    scheduler.at(2)
    scheduler.shop.update(scheduler.shop.orders[0], otherComment="in the second")
    scheduler.sandbox.fail(Unauthorized(), times=1_000)
    error = catch_error(CentraError, lambda: scheduler.run(2))
    assert reason_not_to_retry(error) is None
    scheduler.sandbox.recover()
    scheduler.run(2)
    assert scheduler.wrong() == []


@pytest.mark.full
def test_run_without_an_interval_reads_up_to_now(scheduler: Scheduler) -> None:
    """A run without an interval reads up to now. The intervals before that are read once more."""
    scheduler.run(1)
    scheduler.at(2)
    scheduler.shop.update(scheduler.shop.orders[0], otherComment="now")
    load_interval(NAMES)
    assert scheduler.wrong() == []
    scheduler.run(1)
    assert scheduler.asked("orders") == [("2026-11-15T01:59:59Z", "2026-11-16T02:00:00Z")]


@pytest.mark.full
def test_last_step_derives_and_refuses_what_does_not_hold(scheduler: Scheduler) -> None:
    """A row that is there twice is found, and the run is not repeated."""
    scheduler.run(1)
    derive_and_check()
    with scheduler.database() as connection:
        connection.execute(f"insert into {DATASET_NAME}.orders from {DATASET_NAME}.orders limit 1")
    with pytest.raises(ChecksFailed, match=r"orders: duplicate keys \(id\): 1, in 2 rows\.") as failed:
        derive_and_check()
    assert reason_not_to_retry(failed.value) == str(failed.value)


def test_wrong_setting_is_hopeless(scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler does not try five times."""
    monkeypatch.setenv("SOURCES__CENTRA_SOURCE__DELETES", "sometimes")
    error = catch_error(InvalidSetting, lambda: load_interval(NAMES))
    assert reason_not_to_retry(error) == str(error)


BOTH: list[dict[str, Any]] = [{"end_date": "2026-02-01"}, {"full_refresh": True}]


@pytest.mark.parametrize("other", BOTH, ids=lambda other: str(*other))
def test_until_goes_with_no_other_end(small_shop: Sandbox, target: Target, other: dict[str, Any]) -> None:
    """A setting that cannot work is refused before the first request."""
    error = catch_error(
        InvalidSetting, lambda: target.load(small_shop, "orders", until="2026-01-01", **other)
    )
    assert "leave one of them out" in str(error)
    assert small_shop.requests == []


def _sorted(rows: list[Row]) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in rows)
