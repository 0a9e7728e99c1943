"""Reads the lists of one resource and makes them Arrow tables, each with the hints that merge it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from sys import maxsize
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext
from dlt.extract.items import DataItemWithMeta

from .answers import no_nodes
from .audit import LOAD_AUDIT, audit_row
from .capabilities import is_nullable
from .client import Client
from .documents import Operation
from .flatten import arrow_schema, flatten
from .merging import merge_hints
from .page_lists import inner_lists, whole_list
from .page_size import PageSize
from .paging import Page, Reading
from .resources import Resource
from .retries import utc_now
from .settings import BATCH_ROWS, PAGES_AHEAD
from .tables import Column, Root, Table
from .windows import Window, first_part, rows_per_window
from .workers import Workers

SNAPSHOT_DATE = Column("snapshot_date", "date", description="Day of the snapshot by the shop's clock, UTC.")

Items = Iterator[DataItemWithMeta | None]
"""What dlt is given; None tells it that nothing has arrived yet, so that it asks other resources."""


@dataclass
class ResourceReader:
    """One resource in one run.

    Attributes:
        tables: The resource's own table first.
        workers: Send the requests.
        page_size: Of the resource's own list.
        is_whole: What is read replaces the tables as a whole.
        is_hard: Rows that are marked as deleted are removed.
    """

    name: str
    resource: Resource
    client: Client
    operation: Operation
    root: Root
    tables: list[Table]
    workers: Workers
    page_size: PageSize
    is_whole: bool
    is_hard: bool
    _progress: Progress = field(init=False, repr=False)
    _nullable: dict[str, bool] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._progress = Progress(self.name)

    def reading(self, operation: Operation | None = None) -> Reading:
        """A reading of the resource's list in its own page size, or by an operation in the largest."""
        if operation:
            return Reading(self.client, operation, self.root.response_key)
        return Reading(self.client, self.operation, self.root.response_key, self.page_size)

    @property
    def nothing(self) -> Page:
        """A page without objects."""
        return no_nodes(self.operation)

    def rows(self, nodes: Page) -> Items:
        """What some root objects hold, for every table."""
        for table in self.tables:
            yield self.item(table, self._flat(table, nodes))

    def item(self, table: Table, rows: pa.Table) -> DataItemWithMeta:
        """Rows of a table that replace those of the same root objects, or all of them."""
        return item(table, rows, None if self.is_whole else table.root_key, is_hard=self.is_hard)

    def _flat(self, table: Table, nodes: Page) -> pa.Table:
        return flatten(table, nodes, mark_childless=not self.is_whole, is_nullable=self._is_nullable)

    def _is_nullable(self, field: str) -> bool:
        if field not in self._nullable:
            self._nullable[field] = is_nullable(self.client, field)
        return self._nullable[field]

    def whole_list(self) -> Items:
        """Reads a list that has no cursor."""
        started_at, day = utc_now(), self.client.server_now().date()
        reading, main = self.reading(self.operation), self.tables[0]
        snapshots = _snapshot_table(main, self.resource.daily) if self.resource.daily else None
        pages = inner_lists(reading, main.lists[0], main.key_path) if main.lists else whole_list(reading)
        for nodes in chain([self.nothing], self.batches([pages])):
            if nodes is None:
                yield None
                continue
            for table in self.tables:
                rows = self._flat(table, nodes)
                yield self.item(table, rows)
                if snapshots and table is main:
                    yield item(snapshots, _dated(snapshots, rows, day), SNAPSHOT_DATE.name)
        yield audit("list", reading, started_at)

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


def audit(kind: str, reading: Reading, started_at: datetime, *details: Any) -> DataItemWithMeta:
    """The line of `load_audit` for a reading; `details` as in `audit_row`."""
    return item(LOAD_AUDIT, audit_row(kind, reading, started_at, *details), LOAD_AUDIT.root_key)


def item(table: Table, rows: pa.Table, replaced_by: str | None, *, is_hard: bool = False) -> DataItemWithMeta:
    """Rows of a table with the hints that merge them, see `merge_hints`."""
    hints = merge_hints(table, replaced_by, is_hard=is_hard)
    return dlt.mark.with_hints(rows, hints, create_table_variant=True)


def _snapshot_table(table: Table, name: str) -> Table:
    """A table that keeps the rows of another once for every day."""
    return Table(
        name=name,
        columns=(SNAPSHOT_DATE, *table.columns),
        key=(SNAPSHOT_DATE.name, *table.key),
        root_key=table.root_key,
    )


def _dated(snapshots: Table, rows: pa.Table, day: date) -> pa.Table:
    kind = arrow_schema(snapshots).field(SNAPSHOT_DATE.name)
    return rows.add_column(0, kind, pa.array([day] * rows.num_rows, kind.type))
