"""Generates displays, categories, prices, campaigns and vouchers."""

from datetime import date

from ..nodes import Node, make, money
from ..shop import Shop
from . import words
from .attributes import choice_attribute, image_attribute, text_attribute, translation
from .dice import BULK_EDIT, END, START, Dice

RATES = {"SEK": 1.0, "EUR": 11.2345, "USD": 10.5137}
"""Value of one unit of a currency in the base currency."""


def fill(shop: Shop, dice: Dice) -> None:
    """Generates the offers."""
    _categories(shop, dice)
    for number, product in enumerate(shop.products):
        _displays(shop, dice, product, number)
        _prices(shop, dice, product)
    campaign = shop.add("Campaign", id=dice.id("Campaign"), name="Black Friday")
    campaign["updatedAt"] = BULK_EDIT
    _vouchers(shop, dice)
    alteration = shop.add(
        "PriceAlteration", id=1, name="Season end", startDate=date(2026, 3, 29), status="ACTIVE"
    )
    alteration["store"] = shop.stores[-1]
    alteration["prices"] = [p for p in shop.prices if p["pricelist"]["store"] is shop.stores[-1]][:5]


def _categories(shop: Shop, dice: Dice) -> None:
    for store in shop.stores:
        for top_name in ("Clothing", "Accessories"):
            top = shop.add("Category", id=dice.id("Category"), name=top_name, uri=top_name.lower())
            top.update(store=store, isTopCategory=True)
            for name in ("New in", "Sale"):
                child = shop.add(
                    "Category", id=dice.id("Category"), name=name, uri=dice.maybe(f"{name}", 0.8) or ""
                )
                child.update(store=store, isTopCategory=False, parent=top)
                top["childCategories"].append(child)


def _displays(shop: Shop, dice: Dice, product: Node, number: int) -> None:
    """Usually one display per store.

    Some products have none, some have two of the same variants in one store.
    """
    for store in shop.stores:
        consumer = store["type"] == "DIRECT_TO_CONSUMER"
        count = 2 if number % 25 == 3 and consumer else 0 if number % 17 == 6 else 1
        if not consumer and dice.chance(0.5):
            count = 0
        for position in range(count):
            _display(shop, dice, product, store, position)


def _display(shop: Shop, dice: Dice, product: Node, store: Node, position: int) -> None:
    categories = [c for c in shop.categories if c["store"] is store]
    display = shop.add(
        "Display",
        id=dice.id("Display", 201),
        name=product["name"] if not position else f"{product['name']} unisex",
        status="INACTIVE" if dice.chance(0.08) else "ACTIVE",
        uri=f"{product['name'].split()[0].lower()}-{product['id']}-{position}",
        minimumOrderQuantity=dice.maybe(1, 0.2),
        orderQuantityDenominator=dice.maybe(6, 0.1),
        description=dice.pick(words.DESCRIPTIONS),
        shortDescription=dice.pick(words.SHORT_DESCRIPTIONS),
        metaTitle=dice.maybe(f"{product['name']} | Shop", 0.5),
        metaDescription=dice.maybe(f"Buy {product['name']} online", 0.4),
        metaKeywords=dice.maybe("fashion, wool", 0.1),
        comment=dice.maybe("photo missing", 0.1),
        tags=dice.some(("new", "sale", "eco"), 0, 3),
        sortPriority=dice.number(0, 9),
        updatedAt=dice.later(product["createdAt"], 60),
        categories=dice.some(categories, 0, 3),
        markets=dice.some([m for m in shop.markets if m["store"] is store], 1, 3),
        product=product,
        productVariants=list(product["variants"]),
        store=store,
        taxGroup=dice.maybe(make("TaxGroup", id=1, name="GE Local VAT"), 0.3),
    )
    display["canonicalCategory"] = display["categories"][0] if display["categories"] else None
    if dice.chance(0.2):
        display["attributes"].append(image_attribute("dsp_badge", "Display", "https://example.com/badge.png"))
    if dice.chance(0.2):
        display["translations"].append(
            translation(shop.languages[1], {"name": None, "description": "Mjuk & varm"})
        )
    for variant in product["variants"]:
        item = shop.add("DisplayItem", id=dice.id("DisplayItem", 4501), productVariant=variant)
        item["display"] = display
        display["displayItems"].append(item)
        variant["displayItems"].append(item)
        variant["displays"].append(display)
    for market in display["markets"]:
        market["displays"].append(display)
    product["displays"].append(display)


def _prices(shop: Shop, dice: Dice, product: Node) -> None:
    base_cents = dice.pick(words.PRICES)
    product_prices = []
    for pricelist in shop.pricelists:
        if pricelist["status"] != "ACTIVE" or dice.chance(0.03):
            continue
        currency = pricelist["currency"]
        rate = RATES[currency["code"]]
        cents = round(base_cents / rate)
        wholesale = pricelist["store"]["type"] == "WHOLESALE"
        recommended = money(cents / 100, currency, rate, BULK_EDIT) if wholesale else None
        if wholesale:
            cents = round(cents * 0.45)
        amount = None if dice.chance(0.01) else money(cents / 100, currency, rate, BULK_EDIT)
        price = shop.add("Price", id=dice.id("Price"), price=amount, recommendedRetailPrice=recommended)
        price.update(pricelist=pricelist, product=product)
        if dice.chance(0.1):
            price["productVariant"] = product["variants"][0]
        pricelist["prices"].append(price)
        product_prices.append(price)
    for variant in product["variants"]:
        variant["prices"] = [
            p for p in product_prices if not p["productVariant"] or p["productVariant"] is variant
        ]
    for display in product["displays"]:
        display["prices"] = [p for p in product_prices if p["pricelist"]["store"] is display["store"]]


def _attributes(number: int) -> list[Node]:
    """Attributes of vouchers: usages counted by Global-e, audience, and banner."""
    return [
        text_attribute("ge_voucher_details", "Voucher", False, {"ge_successful_usages": str(number)}),
        choice_attribute("vou_audience", "Voucher", "audience", "Members"),
        image_attribute("vou_banner", "Voucher", f"https://example.com/banner-{number}.png"),
    ]


def _vouchers(shop: Shop, dice: Dice) -> None:
    result = make("VoucherActionResult", type="SET_FREE_SHIPPING")
    for number in range(8):
        created = dice.moment(START, END)
        by_code = number % 2 == 0
        shop.add(
            "Voucher",
            id=dice.id("Voucher"),
            name=f"Voucher {number}, {10 + number} %",
            status="INACTIVE" if number == 7 else "ACTIVE",
            startAt=dice.maybe(created, 0.7),
            stopAt=dice.maybe(END, 0.3),
            method="CODE" if by_code else "AUTO",
            code=f"SAVE{number}" if by_code else None,
            maxUsages=dice.pick((0, 0, 100)),
            store=shop.stores[0],
            markets=[m for m in shop.markets if m["store"] is shop.stores[0]][:2],
            actions=[make("VoucherAction", isEntryPoint=True, result=dice.maybe(result, 0.5))],
            attributes=_attributes(number) if by_code else [],
            createdAt=created,
            updatedAt=dice.later(created, 30),
        )
