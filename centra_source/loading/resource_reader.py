"""Reads the lists of one resource and makes them Arrow tables, each with the hints that merge it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from sys import maxsize
from typing import Any

import pyarrow as pa
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext
from dlt.extract.items import DataItemWithMeta

from ..api.answers import no_nodes
from ..api.client import Client
from ..api.page_size import PageSize
from ..clock import utc_now
from ..operations.documents import Operation
from ..operations.selections import Root
from ..reading.audit import audit
from ..reading.connections import Reading
from ..reading.lists import is_connection, objects, single_answer
from ..reading.page_lists import inner_lists
from ..reading.windows import Window, first_part, rows_per_window
from ..reading.workers import Workers
from ..resources import Resource
from ..settings import BATCH_ROWS, PAGES_AHEAD
from ..shop.answerable import Answerable
from ..shop.capabilities import Capabilities
from ..tables.flatten import find_owners, flatten
from ..tables.loader_tables import SNAPSHOT_DATE, snapshot_table
from ..tables.merging import Items, declare_table, make_item
from ..tables.nodes import Page, get_elements
from ..tables.table import Table, arrow_schema
from ..tables.wide_columns import WideColumns
from .content_hash import Content


@dataclass
class ResourceReader:
    """One resource in one run.

    Attributes:
        asked: What is sent, for which tables.
        tables: The resource's own table first.
        capabilities: What the shop can answer.
        workers: Send the requests.
        page_size: Of the resource's own list.
        is_whole: What is read replaces the tables as a whole.
        is_hard: Rows that are marked as deleted are removed.
        wide: What the settings want as columns of the resource's own table, which grows by them.
    """

    name: str
    resource: Resource
    client: Client
    asked: Answerable
    root: Root
    tables: list[Table]
    capabilities: Capabilities
    workers: Workers
    page_size: PageSize
    is_whole: bool
    is_hard: bool
    wide: Sequence[WideColumns] = ()
    operation: Operation = field(init=False, repr=False)
    _progress: Progress = field(init=False, repr=False)
    _readable: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.operation = self.asked.sent
        self._progress = Progress(self.name)
        # What a table held before stays, if the token may no longer read it.
        self._readable = frozenset(table.name for table in self.tables if self.asked.can_fill(table))

    def reading(self, operation: Operation | None = None) -> Reading:
        """A reading of the resource's list in its own page size, or by an operation in the largest."""
        if operation:
            return Reading(self.client, operation, self.root.response_key)
        return Reading(self.client, self.operation, self.root.response_key, self.page_size)

    @property
    def nothing(self) -> Page:
        """A page without objects."""
        return get_elements(no_nodes(self.operation), self.asked.route)

    @property
    def _read_tables(self) -> list[Table]:
        return [table for table in self.tables if table.name in self._readable]

    def declared(self) -> Items:
        """Every table without rows, so that it exists; one that is to be replaced is emptied."""
        nothing = self._widened(self.nothing)
        for table in self._read_tables if self.is_whole else ():
            yield self.item(table, self._flat(table, nothing))
        for table in self.tables:
            yield from declare_table(table)

    def rows(self, nodes: Page) -> Items:
        """What some root objects hold, for every table that is read."""
        nodes = self._widened(nodes)
        for table in self._read_tables:
            yield self.item(table, self._flat(table, nodes))

    def item(self, table: Table, rows: pa.Table) -> DataItemWithMeta:
        """Rows of a table that replace those of the same root objects, or all of them."""
        return make_item(table, rows, None if self.is_whole else table.root_key, is_hard=self.is_hard)

    def _flat(self, table: Table, nodes: Page) -> pa.Table:
        is_nullable = self.capabilities.is_nullable
        return flatten(table, nodes, mark_childless=not self.is_whole, is_nullable=is_nullable)

    def _widened(self, nodes: Page) -> Page:
        """The objects with what their long rows add; the resource's own table grows by the columns."""
        if not self.wide:
            return nodes
        for wide in self.wide:
            places = find_owners(wide.table, nodes, self.capabilities.is_nullable)
            nodes = wide.add_values(nodes, places, self._flat(wide.table, nodes).slice(0, len(places)))
        main = self.tables[0]
        known = {column.name for column in main.columns}
        new = [column for wide in self.wide for column in wide.columns if column.name not in known]
        self.tables[0] = replace(main, columns=(*main.columns, *new))
        return nodes

    def whole_list(self, *, is_refresh: bool) -> Items:
        """Reads a list that has no cursor; rows that are the same as in the last load are not loaded again.

        Args:
            is_refresh: Load them anyway.
        """
        started_at, day = utc_now(), self.client.server_now().date()
        reading, daily = self.reading(self.operation), self.resource.daily
        snapshots = snapshot_table(self.tables[0], daily) if daily else None
        content = Content(f"{day if daily else ''}")
        held: list[DataItemWithMeta] = []
        is_held = not is_refresh
        for nodes in chain([self.nothing], self.batches([self._list(reading)])):
            if nodes is None:
                yield None
                continue
            nodes = self._widened(nodes)
            for table in self._read_tables:
                rows = self._flat(table, nodes)
                content.add(table.name, rows)
                held.append(self.item(table, rows))
                if snapshots and table is self.tables[0]:
                    held.append(make_item(snapshots, _dated(snapshots, rows, day), SNAPSHOT_DATE.name))
            # More than a batch is not kept in memory to be compared.
            is_held = is_held and reading.loaded <= BATCH_ROWS
            if not is_held:
                yield from held
                held = []
        if content.is_new():
            yield from held
        for table in self.tables:
            yield from declare_table(table)
        yield audit("list", reading, started_at)

    def _list(self, reading: Reading) -> Iterator[Page]:
        """All objects of a list, by whichever way the operation pages it."""
        main = self.tables[0]
        if "innerPage" in self.operation.variables:
            yield from inner_lists(reading, main.lists[0], main.key_path)
        elif not self.operation.variables:
            yield single_answer(reading)
        else:
            for nodes in objects(reading, {}):
                yield get_elements(nodes, self.asked.route)

    def stretch(
        self, window: Window, window_rows: int, rows_per_load: int | None, see: Callable[[Page], None] | None
    ) -> Generator[DataItemWithMeta | None, None, Window]:
        """Reads a stretch of time, cut into windows that are proven to be complete one by one.

        Args:
            window: The whole stretch.
            window_rows: The greatest number of objects in one window.
            rows_per_load: The greatest number of objects in all; None: no limit.
            see: Shown every object that is handed out.

        Returns:
            What was read: the whole, or its older part if it holds too much.
        """
        reading = self.reading()
        if not is_connection(self.operation):
            yield from self._uncounted(window, see)
            return window
        most = maxsize if rows_per_load is None else rows_per_load
        whole = window
        window, held = yield from self.workers.result_of(
            lambda: first_part(whole, most, lambda part: reading.count(part.where()))
        )
        self._progress.total = held
        rows = rows_per_window(held, window_rows, self.page_size.largest)
        for found in self.batches([self._window(window, rows, held, reading)]):
            if isinstance(found, pa.Array):
                if see:
                    see(found)
                yield from self.rows(found)
            else:
                yield found
        return window

    def _uncounted(self, window: Window, see: Callable[[Page], None] | None) -> Items:
        """Reads a stretch of time in plain pages, which nothing counts and so nothing can cut."""
        started_at, reading = utc_now(), self.reading(self.operation)
        for nodes in self.batches([objects(reading, window.where())]):
            if nodes is None:
                yield None
                continue
            if see:
                see(nodes)
            yield from self.rows(nodes)
        yield audit("window", reading, started_at, window)

    def _window(
        self, window: Window, rows: int, held: int, reading: Reading
    ) -> Iterator[Page | DataItemWithMeta | Iterator[Any]]:
        """Reads a window, or has its halves read.

        Args:
            window: What to read.
            rows: The greatest number of objects of a window that is not cut.
            held: How many it holds, by Centra's count.
            reading: Has counted, and goes on with the first half.
        """
        started_at = utc_now()
        halves = window.halves() if held > rows else None
        if halves:
            older, younger = halves
            counted = reading.count(older.where())
            yield self._window(older, rows, counted, reading)
            yield self._counted(younger, rows, held - counted)
            return
        if held:
            for nodes in reading.connection(window.where(), held):
                yield window.own(nodes)
        else:
            reading.expected = 0
        yield audit("window", reading, started_at, window)

    def _counted(self, window: Window, rows: int, held: int) -> Iterator[Any]:
        """Reads the younger half, of which only the difference is known: if that is nought, it is counted."""
        reading = self.reading()
        yield from self._window(window, rows, held if held > 0 else reading.count(window.where()), reading)

    def batches(self, streams: Iterable[Iterator[Any]]) -> Iterator[Page | Any]:
        """The pages of all streams, many together; and between them what else comes, or None to wait."""
        batch: list[Page] = []
        for found in self.workers.in_parallel(streams, PAGES_AHEAD):
            if not isinstance(found, pa.Array):
                yield found
                continue
            self._progress.advance(len(found))
            batch.append(found)
            if sum(map(len, batch)) >= BATCH_ROWS:
                yield pa.concat_arrays(batch)
                batch = []
        if batch:
            yield pa.concat_arrays(batch)


class Progress:
    """Moves a counter beside dlt's own, which counts rows when a whole batch has been written."""

    def __init__(self, name: str) -> None:
        context = Container()[PipelineContext]
        self._collector = context.pipeline().collector if context.is_active() else None
        self._name = name
        self.total: int | None = None

    def advance(self, rows: int) -> None:
        """Counts some rows more."""
        if self._collector:
            self._collector.update(f"{self._name} read", inc=rows, total=self.total)  # type: ignore[arg-type]  # None is its default


def _dated(snapshots: Table, rows: pa.Table, day: date) -> pa.Table:
    kind = arrow_schema(snapshots).field(SNAPSHOT_DATE.name)
    return rows.add_column(0, kind, pa.array([day] * rows.num_rows, kind.type))
