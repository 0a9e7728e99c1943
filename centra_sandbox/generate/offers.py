"""Completes the sales side: campaigns, delivery windows, affiliates, and values that are blank so far."""

from datetime import timedelta

from ..nodes import Node, make
from ..shop import Shop
from .dice import BULK_EDIT, END, START, Dice


def fill(shop: Shop, dice: Dice) -> None:
    """Completes the sales side. Orders, prices and stores exist already."""
    _campaigns(shop, dice)
    _pricelists(shop, dice)
    _delivery_windows(shop, dice)
    _vouchers(shop, dice)
    _affiliates(shop, dice)
    for price in shop.prices:
        _lowest_price(shop, dice, price)
    shop.markets[0]["comment"] = "Prices include duties 🇸🇪"
    _id_conversions(shop, dice)


def _campaigns(shop: Shop, dice: Dice) -> None:
    (first,) = shop.campaigns
    first.update(
        store=shop.stores[0], createdAt=START, startAt=BULK_EDIT, stopAt=BULK_EDIT + timedelta(days=4)
    )
    for name in ("Mid season, 30 %", "Outlet", "Åsas val"):
        created = dice.moment(START, END)
        shop.add(
            "Campaign",
            id=dice.id("Campaign", 4),
            name=name,
            status=dice.pick(("ACTIVE", "INACTIVE")),
            startAt=dice.maybe(created, 0.7),
            stopAt=dice.maybe(dice.later(created, 30), 0.5),
            createdAt=created,
            updatedAt=BULK_EDIT if name == "Outlet" else dice.later(created, 30),
            store=dice.pick(shop.stores),
        )
    for campaign in shop.campaigns:
        _campaign_variants(shop, dice, campaign)
        for market in shop.markets:
            if market["store"] is campaign["store"] and dice.chance(0.7):
                market["campaigns"].append(campaign)
    shop.markets[0]["campaigns"] = [first, *(c for c in shop.markets[0]["campaigns"] if c is not first)]


def _campaign_variants(shop: Shop, dice: Dice, campaign: Node) -> None:
    """Some campaigns have half of all variants, one has none."""
    share = 0.0 if campaign["name"] == "Outlet" else dice.pick((0.05, 0.5))
    for variant in shop.product_variants:
        if dice.chance(share):
            joined = shop.add(
                "CampaignVariant",
                id=dice.id("CampaignVariant", 71),
                campaign=campaign,
                productVariant=variant,
            )
            campaign["campaignVariants"].append(joined)
            variant["campaignVariants"].append(joined)
            for display in variant["displays"]:
                display["campaignVariants"].append(joined)


def _pricelists(shop: Shop, dice: Dice) -> None:
    option = make("ShippingOption", id=1, name="Standard", uri="standard")
    for number, pricelist in enumerate(shop.pricelists):
        pricelist["comment"] = "Rounded to 9" if number == 0 else dice.maybe("", 0.3)
        pricelist["defaultShippingOption"] = dice.maybe(option, 0.6) if number else option
        pricelist["externalId"] = f"erp-{pricelist['id']}" if number == 0 else None


def _delivery_windows(shop: Shop, dice: Dice) -> None:
    campaigns = [c for c in shop.campaigns if c["store"] is shop.stores[-1]] or shop.campaigns[:1]
    at_once, preorder = shop.delivery_windows
    at_once.update(selectableDate=True, allocationRule=shop.allocation_rules[0], campaigns=campaigns)
    start = preorder["deliveryStartDate"]
    preorder.update(
        allocationOrder="FIFO",
        deliveryDatesVisible=True,
        deliveryEndDate=start + timedelta(days=60),
        salesEndDate=preorder["salesStartDate"] + timedelta(days=30),
    )
    for variant in shop.product_variants:
        if dice.chance(0.2):
            preorder["deliveryWindowVariants"].append(
                make(
                    "DeliveryWindowVariant",
                    type=dice.pick(("PREORDER", "STOCK_LINK")),
                    product=variant["product"],
                    productVariant=variant,
                    limit=_limit(dice) if dice.chance(0.4) else None,
                )
            )
    for alteration in shop.price_alterations:
        alteration["deliveryWindows"] = [preorder]
    shop.add("PriceAlteration", id=dice.id("PriceAlteration", 2), name="Förhandsorder ½", status="INACTIVE")


def _limit(dice: Dice) -> Node:
    return make("DeliveryWindowVariantLimit", value=dice.pick((10, 250)), on="ProductVariant", type="HIGH")


def _vouchers(shop: Shop, dice: Dice) -> None:
    always = make("VoucherActionCriteria", type="ALWAYS")
    for number, voucher in enumerate(shop.vouchers):
        voucher["priority"] = number // 2
        voucher["conversionHTML"] = "<script>track('voucher')</script>" if number == 0 else None
        for action in voucher["actions"]:
            action["criteria"] = [always]
        if number % 3 == 1:
            price = make("VoucherActionResult", type="CHANGE_SELECTED_PRODUCTS_PRICE")
            voucher["actions"].append(
                make(
                    "VoucherAction", criteria=[always, always], result=price, continueStrategy="ALL_PRODUCTS"
                )
            )
    created = dice.moment(START, END)
    shop.add(
        "Voucher",
        id=dice.id("Voucher", 41),
        name="Från nyhetsbrevet 💌",
        status="ACTIVE",
        method="URL",
        url="newsletter-2026",
        stopAt=END,
        store=shop.stores[0],
        createdAt=created,
        updatedAt=BULK_EDIT,
    )


def _affiliates(shop: Shop, dice: Dice) -> None:
    for name in ("Modebloggen", "Sparklubben & Co", "Prisjakt"):
        shop.add(
            "Affiliate",
            id=dice.id("Affiliate"),
            name=name,
            status="INACTIVE" if name == "Prisjakt" else "ACTIVE",
            code=None if name == "Prisjakt" else name.split()[0].lower(),
            store=dice.pick(shop.stores),
            uri=name.split()[0].lower(),
            htmlSnippet=dice.maybe("<script>referred('å')</script>", 0.6),
            updatedAt=dice.moment(START, END),
        )


def _lowest_price(shop: Shop, dice: Dice, price: Node) -> None:
    """Only for consumers, and not for every price. Some variants have several, for different markets."""
    store = price["pricelist"]["store"]
    if store["type"] != "DIRECT_TO_CONSUMER" or dice.chance(0.7):
        return
    variant = price["productVariant"] or next(iter(price["product"]["variants"]), None)
    if variant is None or price["price"] is None:
        return
    markets = [market for market in shop.markets if market["store"] is store]
    first = dice.number(0, len(markets))
    groups = [markets[:first], markets[first:]] if dice.chance(0.3) else [markets[:first]]
    for group in groups:
        shop.add(
            "LowestPrice",
            id=dice.id("LowestPrice"),
            originalPrice=dice.pick((price["price"], _scale(price["price"], 1.25))),
            price=price["price"],
            startDate=dice.moment(START, END),
            createdAt=dice.maybe(dice.moment(START, END), 0.9),
            pricelist=price["pricelist"],
            product=price["product"],
            productVariant=variant,
            markets=group,
        )


def _scale(amount: Node, factor: float) -> Node:
    value = round(amount["value"] * factor, 2)
    return {**amount, "value": value, "valueExcludingTax": value}


def _id_conversions(shop: Shop, dice: Dice) -> None:
    """External ids of markets from an ERP, and of sizes from Centra."""
    named = [("Market", market["id"], f"erp {market['name']}") for market in shop.markets[:2]]
    named += [
        ("Size", size["id"], f"{chart['name']}|{size['name']}")
        for chart in shop.size_charts
        for size in chart["sizes"]
    ]
    for object_type, internal_id, external_id in named:
        shop.add(
            "IdConversionEntry",
            id=dice.id("IdConversionEntry"),
            internalId=internal_id,
            externalId=external_id,
            objectType=object_type,
            integrationName="sandbox",
        )
