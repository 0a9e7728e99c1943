"""Compares the models with Centra's own totals, order by order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import dlt

from ..destinations.absent_tables import fill_absent_tables
from ..destinations.queries import DIALECT, rows_of
from .statement import read_query

CENT = Decimal("0.01")

MOST_ORDERS = 5
"""Orders that the sentences name."""

NOT_LOADED = "orders have no totals: load orders without excluding them, with a token that may read orders"


@dataclass(frozen=True)
class TotalsCheck:
    """Whether the lines of each order add up to Centra's totals of the order.

    Attributes:
        compared: Orders that were compared: those that count as sales and have totals.
        differing: Orders whose lines add up to something else.
        sentences: A sentence for each of the first of them, with both amounts.
        not_checked: Why nothing was compared, as a clause; None if it was.
    """

    compared: int = 0
    differing: int = 0
    sentences: Sequence[str] = ()
    not_checked: str | None = None


def check_totals(dataset: dlt.Dataset) -> TotalsCheck:
    """Compares the lines in `order_lines_enriched` with `lineValues` and `discounts` of Centra's totals.

    Differences below one hundredth of a unit of the currency are rounding.

    Args:
        dataset: A loaded shop, with the model.
    """
    query = fill_absent_tables(dataset, read_query("order_totals.sql"))
    ((compared, differing),) = dataset(
        f"select count(*) as compared, sum(is_different) as differing from ({query}) as sums",
        query_dialect=DIALECT,
    ).fetchall()
    if not compared:
        ((orders,),) = dataset("select count(*) as held from orders", query_dialect=DIALECT).fetchall()
        return TotalsCheck(not_checked=NOT_LOADED if orders else "there are no orders")
    if not differing:
        return TotalsCheck(compared)
    rows = rows_of(
        dataset,
        f"select * from ({query}) as sums where is_different = 1 order by order_number limit {MOST_ORDERS}",
    )
    sentences = [
        f"Order {row['order_number']}: {what} {row[mine]:.4f} {row['currency_code']} by its lines, but "
        f"{row[theirs]:.4f} by Centra's totals."
        for row in rows
        for what, mine, theirs in (
            ("goods are worth", "lines_value", "totals_lines_value"),
            ("discounts are", "lines_discounts", "totals_discounts"),
        )
        if abs(row[mine] - row[theirs]) >= CENT
    ]
    if differing > MOST_ORDERS:
        sentences.append(f"{differing - MOST_ORDERS:,} more orders differ from Centra's totals.")
    return TotalsCheck(compared, int(differing), tuple(sentences))
