"""The event queue of the token's integration."""

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
"""Types without an event of their own; there is none for stock levels."""


class EventQueue:
    """Listeners and unconfirmed events; only what is listened to is queued."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next_id = 1
        self.listeners: dict[str, Node] = {}
        self.queue: list[Node] = []

    def put(self, object_type: str, change: str, node: Node) -> None:
        """Queue a change of an object, dated now."""
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
        """Subscribe; repeated calls add change types, none given means all."""
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
        """Unsubscribe, and drop what is queued of these types."""
        for entry in inputs:
            dropped = entry.get("changeTypes") or CHANGES
            name = entry["objectType"]
            listener = self.listeners.get(name)
            if listener:
                listener["changeTypes"] = [c for c in listener["changeTypes"] if c not in dropped]
                if not listener["changeTypes"]:
                    del self.listeners[name]
            self.queue = [e for e in self.queue if e["objectType"] != name or e["changeType"] not in dropped]

    def confirm(self, ids: list[int]) -> None:
        """Take events off the queue."""
        confirmed = set(ids)
        self.queue = [event for event in self.queue if event["id"] not in confirmed]
