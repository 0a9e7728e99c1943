"""Centra's event queue: what was deleted, and what changed without moving a timestamp.

An event is confirmed, which takes it off the queue, by the run after the one that used it: its number travels
in dlt's state, which is committed together with the rows. Until then a crash means that it is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from dlt.common.time import ensure_pendulum_datetime

from .. import settings
from ..exceptions import PermissionMissing, QueryRefused
from ..operations.documents import Operation, load_operation
from ..reading.connections import Reading
from ..resources import RESOURCES, Resource
from ..state import EventState
from ..tables.nodes import get_values, parse_timestamps

SWEEP_ADVICE = "Until then deleted objects are found by --sweep only."


@dataclass(frozen=True)
class Changes:
    """What the queue holds about one resource; objects are named as its `reference` column names them.

    Attributes:
        deleted: Objects that are gone, each with the moment (UTC) of its deletion.
        changed: Objects to read again.
        events: Every event's number and its object.
        note: What the owner of the token should know.
    """

    deleted: Mapping[int, datetime] = field(default_factory=dict)
    changed: frozenset[int] = frozenset()
    events: Mapping[int, int] = field(default_factory=dict)
    note: str | None = None


@dataclass
class EventQueue:
    """The queue of the token's integration, as one run sees it.

    Attributes:
        policy: "auto" leaves a queue alone to which others listen too, "on" never does, "off" always.
        knows: Whether the shop has events of some kind of object.
    """

    policy: str
    knows: Callable[[str], bool] = lambda event: True
    _is_closed: bool = False
    _is_ours: bool = False
    _is_told: bool = False
    _turn: Lock = field(default_factory=Lock)

    def take(self, resource: Resource, reading: Reading, state: EventState) -> Changes:
        """Confirms what the last load has used, and reads what has come since.

        Args:
            resource: Whose events.
            reading: Sends the requests.
            state: Kept from run to run together with what was loaded.

        Returns:
            Nothing, and why, if the queue cannot be used; that is said for the first resource of a run only.
        """
        with self._turn:
            return self._take(resource, reading, state)

    def _take(self, resource: Resource, reading: Reading, state: EventState) -> Changes:
        if self._is_closed or not self._is_of_use_for(resource):
            return Changes()
        try:
            if state.listening_since is None:
                self._listen(resource, reading)
                state.start_listening(reading.client.server_now())
            confirmed = state.used_events
            if confirmed:
                # Errors are of no matter: what is not confirmed comes again, and is used again.
                reading.ask(load_operation("_confirm_events"), ids=list(confirmed))
            data = reading.ask(load_operation("_events"), **_wanted(resource))
        except QueryRefused as refusal:
            self._is_closed = True
            reason = str(refusal)
            if isinstance(refusal, PermissionMissing):
                reason = "the token lacks Event:read or Event:write, to be added under System > API Tokens."
            return Changes(note=f"Centra's event queue cannot be used: {reason} {SWEEP_ADVICE}")
        deleted, changed = data["deleted"], data["changed"]
        events = {event["id"]: event["objectReference"] for event in (*deleted, *changed)}
        is_full = settings.EVENTS_LIMIT in (len(deleted), len(changed))
        is_more_waiting = is_full and not set(confirmed) & events.keys()
        state.record_answer(has_events=bool(events), is_more_waiting=is_more_waiting)
        return Changes(
            {event["objectReference"]: ensure_pendulum_datetime(event["createdAt"]) for event in deleted},
            frozenset(event["objectReference"] for event in changed),
            events,
        )

    def first_requests(self, resource: Resource) -> list[tuple[Operation, dict[str, Any]]]:
        """What `take` sends for a resource on its first run, if the queue can be used."""
        if not self._is_of_use_for(resource):
            return []
        requests: list[tuple[Operation, dict[str, Any]]] = [
            (load_operation("_listen"), _listener(resource)),
            (load_operation("_events"), _wanted(resource)),
        ]
        if self.policy == "auto":
            requests.insert(0, (load_operation("_event_listeners"), {}))
        return requests

    def _is_of_use_for(self, resource: Resource) -> bool:
        return self.policy != "off" and resource.event is not None and self.knows(resource.event)

    def silence(self, resource: Resource, state: EventState, nodes: pa.StructArray) -> str | None:
        """What to say once when objects have been updated since we listen, but never an event came."""
        is_of_use = self.policy != "off" and not self._is_closed and not self._is_told
        if not is_of_use or state.has_received_events or "UPDATED" not in resource.change_types:
            return None
        if not (state.listening_since and _are_updated_since(nodes, state.listening_since)):
            return None
        self._is_told = True
        return (
            "Centra's event queue stays empty although the shop changes: "
            f"ask Centra to switch it on for your shop. {SWEEP_ADVICE}"
        )

    def _listen(self, resource: Resource, reading: Reading) -> None:
        if self.policy == "auto" and not self._is_ours:
            if is_shared(reading.ask(load_operation("_event_listeners"))["eventListeners"]):
                raise QueryRefused(
                    "another system listens to it, and whatever is taken from the queue is lost for that "
                    'one. Give this loader an integration of its own, or set events = "on" if it has one.'
                )
            self._is_ours = True
        payload = reading.ask(load_operation("_listen"), **_listener(resource))["setEventListeners"]
        for error in payload["userErrors"]:
            raise QueryRefused(f"{error['message'].rstrip('.')}.")


def is_shared(listeners: Iterable[Mapping[str, Any]]) -> bool:
    """Whether another system listens, too: to more than this one ever does."""
    ours = {known.event: known.change_types for known in RESOURCES.values() if known.event}
    return any(not set(one["changeTypes"]) <= set(ours.get(one["objectType"], ())) for one in listeners)


def _listener(resource: Resource) -> dict[str, Any]:
    return {"listeners": [{"objectType": resource.event, "changeTypes": resource.change_types}]}


def _wanted(resource: Resource) -> dict[str, Any]:
    return {"objectType": [resource.event], "limit": settings.EVENTS_LIMIT}


def _are_updated_since(nodes: pa.StructArray, moment: datetime) -> bool:
    """Whether one of some objects was created before a moment and updated after it."""
    if any(nodes.type.get_field_index(name) < 0 for name in ("createdAt", "updatedAt")):
        return False
    created, updated = (parse_timestamps(get_values(nodes, (name,))) for name in ("createdAt", "updatedAt"))
    return bool(pc.any(pc.and_(pc.less(created, moment), pc.greater(updated, moment))).as_py())
