"""A time range that takes several loads, each committed by itself."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from centra_jobs.runs.loading import load_all
from centra_sandbox import Errors, Sandbox
from centra_source import centra_source, unfinished_resources
from centra_source.reading.windows import Window, find_first_part

from ..support.shop_rows import find_differences
from ..support.target import Target, catch_error
from ..support.workplace import Workplace

NOON = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)


def load_rest(target: Target, sandbox: Sandbox, *resources: str) -> int:
    """Loads until no resource is unfinished; returns in how many loads."""
    loads = 0
    while unfinished_resources(target.pipeline) or not loads:
        target.load(sandbox, *resources, rows_per_load=10)
        loads += 1
        assert loads < 50
    return loads


def test_parts_make_the_whole(small_shop: Sandbox, target: Target) -> None:
    """Forty orders, ten per load: each load but the last reports that more wait, and nothing is missing."""
    target.load(small_shop, "orders", rows_per_load=10)
    assert unfinished_resources(target.pipeline) == ["orders"]
    assert 0 < len(target.rows("orders")) <= 10
    assert load_rest(target, small_shop, "orders") >= 3
    for table in ("orders", "order_lines", "order_payments", "order_attributes"):
        assert find_differences(small_shop.shop, table, target.rows(table)) == []


def test_parts_do_not_look_back(small_shop: Sandbox, target: Target) -> None:
    """The second load starts where the first ended, or a long import within an hour would never end."""
    target.load(small_shop, "orders", rows_per_load=10)
    target.load(small_shop, "orders", rows_per_load=10)
    windows = target.audit("orders")
    latest = max(row["started_at"] for row in windows)
    first = [row for row in windows if row["started_at"] < latest]
    second = [row for row in windows if row["started_at"] == latest]
    assert min(row["window_from"] for row in second) == max(row["window_to"] for row in first)


@pytest.mark.full
def test_orders_of_one_hour_are_loaded_in_parts(small_shop: Sandbox, target: Target) -> None:
    """An import whose dates are all within the look-back takes several loads, and ends."""
    small_shop.clock.set(NOON)
    for number, order in enumerate(small_shop.shop.orders):
        order["updatedAt"] = NOON - timedelta(minutes=number)
    assert load_rest(target, small_shop, "orders") >= 4
    assert find_differences(small_shop.shop, "orders", target.rows("orders")) == []


@pytest.mark.full
def test_edit_between_the_parts_is_not_lost(small_shop: Sandbox, target: Target) -> None:
    """Changes in a part that was already read come with the run after the last part."""
    target.load(small_shop, "orders", rows_per_load=10)
    small_shop.clock.advance(timedelta(minutes=5))
    early = min(small_shop.shop.orders, key=lambda order: order["updatedAt"])
    small_shop.shop.update(early, otherComment="changed")
    load_rest(target, small_shop, "orders")
    small_shop.clock.advance(timedelta(minutes=5))
    target.load(small_shop, "orders")
    assert find_differences(small_shop.shop, "orders", target.rows("orders")) == []


@pytest.mark.full
def test_order_committed_late_between_the_parts_is_not_lost(small_shop: Sandbox, target: Target) -> None:
    """An order dated half an hour before the end of the range is committed late: the next run looks back."""
    goal = small_shop.clock.now().replace(microsecond=0)
    load_rest(target, small_shop, "orders")
    small_shop.clock.advance(timedelta(minutes=20))
    order = small_shop.shop.orders[0]
    small_shop.shop.touch_silently(order, otherComment="late", updatedAt=goal - timedelta(minutes=30))
    target.load(small_shop, "orders")
    assert find_differences(small_shop.shop, "orders", target.rows("orders")) == []


@pytest.mark.full
def test_job_goes_on_to_the_present_after_an_interrupted_one(small_shop: Sandbox, target: Target) -> None:
    """The job finishes the range, and then loads what has changed since it started."""
    target.load(small_shop, "orders", rows_per_load=10)
    small_shop.clock.advance(timedelta(hours=2))
    for order in small_shop.shop.orders[:3]:
        small_shop.shop.update(order, otherComment="changed")
    settings: dict[str, Any] = {
        "base_url": small_shop.url,
        "access_token": small_shop.token,
        "rows_per_load": 10,
    }
    load_all(target.pipeline, centra_source(**settings).with_resources("orders"), settings)
    assert find_differences(small_shop.shop, "orders", target.rows("orders")) == []


@pytest.mark.full
def test_what_is_edited_during_a_first_load_comes_with_it(small_shop: Sandbox, target: Target) -> None:
    """An order that changes leaves the range. The job then loads what has changed meanwhile."""

    def edit(number: int) -> None:
        if number == 5:
            small_shop.clock.advance(timedelta(minutes=5))
            for order in small_shop.shop.orders[:3]:
                small_shop.shop.update(order, otherComment="changed")

    count = itertools.count()
    small_shop.before_request(lambda *_: edit(next(count)))
    settings: dict[str, Any] = {"base_url": small_shop.url, "access_token": small_shop.token, "page_size": 5}
    source = centra_source(**settings).with_resources("orders", "brands")
    load_all(target.pipeline, source, settings)
    assert find_differences(small_shop.shop, "orders", target.rows("orders")) == []
    assert {len(target.audit("brands"))} == {1}
    before = len(small_shop.requests)
    load_all(target.pipeline, centra_source(**settings).with_resources("orders"), settings)
    assert len(target.audit("orders")) == 3
    assert len(small_shop.requests) > before


@pytest.mark.full
def test_failed_part_is_read_again(small_shop: Sandbox, target: Target) -> None:
    """If a later part fails, the earlier ones stay in the tables. The next run continues from there."""
    target.load(small_shop, "orders", rows_per_load=10)
    before = len(target.rows("orders"))
    small_shop.fail(Errors("Something broke", "internal"), "orders", skip=2)
    catch_error(Exception, lambda: target.load(small_shop, "orders", rows_per_load=10))
    assert len(target.rows("orders")) == before
    load_rest(target, small_shop, "orders")
    assert find_differences(small_shop.shop, "orders", target.rows("orders")) == []


@pytest.mark.full
def test_full_refresh_is_one_load(small_shop: Sandbox, target: Target) -> None:
    """A full refresh replaces the tables as a whole, so it is not divided. It finishes unfinished ranges."""
    target.load(small_shop, "orders", rows_per_load=10)
    target.load(small_shop, "orders", rows_per_load=10, full_refresh=True)
    assert unfinished_resources(target.pipeline) == []
    assert find_differences(small_shop.shop, "orders", target.rows("orders")) == []


@pytest.mark.full
def test_job_loads_all_parts(small_shop: Sandbox, workplace: Workplace) -> None:
    """One command continues until nothing is left, and reports all its loads as one."""
    done = workplace.load(small_shop, "--resources", "orders,brands", "--rows-per-load", "10")
    assert done.returncode == 0, done.stderr
    assert find_differences(small_shop.shop, "orders", workplace.rows("orders")) == []
    assert len(workplace.load_ids("orders")) >= 4
    assert f"orders {len(small_shop.shop.orders)} {len(small_shop.shop.orders)}" in " ".join(
        done.stdout.split()
    )


@pytest.mark.parametrize("moments", [[0] * 7, [0, 1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 5000, 9000, 9001]])
@pytest.mark.parametrize("rows", [1, 3, 6, 7])
def test_first_part_has_at_most_the_requested_objects(moments: list[int], rows: int) -> None:
    """The part has some objects, at most as many as allowed unless all are in one second."""
    whole = Window("updatedAt", NOON - timedelta(days=1), NOON + timedelta(days=1))

    def count(window: Window) -> int:
        dated = [NOON + timedelta(seconds=moment) for moment in moments]
        return sum(window.start <= moment <= window.end for moment in dated)

    part, held = find_first_part(whole, rows, count)
    assert held == count(part) > 0
    assert part.start == whole.start < part.end
    assert held <= max(rows, moments.count(moments[0]))
