"""Values of a shop that models cannot calculate with, and the rows that have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import dlt
import sqlglot

from ..destinations.absent_tables import columns_of, fill_absent_tables, key_of
from ..destinations.queries import DIALECT, rows_of
from .layout import MODELS
from .safe_numbers import expand_functions
from .statement import guarded_columns, read_tables

LARGE_AMOUNT = 10**11
"""Centra sends amounts as floats, which are exact to the fourth decimal up to here."""

LARGE_QUANTITY = 10**9
"""Units, up and down, beyond which a quantity is a mistake."""

KEYS = {"orders": ("number",)}
"""The columns that name a row to people, if that is not its key."""

TOO_LARGE = "a sum has more than 64 bits and is null"

MOST_ROWS = 3
"""Rows that a sentence names."""

UNUSABLE = (
    (
        "orders",
        "currency_base_rate",
        "to_rate(currency_base_rate) is null and deleted_at is null",
        "amounts in the base currency are null",
    ),
    (
        "returns",
        "currency_base_rate",
        "to_rate(currency_base_rate) is null and deleted_at is null",
        "amounts in the base currency are null",
    ),
    (
        "order_lines",
        "tax_percent",
        "to_factor(tax_percent / nullif(tax_percent + 100, 0)) is null",
        "the tax of the line is null",
    ),
)
"""Tables with a column that nothing can be calculated with under a condition, and what follows."""


class Search(NamedTuple):
    """What is searched for: the rows of a table that meet a condition, and what follows from them."""

    table: str
    key: Sequence[str]
    where: str
    columns: Sequence[str]
    consequence: str


def find_absurd_values(dataset: dlt.Dataset, model: str) -> list[str]:
    """Finds rows that a model reads and whose amounts or quantities are too large to be true.

    Returns:
        Clauses such as "order_lines with order_id ab12 and id 17 (quantity 9223372036854775807)".
    """
    found: list[str] = []
    for table in set(read_tables(model)) & set(dataset.tables):
        limits = {
            name: LARGE_AMOUNT if kind == "decimal" else LARGE_QUANTITY
            for name, kind in columns_of(table).items()
            if kind == "decimal" or (kind == "bigint" and "quantity" in name)
        }
        large = {name: f"not {name} between -{most} and {most}" for name, most in limits.items()}
        if large:
            shown = [f"case when {test} then {name} end as {name}" for name, test in large.items()]
            found += _name_rows(dataset, _key(table), table, " or ".join(large.values()), shown)
    return sorted(found)


def find_unusable_values(dataset: dlt.Dataset, made: Sequence[str]) -> list[str]:
    """Finds values that models had to leave null.

    Args:
        dataset: A loaded shop.
        made: Names of the models that were made.

    Returns:
        A sentence for each row with such a value, for the first rows of each table.
    """
    searches = [
        Search(table, _key(table), f"{column} is not null and {condition}", (column,), consequence)
        for table, column, condition, consequence in UNUSABLE
        if table in dataset.tables
    ]
    for model in MODELS:
        columns = guarded_columns(model.name) if model.name in made else []
        if columns:
            where = " or ".join(f"{name} is null" for name in columns)
            searches.append(Search(model.name, model.table.key, where, (), TOO_LARGE))
    counted = _count_rows(dataset, searches)
    return [
        f"{rows}{_count_others(count)}: {search.consequence}."
        for search, count in zip(searches, counted, strict=True)
        if count
        for rows in [", ".join(_name_rows(dataset, search.key, search.table, search.where, search.columns))]
    ]


def _count_rows(dataset: dlt.Dataset, searches: Sequence[Search]) -> list[int]:
    """Counts the rows of each search; in one query, since dlt analyzes each."""
    if not searches:
        return []
    queries = [
        f"select {place} as place, count(*) as found from {search.table} where {search.where}"
        for place, search in enumerate(searches)
    ]
    found = dict(dataset(_complete(dataset, " union all ".join(queries)), query_dialect=DIALECT).fetchall())
    return [found[place] for place in range(len(searches))]


def _name_rows(
    dataset: dlt.Dataset, key: Sequence[str], table: str, where: str, columns: Sequence[str]
) -> list[str]:
    """Names the first rows of a table that meet a condition, with their values in some columns."""
    listed = ", ".join((*key, *columns))
    query = f"select {listed} from {table} where {where} order by {', '.join(key)} limit {MOST_ROWS}"
    rows = rows_of(dataset, _complete(dataset, query))
    return [_name_row(table, key, row) for row in rows]


def _name_row(table: str, key: Sequence[str], row: Mapping[str, Any]) -> str:
    values = ", ".join(
        f"{name} {value}" for name, value in row.items() if name not in key and value is not None
    )
    identity = " and ".join(f"{name} {row[name]}" for name in key)
    return f"{table} with {identity}{f' ({values})' if values else ''}"


def _count_others(count: int) -> str:
    return f" and {count - MOST_ROWS:,} more rows" if count > MOST_ROWS else ""


def _complete(dataset: dlt.Dataset, query: str) -> str:
    """Makes a query that calls functions of the models run on the tables and columns that are loaded."""
    parsed = sqlglot.parse_one(query, read=DIALECT)
    expand_functions(parsed)
    return fill_absent_tables(dataset, parsed.sql(DIALECT))


def _key(table: str) -> tuple[str, ...]:
    return KEYS.get(table) or key_of(table)
