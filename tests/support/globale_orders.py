"""Orders placed by Global-e in a shop of the sandbox, and the tables derived from them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import Any

from centra_sandbox import Shop
from centra_sandbox.generate.attributes import text_attribute
from centra_sandbox.nodes import Node, make, money
from centra_source.globale.orders import ORDER_TABLES, OrdersConfiguration, globale_orders_tables

from .postgres import PostgresTarget
from .target import Target
from .workplace import Row

RESOURCES = (
    "orders",
    "shipments",
    "returns",
    "vouchers",
    "customers",
    "stores",
    "markets",
    "pricelists",
    "product_sizes",
)
"""The resources that the order tables use, without the opt-in ones."""

PRICE, SHIPPING, DUTIES = 100, 10, 5
"""Default amounts of Global-e for each line, the shipping and the duties of an order."""

DETAILS = "ge_order_details"


def remove_globale(shop: Shop) -> None:
    """Removes Global-e's attribute from every order of the generator."""
    for order in shop.orders:
        rest = [each for each in order["attributes"] if each["type"]["name"] != DETAILS]
        shop.touch_silently(order, attributes=rest)


def add_globale_order(shop: Shop, ge_order_id: str, /, *, lines: int = 2, **details: str | None) -> Node:
    """Adds a confirmed order as Global-e's integration writes it, with consistent values.

    Args:
        shop: The shop that gets the order.
        ge_order_id: Global-e's id.
        lines: The number of lines, of one unit each.
        details: Elements of ge_order_details that replace the consistent ones.
    """
    total = lines * PRICE + SHIPPING + DUTIES
    base = shop.currencies[0]
    now = shop.clock.now().replace(microsecond=0)
    customer = shop.customers[0] if shop.customers else None
    order = shop.add_order(customer=customer, grandTotal=money(float(total), base, 1.0, now))
    for size in shop.product_sizes[:lines]:
        shop.add_line(order, size, price=float(PRICE))
    values = {**build_details(order, ge_order_id), **details}
    order["attributes"].append(text_attribute(DETAILS, "Order", False, values))
    return order


def build_details(order: Node, ge_order_id: str) -> dict[str, str | None]:
    """Returns the elements of ge_order_details that agree with an order."""
    items = {str(line["id"]): f"{ge_order_id}-{line['id']}" for line in order["lines"]}
    return {
        "ge_order_id": ge_order_id,
        "ge_order_total": f"{len(items) * PRICE + SHIPPING + DUTIES}.00",
        "ge_order_shipping": str(SHIPPING),
        "ge_order_duties": f"{DUTIES},00",
        "ge_order_delivery_days": "3",
        "canceled_by_ge": "0",
        "code_vouchers": "",
        "automatic_vouchers": None,
        "free_shipping": "1",
        "ge_cart_item_ids_mapping": None,
        "ge_cart_item_id_to_price_mapping": json.dumps(dict.fromkeys(items.values(), f"{PRICE}.00")),
        "centra_to_ge_cart_mapping": json.dumps(items),
    }


def set_details(shop: Shop, order: Node, /, **details: str | None) -> None:
    """Changes elements of an order's ge_order_details, which counts as an edit of the order."""
    attribute = _find_details(order)
    texts = {each["key"]: each["value"] for each in attribute["elements"]}
    attributes = [each for each in order["attributes"] if each is not attribute]
    attributes.append(text_attribute(DETAILS, "Order", False, {**texts, **details}))
    shop.update(order, attributes=attributes)


def read_mapping(order: Node, name: str = "centra_to_ge_cart_mapping") -> dict[str, str]:
    """Returns one of the mappings of an order."""
    (text,) = (each["value"] for each in _find_details(order)["elements"] if each["key"] == name)
    mapping: dict[str, str] = json.loads(text)
    return mapping


def ship(shop: Shop, order: Node) -> Node:
    """Ships an order in one shipment."""
    now = shop.clock.now().replace(microsecond=0)
    shipment = shop.add(
        "DirectToConsumerShipment",
        number=f"{order['number']}-1",
        createdAt=now,
        updatedAt=now,
        isShipped=True,
        shippedAt=now,
        order=order,
        store=order["store"],
        grandTotal=order["grandTotal"],
        currencyBaseRate=1.0,
        totals=make("ShipmentTotals"),
    )
    for line in order["lines"]:
        sent = shop.add(
            "ShipmentLine",
            quantity=line["quantity"],
            lineValue=line["lineValue"],
            unitPrice=line["unitPrice"],
            orderLine=line,
        )
        shipment["lines"].append(sent)
    order["shipments"].append(shipment)
    shop.update(order, status="SHIPPED")
    return shipment


def ship_and_return(shop: Shop, order: Node, status: str = "COMPLETED") -> Node:
    """Ships an order and adds a return of it."""
    ship(shop, order)
    return shop.add_return(order, returnStatus=status)


def capture(shop: Shop, order: Node) -> Node:
    """Captures the payment of an order."""
    now = shop.clock.now().replace(microsecond=0)
    entry = shop.add(
        "PaymentHistoryEntry",
        createdAt=now,
        status="SUCCESS",
        entryType="CAPTURE",
        value=order["grandTotal"],
        order=order,
        paymentMethod="globale",
    )
    order["paymentHistory"].append(entry)
    shop.update(order)
    return entry


def make_older(shop: Shop, order: Node, days: int) -> None:
    """Moves the creation of an order some days into the past."""
    moment = shop.clock.now().replace(microsecond=0) - timedelta(days=days)
    shop.update(order, createdAt=moment, orderDate=moment)


def derive(
    target: Target | PostgresTarget, reports: Iterable[Path] = (), **settings: Any
) -> dict[str, list[Row]]:
    """Derives the tables with these settings and returns their rows, each table ordered by its key."""
    configuration = OrdersConfiguration(**{"amounts_currency": "order", "home_country": "SE", **settings})
    resource = globale_orders_tables(target.pipeline.dataset(), configuration, list(reports))
    target.pipeline.run(resource)
    return {table.name: sorted(target.rows(table.name), key=itemgetter(*table.key)) for table in ORDER_TABLES}


def list_findings(tables: dict[str, list[Row]]) -> list[tuple[str, Any]]:
    """Returns rule and order number of each exception, or Global-e's id where Centra has no order."""
    rows = sorted(tables["globale_exceptions"], key=lambda row: (row["rule"], row["number"]))
    return [(row["rule"], row["order_number"] or row["ge_order_id"]) for row in rows]


def to_decimal(value: float | str) -> Decimal:
    """Returns an amount as the tables store it."""
    return Decimal(str(value)).quantize(Decimal("0.0001"))


def _find_details(order: Node) -> Node:
    (attribute,) = (each for each in order["attributes"] if each["type"]["name"] == DETAILS)
    found: Node = attribute
    return found
