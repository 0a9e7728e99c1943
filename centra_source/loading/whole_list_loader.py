"""Loads a list that has no cursor: it is read whole, and loaded if it has changed since the last load."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pyarrow as pa
from dlt.extract.items import DataItemWithMeta

from ..clock import utc_now
from ..destinations.stored_tables import StoredTables
from ..exceptions import UnstableList
from ..reading.audit import make_audit_line
from ..reading.inner_lists import read_inner_lists
from ..reading.lists import read_objects, read_single_answer
from ..settings import BATCH_ROWS
from ..tables.loader_tables import SNAPSHOT_DATE, snapshot_table
from ..tables.merging import Items, make_item
from ..tables.nodes import Page, get_elements
from ..tables.table import Table, arrow_schema
from .carried_rows import CarriedRows, find_snapshots
from .list_content import ListContent
from .resource_reader import ResourceReader
from .unreadable_objects import find_stored_rows


class WholeListLoader:
    """Loads one list as a whole.

    The rows are held back until the list has been read, to be compared with the last load. Lists of more than
    one batch are not: they would not fit into memory.

    A list that changed whenever it was read may lack objects. Its rows are loaded, and no stored row is
    deleted, until a later load reads all of it.

    Args:
        reader: The resource.
        stored: What the destination holds.
        is_refresh: Load the rows even if they are the same.
    """

    def __init__(self, reader: ResourceReader, stored: StoredTables, *, is_refresh: bool) -> None:
        self._started_at, self._day = utc_now(), reader.client.server_now().date()
        self._reader = reader
        self._list_reader = reader.make_whole_list_reader()
        # A sample must not replace the snapshots of the day.
        daily = None if reader.tables.steps.limit else reader.resource.daily
        self._snapshots = snapshot_table(reader.tables.main, daily) if daily else None
        self._stored, self._content = stored, ListContent(f"{self._day if daily else ''}")
        self._is_loaded = self._reader.tables.steps.is_loaded
        self._is_held_back = not is_refresh and self._is_loaded
        self._held_back: list[DataItemWithMeta] = []
        self._unstable: UnstableList | None = None
        self._carried = CarriedRows(reader.tables.main)

    def load(self) -> Items:
        """Yields the rows of the list, for all tables, if they are new."""
        yield from self._make_items(self._reader.no_objects)
        yield from self._reader.load_pages([self._read()], self._make_items)
        self._list_reader.tally.unreadable = sum(one.is_whole for one in self._reader.quarantine.found)
        found, is_inside = self._reader.quarantine.found, bool(self._reader.asked.route)
        keeps_all = self._unstable or any(is_inside or one.identity is None for one in found)
        for table, rows in find_stored_rows(self._reader, is_for_parts=bool(keeps_all)):
            self._content.add(table, rows)
            self._held_back.append(self._reader.tables.make_item(table, rows))
            if self._snapshots and table is self._reader.tables.main:
                dated = find_snapshots(self._snapshots, self._day, rows, table.key)
                self._held_back.append(make_item(self._snapshots, dated, SNAPSHOT_DATE.name))
        if keeps_all:
            yield from self._held_back
            yield from self._carry_stored_rows()
        elif not (self._is_held_back and self._content.is_stored(self._stored)):
            yield from self._held_back
        yield from self._reader.tables.declare()
        yield make_audit_line(
            "list",
            self._list_reader,
            self._started_at,
            note=f"{self._unstable} No stored row was deleted." if self._unstable else None,
            status="incomplete" if self._unstable else "complete",
        )
        if keeps_all or not self._is_loaded:
            self._content.forget()
        else:
            self._content.record()

    def _read(self) -> Iterator[Page]:
        try:
            yield from self._read_list()
        except UnstableList as error:
            self._unstable = error

    def _read_list(self) -> Iterator[Page]:
        operation, main = self._reader.operation, self._reader.tables.main
        if "innerPage" in operation.variables:
            yield from read_inner_lists(self._list_reader, main.lists[0], main.key_path)
        elif not operation.variables:
            yield get_elements(read_single_answer(self._list_reader), self._reader.asked.route)
        else:
            for nodes in read_objects(self._list_reader, {}):
                yield get_elements(nodes, self._reader.asked.route)

    def _carry_stored_rows(self) -> Items:
        """Yields the stored rows of objects that were not read: they may be in the shop."""
        tables = self._reader.tables
        filled = [table for table in tables.all if table.name in tables.fillable]
        for table, rows in self._carried.find(filled, self._snapshots, self._day):
            if table is self._snapshots:
                yield make_item(table, rows, SNAPSHOT_DATE.name)
            else:
                yield tables.make_item(table, rows)

    def _make_items(self, nodes: Page) -> Items:
        tables = self._reader.tables
        for table, rows in tables.make_rows(nodes):
            self._content.add(table, rows)
            self._held_back.append(tables.make_item(table, rows))
            if table is tables.main:
                self._carried.add(rows)
            if self._snapshots and table is tables.main:
                dated = _add_date(self._snapshots, rows, self._day)
                self._held_back.append(make_item(self._snapshots, dated, SNAPSHOT_DATE.name))
        self._is_held_back = self._is_held_back and self._list_reader.tally.loaded <= BATCH_ROWS
        if not self._is_held_back:
            yield from self._held_back
            self._held_back = []


def _add_date(snapshots: Table, rows: pa.Table, day: date) -> pa.Table:
    kind = arrow_schema(snapshots).field(SNAPSHOT_DATE.name)
    return rows.add_column(0, kind, pa.array([day] * rows.num_rows, kind.type))
