"""Matches Centra's order lines with Global-e's cart items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..rows import Row
from .amounts import Amount
from .mappings import Pair
from .order_details import Order, price_amounts

IDENTITIES = {
    "line_id": "line_id",
    "item": "frontend_item_id",
    "product_size_id": "product_size_id",
    "sku": "sku",
}
"""What can identify a line in a mapping, the likeliest first, and the column that has it."""


@dataclass(frozen=True)
class Group:
    """All Centra orders of one Global-e order, or one order without a Global-e order id.

    Attributes:
        orders: Ordered by number.
        lines: The loaded lines by order id.
        prices: Global-e's price by cart item.
        rows: Rows of globale_order_lines.
        unknown: What the mappings name although no line has it, with the order of the mapping.
    """

    ge_order_id: str | None
    orders: tuple[Order, ...]
    lines: Mapping[str, Sequence[Row]]
    prices: Mapping[str, Amount]
    rows: tuple[Row, ...]
    unknown: tuple[tuple[Order, str], ...]


@dataclass(frozen=True)
class _Sides:
    """A mapping whose Centra side is known: cart items by what identifies a line."""

    matched_by: str | None = None
    items: Mapping[str, list[str]] = field(default_factory=dict)

    def of(self, line: Row) -> list[str]:
        """Returns the cart items of a line."""
        return self.items.get(_identity(line, self.matched_by), []) if self.matched_by else []


def groups_of(orders: Iterable[Order], lines: Iterable[Row]) -> list[Group]:
    """Groups orders by Global-e order id. The mappings of a group are valid for all its orders."""
    lines_of: dict[str, list[Row]] = defaultdict(list)
    for line in lines:
        lines_of[line["order_id"]].append(line)
    grouped: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        # An order without the id is a group of its own.
        grouped[order.row["ge_order_id"] or f"order {order.row['order_id']}"].append(order)
    return [_group(members, lines_of) for members in grouped.values()]


def _group(orders: Sequence[Order], lines_of: Mapping[str, Sequence[Row]]) -> Group:
    lines = [line for order in orders for line in lines_of.get(order.row["order_id"], ())]
    mapped = _sides(_pairs(orders, "centra_to_ge_cart"), lines)
    listed = _sides(_pairs(orders, "cart_item_ids"), lines)
    price_pairs = _pairs(orders, "cart_item_prices")
    prices = price_amounts(price_pairs)
    raw_prices = dict(reversed(price_pairs))
    rows: list[Row] = []
    for order in orders:
        for line in lines_of.get(order.row["order_id"], ()):
            method, matched_by, items = _match(line, mapped, listed, prices)
            for number, item in enumerate(items or [None], start=1):
                price = prices.get(item) if item is not None else None
                rows.append(
                    {
                        **line,
                        "cart_item": number,
                        "order_number": order.row["order_number"],
                        "ge_order_id": order.row["ge_order_id"],
                        "currency": order.row["currency"],
                        "ge_cart_item_id": item,
                        "ge_price_raw": raw_prices.get(item) if item is not None else None,
                        "ge_price": price.value if price else None,
                        "match_method": method,
                        "matched_by": matched_by,
                    }
                )
    return Group(
        ge_order_id=orders[0].row["ge_order_id"],
        orders=tuple(orders),
        lines={order.row["order_id"]: lines_of.get(order.row["order_id"], ()) for order in orders},
        prices=prices,
        rows=tuple(rows),
        unknown=tuple(_unknown(orders, mapped, lines)),
    )


def _match(
    line: Row, mapped: _Sides, listed: _Sides, prices: Mapping[str, Amount]
) -> tuple[str, str | None, list[str]]:
    if items := mapped.of(line):
        return "mapping", mapped.matched_by, items
    if items := listed.of(line):
        return "cart_item_ids", listed.matched_by, items
    if line["sku"] and line["sku"] in prices:
        return "sku", "sku", [line["sku"]]
    return "none", None, []


def _sides(pairs: Sequence[Pair], lines: Sequence[Row]) -> _Sides:
    """Finds which side of the pairs is Centra's, and what it contains: whatever matches most lines."""
    best, fitting = _Sides(), 0
    for turned in (False, True):
        for name in IDENTITIES:
            known = {_identity(line, name) for line in lines} - {""}
            sides = [(right, left) if turned else (left, right) for left, right in pairs]
            count = len({ours for ours, _ in sides} & known)
            if count > fitting:
                items: dict[str, list[str]] = defaultdict(list)
                for ours, theirs in sides:
                    if theirs not in items[ours]:
                        items[ours].append(theirs)
                best, fitting = _Sides(name, dict(items)), count
    # If nothing matches, the left side is Centra's, as the name of the mapping says.
    return best if fitting else _Sides(None, {pair.left: [] for pair in pairs})


def _unknown(orders: Sequence[Order], mapped: _Sides, lines: Sequence[Row]) -> Iterator[tuple[Order, str]]:
    known = {_identity(line, mapped.matched_by) for line in lines} if mapped.matched_by else set()
    for ours in mapped.items:
        if ours not in known:
            owner = next(
                order for order in orders if any(ours in pair for pair in order.pairs["centra_to_ge_cart"])
            )
            yield owner, ours


def _pairs(orders: Iterable[Order], name: str) -> list[Pair]:
    return list(dict.fromkeys(pair for order in orders for pair in order.pairs[name]))


def _identity(line: Row, name: str | None) -> str:
    value = line[IDENTITIES[name]] if name else None
    return "" if value is None else str(value)
