"""The event queue belongs to all tokens of an integration: nobody else's events are confirmed."""

from __future__ import annotations

import logging

import pytest

from centra_sandbox import Request, Sandbox
from centra_source import RESOURCES
from centra_source.api.client import Client
from centra_source.api.retries import Retries
from centra_source.api.throttle import Throttle
from centra_source.loading.events import Changes, EventQueue
from centra_source.operations.documents import load_operation
from centra_source.reading.list_reader import ListReader
from centra_source.state import EventState

from ..support.selection import representative
from ..support.target import Target


def list_requests(sandbox: Sandbox, operation: str) -> list[Request]:
    """The requests of one operation so far."""
    return [request for request in sandbox.requests if request.operation == operation]


def find_notes(target: Target) -> list[str]:
    """The notes in the audit for the owner of the token."""
    return [row["note"] for row in target.rows("load_audit") if row["note"]]


@pytest.mark.parametrize("policy", representative(["auto", "on"], "on"))
def test_queue_of_another_system_is_left_alone(
    small_shop: Sandbox, target: Target, policy: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Confirming would take events away from another system: then the queue is not used, and it is named."""
    small_shop.shop.events.listen([{"objectType": "Customer"}])
    small_shop.shop.announce(small_shop.shop.customers[0], "UPDATED")
    dlt_logger = logging.getLogger("dlt")
    dlt_logger.addHandler(caplog.handler)
    try:
        target.load(small_shop, "orders", "returns", events=policy)
    finally:
        dlt_logger.removeHandler(caplog.handler)
    assert list_requests(small_shop, "events") == []
    assert set(small_shop.shop.events.listeners) == {"Customer"}
    (note,) = find_notes(target)
    named = f"Customer (all changes, since {small_shop.clock.now().date()}); integration sandbox"
    assert f"another system listens to it ({named})" in note
    warned = [one.getMessage() for one in caplog.records if named in one.getMessage()]
    assert len(warned) == (policy == "on")


def take_events(sandbox: Sandbox, policy: str, state: EventState, resource: str = "orders") -> Changes:
    """What one run takes from the queue, without a load."""
    client = Client(sandbox.url, sandbox.token, Retries(), Throttle())
    reader = ListReader(client, load_operation(resource))
    return EventQueue(policy).take(RESOURCES[resource], reader, state)


@pytest.mark.parametrize("policy", ["auto", "on"])
def test_system_that_comes_later_loses_no_event(small_shop: Sandbox, policy: str) -> None:
    """The pipeline stops confirming as soon as another system listens too."""
    queue, state = small_shop.shop.events, EventState({})
    take_events(small_shop, policy, state)
    small_shop.shop.announce(small_shop.shop.orders[0], "UPDATED")
    changes = take_events(small_shop, policy, state)
    state.record_used_events(changes.events)
    queue.listen([{"objectType": "Shipment", "changeTypes": ["CREATED"]}])
    left = take_events(small_shop, policy, state)
    assert "Shipment (CREATED, since" in str(left.note)
    assert [event["id"] for event in queue.queue] == list(changes.events) != []
    queue.unlisten([{"objectType": "Shipment"}])
    assert take_events(small_shop, policy, state).note is None
    assert queue.queue == []


def test_pipeline_of_an_earlier_version_subscribes_to_what_is_used_now(small_shop: Sandbox) -> None:
    """It has subscribed to fewer kinds of change; the moment since when it listens stays."""
    queue, before = small_shop.shop.events, small_shop.clock.now()
    queue.listen([{"objectType": "Order", "changeTypes": ["DELETED"]}])
    state = EventState({"since": before})
    take_events(small_shop, "auto", state)
    small_shop.shop.announce(small_shop.shop.orders[0], "UPDATED")
    assert len(take_events(small_shop, "auto", state).changed) == 1
    assert state.listening_since == before
    assert len(list_requests(small_shop, "setEventListeners")) == 1


OURS = RESOURCES["orders"].change_types


@pytest.mark.parametrize(
    ("kind", "changes", "is_other"),
    [
        ("AdminUser", list(OURS), True),  # nothing here listens to it
        ("Order", None, True),  # all changes, also CREATED
        ("Order", ["CREATED"], True),
        ("Order", [*OURS, "CREATED"], True),
        ("Order", ["UPDATED"], True),  # less than this package ever asks for
        ("Order", list(OURS), False),  # a database of before
        ("Order", ["DELETED"], False),  # an earlier version of this package
        ("ProductSize", ["DELETED"], False),
    ],
)
def test_own_listeners_are_distinguished_from_those_of_others(
    small_shop: Sandbox, kind: str, changes: list[str] | None, is_other: bool
) -> None:
    """This package always subscribes to the same kinds of change; nobody else is confirmed away."""
    small_shop.shop.events.listen([{"objectType": kind, "changeTypes": changes}])
    note = take_events(small_shop, "auto", EventState({})).note
    assert ("another system listens to it" in str(note)) is is_other


def test_other_systems_are_looked_for_once_in_a_run(small_shop: Sandbox) -> None:
    """And not at all in a run that confirms nothing."""
    client = Client(small_shop.url, small_shop.token, Retries(), Throttle())
    states = {name: EventState({}) for name in ("orders", "returns")}
    for expected in (1, 1):  # the second run confirms nothing
        queue = EventQueue("auto")
        for name, state in states.items():
            queue.take(RESOURCES[name], ListReader(client, load_operation(name)), state)
        assert len(list_requests(small_shop, "eventListeners")) == expected
