"""The shop behind the API: its objects as plain data, and the edits that a merchant makes."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .clock import Clock
from .data import LISTS, ShopData, collection_name, family
from .events import EventQueue
from .nodes import Node, make, money
from .settings import Settings

OWN_LISTS: dict[str, str] = {
    "Order": "lines",
    "Shipment": "lines",
    "Return": "lines",
    "Display": "displayItems",
}
"""Lists whose members belong to one object without a reference to it."""

REFERRING: dict[str, tuple[tuple[str, str], ...]] = {
    "Product": (
        ("product_variants", "product"),
        ("displays", "product"),
        ("prices", "product"),
        ("lowest_prices", "product"),
        ("product_media", "product"),
        ("bundles", "product"),
    ),
    "ProductVariant": (
        ("product_sizes", "productVariant"),
        ("display_items", "productVariant"),
        ("prices", "productVariant"),
        ("lowest_prices", "productVariant"),
        ("campaign_variants", "productVariant"),
    ),
    "ProductSize": (("stock", "productSize"),),
    "Order": (
        ("shipments", "order"),
        ("returns", "order"),
        ("payment_history", "order"),
        ("invoices", "order"),
    ),
    "OrderLine": (("shipment_lines", "orderLine"), ("return_lines", "orderLine")),
    "Shipment": (("returns", "shipment"),),
    "ShipmentLine": (("return_lines", "shipmentLine"),),
    "Warehouse": (("stock", "warehouse"),),
    "Pricelist": (("prices", "pricelist"), ("lowest_prices", "pricelist")),
    "Campaign": (("campaign_variants", "campaign"),),
    "Account": (("buyers", "account"),),
    "SubscriptionContract": (("subscriptions", "contract"),),
    "StockChange": (("stock_change_lines", "stockChange"),),
    "PurchaseOrder": (("purchase_order_deliveries", "purchaseOrder"),),
    "Supplier": (("purchase_order_deliveries", "supplier"), ("purchase_orders", "supplier")),
    "Customer": (("subscription_contracts", "customer"),),
}
"""The lists whose rows are deleted with an object, and the field with the reference to the object."""

BOUND: dict[str, str] = {
    "DeliveryWindowVariant": "productVariant",
    "DisplayRelation": "targetDisplay",
    "OrderLineCampaign": "campaign",
    "ProductVariantSupply": "supplier",
    "VoucherReusableValue": "pricelist",
}
"""Parts of an object that leave it with the object to which they refer."""

PARENTS: dict[str, tuple[str, ...]] = {
    "ProductSize": ("productVariant",),
    "ProductVariant": ("product",),
    "Display": ("product",),
    "Shipment": ("order",),
    "Return": ("order",),
    "PaymentHistoryEntry": ("order",),
    "Price": ("product",),
    "CampaignVariant": ("campaign",),
    "Invoice": ("order",),
    "PurchaseOrderDelivery": ("purchaseOrder",),
}
"""The objects for which a change is a change of dependent data."""


class Shop(ShopData):
    """A shop that can be edited. Each edit increments `version`."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        super().__init__()
        self.clock = clock
        self.settings = settings
        self.version = 0
        self.events = EventQueue(clock)

    def add(self, type_name: str, **values: Any) -> Node:
        """Adds a new node to its list. It gets an id if its type has one and none is passed."""
        node = make(type_name, **values)
        rows = self.of(type_name)
        if node.get("id") == 0:
            node["id"] = 1 + max((row["id"] for row in rows), default=0)
        rows.append(node)
        self.version += 1
        return node

    def update(self, node: Node, **changes: Any) -> None:
        """Edits an object as a merchant does: `updatedAt` changes and an event is queued."""
        completed = _is_completed(changes)
        node.update(changes)
        if "updatedAt" in node:
            node["updatedAt"] = self.clock.now().replace(microsecond=0)
        self.version += 1
        self.announce(node, "COMPLETED" if completed else "UPDATED")
        self._touch_parents(node)

    def touch_silently(self, node: Node, **changes: Any) -> None:
        """Edits an object without a change of its dates and without an event, as some edits in Centra do."""
        node.update(changes)
        self.version += 1

    def remove(self, *nodes: Node) -> None:
        """Deletes objects with all that belongs to them. References to them become null."""
        removed = {id(gone): gone for node in nodes for gone in self._with_children(node)}
        for _, rows in self.lists():
            rows[:] = [row for row in rows if id(row) not in removed]
            for row in rows:
                _forget(row, removed)
        self.version += 1
        for gone in removed.values():
            self.announce(gone, "DELETED")

    def remove_line(self, order: Node, line: Node) -> None:
        """Removes a line from an order. This is an edit of the order."""
        self.remove(line)
        self.update(order)

    def announce(self, node: Node, change: str) -> None:
        """Queues an event if the event system is enabled and has a listener for it."""
        if self.settings.events_enabled:
            self.events.put(family(node), change, node)

    def add_product(self, **overrides: Any) -> Node:
        """Creates a product with one variant of one size, without stock, prices or displays."""
        now = self.clock.now().replace(microsecond=0)
        values = {"name": "New product", "createdAt": now, "updatedAt": now}
        product = self.add("Product", **{**values, **overrides})
        product["productNumber"] = product["productNumber"] or f"N{product['id']}"
        variant = self.add("ProductVariant", name="New", variantNumber="01", updatedAt=now, product=product)
        size = make("Size", id=1, name="One size")
        sku = product["productNumber"] + "01"
        self.add("ProductSize", SKU=sku, size=size, updatedAt=now, productVariant=variant, isActive=True)
        variant["productSizes"].append(self.product_sizes[-1])
        product["variants"].append(variant)
        self.announce(product, "CREATED")
        return product

    def add_order(self, **overrides: Any) -> Node:
        """Creates a confirmed consumer order without lines."""
        now = self.clock.now().replace(microsecond=0)
        number = overrides.get("number", 1 + max((order["number"] for order in self.orders), default=0))
        store = next(s for s in self.stores if s["type"] == "DIRECT_TO_CONSUMER")
        base = self.currencies[0]
        values: dict[str, Any] = {
            "id": hashlib.md5(f"order {number}".encode()).hexdigest(),
            "number": number,
            "status": "CONFIRMED",
            "createdAt": now,
            "orderDate": now,
            "updatedAt": now,
            "store": store,
            "currencyBaseRate": 1.0,
            "grandTotal": money(0.0, base, 1.0, now),
            "totals": zero_totals("OrderTotals", base, 1.0, now),
        }
        order = self.add("DirectToConsumerOrder", **{**values, **overrides})
        self.announce(order, "CREATED")
        return order

    def add_line(self, order: Node, size: Node, quantity: int = 1, price: float = 100.0) -> Node:
        """Adds a size to an order. This is an edit of the order. Totals do not change."""
        amount = order["grandTotal"]
        variant = size["productVariant"]
        line = self.add(
            "ProductOrderLine",
            size=size["size"]["name"],
            productNumber=variant["product"]["productNumber"],
            quantity=quantity,
            unitOriginalPrice={**amount, "value": price, "valueExcludingTax": price},
            unitPrice={**amount, "value": price, "valueExcludingTax": price},
            lineValue={**amount, "value": price * quantity, "valueExcludingTax": price * quantity},
            product=variant["product"],
            productVariant=variant,
            productSize=size,
        )
        order["lines"].append(line)
        self.update(order)
        return line

    def add_return(self, order: Node, **overrides: Any) -> Node:
        """Creates a pending return of everything in the first shipment of the order."""
        now = self.clock.now().replace(microsecond=0)
        shipment = order["shipments"][0]
        total = shipment["grandTotal"]
        values: dict[str, Any] = {
            "returnStatus": "PENDING",
            "createdAt": now,
            "updatedAt": now,
            "order": order,
            "shipment": shipment,
            "store": order["store"],
            "currencyBaseRate": order["currencyBaseRate"],
            "grandTotal": total,
            "totalQuantity": sum(line["quantity"] for line in shipment["lines"]),
            "totals": zero_totals("ReturnTotals", total["currency"], order["currencyBaseRate"], now),
        }
        values.update((key, order[key]) for key in ("customer", "account", "buyer") if key in order)
        prefix = order["__typename"].removesuffix("Order")
        returned = self.add(f"{prefix}Return", **{**values, **overrides})
        for line in shipment["lines"]:
            self.add_return_line(returned, line, line["quantity"])
        self.announce(returned, "CREATED")
        self._touch_parents(returned)
        return returned

    def add_return_line(self, returned: Node, shipment_line: Node, quantity: int) -> Node:
        """Returns units of a shipped line."""
        line = self.add(
            "ReturnLine",
            quantity=quantity,
            lineValue=shipment_line["lineValue"],
            unitPrice=shipment_line["unitPrice"],
            orderLine=shipment_line["orderLine"],
            shipmentLine=shipment_line,
        )
        returned["lines"].append(line)
        return line

    def _touch_parents(self, node: Node) -> None:
        for key in PARENTS.get(family(node), ()):
            parent = node.get(key)
            if parent is None:
                continue
            if self.settings.parents_move and "updatedAt" in parent:
                parent["updatedAt"] = self.clock.now().replace(microsecond=0)
            self.announce(parent, "DEPENDENT_DATA_CHANGED")
            self._touch_parents(parent)

    def _with_children(self, node: Node) -> Iterator[Node]:
        yield node
        name = family(node)
        owned = list(node[OWN_LISTS[name]]) if name in OWN_LISTS else []
        for rows, key in REFERRING.get(name, ()):
            owned += [row for row in getattr(self, rows) if row[key] is node]
        for child in owned:
            yield from self._with_children(child)


def _is_completed(changes: dict[str, Any]) -> bool:
    return (
        changes.get("status") == "SHIPPED"
        or changes.get("returnStatus") == "COMPLETED"
        or changes.get("isShipped") is True
    )


def _forget(row: Node, removed: dict[int, Node]) -> None:
    """Removes references to deleted objects, also in parts of a row that are not in a list of the shop."""
    for key, value in row.items():
        if isinstance(value, list):
            if any(_is_gone(item, removed) for item in value):
                row[key] = value = [item for item in value if not _is_gone(item, removed)]
            parts = value
        elif id(value) in removed:
            row[key] = None
            continue
        else:
            parts = [value]
        for part in parts:
            if (
                isinstance(part, dict)
                and "__typename" in part
                and collection_name(part["__typename"]) not in LISTS
            ):
                _forget(part, removed)


def _is_gone(item: Any, removed: dict[int, Node]) -> bool:
    key = BOUND.get(item.get("__typename", "")) if isinstance(item, dict) else None
    return id(item) in removed or (key is not None and id(item[key]) in removed)


def zero_totals(type_name: str, currency: Node, rate: float, date: datetime, **amounts: float) -> Node:
    """Returns totals of an order, shipment or return: the given amounts, and zero for the rest."""
    totals = make(type_name)
    for key, value in totals.items():
        if value is None and key != "weight":
            totals[key] = money(amounts.get(key, 0.0), currency, rate, date)
    return totals
