"""Queries on the loaded tables that run on any destination."""

from __future__ import annotations

from collections.abc import Iterator
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
