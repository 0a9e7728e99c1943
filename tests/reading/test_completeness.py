"""A load is complete, and its audit proves it. test_resources.py compares every value."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from centra_sandbox import Sandbox
from centra_source import RESOURCES
from centra_source.operations.documents import load_operation
from centra_source.reading.lists import is_connection

from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.target import Target

COUNTED = {name for name in RESOURCES if is_connection(load_operation(name))}
"""The resources whose objects Centra counts."""

FEW = ["brands", "counters", "orders", "products", "returns", "stock"]
"""Resources of every kind: read in windows, as pages and connections, whole and inside others."""


@pytest.fixture(scope="module", params=representative([FEW, list(RESOURCES)], FEW), ids=["few", "all"])
def names(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The resources that are loaded, in the order of the registry."""
    return tuple(name for name in RESOURCES if name in request.param)


@pytest.fixture(scope="module")
def shop(names: tuple[str, ...]) -> Iterator[Sandbox]:
    """A shop with every special case."""
    with Sandbox(products=80, orders=300, seed=7) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def loaded(shop: Sandbox, names: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Target:
    """That shop, loaded once for all tests of this module, in pages smaller than its lists."""
    return Target(tmp_path_factory.mktemp("whole")).load(shop, *names, page_size=60)


def test_amounts_add_up_exactly(shop: Sandbox, loaded: Target) -> None:
    """Money is decimal: sums over the database equal sums over the shop's printed amounts."""
    wanted = sum((Decimal(str(order["grandTotal"]["value"])) for order in shop.shop.orders), Decimal(0))
    assert sum(row["grand_total_value"] for row in loaded.rows("orders")) == wanted


def test_every_type_of_order_line_arrives(loaded: Target) -> None:
    """Products, bundles, their items and gift certificates are in one table."""
    types = {row["line_type"] for row in loaded.rows("order_lines")}
    assert types == {"ProductOrderLine", "BundleOrderLine", "BundleItemOrderLine", "GiftCertificateOrderLine"}


def test_both_types_of_order_are_in_one_table(loaded: Target) -> None:
    """Consumer orders have a customer, wholesale orders an account and a buyer."""
    orders = loaded.rows("orders")
    assert {row["order_type"] for row in orders} == {"DirectToConsumerOrder", "WholesaleOrder"}
    for row in orders:
        is_wholesale = row["order_type"] == "WholesaleOrder"
        assert (row["account_id"] is not None) == is_wholesale
        assert (row["customer_id"] is None) or not is_wholesale


def test_fully_cancelled_lines_arrive(loaded: Target) -> None:
    """Centra leaves them out by default. A loader that does not request them loses cancellations."""
    assert any(row["quantity"] == 0 and row["cancelled_quantity"] > 0 for row in loaded.rows("order_lines"))


def test_audit_shows_that_each_window_is_complete(names: tuple[str, ...], loaded: Target) -> None:
    """Centra's own count equals the rows read, for every list that Centra counts."""
    lines = [line for name in names for line in loaded.audit(name)]
    assert [line["resource"] for line in lines] == list(names)
    counted = [line for line in lines if line["expected"] is not None]
    assert {line["resource"] for line in counted} == COUNTED.intersection(names)
    assert all(line["expected"] == line["loaded"] for line in counted)


def test_long_stretch_is_cut_into_windows(target: Target) -> None:
    """Windows hold no more than allowed, follow each other without a gap, and are complete."""
    with Sandbox(products=30, orders=200, seed=7) as sandbox:
        target.load(sandbox, "orders", "returns", window_rows=30, page_size=7)
        for table in ("orders", "order_lines", "order_attributes", "returns", "return_lines"):
            assert find_differences(sandbox.shop, table, target.rows(table)) == []
        lines = sorted(target.audit("orders"), key=lambda line: line["window_from"])
        assert len(lines) > len(sandbox.shop.orders) / 30
        assert [line["window_to"] for line in lines[:-1]] == [line["window_from"] for line in lines[1:]]
        assert all(line["expected"] == line["loaded"] <= 30 for line in lines)


def test_audit_counts_calls_and_complexity_as_the_shop_does(
    shop: Sandbox, names: tuple[str, ...], loaded: Target
) -> None:
    """The audit shows what a load cost."""
    for name in names:
        lines = loaded.audit(name, "window", "list", "nested list")
        asked = [request for request in shop.requests if request.operation == name]
        assert sum(line["calls"] for line in lines) == len(asked)
        assert sum(line["complexity"] for line in lines) == sum(request.complexity for request in asked)
    lines = loaded.rows("load_audit")
    greetings = [request for request in shop.requests if request.operation in ("rateLimits", "schema")]
    assert sum(line["calls"] for line in lines) == len(shop.requests) - len(greetings)
