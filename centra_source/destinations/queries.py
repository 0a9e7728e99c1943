"""Queries on the loaded tables that run on any destination."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import dlt

ROWS_PER_CHUNK = 10_000

DIALECT: Final = "duckdb"
"""The SQL dialect of every query in this package. dlt translates it into that of the destination."""


def rows_of(dataset: dlt.Dataset, statement: str) -> Iterator[dict[str, Any]]:
    """Returns the rows of a query one after the other, with at most `ROWS_PER_CHUNK` in memory.

    Args:
        dataset: A loaded shop.
        statement: A query in `DIALECT`.
    """
    relation = dataset(statement, query_dialect=DIALECT)
    for chunk in relation.iter_arrow(chunk_size=ROWS_PER_CHUNK):
        yield from chunk.to_pylist()


def escape_quotes(text: str) -> str:
    """Returns a text as it is written between single quotes in SQL."""
    return text.replace("'", "''")


def with_absent_tables(dataset: dlt.Dataset, statement: str, tables: Sequence[str]) -> str:
    """Returns the statement with empty tables of ids and names for those that are not loaded.

    Args:
        dataset: A loaded shop.
        statement: A query with the placeholder `{absent_tables}` at the start of its common table
            expressions.
        tables: The tables that may be absent.
    """
    absent = [table for table in tables if table not in dataset.tables]
    empty = (
        "select cast(null as bigint) as id, cast(null as varchar) as name "
        "from (select 1 as one) as nothing where one = 0"
    )
    return statement.replace("{absent_tables}", " ".join(f"{table} as ({empty})," for table in absent))
