"""Stored rows that a load keeps, although it replaces whole tables: they may be in the shop all the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import pyarrow as pa

from ..destinations.stored_rows import read_all_rows, read_stored_rows
from ..state import active_pipeline
from ..tables.loader_tables import SNAPSHOT_DATE
from ..tables.table import Table


class CarriedRows:
    """The stored rows of all objects that a load has not read.

    Args:
        main: The table of the objects.
    """

    def __init__(self, main: Table) -> None:
        self._main = main
        self._read: list[pa.Table] = []

    def add(self, rows: pa.Table) -> None:
        """Remembers the keys of objects that the load has read."""
        self._read.append(rows.select(self._main.key))

    def find(
        self, tables: Iterable[Table], snapshots: Table | None, day: date
    ) -> Iterator[tuple[Table, pa.Table]]:
        """Yields the rows to load again, for each table.

        Args:
            tables: The tables that are replaced.
            snapshots: The table in which the rows of one day are replaced, if there is one.
            day: That day.
        """
        if not active_pipeline():
            return
        read = {key for rows in self._read for key in _list_keys(rows, self._main.key)}
        for table in tables:
            yield table, _without(read_all_rows(table), self._find_owner(table), read)
        if snapshots:
            stored = read_stored_rows(snapshots, SNAPSHOT_DATE.name, [day])
            yield snapshots, _without(stored, self._main.key, read)

    def _find_owner(self, table: Table) -> tuple[str, ...]:
        """The columns of a table that hold the key of the object."""
        return (table.root_key,) if len(self._main.key) == 1 else self._main.key


def find_snapshots(snapshots: Table, day: date, rows: pa.Table, key: tuple[str, ...]) -> pa.Table:
    """Returns the stored snapshots of a day of some rows, which are given with their key."""
    stored, wanted = read_stored_rows(snapshots, SNAPSHOT_DATE.name, [day]), set(_list_keys(rows, key))
    return stored.filter(pa.array([one in wanted for one in _list_keys(stored, key)], pa.bool_()))


def _without(rows: pa.Table, columns: Iterable[str], keys: set[tuple[Any, ...]]) -> pa.Table:
    return rows.filter(pa.array([key not in keys for key in _list_keys(rows, columns)], pa.bool_()))


def _list_keys(rows: pa.Table, columns: Iterable[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(rows[column].to_pylist() for column in columns), strict=True))
