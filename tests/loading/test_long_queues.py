"""A long queue of events is worked off in few loads, and none is confirmed before its load is committed."""

from __future__ import annotations

from typing import Any

import pytest

from centra_sandbox import OtherValue, Sandbox
from centra_source import UnexpectedAnswer, settings
from centra_source.loading.waiting_events import WaitingEvents

from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.target import Target

ONE_REQUEST, EVENTS, DELETED = 20, 240, 3
CHANGES = ("CREATED", "UPDATED", "COMPLETED", "DEPENDENT_DATA_CHANGED")

CREATED = "2026-12-01T10:00:00+00:00"
CHANGED = {"id": 9, "objectReference": 7, "createdAt": CREATED}
OPERATIONS = {"events": "events", "event_listeners": "eventListeners"}

LOADS = {20: 5, 45: 4, 1_000: 2}
"""How many loads it takes at most, by the largest limit of the shop: the last one confirms."""


@pytest.mark.full
@pytest.mark.parametrize("maximum", representative(LOADS, 20, 1_000))
def test_long_queue_is_worked_off_in_few_loads(
    target: Target, monkeypatch: pytest.MonkeyPatch, maximum: int
) -> None:
    """As many events at once as the shop sends, or those of each kind of change."""
    monkeypatch.setattr(settings, "EVENTS_LIMIT", ONE_REQUEST)
    monkeypatch.setattr(settings, "EVENTS_AT_ONCE", 500)
    with Sandbox(products=6, orders=30, events_maximum=maximum) as sandbox:
        shop = sandbox.shop
        target.load(sandbox, "returns")
        first, *others = shop.returns
        for number in range(EVENTS):
            shop.announce(first, CHANGES[number % len(CHANGES)])
        for one in others:  # at the end of the queue
            shop.touch_silently(one, comment="Changed without a date")
            shop.announce(one, "UPDATED")
        shop.remove(*others[:DELETED])
        queued = [len(shop.events.queue)]
        sandbox.requests.clear()
        while shop.events.queue:
            target.load(sandbox, "returns", only_events=True)
            queued.append(len(shop.events.queue))
            assert len(queued) <= LOADS[maximum] + 1
        # The first load has used some, and confirmed none of them.
        assert queued[0] == queued[1] > queued[2]
        # What the shop refuses is asked for once, in all loads.
        asked = [one.variables["limit"] for one in sandbox.requests if one.operation == "events"]
        assert {one for one in asked if one > maximum} <= {500}
        assert maximum > 500 or asked.count(500) == 1
        for mutation in (one for one in sandbox.requests if one.operation == "confirmEvents"):
            assert len(mutation.variables["ids"]) <= ONE_REQUEST
        present = [row for row in target.rows("returns") if row["deleted_at"] is None]
        assert find_differences(shop, "returns", present) == []
        assert len(target.rows("deleted_objects")) == DELETED


@pytest.mark.parametrize("name", ["events", "event_listeners"])
def test_events_in_another_form_leave_the_queue_alone(target: Target, name: str) -> None:
    """The rest is loaded, with a note."""
    with Sandbox(products=6, orders=12) as sandbox:
        target.load(sandbox, "returns")
        for _ in range(2):
            for one in sandbox.shop.returns:
                sandbox.shop.announce(one, "UPDATED")
            if name == "event_listeners":  # they are looked at before events are confirmed
                target.load(sandbox, "returns")
        path = ("changed", None, "id") if name == "events" else ("eventListeners", None, "changeTypes")
        sandbox.fail(OtherValue(path, [1] if name == "events" else 5), OPERATIONS[name], times=100)
        target.load(sandbox, "returns")
        (note,) = [row["note"] for row in target.audit("returns", "events") if row["note"]]
        assert "Centra's event queue cannot be used" in note
        assert "in another form" in note
        assert find_differences(sandbox.shop, "returns", target.rows("returns")) == []


ODD_EVENTS: list[Any] = [
    None,
    5,
    {},
    {"id": 1, "objectReference": None, "createdAt": CREATED},
    {"id": 1, "objectReference": "abc", "createdAt": CREATED},
    {"id": 1, "objectReference": True, "createdAt": CREATED},
    {"id": 1, "objectReference": 2**40, "createdAt": CREATED},
    {"id": [1], "objectReference": 4, "createdAt": CREATED},
    {"id": None, "objectReference": 4, "createdAt": CREATED},
]
"""Events that cannot be confirmed, or that name no object that the shop could be asked for."""


def test_odd_event_leaves_the_others() -> None:
    """It is counted once, and is neither used nor confirmed. A date that is none proves a deletion too."""
    undated = {"id": 8, "objectReference": 3, "createdAt": "-0001-11-30T00:00:00+00:00"}
    for odd in ODD_EVENTS:
        found = WaitingEvents()
        for _ in range(2):  # as when each kind of change is asked for
            found.add({"deleted": [odd, undated], "changed": [CHANGED, odd]}, 100)
        assert (found.events, found.changed, set(found.deleted), len(found.odd)) == (
            {8: 3, 9: 7},
            {7},
            {3},
            1,
        )
    lists: tuple[Any, ...] = ("", {}, None, 5)
    for value in lists:
        with pytest.raises(UnexpectedAnswer):
            WaitingEvents().add({"deleted": value, "changed": []}, 100)


def test_odd_event_is_named_and_fails_nothing(target: Target) -> None:
    """Every load names it, until the shop sends it as it should be. The line on it is not complete."""
    with Sandbox(products=6, orders=12) as sandbox:
        target.load(sandbox, "orders")
        gone, *_ = sandbox.shop.orders
        sandbox.shop.announce(sandbox.shop.orders[1], "UPDATED")
        sandbox.shop.remove(gone)
        sandbox.fail(OtherValue(("changed", 0, "objectReference"), "abc"), "events", times=100)
        for _ in range(2):
            target.load(sandbox, "orders")
        lines = [(row["status"], row["note"]) for row in target.audit("orders", "events") if row["note"]]
        assert len(lines) == 2
        assert all(status == "incomplete" and "1 of its events" in note for status, note in lines)
        assert [row["id"] for row in target.rows("orders") if row["deleted_at"]] == [gone["id"]]
        sandbox.recover()
        for _ in range(2):
            target.load(sandbox, "orders")
        assert len([row for row in target.audit("orders", "events") if row["note"]]) == 2
        assert not sandbox.shop.events.queue
