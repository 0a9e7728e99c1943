"""The `where` argument."""

from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLError, get_named_type

from centra_sandbox import Sandbox
from centra_sandbox.lookup import find_path, get_path
from centra_sandbox.schema import load_schema
from centra_sandbox.special import SPECIAL

Ask = Callable[..., dict[str, Any]]
Test = Callable[[dict[str, Any]], bool]


def ids(ask: Ask, sandbox: Sandbox, field: str, where: str) -> list[Any]:
    """The ids that a filter lets through, paged to the end."""
    found: list[Any] = []
    page = 1
    while True:
        query = f"query q($page: Int) {{ {field}(where: {{{where}}}, limit: 200, page: $page) {{ id }} }}"
        rows = ask(sandbox, query, page=page)["data"][field]
        found += [row["id"] for row in rows]
        page += 1
        if len(rows) < 200:
            return found


@pytest.mark.parametrize(
    ("field", "where", "test"),
    [
        ("orders", "status: [SHIPPED, PENDING]", lambda o: o["status"] in ("SHIPPED", "PENDING")),
        (
            "orders",
            "status: SHIPPED, isOnHold: false",
            lambda o: o["status"] == "SHIPPED" and not o["isOnHold"],
        ),
        ("orders", "storeType: WHOLESALE", lambda o: o["store"]["type"] == "WHOLESALE"),
        ("orders", 'notNull: ["accountId"]', lambda o: bool(o.get("account"))),
        ("orders", 'notNull: ["accountId"], negate: ["accountId"]', lambda o: not o.get("account")),
        ("orders", 'storeId: [1], negate: ["storeId"]', lambda o: o["store"]["id"] != 1),
        ("orders", "number: {number}", lambda o: o["number"] == 1001),
        ("products", 'name: {contains: "linen"}', lambda p: "linen" in p["name"].lower()),
        ("products", "brandId: [1]", lambda p: bool(p["brand"]) and p["brand"]["id"] == 1),
        ("products", 'search: "P 10"', lambda p: p["productNumber"].startswith("P 10")),
        ("productVariants", "productId: [11]", lambda v: v["product"]["id"] == 11),
        ("productSizes", "preorder: true", lambda s: s["preorder"]),
        ("productSizes", "quantity: {from: 100}", lambda s: s["quantity"] >= 100),
        (
            "displays",
            "status: ACTIVE, storeId: 1",
            lambda d: d["status"] == "ACTIVE" and d["store"]["id"] == 1,
        ),
        (
            "prices",
            "price: {from: 100, to: 500}",
            lambda p: bool(p["price"]) and 100 <= p["price"]["value"] <= 500,
        ),
        ("productMedia", "productId: [11]", lambda m: m["product"]["id"] == 11),
        (
            "categories",
            "isTopCategory: true, storeId: 1",
            lambda c: c["isTopCategory"] and c["store"]["id"] == 1,
        ),
        ("currencies", "isBase: true", lambda c: c["isBase"]),
        ("shipments", "isShipped: false", lambda s: not s["isShipped"]),
        ("bundles", "priceType: DYNAMIC", lambda b: b["priceType"] == "DYNAMIC"),
        ("mappedAttributes", 'name: {equals: "Eco"}, objectType: Product', lambda a: a["name"] == "Eco"),
        ("orderPaymentHistory", "entryType: [REFUND]", lambda e: e["entryType"] == "REFUND"),
        ("returns", "returnStatus: [COMPLETED]", lambda r: r["returnStatus"] == "COMPLETED"),
    ],
)
def test_filter_finds_what_the_shop_holds(
    reader: Sandbox, ask: Ask, field: str, where: str, test: Test
) -> None:
    """Conditions are joined by AND, a list means any of, `notNull` and `negate` take names."""
    rows: list[dict[str, Any]] = {
        "orders": reader.shop.orders,
        "products": reader.shop.products,
        "productVariants": reader.shop.product_variants,
        "productSizes": reader.shop.product_sizes,
        "displays": reader.shop.displays,
        "prices": reader.shop.prices,
        "productMedia": reader.shop.product_media,
        "categories": reader.shop.categories,
        "currencies": reader.shop.currencies,
        "shipments": reader.shop.shipments,
        "bundles": reader.shop.bundles,
        "mappedAttributes": reader.shop.mapped_attributes,
        "orderPaymentHistory": reader.shop.payment_history,
        "returns": reader.shop.returns,
    }[field]
    expected = [row["id"] for row in rows if test(row)]
    assert expected
    assert ids(ask, reader, field, where.replace("{number}", "1001")) == expected


@pytest.mark.parametrize(
    ("condition", "path"),
    [
        ("pricelistId", ("pricelist",)),
        ("storeId", ("pricelist", "store")),
        ("productId", ("productVariant", "product")),
        ("productVariantId", ("productVariant",)),
    ],
)
def test_filter_of_lowest_prices_which_have_no_id(
    reader: Sandbox, ask: Ask, condition: str, path: tuple[str, ...]
) -> None:
    """The conditions that Centra documents for a type without an id."""
    # centra.dev/graphql/lowestpricefilter.html
    wanted = get_path(reader.shop.lowest_prices[0], (*path, "id"))
    query = f"{{ lowestPrices(where: {{{condition}: {wanted}}}, limit: 200) {{ pricelist {{ id }} }} }}"
    found = ask(reader, query)["data"]["lowestPrices"]
    expected = [row for row in reader.shop.lowest_prices if get_path(row, (*path, "id")) == wanted]
    assert found == [{"pricelist": {"id": row["pricelist"]["id"]}} for row in expected]


UNSUPPORTED = {
    "Account": {"documentTemplateId"},
    "Order": {
        *("preferredShippingDate", "estimatedDeliveryDate", "cancelDate"),
        *("isWaitingForCheckFirstAllocation", "orderHoldReason"),
    },
    "Return": {"status"},
    "ShippingOption": {"type", "currencyId", "marketId"},
}
"""Conditions on data that the shop never has, by the listed type."""


def test_every_condition_finds_its_data() -> None:
    """A condition of a root list is supported, unless the shop never has what it looks at."""
    schema = load_schema()
    unsupported: dict[str, set[str]] = {}
    for name, definition in schema.query_type.fields.items() if schema.query_type else ():
        listed = get_named_type(definition.type)
        where = definition.args.get("where")
        if name.endswith("Connection") or where is None or ("Query", name) in SPECIAL:
            continue
        for condition in getattr(get_named_type(where.type), "fields", {}):
            if condition in ("search", "notNull", "negate"):
                continue
            try:
                find_path(schema, listed.name, condition)
            except GraphQLError:
                unsupported.setdefault(listed.name, set()).add(condition)
    assert unsupported == UNSUPPORTED


def test_single_objects_and_their_lists_are_found(reader: Sandbox, ask: Ask) -> None:
    """The roots that take one id, the list of display items, and a batch that does not exist."""
    shop = reader.shop
    number, items = shop.collections[0]["id"], shop.collections[0]["products"]
    data = ask(
        reader,
        f"""{{ collection(id: {number}) {{ uri products(limit: 200) {{ id }} }}
        supplier(id: {shop.suppliers[0]["id"]}) {{ name }} voucher(id: {shop.vouchers[0]["id"]}) {{ name }}
        displayItems(where: {{id: {shop.display_items[0]["id"]}}}) {{ display {{ id }} }}
        mediaBatch(queueId: "1") {{ status }} }}""",
    )["data"]
    assert data == {
        "collection": {"uri": shop.collections[0]["uri"], "products": [{"id": one["id"]} for one in items]},
        "supplier": {"name": shop.suppliers[0]["name"]},
        "voucher": {"name": shop.vouchers[0]["name"]},
        "displayItems": [{"display": {"id": shop.display_items[0]["display"]["id"]}}],
        "mediaBatch": None,
    }


def test_unknown_condition_is_said_not_ignored(reader: Sandbox, ask: Ask) -> None:
    """A filter that the sandbox cannot honour must not pass as if it were honoured."""
    answer = ask(reader, '{ orders(where: {cancelDate: {from: "2026-01-01"}}) { id } }')
    assert "does not support the condition 'cancelDate'" in answer["errors"][0]["message"]


def test_string_match_takes_exactly_one_field(reader: Sandbox, ask: Ask) -> None:
    """Centra's StringMatch: exactly one input field should be provided."""
    answer = ask(reader, '{ products(where: {name: {equals: "a", contains: "b"}}) { id } }')
    assert "Exactly one" in answer["errors"][0]["message"]


def test_counters_take_the_same_filters(reader: Sandbox, ask: Ask) -> None:
    """`counters` counts what the lists would return."""
    answer = ask(reader, "{ counters { orders(where: {status: SHIPPED}) products } }")["data"]["counters"]
    shipped = [order for order in reader.shop.orders if order["status"] == "SHIPPED"]
    assert answer == {"orders": len(shipped), "products": 50}


def test_fully_cancelled_lines_are_left_out_by_default(reader: Sandbox, ask: Ask) -> None:
    """A line with nothing left shows only where `includeFullyCancelled` asks for it."""
    query = """query q($all: Boolean) { orders(limit: 200) {
      lines(includeFullyCancelled: $all) { quantity cancelledQuantity } } }"""
    shown = [line for order in ask(reader, query)["data"]["orders"] for line in order["lines"]]
    everything = [line for order in ask(reader, query, all=True)["data"]["orders"] for line in order["lines"]]
    cancelled = [line for line in everything if line["quantity"] == 0 and line["cancelledQuantity"] > 0]
    assert cancelled
    assert len(shown) == len(everything) - len(cancelled)


def test_store_restriction_hides_other_stores(ask: Ask) -> None:
    """A restricted token sees no objects of other stores, and gets no error either."""
    query = "{ stores { id } orders { store { id } } products { displays { store { id } } } }"
    with Sandbox(products=20, orders=60, store_ids={1}) as sandbox:
        data = ask(sandbox, query)["data"]
    assert data["stores"] == [{"id": 1}]
    assert {order["store"]["id"] for order in data["orders"]} == {1}
    assert {d["store"]["id"] for product in data["products"] for d in product["displays"]} == {1}
