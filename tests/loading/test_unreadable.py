"""One object that Centra breaks down over costs only itself: all others are loaded, and it is named."""

from __future__ import annotations

from typing import Any

import pytest

from centra_sandbox import HttpError, Sandbox
from centra_sandbox.breakages import Form
from centra_sandbox.nodes import Node
from centra_source import settings
from centra_source.exceptions import IncompleteRead, ShopUnreachable

from ..support.postgres import PostgresTarget
from ..support.shop_rows import find_differences
from ..support.target import Target, catch_error

TABLES = {
    "orders": ("orders", "order_lines", "order_discounts", "order_payments", "order_attributes"),
    "products": ("products", "product_attributes"),
    "displays": ("displays", "display_items", "display_attributes"),
    "shipments": ("shipments", "shipment_lines"),
    "stock_change_lines": ("stock_change_lines",),
}
"""The tables of each resource that is read by what has changed."""

LISTS = {
    "brands": ("brands",),
    "mapped_attributes": ("mapped_attributes", "mapped_attribute_elements"),
    "lowest_prices": ("lowest_prices",),
    "stock": ("stock",),
}
"""The tables of each resource that is read whole: with an id, with lists, without an id, inside another."""

Broken = dict[tuple[str, str | None], str | None]
"""What is broken, by resource and id: the field, or None for the whole object."""


def _break(sandbox: Sandbox, form: Form) -> Broken:
    """Breaks an object of each kind, and parts of others. Some of them are named in other objects too."""
    shop = sandbox.shop
    shipment = shop.shipments[-1]
    order = shipment["order"]
    both, lines, field = [one for one in shop.orders if one is not order][2:5]
    planted: list[tuple[str, Node, str | None]] = [
        ("orders", order, None),
        ("orders", both, "lines"),
        ("orders", both, "totals"),
        ("orders", lines, "lines"),
        ("orders", field, "otherComment"),
        ("products", shop.products[2], None),
        ("products", shop.products[4], "name"),
        ("displays", shop.displays[0], "displayItems"),
        ("shipments", shop.shipments[0], None),
        ("stock_change_lines", shop.stock_change_lines[1], None),
    ]
    for _, node, name in planted:
        sandbox.break_over(node, name, form)
    broken: Broken = {(resource, str(node["id"])): name for resource, node, name in planted}
    broken[("orders", both["id"])] = "totals, lines"
    named = [one for one in shop.shipments[1:] if one["order"] is order]
    return broken | {("shipments", str(one["id"])): "order.number" for one in named}


def _list_open(target: Any) -> Broken:
    rows = target.rows("unreadable_objects")
    return {(one["resource"], one["object_id"]): one["fields"] for one in rows if one["resolved_at"] is None}


def _find_wrong(
    target: Any, sandbox: Sandbox, resources: dict[str, tuple[str, ...]] = TABLES
) -> set[tuple[str, str]]:
    """Returns the tables that differ from the shop, with the ids of the objects."""
    differences = [
        one
        for tables in resources.values()
        for table in tables
        for one in find_differences(sandbox.shop, table, target.rows(table))
    ]
    found = [one.split(" ", 1) for one in differences]
    return {(table, key.strip("(").split(",")[0].split(")")[0].strip("'")) for table, key in found}


def _expect_wrong(broken: Broken) -> set[tuple[str, str | None]]:
    """Returns what may differ: all tables of an object, the table of a list, the main table for a field."""
    wrong = set()
    for (resource, one), name in broken.items():
        tables: tuple[str, ...] = TABLES[resource]
        if name:
            lists = {"lines": "order_lines", "displayItems": "display_items"}
            tables = tuple(lists.get(one, tables[0]) for one in name.split(", "))
        wrong |= {(table, one) for table in tables}
    return wrong


@pytest.mark.parametrize("form", [500, pytest.param("error", marks=pytest.mark.full)])
def test_everything_else_is_loaded(target: Target, form: Form) -> None:
    """Objects, a list and fields are broken at once. The run after the repair reads them all."""
    with Sandbox(products=6, orders=12) as sandbox:
        broken = _break(sandbox, form)
        target.load(sandbox, *TABLES, page_size=5)
        assert _list_open(target) == broken
        wrong = _find_wrong(target, sandbox)
        assert wrong <= _expect_wrong(broken)
        assert {one for _, one in wrong} == {one for _, one in broken}
        lines = [one for one in target.rows("load_audit") if one["kind"] == "unreadable"]
        assert {one["resource"]: one["status"] for one in lines} == dict.fromkeys(TABLES, "incomplete")
        counted = [one for one in target.rows("load_audit") if one["expected"] is not None]
        assert all(one["loaded"] + one["unreadable"] == one["expected"] for one in counted)
        sandbox.lift()
        target.load(sandbox, *TABLES)
        assert _list_open(target) == {}
        assert _find_wrong(target, sandbox) == set()


@pytest.mark.parametrize("form", ["error", pytest.param(499, marks=pytest.mark.full)])
def test_whole_lists_keep_what_cannot_be_read(target: Target, form: Form) -> None:
    """A list replaces its table. What it does not show at the moment stays, and what was deleted goes."""
    with Sandbox(products=6, orders=12) as sandbox:
        shop = sandbox.shop
        target.load(sandbox, *LISTS)
        attribute, elements, price = (
            shop.mapped_attributes[1],
            shop.mapped_attributes[3],
            shop.lowest_prices[2],
        )
        row, warehouse = shop.stock[3], shop.warehouses[2]
        sandbox.break_over(shop.brands[1], "name", form)
        sandbox.break_over(attribute, None, form)
        sandbox.break_over(elements, "elements", form)
        sandbox.break_over(price, "startDate", form)
        sandbox.break_over(row, "physicalQuantity", form)
        sandbox.break_over(warehouse, "stock", form)
        shop.remove(shop.mapped_attributes[0])
        target.load(sandbox, *LISTS)
        assert _list_open(target) == {
            ("brands", str(shop.brands[1]["id"])): "name",
            ("mapped_attributes", str(attribute["id"])): None,
            ("mapped_attributes", str(elements["id"])): "elements",
            ("lowest_prices", f"{price['productVariant']['id']}, {price['pricelist']['id']}"): "startDate",
            ("stock", f"{row['warehouse']['id']}, {row['productSize']['id']}"): None,
            ("stock", str(warehouse["id"])): None,
        }
        brand = ("brands", str(shop.brands[1]["id"]))
        assert _find_wrong(target, sandbox, LISTS) == {
            brand,
            ("lowest_prices", str(price["productVariant"]["id"])),
        }
        # Not even the id of these can be read: nothing that is stored is deleted then.
        sandbox.lift()
        for one, field in ((shop.brands[0], "id"), (shop.lowest_prices[4], None), (shop.stock[5], None)):
            sandbox.break_over(one, field, form)
        target.load(sandbox, "brands", "mapped_attributes", "stock")
        error = catch_error(IncompleteRead, lambda: target.load(sandbox, "lowest_prices"))
        assert "breaks down over object 5 of the list" in str(error)
        assert {resource for resource, _ in _list_open(target)} == {"brands", "lowest_prices", "stock"}
        assert {table for table, _ in _find_wrong(target, sandbox, LISTS)} == {"lowest_prices"}
        sandbox.lift()
        target.load(sandbox, *LISTS)
        assert _list_open(target) == {}
        assert _find_wrong(target, sandbox, LISTS) == set()


def test_faults_that_pass_and_shops_that_are_down_put_nothing_into_quarantine(target: Target) -> None:
    """A few failures are over soon. If everything fails, the load fails as before, and nothing is loaded."""
    with Sandbox(products=6, orders=12) as sandbox:
        sandbox.fail(HttpError(500), "orders", times=12, skip=1)
        target.load(sandbox, "orders", page_size=5)
        assert _list_open(target) == {}
        assert find_differences(sandbox.shop, "orders", target.rows("orders")) == []
        sandbox.fail(HttpError(500), "brands", times=1_000_000)
        catch_error(ShopUnreachable, lambda: target.load(sandbox, "brands", retry_limit=0.2))
        sandbox.recover()
        for order in sandbox.shop.orders:
            sandbox.shop.update(order, otherComment="changed")
            sandbox.break_over(order, None, "bare error")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(settings, "UNREADABLE_ROWS", 5)
            error = catch_error(IncompleteRead, lambda: target.load(sandbox, "orders"))
        assert "Centra breaks down over 6 objects of" in str(error)
        assert _list_open(target) == {}


def test_object_without_an_id_is_found_again_by_its_range(target: Target) -> None:
    """A connection passes over an object whose id cannot be read, and later runs read its range again."""
    with Sandbox(products=6, orders=12) as sandbox:
        shop = sandbox.shop
        product, line = shop.products[3], shop.stock_change_lines[0]
        sandbox.break_over(product, "id", "error")
        sandbox.break_over(line, "id", "error")
        target.load(sandbox, "products", "stock_change_lines")
        target.load(sandbox, "products", "stock_change_lines")
        assert set(_list_open(target)) == {("products", None), ("stock_change_lines", None)}
        listed = target.rows("unreadable_objects")
        assert len(listed) == 2
        assert all(one["first_seen"] < one["last_seen"] for one in listed)
        assert len(target.rows("products")) == len(shop.products) - 1
        assert len(target.rows("stock_change_lines")) == len(shop.stock_change_lines) - 1
        sandbox.lift()
        target.load(sandbox, "products", "stock_change_lines")
        assert _list_open(target) == {}
        for table in ("products", "product_attributes", "stock_change_lines"):
            assert find_differences(shop, table, target.rows(table)) == []


def test_sweep_deletes_nothing_that_cannot_be_read(target: Target) -> None:
    """An object with only its id is still there. If ids are missing too, the sweep deletes nothing."""
    with Sandbox(products=6, orders=12) as sandbox:
        shop = sandbox.shop
        target.load(sandbox, "orders", events="off")
        broken, gone = shop.orders[2], shop.orders[4]
        sandbox.break_over(broken, None, "error")
        shop.remove(gone)
        target.load(sandbox, "orders", events="off", sweep=True)
        deleted = {one["id"] for one in target.rows("orders") if one["deleted_at"]}
        assert deleted == {gone["id"]}
        sandbox.lift()
        sandbox.break_over(shop.orders[3], "id", "error")
        shop.remove(shop.orders[5])
        target.load(sandbox, "orders", events="off", sweep=True)
        assert {one["id"] for one in target.rows("orders") if one["deleted_at"]} == deleted
        assert target.audit("orders", "sweep")[-1]["status"] == "incomplete"


@pytest.mark.full
def test_list_inside_an_object_breaks_on_a_further_page(target: Target) -> None:
    """The first rows of a list came with the order; without the rest of it, it is left out as a whole."""
    with Sandbox(products=6, orders=12, limited_lists="all", list_default=2) as sandbox:
        shop = sandbox.shop
        order = next(one for one in shop.orders if len(one["lines"]) > 3)
        sandbox.break_over(order["lines"][3], None, 500)
        target.load(sandbox, "orders")
        assert _list_open(target) == {("orders", order["id"]): "lines"}
        differences = find_differences(shop, "order_lines", target.rows("order_lines"))
        assert len(differences) == len(order["lines"])
        assert all(order["id"] in one for one in differences)
        sandbox.lift()
        target.load(sandbox, "orders")
        assert _list_open(target) == {}
        assert find_differences(shop, "order_lines", target.rows("order_lines")) == []


@pytest.mark.full
@pytest.mark.parametrize("form", ["error", 504])
def test_everything_else_is_loaded_into_postgres(postgres: PostgresTarget, form: Form) -> None:
    """The same in PostgreSQL: what is broken is named, all else is equal, and one run repairs the rest."""
    with Sandbox(products=6, orders=12) as sandbox:
        broken = _break(sandbox, form)
        postgres.load(sandbox, *TABLES, *LISTS)
        assert _list_open(postgres) == broken
        wrong = _find_wrong(postgres, sandbox)
        assert wrong <= _expect_wrong(broken)
        assert {one for _, one in wrong} == {one for _, one in broken}
        assert _find_wrong(postgres, sandbox, LISTS) == set()
        sandbox.lift()
        sandbox.break_over(sandbox.shop.stock[3], "physicalQuantity", form)
        postgres.load(sandbox, *TABLES, *LISTS)
        assert {resource for resource, _ in _list_open(postgres)} == {"stock"}
        assert _find_wrong(postgres, sandbox) == _find_wrong(postgres, sandbox, LISTS) == set()
