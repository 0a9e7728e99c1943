"""Generates consumers, wholesale accounts and their buyers."""

from datetime import date

from ..nodes import Node, make, money
from ..shop import Shop
from . import words
from .attributes import text_attribute
from .dice import END, START, Dice


def fill(shop: Shop, dice: Dice) -> None:
    """Generates about two consumers for three orders, and one account for forty."""
    consumer_stores = [store for store in shop.stores if store["type"] == "DIRECT_TO_CONSUMER"]
    for number in range(shop.settings.orders * 2 // 3):
        _customer(shop, dice, dice.pick(consumer_stores), number)
    for number in range(max(2, shop.settings.orders // 40)):
        _account(shop, dice, number)
    _delivery_windows(shop, dice)


def address(shop: Shop, dice: Dice, country: Node | None) -> Node:
    """Returns a postal address with blanks as in real ones."""
    states = country["states"] if country else []
    return make(
        "Address",
        firstName=dice.pick(words.FIRST_NAMES),
        lastName=dice.pick(words.LAST_NAMES),
        address1=dice.pick(words.STREETS),
        address2=dice.maybe("c/o Öberg", 0.1),
        city=dice.pick(words.CITIES),
        zipCode=dice.pick(("114 55", "10117", "10001", None)),
        cellPhoneNumber=dice.maybe("+46701234567", 0.6),
        email=dice.maybe("someone@example.com", 0.7),
        companyName=dice.maybe("Åhlén, Söner & Co", 0.1),
        country=country,
        state=dice.pick(states) if states else None,
    )


def _customer(shop: Shop, dice: Dice, store: Node, number: int) -> None:
    created = dice.moment(START, END)
    market = dice.pick([m for m in shop.markets if m["store"] is store])
    anonymized = dice.chance(0.02)
    country = dice.pick(market["assignedToCountries"])
    same_email = number % 20 == 19
    customer = shop.add(
        "Customer",
        id=dice.id("Customer"),
        status="INACTIVE" if dice.chance(0.05) else "ACTIVE",
        email=f"customer{number - 1 if same_email else number}@example.com",
        firstName=None if anonymized else dice.pick(words.FIRST_NAMES),
        lastName=None if anonymized else dice.pick(words.LAST_NAMES),
        cellPhoneNumber=dice.maybe("+46701234567", 0.5),
        createdAt=created,
        updatedAt=dice.later(created, 40),
        lastLoginAt=dice.maybe(dice.later(created, 10), 0.4),
        billingAddress=None if anonymized else address(shop, dice, country),
        store=store,
        birthdate=dice.maybe(date(dice.number(1950, 2005), dice.number(1, 12), 28), 0.3),
        isAnonymized=anonymized,
        isRegistered=not same_email and dice.chance(0.6),
        gender=dice.pick(("MALE", "FEMALE", None, None)),
        market=market,
        pricelist=next(p for p in shop.pricelists if p["store"] is store),
        country=country,
        externalId=dice.maybe(f"crm-{number}", 0.1),
    )
    if dice.chance(0.05):
        customer["attributes"].append(
            text_attribute("ge_customer_coupon", "Customer", False, {"ge_coupon_usage": "SAVE0:2"})
        )


def _account(shop: Shop, dice: Dice, number: int) -> None:
    created = dice.moment(START, END)
    store = shop.stores[-1]
    pricelist = dice.pick([p for p in shop.pricelists if p["store"] is store])
    account = shop.add(
        "Account",
        id=dice.id("Account"),
        name=f"Boutique {number}, {dice.pick(words.CITIES)}",
        status="INACTIVE" if dice.chance(0.1) else "ACTIVE",
        createdAt=created,
        updatedAt=dice.later(created, 60),
        discountPercent=dice.pick((0.0, 5.0, 12.5)),
        internalComment=dice.maybe("Pays late", 0.2),
        otherComment=dice.maybe("", 0.3),
        accountEmail=dice.maybe(f"boutique{number}@example.com", 0.8),
        vatNumber=dice.maybe("SE556677889901", 0.6),
        creditLimit=dice.maybe(money(50000.0, pricelist["currency"], 1.0, created), 0.4),
        billingAddress=address(shop, dice, dice.pick(shop.countries)),
        market=dice.pick([m for m in shop.markets if m["store"] is store]),
        pricelist=pricelist,
        salesRepresentative=dice.maybe(
            make("SalesRepresentative", id=1, name="Anna", commissionPercent=2.5), 0.5
        ),
        externalId=dice.maybe(f"erp-{number}", 0.5),
    )
    for position in range(dice.number(1, 3)):
        buyer = shop.add(
            "Buyer",
            id=dice.id("Buyer"),
            status="ACTIVE",
            firstName=dice.pick(words.FIRST_NAMES),
            lastName=dice.maybe(dice.pick(words.LAST_NAMES), 0.9),
            email=dice.maybe(f"buyer{number}.{position}@example.com", 0.9) or "",
            account=account,
            store=store,
            receiveAutoEmails=dice.chance(0.5),
            createdAt=account["createdAt"],
            updatedAt=account["updatedAt"],
        )
        account["buyers"].append(buyer)


def _delivery_windows(shop: Shop, dice: Dice) -> None:
    markets = [m for m in shop.markets if m["store"] is shop.stores[-1]]
    shop.add(
        "AtOnceDeliveryWindow",
        id=dice.id("DeliveryWindow"),
        name="At once",
        status="ACTIVE",
        markets=markets,
        defaultVariantDeliveryType="STOCK",
        selectableByBuyers=True,
        daysFromNow=3,
    )
    shop.add(
        "PreorderDeliveryWindow",
        id=dice.id("DeliveryWindow"),
        name="SS26 first drop",
        status="ACTIVE",
        markets=markets,
        defaultVariantDeliveryType="PREORDER",
        deliveryStartDate=dice.moment(),
        salesStartDate=dice.moment(),
    )
