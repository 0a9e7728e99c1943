"""Stock, snapshots and reference lists are read whole on every run, and made equal to the shop."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from centra_sandbox import Request, Sandbox, Shop

from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.target import Target

REFERENCE = ("stores", "markets", "warehouses", "brands", "collections", "folders", "countries", "currencies")

DAY_ONE = datetime(2026, 11, 20, 23, 30, tzinfo=timezone.utc)


def test_row_that_is_gone_is_removed(small_shop: Sandbox, target: Target) -> None:
    """A brand that the merchant deletes leaves the table with the next run."""
    target.load(small_shop, *REFERENCE)
    small_shop.shop.remove(small_shop.shop.brands[0])
    small_shop.shop.update(small_shop.shop.folders[0], name="Renamed")
    target.load(small_shop, *REFERENCE)
    for table in REFERENCE:
        assert find_differences(small_shop.shop, table, target.rows(table)) == []


def test_list_that_became_empty_leaves_an_empty_table(small_shop: Sandbox, target: Target) -> None:
    """The old rows are removed even if there is no row to load."""
    target.load(small_shop, "collections")
    assert target.rows("collections")
    small_shop.shop.remove(*small_shop.shop.collections)
    target.load(small_shop, "collections")
    assert target.rows("collections") == []


@pytest.mark.full
def test_list_longer_than_a_page_arrives_whole(target: Target) -> None:
    """Plain lists are paged until one is shorter than the limit."""
    with Sandbox(products=2, orders=2) as sandbox:
        for number in range(400 - len(sandbox.shop.brands)):
            sandbox.shop.add("Brand", name=f"Brand {number}")
        target.load(sandbox, "brands")
        assert len(target.rows("brands")) == 400
        assert target.audit("brands")[0]["calls"] == 3


@pytest.mark.parametrize("gone", representative([0, 150, 199], 150))
def test_list_that_shifts_between_two_pages_is_read_again(target: Target, gone: int) -> None:
    """A row that is deleted from an earlier page moves another row there. No row is missed."""
    with Sandbox(products=2, orders=2) as sandbox:
        for number in range(500):
            sandbox.shop.add("Brand", name=f"Brand {number}")
        removed = sandbox.shop.brands[gone]

        def remove(request: Request, shop: Shop) -> None:
            if request.operation == "brands" and request.variables["page"] == 2 and removed in shop.brands:
                shop.remove(removed)

        sandbox.before_request(remove)
        target.load(sandbox, "brands")
        assert target.audit("brands")[0]["rereads"] == 1
        problems = find_differences(sandbox.shop, "brands", target.rows("brands"))
        assert problems in ([], [f"brands ({removed['id']},): not in the shop"])
        target.load(sandbox, "brands")
        assert find_differences(sandbox.shop, "brands", target.rows("brands")) == []


@pytest.mark.parametrize("gone", representative([0, 150, 199], 199))
def test_rows_without_an_id_are_all_loaded(target: Target, gone: int) -> None:
    """Rows that refer to the same objects are all loaded, also when the list shifts between two of them."""
    with Sandbox(products=2, orders=2) as sandbox:
        prices = sandbox.shop.lowest_prices
        prices[:] = [{**prices[0], "markets": [market]} for market in sandbox.shop.markets[:3]]
        for number in range(400):
            amount = {**prices[0]["price"], "value": float(number)}
            prices.append({**prices[0], "price": amount})
        removed = prices[gone]

        def remove(request: Request, shop: Shop) -> None:
            if request.operation == "lowest_prices" and request.variables["page"] == 2:
                prices[:] = [each for each in prices if each is not removed]
                shop.version += 1

        sandbox.before_request(remove)
        target.load(sandbox, "lowest_prices")
        assert target.audit("lowest_prices")[0]["rereads"] == 1
        assert len(target.rows("lowest_prices")) >= len(prices) == 402
        target.load(sandbox, "lowest_prices")
        for table in ("lowest_prices", "lowest_price_markets"):
            assert find_differences(sandbox.shop, table, target.rows(table)) == []


@pytest.mark.full
def test_stock_that_shifts_between_two_pages_is_complete(target: Target) -> None:
    """Stock rows come and go during the read of a warehouse. Every row that was there throughout arrives."""
    with Sandbox(products=140, orders=5) as sandbox:
        warehouse = max(sandbox.shop.warehouses, key=lambda one: len(one["stock"]))
        first = warehouse["stock"][0]
        removed: list[bool] = []

        def remove(request: Request, shop: Shop) -> None:
            variables = request.variables
            if request.operation == "stock" and variables["innerPage"] == 2 and not removed:
                removed.append(True)
                shop.remove(*(one["stock"][0] for one in shop.warehouses))

        sandbox.before_request(remove)
        target.load(sandbox, "stock")
        assert first not in warehouse["stock"]
        assert target.audit("stock")[0]["status"] == "complete"
        problems = find_differences(sandbox.shop, "stock", target.rows("stock"))
        assert all("not in the shop" in line for line in problems)
        target.load(sandbox, "stock")
        assert find_differences(sandbox.shop, "stock", target.rows("stock")) == []


@pytest.mark.full
def test_warehouse_that_goes_while_it_is_its_turn_hides_no_other(target: Target) -> None:
    """Warehouses are read one by one, and those that move up are not missed."""
    with Sandbox(products=20, orders=5) as sandbox:
        first, *rest = sandbox.shop.warehouses

        def remove(request: Request, shop: Shop) -> None:
            if request.operation == "stock" and request.variables["page"] == 2 and first in shop.warehouses:
                shop.remove(first)

        sandbox.before_request(remove)
        target.load(sandbox, "stock")
        assert {row["warehouse_id"] for row in target.rows("stock")} >= {one["id"] for one in rest}


@pytest.mark.full
def test_stock_is_paged_until_every_warehouse_is_exhausted(target: Target) -> None:
    """One row per size and warehouse, for warehouses of any number of pages."""
    with Sandbox(products=140, orders=5) as sandbox:
        per_warehouse = [len(warehouse["stock"]) for warehouse in sandbox.shop.warehouses]
        assert max(per_warehouse) > 200
        target.load(sandbox, "stock")
        assert find_differences(sandbox.shop, "stock", target.rows("stock")) == []
        pages = sum(stock // 200 + 1 for stock in per_warehouse)
        assert target.audit("stock")[0]["calls"] == pages + 1


def test_each_day_keeps_its_last_snapshot(small_shop: Sandbox, target: Target) -> None:
    """One row per size, warehouse and day. A second run on a day replaces it, a new day adds one."""
    small_shop.clock.set(DAY_ONE)
    target.load(small_shop, "stock")
    changed, gone = small_shop.shop.stock[0], small_shop.shop.stock[1]
    small_shop.shop.touch_silently(changed, physicalQuantity=4711)
    target.load(small_shop, "stock")
    small_shop.clock.advance(timedelta(hours=1))
    small_shop.shop.remove(gone)
    target.load(small_shop, "stock")

    snapshots = target.rows("stock_snapshots")
    first, second = (
        [row for row in snapshots if row["snapshot_date"] == day]
        for day in (DAY_ONE.date(), DAY_ONE.date() + timedelta(days=1))
    )
    assert len(snapshots) == len(first) + len(second)
    assert len(first) == len(second) + 1
    assert 4711 in [row["physical_quantity"] for row in first]
    without_day = [{key: row[key] for key in row if key != "snapshot_date"} for row in second]
    assert find_differences(small_shop.shop, "stock", without_day) == []
    assert find_differences(small_shop.shop, "stock", target.rows("stock")) == []


@pytest.mark.full
def test_full_refresh_removes_what_is_gone_and_keeps_snapshots(small_shop: Sandbox, target: Target) -> None:
    """A refresh makes every table equal to the shop. Old snapshots cannot be read again, and stay."""
    small_shop.clock.set(DAY_ONE)
    read = ("orders", "displays", "shipments", "stock")
    target.load(small_shop, *read)
    snapshots = len(target.rows("stock_snapshots"))
    small_shop.clock.advance(timedelta(days=1))
    small_shop.shop.remove(small_shop.shop.orders[0], small_shop.shop.displays[0])
    target.load(small_shop, *read, full_refresh=True)
    for table in ("orders", "order_lines", "order_payments", "displays", "display_items", "shipment_lines"):
        assert find_differences(small_shop.shop, table, target.rows(table)) == []
    assert len(target.rows("stock_snapshots")) == 2 * snapshots


@pytest.mark.full
def test_run_after_a_full_refresh_is_incremental_again(small_shop: Sandbox, target: Target) -> None:
    """The refresh leaves no hint in the schema that would empty the tables in the next run."""
    target.load(small_shop, "orders", full_refresh=True)
    target.load(small_shop, "orders")
    assert target.audit("orders")[1]["loaded"] == 0
    for table in ("orders", "order_lines", "order_attributes"):
        assert find_differences(small_shop.shop, table, target.rows(table)) == []
