"""What the destination holds at the start of a load: which tables, and how many rows in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import dlt
from dlt.destinations.job_client_impl import SqlJobClientWithStagingDataset
from sqlglot import expressions as sql

from ..state import current_load_id
from ..tables.loader_tables import DELETED_AT
from .queries import DIALECT


class RowCount(NamedTuple):
    """How many rows a table holds.

    Attributes:
        all: Every row.
        live: Those that are not marked as deleted.
    """

    all: int
    live: int


class StoredTables:
    """The tables of the destination, asked for once a load."""

    def __init__(self) -> None:
        self._load_id: str | None = None
        self._counts: Mapping[str, RowCount] = {}
        self._missing: frozenset[str] = frozenset()

    @property
    def missing(self) -> frozenset[str]:
        """Tables that earlier loads have made and the destination lacks; none for destinations of files."""
        self._ask()
        return self._missing

    def count_rows(self, table: str) -> int | None:
        """Returns the number of rows of a table; None if the destination lacks it."""
        self._ask()
        return self._counts[table].all if table in self._counts else None

    def count_live_rows(self, table: str) -> int | None:
        """Returns the number of rows of a table that are not marked as deleted; None as above."""
        self._ask()
        return self._counts[table].live if table in self._counts else None

    def _ask(self) -> None:
        load_id = current_load_id()
        if load_id == self._load_id:
            return
        names = dlt.current.source().schema.data_table_names(seen_data_only=True)
        columns, is_database = _find_columns(names)
        self._missing = frozenset(set(names) - columns.keys() if is_database else ())
        self._counts = _count_rows(columns) if columns else {}
        self._load_id = load_id


def _find_columns(names: list[str]) -> tuple[dict[str, bool], bool]:
    """Returns the tables that exist, each with whether it marks deleted rows, and whether they must exist.

    Destinations of files create a table with its first row.
    """
    with dlt.current.pipeline().destination_client() as client:
        is_database = isinstance(client, SqlJobClientWithStagingDataset)
        if not client.is_storage_initialized():
            return {}, is_database
        mark = client.capabilities.casefold_identifier(DELETED_AT.name)
        found = client.get_storage_tables(names)  # type: ignore[attr-defined]
        return {name: mark in columns for name, columns in found if columns}, is_database


def _count_rows(tables: Mapping[str, bool]) -> dict[str, RowCount]:
    selects = [_count(name, has_marks=has_marks) for name, has_marks in tables.items()]
    query = sql.union(*selects, distinct=False) if len(selects) > 1 else selects[0]
    dataset = dlt.current.pipeline().dataset()
    found = dataset(query.sql(dialect=DIALECT), query_dialect=DIALECT).fetchall()
    return {name: RowCount(int(every), int(live)) for name, every, live in found}


def _count(table: str, *, has_marks: bool) -> sql.Select:
    every = "count(*)"
    live = f"{every} - count({DELETED_AT.name})" if has_marks else every
    columns = (f"'{table}' as name", f"{every} as every", f"{live} as live")
    return sql.select(*columns, dialect=DIALECT).from_(table)
