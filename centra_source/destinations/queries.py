"""Rows of a query over the loaded tables, on whatever destination they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import dlt

ROWS_PER_CHUNK = 10_000

DIALECT: Final = "duckdb"

"""In which every query here is written; dlt translates it into the destination's own."""


def rows_of(dataset: dlt.Dataset, statement: str) -> Iterator[dict[str, Any]]:
    """The rows of a query, one after the other; only some of them are in memory."""
    relation = dataset(statement, query_dialect=DIALECT)
    for chunk in relation.iter_arrow(chunk_size=ROWS_PER_CHUNK):
        yield from chunk.to_pylist()


def quoted(text: str) -> str:
    """A text as it stands between the quotes of a statement."""
    return text.replace("'", "''")


def with_absent_tables(dataset: dlt.Dataset, statement: str, tables: Sequence[str]) -> str:
    """The statement with empty tables of ids and names in the place of those that are not loaded.

    Args:
        dataset: A loaded shop.
        statement: Has the place holder `{absent_tables}` where its common table expressions begin.
        tables: Those that may be absent.
    """
    absent = [table for table in tables if table not in dataset.tables]
    empty = (
        "select cast(null as bigint) as id, cast(null as varchar) as name "
        "from (select 1 as one) as nothing where one = 0"
    )
    return statement.replace("{absent_tables}", " ".join(f"{table} as ({empty})," for table in absent))
