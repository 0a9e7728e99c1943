"""One object that Centra breaks down over costs only itself: all others are loaded, and it is named."""

from __future__ import annotations

from typing import Any

import pytest

from centra_sandbox import Sandbox
from centra_sandbox.breakages import Form
from centra_sandbox.nodes import Node

from ..support.shop_rows import find_differences
from ..support.target import Target

TABLES = {
    "orders": ("orders", "order_lines", "order_discounts", "order_payments", "order_attributes"),
    "products": ("products", "product_attributes"),
    "displays": ("displays", "display_items", "display_attributes"),
    "shipments": ("shipments", "shipment_lines"),
    "stock_change_lines": ("stock_change_lines",),
}
"""The tables of each resource that is loaded."""

Broken = dict[tuple[str, str], str | None]
"""What is broken, by resource and id: the field, or None for the whole object."""


def _break(sandbox: Sandbox, form: Form) -> Broken:
    """Breaks an object of each kind, and parts of others. Some of them are named in other objects too."""
    shop = sandbox.shop
    shipment = shop.shipments[-1]
    order = shipment["order"]
    lines, field = [one for one in shop.orders if one is not order][2:4]
    planted: list[tuple[str, Node, str | None]] = [
        ("orders", order, None),
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
    broken = {(resource, str(node["id"])): name for resource, node, name in planted}
    named = [one for one in shop.shipments[1:] if one["order"] is order]
    return broken | {("shipments", str(one["id"])): "order.number" for one in named}


def _list_open(target: Any) -> Broken:
    rows = target.rows("unreadable_objects")
    return {(one["resource"], one["object_id"]): one["fields"] for one in rows if one["resolved_at"] is None}


def _find_wrong(target: Any, sandbox: Sandbox) -> set[tuple[str, str]]:
    """Returns the tables that differ from the shop, with the ids of the objects."""
    differences = [
        one
        for tables in TABLES.values()
        for table in tables
        for one in find_differences(sandbox.shop, table, target.rows(table))
    ]
    found = [one.split(" ", 1) for one in differences]
    return {(table, key.strip("(").split(",")[0].split(")")[0].strip("'")) for table, key in found}


def _expect_wrong(broken: Broken) -> set[tuple[str, str]]:
    """Returns what may differ: all tables of an object, the table of a list, the main table for a field."""
    wrong = set()
    for (resource, one), name in broken.items():
        tables: tuple[str, ...] = TABLES[resource]
        if name:
            lists = {"lines": ("order_lines",), "displayItems": ("display_items",)}
            tables = lists.get(name, tables[:1])
        wrong |= {(table, one) for table in tables}
    return wrong


@pytest.mark.parametrize("form", ["error", pytest.param(500, marks=pytest.mark.full)])
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
