"""Reads the events that wait in the queue: as many of them as the shop sends in one run.

Centra sends the oldest events that are not confirmed, and no page after them. The largest `limit` is unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dlt.common.time import ensure_pendulum_datetime

from .. import settings
from ..exceptions import QueryRefused, UnexpectedAnswer
from ..operations.documents import load_operation
from ..reading.list_reader import ListReader, find_maximum
from ..state import EventState

CHANGES = ("CREATED", "UPDATED", "COMPLETED", "DEPENDENT_DATA_CHANGED")
"""The kinds of change after which an object is read again. Deletions are always requested with them."""


@dataclass
class WaitingEvents:
    """The events of one kind of object that one run takes. Objects are identified by `objectReference`.

    Attributes:
        deleted: Deleted objects, each with the moment of its deletion (UTC).
        changed: Changed objects.
        events: The object of every event, by the number of the event.
        is_more_waiting: Whether more events than these may wait.
    """

    deleted: dict[int, datetime] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    events: dict[int, int] = field(default_factory=dict)
    is_more_waiting: bool = False

    def add(self, answer: Mapping[str, Any], limit: int) -> None:
        """Adds the answer to a request for so many events of each kind.

        Raises:
            UnexpectedAnswer: An event has another form than Centra documents.
        """
        try:
            for event in answer["deleted"]:
                self.deleted[event["objectReference"]] = ensure_pendulum_datetime(event["createdAt"])
            self.changed.update(event["objectReference"] for event in answer["changed"])
            for event in (*answer["deleted"], *answer["changed"]):
                self.events[event["id"]] = event["objectReference"]
            self.is_more_waiting |= limit in (len(answer["deleted"]), len(answer["changed"]))
        except (LookupError, TypeError, ValueError) as error:
            raise UnexpectedAnswer(f"events: Centra sent an event in another form ({error}).") from error


def make_event_filter(
    kind: str | None, limit: int = settings.EVENTS_LIMIT, change_types: Collection[str] = CHANGES
) -> dict[str, Any]:
    """Makes the variables that ask for the oldest events about a kind of object."""
    return {"objectType": [kind], "changeType": list(change_types), "limit": limit}


def read_waiting_events(kind: str | None, reader: ListReader, state: EventState) -> WaitingEvents:
    """Reads the oldest events about a kind of object.

    Where more than one request brings are waiting, more are requested at once, as many as the shop sends. If
    these are few, each kind of change is requested by itself.

    Args:
        kind: Centra's name of the object.
        reader: Sends the requests.
        state: Remembers the largest limit of the shop.

    Raises:
        CentraError: The shop refuses the query, or sends something else than events.
    """
    limit = settings.EVENTS_LIMIT
    found = _request(kind, reader, limit)
    if not found.is_more_waiting:
        return found
    while limit < (more := state.largest_limit or settings.EVENTS_AT_ONCE):
        try:
            found, limit = _request(kind, reader, more), more
        except QueryRefused as refusal:
            maximum = find_maximum(refusal)
            state.record_largest_limit(maximum if maximum and limit < maximum < more else limit)
    if not found.is_more_waiting or limit >= settings.EVENTS_AT_ONCE:
        return found
    found.is_more_waiting = False
    for change in CHANGES:
        found.add(_send(kind, reader, limit, [change]), limit)
    return found


def _request(kind: str | None, reader: ListReader, limit: int) -> WaitingEvents:
    found = WaitingEvents()
    found.add(_send(kind, reader, limit, CHANGES), limit)
    return found


def _send(kind: str | None, reader: ListReader, limit: int, change_types: Collection[str]) -> dict[str, Any]:
    return reader.request(load_operation("_events"), **make_event_filter(kind, limit, change_types))
