"""What a loaded shop still lacks of the configuration that Global-e asks for, step by step.

The steps follow Global-e's pages on Centra: plug-ins, attributes, markets and prices, products, taxes,
shipping, and at last the storefront. The Integration API lists neither attribute types nor tax groups nor
shipping options: that an order, a customer or a display carries one is the evidence, and none that does means
"not seen yet". What no table can show is left to be checked by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import dlt

from ..setup import setup_checks
from .evidence import LoadedShop, Unseen
from .expected import Expected
from .setup_checks import TAX_GROUP, Finding, State

__all__ = ["State", "Step", "diagnose"]

Check = Callable[[LoadedShop], Finding]


class Step(NamedTuple):
    """One step of the configuration.

    Attributes:
        number: Its place, from 1.
        title: What is to be set up.
        state: `ok` was seen, `missing` was not, `unknown` lacks tables to look at, `by_hand` is in no table.
        found: What the tables show of it; empty where they show nothing.
        remedy: What to do, and where; empty where all is well.
    """

    number: int
    title: str
    state: State
    found: str
    remedy: str


def diagnose(
    dataset: dlt.Dataset, store_id: int | None = None, configuration: Mapping[str, Any] | None = None
) -> list[Step]:
    """Checks every step of Global-e's configuration against the loaded tables.

    Args:
        dataset: A loaded shop. A table that is not there, or a field that the token may not read, makes its
            steps unknown. What the load was told to leave out counts as not seen.
        store_id: The store that sells through Global-e; None takes the only direct-to-consumer store.
        configuration: The section `[globale]`, of which `Expected` lists the keys. Others are left alone.

    Returns:
        The steps, in the order of Global-e's pages.

    Raises:
        InvalidSetting: A value of the configuration cannot be, or the store cannot be chosen.
    """
    shop = LoadedShop(dataset, store_id, Expected.read(configuration or {}))
    found = [(title, _looked_at(shop, check)) for title, check in _steps(shop.expected)]
    return [Step(number, title, *finding) for number, (title, finding) in enumerate(found, start=1)]


def _looked_at(shop: LoadedShop, check: Check) -> Finding:
    try:
        return check(shop)
    except Unseen as unseen:
        return Finding("unknown", unseen.found, unseen.remedy)


def _by_hand(remedy: str) -> Check:
    return lambda shop: Finding("by_hand", "", remedy)


def _steps(expected: Expected) -> list[tuple[str, Check]]:
    """The steps in their order, each with its title."""
    return [
        ("Direct-to-consumer store", setup_checks.store),
        ("Plug-in GE Order API", setup_checks.order_api),
        ("Plug-in GE Integration Webhooks", _WEBHOOKS),
        ("Plug-in Checkout API", _CHECKOUT_API),
        ("Global-e's API token", _TOKEN),
        ("Order attribute ge_order_details", setup_checks.order_attribute),
        ("Customer attribute ge_customer_coupon", setup_checks.customer_attribute),
        ("Voucher attribute ge_voucher_details", setup_checks.voucher_attribute),
        ("Markets", setup_checks.markets),
        ("Pricelists of the markets", setup_checks.pricelists),
        *(_FIXED_PRICES if expected.pricing == "fixed" else _DYNAMIC_PRICES),
        ("Pre-orders", _PRE_ORDERS),
        (f"Tax group {TAX_GROUP}", setup_checks.tax_group),
        (f"Taxes of {TAX_GROUP}", _TAXES),
        ("Shipping methods", setup_checks.shipping),
        ("Storefront", _STOREFRONT),
    ]


_WEBHOOKS = _by_hand("Beside it: active; orders and returns on, shipments off.")
_CHECKOUT_API = _by_hand("Beside it: active; Global-e reads the cart through it.")
_TOKEN = _by_hand("System > API Tokens: may read all but CentraIP and update all but Anonymize.")
_DYNAMIC_PRICES: list[tuple[str, Check]] = [("Pricelists in the base currency", setup_checks.base_currency)]
_FIXED_PRICES: list[tuple[str, Check]] = [
    ("Currencies of fixed prices", setup_checks.fixed_currencies),
    (
        "Fixed prices and geolocation",
        _by_hand("The pricelist of each country has all products, and geolocation leads shoppers to it."),
    ),
]
_PRE_ORDERS = _by_hand("Pre-order products are marked so in Centra and at Global-e, or their orders fail.")
_TAXES = _by_hand("They go by the ship-to country and are included in prices.")
_STOREFRONT = _by_hand("It loads Global-e's scripts and shows the pricelist of the country in their cookie.")
