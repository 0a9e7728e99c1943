"""Generates shipments, returns and payments of orders."""

from ..nodes import Node, make, money
from ..shop import Shop, zero_totals
from .dice import Dice

ADMIN = {"id": 3, "email": "warehouse@example.com", "name": "Warehouse"}


def fill(shop: Shop, dice: Dice) -> None:
    """Generates shipments, returns and payments."""
    for order in shop.orders:
        shipped = order["status"] in ("SHIPPED", "ARCHIVED")
        if shipped or (order["status"] == "PROCESSING" and dice.chance(0.5)):
            _ship(shop, dice, order, shipped)
        returned = None
        if shipped and order["shipments"] and dice.chance(0.2):
            returned = _return(shop, dice, order)
        _pay(shop, dice, order, shipped, returned)


def _parties(order: Node) -> dict[str, Node | None]:
    return {key: order[key] for key in ("customer", "account", "buyer") if key in order}


def _ship(shop: Shop, dice: Dice, order: Node, shipped: bool) -> None:
    lines = [line for line in order["lines"] if line["quantity"]]
    if not lines:
        return
    split = len(lines) > 1 and dice.chance(0.2)
    parcels = [lines[:1], lines[1:]] if split else [lines]
    for position, parcel in enumerate(parcels, start=1):
        _shipment(shop, dice, order, parcel, position, shipped)


def _shipment(shop: Shop, dice: Dice, order: Node, parcel: list[Node], position: int, shipped: bool) -> None:
    created = dice.later(order["createdAt"], 2)
    gone = dice.later(created, 1)
    total = order["grandTotal"]
    currency, rate = total["currency"], order["currencyBaseRate"]
    cents = sum(round(line["lineValue"]["value"] * 100) for line in parcel)
    without_tax = sum(round(line["lineValue"]["valueExcludingTax"] * 100) for line in parcel)
    value = money(cents / 100, currency, rate, created, without_tax / 100)
    paid = shipped and dice.chance(0.95)
    shipment = shop.add(
        order["__typename"].replace("Order", "Shipment"),
        id=dice.id("Shipment"),
        number=f"{order['number']}-{position}",
        createdAt=created,
        updatedAt=dice.later(gone, 5),
        isGoodToGo=True,
        isPrinted=dice.chance(0.8),
        isShipped=shipped,
        trackingNumber=dice.maybe(f"00{order['number']:09}SE", 0.9 if shipped else 0.0),
        returnTrackingNumber=dice.maybe(f"R{order['number']}", 0.3),
        numberOfPackages=dice.number(1, 2),
        internalShippingCost=dice.maybe(money(39.5, currency, rate, created), 0.3),
        grandTotal=value,
        additionalMessage=dice.maybe("", 0.3),
        shippedAt=gone if shipped else None,
        isPaid=paid,
        paidAt=gone if paid else None,
        isCaptured=paid,
        capturedAt=gone if paid else None,
        capturedValue=value if paid else None,
        currencyBaseRate=rate,
        adminUser=dice.maybe(make("AdminUser", **ADMIN), 0.5),
        carrierInformation=dice.maybe(
            make("CarrierInformation", carrierName="DHL", serviceName="Express"), 0.5
        ),
        order=order,
        shippingAddress=order["shippingAddress"],
        totals=dice.maybe(make("ShipmentTotals", shipping=money(0.0, currency, rate, created)), 0.9),
        store=order["store"],
        externalId=dice.maybe(f"wms-{order['number']}-{position}", 0.5),
        **_parties(order),
    )
    for line in parcel:
        shipped_line = shop.add("ShipmentLine", id=dice.id("ShipmentLine"), quantity=line["quantity"])
        shipped_line.update(lineValue=line["lineValue"], unitPrice=line["unitPrice"], orderLine=line)
        shipped_line["allocations"] = line["allocations"]
        shipment["lines"].append(shipped_line)
        line["shippedQuantity"] = line["quantity"] if shipped else None
    order["shipments"].append(shipment)


def _return(shop: Shop, dice: Dice, order: Node) -> Node | None:
    customer_missing = "customer" in order and order["customer"] is None
    if customer_missing:
        return None
    shipment = dice.pick(order["shipments"])
    created = dice.later(shipment["shippedAt"], 14)
    currency, rate = order["grandTotal"]["currency"], order["currencyBaseRate"]
    completed = dice.chance(0.8)
    returned = shop.add(
        order["__typename"].replace("Order", "Return"),
        id=dice.id("Return"),
        returnStatus="COMPLETED" if completed else "PENDING",
        createdAt=created,
        updatedAt=dice.later(created, 6),
        returnedToStock=completed and dice.chance(0.9),
        comment=dice.maybe("Too small", 0.4),
        createdFrom=dice.maybe("AMS", 0.8),
        currencyBaseRate=rate,
        adminUser=dice.maybe(make("AdminUser", **ADMIN), 0.5),
        returnWarehouse=dice.maybe(shop.warehouses[0], 0.9),
        store=order["store"],
        externalId=dice.maybe(f"rma-{order['number']}", 0.3),
        order=dice.maybe(order, 0.98),
        shipment=dice.maybe(shipment, 0.95),
        **_parties(order),
    )
    cents = without_tax = 0
    for line in dice.some(shipment["lines"], 1, 3):
        quantity = dice.number(1, line["quantity"])
        unit = line["orderLine"]["unitPrice"]
        with_tax, bare = (round(unit[key] * 100) * quantity for key in ("value", "valueExcludingTax"))
        value = money(with_tax / 100, currency, rate, created, bare / 100)
        cents, without_tax = cents + with_tax, without_tax + bare
        part = shop.add(
            "ReturnLine", id=dice.id("ReturnLine"), quantity=quantity, lineValue=value, unitPrice=unit
        )
        part.update(orderLine=line["orderLine"], shipmentLine=line)
        percent = line["orderLine"]["taxPercent"]
        part["appliedTaxRules"] = [tax_rule(percent, money((with_tax - bare) / 100, currency, rate))]
        returned["lines"].append(part)
        returned["totalQuantity"] += quantity
        if completed:
            line["orderLine"]["returnedQuantity"] += quantity
            line["returnedQuantity"] += quantity
    returned["grandTotal"] = money(cents / 100, currency, rate, created, without_tax / 100)
    returned["totals"] = zero_totals("ReturnTotals", currency, rate, created, lineValues=cents / 100)
    returned["totals"]["quantity"] = returned["totalQuantity"]
    if "account" in order:
        order["account"]["returns"].append(returned)
    return returned


def tax_rule(percent: float, tax: Node, name: str | None = None) -> Node:
    """Returns a tax rule as it was applied: a tax that is included in the price."""
    rule = make("AppliedTaxRule", taxId=f"vat-{percent:g}", taxName=name or f"Moms {percent:g} %")
    rule["taxPercent"] = percent
    nothing = {**tax, "value": 0.0, "valueExcludingTax": 0.0}
    return make("AppliedTaxRuleValue", rule=rule, taxAdded=nothing, taxDeducted=nothing, taxIncluded=tax)


def _pay(shop: Shop, dice: Dice, order: Node, shipped: bool, returned: Node | None) -> None:
    if "account" in order and dice.chance(0.7):
        return
    if dice.chance(0.1):
        _entry(shop, dice, order, "AUTH", "FAILED")
    _entry(shop, dice, order, "AUTH", "PENDING" if order["status"] == "PENDING" else "SUCCESS")
    if shipped:
        _entry(shop, dice, order, "CAPTURE", "SUCCESS")
    if order["status"] == "CANCELLED":
        _entry(shop, dice, order, "CANCEL", "SUCCESS")
    if returned and returned["returnStatus"] == "COMPLETED":
        refund = _entry(shop, dice, order, "REFUND", "SUCCESS")
        refund.update({"return": returned, "value": returned["grandTotal"]})
        returned["refundPaymentHistory"].append(refund)


def _entry(shop: Shop, dice: Dice, order: Node, entry_type: str, status: str) -> Node:
    entry = shop.add(
        "PaymentHistoryEntry",
        id=dice.id("PaymentHistoryEntry"),
        createdAt=dice.later(order["createdAt"], 3),
        status=status,
        entryType=entry_type,
        externalReference=dice.maybe(f"psp-{order['number']}", 0.9),
        value=order["grandTotal"],
        currencyBaseRate=order["currencyBaseRate"],
        paymentMethod=dice.pick(("card", "klarna", None)),
        paramsJSON=dice.pick(('{"pspReference": "8816", "reason": "5 % off, \\"ok\\""}', "{}", "", None)),
        source=dice.maybe("checkout", 0.7),
        order=order,
        storePlugin=order["paymentMethod"],
    )
    order["paymentHistory"].append(entry)
    return entry
