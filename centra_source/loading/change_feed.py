"""Follows what no cursor shows: deletions and silent changes, by Centra's event queue and by sweeps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ..clock import utc_now
from ..destinations.stored_rows import read_stored_rows
from ..operations.rewriting import with_fields_only
from ..reading.audit import audit
from ..reading.connections import Reading
from ..reading.lists import objects
from ..settings import PAGE_SIZES
from ..state import EventState
from ..tables.loader_tables import DELETED_OBJECTS
from ..tables.merging import Items, declare_table, make_item
from ..tables.nodes import Page, get_values
from .deletions import listed_deletions, marked_rows, missing_ids, stored_ids
from .events import Changes, EventQueue
from .resource_reader import ResourceReader


class Follower:
    """The changes of one resource in one run that no cursor shows.

    They are taken before the windows are read, so that what is read later is at least as new. What is handed
    out by a window needs not be read again, and is not deleted by the same load.

    Args:
        reader: The resource.
        queue: Centra's event queue.
        state: Kept from run to run together with what was loaded.
    """

    def __init__(self, reader: ResourceReader, queue: EventQueue, state: EventState) -> None:
        self._reader, self._queue, self._state = reader, queue, state
        self._reference = reader.resource.reference
        self._reading = reader.reading()
        self._started_at = utc_now()
        self._changes = Changes()
        self._note: str | None = None
        self._deleted: dict[Any, datetime] = {}
        self._swept: dict[Any, datetime] = {}
        self._seen: set[Any] = set()
        self._has_listened = state.listening_since is not None

    def take(self) -> None:
        """Takes what is new from the event queue."""
        self._changes = self._queue.take(self._reader.resource, self._reading, self._state)
        self._note = self._changes.note
        self._deleted = dict(self._changes.deleted)
        for node in self._listed(self._reference, self._deleted):
            del self._deleted[node[self._reference]]  # it is there all the same, and is read again

    def sweep(self) -> Items:
        """Looks for stored objects that the shop lists no longer, asking for each of them once more.

        Raises:
            IncompleteRead: Centra's count of its ids is not met, or too many are missing.
        """
        started_at, now = utc_now(), self._reader.client.server_now()
        root, reading = self._reader.tables[0], self._ids_reading()
        stored = stored_ids(root)
        listed = yield from self._reader.workers.result_of(lambda: _ids(objects(reading, {})))
        missing = missing_ids(self._reader.name, stored, listed)
        missing -= {node["id"] for node in self._listed("id", missing)}
        references = read_stored_rows(root, root.root_key, missing)[self._reference].to_pylist()
        self._swept = {one: now for one in references if one not in self._deleted}
        yield audit("sweep", reading, started_at)

    def see(self, nodes: Page) -> None:
        """Notes what a window hands out."""
        watched = {*self._changes.changed, *self._changes.deleted, *self._swept}
        self._seen.update(watched.intersection(get_values(nodes, (self._reference,)).to_pylist()))
        if self._has_listened:
            self._note = self._note or self._queue.silence(self._reader.resource, self._state, nodes)

    def finish(self) -> Items:
        """Marks what is deleted, reads again what has changed, and keeps the events of both in the state."""
        # The table exists after the first run even if nothing is ever deleted.
        yield from declare_table(DELETED_OBJECTS)
        for moments, noticed_through in ((self._deleted, "event"), (self._swept, "sweep")):
            moments = {one: moment for one, moment in moments.items() if one not in self._seen}
            if moments:
                yield from self._delete(moments, noticed_through)
        changed = self._changes.changed.union(self._changes.deleted) - self._deleted.keys()
        for nodes in self._reader.batches([self._reread(changed)]):
            yield from [None] if nodes is None else self._reader.rows(nodes)
        # An object that was deleted while it was read is left to the next load.
        unused = self._deleted.keys() & self._seen
        events = self._changes.events.items()
        self._state.record_used_events(event for event, one in events if one not in unused)
        if self._reading.calls or self._note:
            yield audit("events", self._reading, self._started_at, None, self._note)

    def _delete(self, moments: Mapping[Any, datetime], noticed_through: str) -> Items:
        root = self._reader.tables[0]
        stored = read_stored_rows(root, self._reference, moments).to_pydict()
        ids = dict(zip(stored[self._reference], stored[root.root_key], strict=True))
        by_id = {ids[one]: moment for one, moment in moments.items() if one in ids}
        for table, rows in marked_rows(self._reader.tables, by_id):
            yield self._reader.item(table, rows)
        listed = listed_deletions(self._reader.name, moments, ids, noticed_through)
        yield make_item(DELETED_OBJECTS, listed, DELETED_OBJECTS.root_key)

    def _reread(self, references: Collection[Any]) -> Iterator[Page]:
        wanted = [one for one in references if one not in self._seen]
        for batch in _chunks(wanted, self._reader.page_size.largest):
            reading = self._reader.reading()
            yield from objects(reading, {self._reference: batch}, len(batch))
            self._reading.absorb(reading)

    def _listed(self, column: str, values: Collection[Any]) -> list[dict[str, Any]]:
        """Which objects of some ids or references the shop has."""
        nodes: list[dict[str, Any]] = []
        for batch in _chunks(list(values), PAGE_SIZES[-1]):
            reading = self._ids_reading()
            for page in objects(reading, {column: batch}, len(batch)):
                nodes += page.to_pylist()
            reading.loaded, reading.expected = 0, None
            self._reading.absorb(reading)
        return nodes

    def _ids_reading(self) -> Reading:
        fields = dict.fromkeys(("id", self._reference))
        few = with_fields_only(self._reader.operation, self._reader.root.selection, fields)
        return self._reader.reading(few)


def followed_deletions(reader: ResourceReader, whole: str) -> Items:
    """Marks the parts of objects that earlier loads of another resource have found deleted."""
    deleted = read_stored_rows(DELETED_OBJECTS, "resource", [whole]).to_pydict()
    moments = dict(zip(deleted["object_id"], deleted["deleted_at"], strict=True))
    by_id = {one: moments[str(one)] for one in stored_ids(reader.tables[0]) if str(one) in moments}
    for table, rows in marked_rows(reader.tables, by_id) if by_id else ():
        yield reader.item(table, rows)


def _ids(pages: Iterable[Page]) -> set[Any]:
    return {one for page in pages for one in get_values(page, ("id",)).to_pylist()}


def _chunks(values: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
