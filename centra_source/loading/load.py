"""Runs one resource: decides what is read, in which order, and how far the bookmark moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import dlt
from dlt.common import logger
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext
from dlt.extract import Incremental

from ..api.client import Client
from ..api.page_size import PageSize, balanced_page_size
from ..clock import utc_now
from ..destinations.registry import refuse_inexact_merges
from ..exceptions import InvalidSetting, QueryRefused
from ..operations.selections import find_root
from ..privacy import Privacy
from ..reading.audit import audit, note
from ..reading.windows import Window, next_window
from ..reading.workers import Workers
from ..resources import RESOURCES, Resource, default_lookback
from ..shop.answerable import Answerable
from ..shop.capabilities import Capabilities
from ..state import RangeProgress, ResourceState
from ..tables.loader_tables import DELETED_AT
from ..tables.merging import Items, declare_table
from ..tables.references import select_references, with_references
from ..tables.wide_settings import TRANSLATIONS, WideSettings
from .change_feed import Follower, followed_deletions
from .events import EventQueue
from .resource_reader import ResourceReader


@dataclass(frozen=True)
class Load:
    """What all resources of a source share.

    Attributes:
        capabilities: What shop and token can answer.
        workers: Send the requests.
        page_size: Objects per request; None: as many as the limits suggest.
        lookbacks: How far to read before the bookmark, by resource; others as `settings.LOOKBACKS` says.
        window_rows: The greatest number of objects in one window.
        rows_per_load: The greatest number of objects that one load takes in of a resource; None: no limit.
        until: The moment (UTC) at which loads that move the bookmarks stop; None: now.
        full_refresh: Read from the start date on and replace every table as a whole.
        queue: Centra's event queue.
        only_events: Read nothing but what the queue tells.
        sweep: Look for rows that are gone from the shop.
        is_hard: Remove what is deleted in the shop, instead of marking it.
        wide: What becomes columns beside its long rows.
        privacy: What becomes of personal data.
    """

    client: Client
    capabilities: Capabilities
    workers: Workers
    page_size: int | None
    lookbacks: Mapping[str, timedelta]
    window_rows: int
    rows_per_load: int | None
    until: datetime | None
    full_refresh: bool
    queue: EventQueue
    only_events: bool
    sweep: bool
    is_hard: bool
    wide: WideSettings
    privacy: Privacy

    def read(self, name: str, resource: Resource, bookmark: Incremental[datetime] | None) -> Items:
        """Yields the Arrow tables of one resource, each with the hints that merge it.

        Every table comes at least once without rows, so that it exists after the first run, and is emptied if
        nothing is left of it. The bookmark moves when the last row has been handed over, and dlt saves it
        together with the load package.

        Raises:
            CentraError: See exceptions.py; nothing of the run is loaded then.
        """
        self._refuse_destination()
        with self.workers:
            yield from self._read(name, resource, bookmark)

    def _read(self, name: str, resource: Resource, bookmark: Incremental[datetime] | None) -> Items:
        if bookmark:
            # Centra filters, and the rows of child tables hold no cursor that dlt could read.
            bookmark.advance(None)  # type: ignore[arg-type]  # documented: only switches dlt's own filter off
        has_rows = False
        while True:
            asked = self.capabilities.fit_resource(name)
            try:
                for found in self._items(name, resource, asked, bookmark):
                    has_rows = has_rows or bool(found and len(found.data))
                    yield found
                break
            except QueryRefused as refusal:
                # Centra looks at the whole query before it answers any of it: nothing has been read so far.
                if has_rows or not self.capabilities.record_refusal(refusal, asked):
                    raise
        for sentence in asked.left_out:
            yield note(name, sentence)

    def _items(
        self, name: str, resource: Resource, asked: Answerable, bookmark: Incremental[datetime] | None
    ) -> Items:
        tables = with_references(asked.tables)
        if resource.event or resource.part_of:
            tables = [replace(table, columns=(*table.columns, DELETED_AT)) for table in tables]
        present = _present()
        tables = [replace(table, references=select_references(table, present)) for table in tables]
        loaded = [table for table in tables if table.name != TRANSLATIONS]
        if asked.operation is None:
            for table in loaded:
                yield from declare_table(table)
            return
        operation = asked.operation
        reader = ResourceReader(
            name,
            resource,
            self.client,
            asked,
            find_root(operation),
            loaded,
            self.capabilities,
            self.workers,
            PageSize(self.page_size or balanced_page_size(operation, "first", self.client.throttle)),
            is_whole=asked.cursor is None or self.full_refresh,
            is_hard=self.is_hard,
            wide=self.wide.make_columns(
                name, resource, tables, lambda: ResourceState.of_current().wide_columns
            ),
        )
        self._compare_privacy(reader)
        if asked.cursor == "id" and bookmark:
            self._refuse_another_shop(name)
            yield from self._growth(reader, bookmark)
        elif asked.cursor and bookmark:
            self._refuse_another_shop(name)
            yield from self._changes(reader, asked.cursor, bookmark)
        elif not self.only_events:
            yield from reader.whole_list(is_refresh=self.full_refresh)
        for wide in reader.wide:
            wide.warn_of_unseen(name)

    def _growth(self, reader: ResourceReader, bookmark: Incremental[Any]) -> Items:
        """What has come to a list that only grows."""
        if self.only_events:
            return
        yield from reader.declared()
        started_at, reading = utc_now(), reader.reading()
        state = ResourceState.of_current()
        last, counted = bookmark.last_value or 0, state.counted_objects
        if self.full_refresh:
            last = counted = 0
        for nodes in reader.batches([reading.newer(last, counted)]):
            yield from [None] if nodes is None else reader.rows(nodes)
        state.record_count(reading.total)
        bookmark.advance(max(reading.keys, default=last))
        yield audit("list", reading, started_at)

    def _changes(self, reader: ResourceReader, cursor: str, bookmark: Incremental[datetime]) -> Items:
        started_at, now = utc_now(), self.client.server_now()
        now = min(now, self.until or now)
        window = self._stretch(reader.name, cursor, bookmark, now)
        yield from reader.declared()
        follower = None
        if reader.resource.event and self._is_regular(bookmark):
            follower = Follower(reader, self.queue, ResourceState.of_current().events)
            yield from self.workers.result_of(follower.take)
            if self.sweep:
                yield from follower.sweep()
        if not self.only_events:
            see = follower.see if follower else None
            most = None if self.full_refresh or bookmark.end_value else self.rows_per_load
            part = yield from reader.stretch(window, self.window_rows, most, see)
            self._move(bookmark, window, part, started_at.replace(microsecond=0))
        if follower:
            yield from follower.finish()
        elif reader.resource.part_of and self._is_regular(bookmark):
            yield from followed_deletions(reader, reader.resource.part_of)

    def _move(
        self, bookmark: Incremental[datetime], window: Window, part: Window, started_at: datetime
    ) -> None:
        """Notes how far a stretch has been read; the bookmark moves when it has come to its end.

        A bookmark ahead of the true time would skip rows, so of the two clocks the earlier one counts.
        """
        state = ResourceState({}) if bookmark.end_value else ResourceState.of_current()
        begun = state.unfinished_range
        sure = begun.safe_bookmark if begun else window.end
        if started_at < part.end:
            sure = min(sure, started_at)
        if part.end < window.end:
            state.record_range(RangeProgress(part.end, window.end, sure))
        else:
            state.finish_range()
            bookmark.advance(max(sure, bookmark.last_value or sure))

    def _stretch(self, name: str, cursor: str, bookmark: Incremental[datetime], now: datetime) -> Window:
        """What to read: the rest of what an earlier load has begun, or what is new.

        The parts of a stretch need no look-back between them. What changes while they are read, or is
        committed late, is younger than its end less the look-back, and comes with the stretch after it.
        """
        begun = ResourceState.of_current().unfinished_range
        if begun and not self.full_refresh and not bookmark.end_value:
            return Window(cursor, begun.reached, begun.end)
        lookback = self.lookbacks[name] if name in self.lookbacks else default_lookback(name, cursor)
        return next_window(cursor, bookmark, lookback, now, from_start=self.full_refresh)

    def _is_regular(self, bookmark: Incremental[datetime]) -> bool:
        """Whether the run carries the tables on; a refresh and a closed range leave the event queue alone."""
        is_kept = Container()[PipelineContext].is_active()
        return is_kept and not self.full_refresh and not bookmark.end_value

    def _refuse_destination(self) -> None:
        context = Container()[PipelineContext]
        if context.is_active():
            refuse_inexact_merges(context.pipeline())  # type: ignore[arg-type]  # a protocol of the same

    def _compare_privacy(self, reader: ResourceReader) -> None:
        """Warns as long as a table may hold rows whose personal data was treated otherwise.

        Raises:
            InvalidSetting: A column would have to change its type, which no destination does.
        """
        marks = self.privacy.marks(reader.tables)
        if not marks or not Container()[PipelineContext].is_active():
            return
        kept = ResourceState.of_current().privacy_marks
        for name, mark in marks.items():
            if kept.setdefault(name, mark)["type"] != mark["type"]:
                raise InvalidSetting(
                    f"{name} is a {kept[name]['type']} in this dataset and would become a {mark['type']} by "
                    'the new pii: use another dataset, or have dlt drop its tables (refresh="drop_sources").'
                )
        if reader.is_whole:
            kept.update(marks)
        others = [name for name, mark in marks.items() if kept[name] != mark]
        if others:
            logger.warning(
                f"{reader.name} holds rows that were loaded with another pii or pii_secret than now "
                f"({', '.join(others)}): values of both kinds stand side by side until a full refresh."
            )

    def _refuse_another_shop(self, name: str) -> None:
        state, shop = ResourceState.of_current(), self.client.host
        if self.full_refresh and state.shop != shop:
            state.record_shop(shop)
            state.forget_events()
        if state.shop is None:
            state.record_shop(shop)
        if state.shop != shop:
            raise InvalidSetting(
                f"This pipeline has loaded {name} of {state.shop} so far, and its bookmark does not fit "
                f"{shop}: use another dataset, delete the database, or replace its tables by a full refresh."
            )


def _present() -> set[str]:
    """The tables of this shop that the destination has, or gets by this run."""
    source = dlt.current.source()
    return {*source.schema.tables, *(name for name in source.selected_resources if name in RESOURCES)}
