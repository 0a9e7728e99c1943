"""A backfill loads the past in parts, goes on where it stopped, and keeps out of the live load's way."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from centra_sandbox import Errors, Request, Sandbox, Shop, Unauthorized

from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.workplace import Output, Workplace, make_environment

RANGE = ("--start-date", "2025-01-01", "--end-date", "2026-01-01")
SCRIPT = "pipelines/backfill_pipeline.py"


@pytest.fixture
def shop() -> Any:
    """A shop with orders and returns of two years."""
    with Sandbox(products=12, orders=120, seed=5) as sandbox:
        yield sandbox


def backfill(workplace: Workplace, sandbox: Sandbox, *more: str, rows: int = 10) -> Output:
    """Loads the orders and returns of 2025, a few per load."""
    chosen = ("--resources", "orders,returns", "--rows-per-load", str(rows))
    return workplace.load(sandbox, *RANGE, *chosen, *more, script=SCRIPT)


def windows(workplace: Workplace, resource: str) -> list[tuple[Any, Any]]:
    """The windows of a resource that are committed, oldest first, each as often as it was loaded."""
    audit = [row for row in workplace.rows("load_audit") if row["resource"] == resource]
    return sorted((row["window_from"], row["window_to"]) for row in audit if row["kind"] == "window")


def assert_gapless(found: list[tuple[Any, Any]]) -> None:
    """Windows that follow each other without a gap, none twice."""
    assert [end for _, end in found[:-1]] == [start for start, _ in found[1:]]


@pytest.mark.full
def test_range_is_loaded_in_parts(shop: Sandbox, workplace: Workplace) -> None:
    """Every part is a load of its own, they cover the range without a gap, and its rows are all there."""
    done = backfill(workplace, shop)
    assert (done.returncode, done.stderr) == (0, "")
    found = windows(workplace, "orders")
    assert len(found) > 3
    assert_gapless(found)
    assert (str(found[0][0])[:10], str(found[-1][1])[:10]) == ("2025-01-01", "2026-01-01")
    wanted = {order["id"] for order in shop.shop.orders if order["updatedAt"].year == 2025}
    assert {row["id"] for row in workplace.rows("orders")} == wanted
    loads = workplace.load_ids("load_audit")
    assert len(loads) == len(found) + len(windows(workplace, "returns"))


@pytest.mark.full
def test_progress_shows_what_is_done_and_left(shop: Sandbox, workplace: Workplace) -> None:
    """A line per load: resource, window, objects, share of the work, time left."""
    lines = backfill(workplace, shop).stdout.splitlines()
    assert re.fullmatch(r"\d+ objects to load, in \d+ loads\.", lines[0])
    printed = [line for line in lines if "% done" in line]
    shares = [int(re.findall(r"(\d+)% done, \d+:\d\d:\d\d left", line)[0]) for line in printed]
    assert shares == sorted(shares)
    assert shares[-1] == 100
    assert sum(int(re.findall(r"(\d+) objects", line)[0]) for line in printed) == int(lines[0].split()[0])
    assert lines[-1] == "The range is complete."


@pytest.mark.full
def test_resource_that_fails_stops_no_other(shop: Sandbox, workplace: Workplace) -> None:
    """Its parts up to the fault are loaded, and all of the others. The same command loads the rest."""
    shop.fail(Errors("The query is forbidden", category="graphql"), "orders", skip=20, times=1_000_000)
    done = backfill(workplace, shop)
    assert (done.returncode, done.stderr) == (3, "")
    assert "orders: Centra rejects the query orders: The query is forbidden." in done.stdout
    assert done.stdout.splitlines()[-1].endswith("1 resource failed: orders. The next run tries again.")
    wanted = {one["id"] for one in shop.shop.returns if one["createdAt"].year == 2025}
    assert {row["id"] for row in workplace.rows("returns")} == wanted
    assert len(workplace.rows("orders")) > 0
    shop.recover()
    done = backfill(workplace, shop)
    assert done.returncode == 0
    assert_gapless(windows(workplace, "orders"))
    wanted = {one["id"] for one in shop.shop.orders if one["updatedAt"].year == 2025}
    assert {row["id"] for row in workplace.rows("orders")} == wanted


@pytest.mark.full
def test_interrupted_backfill_goes_on_where_it_stopped(shop: Sandbox, workplace: Workplace) -> None:
    """What was committed is not read again, and nothing between is left out."""
    shop.fail(Unauthorized(), "orders", skip=20)
    stopped = backfill(workplace, shop)
    assert stopped.returncode == 1
    before = windows(workplace, "orders")
    assert before
    shop.recover()
    done = backfill(workplace, shop)
    assert (done.returncode, done.stderr) == (0, "")
    found = windows(workplace, "orders")
    assert found[: len(before)] == before
    assert_gapless(found)
    assert len(set(found)) == len(found)
    wanted = {order["id"] for order in shop.shop.orders if order["updatedAt"].year == 2025}
    assert {row["id"] for row in workplace.rows("orders")} == wanted


@pytest.mark.full
def test_complete_range_is_loaded_again_only_when_asked_for(shop: Sandbox, workplace: Workplace) -> None:
    """A scheduler may start it once more than needed."""
    backfill(workplace, shop)
    shop.requests.clear()
    assert backfill(workplace, shop).stdout == "This range is complete; --again loads it again.\n"
    assert shop.requests == []
    assert "The range is complete." in backfill(workplace, shop, "--again").stdout
    assert shop.requests


@pytest.mark.full
def test_live_load_in_between_disturbs_neither(shop: Sandbox, workplace: Workplace) -> None:
    """Live loads before, between and after the parts: bookmarks and tables are as without the backfill."""
    live = ("--resources", "orders,returns")
    workplace.load(shop, *live)
    shop.fail(Unauthorized(), "orders", skip=20)
    assert backfill(workplace, shop).returncode == 1
    shop.recover()
    changed = [order for order in shop.shop.orders if order["updatedAt"].year == 2025][:3]
    for order in changed:
        shop.shop.update(order, otherComment="edited between two parts")
    shop.requests.clear()
    assert workplace.load(shop, *live).returncode == 0
    asked = [request for request in shop.requests if request.operation == "orders"]
    assert {request.variables["where"]["updatedAt"]["from"][:4] for request in asked} == {"2026"}
    assert backfill(workplace, shop).returncode == 0
    assert workplace.load(shop, *live).returncode == 0
    for table in ("orders", "order_lines", "order_payments", "returns", "return_lines"):
        assert find_differences(shop.shop, table, workplace.rows(table)) == []


@pytest.mark.full
def test_part_that_was_read_and_not_loaded_does_not_overwrite_newer_rows(
    shop: Sandbox, workplace: Workplace
) -> None:
    """A backfill that dies with old versions in hand forgets them: a live load has brought newer ones."""
    workplace.load(shop, "--resources", "orders")
    order = next(order for order in shop.shop.orders if order["updatedAt"].year == 2025)
    script = workplace.folder / "dies.py"
    script.write_text(READ_AND_NOT_LOADED)
    path = {"PYTHONPATH": str(Path(__file__).parents[2])}
    died = workplace.load(shop, script=str(script), **path)
    assert died.returncode == 0, died.stderr
    shop.shop.update(order, otherComment="newer")
    workplace.load(shop, "--resources", "orders")
    assert backfill(workplace, shop).returncode == 0
    assert find_differences(shop.shop, "orders", workplace.rows("orders")) == []


READ_AND_NOT_LOADED = """
from rich.console import Console
from centra_source import centra_source
from centra_jobs.defaults import DATASET_NAME
from centra_jobs.runs.opening import open_backfill

with open_backfill(None, DATASET_NAME, Console()) as pipeline:
    source = centra_source(start_date="2025-01-01", end_date="2026-01-01")
    pipeline.extract(source.with_resources("orders"))
    pipeline.normalize()
"""


@pytest.mark.full
def test_second_run_refuses(shop: Sandbox, workplace: Workplace) -> None:
    """Two loads of one pipeline would spoil each other's files: the later one ends, in one sentence."""
    seconds: list[Output] = []

    def start_another(request: Request, _: Shop) -> None:
        if not seconds and request.operation == "orders":
            seconds.append(workplace.load(shop, "--resources", "orders"))

    shop.before_request(start_another)
    assert workplace.load(shop, "--resources", "orders").returncode == 0
    assert seconds[0].returncode == 75
    assert seconds[0].stderr == (
        "Another run of centra_pipeline is in progress on this machine: wait until it ends, then run again.\n"
    )
    assert find_differences(shop.shop, "orders", workplace.rows("orders")) == []


@pytest.mark.full
def test_backfill_waits_for_a_live_load(shop: Sandbox, workplace: Workplace) -> None:
    """Started while a live load is under way, it begins when that has ended, and both are exact."""
    waiting: list[subprocess.Popen[str]] = []

    def start_backfill(request: Request, _: Shop) -> None:
        if not waiting and request.operation == "orders":
            waiting.append(workplace.start(*RANGE, script=SCRIPT, **make_environment(shop)))
            assert waiting[0].stdout
            first_lines.append(waiting[0].stdout.readline())

    first_lines: list[str] = []
    shop.before_request(start_backfill)
    assert workplace.load(shop, "--resources", "orders,returns").returncode == 0
    output, errors = waiting[0].communicate(timeout=120)
    assert (waiting[0].returncode, errors) == (0, "")
    assert first_lines == ["Waiting for another job that writes these tables.\n"]
    assert output.endswith("The range is complete.\n")
    for table in ("orders", "order_lines", "returns"):
        assert find_differences(shop.shop, table, workplace.rows(table)) == []


BAD_INPUT = [
    (("--start-date", "2026-02-01", "--end-date", "2026-01-01"), "is not before end_date"),
    (("--start-date", "2026-13-01", "--end-date", "2026-01-01"), "start_date '2026-13-01' is not a date"),
    ((*RANGE, "--resources", "stock"), "stock cannot be loaded by a range of time"),
    ((*RANGE, "--rows-per-load", "0"), "rows_per_load is 0, but it must be at least 1"),
]


@pytest.mark.parametrize(
    ("command", "sentence"), representative(BAD_INPUT, BAD_INPUT[0]), ids=lambda value: str(value)[-30:]
)
def test_bad_input_gets_one_sentence(
    shop: Sandbox,
    workplace: Workplace,
    command: tuple[str, ...],
    sentence: str,
) -> None:
    """A line that says what to do, exit code 2, and no request."""
    refused = workplace.load(shop, *command, script=SCRIPT)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    assert sentence in refused.stderr
    assert shop.requests == []
