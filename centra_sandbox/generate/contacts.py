"""Completes addresses, consumers, accounts and buyers."""

from collections.abc import Iterator

from ..nodes import Node, make, money
from ..shop import Shop
from .attributes import choice_attribute, image_attribute, text_attribute
from .dice import Dice
from .people import address

REGIONS: dict[str, tuple[tuple[str, str | None], ...]] = {
    "DE": (("Bayern", "BY"), ("Hessen", "HE")),
    "FR": (("Île-de-France", "IDF"),),
    "GB": (("Scotland", None),),
    "CN": (("广东省", "GD"),),
    "IN": (("Kerala", "KL"),),
}


def fill(shop: Shop, dice: Dice) -> None:
    """Completes the objects of `people` and `orders`."""
    for country in shop.countries:
        for name, code in REGIONS.get(country["code"], ()):
            state = make("CountryState", id=dice.id("State", 101), name=name, code=code)
            country["states"].append(state)
    for each in _addresses(shop):
        _complete(dice, each)
    for number, customer in enumerate(shop.customers):
        _customer(dice, customer, number)
    for number, account in enumerate(shop.accounts):
        _account(shop, dice, account, number)
    for number, buyer in enumerate(shop.buyers):
        buyer["websiteUrl"] = "https://buyer.example.com" if number == 0 else None
        _buyer(shop, buyer, number)
        if number == 0 or dice.chance(0.3):
            buyer["billingAddress"] = full_address(shop, dice, dice.pick(shop.countries), is_sure=number == 0)


def _buyer(shop: Shop, buyer: Node, number: int) -> None:
    orders = [order for order in shop.orders if order.get("buyer") is buyer]
    buyer.update(totalOrders=len(orders), lastOrder=orders[-1] if orders else None)
    if number % 2 == 0:
        buyer.update(cellPhoneNumber="+33612345678", phoneNumber="01 42 00 00 00")
        buyer.update(lastLoginAt=buyer["updatedAt"], lastOnlineAt=buyer["updatedAt"])


def full_address(shop: Shop, dice: Dice, country: Node | None, is_sure: bool = False) -> Node:
    """Returns a new postal address; with `is_sure` one without blanks."""
    if is_sure:
        country = next(country for country in shop.countries if country["code"] == "FR")
    made = address(shop, dice, country)
    if is_sure:
        made.update(
            address2="Bât. C", zipCode="75002", cellPhoneNumber="+33612345678", companyName="Été & Fils"
        )
        made.update(email="reception@example.com", state=country["states"][0] if country else None)
    _complete(dice, made, is_sure)
    return made


def _addresses(shop: Shop) -> Iterator[Node]:
    for owner in (*shop.customers, *shop.accounts, *shop.orders):
        for key in ("billingAddress", "shippingAddress"):
            if owner.get(key):
                yield owner[key]


def _complete(dice: Dice, postal: Node, is_sure: bool = False) -> None:
    for key, value, share in (
        ("phoneNumber", "08-123 45 67", 0.3),
        ("faxNumber", "08-123 45 68", 0.05),
        ("attention", "Reception, 2nd floor", 0.1),
        ("vatNumber", "SE556677889901", 0.1),
        ("stateOrProvince", "Västra Götaland", 0.1),
    ):
        postal[key] = value if dice.chance(1.0 if is_sure else share) else None
    states = postal["country"]["states"] if postal["country"] else []
    if states and not postal["state"] and dice.chance(0.5):
        postal["state"] = dice.pick(states)


def _customer(dice: Dice, customer: Node, number: int) -> None:
    customer["lastOnlineAt"] = customer["lastLoginAt"]
    customer["phoneNumber"] = None if customer["isAnonymized"] else dice.maybe("031-12 34 56", 0.2)
    attributes = customer["attributes"]
    if number % 25 == 1:
        attributes += [choice_attribute("cus_club", "Customer", "level", level) for level in ("Gold", "VIP")]
    if number % 25 == 2:
        attributes.append(image_attribute("cus_photo", "Customer", "https://example.com/photo.png"))


def _account(shop: Shop, dice: Dice, account: Node, number: int) -> None:
    """Fills an account. The first one has no blanks."""
    is_sure = number == 0
    account["store"] = shop.stores[-1]
    account.update(isDiscountVisible=dice.chance(0.5), applyCreditLimit=bool(account["creditLimit"]))
    account.update(blockIfUnpaidInvoices=dice.chance(0.2), isInternal=dice.chance(0.05))
    given = {
        "internalComment": ("Pays late, “as always”", 0.1),
        "otherComment": ("Ring before delivery", 0.2),
        "accountEmail": (f"boutique{number}@example.com", 0.0),
        "billingEmail": (f"invoices{number}@example.com", 0.5),
        "shippingEmail": (f"goods{number}@example.com", 0.3),
        "websiteUrl": ("https://boutique.example.com/åäö", 0.4),
        "vatNumber": ("DE123456789", 0.0),
        "externalId": (f"erp-{number}", 0.0),
        "creditLimit": (money(50000.0, account["pricelist"]["currency"], 1.0, account["createdAt"]), 0.0),
        "allocationRule": (shop.allocation_rules[0], 0.3),
        "consignationWarehouse": (shop.warehouses[3], 0.1),
        "paymentTerms": (make("PaymentTerms", id=7, description="30 days net"), 0.8),
        "shippingTerms": (make("ShippingTerms", id=9, description=None if number % 4 else "DDP"), 0.5),
        "carrierInformation": (_carrier(number), 0.4),
        "salesRepresentative": (make("SalesRepresentative", id=1, name="Anna", commissionPercent=2.5), 0.0),
    }
    for key, (value, share) in given.items():
        if account[key] is None and dice.chance(1.0 if is_sure else share):
            account[key] = value
    account["allowConsignation"] = account["consignationWarehouse"] is not None
    if account["salesRepresentative"]:
        account["salesRepresentative"]["email"] = "anna@example.com" if is_sure else None
    country = account["billingAddress"]["country"] if account["billingAddress"] else None
    if is_sure:
        account["billingAddress"].update(full_address(shop, dice, country, is_sure=True), country=country)
    for key, share in (("accountAddress", 0.6), ("shippingAddress", 0.7)):
        if is_sure or dice.chance(share):
            account[key] = full_address(shop, dice, country, is_sure)
    for position in range(2 if is_sure else dice.number(0, 3)):
        postal = full_address(shop, dice, country, is_sure and position == 0)
        entry = make("AddressBookEntry", id=dice.id("AddressBookEntry"), address=postal)
        if is_sure and position == 0:
            entry.update(name="Entrepôt", companyName="Été & Fils", email="depot@example.com")
            entry.update(websiteUrl="https://depot.example.com", vatNumber="FR12345678901")
            entry.update(externalId="erp-depot", carrierInformation=_carrier(0))
        elif position == 1:
            entry["id"] = None
        account["addressBook"].append(entry)
    account["hasBrandsRestriction"] = is_sure or dice.chance(0.2)
    if account["hasBrandsRestriction"]:
        account["brands"] = dice.some(shop.brands, 1, 2)
    for window in dice.some(shop.delivery_windows, 1 if is_sure else 0, 2):
        discount = make(
            "DeliveryWindowDiscount", deliveryWindow=window, discountPercent=dice.pick((2.5, 7.0))
        )
        discount["account"] = account
        account["deliveryWindowDiscounts"].append(discount)
    account["attributes"] += (
        [choice_attribute("acc_tier", "Account", "tier", tier) for tier in ("Key", "Nordic")]
        if number % 3 == 0
        else [image_attribute("acc_logo", "Account", "https://example.com/logo.png")]
        if number % 3 == 1
        else [text_attribute("acc_note", "Account", False, {"note": "Öppet kl. 10 till 18", "gate": None})]
    )


def _carrier(number: int) -> Node:
    tax_id = None if number % 4 else "IOSS123"
    return make(
        "CarrierInformation",
        carrierName="Schenker",
        serviceName="Parcel",
        accountIdentifier=f"{4700 + number}",
        taxId=tax_id,
    )
