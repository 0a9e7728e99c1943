"""The generated shop and its edits."""

import hashlib
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from centra_sandbox import Sandbox, Settings, Shop
from centra_sandbox.clock import Clock
from centra_sandbox.generate import build_shop
from centra_sandbox.nodes import make

Ask = Callable[..., dict[str, Any]]
ROOT = Path(__file__).parent.parent.parent
PRINT = "from tests.sandbox.test_shop import fingerprint; print(fingerprint(7))"


def fingerprint(seed: int) -> str:
    """A digest of all plain values of a generated shop."""
    shop = build_shop(Settings(products=30, orders=60, seed=seed), Clock())
    digest = hashlib.sha256()
    for name, rows in shop.lists():
        for row in rows:
            plain = {key: value for key, value in row.items() if not isinstance(value, (dict, list))}
            linked = {
                key: value.get("id", value.get("value"))
                for key, value in row.items()
                if isinstance(value, dict)
            }
            digest.update(repr((name, plain, linked)).encode())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def default_shop() -> Shop:
    """The shop of the default command line."""
    return build_shop(Settings(products=500, orders=2000), Clock())


def test_same_seed_gives_the_same_shop() -> None:
    """Also in another process, with another hash seed; another seed gives another shop."""
    found = [
        subprocess.run(
            [sys.executable, "-c", PRINT],
            cwd=ROOT,
            env={"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
        )
        .stdout.decode()
        .strip()
        for seed in (1, 2)
    ]
    assert found == [fingerprint(7)] * 2
    assert fingerprint(8) != fingerprint(7)


def test_empty_shop_has_nothing() -> None:
    """`empty` leaves every list empty."""
    assert [name for name, rows in build_shop(Settings(empty=True), Clock()).lists() if rows] == []


def test_objects_hold_every_field_of_their_type(default_shop: Shop) -> None:
    """A test can read any schema field straight from a node."""
    for name, rows in default_shop.lists():
        for row in rows[:50]:
            assert set(make(row["__typename"])) <= set(row), name


def test_ids_are_unique_and_have_gaps(default_shop: Shop) -> None:
    """Ids identify, and deleted rows have left holes; order ids are 32 hex digits."""
    for name, rows in default_shop.lists():
        ids = [row["id"] for row in rows if "id" in row]
        assert len(ids) == len(set(ids)), name
    ids = [product["id"] for product in default_shop.products]
    assert ids == sorted(ids)
    assert ids[-1] - ids[0] > len(ids)
    assert all(len(order["id"]) == 32 and int(order["id"], 16) for order in default_shop.orders)


def test_default_stores_are_one_of_each_kind(default_shop: Shop) -> None:
    """One consumer store and one wholesale store, unless asked otherwise."""
    assert [store["type"] for store in default_shop.stores] == ["DIRECT_TO_CONSUMER", "WHOLESALE"]
    two = build_shop(Settings(products=5, orders=20, dtc_stores=2), Clock())
    assert [store["type"] for store in two.stores] == ["DIRECT_TO_CONSUMER"] * 2 + ["WHOLESALE"]


def test_shop_has_the_mess_of_real_ones(default_shop: Shop) -> None:
    """Each oddity that a loader must survive is there at the default size."""
    shop = default_shop
    orders, lines, sizes = shop.orders, shop.order_lines, shop.product_sizes
    shared = Counter(order["updatedAt"] for order in orders).most_common(1)[0][1]
    per_store = [Counter(d["store"]["id"] for d in p["displays"]) for p in shop.products]
    attributes = [Counter(a["type"]["name"] for a in o["attributes"]) for o in orders]
    skus = Counter(size["SKU"] for size in sizes if size["SKU"])
    oddities = {
        "many orders of one second": shared >= 40,
        "many sizes of one second": Counter(s["updatedAt"] for s in sizes).most_common(1)[0][1] >= 60,
        "number and updatedAt disagree": orders != sorted(orders, key=lambda o: o["updatedAt"]),
        "two displays in a store": any(n == 2 for counts in per_store for n in counts.values()),
        "no display": any(not counts for counts in per_store),
        "inactive display": any(d["status"] == "INACTIVE" for d in shop.displays),
        "order without lines": any(not o["lines"] for o in orders),
        "fully cancelled line": any(n["quantity"] == 0 and n["cancelledQuantity"] for n in lines),
        "cancelled order with quantities": any(
            o["status"] == "CANCELLED" and o["totals"]["quantity"] for o in orders
        ),
        "every status": {o["status"] for o in orders}
        == {"PENDING", "CONFIRMED", "PROCESSING", "SHIPPED", "CANCELLED", "ARCHIVED"},
        "held order": any(o["isOnHold"] for o in orders),
        "every kind of line": len({n["__typename"] for n in lines}) == 4,
        "three currencies": {o["grandTotal"]["currency"]["code"] for o in orders} == {"SEK", "EUR", "USD"},
        "whole amount": any(n["unitPrice"]["value"] == 1200.0 for n in lines),
        "odd amount": any(n["unitPrice"]["value"] == 1999.3 for n in lines),
        "all discounts": {d["__typename"] for o in orders for d in o["discountsApplied"]}
        == {"AdminDiscount", "AppliedVoucherDiscount", "AppliedVoucherFreeShipping"},
        "failed payment": any(entry["status"] == "FAILED" for entry in shop.payment_history),
        "refund of a return": any(entry["return"] for entry in shop.payment_history),
        "Global-e order": any(counts["ge_order_details"] for counts in attributes),
        "attribute twice": any(n > 1 for counts in attributes for n in counts.values()),
        "SKU with spaces": any(" " in sku for sku in skus),
        "SKU twice": any(n > 1 for n in skus.values()),
        "SKU missing": any(size["SKU"] is None for size in sizes),
        "return without shipment": any(r["shipment"] is None for r in shop.returns),
        "pending and completed returns": len({r["returnStatus"] for r in shop.returns}) == 2,
        "e-mail twice": max(Counter(c["email"] for c in shop.customers).values()) == 2,
        "more than a page of stock in a warehouse": any(len(w["stock"]) > 200 for w in shop.warehouses),
    }
    assert [name for name, there in oddities.items() if not there] == []


def test_totals_of_orders_add_up(default_shop: Shop) -> None:
    """Grand total = lines + shipping - discounts, to the cent."""
    for order in default_shop.orders:
        totals = {
            key: round(order["totals"][key]["value"] * 100) for key in ("lineValues", "shipping", "discounts")
        }
        lines = sum(round(line["lineValue"]["value"] * 100) for line in order["lines"])
        assert totals["lineValues"] == lines
        grand_total = totals["lineValues"] + totals["shipping"] - totals["discounts"]
        assert round(order["grandTotal"]["value"] * 100) == grand_total


def test_removing_an_object_leaves_no_trace(ask: Ask) -> None:
    """Its children go with it, and references to it become null."""
    with Sandbox(products=40, orders=120) as sandbox:
        product = next(line["product"] for line in sandbox.shop.order_lines if line["product"])
        sizes = [size for variant in product["variants"] for size in variant["productSizes"]]
        sandbox.shop.remove(product)
        assert all(size not in sandbox.shop.product_sizes for size in sizes)
        assert all(stock["productSize"] is not None for stock in sandbox.shop.stock)
        assert all(line["product"] is not product for line in sandbox.shop.order_lines)
        bundles = [each["bundle"] for each in sandbox.shop.products if each["bundle"]]
        kept = [
            variant
            for bundle in bundles
            for section in bundle["sections"]
            for variant in section["productVariants"]
        ]
        assert all(variant in sandbox.shop.product_variants for variant in kept)
        answer = ask(sandbox, "{ orders(limit: 200) { lines { id product { id } productSize { id } } } }")
        assert "errors" not in answer


def test_removing_a_product_takes_its_offers_along() -> None:
    """Bundle, pictures and lowest prices go; campaigns and displays of others no longer name it."""
    shop = build_shop(Settings(products=60, orders=0), Clock())
    product = next(p for p in shop.products if p["bundle"])
    sold = next(
        v["productVariant"]["product"]
        for v in shop.campaign_variants
        if not v["productVariant"]["product"]["bundle"]
    )
    shop.remove(product, sold)
    assert len(shop.bundles) == 1
    assert all(row["product"] in shop.products for row in (*shop.product_media, *shop.lowest_prices))
    joined = [variant for campaign in shop.campaigns for variant in campaign["campaignVariants"]]
    assert sorted(row["id"] for row in joined) == sorted(row["id"] for row in shop.campaign_variants)
    assert all(any(row["productVariant"] is v for v in shop.product_variants) for row in joined)
    shown = [picture["product"] for display in shop.displays for picture in display["media"]]
    assert product not in shown
    assert sold not in shown


def test_line_can_be_taken_off_an_order(ask: Ask) -> None:
    """The order counts as edited, and shipments no longer hold the line."""
    with Sandbox(products=20, orders=60) as sandbox:
        order = next(o for o in sandbox.shop.orders if len(o["lines"]) > 1 and o["shipments"])
        before, line = order["updatedAt"], order["lines"][0]
        sandbox.shop.remove_line(order, line)
        assert line not in order["lines"]
        assert order["updatedAt"] > before
        assert all(each["orderLine"] is not line for each in sandbox.shop.shipment_lines)


def test_line_can_be_put_on_an_order(ask: Ask) -> None:
    """A new line counts as an edit of the order."""
    with Sandbox(products=5, orders=0) as sandbox:
        order, size = sandbox.shop.add_order(), sandbox.shop.product_sizes[0]
        sandbox.shop.add_line(order, size, quantity=3, price=9.99)
        lines = ask(sandbox, "{ orders { lines { quantity productSize { id } lineValue { value } } } }")
    expected = {"quantity": 3, "productSize": {"id": size["id"]}, "lineValue": {"value": 9.99 * 3}}
    assert lines["data"]["orders"] == [{"lines": [expected]}]


def test_new_objects_can_be_asked_for(ask: Ask) -> None:
    """Products, orders and returns that a test adds answer like the generated ones."""
    query = """{
      products(where: {name: {equals: "Test"}}) { id variants { productSizes { SKU size { name } } } }
      orders(where: {number: 99}) { number store { id } grandTotal { value } totals { shipping { value } } }
      returns(where: {returnStatus: PENDING, id: [9999]}) { totalQuantity lines { orderLine { id } } }
    }"""
    with Sandbox(products=10, orders=60) as sandbox:
        sandbox.shop.add_product(name="Test", productNumber="T1")
        sandbox.shop.add_order(number=99)
        order = next(o for o in sandbox.shop.orders if o["shipments"])
        returned = sandbox.shop.add_return(order, id=9999)
        data = ask(sandbox, query)["data"]
    assert data["products"][0]["variants"] == [
        {"productSizes": [{"SKU": "T101", "size": {"name": "One size"}}]}
    ]
    assert data["orders"][0]["grandTotal"] == {"value": 0.0}
    assert data["returns"][0]["totalQuantity"] == returned["totalQuantity"] > 0


def test_callbacks_change_the_shop_between_requests(ask: Ask) -> None:
    """The callback runs before the request, which then sees the change."""
    with Sandbox(products=5, orders=0) as sandbox:
        sandbox.before_request(lambda request, shop: shop.update(shop.products[0], name=request.operation))
        name = ask(sandbox, "query edited { products(limit: 1) { name } }")["data"]["products"][0]["name"]
    assert name == "edited"
