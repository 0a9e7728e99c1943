"""The change feed."""

from collections.abc import Callable
from typing import Any

import pytest

from centra_sandbox import Sandbox

Ask = Callable[..., dict[str, Any]]

LISTEN = """mutation q($input: [EventListenerSetInput!]!) {
  setEventListeners(input: $input) { userErrors { message } } }"""
CONFIRM = "mutation q($ids: [Int!]!) { confirmEvents(input: {eventsIds: $ids}) { userErrors { path } } }"

EVENTS = """query q($where: EventFilter, $limit: Int) {
  events(where: $where, limit: $limit) {
  id objectType changeType objectReference store { id }
  object { __typename ... on Product { productId: id }
    ... on DirectToConsumerOrder { orderId: id number } } } }"""


def changes(ask: Ask, sandbox: Sandbox, **variables: Any) -> list[tuple[str, str]]:
    """Type and change of the queued events."""
    events = ask(sandbox, EVENTS, **variables)["data"]["events"]
    return [(event["objectType"], event["changeType"]) for event in events]


def listen(ask: Ask, sandbox: Sandbox, *types: str) -> None:
    """Subscribe to all changes of some types."""
    ask(sandbox, LISTEN, input=[{"objectType": name} for name in types])


def test_events_flow_from_edits_to_confirmation(ask: Ask) -> None:
    """Oldest first, again and again until confirmed; an order is named by its number."""
    with Sandbox(products=5, orders=0) as sandbox:
        product = sandbox.shop.products[0]
        sandbox.shop.update(product, name="before anybody listened")
        listen(ask, sandbox, "Order", "Product")
        order = sandbox.shop.add_order()
        sandbox.shop.update(order, status="SHIPPED")
        sandbox.shop.update(product, name="New name")
        events = ask(sandbox, EVENTS)["data"]["events"]
        assert events == ask(sandbox, EVENTS)["data"]["events"]
        assert [(e["objectType"], e["changeType"], e["objectReference"]) for e in events] == [
            ("Order", "CREATED", order["number"]),
            ("Order", "COMPLETED", order["number"]),
            ("Product", "UPDATED", product["id"]),
        ]
        assert events[0]["object"]["orderId"] == order["id"]
        assert events[0]["store"] == {"id": 1}
        ask(sandbox, CONFIRM, ids=[event["id"] for event in events[:2]])
        assert changes(ask, sandbox) == [("Product", "UPDATED")]


def test_deleted_objects_are_null(ask: Ask) -> None:
    """An event shows the present state of its object, and none once it is deleted; children go with it."""
    with Sandbox(products=5, orders=60) as sandbox:
        listen(ask, sandbox, "Order", "Shipment", "Return")
        order = next(o for o in sandbox.shop.orders if o["shipments"])
        sandbox.shop.update(order, isLocked=True)
        sandbox.shop.remove(order)
        events = ask(sandbox, EVENTS)["data"]["events"]
    assert events[0]["changeType"] == "UPDATED"
    assert {event["changeType"] for event in events[1:]} == {"DELETED"}
    assert {"Order", "Shipment"} <= {event["objectType"] for event in events}
    assert all(event["object"] is None for event in events)


def test_changed_child_is_dependent_data_of_its_parents(ask: Ask) -> None:
    """A change of a size is also one of its variant and its product."""
    with Sandbox(products=5, orders=0) as sandbox:
        listen(ask, sandbox, "Product", "ProductVariant", "ProductSize")
        sandbox.shop.update(sandbox.shop.product_sizes[0], EAN=None)
        assert changes(ask, sandbox) == [
            ("ProductSize", "UPDATED"),
            ("ProductVariant", "DEPENDENT_DATA_CHANGED"),
            ("Product", "DEPENDENT_DATA_CHANGED"),
        ]
        only = {"objectType": ["Product"], "changeType": ["DEPENDENT_DATA_CHANGED"]}
        assert changes(ask, sandbox, where=only) == [("Product", "DEPENDENT_DATA_CHANGED")]
        assert len(changes(ask, sandbox, limit=2)) == 2


def test_unlistening_drops_what_is_queued(ask: Ask) -> None:
    """`unsetEventListeners` deletes the queued events of the type."""
    unset = (
        "mutation { unsetEventListeners(input: [{objectType: Product}]) { eventListeners { objectType } } }"
    )
    with Sandbox(products=5, orders=0) as sandbox:
        listen(ask, sandbox, "Product", "Display")
        sandbox.shop.update(sandbox.shop.products[0], name="x")
        left = ask(sandbox, unset)["data"]["unsetEventListeners"]["eventListeners"]
        assert left == [{"objectType": "Display"}]
        assert changes(ask, sandbox) == []


def test_listeners_add_up(ask: Ask) -> None:
    """Calling again adds change types and repeats nothing."""
    with Sandbox(empty=True) as sandbox:
        for change in ("CREATED", "COMPLETED", "CREATED"):
            ask(sandbox, LISTEN, input=[{"objectType": "Return", "changeTypes": [change]}])
        answer = ask(sandbox, "{ eventListeners { integrationName objectType changeTypes } }")
    assert answer["data"]["eventListeners"] == [
        {"integrationName": "sandbox", "objectType": "Return", "changeTypes": ["CREATED", "COMPLETED"]}
    ]


@pytest.mark.parametrize("enabled", [True, False])
def test_queue_stays_empty_until_centra_switches_events_on(ask: Ask, enabled: bool) -> None:
    """Without the event system listeners can be set, but nothing is queued."""
    with Sandbox(products=5, orders=0, events_enabled=enabled) as sandbox:
        listen(ask, sandbox, "Product")
        sandbox.shop.update(sandbox.shop.products[0], name="x")
        assert changes(ask, sandbox) == ([("Product", "UPDATED")] if enabled else [])
