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
from ..api.client import LARGEST_INT
from ..clock import utc_now
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
        odd: Events without a usable number or object, as they were sent. They stay in the queue.
        is_more_waiting: Whether more events than these may wait.
    """

    deleted: dict[int, datetime] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    events: dict[int, int] = field(default_factory=dict)
    odd: set[str] = field(default_factory=set)
    is_more_waiting: bool = False

    def add(self, answer: Mapping[str, Any], limit: int) -> None:
        """Adds the answer to a request for so many events of each kind.

        Raises:
            UnexpectedAnswer: It holds no lists of events.
        """
        lists = {kind: answer.get(kind) for kind in ("deleted", "changed")}
        for kind, events in lists.items():
            if not isinstance(events, list):
                raise UnexpectedAnswer(f"events: Centra sent {kind} events in another form than a list.")
            self.is_more_waiting |= len(events) == limit
            for event in events:
                number, reference = _get_number(event, "id"), _get_number(event, "objectReference")
                if number is None or reference is None:
                    self.odd.add(str(event))
                    continue
                self.events[number] = reference
                if kind == "deleted":
                    self.deleted[reference] = _parse_deletion(event.get("createdAt"))
                else:
                    self.changed.add(reference)


def _get_number(event: Any, name: str) -> int | None:
    """Returns a number of an event; None if it is none that Centra takes back as an `Int`."""
    value = event.get(name) if isinstance(event, dict) else None
    return value if type(value) is int and abs(value) <= LARGEST_INT else None


def _parse_deletion(created_at: Any) -> datetime:
    """Returns the moment of a deletion: that of the event, or the present one if the event has no usable."""
    try:
        return ensure_pendulum_datetime(created_at)
    except (TypeError, ValueError, OverflowError):
        return utc_now()


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
