"""What a database holds at the start of a load: which tables, and how many rows of lists read whole.

Destinations of files are not asked: a table comes with its first row, and a query needs all of its files.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import dlt
from dlt.destinations.job_client_impl import SqlJobClientWithStagingDataset
from sqlglot import expressions as sql

from ..resources import RESOURCES, list_table_names
from ..state import current_load_id
from .queries import DIALECT


class StoredTables:
    """The tables of the destination, asked for once a load."""

    def __init__(self) -> None:
        self._load_id: str | None = None
        self._is_known = False
        self._counts: Mapping[str, int] = {}
        self._missing: frozenset[str] = frozenset()

    @property
    def missing(self) -> frozenset[str]:
        """Tables that earlier loads have made and the database lacks."""
        self._ask()
        return self._missing

    def holds(self, rows: Mapping[str, int]) -> bool:
        """Whether tables of lists that are read whole hold as many rows as given, as far as it is known."""
        self._ask()
        return not self._is_known or all(self._counts.get(table) == count for table, count in rows.items())

    def _ask(self) -> None:
        load_id = current_load_id()
        if load_id == self._load_id:
            return
        source = dlt.current.source()
        names = source.schema.data_table_names(seen_data_only=True)
        stored = _find_tables(names)
        self._is_known = stored is not None
        self._missing = frozenset() if stored is None else frozenset(names) - stored
        counted = _list_counted_tables(source.selected_resources) & (stored or set())
        self._counts = _count_rows(sorted(counted)) if counted else {}
        self._load_id = load_id


def _find_tables(names: list[str]) -> set[str] | None:
    """Returns those of the tables that exist; None if the destination is no database."""
    with dlt.current.pipeline().destination_client() as client:
        if not isinstance(client, SqlJobClientWithStagingDataset):
            return None
        if not client.is_storage_initialized():
            return set()
        return {name for name, columns in client.get_storage_tables(names) if columns}


def _list_counted_tables(resources: Collection[str]) -> set[str]:
    """The tables of the lists that are read whole, without the snapshots of their days."""
    whole = [name for name in resources if name in RESOURCES and RESOURCES[name].cursor is None]
    return {table for name in whole for table in list_table_names(name) - {RESOURCES[name].daily}}


def _count_rows(tables: list[str]) -> dict[str, int]:
    selects = [
        sql.select(f"'{name}' as name", "count(*) as rows", dialect=DIALECT).from_(name) for name in tables
    ]
    query = sql.union(*selects, distinct=False) if len(selects) > 1 else selects[0]
    dataset = dlt.current.pipeline().dataset()
    found = dataset(query.sql(dialect=DIALECT), query_dialect=DIALECT).fetchall()
    return {name: int(rows) for name, rows in found}
