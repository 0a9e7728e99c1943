"""What earlier loads did not ask for is read again by itself, in steps, and named until it is complete."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centra_sandbox import Sandbox
from centra_source import RESOURCES
from centra_source.operations.documents import Operation, load_operation
from centra_source.operations.rewriting import without_paths
from centra_source.shop import capabilities

from ..support.shop_rows import find_differences
from ..support.target import Target

ADDED = {
    "orders": (("currencyBaseRate",), ("discountsApplied",)),
    "displays": (("uri",), ("media",)),
    "returns": (("comment",), ("lines",)),
    "stock_change_lines": (("deliveredQuantity",),),
    "brands": (("uri",),),
}
"""Fields and lists of some resources that an earlier version of this package did not ask for."""

TABLES = (
    "orders",
    "order_lines",
    "order_discounts",
    "displays",
    "display_media",
    "returns",
    "return_lines",
    "stock_change_lines",
    "brands",
)


def load_earlier_operation(name: str) -> Operation:
    """Loads a query as the earlier version asks it."""
    operation = without_paths(load_operation(name), ADDED.get(name, ()))
    assert operation
    return operation


def test_new_columns_and_tables_are_filled_in_steps(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dataset of an earlier version equals the shop after some loads. Each says what is missing."""
    with Sandbox(products=6, orders=12, seed=3) as sandbox:
        with monkeypatch.context() as earlier:
            earlier.setattr(capabilities, "load_operation", load_earlier_operation)
            earlier.setattr(capabilities, "RESOURCES", list_earlier_resources())
            target.load(sandbox, *ADDED)
        assert "order_discounts" not in target.tables()
        target.load(sandbox, *ADDED, rows_per_load=5)
        notes = {row["resource"]: row["note"] for row in target.rows("load_audit") if row["kind"] == "refill"}
        assert "orders.currency_base_rate, order_discounts." in notes["orders"]
        assert all("earlier loads did not ask for" in note for note in notes.values())
        assert find_differences(sandbox.shop, "orders", target.rows("orders")) != []
        for _ in range(3):
            target.load(sandbox, *ADDED, rows_per_load=8)
        for table in TABLES:
            assert find_differences(sandbox.shop, table, target.rows(table)) == []
        lines = target.rows("load_audit")
        target.load(sandbox, *ADDED)
        assert not [row for row in target.rows("load_audit") if row["kind"] == "refill" and row not in lines]


def test_new_permission_fills_earlier_rows(target: Target) -> None:
    """While a permission is missing, nothing is read again. When it is granted, all rows are filled."""
    with Sandbox(products=6, orders=12, seed=3, denied={"Market:read"}) as sandbox:
        for _ in range(2):
            target.load(sandbox, "displays", "stores")
        assert target.rows("display_markets") == []
        sandbox.configure(denied=frozenset())
        target.load(sandbox, "displays", "stores")
        for table in ("displays", "display_markets"):
            assert find_differences(sandbox.shop, table, target.rows(table)) == []
        displays = len(sandbox.shop.displays)
        assert [row["loaded"] for row in target.audit("displays") if row["loaded"]] == [displays, displays]


def list_earlier_resources() -> dict[str, object]:
    """The registry without the tables of the lists that were added."""
    return {
        name: replace(
            resource,
            lists={
                path: table
                for path, table in resource.lists.items()
                if (path.partition(".")[0],) not in ADDED.get(name, ())
            },
        )
        for name, resource in RESOURCES.items()
    }
