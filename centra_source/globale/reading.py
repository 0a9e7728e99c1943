"""Rows of a query over the loaded tables, with empty ones in the place of those that are not loaded."""

from __future__ import annotations

from collections.abc import Sequence

import dlt

from ..reading import DIALECT, ROWS_PER_CHUNK, quoted, rows_of

__all__ = ["DIALECT", "ROWS_PER_CHUNK", "quoted", "rows_of", "with_absent_tables"]


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
