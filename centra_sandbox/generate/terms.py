"""Completes purchases, subscriptions and wholesale prices; generates tax rules and shipping options."""

from datetime import timedelta

from ..nodes import Node, make, money
from ..shop import Shop
from .contacts import full_address
from .dice import BULK_EDIT, END, START, Dice


def fill(shop: Shop, dice: Dice) -> None:
    """Completes the objects of `supply`, `loyalty`, `offers` and `foundation`."""
    _shipping_options(shop, dice)
    _tax_rules(shop, dice)
    for number, supplier in enumerate(shop.suppliers):
        _supplier(shop, dice, supplier, is_first=number == 0)
    for number, order in enumerate(shop.purchase_orders):
        _purchase_order(shop, dice, order, is_first=number == 0)
    for plan in shop.subscription_plans:
        _plan(shop, dice, plan)
    for number, contract in enumerate(shop.subscription_contracts):
        _contract(shop, dice, contract, is_first=number == 0)
    for pricelist in shop.pricelists:
        pricelist["updatedAt"] = pricelist["updatedAt"] or BULK_EDIT
    for number, alteration in enumerate(shop.price_alterations):
        _price_alteration(shop, dice, alteration, is_first=number == 0)
    for number, window in enumerate(shop.delivery_windows):
        window["customOrder"] = number + 1
        for variant in window["deliveryWindowVariants"]:
            variant["deliveryWindow"] = window
    if shop.delivery_windows:
        group = make("DeliveryWindowGroup", id=1, name="AW 26", customOrder=1)
        shop.delivery_windows[0]["deliveryWindowGroup"] = group


def _shipping_options(shop: Shop, dice: Dice) -> None:
    for name, uri in (("Standard", "standard"), ("Standard", "standard"), ("Förmiddag", None)):
        shop.add(
            "ShippingOption",
            name=name,
            status="INACTIVE" if uri is None else "ACTIVE",
            uri=uri,
            updatedAt=dice.maybe(dice.moment(START, END), 0.8),
            store=dice.pick(shop.stores),
        )


def _tax_rules(shop: Shop, dice: Dice) -> None:
    group = make("TaxGroup", id=2, name="Standard")
    for country in shop.countries:
        is_first = not shop.tax_rules
        shop.add(
            "TaxRule",
            id=dice.id("TaxRule", 801),
            name=f"VAT {country['code']}",
            displayName="Moms" if is_first else dice.maybe("VAT", 0.5),
            code=dice.maybe(f"V{country['code']}", 0.7) if not is_first else "V25",
            rate=dice.pick((25.0, 19.0, 0.0)),
            applyTaxType="INCLUDED" if is_first else dice.maybe("ADDED", 0.7),
            applyTaxToShipping=dice.chance(0.8),
            applyTaxToHandling=dice.chance(0.8),
            applyFrom=START,
            applyTo=END if is_first else None,
            zipCode="11455" if is_first else None,
            city="Stockholm" if is_first else None,
            countries=[country],
            states=country["states"][:2],
            taxGroup=group,
        )


def _supplier(shop: Shop, dice: Dice, supplier: Node, is_first: bool) -> None:
    supplier.update(
        status="ACTIVE" if is_first else dice.pick(("ACTIVE", "INACTIVE")),
        address=full_address(shop, dice, dice.pick(shop.countries), is_first) if is_first else None,
        comment="Closed in August, “férias”" if is_first else dice.maybe("", 0.3),
        currency=shop.currencies[1],
        paymentTerms=make("PaymentTerms", id=8, description="60 days net, 2 % / 10") if is_first else None,
        shippingTerms=make("ShippingTerms", id=3, description="FCA Porto") if is_first else None,
        preferredWarehouse=shop.warehouses[0] if is_first else dice.maybe(shop.warehouses[0], 0.3),
    )


def _purchase_order(shop: Shop, dice: Dice, order: Node, is_first: bool) -> None:
    order["supplier"] = order["supplier"] or shop.suppliers[0]
    order["supplier"]["purchaseOrders"].append(order)
    order.update(
        preferredWarehouse=order["warehouse"],
        purchaseOrderDeliveries=order["deliveries"],
        externalComment="Deliver before noon" if is_first else dice.maybe("", 0.2),
        ourReference="Åsa" if is_first else dice.maybe("AW26", 0.5),
        externalId=f"erp-{order['id']}" if is_first else None,
    )
    for line in order["lines"]:
        linked = dice.number(0, line["quantity"])
        variant = line["productSize"] and line["productSize"]["productVariant"]
        line.update(
            linkedQuantity=linked,
            unlinkedQuantity=line["quantity"] - linked,
            customsPercent=dice.pick((0.0, 12.5)),
            customsValue={**line["unitCost"], "value": 0.07, "valueExcludingTax": 0.07},
            productVariant=variant,
            product=variant and variant["product"],
        )


def _plan(shop: Shop, dice: Dice, plan: Node) -> None:
    created = dice.moment(START, END)
    plan.update(
        interval=plan["intervals"][0],
        internalComment="Twelve at most" if plan["discountPercent"] else None,
        createdAt=created,
        updatedAt=dice.later(created, 60),
        displayItems=dice.some(shop.display_items, 1, 30),
        productVariants=dice.some(shop.product_variants, 1, 30),
    )


def _contract(shop: Shop, dice: Dice, contract: Node, is_first: bool) -> None:
    subscriptions = [each for each in shop.subscriptions if each["contract"] is contract]
    orders = [order for each in subscriptions for order in each["generatedOrders"]]
    contract.update(
        subscriptions=subscriptions,
        originatingOrder=orders[-1] if orders else None,
        shippingOption=dice.pick(shop.shipping_options) if is_first else None,
        internalComment="Prefers mail" if is_first else dice.maybe("", 0.1),
    )
    for _ in range(25 if is_first else dice.number(0, 2)):
        created = dice.moment(START, END)
        payment = make("SubscriptionPayment", id=dice.id("SubscriptionPayment", 901), createdAt=created)
        payment.update(updatedAt=dice.later(created, 1), paymentMethod=dice.maybe("adyen", 0.8))
        contract["subscriptionPayment"].append(payment)


def _price_alteration(shop: Shop, dice: Dice, alteration: Node, is_first: bool) -> None:
    start = alteration["startDate"] or BULK_EDIT.date()
    store = alteration["store"] or shop.stores[-1]
    alteration.update(store=store, startDate=start, endDate=start + timedelta(days=30) if is_first else None)
    for price in shop.prices if is_first else ():
        if price["pricelist"]["store"] is store and price["price"]:
            amount = money(price["price"]["value"] + 0.1, price["price"]["currency"], 1.0, BULK_EDIT)
            altered = {**price, "id": dice.id("AlteredPrice", 700_001), "price": amount}
            alteration["prices"].append(altered)
