"""Shipments, returns and customers that were given an earlier date than that of their creation.

Who creates one can choose its `createdAt`. Whether `updatedAt` follows it is not documented: both are tried.
"""
# centra.dev/graphql/shipmentcreateinput.html, returncreateinput.html and customercreateinput.html

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from centra_sandbox import Sandbox, Shop
from centra_sandbox.nodes import Node

from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.target import Target

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
LONG_AGO = NOW - timedelta(days=400)
"""Further back than any look-back."""


def add_shipment(shop: Shop, **dates: datetime) -> Node:
    """Creates a shipment like another one."""
    example = next(each for each in shop.shipments if each["lines"])
    lines = [shop.add("ShipmentLine", **{**line, "id": 0}) for line in example["lines"]]
    number = f"{example['number']}-copy"
    return shop.add(example["__typename"], **{**example, "id": 0, "number": number, "lines": lines, **dates})


def add_return(shop: Shop, **dates: datetime) -> Node:
    """Creates a return."""
    order = next(each for each in shop.orders if each["shipments"])
    dates.pop("updatedAt")
    return shop.add_return(order, **dates)


def add_customer(shop: Shop, **dates: datetime) -> Node:
    """Creates a customer like another one."""
    return shop.add("Customer", **{**shop.customers[0], "id": 0, **dates})


ADDED: dict[str, Callable[..., Node]] = {
    "shipments": add_shipment,
    "returns": add_return,
    "customers": add_customer,
}


def create(sandbox: Sandbox, name: str, created: datetime, updated: datetime) -> Node:
    """Creates an object with the given dates; Centra queues an event for it."""
    node = ADDED[name](sandbox.shop, createdAt=created, updatedAt=updated)
    if name != "returns":  # the shop announces these by itself
        sandbox.shop.announce(node, "CREATED")
    return node


def differences(sandbox: Sandbox, target: Target) -> list[str]:
    """Where the three tables and their children differ from the shop."""
    tables = ("shipments", "shipment_lines", "returns", "return_lines", "customers")
    return [line for table in tables for line in find_differences(sandbox.shop, table, target.rows(table))]


@pytest.fixture
def loaded(small_shop: Sandbox, target: Target) -> Target:
    """The three resources, loaded once. Each run is later than all objects of the shop."""
    small_shop.clock.set(NOW)
    return target.load(small_shop, *ADDED)


BACKDATED: list[tuple[datetime, datetime, dict[str, Any]]] = [
    (LONG_AGO, LONG_AGO, {}),
    (LONG_AGO, LONG_AGO, {"events": "off", "sweep": True}),
    (NOW - timedelta(days=80), NOW + timedelta(hours=1), {"events": "off"}),
]


@pytest.mark.parametrize(
    ("created", "updated", "settings"),
    representative(BACKDATED, BACKDATED[1]),
    ids=["by its event", "by a sweep", "by updatedAt or the look-back"],
)
def test_next_run_brings_what_was_backdated(
    small_shop: Sandbox, loaded: Target, created: datetime, updated: datetime, settings: dict[str, Any]
) -> None:
    """However far back, an event or a sweep brings it. Without them, `updatedAt` or the look-back does."""
    small_shop.clock.set(NOW + timedelta(hours=2))
    for name in ADDED:
        create(small_shop, name, created, updated)
    loaded.load(small_shop, *ADDED, **settings)
    assert differences(small_shop, loaded) == []


@pytest.mark.full
def test_sweep_leaves_alone_what_is_older_than_the_start(small_shop: Sandbox, target: Target) -> None:
    """Objects from before the start date are missing at the destination on purpose."""
    small_shop.clock.set(NOW)
    start = {"start_date": "2026-06-01", "events": "off"}
    before = len(target.load(small_shop, "returns", "customers", **start).rows("customers"))
    assert 0 < before < len(small_shop.shop.customers)
    target.load(small_shop, "customers", **start, sweep=True)
    assert len(target.rows("customers")) == before
