"""Generates newsletter subscriptions, gift certificates and product subscriptions."""

from datetime import timedelta

from ..nodes import Node, make, money
from ..shop import Shop
from .contacts import full_address
from .dice import END, START, Dice


def fill(shop: Shop, dice: Dice) -> None:
    """Generates some of each."""
    _newsletter(shop, dice)
    _gift_certificates(shop, dice)
    plans = _plans(shop, dice)
    for customer in shop.customers[:: max(1, len(shop.customers) // max(3, len(shop.customers) // 15))]:
        _contract(shop, dice, customer, plans)


def _newsletter(shop: Shop, dice: Dice) -> None:
    """Consumers, and people who have never ordered."""
    for number in range(max(4, shop.settings.orders // 5)):
        customer = dice.pick(shop.customers) if shop.customers and dice.chance(0.5) else None
        store = customer["store"] if customer else shop.stores[0]
        by_phone = dice.chance(0.05)
        shop.add(
            "NewsletterSubscription",
            id=dice.id("NewsletterSubscription"),
            email=customer["email"] if customer else f"reader{number}@example.com",
            isActive=not dice.chance(0.1),
            phoneNumber="+46 70 765 43 21" if by_phone else dice.maybe("+46707654321", 0.1),
            createdAt=dice.moment(START, END),
            store=store,
            market=customer["market"] if customer else None,
            country=customer["country"] if customer else dice.maybe(shop.countries[0], 0.5),
            **_wanted(shop, dice),
            language=dice.maybe(dice.pick(shop.languages), 0.6),
            customer=customer,
        )


def _wanted(shop: Shop, dice: Dice) -> Node:
    """Some subscribers wait for a size or a variant that is out of stock."""
    size = dice.pick(shop.product_sizes) if shop.product_sizes and dice.chance(0.3) else None
    variant = size["productVariant"] if size else None
    return {"productSize": size, "productVariant": variant}


def _gift_certificates(shop: Shop, dice: Dice) -> None:
    """Sold gift certificates, and some that the shop gave away."""
    bought = [
        (order, line)
        for order in shop.orders
        for line in order["lines"]
        if line["__typename"] == "GiftCertificateOrderLine"
    ]
    for order, line in bought:
        _gift_certificate(shop, dice, line["unitPrice"], order)
    for _ in range(3):
        amount = money(dice.pick((100.0, 250.5, 500.0)), shop.currencies[0], 1.0, END)
        _gift_certificate(shop, dice, amount, None)


def _gift_certificate(shop: Shop, dice: Dice, amount: Node, order: Node | None) -> None:
    created = order["createdAt"] if order else dice.moment(START, END)
    left = round(amount["value"] * dice.pick((1.0, 1.0, 0.37, 0.0)), 2)
    shop.add(
        "GiftCertificate",
        id=dice.id("GiftCertificate"),
        code=dice.maybe(f"GIFT-{len(shop.gift_certificates):04}", 0.95),
        status="ACTIVE" if left else "INACTIVE",
        createdAt=created,
        expiresAt=dice.maybe(created + timedelta(days=730), 0.7),
        initialValue=amount,
        remainingValue={**amount, "value": left, "valueExcludingTax": left},
        recipientEmail=dice.maybe("vän@example.com", 0.6),
        store=order["store"] if order else shop.stores[0],
        order=order,
    )


def _plans(shop: Shop, dice: Dice) -> list[Node]:
    for name, percent, units in (("Socks every month", 10.0, (1, 2)), ("Café-påfyllning", None, (6,))):
        shop.add(
            "SubscriptionPlan",
            id=dice.id("SubscriptionPlan"),
            name=name,
            status="ACTIVE" if percent else "INACTIVE",
            discountPercent=percent,
            intervals=[make("DateInterval", type="MONTH" if percent else "WEEK", value=n) for n in units],
            store=shop.stores[0],
        )
    return shop.subscription_plans


def _contract(shop: Shop, dice: Dice, customer: Node, plans: list[Node]) -> None:
    created = dice.later(customer["createdAt"], 30)
    plugin = make(
        "StorePlugin", id=4, name="Adyen Drop-In", uri="adyen", plugin="AdyenDropIn", status="ACTIVE"
    )
    is_first = not shop.subscription_contracts
    contract = shop.add(
        "SubscriptionContract",
        id=dice.id("SubscriptionContract"),
        createdAt=created,
        updatedAt=dice.later(created, 60),
        customer=customer,
        store=customer["store"],
        market=customer["market"],
        pricelist=customer["pricelist"],
        currency=customer["pricelist"]["currency"],
        paymentMethod=plugin if is_first else dice.maybe(plugin, 0.9),
        billingAddress=full_address(shop, dice, customer["country"], is_first),
        shippingAddress=full_address(shop, dice, customer["country"], is_first),
    )
    orders = [order for order in shop.orders if order.get("customer") is customer]
    for position in range(2 if is_first else dice.number(1, 2)):
        _subscription(shop, dice, contract, plans, orders, is_sure=is_first and not position)


def _subscription(
    shop: Shop, dice: Dice, contract: Node, plans: list[Node], orders: list[Node], is_sure: bool
) -> None:
    status = "ACTIVE" if is_sure else dice.pick(("ACTIVE", "ACTIVE", "PAUSED", "CANCELLED"))
    reasons = (
        ["OUT_OF_STOCK", "NO_SHIPPING"] if is_sure else dice.some(("NOT_PURCHASABLE", "NO_MARKET"), 0, 1)
    )
    next_order = dice.later(contract["updatedAt"], 20).date() if status == "ACTIVE" else None
    subscription = shop.add(
        "Subscription",
        id=dice.id("Subscription"),
        attentionReasons=reasons,
        interval=make("DateInterval", type=dice.pick(("WEEK", "MONTH")), value=dice.number(1, 6)),
        needsAttention=bool(reasons),
        nextOrderDate=next_order,
        nextRetryDate=next_order if is_sure else None,
        tries=2 if reasons else 0,
        isWaitingForPayment=dice.chance(0.1),
        internalComment="Called: wants to pause" if is_sure else dice.maybe("", 0.1),
        discount=10.0 if is_sure else dice.maybe(12.5, 0.3),
        createdAt=contract["createdAt"],
        updatedAt=contract["updatedAt"],
        contract=contract,
        generatedOrders=orders if is_sure else dice.some(orders, 0, 3),
        plan=plans[0] if is_sure else dice.maybe(dice.pick(plans), 0.8),
        status=status,
        store=contract["store"],
    )
    for size in dice.some(shop.product_sizes, 1, 2):
        price = money(dice.pick((99.9, 149.0)), contract["currency"], 1.0, contract["createdAt"])
        quantity = dice.number(1, 4)
        line = make("SingleVariantSubscriptionLine", id=dice.id("SubscriptionLine"), quantity=quantity)
        full = money(price["value"] + 10.0, contract["currency"], 1.0, contract["createdAt"])
        line.update(unitPrice=price, originalUnitPrice=dice.pick((price, full)), productSize=size)
        line["productVariant"] = size["productVariant"]
        subscription["lines"].append(line)
