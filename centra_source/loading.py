"""Runs one resource: plans its tables, reads its pages, and hands Arrow tables with merge hints to dlt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, islice

import dlt
import pyarrow as pa
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext
from dlt.extract import Incremental
from dlt.extract.items import DataItemWithMeta

from .audit import LOAD_AUDIT, audit_row
from .capabilities import UPDATED_AT, has_updated_at, select_updated_at
from .client import Client
from .documents import load_operation, load_schema
from .exceptions import InvalidSetting
from .flatten import arrow_schema, flatten
from .merging import merge_hints
from .paging import Page, Reading
from .resources import Resource
from .retries import utc_now
from .settings import BATCH_PAGES
from .tables import Column, Table, plan_tables, root_of
from .windows import next_window

SNAPSHOT_DATE = Column("snapshot_date", "date", description="Day of the snapshot by the shop's clock, UTC.")


@dataclass(frozen=True)
class Load:
    """What all resources of a source share.

    Attributes:
        lookback: How far to read before the bookmark, by cursor field.
        full_refresh: Read from the start date on and replace every table as a whole.
    """

    client: Client
    page_size: int
    lookback: Mapping[str, timedelta]
    full_refresh: bool

    def read(
        self, name: str, resource: Resource, bookmark: Incremental[datetime] | None
    ) -> Iterator[DataItemWithMeta]:
        """Yields the Arrow tables of one resource, each with the hints that merge it.

        Every table comes at least once without rows, so that it exists after the first run, and is emptied if
        nothing is left of it. The bookmark moves when the last row has been handed over, and dlt saves it
        together with the load package.

        Raises:
            CentraError: See exceptions.py; nothing of the run is loaded then.
        """
        operation, schema = load_operation(name), load_schema()
        cursor: str | None = resource.cursor
        root = root_of(operation, schema)
        if cursor and cursor != UPDATED_AT and has_updated_at(self.client, operation, root):
            operation, schema = select_updated_at(operation, schema)
            cursor = UPDATED_AT
        tables = plan_tables(operation, schema, resource.lists, resource.key)
        started_at, now = utc_now(), self.client.server_now()
        window = None
        if cursor and bookmark:
            self._refuse_another_shop(name)
            window = next_window(cursor, bookmark, self.lookback[cursor], now, from_start=self.full_refresh)
            # Centra has filtered already, and the rows of child tables hold no cursor that dlt could read.
            bookmark.advance(None)  # type: ignore[arg-type]  # documented: only switches dlt's own filter off

        is_whole = window is None or self.full_refresh
        reading = Reading(self.client, operation, root.response_key, self.page_size, _progress(name))
        snapshots = _snapshot_table(tables[0], resource.daily) if resource.daily else None

        def items(table: Table, rows: pa.Table) -> Iterator[DataItemWithMeta]:
            yield _item(table, rows, None if is_whole else table.root_key)
            if snapshots and table is tables[0]:
                yield _item(snapshots, _dated(snapshots, rows, now.date()), SNAPSHOT_DATE.name)

        for table in tables:
            yield from items(table, arrow_schema(table).empty_table())
        for nodes in _batches(reading.pages(window.where() if window else {}, tables[0].lists)):
            for table in tables:
                yield from items(table, flatten(table, nodes, mark_childless=not is_whole))
        yield _item(LOAD_AUDIT, audit_row(reading, window, started_at), LOAD_AUDIT.root_key)
        if bookmark and window:
            # A bookmark ahead of the true time would skip rows, so of the two clocks the earlier one counts.
            reached = min(window.end, started_at.replace(microsecond=0))
            bookmark.advance(max(reached, bookmark.last_value or reached))

    def _refuse_another_shop(self, name: str) -> None:
        state, shop = dlt.current.resource_state(), self.client.host
        if self.full_refresh:
            state["shop"] = shop
        if state.setdefault("shop", shop) != shop:
            raise InvalidSetting(
                f"This pipeline has loaded {name} of {state['shop']} so far, and its bookmark does not fit "
                f"{shop}: use another dataset, delete the database, or replace its tables by a full refresh."
            )


def _snapshot_table(table: Table, name: str) -> Table:
    """A table that keeps the rows of another once for every day."""
    return Table(
        name=name,
        columns=(SNAPSHOT_DATE, *table.columns),
        key=(SNAPSHOT_DATE.name, *table.key),
        root_key=table.root_key,
    )


def _dated(snapshots: Table, rows: pa.Table, day: date) -> pa.Table:
    field = arrow_schema(snapshots).field(SNAPSHOT_DATE.name)
    return rows.add_column(0, field, pa.array([day] * rows.num_rows, field.type))


def _item(table: Table, rows: pa.Table, replaced_by: str | None) -> DataItemWithMeta:
    return dlt.mark.with_hints(rows, merge_hints(table, replaced_by), create_table_variant=True)


def _batches(pages: Iterable[Page]) -> Iterator[Page]:
    remaining = iter(pages)
    while batch := list(islice(remaining, BATCH_PAGES)):
        yield list(chain.from_iterable(batch))


def _progress(name: str) -> Callable[[int, int | None], None]:
    """Moves a counter beside dlt's own, which counts rows when a whole batch has been written."""
    context = Container()[PipelineContext]
    if not context.is_active():
        return lambda rows, total: None
    collector = context.pipeline().collector

    def show(rows: int, total: int | None) -> None:
        collector.update(f"{name} read", inc=rows, total=total)  # type: ignore[arg-type]  # None is its default

    return show
