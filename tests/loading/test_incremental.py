"""What the second run requests. Changes, ties, clock changes and late commits lose nothing."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from centra_sandbox import Errors, MissingEdge, Request, Sandbox, Shop
from centra_source.exceptions import IncompleteRead

from ..support.shop_rows import find_differences
from ..support.target import Target, catch_error
from ..support.workplace import Row

ORDER_TABLES = ("orders", "order_lines", "order_discounts", "order_payments", "order_attributes")


def assert_equal_to_shop(target: Target, shop: Shop, *tables: str) -> None:
    """The named tables hold what the shop holds, row by row."""
    for table in tables:
        assert find_differences(shop, table, target.rows(table)) == []


def windows(sandbox: Sandbox, resource: str) -> list[Row]:
    """The filters that a resource has sent, in order, each once."""
    sent = [request.variables["where"] for request in sandbox.requests if request.operation == resource]
    return [where for number, where in enumerate(sent) if where not in sent[:number]]


def bookmark_after(target: Target, resource: str) -> datetime:
    """How far the first run of a resource has read: the earlier of the shop's clock and ours."""
    line = target.audit(resource)[0]
    moment: datetime = min(line["window_to"], line["started_at"].replace(microsecond=0))
    return moment


def test_second_run_asks_only_for_changes(small_shop: Sandbox, target: Target) -> None:
    """The window of the second run begins an hour before the end of the first."""
    target.load(small_shop, "orders")
    first_end = bookmark_after(target, "orders")
    small_shop.requests.clear()
    target.load(small_shop, "orders")
    (where,) = windows(small_shop, "orders")
    assert _moment(where["updatedAt"]["from"]) == first_end - timedelta(hours=1, seconds=1)
    assert target.audit("orders")[1]["loaded"] == 0


def test_changed_row_replaces_the_old_one(small_shop: Sandbox, target: Target) -> None:
    """An edit shows in the same row, and nothing else moves."""
    target.load(small_shop, "orders")
    small_shop.shop.update(small_shop.shop.orders[3], status="CANCELLED", otherComment="changed")
    target.load(small_shop, "orders")
    assert target.audit("orders")[1]["loaded"] == 1
    assert_equal_to_shop(target, small_shop.shop, *ORDER_TABLES)


def test_vanished_line_is_gone(small_shop: Sandbox, target: Target) -> None:
    """A line that is removed from its order leaves the table. The order stays."""
    target.load(small_shop, "orders")
    order = next(order for order in small_shop.shop.orders if len(order["lines"]) > 1)
    small_shop.shop.remove_line(order, order["lines"][0])
    target.load(small_shop, "orders")
    assert_equal_to_shop(target, small_shop.shop, *ORDER_TABLES)


@pytest.mark.full
def test_order_that_lost_all_its_lists_keeps_no_stale_child(small_shop: Sandbox, target: Target) -> None:
    """The old children are removed even if there is no child to load."""
    target.load(small_shop, "orders")
    order = max(
        small_shop.shop.orders, key=lambda order: len(order["attributes"]) * 100 + len(order["lines"])
    )
    assert order["lines"]
    assert order["attributes"]
    for line in list(order["lines"]):
        small_shop.shop.remove_line(order, line)
    small_shop.shop.update(order, attributes=[], discountsApplied=[])
    target.load(small_shop, "orders")
    assert_equal_to_shop(target, small_shop.shop, *ORDER_TABLES)


@pytest.mark.full
def test_rows_of_the_very_same_second_all_arrive(small_shop: Sandbox, target: Target) -> None:
    """Ties across many small pages, in the first run and in the next."""
    small_shop.clock.set(datetime(2026, 11, 20, 12, 0, 0, tzinfo=timezone.utc))
    for product in small_shop.shop.products:
        small_shop.shop.update(product, name="before")
    target.load(small_shop, "products", page_size=2)
    for product in small_shop.shop.products:
        small_shop.shop.update(product, name="after, in the same second")
    target.load(small_shop, "products", page_size=2)
    assert_equal_to_shop(target, small_shop.shop, "products")


@pytest.mark.full
def test_hours_of_the_clock_change_stay_apart(small_shop: Sandbox, target: Target) -> None:
    """02:30 exists twice on a day in October. Both orders arrive, an hour apart, the bookmark is right."""
    summer = datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc)
    winter = datetime(2026, 10, 25, 1, 30, tzinfo=timezone.utc)
    small_shop.clock.set(summer)
    first = small_shop.shop.add_order()
    target.load(small_shop, "orders")
    small_shop.clock.set(winter)
    second = small_shop.shop.add_order()
    target.load(small_shop, "orders")
    created = {row["id"]: row["created_at"] for row in target.rows("orders")}
    assert (created[first["id"]], created[second["id"]]) == (summer, winter)


@pytest.mark.full
def test_shop_that_changes_while_it_is_read_is_equal_after_the_next_run(
    small_shop: Sandbox, target: Target
) -> None:
    """Edits, new orders and removed lines between two pages lose nothing."""
    changed_at: list[str] = []

    def change(request: Request, shop: Shop) -> None:
        if request.operation != "orders" or len(changed_at) == 6:
            return
        small_shop.clock.advance(timedelta(seconds=1))
        order = shop.orders[7 * len(changed_at)]
        changed_at.append(order["id"])
        shop.update(order, otherComment=f"edited before page {len(changed_at)}")
        shop.add_line(shop.add_order(), shop.product_sizes[0])
        if order["lines"]:
            shop.remove_line(order, order["lines"][0])

    small_shop.before_request(change)
    target.load(small_shop, "orders", page_size=5)
    target.load(small_shop, "orders", page_size=5)
    assert len(changed_at) == 6
    assert_equal_to_shop(target, small_shop.shop, *ORDER_TABLES)


def test_row_committed_late_is_caught_by_the_lookback(small_shop: Sandbox, target: Target) -> None:
    """An order whose timestamp lies before the bookmark, but within the look-back, still arrives."""
    target.load(small_shop, "orders")
    late = small_shop.clock.now().replace(microsecond=0) - timedelta(minutes=50)
    small_shop.shop.add_order(updatedAt=late, createdAt=late)
    target.load(small_shop, "orders")
    assert_equal_to_shop(target, small_shop.shop, "orders")


@pytest.mark.full
@pytest.mark.parametrize("inclusive", [True, False])
def test_bounds_of_either_kind_lose_nothing(target: Target, inclusive: bool) -> None:
    """Whether Centra includes the bounds is not documented: the oldest row is exactly on one."""
    with Sandbox(products=5, orders=10, bounds_inclusive=inclusive) as sandbox:
        oldest = min(order["updatedAt"] for order in sandbox.shop.orders)
        target.load(sandbox, "orders", start_date=oldest.isoformat())
        assert_equal_to_shop(target, sandbox.shop, "orders")


def test_return_completed_without_a_trace_arrives_through_the_lookback(
    small_shop: Sandbox, target: Target
) -> None:
    """Returns have no updatedAt in Centra: each run reads those of the last 90 days again."""
    order = next(order for order in small_shop.shop.orders if order["shipments"])
    returned = small_shop.shop.add_return(order)
    target.load(small_shop, "returns")
    assert windows(small_shop, "returns")[0].keys() == {"createdAt"}
    small_shop.shop.touch_silently(returned, returnStatus="COMPLETED")
    target.load(small_shop, "returns")
    assert_equal_to_shop(target, small_shop.shop, "returns", "return_lines")


@pytest.mark.full
def test_change_of_an_old_payment_arrives_by_its_event(small_shop: Sandbox, target: Target) -> None:
    """Payments have no date of change, but raise events."""
    # centra.dev/graphql/paymenthistoryentryfilter.html
    target.load(small_shop, "payment_history")
    assert windows(small_shop, "payment_history")[0].keys() == {"createdAt"}
    oldest = min(small_shop.shop.payment_history, key=lambda entry: entry["createdAt"])
    small_shop.shop.touch_silently(oldest, status="FAILED")
    small_shop.shop.announce(oldest, "UPDATED")
    target.load(small_shop, "payment_history", lookback="1 hour")
    assert_equal_to_shop(target, small_shop.shop, "payment_history")


@pytest.mark.full
def test_returns_use_updated_at_where_the_shop_has_it(target: Target) -> None:
    """If a shop has updatedAt on returns, they are read by it, and the table gets the column."""
    with Sandbox(products=12, orders=60, seed=3, returns_updated_at=True) as sandbox:
        target.load(sandbox, "returns")
        old = min(sandbox.shop.returns, key=lambda returned: returned["createdAt"])
        sandbox.shop.update(old, returnStatus="COMPLETED")
        sandbox.requests.clear()
        target.load(sandbox, "returns")
        assert [where.keys() for where in windows(sandbox, "returns")] == [{"updatedAt"}]
        assert target.audit("returns")[1]["loaded"] == 1
        assert_equal_to_shop(target, sandbox.shop, "returns", "return_lines")


@pytest.mark.full
@pytest.mark.usefixtures("_nothing_kept")
def test_shop_that_hides_its_schema_keeps_the_documented_cursor(target: Target) -> None:
    """Introspection may be refused; returns are then read by createdAt."""
    with Sandbox(products=12, orders=40, seed=3, returns_updated_at=True) as sandbox:
        sandbox.fail(Errors("Introspection is not allowed", "graphql"), operation="schema")
        target.load(sandbox, "returns")
        assert windows(sandbox, "returns")[0].keys() == {"createdAt"}


def test_gap_is_read_again(small_shop: Sandbox, target: Target) -> None:
    """A page that is once too short costs a second pass, but no row."""
    small_shop.fail(MissingEdge(), operation="products", skip=1)
    target.load(small_shop, "products")
    assert target.audit("products")[0]["rereads"] == 1
    assert_equal_to_shop(target, small_shop.shop, "products")


@pytest.mark.full
def test_gap_that_stays_fails_and_loads_nothing(small_shop: Sandbox, target: Target) -> None:
    """A total that is never reached is an error, not a smaller table."""
    small_shop.fail(MissingEdge(), operation="products", times=99)
    error = catch_error(IncompleteRead, lambda: target.load(small_shop, "products"))
    assert "Centra counts 12 rows but sent 11" in str(error)
    assert target.tables() == []


def test_closed_range_leaves_the_bookmark_alone(small_shop: Sandbox, target: Target) -> None:
    """--end-date loads a separate range: the next run continues where the last regular run ended."""
    target.load(small_shop, "orders")
    end = bookmark_after(target, "orders")
    target.load(small_shop, "orders", start_date="2025-01-01", end_date="2025-02-01")
    small_shop.requests.clear()
    target.load(small_shop, "orders")
    (where,) = windows(small_shop, "orders")
    assert _moment(where["updatedAt"]["from"]) == end - timedelta(hours=1, seconds=1)
    assert_equal_to_shop(target, small_shop.shop, *ORDER_TABLES)


@pytest.mark.full
def test_closed_range_loads_just_that_range(small_shop: Sandbox, target: Target) -> None:
    """Rows outside the range are not requested."""
    start, end = (datetime(2025, month, 1, tzinfo=timezone.utc) for month in (3, 9))
    target.load(small_shop, "orders", start_date="2025-03-01", end_date="2025-09-01")
    wanted = {o["id"] for o in small_shop.shop.orders if start <= o["updatedAt"] <= end}
    assert {row["id"] for row in target.rows("orders")} == wanted
    assert wanted


@pytest.mark.full
def test_clock_ahead_of_ours_moves_the_bookmark_no_further_than_ours(
    small_shop: Sandbox, target: Target
) -> None:
    """A shop whose Date header is a day ahead cannot make the next runs skip a day."""
    small_shop.clock.start_at(datetime.now(timezone.utc) + timedelta(days=1))
    target.load(small_shop, "orders")
    target.load(small_shop, "orders")
    _, where = windows(small_shop, "orders")
    assert _moment(where["updatedAt"]["from"]) < datetime.now(timezone.utc)


def _moment(text: Any) -> datetime:
    return datetime.fromisoformat(str(text).replace("Z", "+00:00"))
