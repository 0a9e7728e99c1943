"""Parses the attribute `ge_order_details` of each order into amounts, flags and mappings."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..rows import Row
from .amounts import Amount, parse_amount, parse_count, parse_flag
from .configuration import ORDERS_CURRENCY, OrdersConfiguration
from .mappings import Pair, parse_mapping
from .queries import Loaded

AMOUNTS = {"ge_total": "ge_order_total", "ge_shipping": "ge_order_shipping", "ge_duties": "ge_order_duties"}
FLAGS = ("canceled_by_ge", "free_shipping")
MAPPINGS = {
    "cart_item_ids": "ge_cart_item_ids_mapping",
    "cart_item_prices": "ge_cart_item_id_to_price_mapping",
    "centra_to_ge_cart": "centra_to_ge_cart_mapping",
}
"""Columns of globale_orders, without `_raw`, and the element that each is parsed from."""


@dataclass(frozen=True)
class Unreadable:
    """A text that cannot be parsed with certainty, its element and the reason."""

    element: str
    raw: str
    problem: str


@dataclass(frozen=True)
class Order:
    """A row of globale_orders with everything that was parsed from it.

    Attributes:
        row: As it is loaded into the table.
        unreadable: Texts that cannot be parsed with certainty.
        pairs: The pairs of its three mappings, by their names in MAPPINGS.
        currencies: The currencies of Global-e's amounts: the one that the amount names, or else the
            configured one, or else None. An amount of zero without a currency does not count.
    """

    row: Row
    unreadable: tuple[Unreadable, ...]
    pairs: Mapping[str, tuple[Pair, ...]]
    currencies: frozenset[str | None]


def read_orders(loaded: Loaded, configuration: OrdersConfiguration) -> list[Order]:
    """Returns all orders that are not deleted, by number."""
    others: dict[str, dict[str, str | None]] = defaultdict(dict)
    for element in loaded.other_elements:
        others[element["order_id"]][element["element"]] = element["content"]
    knows_shipments = "shipments" not in loaded.absent
    return [
        _order(row, others.get(row["order_id"]), knows_shipments, configuration)
        for row in loaded.orders
        if row["deleted_at"] is None
    ]


def ge_order_id(row: Row) -> str | None:
    """Returns Global-e's order id without surrounding blanks; None if there is none."""
    return (row["ge_order_id"] or "").strip() or None


def normalize_order_id(text: str | None) -> str:
    """Returns an order id for comparison, without its case and without GE before its digits."""
    return re.sub("^ge(?=[0-9])", "", (text or "").strip().casefold())


def price_amounts(pairs: Iterable[Pair]) -> dict[str, Amount]:
    """Parses Global-e's prices by cart item. The first price of a cart item counts."""
    prices: dict[str, Amount] = {}
    for item, price in pairs:
        prices.setdefault(item, parse_amount(price))
    return prices


def common_currency(currencies: Collection[str | None]) -> str | None:
    """Returns the currency of all amounts; None if they differ, or one is unknown."""
    return next(iter(currencies)) if len(currencies) == 1 else None


def json_text(value: object) -> str:
    """Returns JSON text as in the tables."""
    return json.dumps(value, ensure_ascii=False)


def _order(
    row: Row,
    others: Mapping[str, str | None] | None,
    knows_shipments: bool,
    configuration: OrdersConfiguration,
) -> Order:
    amounts = {column: parse_amount(row[element]) for column, element in AMOUNTS.items()}
    flags = {column: parse_flag(row[column]) for column in FLAGS}
    mappings = {name: parse_mapping(row[element]) for name, element in MAPPINGS.items()}
    prices = price_amounts(mappings["cart_item_prices"].pairs)
    problems = [(AMOUNTS[name], row[AMOUNTS[name]], amount.problem) for name, amount in amounts.items()]
    problems += [(name, row[name], flag.problem) for name, flag in flags.items()]
    problems += [(MAPPINGS[name], row[MAPPINGS[name]], each.problem) for name, each in mappings.items()]
    problems += list(_doubtful_prices(mappings["cart_item_prices"].pairs, prices))
    unreadable = tuple(Unreadable(element, raw, problem) for element, raw, problem in problems if problem)
    assumed = _assumed_currency(row["currency"], configuration)
    currencies = frozenset(
        amount.currency or assumed
        for amount in (*amounts.values(), *prices.values())
        if amount.value or amount.currency
    )
    values = {
        "ge_order_id": ge_order_id(row),
        "recognised_by": _recognised_by(row),
        "is_shipped": bool(row["is_shipped"]) if knows_shipments else None,
        "payment_method": row["payment_method_uri"] or row["payment_method_name"],
        **{f"{name}_raw": row[element] for name, element in (AMOUNTS | MAPPINGS).items()},
        **{name: amount.value for name, amount in amounts.items()},
        "ge_currency": common_currency(currencies or {assumed}),
        "ge_delivery_days_raw": row["ge_order_delivery_days"],
        "ge_delivery_days": parse_count(row["ge_order_delivery_days"]),
        **{name: flag.value for name, flag in flags.items()},
        "other_elements": json_text(others) if others else None,
        "parse_errors": _errors(unreadable),
    }
    return Order(row | values, unreadable, {name: each.pairs for name, each in mappings.items()}, currencies)


def _doubtful_prices(
    pairs: Iterable[Pair], prices: Mapping[str, Amount]
) -> Iterator[tuple[str, str, str | None]]:
    texts = dict(reversed([*pairs]))
    for item, price in prices.items():
        if price.problem:
            yield MAPPINGS["cart_item_prices"], texts[item], f"of cart item {item} {price.problem}"


def _errors(unreadable: Iterable[Unreadable]) -> str | None:
    problems: dict[str, str] = {}
    for each in unreadable:
        problems.setdefault(each.element, each.problem)
    return json_text(problems) if problems else None


def _recognised_by(row: Row) -> str:
    if row["has_details"]:
        return "ge_order_details"
    return "payment_method" if row["is_paid_through_globale"] else "market"


def _assumed_currency(of_order: str, configuration: OrdersConfiguration) -> str | None:
    """Returns the currency of amounts that name none; None if it is unknown."""
    configured = configuration.amounts_currency
    return of_order if configured == ORDERS_CURRENCY else configured
