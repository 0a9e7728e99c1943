"""The steps of Global-e's configuration, in the order of its pages on Centra. To add a step, write one
function.

A step is a rule: its function yields what the loaded tables show, with one of the states as severity. Steps
that no table can show are `by_hand`. The sequence of this file is the sequence of the steps on the screen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, get_args

from ..rule_engine import Finding, Rule, rule
from .evidence import PRESENT, LoadedShop, Unseen

State = Literal["ok", "missing", "unknown", "by_hand"]
STATES: tuple[State, ...] = get_args(State)

OK: Final = "ok"
MISSING: Final = "missing"
UNKNOWN: Final = "unknown"
BY_HAND: Final = "by_hand"

ORDER_DETAILS = (
    "ge_order_id",
    "ge_order_total",
    "ge_order_shipping",
    "ge_order_duties",
    "ge_order_delivery_days",
    "canceled_by_ge",
    "code_vouchers",
    "automatic_vouchers",
    "free_shipping",
    "ge_cart_item_ids_mapping",
    "ge_cart_item_id_to_price_mapping",
    "centra_to_ge_cart_mapping",
)
"""The elements of the order attribute `ge_order_details`, from Global-e's page on Centra."""

TAX_GROUP = "GE Local VAT"
"""The tax group of Global-e's orders, from the same page."""

_LONGEST = 8
"""How many names one line of the screen shows."""

DYNAMIC, FIXED = "dynamic", "fixed"
"""Scopes: the step is only needed for this `pricing`."""


def _step_by_hand(step_id: str, title: str, remedy: str, scope: str = "") -> Rule[[LoadedShop]]:
    """A step that only a person can check."""
    return Rule(step_id, BY_HAND, title, remedy, scope, lambda shop: iter([Finding(None, "")]))


@rule("store", MISSING, "Direct-to-consumer store")
def check_store(shop: LoadedShop) -> Iterator[Finding]:
    """The shop has a direct-to-consumer store that the token can see."""
    if not shop.consumer_stores:
        yield Finding(None, "The token sees none.", remedy="Give the token access to the store.")
    else:
        yield Finding(None, f"{shop.consumer_stores[shop.store]} ({shop.store}).", OK)


@rule(
    "order_api",
    BY_HAND,
    "Plug-in GE Order API",
    "Stores management > Stores > Plugins: active; URI ge-order-api, all markets, all endpoints, bundles as "
    "their items only.",
)
def check_order_api(shop: LoadedShop) -> Iterator[Finding]:
    """No table has its settings, but the orders that it has created show that it exists."""
    named = {"type_name": "ge_order_details", "key": "ge_order_id"}
    try:
        # Centra returns the element for every order, even if it was never filled in.
        orders = shop.count("order_attributes", value=PRESENT, **named)
        orders -= shop.count("order_attributes", value="", **named)
    except Unseen:
        orders = 0
    yield Finding(None, f"Has created {orders} of the loaded orders." if orders else "")


check_webhooks = _step_by_hand(
    "webhooks",
    "Plug-in GE Integration Webhooks",
    "On the same page: active; orders and returns on, shipments off.",
)

check_checkout_api = _step_by_hand(
    "checkout_api",
    "Plug-in Checkout API",
    "On the same page: active; Global-e reads the cart through it.",
)

check_token = _step_by_hand(
    "token",
    "Global-e's API token",
    "System > API Tokens: may read everything but CentraIP, and update everything but Anonymize.",
)


@rule("order_attribute", MISSING, "Order attribute ge_order_details")
def check_order_attribute(shop: LoadedShop) -> Iterator[Finding]:
    """Orders have `ge_order_details` with its twelve elements."""
    yield _find_attribute(shop, "order", "ge_order_details", ORDER_DETAILS)


@rule("customer_attribute", MISSING, "Customer attribute ge_customer_coupon")
def check_customer_attribute(shop: LoadedShop) -> Iterator[Finding]:
    """Customers have `ge_customer_coupon`."""
    yield _find_attribute(shop, "customer", "ge_customer_coupon", ("ge_coupon_usage",))


@rule("voucher_attribute", MISSING, "Voucher attribute ge_voucher_details")
def check_voucher_attribute(shop: LoadedShop) -> Iterator[Finding]:
    """Vouchers have `ge_voucher_details`."""
    yield _find_attribute(shop, "voucher", "ge_voucher_details", ("ge_successful_usages",))


def _find_attribute(shop: LoadedShop, owner: str, name: str, elements: tuple[str, ...]) -> Finding:
    seen = {key for key, _ in shop.tally(f"{owner}_attributes", "key", type_name=name)}
    owners = shop.count(f"{owner}s")
    if not owners:
        raise Unseen(f"There are no {owner}s yet that could have it.", "Check again when there are some.")
    if not seen:
        message = f"Not seen yet on any of {owners:,} {owner}s."
        remedy = "Ask Centra whether it is defined; it appears here once it is used."
        return Finding(None, message, remedy=remedy)
    absent = [element for element in elements if element not in seen]
    if absent:
        return Finding(None, f"Seen without {', '.join(absent)}.", remedy="Ask Centra to add them.")
    return Finding(None, f"Seen on {owner}s, complete.", OK)


@rule("markets", MISSING, "Markets")
def check_markets(shop: LoadedShop) -> Iterator[Finding]:
    """The store has Global-e's markets, and each of them has countries."""
    known = {*shop.store_markets, *(market.name for market in shop.store_markets.values())}
    absent = [name for name in shop.wanted_markets if name not in known]
    empty = [market.name for market in shop.markets if not market.countries]
    if absent:
        message = f"The store has no market {', '.join(absent)}."
        yield Finding(None, message, remedy="Add it, or change markets of [globale].")
    elif not shop.markets:
        yield Finding(None, "The store has none.", remedy="Add a market for Global-e's countries.")
    elif empty:
        yield Finding(None, f"Without countries: {_few(empty)}.", remedy="Assign its countries to it.")
    else:
        yield Finding(None, f"{_few([market.name for market in shop.markets])}.", OK)


@rule("pricelists", MISSING, "Pricelists of the markets")
def check_pricelists(shop: LoadedShop) -> Iterator[Finding]:
    """Each country of Global-e's markets is on an active pricelist of the store."""
    priced = {code for pricelist in shop.pricelists for code in pricelist.countries}
    bare = sorted(shop.countries - priced)
    if bare:
        remedy = "Assign these countries to a pricelist; otherwise they get Centra's default pricelist."
        yield Finding(None, f"On no active pricelist: {_few(bare)}.", remedy=remedy)
    else:
        yield Finding(None, f"{_few([pricelist.name for pricelist in shop.used_pricelists])}.", OK)


@rule("base_currency", MISSING, "Pricelists in the base currency", scope=DYNAMIC)
def check_base_currency(shop: LoadedShop) -> Iterator[Finding]:
    """For dynamic prices, all those pricelists are in the base currency."""
    base = [code for code, is_base, _ in shop.tally("currencies", "code", "is_base") if is_base]
    if not base:
        raise Unseen("No currency is marked as the base currency.", "Look up the base currency in Centra.")
    others = [f"{one.name} ({one.currency})" for one in shop.used_pricelists if one.currency not in base]
    if others:
        remedy = f'Move the countries to a pricelist in {base[0]}, or set pricing = "fixed" of [globale].'
        yield Finding(None, f"Not in {base[0]}: {_few(others)}.", remedy=remedy)
    else:
        yield Finding(None, f"All in {base[0]}.", OK)


@rule("fixed_currencies", MISSING, "Currencies of fixed prices", scope=FIXED)
def check_fixed_currencies(shop: LoadedShop) -> Iterator[Finding]:
    """For fixed prices, each country is on a pricelist in the currency that Global-e has for it."""
    expected = shop.wanted_currencies
    wrong = [
        f"{code} ({wanted})"
        for code, wanted in sorted(expected.items())
        if code in shop.countries
        and not any(one.currency == wanted and code in one.countries for one in shop.used_pricelists)
    ]
    unknown = sorted(shop.countries - set(expected))
    if wrong:
        remedy = "Assign a pricelist in the currency that Global-e has for the country."
        yield Finding(None, f"Without prices in their currency: {_few(wrong)}.", remedy=remedy)
    elif unknown:
        remedy = "Add it to [globale.currencies]."
        raise Unseen(f"Global-e's currency is not known for {_few(unknown)}.", remedy)
    else:
        message = f"All {len(shop.countries)} countries are priced in Global-e's currency."
        yield Finding(None, message, OK)


check_geolocation = _step_by_hand(
    "geolocation",
    "Fixed prices and geolocation",
    "The pricelist of each country contains all products, and geolocation leads shoppers to it.",
    FIXED,
)

check_preorders = _step_by_hand(
    "preorders",
    "Pre-orders",
    "Mark pre-order products in Centra and at Global-e, or their orders fail.",
)


@rule("tax_group", MISSING, f"Tax group {TAX_GROUP}")
def check_tax_group(shop: LoadedShop) -> Iterator[Finding]:
    """Displays of the store have the tax group of Global-e's orders."""
    displays = dict(shop.tally("displays", "tax_group_name", store_id=shop.store, deleted_at=None))
    total = sum(displays.values())
    if not displays:
        remedy = "Check again when there are some."
        raise Unseen("The store has no displays yet that could have it.", remedy)
    if TAX_GROUP not in displays:
        remedy = "Add it in Centra; it appears here once a display has it."
        yield Finding(None, f"Not seen yet on any of {total:,} displays.", remedy=remedy)
    else:
        yield Finding(None, f"Seen on {displays[TAX_GROUP]:,} of {total:,} displays.", OK)


check_taxes = _step_by_hand(
    "taxes",
    f"Taxes of {TAX_GROUP}",
    "They depend on the ship-to country and are included in prices.",
)


@rule("shipping", MISSING, "Shipping methods")
def check_shipping(shop: LoadedShop) -> Iterator[Finding]:
    """The shipping options of Global-e's orders are in use: those of the settings, or any."""
    column = "shipping_price_group_shipping_option_name"
    seen = {name for name, _ in shop.tally("orders", column, store_id=shop.store) if name}
    seen |= {one.shipping_option for one in shop.pricelists if one.shipping_option}
    absent = [name for name in shop.wanted_shipping_options if name not in seen]
    if absent or not seen:
        message = f"Not seen yet on any order or pricelist{': ' if absent else ''}{', '.join(absent)}."
        remedy = "Add it in Centra for Global-e's countries; it appears here once it is used."
        yield Finding(None, message, remedy=remedy)
    else:
        yield Finding(None, f"Seen: {_few(sorted(seen))}. Their countries are not visible.", OK)


check_storefront = _step_by_hand(
    "storefront",
    "Storefront",
    "It loads Global-e's scripts and shows the pricelist of the country in their cookie.",
)


def _few(names: list[str]) -> str:
    """Lists names, without most of a long list."""
    shown = names if len(names) <= _LONGEST else names[: _LONGEST - 1]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
