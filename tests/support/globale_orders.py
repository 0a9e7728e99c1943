"""Orders that Global-e placed, on a shop of the sandbox, and the tables made of them."""

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
"""What the order tables are made of, if all is loaded that is not opt-in."""

PRICE, SHIPPING, DUTIES = 100, 10, 5
"""What every line, the shipping and the duties of an order cost in Global-e's amounts unless told."""

DETAILS = "ge_order_details"


def without_globale(shop: Shop) -> None:
    """Takes Global-e's attribute off every order that the generator gave one."""
    for order in shop.orders:
        rest = [each for each in order["attributes"] if each["type"]["name"] != DETAILS]
        shop.touch_silently(order, attributes=rest)


def globale_order(shop: Shop, ge_order_id: str, /, *, lines: int = 2, **details: str | None) -> Node:
    """A confirmed order as Global-e's integration writes it, in which everything agrees.

    Args:
        shop: Gets the order.
        ge_order_id: Global-e's id.
        lines: How many lines it has, of one unit each.
        details: Elements of ge_order_details instead of the right ones.
    """
    total = lines * PRICE + SHIPPING + DUTIES
    base = shop.currencies[0]
    now = shop.clock.now().replace(microsecond=0)
    customer = shop.customers[0] if shop.customers else None
    order = shop.add_order(customer=customer, grandTotal=money(float(total), base, 1.0, now))
    for size in shop.product_sizes[:lines]:
        shop.add_line(order, size, price=float(PRICE))
    values = {**right_details(order, ge_order_id), **details}
    order["attributes"].append(text_attribute(DETAILS, "Order", False, values))
    return order


def right_details(order: Node, ge_order_id: str) -> dict[str, str | None]:
    """The elements of ge_order_details that agree with an order."""
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
    attribute = _details(order)
    texts = {each["key"]: each["value"] for each in attribute["elements"]}
    attributes = [each for each in order["attributes"] if each is not attribute]
    attributes.append(text_attribute(DETAILS, "Order", False, {**texts, **details}))
    shop.update(order, attributes=attributes)


def mapping_of(order: Node, name: str = "centra_to_ge_cart_mapping") -> dict[str, str]:
    """One of an order's mappings as it is."""
    (text,) = (each["value"] for each in _details(order)["elements"] if each["key"] == name)
    mapping: dict[str, str] = json.loads(text)
    return mapping


def ship(shop: Shop, order: Node) -> Node:
    """Sends an order off in one shipment."""
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
            "ShipmentLine", quantity=line["quantity"], lineValue=line["lineValue"], orderLine=line
        )
        shipment["lines"].append(sent)
    order["shipments"].append(shipment)
    shop.update(order, status="SHIPPED")
    return shipment


def returned(shop: Shop, order: Node, status: str = "COMPLETED") -> Node:
    """Sends an order off and takes it back."""
    ship(shop, order)
    return shop.add_return(order, returnStatus=status)


def capture(shop: Shop, order: Node) -> Node:
    """Takes the money of an order."""
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
    """Lets an order have been created days ago."""
    moment = shop.clock.now().replace(microsecond=0) - timedelta(days=days)
    shop.update(order, createdAt=moment, orderDate=moment)


def derive(
    target: Target | PostgresTarget, reports: Iterable[Path] = (), **settings: Any
) -> dict[str, list[Row]]:
    """Makes the tables with these settings and reads them all back, each ordered by its key."""
    configuration = OrdersConfiguration(**{"amounts_currency": "order", "home_country": "SE", **settings})
    resource = globale_orders_tables(target.pipeline.dataset(), configuration, list(reports))
    target.pipeline.run(resource)
    return {table.name: sorted(target.rows(table.name), key=itemgetter(*table.key)) for table in ORDER_TABLES}


def findings(tables: dict[str, list[Row]]) -> list[tuple[str, Any]]:
    """Rule and order number of each exception; Global-e's id where Centra has no order."""
    rows = sorted(tables["globale_exceptions"], key=lambda row: (row["rule"], row["number"]))
    return [(row["rule"], row["order_number"] or row["ge_order_id"]) for row in rows]


def decimal(value: float | str) -> Decimal:
    """An amount as the tables hold it."""
    return Decimal(str(value)).quantize(Decimal("0.0001"))


def _details(order: Node) -> Node:
    (attribute,) = (each for each in order["attributes"] if each["type"]["name"] == DETAILS)
    found: Node = attribute
    return found
