"""A load package that the destination refuses never stands in the way of the next run."""

from __future__ import annotations

import errno
import shutil
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import psycopg2
import psycopg2.errors
import pytest
from dlt.common.destination.exceptions import DestinationTransientException
from dlt.destinations.exceptions import DatabaseTransientException, DestinationSchemaWillNotUpdate
from dlt.load.exceptions import LoadClientJobRetry
from dlt.pipeline.exceptions import PipelineStepFailed

from centra_sandbox import Sandbox
from centra_source import failed_resources
from centra_source.recovery.refusals import is_refused

from ..support.nights import Nights


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs into a DuckDB file, of a small shop."""
    with Sandbox(products=6, orders=12, seed=3) as sandbox:
        yield Nights(sandbox, tmp_path, monkeypatch)


@pytest.mark.parametrize("is_of_older_dlt", [False, pytest.param(True, marks=pytest.mark.full)])
def test_refused_package_is_set_aside_and_read_again(
    nights: Nights, caplog: pytest.LogCaptureFixture, is_of_older_dlt: bool
) -> None:
    """A column that someone gave another type refuses the orders of a run; then the shop is corrected.

    The next run reads everything again that the package held. Its rows stay outside of the database only in
    the folder that is named, which nobody else can read.
    """
    nights.run("orders", "brands")
    with duckdb.connect(str(nights.database)) as database:
        database.execute("delete from centra_data.orders")
        database.execute("alter table centra_data.orders alter column other_comment type integer using 1")
        changed = nights.shop.orders[3]
        nights.shop.update(changed, otherComment="not a number")
        nights.shop.update(nights.shop.brands[0], name="renamed")
        with pytest.raises(PipelineStepFailed) as refused:
            nights.run("orders", "brands")
        assert is_refused(refused.value)
        assert "not a number" not in caplog.text
        if is_of_older_dlt:
            for snapshot in nights.working_folder.glob("load/normalized/*/.restore"):
                shutil.rmtree(snapshot)
        nights.shop.update(changed, otherComment="7")
        printed = nights.run("orders", "brands")
    folder = nights.working_folder / "set_aside"
    assert f"set aside in {folder}, and what it held is read again" in printed
    assert [(row["id"], row["other_comment"]) for row in nights.rows("orders")] == [(changed["id"], 7)]
    assert nights.find_wrong("brands", "order_lines") == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    kept = [file for file in nights.working_folder.rglob("*.parquet") if folder not in file.parents]
    assert kept == []


@pytest.mark.full
def test_resource_whose_rows_are_refused_fails_alone(nights: Nights) -> None:
    """The others are loaded in the same run and in the next, which reads them once; then it is corrected."""
    nights.run("orders", "brands", "stores")
    changed = nights.shop.orders[3]
    with duckdb.connect(str(nights.database)) as database:
        database.execute("delete from centra_data.orders")
        database.execute("alter table centra_data.orders alter column other_comment type integer using 1")
        nights.shop.update(changed, otherComment="not a number")
        for name in ("first", "second"):
            nights.shop.update(nights.shop.brands[0], name=name)
            nights.sandbox.requests.clear()
            nights.run("orders", "brands", "stores", on_failure="continue")
            assert nights.find_wrong("brands", "stores") == []
            assert nights.rows("orders") == []
            sentence = failed_resources(nights.pipeline)["orders"]
            assert sentence.startswith("The destination refused its rows: orders: Conversion Error")
            assert "not a number" not in sentence
            line = next(row for row in nights.rows("load_audit") if row["note"] == sentence)
            assert (line["resource"], line["status"]) == ("orders", "failed")
        assert [one.operation for one in nights.sandbox.requests].count("brands") == 1
        nights.shop.update(changed, otherComment="7")
        nights.run("orders", "brands", "stores", on_failure="continue")
    assert [(row["id"], row["other_comment"]) for row in nights.rows("orders")] == [(changed["id"], 7)]
    assert failed_resources(nights.pipeline) == {}


@pytest.mark.full
def test_full_refresh_drops_what_is_pending(nights: Nights) -> None:
    """It reads everything anyway: nothing of an earlier run is tried first, and nothing is left of it."""
    nights.run("orders")
    with duckdb.connect(str(nights.database)) as database:
        database.execute("delete from centra_data.orders")
        database.execute("alter table centra_data.orders alter column other_comment type integer using 1")
        nights.shop.update(nights.shop.orders[3], otherComment="not a number")
        with pytest.raises(PipelineStepFailed):
            nights.run("orders")
        assert nights.pipeline.has_pending_data
        for order in nights.shop.orders:
            nights.shop.update(order, otherComment="7")
        printed = nights.run("orders", full_refresh=True)
    assert "Finishing the load" not in printed
    assert not nights.pipeline.has_pending_data
    assert {row["id"] for row in nights.rows("orders")} == {order["id"] for order in nights.shop.orders}
    assert not (nights.working_folder / "set_aside").exists()


PIPELINE = SimpleNamespace(pipeline_name="centra", has_pending_data=True)


def make_failure(*chain: BaseException, step: str = "load") -> PipelineStepFailed:
    """Makes the error that a pipeline raises for a chain of causes, the outermost first."""
    failed = PipelineStepFailed(PIPELINE, step, "1.0", chain[0])  # type: ignore[arg-type]
    for error, cause in zip((failed, *chain), chain, strict=False):
        error.__cause__ = cause
    return failed


def retried() -> LoadClientJobRetry:
    """Makes the error of a job that dlt has tried several times."""
    return LoadClientJobRetry("1.0", "orders", 5, 5, "no", ValueError())


REFUSED = [
    make_failure(retried(), DatabaseTransientException(ValueError()), duckdb.InvalidInputException("byte")),
    make_failure(retried(), duckdb.ConversionException("x")),
    make_failure(retried(), duckdb.InternalException("x")),
    make_failure(retried(), ValueError("A string literal cannot contain NUL (0x00) characters.")),
    make_failure(retried(), psycopg2.errors.NumericValueOutOfRange()),
    make_failure(DestinationSchemaWillNotUpdate("orders", ["a"], "no")),
    make_failure(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"), step="normalize"),
]
TRIED_AGAIN = [
    make_failure(retried()),
    make_failure(retried(), duckdb.IOException("Could not set lock on file")),
    make_failure(retried(), duckdb.TransactionException("conflict")),
    make_failure(retried(), psycopg2.OperationalError("server closed the connection")),
    make_failure(retried(), psycopg2.errors.DiskFull()),
    make_failure(DestinationTransientException("later")),
    make_failure(OSError(errno.ENOSPC, "No space left on device"), step="normalize"),
    make_failure(MemoryError()),
    make_failure(ValueError("a row"), step="extract"),
]


@pytest.mark.parametrize("error", REFUSED, ids=lambda error: type([*causes_of(error)][-1]).__name__)
def test_contents_are_refused(error: PipelineStepFailed) -> None:
    """What depends on rows and schema is refused each time, whatever dlt calls it."""
    assert is_refused(error)


@pytest.mark.parametrize("error", TRIED_AGAIN, ids=lambda error: type([*causes_of(error)][-1]).__name__)
def test_circumstances_are_not_refused(error: PipelineStepFailed) -> None:
    """What depends on connections, locks, memory and disks is tried again, and never set aside."""
    assert not is_refused(error)


def causes_of(error: BaseException) -> list[BaseException]:
    """The chain of an error."""
    return [error, *(causes_of(error.__cause__) if error.__cause__ else ())]
