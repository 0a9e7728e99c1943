"""Generates reference objects: countries, currencies, stores, markets, warehouses and pricelists."""

from ..nodes import make
from ..shop import Shop
from .dice import BULK_EDIT, Dice

COUNTRIES = (
    ("SE", "Sweden", "Europe", True),
    ("DE", "Germany", "Europe", True),
    ("FR", "France", "Europe", True),
    ("NL", "Netherlands", "Europe", True),
    ("PT", "Portugal", "Europe", True),
    ("GB", "United Kingdom", "Europe", False),
    ("US", "United States", "North America", False),
    ("CN", "China", "Asia", False),
    ("IN", "India", "Asia", False),
    ("XK", "Kosovo", "Europe", False),
)
STATES = (("California", "CA"), ("New York", "NY"), ("Armed Forces Europe", None))
CURRENCIES = (("SEK", "Swedish krona"), ("EUR", "Euro"), ("USD", None))
LANGUAGES = (("English", "en", "GB", True), ("Svenska", "sv", "SE", True), ("Deutsch", "de", None, False))
WAREHOUSES = (
    ("Borås", "SE", "OWN", "CENTRA", 0),
    ("3PL Rotterdam", "NL", "THIRD_PARTY", "EXTERNAL", 2),
    ("Store Götgatan", "SE", "OWN", "CENTRA", None),
    ("Consignment Paris", "FR", "OWN", "EXTERNAL", None),
    ("Old warehouse", None, "OWN", "CENTRA", None),
)
MARKETS = {
    "DIRECT_TO_CONSUMER": (
        ("Sweden", ("SE",)),
        ("Europe", ("DE", "FR", "NL", "PT")),
        ("Rest of world", ("US", "GB")),
    ),
    "WHOLESALE": (("Nordic retail", ()), ("Distributors", ())),
}


def fill(shop: Shop, dice: Dice) -> None:
    """Generates the reference objects."""
    _places(shop, dice)
    _stores(shop, dice)
    _warehouses(shop, dice)
    _pricelists(shop, dice)


def _places(shop: Shop, dice: Dice) -> None:
    for code, name, continent, is_eu in COUNTRIES:
        states = STATES if code == "US" else ()
        shop.add(
            "Country",
            id=dice.id("Country"),
            name=name,
            code=code,
            continent=continent,
            isEU=is_eu,
            states=[make("CountryState", id=dice.id("State"), name=s, code=c) for s, c in states],
        )
    for code, currency_name in CURRENCIES:
        currency = shop.add("Currency", id=dice.id("Currency"), code=code, name=currency_name)
        currency["isBase"] = code == "SEK"
    for name, language_code, country_code, active in LANGUAGES:
        shop.add(
            "Language",
            id=dice.id("Language"),
            name=name,
            languageCode=language_code,
            countryCode=country_code,
            code=language_code,
            isActive=active,
        )


def _stores(shop: Shop, dice: Dice) -> None:
    names = ["Retail", "Outlet", *(f"Store {n}" for n in range(3, 99))][: shop.settings.dtc_stores]
    kinds = [(name, "DIRECT_TO_CONSUMER") for name in names] + [("Wholesale", "WHOLESALE")]
    rule = shop.add("AllocationRule", id=dice.id("AllocationRule"), name="Nearest first")
    for number, (name, kind) in enumerate(kinds, start=1):
        store = shop.add("Store", id=number, name=name, type=kind)
        for market_name, codes in MARKETS[kind]:
            shop.add(
                "Market",
                id=dice.id("Market"),
                name=market_name if number == 1 or kind == "WHOLESALE" else f"{market_name} {name}",
                comment=dice.maybe("Prices include duties", 0.3),
                allocationRule=dice.maybe(rule, 0.5),
                store=store,
                assignedToCountries=[c for c in shop.countries if c["code"] in codes],
            )


def _warehouses(shop: Shop, dice: Dice) -> None:
    for name, code, ownership, master, threshold in WAREHOUSES:
        shop.add(
            "Warehouse",
            id=dice.id("Warehouse"),
            name=name,
            status="INACTIVE" if name == "Old warehouse" else "ACTIVE",
            stockOwnership=ownership,
            allocationPolicy="CHECK_FIRST" if ownership == "THIRD_PARTY" else "DIRECT",
            stockMaster=master,
            isConsignation=name.startswith("Consignment"),
            threshold=threshold,
            country=next((c for c in shop.countries if c["code"] == code), None),
            zipCode=dice.maybe("114 55", 0.7),
            city=dice.maybe(name.split()[-1], 0.7),
            allocationRules=list(shop.allocation_rules) if code == "SE" else [],
        )


def _pricelists(shop: Shop, dice: Dice) -> None:
    for store in shop.stores:
        consumer = store["type"] == "DIRECT_TO_CONSUMER"
        for currency in shop.currencies if consumer else shop.currencies[:2]:
            shop.add(
                "Pricelist",
                id=dice.id("Pricelist"),
                name=f"{store['name']} {currency['code']}",
                status="ACTIVE",
                isDefaultForCurrency=True,
                updatedAt=BULK_EDIT,
                store=store,
                currency=currency,
                assignedToCountries=[
                    c for c in shop.countries if consumer and currency["code"] == _money_of(c["code"])
                ],
            )
    shop.add(
        "Pricelist",
        id=dice.id("Pricelist"),
        name="Black Friday 2024",
        status="INACTIVE",
        store=shop.stores[0],
        currency=shop.currencies[0],
    )


def _money_of(country_code: str) -> str:
    return {"SE": "SEK", "DE": "EUR", "FR": "EUR", "NL": "EUR", "PT": "EUR"}.get(country_code, "USD")
