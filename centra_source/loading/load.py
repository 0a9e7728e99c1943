"""Loads one resource: decides what is read, and in which order."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from dlt.extract import Incremental

from ..api.page_size import PageSize, balance_page_size
from ..clock import utc_now
from ..destinations.capacity import can_hold_nul, find_most_columns, find_most_values
from ..destinations.registry import refuse_inexact_merges
from ..destinations.stored_tables import StoredTables
from ..exceptions import QueryRefused
from ..operations.documents import Operation
from ..operations.selections import Path
from ..reading.audit import make_nested_lines, make_note_line
from ..reading.nested_lists import NestedLists
from ..reading.quarantine import Quarantine
from ..reading.workers import Workers
from ..resources import Resource
from ..shop.answerable import Answerable, name_column
from ..shop.connect import Shop
from ..shop.source_settings import SourceSettings
from ..state import (
    OddObjects,
    Refills,
    ResourceState,
    active_pipeline,
    current_load_id,
    mark_source,
    separate_state,
)
from ..tables.flatten import Leniency
from ..tables.loader_tables import FILTERED, OTHER_VALUES, TOKEN_LACKS, UNREADABLE_OBJECTS, Status
from ..tables.merging import Items, declare_table
from ..tables.stored_types import find_kept_types
from ..tables.table import Table
from ..tables.wide_settings import TRANSLATIONS
from .change_feed import ChangeFeed
from .consistency import check_privacy, check_shop, refuse_missing_tables
from .deletions import load_parent_deletions
from .events import EventQueue
from .growing_list_loader import load_growing_list
from .hand_out import hand_out, is_loaded
from .history_tables import keep_history_tables
from .isolation import Failures
from .odd_objects import OddObjectReader
from .planned_tables import find_stored_type, prepare_tables
from .refills import (
    find_refill,
    load_refill_step,
    note_changed_functions,
    note_new_columns,
    record_unasked_columns,
)
from .resource_reader import ResourceReader
from .resource_tables import ResourceTables
from .sample import read_sample
from .spool import hold_back
from .time_range import choose_time_range
from .unreadable_objects import UnreadableObjects, find_stored_rows
from .user_steps import UserSteps
from .whole_list_loader import WholeListLoader
from .window_loader import WindowLoader

Bookmark = Incremental[Any]
"""How far earlier loads have read a resource, kept by dlt."""


@dataclass(frozen=True)
class Load:
    """What all resources of a run share.

    Attributes:
        settings: The arguments of `centra_source()`.
        shop: Where the rows come from.
        workers: Threads for the requests.
        queue: Centra's event queue.
        failures: The resources that could not be read.
        stored: What the destination holds.
    """

    settings: SourceSettings
    shop: Shop
    workers: Workers
    queue: EventQueue
    failures: Failures
    stored: StoredTables = field(default_factory=StoredTables)
    _accepted: list[object] = field(default_factory=list)

    def read(self, name: str, resource: Resource, bookmark: Bookmark | None) -> Items:
        """Yields the Arrow tables of one resource, each with the hints that merge it.

        Every table comes at least once without rows, so that it exists after the first run and is emptied if
        nothing is left of it. The bookmark moves when the last row has been handed over, and dlt saves it
        together with the load package.

        Args:
            name: Of the resource.
            resource: Its entry in the registry.
            bookmark: How far earlier loads have read it; None: it is read whole.

        Raises:
            CentraError: See exceptions.py. Nothing of the run is loaded. If failures are isolated, only what
                fails every resource is raised.
        """
        if pipeline := active_pipeline():
            self._refuse_inexact_merges(pipeline)
        if current_load_id():
            mark_source()
            keep_history_tables()
            refuse_missing_tables(name, self.stored)
        if bookmark:
            # Centra filters, and the rows of child tables hold no cursor that dlt could read.
            bookmark.advance(None)  # documented: only switches dlt's own filter off
        steps = UserSteps.of_current()
        steps.start()
        steps.is_loaded = is_loaded()
        items = self._read(name, resource, bookmark)
        if steps.limit:
            items = read_sample(name, items)
        if not steps.is_loaded and active_pipeline():
            items = _read_apart(name, items, bookmark)
        if self.settings.isolates_failures:
            self.shop.introspection.fitting_schema()  # without an answer, no resource can be read
            items = self.failures.isolate(name, items)
        yield from hand_out(items, name)

    def _refuse_inexact_merges(self, pipeline: Any) -> None:
        """Examines a destination once, as that takes as long as the loading of a short list."""
        if pipeline.destination not in self._accepted:
            refuse_inexact_merges(pipeline)
            self._accepted.append(pipeline.destination)

    def _read(self, name: str, resource: Resource, bookmark: Bookmark | None) -> Items:
        with self.workers:
            asked = yield from self._load_what_is_allowed(name, resource, bookmark)
        for sentence in asked.left_out:
            is_denied = sentence.startswith(TOKEN_LACKS)
            yield make_note_line(name, sentence, status="incomplete" if is_denied else "complete")
        misfits = self.shop.client.misfits[name]
        kept = find_kept_types(asked.tables, find_stored_type)
        for one in kept:
            yield make_note_line(name, one.describe(), OTHER_VALUES)
        for known in asked.other_types.keys() - {one.field for one in kept}:
            misfits.record_schema_type(known, asked.other_types[known])
        find_column = partial(name_column, asked)
        for sentence, has_loss in misfits.describe(self.shop.capabilities.has_value, find_column):
            status: Status = "incomplete" if has_loss else "complete"
            yield make_note_line(name, sentence, OTHER_VALUES, status=status)
        if filtered := UserSteps.of_current().filtered:
            yield make_note_line(name, f"add_filter() left out {filtered} objects.", FILTERED)

    def _load_what_is_allowed(
        self, name: str, resource: Resource, bookmark: Bookmark | None
    ) -> Generator[Any, None, Answerable]:
        """Loads a resource, leaving out what the shop refuses; returns what it was asked for in the end."""
        has_rows = False
        while True:
            asked = self.shop.capabilities.fit_resource(name)
            items = self._load(name, resource, asked, bookmark)
            if self.settings.isolates_failures and self._is_replaced(asked):
                items = hold_back(items)
            try:
                for found in items:
                    has_rows = has_rows or bool(found and len(found.data))
                    yield found
            except QueryRefused as refusal:
                # Centra checks the whole query before it answers any of it: nothing has been read so far.
                # A query for more of it can be refused later, and the next run knows that.
                if not self.shop.capabilities.record_refusal(refusal, asked) or has_rows:
                    raise
            else:
                return asked

    def _load(self, name: str, resource: Resource, asked: Answerable, bookmark: Bookmark | None) -> Items:
        tables = prepare_tables(asked, resource)
        if asked.operation is None:
            for table in tables:
                if table.name != TRANSLATIONS:
                    yield from declare_table(table)
            return
        settings, reader = self.settings, self._make_reader(name, resource, asked, asked.operation, tables)
        is_refresh, loaded = settings.full_refresh, reader.tables
        check_privacy(name, loaded.all, settings.privacy, is_replaced=loaded.is_replaced)
        yield from declare_table(UNREADABLE_OBJECTS)
        unreadable = UnreadableObjects(reader)
        is_sample = bool(loaded.steps.limit)
        is_all_read = not (settings.only_events or is_sample or (bookmark and bookmark.end_value))
        if asked.cursor and bookmark:
            check_shop(name, self.shop.client.host, is_refresh=is_refresh and not is_sample)
            planned = [*loaded.all]
            note_changed_functions(name, loaded.steps.describe_functions())
            if not settings.only_events:
                note_new_columns(name, asked, planned)
            if is_refresh:
                Refills.of_current().finish(name)
            if asked.cursor != "id":
                yield from self._load_changes(reader, asked.cursor, bookmark)
            elif not settings.only_events:
                is_whole = is_refresh or bool(find_refill(name, asked, planned))
                yield from load_growing_list(reader, bookmark, is_whole=is_whole)
                Refills.of_current().finish(name)
            if is_all_read:
                record_unasked_columns(name, asked, planned)
            if is_refresh:
                for table, rows in find_stored_rows(reader):
                    yield loaded.make_item(table, rows)
            elif is_all_read:
                yield from unreadable.load_again()
        elif not settings.only_events:
            yield from WholeListLoader(reader, self.stored, is_refresh=is_refresh or is_sample).load()
        yield from unreadable.record(is_all_read=is_all_read)
        yield from make_nested_lines(name, reader.nested, reader.client.app_version)
        for wide in loaded.wide:
            wide.warn_of_unseen(name)
            if lack := wide.explain_lack_of_room():
                yield make_note_line(name, lack, OTHER_VALUES, status="incomplete")

    def _is_replaced(self, asked: Answerable) -> bool:
        """Whether a load replaces the tables of a resource as a whole."""
        return (asked.cursor is None or self.settings.full_refresh) and not UserSteps.of_current().limit

    def _load_changes(self, reader: ResourceReader, cursor: str, bookmark: Incremental[datetime]) -> Items:
        """Loads what has changed since the bookmark, by its date and by events."""
        settings = self.settings
        started_at, now = utc_now(), self.shop.client.server_now()
        time_range = choose_time_range(
            reader.name,
            cursor,
            bookmark,
            lookbacks=settings.lookbacks,
            now=min(now, settings.until or now),
            started_at=started_at,
            is_refresh=settings.full_refresh,
        )
        refill = find_refill(reader.name, reader.asked, reader.tables.all)
        yield from reader.tables.declare_or_empty(reader.no_objects)
        # A full refresh, a closed range and a sample leave the event queue alone.
        is_open = not (settings.full_refresh or bookmark.end_value or reader.tables.steps.limit)
        is_regular = bool(active_pipeline() and is_open)
        feed = None
        # Deletions wait in the queue for a load that marks them.
        has_tables = reader.tables.steps.is_loaded
        if is_regular and has_tables and reader.resource.event and reader.asked.finds_objects:
            feed = ChangeFeed(reader, self.queue, ResourceState.of_current().events)
            yield from self.workers.wait_for(feed.take_events)
            if settings.sweep or (refill and refill.needs_sweep and not settings.only_events):
                yield from feed.sweep(bookmark.initial_value, time_range.window.start)
        if not settings.only_events:
            is_limited = not settings.full_refresh and not bookmark.end_value
            rows_per_load = settings.rows_per_load if is_limited else None
            state = ResourceState.of_current() if active_pipeline() else None
            odd = OddObjectReader(reader, state.odd_objects if state and is_regular else OddObjects())
            windows = WindowLoader(
                reader,
                window_rows=settings.window_rows,
                rows_per_load=rows_per_load,
                observers=[*([feed.observe] if feed else ()), odd.observe],
            )
            part = yield from windows.load(time_range.window)
            time_range.record_end(part)
            if refill and is_regular:
                yield from load_refill_step(reader.name, refill, windows, time_range.find_earlier(), part)
            yield from odd.read_again(windows)
            if state and not bookmark.end_value:
                state.record_odd_objects(odd.find_all())
        if feed:
            yield from feed.load()
        elif is_regular and reader.resource.part_of:
            yield from load_parent_deletions(reader, reader.resource.part_of)

    def _make_reader(
        self, name: str, resource: Resource, asked: Answerable, operation: Operation, tables: list[Table]
    ) -> ResourceReader:
        settings = self.settings
        readable = [table for table in tables if asked.can_fill(table)]
        loaded = ResourceTables(
            all=[table for table in tables if table.name != TRANSLATIONS],
            fillable=frozenset(table.name for table in readable) - settings.excluded.tables,
            wide=settings.wide.make_columns(
                name,
                resource,
                readable,
                lambda: ResourceState.of_current().wide_columns,
                most_columns=find_most_columns(active_pipeline()),
                most_values=find_most_values(active_pipeline()),
            ),
            is_replaced=self._is_replaced(asked),
            has_hard_deletes=settings.has_hard_deletes,
            leniency=Leniency(
                self.shop.client.misfits[name],
                self.shop.capabilities.is_nullable,
                keeps_nul=can_hold_nul(active_pipeline()),
            ),
            steps=UserSteps.of_current(),
        )
        page_size = settings.page_size or balance_page_size(operation, "first", self.shop.client.throttle)
        return ResourceReader(
            resource=resource,
            asked=asked,
            tables=loaded,
            client=self.shop.client,
            workers=self.workers,
            page_size=PageSize(page_size),
            nested=NestedLists(operation, asked.schema, asked.nested),
            quarantine=Quarantine(name, _find_essential_parts(asked, resource, loaded.main)),
        )


def _read_apart(name: str, items: Items, bookmark: Bookmark | None) -> Items:
    """Yields rows that only transformers get, and remembers apart from the tables how far they got them."""
    with separate_state(name, bookmark):
        yield from items


def _find_essential_parts(asked: Answerable, resource: Resource, main: Table) -> frozenset[Path]:
    """The parts of an object without which no row can be made of it, or its changes cannot be followed."""
    if asked.route:
        return frozenset({asked.route})
    keys = {column.path for column in main.columns if column.name in main.key and column.level == 0}
    named = {(name,) for name in ("id", resource.reference, asked.cursor) if name}
    return frozenset({*named, *main.lists[:1], *filter(None, keys)})
