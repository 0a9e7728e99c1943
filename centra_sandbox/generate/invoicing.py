"""Completes invoices and their payments, and what vouchers and campaigns hold for accounting."""

from ..nodes import Node, make, money
from ..shop import Shop
from .dice import BULK_EDIT, END, START, Dice
from .fulfilment import ADMIN


def fill(shop: Shop, dice: Dice) -> None:
    """Completes the objects of `trade`, `selling` and `offers`."""
    for number, invoice in enumerate(shop.invoices):
        _invoice(dice, invoice, number)
    for number, voucher in enumerate(shop.vouchers):
        _voucher(shop, dice, voucher, number)
    for campaign in shop.campaigns:
        _campaign(shop, dice, campaign)
    for variant in shop.campaign_variants:
        _campaign_variant(shop, dice, variant)


def _invoice(dice: Dice, invoice: Node, number: int) -> None:
    created = invoice["createdAt"]
    order, shipment = invoice["order"], invoice["shipment"]
    is_first = number == 0
    invoice.update(
        number=1001 + number,
        type="INVOICE",
        isDraft=dice.chance(0.1),
        orderDate=order["createdAt"].date() if order else None,
        updatedAt=dice.later(created, 5),
        purchaseOrderNumber=(order and order.get("purchaseOrderNumber")) or dice.maybe("PO-77", 0.2),
        ourReference="Åsa" if is_first else dice.maybe("Order desk", 0.3),
        additionalInformation="Paid by “card”" if is_first else dice.maybe("", 0.1),
        pdfUrl=f"https://example.com/invoices/{invoice['id']}.pdf",
        isOverdue=dice.chance(0.2),
        adminUser=make("AdminUser", **ADMIN) if is_first else None,
        numberSeries=dice.maybe(make("NumberSeries", id=1), 0.9),
        usedFallbackTax=dice.chance(0.05),
        externalId=f"erp-{invoice['id']}" if is_first else None,
        orders=[order] if order else [],
        shipments=[shipment] if shipment else [],
    )
    if "companyRegistrationNumber" in invoice:
        invoice["companyRegistrationNumber"] = dice.maybe("556000-0000", 0.8)
    for payment in invoice["payments"]:
        payment.update(invoice=invoice, paymentDate=payment["createdAt"], type="UNKNOWN_VALUES")


def _voucher(shop: Shop, dice: Dice, voucher: Node, number: int) -> None:
    """Every third voucher is reusable: it has a value left in some pricelists, as gift cards have."""
    voucher["updatedAt"] = voucher["updatedAt"] or voucher["createdAt"] or BULK_EDIT
    voucher.update(
        successfulUsages=dice.number(0, 20),
        adminUser=dice.maybe(make("AdminUser", **ADMIN), 0.5) if number else make("AdminUser", **ADMIN),
        externalId=f"gift-{voucher['id']}" if number == 0 else None,
        parentVoucher=shop.vouchers[0] if number == 2 else None,
    )
    entry = next((each for each in voucher["actions"] if each["isEntryPoint"]), None)
    for action in voucher["actions"]:
        action["id"] = dice.id("VoucherAction", 301)
        action["entryPoint"] = None if action is entry else entry
        if number % 3 == 0:
            _make_reusable(shop, dice, voucher, action)
        elif action["result"]:
            action["result"] = {**action["result"], "id": dice.id("VoucherActionResult", 601)}


def _make_reusable(shop: Shop, dice: Dice, voucher: Node, action: Node) -> None:
    result = action["result"] or make("VoucherActionResult", type="CHANGE_SELECTED_PRODUCTS_PRICE")
    values = []
    for pricelist in shop.pricelists[: 1 + len(voucher["name"]) % 3]:
        left = money(dice.pick((0.0, 37.5, 500.0)), pricelist["currency"], 1.0, voucher["createdAt"])
        values.append(make("VoucherReusableValue", pricelist=pricelist, remainingValue=left))
    voucher["reuse"] = True
    action["result"] = {**result, "id": dice.id("VoucherActionResult", 601), "reusableValues": values}


def _campaign(shop: Shop, dice: Dice, campaign: Node) -> None:
    store = campaign["store"] = campaign["store"] or shop.stores[0]
    campaign["createdAt"] = campaign["createdAt"] or START
    campaign["updatedAt"] = campaign["updatedAt"] or BULK_EDIT
    campaign["markets"] = [each for each in shop.markets if campaign in each["campaigns"]]
    campaign["pricelists"] = dice.some([each for each in shop.pricelists if each["store"] is store], 0, 3)
    campaign["deliveryWindows"] = [each for each in shop.delivery_windows if campaign in each["campaigns"]]
    for pricelist in campaign["pricelists"]:
        pricelist["campaigns"].append(campaign)


def _campaign_variant(shop: Shop, dice: Dice, variant: Node) -> None:
    is_fixed = dice.chance(0.2)
    start = dice.moment(START, END)
    variant.update(
        type="FIXED_PRICE" if is_fixed else "DISCOUNT_PERCENT",
        discountPercent=None if is_fixed else dice.pick((30.0, 12.5)),
        fixedPrice=money(99.9, shop.currencies[0], 1.0, start) if is_fixed else None,
        createdAt=variant["campaign"]["createdAt"],
        startAt=start,
        stopAt=dice.later(start, 10),
        showSale=dice.chance(0.5),
        showNews=dice.chance(0.1),
    )
