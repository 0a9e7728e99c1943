"""Loads of shops of other versions, and with tokens that may not read it all: what can be is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from centra_sandbox import Errors, Sandbox

from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.target import Target


@pytest.fixture(autouse=True)
def own_schemas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own for the schemas that are kept."""
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data" / "centra_schemas"


def notes(target: Target, resource: str) -> list[str]:
    """What loads have left out of a resource."""
    return [row["note"] for row in target.audit(resource, "left out")]


def wrong(sandbox: Sandbox, target: Target, *tables: str) -> list[str]:
    """How the loaded tables differ from the shop."""
    return [found for table in tables for found in find_differences(sandbox.shop, table, target.rows(table))]


def test_denied_field_is_null_and_named(small_shop: Sandbox, target: Target) -> None:
    """Its column exists, the others are right, and load_audit names the permission to tick."""
    small_shop.configure(denied={"Product.internalComment:read"})
    target.load(small_shop, "products", events="off")
    rows = target.rows("products")
    assert find_differences(small_shop.shop, "products", rows, without={"Product.internalComment"}) == []
    assert notes(target, "products") == ["The token lacks Product.internalComment:read for internalComment."]


@pytest.mark.full
def test_denied_list_keeps_its_rows(small_shop: Sandbox, target: Target) -> None:
    """Loaded payments stay after the token loses access, even those of a changed order."""
    target.load(small_shop, "orders", events="off")
    before = target.rows("order_payments")
    order = next(one for one in small_shop.shop.orders if one["paymentHistory"])
    small_shop.shop.update(order, otherComment="changed")
    small_shop.configure(denied={"PaymentHistory:read"})
    target.load(small_shop, "orders", events="off")
    assert len(before) > 0
    assert len(target.rows("order_payments")) == len(before)
    assert wrong(small_shop, target, "orders", "order_lines", "order_payments") == []
    assert notes(target, "orders") == ["The token lacks PaymentHistory:read for paymentHistory."]


@pytest.mark.full
def test_denied_list_comes_when_it_is_granted(small_shop: Sandbox, target: Target) -> None:
    """A full refresh fills what could not be read before."""
    small_shop.configure(denied={"PaymentHistory:read"})
    target.load(small_shop, "orders", events="off")
    assert target.rows("order_payments") == []
    small_shop.configure(denied=frozenset())
    target.load(small_shop, "orders", events="off", full_refresh=True)
    assert wrong(small_shop, target, "orders", "order_payments") == []


@pytest.mark.parametrize("at_once", representative([True, False], True), ids=["all at once", "one at a time"])
def test_denied_resource_leaves_all_others(small_shop: Sandbox, target: Target, at_once: bool) -> None:
    """Its tables exist and are empty. Two resources that meet the same refusal at once both get over it."""
    small_shop.configure(denied={"Warehouse:read"}, denials_at_once=at_once)
    target.load(small_shop, "warehouses", "stock", "stores", "brands", "shipments", events="off")
    for table in ("warehouses", "stock"):
        assert target.rows(table) == []
    assert notes(target, "warehouses") == notes(target, "stock") == ["The token lacks Warehouse:read."]
    assert wrong(small_shop, target, "stores", "brands") == []
    assert len(target.rows("shipments")) == len(small_shop.shop.shipments)


@pytest.mark.full
@pytest.mark.parametrize("at_once", representative([True, False], True), ids=["all at once", "one at a time"])
def test_token_with_few_permissions_loads_what_it_can(
    small_shop: Sandbox, target: Target, at_once: bool
) -> None:
    """Everything is tried, three resources have rows, and each of the others says what is lacking."""
    few = frozenset({"Store:read", "Brand:read", "Folder:read"})
    small_shop.configure(permissions=few, denials_at_once=at_once)
    target.load(small_shop)
    filled = {name for name in target.tables() if not name.startswith("_") and target.rows(name)}
    readable = {"stores", "brands", "folders", "folder_children", "event_listeners"}
    assert filled <= readable | {"counters", "counter_snapshots", "rate_limits", "load_audit"}
    assert wrong(small_shop, target, "stores", "brands") == []
    assert "Order:read" in " ".join(notes(target, "orders"))


def test_missing_connection_is_read_in_pages(small_shop: Sandbox, target: Target) -> None:
    """A shop without a connection has a plain list of the same objects."""
    small_shop.configure(without=("Query.orderConnection", "Query.productConnection"))
    target.load(small_shop, "orders", "products", page_size=7, events="off")
    assert wrong(small_shop, target, "orders", "order_lines", "order_payments", "products") == []
    assert target.audit("orders")[0]["expected"] is None
    small_shop.shop.update(small_shop.shop.orders[0], otherComment="changed")
    target.load(small_shop, "orders", "products", events="off")
    assert wrong(small_shop, target, "orders", "order_lines", "products") == []


@pytest.mark.full
def test_missing_roots_are_read_through_products(small_shop: Sandbox, target: Target) -> None:
    """Sizes, variants and media also occur inside products."""
    roots = ("productSize", "productVariant")
    small_shop.configure(
        without=(
            "Query.productMedia",
            *(f"Query.{root}{ending}" for root in roots for ending in ("s", "Connection")),
        )
    )
    target.load(small_shop, "product_sizes", "product_variants", "product_media", events="off")
    assert wrong(small_shop, target, "product_sizes", "product_variants") == []
    assert wrong(small_shop, target, "product_media", "product_media_sources", "product_variant_media") == []
    small_shop.shop.remove(small_shop.shop.product_sizes[0])
    target.load(small_shop, "product_sizes", "product_variants", events="off")
    assert wrong(small_shop, target, "product_sizes") == []


@pytest.mark.full
@pytest.mark.parametrize(
    "without",
    [
        ("OrderSort.number_ASC",),
        ("Query.orderConnection.sort",),
        ("OrderFilter.updatedAt",),
        ("OrderFilter.updatedAt", "OrderFilter.createdAt"),
        ("Query.orderConnection.where",),
    ],
    ids=["sort value", "sort", "filter", "both filters", "where"],
)
def test_missing_argument_is_done_without(
    small_shop: Sandbox, target: Target, without: tuple[str, ...]
) -> None:
    """Another order, another date, or the whole list: the same rows, in the second load as well."""
    small_shop.configure(without=without)
    for _ in range(2):
        target.load(small_shop, "orders", events="off")
        assert wrong(small_shop, target, "orders", "order_lines") == []


def test_missing_resource_and_field_are_named(small_shop: Sandbox, target: Target) -> None:
    """The table is there without rows, the column without values; the version is reported."""
    small_shop.configure(without=("Query.vouchers", "Query.voucherConnection", "Brand.uri"))
    target.load(small_shop, "vouchers", "brands", events="off")
    assert target.rows("vouchers") == []
    assert {row["uri"] for row in target.rows("brands")} == {None}
    version = small_shop.settings.version
    assert notes(target, "vouchers") == [f"The shop's Centra ({version}) lacks Query.vouchers."]
    assert notes(target, "brands") == [f"The shop's Centra ({version}) lacks Brand.uri."]


@pytest.mark.full
@pytest.mark.parametrize(
    ("field", "column", "scalar", "given", "kind", "loaded"),
    [
        ("productNumber", "product_number", "Int", "17", "BIGINT", 17),
        ("isBundle", "is_bundle", "String", True, "VARCHAR", "true"),
        ("productNumber", "product_number", "SKU", "17", "VARCHAR", "17"),
    ],
)
def test_value_of_another_type_is_loaded_as_the_shop_has_it(
    small_shop: Sandbox,
    target: Target,
    field: str,
    column: str,
    scalar: str,
    given: Any,
    kind: str,
    loaded: Any,
) -> None:
    """The column takes the shop's type; one that nobody knows is text."""
    for product in small_shop.shop.products:
        small_shop.shop.update(product, **{field: given})
    declared = "" if scalar in ("Int", "String") else f"scalar {scalar} "
    small_shop.configure(
        without=(f"Product.{field}",), extra_sdl=f"{declared}extend type Product {{ {field}: {scalar} }}"
    )
    target.load(small_shop, "products", events="off")
    assert target.types("products")[column] == kind
    assert {row[column] for row in target.rows("products")} == {loaded}


def test_object_in_place_of_a_value_is_left_out(small_shop: Sandbox, target: Target) -> None:
    """What the shop has under the same name is something else."""
    small_shop.configure(
        without=("Brand.uri",), extra_sdl="type Uri { path: String } extend type Brand { uri: Uri }"
    )
    target.load(small_shop, "brands")
    assert len(target.rows("brands")) == len(small_shop.shop.brands)
    assert {row["uri"] for row in target.rows("brands")} == {None}


def test_gtin_fills_ean(small_shop: Sandbox, target: Target) -> None:
    """An older shop calls the field GTIN, and the column is the same."""
    small_shop.configure(without=("ProductSize.EAN",))
    target.load(small_shop, "product_sizes", events="off")
    assert wrong(small_shop, target, "product_sizes") == []
    assert any(row["ean"] for row in target.rows("product_sizes"))


@pytest.mark.full
@pytest.mark.parametrize("resource", representative(["brands", "products"], "products"))
def test_schema_that_changes_under_its_version_is_asked_for_again(
    small_shop: Sandbox, target: Target, own_schemas: Path, resource: str
) -> None:
    """What was kept no longer fits: the shop's refusal is taken as a sign of that."""
    small_shop.configure(same_version=True)
    target.load(small_shop, resource, events="off")
    (kept,) = own_schemas.iterdir()
    before = kept.read_bytes()
    small_shop.configure(without=("Brand.name", "Product.externalId"))
    small_shop.shop.update(small_shop.shop.products[0], name="New name")
    target.load(small_shop, resource, events="off")
    assert kept.read_bytes() != before
    assert len(notes(target, resource)) == 1
    assert len(target.rows(resource)) == len(getattr(small_shop.shop, resource))


@pytest.mark.full
def test_kept_schema_is_not_asked_for_again(small_shop: Sandbox, target: Target) -> None:
    """Once for each version."""
    for _ in range(2):
        target.load(small_shop, "brands")
    assert [one.operation for one in small_shop.requests].count("schema") == 1


@pytest.mark.parametrize("is_refused", representative([False, True], True), ids=["by setting", "by the shop"])
def test_shop_without_a_schema_is_read_as_documented(
    small_shop: Sandbox, target: Target, is_refused: bool
) -> None:
    """Missing permissions are met all the same."""
    small_shop.configure(denied={"PaymentHistory:read"})
    if is_refused:
        small_shop.fail(Errors("GraphQL introspection is not allowed"), operation="schema", times=9)
    target.load(small_shop, "orders", "brands", events="off", introspection=is_refused)
    assert wrong(small_shop, target, "orders", "order_lines", "brands") == []
    assert target.rows("order_payments") == []
    assert len(notes(target, "orders")) == 1
