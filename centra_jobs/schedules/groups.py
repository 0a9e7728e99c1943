"""Groups of resources that a schedule loads one after the other, made of the areas of resources."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from centra_source import RESOURCES
from centra_source.resources import Area, group_by_area

AREAS_OF: Mapping[str, tuple[Area, ...]] = {
    "catalogue": ("Catalogue", "Displays and campaigns", "Prices and promotions"),
    "orders": ("Orders and payments", "Shipments, returns and invoices"),
    "customers": ("Customers and accounts",),
    "stock": ("Stock and warehouses", "Purchases"),
    "reference": ("Shop and countries", "About the API"),
}
"""The areas of each group."""


def resource_groups(opt_in: Collection[str] = ()) -> dict[str, list[str]]:
    """The resources of each group: those that are loaded by default, and opt-in ones that are named.

    Args:
        opt_in: Opt-in resources to load too, such as `prices`.
    """
    names = group_by_area()
    return {
        group: [name for area in areas for name in names[area] if RESOURCES[name].selected or name in opt_in]
        for group, areas in AREAS_OF.items()
    }
