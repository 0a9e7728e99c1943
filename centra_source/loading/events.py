"""Centra's event queue: what was deleted, and what changed without moving a timestamp.

An event stays in the queue until it is confirmed. The run after the one that used it confirms it: its number
is in dlt's state, which is committed together with the rows. If a run crashes, its events are read again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from dlt.common import logger
from dlt.common.utils import chunks

from .. import settings
from ..exceptions import (
    CentraError,
    PermissionMissing,
    QueryRefused,
    ShopUnreachable,
    TokenRefused,
    UnexpectedAnswer,
)
from ..operations.documents import Operation, load_operation
from ..reading.list_reader import ListReader
from ..resources import Resource
from ..state import EventState
from ..tables.column_values import parse_known_timestamps
from ..tables.nodes import get_values
from .isolation import TOKEN_ACCEPTED_ELSEWHERE
from .listeners import describe_listeners, find_other_listeners, read_listeners
from .waiting_events import make_event_filter, read_waiting_events

SHARED_QUEUE = (
    "another system listens to it ({listeners}), and would lose the events that this pipeline confirms. "
    "Give the token an integration of its own in Centra."
)
ODD_EVENTS = (
    "Centra's event queue cannot be used for {count} of its events: Centra sent them in another form, "
    "without a usable number or object. They stay in the queue, and only --sweep finds what they are about. "
    "Report them to Centra."
)
SWEEP_ADVICE = "Until then only --sweep finds deleted objects."


@dataclass(frozen=True)
class Changes:
    """What the queue holds about one resource. Objects are identified by its `reference` column.

    Attributes:
        deleted: Deleted objects, each with the moment of its deletion (UTC).
        changed: Objects to read again.
        events: The object of every event, by the number of the event.
        note: What the owner of the token should know.
        is_broken: Whether the queue, or an event, could not be read although it may be: the next run tries
            again.
    """

    deleted: Mapping[int, datetime] = field(default_factory=dict)
    changed: frozenset[int] = frozenset()
    events: Mapping[int, int] = field(default_factory=dict)
    note: str | None = None
    is_broken: bool = False


@dataclass
class EventQueue:
    """The queue of the token's integration, as one run sees it.

    Attributes:
        policy: "auto" uses the queue unless another system listens to it as well. "on" does the same, and
            logs a warning if another system listens. "off" never uses it.
        has_events: Whether the shop has events about a kind of object.
        isolates_failures: Whether a queue that the shop does not answer for fails nothing else.
    """

    policy: str
    has_events: Callable[[str], bool] = lambda kind: True
    isolates_failures: bool = False
    _is_unusable: bool = False
    _is_exclusive: bool = False
    _has_explained: bool = False
    _lock: Lock = field(default_factory=Lock)

    def take(self, resource: Resource, reader: ListReader, state: EventState) -> Changes:
        """Confirms the events that the last load has used, and reads the events that have come since.

        Args:
            resource: Whose events.
            reader: Sends the requests.
            state: What is remembered of the resource's events.

        Returns:
            The changes. No changes and a note if the queue cannot be used; only the first resource of a run
            gets the note.
        """
        with self._lock:
            return self._take(resource, reader, state)

    def _take(self, resource: Resource, reader: ListReader, state: EventState) -> Changes:
        if self._is_unusable or not self._is_useful_for(resource):
            return Changes()
        try:
            confirmed = state.used_events
            is_listening = set(state.change_types) == set(resource.change_types)
            if confirmed or not is_listening:
                self._refuse_shared_queue(reader)
            if not is_listening:
                self._listen(resource, reader)
                state.record_listening(reader.client.server_now(), resource.change_types)
            if confirmed:
                self._confirm(confirmed, reader)
            waiting = read_waiting_events(resource.event, reader, state)
        except (QueryRefused, UnexpectedAnswer, ShopUnreachable, TokenRefused) as refusal:
            if isinstance(refusal, (ShopUnreachable, TokenRefused)) and not self.isolates_failures:
                raise
            if isinstance(refusal, TokenRefused) and not reader.client.is_answering():
                raise
            self._is_unusable = True
            reason = TOKEN_ACCEPTED_ELSEWHERE if isinstance(refusal, TokenRefused) else str(refusal)
            if isinstance(refusal, PermissionMissing):
                reason = "the token lacks Event:read or Event:write. Add both under System > API Tokens."
            note = f"Centra's event queue cannot be used: {reason} {SWEEP_ADVICE}"
            return Changes(note=note, is_broken=_is_breakdown(refusal))
        has_new = bool(waiting.events) and not set(confirmed) & waiting.events.keys()
        is_more_waiting = waiting.is_more_waiting and has_new
        state.record_answer(has_events=bool(waiting.events), is_more_waiting=is_more_waiting)
        odd = ODD_EVENTS.format(count=len(waiting.odd)) if waiting.odd else None
        return Changes(
            waiting.deleted, frozenset(waiting.changed), waiting.events, odd, is_broken=bool(waiting.odd)
        )

    def _confirm(self, events: Collection[int], reader: ListReader) -> None:
        """Removes events from the queue.

        Errors do not matter: an event that is not confirmed comes again, and is used again.
        """
        for some in chunks(events, settings.EVENTS_LIMIT):
            reader.request(load_operation("_confirm_events"), ids=some)

    def list_first_requests(self, resource: Resource) -> list[tuple[Operation, dict[str, Any]]]:
        """Returns what `take` sends for a resource on its first run, if the queue can be used."""
        if not self._is_useful_for(resource):
            return []
        return [
            (load_operation("_event_listeners"), {}),
            (load_operation("_listen"), _make_listeners(resource)),
            (load_operation("_events"), make_event_filter(resource.event)),
        ]

    def _is_useful_for(self, resource: Resource) -> bool:
        return self.policy != "off" and resource.event is not None and self.has_events(resource.event)

    def explain_silence(self, resource: Resource, state: EventState, nodes: pa.StructArray) -> str | None:
        """Returns a note if objects were updated since the pipeline subscribed, but no event ever came.

        A run gets the note once.

        Args:
            resource: Whose events.
            state: What is remembered of the resource's events.
            nodes: Objects that a window has brought.
        """
        is_useful = self.policy != "off" and not self._is_unusable and not self._has_explained
        if not is_useful or state.has_received_events or "UPDATED" not in resource.change_types:
            return None
        if not (state.listening_since and _are_updated_since(nodes, state.listening_since)):
            return None
        self._has_explained = True
        return (
            "Centra's event queue stays empty although the shop changes: "
            f"ask Centra to enable it for your shop. {SWEEP_ADVICE}"
        )

    def _refuse_shared_queue(self, reader: ListReader) -> None:
        """Checks once in a run that no other system needs the events, which confirming takes away from it.

        Raises:
            QueryRefused: Another system listens too.
        """
        if self._is_exclusive:
            return
        listeners = read_listeners(reader.request(load_operation("_event_listeners")).get("eventListeners"))
        others = find_other_listeners(listeners)
        if others:
            reason = SHARED_QUEUE.format(listeners=describe_listeners(others))
            if self.policy == "on":
                logger.warning(f'events = "on" is not possible: {reason}')
            raise QueryRefused(reason)
        self._is_exclusive = True

    def _listen(self, resource: Resource, reader: ListReader) -> None:
        answer = reader.request(load_operation("_listen"), **_make_listeners(resource))
        try:
            messages = [str(error["message"]) for error in answer["setEventListeners"]["userErrors"]]
        except (LookupError, TypeError) as error:
            raise UnexpectedAnswer(f"setEventListeners: Centra answers in another form ({error}).") from error
        if messages:
            raise QueryRefused(f"{messages[0].rstrip('.')}.")


def _is_breakdown(error: CentraError) -> bool:
    """Whether the shop has failed to answer for its queue, rather than refused to."""
    if isinstance(error, QueryRefused):
        is_answer = bool(error.complaints)  # another system that listens is no error of Centra
        return is_answer and not (error.is_invalid or isinstance(error, PermissionMissing))
    return True


def _make_listeners(resource: Resource) -> dict[str, Any]:
    return {"listeners": [{"objectType": resource.event, "changeTypes": resource.change_types}]}


def _are_updated_since(nodes: pa.StructArray, moment: datetime) -> bool:
    """Whether any of the objects was created before a moment and updated after it."""
    if any(nodes.type.get_field_index(name) < 0 for name in ("createdAt", "updatedAt")):
        return False
    created, updated = (
        parse_known_timestamps(get_values(nodes, (name,))) for name in ("createdAt", "updatedAt")
    )
    return bool(pc.any(pc.and_(pc.less(created, moment), pc.greater(updated, moment))).as_py())
