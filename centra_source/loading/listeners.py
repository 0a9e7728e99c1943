"""Who listens to the event queue of the token's integration: this pipeline, or another system too.

All tokens with the same integration name share one queue. Confirming an event removes it for all of them.
"""
# centra.dev/integration-api/handling-events, and "sharing an integration ... disables live event sync" in the
# README of centra-mcp, public client code

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..exceptions import UnexpectedAnswer
from ..resources import RESOURCES

ALL_CHANGES = frozenset(("CREATED", "UPDATED", "COMPLETED", "DELETED", "DEPENDENT_DATA_CHANGED"))
"""What a listener without chosen kinds of change receives."""


@dataclass(frozen=True)
class Listener:
    """One subscription of an integration.

    Attributes:
        integration: The name of the integration that has the queue.
        kind: Centra's name of the object.
        change_types: The kinds of change.
        since: The day of the subscription, as Centra writes it; None if it is not known.
    """

    integration: str
    kind: str
    change_types: tuple[str, ...]
    since: str | None

    @property
    def is_like_ours(self) -> bool:
        """Whether this package may have made it: it always subscribes to the same kinds of change.

        A queue whose listeners are all like ours may still belong to another copy of the pipeline.
        """
        return frozenset(self.change_types) in _list_own_changes(self.kind)

    def __str__(self) -> str:
        changes = "all changes" if set(self.change_types) >= ALL_CHANGES else ", ".join(self.change_types)
        return f"{self.kind} ({changes}{f', since {self.since}' if self.since else ''})"


def read_listeners(nodes: Any) -> tuple[Listener, ...]:
    """Reads what Centra answers to a query for `eventListeners`: normally a list of objects.

    Raises:
        UnexpectedAnswer: A listener has another form than Centra documents.
    """
    try:
        return tuple(
            Listener(
                node["integrationName"],
                node["objectType"],
                tuple(node["changeTypes"]),
                node["createdAt"][:10] if node.get("createdAt") else None,
            )
            for node in nodes
        )
    except (LookupError, TypeError, AttributeError) as error:
        raise UnexpectedAnswer(f"Centra sent a listener in another form ({error}).") from error


def find_other_listeners(listeners: Iterable[Listener]) -> tuple[Listener, ...]:
    """Returns the listeners that this package did not make, so that another system needs their events."""
    return tuple(one for one in listeners if not one.is_like_ours)


def describe_listeners(listeners: Iterable[Listener]) -> str:
    """Names some listeners, and the integration that they belong to."""
    listed = list(listeners)
    names = ", ".join(dict.fromkeys(one.integration for one in listed))
    return f"{', '.join(map(str, listed))}; integration {names}"


@cache
def _list_own_changes(kind: str) -> frozenset[frozenset[str]]:
    """Returns the sets of change types that this package subscribes to for a kind of object.

    An earlier version never subscribed to CREATED, and may have had fewer or more of the others.
    """
    current = {frozenset(one.change_types) for one in RESOURCES.values() if one.event == kind}
    return (
        frozenset(current | {frozenset(("DELETED",)), ALL_CHANGES - {"CREATED"}}) if current else frozenset()
    )
