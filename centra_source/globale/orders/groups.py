"""Adds up the amounts of one Global-e order, within one currency only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from ..rows import Row
from .lines import Group
from .order_details import Order, json_text

DETAILS = ("ge_total", "ge_shipping", "ge_duties")


class Sums(NamedTuple):
    """Global-e's amounts of some orders, for a comparison with each other.

    Attributes:
        total: Global-e's total.
        goods: The total without shipping and duties.
        lines: The sum of the prices of the cart items.
        units: The same sum if each price is the price of one unit.
    """

    total: Decimal
    goods: Decimal
    lines: Decimal | None
    units: Decimal | None


def group_rows(groups: Iterable[Group]) -> Iterator[Row]:
    """Yields the rows of globale_order_groups."""
    for group in groups:
        if group.ge_order_id is None:
            continue
        by_currency: dict[str, list[Order]] = defaultdict(list)
        for order in group.orders:
            by_currency[order.row["currency"]].append(order)
        sums = shared_sums(group)
        currencies = {order.row["ge_currency"] for order in carriers(group.orders)}
        for currency, orders in sorted(by_currency.items()):
            centra_total = sum(
                (order.row["centra_grand_total"] or Decimal(0) for order in orders), Decimal(0)
            )
            total = sums.total if sums else None
            yield {
                "ge_order_id": group.ge_order_id,
                "currency": currency,
                "orders": len(orders),
                "orders_in_all": len(group.orders),
                "is_split": len(group.orders) > 1,
                "order_numbers": json_text([order.row["order_number"] for order in orders]),
                "statuses": json_text(sorted({order.row["status"] for order in orders})),
                "centra_total": centra_total,
                "ge_total": total,
                "ge_currency": currencies.pop() if len(currencies) == 1 else None,
                "ratio": _ratio(total, centra_total) if len(by_currency) == 1 else None,
                "ge_lines_total": sums.lines if sums else None,
                "lines_ratio": _ratio(sums.lines, sums.goods) if sums else None,
            }


def carriers(orders: Sequence[Order]) -> Sequence[Order]:
    """Returns the orders that have an amount of Global-e's; all orders if none has one."""
    return [order for order in orders if any(order.row[name] is not None for name in DETAILS)] or orders


def shared_sums(group: Group) -> Sums | None:
    """Returns the amounts of a group if all orders with amounts have the same ones, else None."""
    details = {tuple(order.row[name] for name in DETAILS) for order in carriers(group.orders)}
    return sums_of(group, group.orders) if len(details) == 1 else None


def sums_of(group: Group, orders: Sequence[Order]) -> Sums | None:
    """Returns the amounts of orders of a group that have the same ones; None without a readable total."""
    total, shipping, duties = (carriers(orders)[0].row[name] for name in DETAILS)
    currencies = {currency for order in orders for currency in order.currencies}
    if total is None or len(currencies) > 1:
        return None
    goods = total - (shipping or 0) - (duties or 0)
    ids = {order.row["order_id"] for order in orders}
    rows = [row for row in group.rows if row["order_id"] in ids]
    # A whole group has all its prices; a single order has the prices of its lines.
    items = (
        set(group.prices)
        if len(orders) == len(group.orders)
        else {row["ge_cart_item_id"] for row in rows if row["ge_price_raw"] is not None}
    )
    prices = {item: group.prices[item].value for item in items}
    values = [price for price in prices.values() if price is not None]
    if not values or len(values) < len(prices):
        return Sums(total, goods, None, None)
    units = _units(rows)
    return Sums(
        total,
        goods,
        sum(values, Decimal(0)),
        sum((price * units.get(item, 1) for item, price in prices.items() if price is not None), Decimal(0)),
    )


def _units(rows: Iterable[Row]) -> dict[str, int]:
    """Returns the ordered units by cart item; one each if a line is several cart items."""
    shared = {(row["order_id"], row["line_id"]) for row in rows if row["cart_item"] > 1}
    units: dict[str, int] = defaultdict(int)
    for row in rows:
        if row["ge_cart_item_id"] is not None:
            ordered = (row["quantity"] or 0) + (row["cancelled_quantity"] or 0)
            units[row["ge_cart_item_id"]] += 1 if (row["order_id"], row["line_id"]) in shared else ordered
    return units


def _ratio(amount: Decimal | None, by: Decimal) -> float | None:
    return float(amount / by) if amount is not None and by else None
