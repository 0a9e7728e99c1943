"""Generates orders with their lines, discounts and attributes."""

import hashlib
from datetime import datetime

from ..nodes import Node, make, money
from ..shop import Shop, zero_totals
from . import words
from .attributes import choice_attribute, image_attribute, text_attribute
from .catalog import make_weight
from .dice import BULK_EDIT, CLOCK_CHANGES, END, START, Dice
from .people import address
from .selling import RATES

WHOLESALE_SHARE = 0.2
STATUSES = (
    ("SHIPPED",) * 14 + ("ARCHIVED",) + ("CONFIRMED",) + ("PROCESSING",) * 2 + ("PENDING",) + ("CANCELLED",)
)
TAX = 1.25


def fill(shop: Shop, dice: Dice) -> None:
    """Generates the orders. The oldest has the lowest number."""
    moments = [dice.moment(START, END) for _ in range(shop.settings.orders)]
    moments[: len(CLOCK_CHANGES)] = CLOCK_CHANGES[: len(moments)]
    number = 1000
    shared = max(len(moments) // 40, min(len(moments) // 4, 12))
    early = [moment for moment in sorted(moments) if moment < BULK_EDIT]
    together = set(dice.some(range(len(early)), shared, shared))
    for position, moment in enumerate(sorted(moments)):
        number += dice.pick((1, 1, 1, 1, 2, 5))
        wholesale = dice.chance(WHOLESALE_SHARE)
        order = _wholesale(shop, dice, number, moment) if wholesale else _consumer(shop, dice, number, moment)
        order["updatedAt"] = BULK_EDIT if position in together else _edit_time(dice, moment)
        _add_lines(shop, dice, order)
        _add_discounts(shop, dice, order)
        _add_up(dice, order)
        _add_attributes(dice, order)
        if order.get("customer"):
            order["customer"]["totalOrders"] += 1
            order["customer"]["lastOrder"] = order


def _edit_time(dice: Dice, moment: datetime) -> datetime:
    return moment if moment in CLOCK_CHANGES else dice.later(moment, 12)


def _base(shop: Shop, dice: Dice, number: int, moment: datetime, country: Node | None, code: str) -> Node:
    """Returns the values that both kinds of order have."""
    currency = next(c for c in shop.currencies if c["code"] == code)
    rate = round(RATES[code] * (1 + dice.number(-20, 20) / 1000), 4) if code != "SEK" else 1.0
    status = dice.pick(STATUSES)
    plugin = make(
        "StorePlugin", id=4, name="Adyen Drop-In", uri="adyen", plugin="AdyenDropIn", status="ACTIVE"
    )
    option = make("ShippingOption", id=2, name="Standard", uri="standard")
    return {
        "id": hashlib.md5(f"{shop.settings.seed}:{number}".encode()).hexdigest(),
        "number": number,
        "status": status,
        "createdAt": moment,
        "orderDate": moment,
        "userIP": dice.maybe(f"192.0.2.{dice.number(1, 254)}", 0.7),
        "internalComment": dice.maybe("Called the customer", 0.1),
        "otherComment": dice.pick(words.COMMENTS),
        "currencyBaseRate": rate,
        "billingAddress": address(shop, dice, country) if dice.chance(0.98) else None,
        "shippingAddress": address(shop, dice, country) if dice.chance(0.98) else None,
        "country": country,
        "shippingPriceGroup": dice.maybe(make("ShippingPriceGroup", shippingOption=option), 0.8),
        "paymentMethod": dice.maybe(plugin, 0.9),
        "isOnHold": status in ("PENDING", "CONFIRMED") and dice.chance(0.3),
        "isLocked": dice.chance(0.02),
        "isWaitingForPayment": status == "PENDING" and dice.chance(0.5),
        "isInternal": dice.chance(0.01),
        "allocationRule": dice.maybe(shop.allocation_rules[0], 0.5),
        "externalId": dice.maybe(f"ext-{number}", 0.1),
        "grandTotal": money(0.0, currency, rate, moment),
    }


def _consumer(shop: Shop, dice: Dice, number: int, moment: datetime) -> Node:
    customer = dice.maybe(dice.pick(shop.customers), 0.98) if shop.customers else None
    store = customer["store"] if customer else shop.stores[0]
    country = customer["country"] if customer else shop.countries[0]
    pricelists = [p for p in shop.pricelists if p["store"] is store and p["status"] == "ACTIVE"]
    pricelist = next((p for p in pricelists if country in p["assignedToCountries"]), pricelists[0])
    base = _base(shop, dice, number, moment, country, pricelist["currency"]["code"])
    market = customer["market"] if customer else None
    return shop.add(
        "DirectToConsumerOrder", **base, store=store, market=market, pricelist=pricelist, customer=customer
    )


def _wholesale(shop: Shop, dice: Dice, number: int, moment: datetime) -> Node:
    account = dice.pick(shop.accounts)
    pricelist = account["pricelist"]
    country = account["billingAddress"]["country"]
    base = _base(shop, dice, number, moment, country, pricelist["currency"]["code"])
    order = shop.add(
        "WholesaleOrder",
        **base,
        store=shop.stores[-1],
        market=account["market"],
        pricelist=pricelist,
        account=account,
        buyer=dice.maybe(dice.pick(account["buyers"]), 0.9),
        deliveryWindows=dice.some(shop.delivery_windows, 0, 2),
        purchaseOrderNumber=dice.maybe(f"PO-{number}, rev 2", 0.6),
    )
    account["orders"].append(order)
    return order


def _add_lines(shop: Shop, dice: Dice, order: Node) -> None:
    if len(shop.orders) % 90 == 45 or not shop.product_sizes:
        return
    for _ in range(dice.number(1, 6)):
        size = dice.pick(shop.product_sizes)
        product = size["productVariant"]["product"]
        if product["isBundle"]:
            _line(shop, dice, order, "BundleOrderLine", size)
            for section in product["bundle"]["sections"]:
                items = [s for v in section["productVariants"] for s in v["productSizes"]]
                if items:
                    _line(shop, dice, order, "BundleItemOrderLine", items[0])
        else:
            _line(shop, dice, order, "ProductOrderLine", size)
    if dice.chance(0.02):
        _line(shop, dice, order, "GiftCertificateOrderLine", None)


def _line(shop: Shop, dice: Dice, order: Node, kind: str, size: Node | None) -> None:
    variant = size["productVariant"] if size else None
    product = variant["product"] if variant else None
    currency, rate = order["grandTotal"]["currency"], order["currencyBaseRate"]
    wholesale = "account" in order
    cents = round(dice.pick(words.PRICES) / RATES[currency["code"]] * (0.45 if wholesale else 1))
    cents = 0 if kind == "BundleItemOrderLine" else cents
    percent = dice.pick((0, 0, 0, 10, 33)) if size else 0
    unit = round(cents * (100 - percent) / 100)
    quantity, cancelled = dice.number(10, 60) if wholesale else dice.pick((1, 1, 1, 2, 3)), 0
    if order["status"] != "CANCELLED" and dice.chance(0.05):
        cancelled, quantity = quantity, 0
    elif dice.chance(0.03) and quantity > 1:
        cancelled, quantity = 1, quantity - 1
    tax = 1.0 if wholesale else TAX

    def amount(value: int) -> Node:
        return money(value / 100, currency, rate, order["createdAt"], round(value / tax) / 100)

    line = shop.add(
        kind,
        id=dice.id("OrderLine"),
        size=size["size"]["name"] if size else "",
        productNumber=product["productNumber"] if product else "GIFT",
        hasAnyDiscount=percent > 0,
        comment=dice.maybe("monogram: Å.Ö.", 0.05),
        productName=product["name"] if product else "Gift certificate",
        productBrand=product["brand"]["name"] if product and product["brand"] else None,
        productVariantName=variant["name"] if variant else None,
        folderName=product["folder"]["name"] if product and product["folder"] else None,
        frontendItemId=dice.maybe(f"{order['number']}-item", 0.2),
        quantity=quantity,
        cancelledQuantity=cancelled,
        unitOriginalPrice=amount(cents),
        unitPrice=amount(unit),
        discountPercent=float(percent),
        taxPercent=0.0 if wholesale else 25.0,
        lineValue=amount(unit * quantity),
        brand=product["brand"] if product else None,
        collection=product["collection"] if product else None,
        deliveryWindow=order["deliveryWindows"][0] if order.get("deliveryWindows") else None,
        product=product,
        productVariant=variant,
        productSize=size,
        display=product["displays"][0] if product and product["displays"] else None,
    )
    if quantity and size and order["status"] in ("CONFIRMED", "PROCESSING", "SHIPPED", "ARCHIVED"):
        warehouse = size["stock"][0 if dice.chance(0.95) else -1]["warehouse"]
        allocation = make("Allocation", id=dice.id("Allocation"), quantity=quantity, warehouse=warehouse)
        allocation.update(orderLine=line, isWaitingForConfirmation=order["status"] == "CONFIRMED")
        line["allocations"].append(allocation)
    order["lines"].append(line)


def _add_discounts(shop: Shop, dice: Dice, order: Node) -> None:
    currency, rate, moment = order["grandTotal"]["currency"], order["currencyBaseRate"], order["createdAt"]
    if not order["lines"]:
        return
    if dice.chance(0.15):
        value = money(dice.pick((5.0, 10.1, 99.99)), currency, rate, moment)
        voucher = dice.maybe(dice.pick(shop.vouchers), 0.95)
        order["discountsApplied"].append(_apply(order, voucher, value))
    if dice.chance(0.05):
        value = money(0.07, currency, rate, moment)
        order["discountsApplied"].append(make("AdminDiscount", value=value, date=dice.maybe(moment, 0.5)))


def _apply(order: Node, voucher: Node | None, value: Node) -> Node:
    """Returns an applied voucher. It keeps the name and the code of a voucher that is deleted later."""
    results = [action["result"] for action in voucher["actions"] if action["result"]] if voucher else []
    is_shipping = any(result["type"] == "SET_FREE_SHIPPING" for result in results)
    applied = make(
        "AppliedVoucherFreeShipping" if is_shipping else "AppliedVoucherDiscount",
        value=value,
        date=order["createdAt"],
        voucher=voucher,
        order=order,
    )
    if voucher:
        applied.update(voucherName=voucher["name"], voucherMethod=voucher["method"], code=voucher["code"])
    return applied


def _add_up(dice: Dice, order: Node) -> None:
    """Returns totals, calculated in cents so that they add up."""
    currency, rate, moment = order["grandTotal"]["currency"], order["currencyBaseRate"], order["createdAt"]
    tax = 1.0 if "account" in order else TAX
    lines = sum(round(line["lineValue"]["value"] * 100) for line in order["lines"])
    discounts = sum(round(each["value"]["value"] * 100) for each in order["discountsApplied"])
    shipping = dice.pick((0, 4900, 995)) if order["lines"] else 0
    total = lines + shipping - discounts
    without_tax = round(total / tax)
    amounts = {
        "lineValues": lines,
        "shipping": shipping,
        "discounts": discounts,
        "taxIncluded": total - without_tax,
    }
    order["totals"] = zero_totals(
        "OrderTotals", currency, rate, moment, **{name: cents / 100 for name, cents in amounts.items()}
    )
    _count_units(order)
    if dice.chance(0.3):
        order["totals"]["shippingTaxIncluded"] = None
    order["grandTotal"] = money(total / 100, currency, rate, moment, without_tax / 100)


def _count_units(order: Node) -> None:
    """Sets the quantities in the totals, and the weight of what is still to be delivered."""
    quantity, cancelled = (
        sum(line[key] for line in order["lines"]) for key in ("quantity", "cancelledQuantity")
    )
    is_shipped = order["status"] in ("SHIPPED", "ARCHIVED")
    order["totals"].update(
        quantity=quantity,
        originalQuantity=quantity + cancelled,
        cancelledQuantity=cancelled,
        unexpeditedQuantity=0 if is_shipped else quantity,
        weight=make_weight(quantity * 0.35, "KILOGRAMS") if quantity else None,
    )


def _add_attributes(dice: Dice, order: Node) -> None:
    if "customer" in order and dice.chance(0.1):
        order["attributes"].append(_global_e(dice, order))
    if dice.chance(0.1):
        order["attributes"].append(
            text_attribute("ord_note", "Order", False, {"note": dice.pick(words.COMMENTS)})
        )
    if dice.chance(0.05):
        for channel in dice.some(("App", "Web", "Store"), 1, 2):
            order["attributes"].append(choice_attribute("ord_channel", "Order", "channel", channel))
    if dice.chance(0.03):
        order["attributes"].append(image_attribute("ord_print", "Order", "https://example.com/print.png"))


def _global_e(dice: Dice, order: Node) -> Node:
    """Returns the attributes that Global-e's integration writes to its orders. Every value is text."""
    total = order["grandTotal"]["value"]
    duties = dice.pick(("0", "12.5", "12,50", "1,234.50", ""))
    items = {str(line["id"]): f"GE{line['id']}" for line in order["lines"]}
    mapping = "{" + ", ".join(f'"{ours}": "{theirs}"' for ours, theirs in items.items()) + "}"
    values: dict[str, str | None] = {
        "ge_order_id": f"GE{900000 + order['number']}" if dice.chance(0.95) else None,
        "ge_order_total": dice.pick((f"{total:.2f}", f"{total * 1.07:,.2f}", f"{total:.2f} EUR")),
        "ge_order_shipping": dice.pick(("9.95", "0", None)),
        "ge_order_duties": duties,
        "ge_order_delivery_days": dice.pick(("3", "5-7", "")),
        "canceled_by_ge": "1" if order["status"] == "CANCELLED" else dice.pick(("0", None)),
        "code_vouchers": dice.pick(("", "SAVE0")),
        "automatic_vouchers": None,
        "free_shipping": dice.pick(("0", "1")),
        "ge_cart_item_ids_mapping": mapping if dice.chance(0.9) else mapping[:-1],
        "ge_cart_item_id_to_price_mapping": None,
        "centra_to_ge_cart_mapping": mapping,
    }
    return text_attribute("ge_order_details", "Order", False, values)
