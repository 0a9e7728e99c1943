"""Lists the objects that Centra breaks down over, and asks for them again in each run until they are read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
from dlt.common.utils import chunks

from ..clock import utc_now
from ..destinations.stored_rows import read_stored_rows
from ..operations.object_parts import name_parts
from ..reading.audit import make_note_line
from ..reading.lists import read_objects
from ..reading.quarantine import Unreadable
from ..state import ResourceState, active_pipeline
from ..tables.loader_tables import UNREADABLE, UNREADABLE_OBJECTS
from ..tables.merging import Items, make_item
from ..tables.nodes import Page
from ..tables.table import Table, arrow_schema
from .resource_reader import ResourceReader

NAMED = 5
"""How many objects the note in `load_audit` names."""


class UnreadableObjects:
    """The objects of one resource that Centra has broken down over, in this run and before it.

    Args:
        reader: The resource.
    """

    def __init__(self, reader: ResourceReader) -> None:
        self._reader = reader
        self._kept = ResourceState.of_current().unreadable
        self._now = utc_now()
        for one in self._kept.values():
            if parts := frozenset(map(tuple, one["parts"])):
                reader.quarantine.known_parts[parts] = None

    def load_again(self) -> Items:
        """Loads the objects of earlier runs that can be read by now, whole or at least in part."""
        met = {_name(one) for one in self._reader.quarantine.found}
        waiting = [one for name, one in self._kept.items() if name not in met]
        if waiting:
            yield from self._reader.load_pages([self._read_again(waiting)])

    def _read_again(self, waiting: Collection[Mapping[str, Any]]) -> Iterator[Page]:
        can_find = self._reader.asked.finds_objects
        ids = [one["identity"] for one in waiting if can_find and one["identity"] is not None]
        filters: list[tuple[Mapping[str, Any], int | None]] = []
        filters += [({"id": chunk}, len(chunk)) for chunk in chunks(ids, self._reader.page_size.largest)]
        for one in waiting:
            is_found = can_find and one["identity"] is not None
            if not is_found and (one["where"], None) not in filters:
                filters.append((one["where"], None))
        for where, count in filters:
            yield from read_objects(self._reader.make_list_reader(), where, count)

    def record(self, *, is_all_read: bool) -> Items:
        """Yields the rows of `unreadable_objects` and a line of `load_audit`, and keeps the list.

        Args:
            is_all_read: All objects of the list were asked for: those that were not met can be read.
        """
        found = {_name(one): one for one in self._reader.quarantine.found}
        rows = []
        for name, one in found.items():
            known = self._kept.get(name, {})
            self._kept[name] = {
                "identity": one.identity,
                "place": known.get("place", one.place),
                "where": known.get("where", dict(one.where)),
                "fields": ", ".join(name_parts(self._reader.operation, one.parts)) or None,
                "parts": [list(part) for part in one.parts],
                "error": one.error,
                "first_seen": known.get("first_seen", self._now),
                "last_seen": self._now,
            }
            rows.append(self._make_row(name, None))
        for name in [name for name in self._kept if is_all_read and name not in found]:
            rows.append(self._make_row(name, self._now))
            del self._kept[name]
        if rows:
            yield make_item(
                UNREADABLE_OBJECTS,
                pa.Table.from_pylist(rows, schema=arrow_schema(UNREADABLE_OBJECTS)),
                UNREADABLE_OBJECTS.root_key,
            )
        if found:
            yield make_note_line(self._reader.name, self._describe(found), UNREADABLE, status="incomplete")

    def _make_row(self, name: str, resolved_at: datetime | None) -> dict[str, Any]:
        one = self._kept[name]
        identity = one["identity"]
        return {
            "id": f"{self._reader.name} {name}",
            "resource": self._reader.name,
            "object_id": None if identity is None else name,
            "place": one["place"],
            "fields": one["fields"],
            "error": one["error"],
            "first_seen": one["first_seen"],
            "last_seen": one["last_seen"],
            "resolved_at": resolved_at,
        }

    def _describe(self, found: Mapping[str, Unreadable]) -> str:
        named = [f"{name} ({self._kept[name]['fields'] or 'all of it'})" for name in list(found)[:NAMED]]
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        return (
            f"Centra breaks down over {len(found)} of its objects: {', '.join(named)}{more}. What can be "
            "read of them is loaded, unreadable_objects lists them, and each run asks for them again. Report "
            "them to Centra."
        )


def find_stored_rows(
    reader: ResourceReader, *, is_for_parts: bool = False
) -> Iterator[tuple[Table, pa.Table]]:
    """Yields the stored rows of what could not be read, for tables that a load replaces as a whole.

    Nothing if the objects were asked for inside others: which of them these would hold, is not known.

    Args:
        reader: The resource.
        is_for_parts: Only the rows of lists that could not be read in objects that were.
    """
    main, found = reader.tables.main, reader.quarantine.found
    if not found or reader.asked.route or not active_pipeline():
        return
    whole = {one.identity for one in found if one.is_whole and one.identity is not None}
    whole = set() if is_for_parts else whole
    for table in reader.tables.all:
        partly = {
            one.identity
            for one in found
            if any(table.lists and table.lists[0][: len(part)] == part for part in one.parts)
        }
        if wanted := whole | partly:
            rows = _read_rows(table, main.key, wanted)
            if rows.num_rows:
                yield table, rows


def _read_rows(table: Table, key: tuple[str, ...], identities: Collection[Any]) -> pa.Table:
    """Reads the stored rows of some objects: by their ids, or by the first columns of their key."""
    composed = {one for one in identities if isinstance(one, tuple)}
    roots = {one[0] if isinstance(one, tuple) else one for one in identities}
    rows = read_stored_rows(table, table.root_key, roots)
    if not composed:
        return rows
    width = len(next(iter(composed)))
    found = zip(*(rows[name].to_pylist() for name in key[:width]), strict=True)
    wanted = [one in composed or one[0] in identities for one in found]
    return rows.filter(pa.array(wanted, pa.bool_()))


def _name(one: Unreadable) -> str:
    """Names an object: by its id, or by the ids of what it refers to, or by its place in the list."""
    if one.identity is None:
        return one.place
    return ", ".join(map(str, one.identity)) if isinstance(one.identity, tuple) else str(one.identity)
