"""The table of resources: one entry each, named like its query file, its operation and its main table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Resource:
    """How one operation is read and kept.

    Attributes:
        cursor: The timestamp that windows are cut by, or `id` of a list that only grows; None reads the whole
            list on every run and replaces it. A resource on `createdAt` moves to `updatedAt` by itself on a
            shop that has it there.
        key: Columns that identify a row of the main table.
        lists: Table names for the lists in the query, by their dotted path.
        daily: A second table that keeps the rows of the main table, once for every day (UTC).
        event: Centra's name of the object in its event queue; None where nothing there is of use.
        reference: The column by which events name the object.
        selected: Whether it is loaded unless other resources are named.
        part_of: The resource of whose objects it reads a part.
        route: Where else its objects stand, for a shop that does not list them: a resource, and the lists
            inside its objects that lead to them.
    """

    cursor: Literal["updatedAt", "createdAt", "id"] | None = None
    key: tuple[str, ...] = ("id",)
    lists: Mapping[str, str] = field(default_factory=dict)
    daily: str | None = None
    event: str | None = None
    reference: str = "id"
    selected: bool = True
    part_of: str | None = None
    route: tuple[str, ...] = ()

    @property
    def is_dated(self) -> bool:
        """Whether it is read by ranges of time."""
        return self.cursor in ("updatedAt", "createdAt")

    @property
    def change_types(self) -> tuple[str, ...]:
        """The events that tell what the cursor does not.

        Objects with lists may change without moving `updatedAt`. Those that hold only fields of their own
        move it; to hear of each of their changes would flood the queue with every nightly import.
        """
        if self.lists or self.cursor == "createdAt":
            return ("DELETED", "UPDATED", "COMPLETED", "DEPENDENT_DATA_CHANGED")
        return ("DELETED",)


RESOURCES: Mapping[str, Resource] = {
    "products": Resource(cursor="updatedAt", event="Product"),
    "product_variants": Resource(cursor="updatedAt", event="ProductVariant", route=("products", "variants")),
    "product_sizes": Resource(
        cursor="updatedAt", event="ProductSize", route=("products", "variants", "productSizes")
    ),
    "displays": Resource(
        cursor="updatedAt",
        lists={
            "displayItems": "display_items",
            "categories": "display_categories",
            "markets": "display_markets",
        },
        event="Display",
    ),
    "orders": Resource(
        cursor="updatedAt",
        lists={
            "lines": "order_lines",
            "discountsApplied": "order_discounts",
            "paymentHistory": "order_payments",
            "attributes.elements": "order_attributes",
        },
        event="Order",
        reference="number",
    ),
    "shipments": Resource(cursor="updatedAt", lists={"lines": "shipment_lines"}, event="Shipment"),
    "returns": Resource(cursor="createdAt", lists={"lines": "return_lines"}, event="Return"),
    # Stock carries no date and no id: the only true copy is a whole one.
    "stock": Resource(
        key=("warehouse_id", "product_size_id"), lists={"stock": "stock"}, daily="stock_snapshots"
    ),
    "stores": Resource(),
    "markets": Resource(),
    "warehouses": Resource(),
    "brands": Resource(),
    "collections": Resource(),
    "folders": Resource(),
    "countries": Resource(),
    "currencies": Resource(),
    "counters": Resource(daily="counter_snapshots"),
    "event_listeners": Resource(key=("integration_name", "object_type")),
    "rate_limits": Resource(key=("type", "interval_seconds")),
}
