"""What the rules about orders know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..rows import Row
from .configuration import OrdersConfiguration
from .lines import Group
from .order_details import Order
from .report import Report


@dataclass(frozen=True)
class OrderFacts:
    """What the rules about orders know.

    Attributes:
        orders: Global-e's orders in Centra that are not deleted.
        groups: The same orders by Global-e's order id.
        cancellations: Rows of globale_cancellations.
        returns: Rows of globale_returns.
        report: The rows of Global-e's reconciliation reports.
        configuration: The settings, checked.
        now: The time of the run, UTC.
        deleted: Ids of the orders that the shop has deleted, as `normalize_order_id` returns them.
        absent: The parts of the shop that are not loaded, as in `OPTIONAL_TABLES`.
    """

    orders: Sequence[Order]
    groups: Sequence[Group]
    cancellations: Sequence[Row]
    returns: Sequence[Row]
    report: Report
    configuration: OrdersConfiguration
    now: datetime
    deleted: frozenset[str] = field(default=frozenset())
    absent: frozenset[str] = field(default=frozenset())
