"""Loads what windows miss: deletions, silent edits and back-dated objects, found by events and by sweeps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from dlt.common.utils import chunks

from ..clock import utc_now
from ..destinations.stored_rows import read_stored_rows
from ..operations.rewriting import with_fields_only
from ..operations.selections import find_root
from ..reading.audit import make_audit_line
from ..reading.list_reader import ListReader
from ..reading.lists import read_objects
from ..reading.page_lists import WITH_ID
from ..reading.quarantine import Quarantine
from ..settings import PAGE_SIZES
from ..state import EventState
from ..tables.column_values import parse_known_timestamps
from ..tables.loader_tables import DELETED_OBJECTS, Status
from ..tables.merging import Items, declare_table, make_item
from ..tables.nodes import Page, get_values
from .deletions import find_missing_ids, find_stored_ids, make_deletion_rows, mark_stored_rows
from .events import Changes, EventQueue
from .resource_reader import ResourceReader

NO_PROOF = (
    "Centra breaks down over an object and does not show its id, so the sweep could not tell which objects "
    "were deleted. The next sweep finds out."
)


class ChangeFeed:
    """The changes of one resource in one run that move no timestamp.

    They are taken before the windows are read, so that whatever is read later is at least as new. An object
    that a window brings is not read again, and is not deleted by the same load.

    Args:
        reader: The resource.
        queue: Centra's event queue.
        state: What is remembered of the resource's events.
    """

    def __init__(self, reader: ResourceReader, queue: EventQueue, state: EventState) -> None:
        self._reader, self._queue, self._state = reader, queue, state
        self._reference, self._cursor = reader.resource.reference, reader.asked.cursor or "id"
        self._list_reader = reader.make_list_reader()
        self._started_at = utc_now()
        self._changes = Changes()
        self._note: str | None = None
        self._deleted_by_event: dict[Any, datetime] = {}
        self._deleted_by_sweep: dict[Any, datetime] = {}
        self._unknown: set[Any] = set()
        self._observed: set[Any] = set()
        self._has_listened = state.listening_since is not None

    def take_events(self) -> None:
        """Takes new events from the queue."""
        self._changes = self._queue.take(self._reader.resource, self._list_reader, self._state)
        self._note = self._changes.note
        deleted = dict(self._changes.deleted)
        for node in self._find_listed(self._reference, deleted):
            deleted.pop(node[self._reference], None)  # the shop has it all the same: it is read again
        self._deleted_by_event = deleted

    def sweep(self, oldest: datetime | None, start: datetime) -> Items:
        """Compares the ids at the destination with those that the shop lists.

        A stored object that the shop no longer lists is requested once more. An object from before the start
        of the windows that is not stored was given an earlier date when it was created, and is loaded. If the
        shop breaks down over the id of an object, no object counts as missing: it may be that one.

        Args:
            oldest: Where the windows of the first run started. What is older is not wanted.
            start: Where the windows of this run start.

        Raises:
            IncompleteRead: The list of ids is not proven complete, or too many ids are missing.
        """
        started_at, now = utc_now(), self._reader.client.server_now()
        main, quarantine = self._reader.tables.main, Quarantine(self._reader.name, frozenset(WITH_ID))
        list_reader = replace(self._make_id_reader(), quarantine=quarantine)
        stored = find_stored_ids(main)
        listed = yield from self._reader.workers.wait_for(
            lambda: self._collect_listed(read_objects(list_reader, {}), stored, oldest, start)
        )
        listed.update(one.identity for one in quarantine.found)
        is_proof = all(one.identity is not None for one in quarantine.found)
        missing = find_missing_ids(self._reader.name, stored, listed) if is_proof else set()
        missing -= {node["id"] for node in self._find_listed("id", missing)}
        references = read_stored_rows(main, main.root_key, missing)[self._reference].to_pylist()
        known = self._deleted_by_event
        self._deleted_by_sweep = {one: now for one in references if one not in known}
        yield make_audit_line(
            "sweep",
            list_reader,
            started_at,
            note=None if is_proof else NO_PROOF,
            status="complete" if is_proof else "incomplete",
        )

    def observe(self, nodes: Page) -> None:
        """Notes which objects a window has brought."""
        watched = {*self._changes.changed, *self._changes.deleted, *self._deleted_by_sweep, *self._unknown}
        self._observed.update(watched.intersection(get_values(nodes, (self._reference,)).to_pylist()))
        if self._has_listened:
            self._note = self._note or self._queue.explain_silence(self._reader.resource, self._state, nodes)

    def load(self) -> Items:
        """Marks deleted objects, reads changed objects again, and records the events of both in the state."""
        # The table exists after the first run even if nothing is ever deleted.
        yield from declare_table(DELETED_OBJECTS)
        yield from self._load_deletions(self._deleted_by_event, "event")
        yield from self._load_deletions(self._deleted_by_sweep, "sweep")
        changed = self._changes.changed.union(self._changes.deleted, self._unknown)
        changed -= self._deleted_by_event.keys()
        yield from self._reader.load_pages([self._read_again(changed)])
        # An object that was deleted while it was read is left to the next load.
        unused = self._deleted_by_event.keys() & self._observed
        events = self._changes.events.items()
        self._state.record_used_events(event for event, one in events if one not in unused)
        if self._list_reader.tally.calls or self._note:
            status: Status = "incomplete" if self._changes.is_broken else "complete"
            yield make_audit_line(
                "events", self._list_reader, self._started_at, note=self._note, status=status
            )

    def _load_deletions(self, deleted: Mapping[Any, datetime], noticed_through: str) -> Items:
        moments = {one: moment for one, moment in deleted.items() if one not in self._observed}
        if not moments:
            return
        tables, reference = self._reader.tables, self._reference
        stored = read_stored_rows(tables.main, reference, moments).to_pydict()
        ids = dict(zip(stored[reference], stored[tables.main.root_key], strict=True))
        by_id = {ids[one]: moment for one, moment in moments.items() if one in ids}
        for table, rows in mark_stored_rows(tables.all, by_id):
            yield tables.make_item(table, rows)
        rows = make_deletion_rows(self._reader.name, moments, ids, noticed_through)
        yield make_item(DELETED_OBJECTS, rows, DELETED_OBJECTS.root_key)

    def _read_again(self, references: Collection[Any]) -> Iterator[Page]:
        wanted = [one for one in references if one not in self._observed]
        for chunk in chunks(wanted, self._reader.page_size.largest):
            list_reader = self._reader.make_list_reader()
            yield from read_objects(list_reader, {self._reference: chunk}, len(chunk))
            self._list_reader.tally.add(list_reader.tally)

    def _find_listed(self, column: str, values: Collection[Any]) -> list[dict[str, Any]]:
        """Returns the objects with some ids or references that the shop has."""
        nodes: list[dict[str, Any]] = []
        for chunk in chunks(values, PAGE_SIZES[-1]):
            list_reader = self._make_id_reader()
            for page in read_objects(list_reader, {column: chunk}, len(chunk)):
                nodes += page.to_pylist()
            self._list_reader.tally.add_costs(list_reader.tally)
        return nodes

    def _collect_listed(
        self, pages: Iterable[Page], stored: Collection[Any], oldest: datetime | None, start: datetime
    ) -> set[Any]:
        """Returns the ids of all listed objects, and remembers those that are older and not stored."""
        listed: set[Any] = set()
        for page in pages:
            ids, references = (get_values(page, (key,)).to_pylist() for key in ("id", self._reference))
            moments = parse_known_timestamps(get_values(page, (self._cursor,))).to_pylist()
            listed.update(ids)
            if stored:  # otherwise nothing has been loaded yet
                self._unknown.update(
                    reference
                    for one, reference, moment in zip(ids, references, moments, strict=True)
                    if one not in stored and reference is not None
                    if moment and (oldest or moment) <= moment < start
                )
        return listed

    def _make_id_reader(self) -> ListReader:
        """Makes a reader of the resource's list that requests only ids, references and dates."""
        operation = self._reader.operation
        fields = dict.fromkeys(("id", self._reference, self._cursor))
        ids_only = with_fields_only(operation, find_root(operation).selection, fields)
        return ListReader(self._reader.client, ids_only)
