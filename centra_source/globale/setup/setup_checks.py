"""The checks of single steps of Global-e's configuration; their order stands in `doctor.py`."""

from __future__ import annotations

from typing import Literal, NamedTuple

from .evidence import PRESENT, LoadedShop, Unseen

State = Literal["ok", "missing", "unknown", "by_hand"]

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
"""How many names one line of the screen bears."""


class Finding(NamedTuple):
    """What the check of one step comes to."""

    state: State
    found: str
    remedy: str = ""


def store(shop: LoadedShop) -> Finding:
    """A direct-to-consumer store is there, and the token sees it."""
    if not shop.consumer_stores:
        return Finding("missing", "The token sees none.", "Give the token access to the store.")
    return Finding("ok", f"{shop.consumer_stores[shop.store]} ({shop.store}).")


def order_api(shop: LoadedShop) -> Finding:
    """Its settings are in no table; the orders that it has made show that it is there."""
    remedy = (
        "Stores management > Stores > Plugins: active; URI ge-order-api, all markets, all endpoints, bundles "
        "as their items only."
    )
    named = {"type_name": "ge_order_details", "key": "ge_order_id"}
    try:
        # Centra returns the element of every order, also where it was never filled.
        orders = shop.count("order_attributes", value=PRESENT, **named)
        orders -= shop.count("order_attributes", value="", **named)
    except Unseen:
        orders = 0
    return Finding("by_hand", f"Has made {orders} of the loaded orders." if orders else "", remedy)


def order_attribute(shop: LoadedShop) -> Finding:
    """Orders carry `ge_order_details` with its twelve elements."""
    return _attribute(shop, "order", "ge_order_details", ORDER_DETAILS)


def customer_attribute(shop: LoadedShop) -> Finding:
    """Customers carry `ge_customer_coupon`."""
    return _attribute(shop, "customer", "ge_customer_coupon", ("ge_coupon_usage",))


def voucher_attribute(shop: LoadedShop) -> Finding:
    """Vouchers carry `ge_voucher_details`."""
    return _attribute(shop, "voucher", "ge_voucher_details", ("ge_successful_usages",))


def _attribute(shop: LoadedShop, owner: str, name: str, elements: tuple[str, ...]) -> Finding:
    seen = {key for key, _ in shop.tally(f"{owner}_attributes", "key", type_name=name)}
    owners = shop.count(f"{owner}s")
    if not owners:
        raise Unseen(f"There are no {owner}s yet that could carry it.", "Look again when there are some.")
    if not seen:
        return Finding(
            "missing",
            f"Not seen yet on any of {owners:,} {owner}s.",
            "Ask Centra whether it is defined; it shows here once it is used.",
        )
    absent = [element for element in elements if element not in seen]
    if absent:
        return Finding("missing", f"Seen without {', '.join(absent)}.", "Ask Centra to add them to it.")
    return Finding("ok", f"Seen on {owner}s, complete.")


def markets(shop: LoadedShop) -> Finding:
    """The store has Global-e's markets, and each has countries."""
    known = {*shop.store_markets, *(market.name for market in shop.store_markets.values())}
    absent = [name for name in shop.expected.markets if name not in known]
    empty = [market.name for market in shop.markets if not market.countries]
    if absent:
        return Finding(
            "missing", f"The store has no market {', '.join(absent)}.", "Add it, or change [globale] markets."
        )
    if not shop.markets:
        return Finding("missing", "The store has none.", "Add a market for Global-e's countries.")
    if empty:
        return Finding("missing", f"Without countries: {_few(empty)}.", "Assign its countries to it.")
    return Finding("ok", f"{_few([market.name for market in shop.markets])}.")


def pricelists(shop: LoadedShop) -> Finding:
    """Every country of Global-e's markets is on an active pricelist of the store."""
    priced = {code for pricelist in shop.pricelists for code in pricelist.countries}
    bare = sorted(shop.countries - priced)
    if bare:
        return Finding(
            "missing",
            f"On no active pricelist: {_few(bare)}.",
            "Assign these countries to one; they get Centra's default pricelist otherwise.",
        )
    return Finding("ok", f"{_few([pricelist.name for pricelist in shop.used_pricelists])}.")


def base_currency(shop: LoadedShop) -> Finding:
    """For dynamic prices, all those pricelists are in the base currency."""
    base = [code for code, is_base, _ in shop.tally("currencies", "code", "is_base") if is_base]
    if not base:
        raise Unseen("No currency is marked as the base.", "Look in Centra which it is.")
    others = [f"{one.name} ({one.currency})" for one in shop.used_pricelists if one.currency not in base]
    if others:
        return Finding(
            "missing",
            f"Not in {base[0]}: {_few(others)}.",
            'Move the countries to a pricelist in it, or set [globale] pricing = "fixed".',
        )
    return Finding("ok", f"All in {base[0]}.")


def fixed_currencies(shop: LoadedShop) -> Finding:
    """For fixed prices, each country is on a pricelist in the currency that Global-e has for it."""
    expected = shop.expected.currencies
    wrong = [
        f"{code} ({wanted})"
        for code, wanted in sorted(expected.items())
        if code in shop.countries
        and not any(one.currency == wanted and code in one.countries for one in shop.used_pricelists)
    ]
    untold = sorted(shop.countries - set(expected))
    if wrong:
        remedy = "Assign a pricelist in the currency that Global-e has for the country."
        return Finding("missing", f"Without prices in their currency: {_few(wrong)}.", remedy)
    if untold:
        raise Unseen(
            f"Global-e's currency is not known for {_few(untold)}.", "Add it to [globale.currencies]."
        )
    return Finding("ok", f"All {len(shop.countries)} countries are priced in Global-e's currency.")


def tax_group(shop: LoadedShop) -> Finding:
    """Displays of the store carry the tax group of Global-e's orders."""
    displays = dict(shop.tally("displays", "tax_group_name", store_id=shop.store, deleted_at=None))
    if not displays:
        raise Unseen("The store has no displays yet that could carry it.", "Look again when there are some.")
    if TAX_GROUP not in displays:
        return Finding(
            "missing",
            f"Not seen yet on any of {sum(displays.values()):,} displays.",
            "Add it in Centra; it shows here once a display carries it.",
        )
    return Finding("ok", f"Seen on {displays[TAX_GROUP]:,} of {sum(displays.values()):,} displays.")


def shipping(shop: LoadedShop) -> Finding:
    """The shipping options of Global-e's orders are in use; any unless the configuration names some."""
    column = "shipping_price_group_shipping_option_name"
    seen = {name for name, _ in shop.tally("orders", column, store_id=shop.store) if name}
    seen |= {one.shipping_option for one in shop.pricelists if one.shipping_option}
    absent = [name for name in shop.expected.shipping_options if name not in seen]
    if absent or not seen:
        return Finding(
            "missing",
            f"Not seen yet on any order or pricelist{': ' if absent else ''}{', '.join(absent)}.",
            "Add it in Centra for Global-e's countries; it shows here once it is used.",
        )
    return Finding("ok", f"Seen: {_few(sorted(seen))}. Their countries are not visible.")


def _few(names: list[str]) -> str:
    """Names with commas between them, without the most of a long list."""
    shown = names if len(names) <= _LONGEST else names[: _LONGEST - 1]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
