"""Completes orders, shipments and returns: histories, messages, discounts, taxes and invoices."""

import json
from datetime import timedelta

from ..nodes import Node, make, money
from ..shop import Shop
from . import words
from .dice import Dice
from .fulfilment import ADMIN, tax_rule

CAPTIONS = {
    "CONFIRMED": "Order confirmed",
    "PROCESSING": "Picking has begun",
    "SHIPPED": "Order completed",
    "CANCELLED": "Cancelled on the customer's wish, “too late”",
}
"""What the history of an order says about a change of its status."""


def fill(shop: Shop, dice: Dice) -> None:
    """Completes the objects of `orders` and `fulfilment`."""
    for order in shop.orders:
        for line in order["lines"]:
            _line(shop, dice, line)
        _history(dice, order)
        _emails(dice, order)
    for entry in shop.payment_history:
        entry["externalId"] = dice.maybe(f"erp-{entry['id']}", 0.1)
        if entry["entryType"] in ("CANCEL", "REFUND"):
            entry["adminUser"] = dice.maybe(make("AdminUser", **ADMIN), 0.6)
    for shipment in shop.shipments:
        _shipment(dice, shipment)
    for returned in shop.returns:
        _return(dice, returned)
    for shipment in shop.shipments:
        if shipment["isShipped"] and dice.chance(0.9 if "account" in shipment else 0.1):
            _invoice(shop, dice, shipment)


def _line(shop: Shop, dice: Dice, line: Node) -> None:
    categories = line["display"]["categories"] if line["display"] else []
    line["category"] = categories[0] if categories else None
    if line["product"]:
        line["productExternalUrl"] = dice.maybe(f"https://shop.example.com/p/{line['product']['id']}", 0.2)
    if line["hasAnyDiscount"] and dice.chance(0.5):
        campaign = dice.maybe(shop.campaigns[0], 0.9) if shop.campaigns else None
        line["lineCampaign"] = campaign and _line_campaign(line, campaign)
    if not shop.stock_change_lines:  # every allocation takes units of a line of the journal
        line["allocations"].clear()
    for allocation in line["allocations"]:
        deliveries = line["productSize"]["stockChangeLines"] if line["productSize"] else []
        is_known = deliveries and dice.chance(0.8)
        allocation["stockChangeLine"] = (deliveries if is_known else shop.stock_change_lines)[-1]
        if allocation["quantity"] > 1 and dice.chance(0.3):
            _split(dice, line, allocation)
            break


def _split(dice: Dice, line: Node, allocation: Node) -> None:
    """Some units are allocated from another warehouse."""
    others = [stock["warehouse"] for stock in line["productSize"]["stock"]]
    quantity = dice.number(1, allocation["quantity"] - 1)
    allocation["quantity"] -= quantity
    other = {**allocation, "id": dice.id("Allocation", 500_001), "quantity": quantity}
    other.update(warehouse=others[-1], isWaitingForConfirmation=False)
    line["allocations"].append(other)


def _line_campaign(line: Node, campaign: Node) -> Node:
    """Returns the campaign of a line as it was when the order was placed."""
    saved = round((line["unitOriginalPrice"]["value"] - line["unitPrice"]["value"]) * 100) / 100
    discount = {**line["unitPrice"], "value": saved, "valueExcludingTax": saved}
    return make(
        "OrderLineCampaign",
        discount=discount,
        originalDiscount=discount,
        type="DISCOUNT_PERCENT",
        discountPercent=line["discountPercent"],
        showSale=True,
        startAt=campaign["startAt"],
        stopAt=campaign["stopAt"],
        name=campaign["name"],
        campaign=campaign,
    )


def _kind(order: Node, name: str) -> str:
    prefix: str = order["__typename"].removesuffix("Order")
    return prefix + name


def _party(order: Node) -> dict[str, Node | None]:
    """Returns who placed an order, by the name of the field."""
    name = "customer" if "customer" in order else "buyer"
    return {name: order[name]}


def _history(dice: Dice, order: Node) -> None:
    steps = ["PENDING", order["status"]] if order["status"] != "PENDING" else ["PENDING"]
    moment = order["createdAt"]
    for step in steps:
        entry = make(_kind(order, "OrderHistoryEntry"), id=dice.id("OrderHistoryEntry"), createdAt=moment)
        entry["type"] = "ORDER_STATUS_CHANGED" if step != "PENDING" else "ORDER_CREATED"
        entry["dataJSON"] = (
            json.dumps({"comment": CAPTIONS[step]}, ensure_ascii=False) if step in CAPTIONS else None
        )
        entry["adminUser"] = dice.maybe(make("AdminUser", **ADMIN), 0.3)
        if not entry["adminUser"] and order["number"] % 10 == 0:
            entry["organizationUserEmail"] = "åsa@example.com"
        order["history"].append(entry)
        moment = dice.later(moment, 2)
    if dice.chance(0.1):
        entry = make(_kind(order, "OrderHistoryEntry"), id=dice.id("OrderHistoryEntry"), createdAt=moment)
        entry["type"] = "ORDER_ITEMS_ADDED" if dice.chance(0.9) else "REFUND_ADDED"
        entry["dataJSON"] = json.dumps({"comment": dice.pick(words.COMMENTS)}, ensure_ascii=False)
        order["history"].append(entry)
    for entry in order["history"]:
        entry.update(order=order, **_party(order))


def _emails(dice: Dice, order: Node) -> None:
    (person,) = _party(order).values()
    for kind in ("confirmation", *(("shipping",) if order["shipments"] else ())):
        if dice.chance(0.1) or not person:
            continue
        entry = make(
            _kind(order, "EmailHistoryEntry"),
            id=dice.id("EmailHistoryEntry"),
            createdAt=dice.later(order["createdAt"], 1),
            recipient=person["email"] or "guest@example.com",
            subject=dice.maybe(f"Tack för din order {order['number']} 🧾", 0.9) or "",
            content=f"<html><body><p class='{kind}'>Hej “{person['firstName'] or ''}”</p></body></html>",
            status="SENT" if dice.chance(0.97) else "FAILED",
            adminUser=make("AdminUser", **ADMIN) if order["number"] % 10 == 0 else None,
            order=order,
            **_party(order),
        )
        order["emailHistory"].append(entry)
        if order.get("customer"):
            order["customer"]["emailHistory"].append(entry)


def _discounts(dice: Dice, order: Node | None) -> list[Node]:
    """Returns the discounts of an order as a shipment or a return has them."""
    return [dict(each) for each in order["discountsApplied"] if dice.chance(0.8)] if order else []


def _shipment(dice: Dice, shipment: Node) -> None:
    order, total = shipment["order"], shipment["grandTotal"]

    def amount(value: float) -> Node:
        return money(value, total["currency"], shipment["currencyBaseRate"], shipment["createdAt"])

    shipment["discountsApplied"] = _discounts(dice, order)
    shipment["isOnHold"] = not shipment["isShipped"] and dice.chance(0.2)
    shipment["shipmentPlugin"] = dice.maybe(
        make("StorePlugin", id=6, name="Ingrid", uri="ingrid", plugin="Ingrid", status="ACTIVE"), 0.4
    )
    if shipment["carrierInformation"]:
        shipment["carrierInformation"]["accountIdentifier"] = dice.maybe("950012345", 0.5)
        shipment["carrierInformation"]["taxId"] = dice.maybe("IOSS123", 0.2)
    if shipment["totals"]:
        discounts = sum(round(each["value"]["value"] * 100) for each in shipment["discountsApplied"]) / 100
        shipment["totals"].update(discounts=amount(discounts), taxAdded=dice.maybe(amount(0.0), 0.8))


def _return(dice: Dice, returned: Node) -> None:
    total, rate = returned["grandTotal"], returned["currencyBaseRate"]
    returned["discountsApplied"] = _discounts(dice, returned["order"])
    returned["usedFallbackTax"] = dice.chance(0.05)

    def rule(percent: float, value: float) -> Node:
        tax = money(value, total["currency"], rate, returned["createdAt"])
        return tax_rule(percent, tax, dice.pick((None, "", "VAT of “Åland”")))

    for line in returned["lines"]:
        if dice.chance(0.1):
            line["appliedTaxRules"].append(rule(2.5, 0.13))
    for field, share in (("shipping", 0.3), ("handling", 0.1), ("discount", 0.2), ("returnCost", 0.2)):
        if dice.chance(share):
            rules = [rule(25.0, 9.8), rule(6.0, 0.07)] if dice.chance(0.3) else [rule(25.0, 12.25)]
            returned["totals"][f"{field}TaxRules"] = rules


def _invoice(shop: Shop, dice: Dice, shipment: Node) -> None:
    order, created = shipment["order"], dice.later(shipment["shippedAt"], 1)
    wholesale = "account" in shipment
    total, rate = shipment["grandTotal"], shipment["currencyBaseRate"]
    is_paid = dice.chance(0.7)
    paid_at = dice.later(created, 20) if is_paid else None
    parties = {key: shipment[key] for key in ("customer", "account", "buyer") if key in shipment}
    invoice = shop.add(
        _kind(order, "Invoice"),
        id=dice.id("Invoice"),
        invoiceNumber=dice.maybe(f"2026/{shipment['number']}", 0.97),
        createdAt=created,
        dueDate=(created + timedelta(days=30)).date() if wholesale else None,
        isPaid=is_paid,
        paidAt=paid_at,
        grandTotal=total,
        currencyBaseRate=rate,
        comment=dice.maybe("Your reference: Åsa; “first drop”", 0.2),
        billingAddress=order["billingAddress"],
        shippingAddress=order["shippingAddress"],
        order=order,
        shipment=shipment,
        store=shipment["store"],
        **parties,
    )
    if wholesale:
        account = shipment["account"]
        invoice["paymentTerms"] = account["paymentTerms"]
        account["invoices"].append(invoice)
    for shipped in shipment["lines"]:
        shipped["invoicedQuantity"] = shipped["quantity"]
        line = shipped["orderLine"]
        invoice["lines"].append(
            make(
                "InvoiceLine",
                id=dice.id("InvoiceLine"),
                description=dice.maybe(line["productName"], 0.95),
                quantity=shipped["quantity"],
                unitPrice=line["unitPrice"],
                lineValue=shipped["lineValue"],
                taxPercent=dice.maybe(line["taxPercent"], 0.9),
                orderLine=line,
            )
        )
    if paid_at:
        cents = round(total["value"] * 100)
        parts = [cents // 2, cents - cents // 2] if dice.chance(0.15) else [cents]
        for part in parts:
            payment = make("InvoicePayment", id=dice.id("InvoicePayment"), createdAt=paid_at)
            payment.update(value=money(part / 100, total["currency"], rate, paid_at))
            payment["comment"] = dice.maybe("Bank transfer", 0.4)
            invoice["payments"].append(payment)
