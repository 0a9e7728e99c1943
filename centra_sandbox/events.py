"""The event queue of the integration."""

from typing import Any

from .clock import Clock
from .nodes import Node

CHANGES = ("CREATED", "UPDATED", "COMPLETED", "DELETED", "DEPENDENT_DATA_CHANGED")
INTEGRATION = "sandbox"

EVENT_NAMES = {"AtOnceDeliveryWindow": "DeliveryWindow", "PreorderDeliveryWindow": "DeliveryWindow"}
SILENT = {
    "Stock",
    "StockChangeLine",
    "OrderLine",
    "ShipmentLine",
    "ReturnLine",
    "DisplayItem",
    "CampaignVariant",
    "IdConversionEntry",
}
"""Types that raise events of another type; stock levels raise none."""


class EventQueue:
    """Listeners and unconfirmed events. Only events with a listener are queued."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next_id = 1
        self.listeners: dict[str, Node] = {}
        self.queue: list[Node] = []

    def put(self, object_type: str, change: str, node: Node) -> None:
        """Queues a change of an object with the current time."""
        if change == "DELETED":
            for event in self.queue:
                if event["object"] is node:
                    event["object"] = None
        object_type = EVENT_NAMES.get(object_type, object_type)
        listener = self.listeners.get(object_type)
        if object_type in SILENT or not listener or change not in listener["changeTypes"]:
            return
        reference = node["number"] if object_type == "Order" else node["id"]
        self.queue.append(
            {
                "__typename": "Event",
                "id": self._next_id,
                "objectType": object_type,
                "changeType": change,
                "objectReference": reference,
                "createdAt": self._clock.now(),
                "store": node.get("store"),
                "market": node.get("market"),
                "object": None if change == "DELETED" else node,
            }
        )
        self._next_id += 1

    def listen(self, inputs: list[dict[str, Any]]) -> None:
        """Adds a listener. Repeated calls add change types; without change types it listens to all."""
        now = self._clock.now()
        for entry in inputs:
            wanted = entry.get("changeTypes") or CHANGES
            listener = self.listeners.setdefault(
                entry["objectType"],
                {
                    "__typename": "EventListener",
                    "integrationName": INTEGRATION,
                    "objectType": entry["objectType"],
                    "changeTypes": [],
                    "createdAt": now,
                },
            )
            listener["changeTypes"] = [c for c in CHANGES if c in wanted or c in listener["changeTypes"]]
            listener["updatedAt"] = now

    def unlisten(self, inputs: list[dict[str, Any]]) -> None:
        """Removes listeners and the queued events of these types."""
        for entry in inputs:
            dropped = entry.get("changeTypes") or CHANGES
            name = entry["objectType"]
            listener = self.listeners.get(name)
            if listener:
                listener["changeTypes"] = [c for c in listener["changeTypes"] if c not in dropped]
                if not listener["changeTypes"]:
                    del self.listeners[name]
            self.queue = [e for e in self.queue if e["objectType"] != name or e["changeType"] not in dropped]

    def confirm(self, ids: list[int]) -> list[Node]:
        """Removes events from the queue, and returns them."""
        confirmed = [event for event in self.queue if event["id"] in set(ids)]
        self.queue = [event for event in self.queue if event["id"] not in set(ids)]
        return confirmed
