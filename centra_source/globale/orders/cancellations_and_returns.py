"""Cancellations and returns of an order, as both sides see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from ..rows import Row
from .order_details import Order
from .queries import Loaded

CANCELLED, COMPLETED = "CANCELLED", "COMPLETED"


def cancellation_rows(orders: Iterable[Order], loaded: Loaded) -> Iterator[Row]:
    """Yields the rows of globale_cancellations."""
    payments = {row["order_id"]: row for row in loaded.payments}
    for order in orders:
        is_cancelled = order.row["status"] == CANCELLED
        if not is_cancelled and not order.row["canceled_by_ge"]:
            continue
        payment: Row = payments.get(order.row["order_id"], {})
        row = {
            **order.row,
            "is_cancelled_in_centra": is_cancelled,
            "payment_cancelled_at": payment.get("payment_cancelled_at"),
            "has_authorization": _flag(payment.get("has_authorization")),
            "has_capture": _flag(payment.get("has_capture")),
        }
        yield {**row, "contradiction": _contradiction(row)}


def return_rows(
    orders: Sequence[Order], loaded: Loaded, earlier: Mapping[int, Row], now: datetime
) -> Iterator[Row]:
    """Yields the rows of globale_returns, by id.

    Args:
        orders: Global-e's orders that are not deleted.
        loaded: Contains the returns of these orders and of deleted ones.
        earlier: The rows of the table from the last run, by id. Centra has no history of a return, and a
            return that it deleted may be gone from the tables. A return that was completed stays as it was,
            even if nothing shows why it is gone.
        now: The time of this run, UTC.
    """
    order_ids = {order.row["order_id"]: order.row["ge_order_id"] for order in orders}
    order_ids |= {row["order_id"]: row["ge_order_id"] for row in loaded.orders if row["deleted_at"]}
    deleted = {row["reference"]: row["deleted_at"] for row in loaded.deleted_returns}
    present = {row["return_id"]: row for row in loaded.returns}
    gone = {
        key: row
        for key, row in earlier.items()
        if key not in present
        and (
            str(key) in deleted
            or "returns" in loaded.absent
            or (row["was_completed"] and row["order_id"] in order_ids)
        )
    }
    for key, row in sorted((gone | present).items()):
        before: Row = earlier.get(key, {})
        # A return that exists and is not marked is not deleted, even if an earlier run concluded so.
        deleted_at = row["deleted_at"] or (None if key in present else deleted.get(str(key)))
        is_completed = row["return_status"] == COMPLETED
        was_completed = is_completed or bool(before.get("was_completed"))
        yield {
            **row,
            "ge_order_id": order_ids.get(row["order_id"], row.get("ge_order_id")),
            "deleted_at": deleted_at,
            "is_completed": is_completed and deleted_at is None,
            "was_completed": was_completed,
            "completed_seen_at": before.get("completed_seen_at") or (now if was_completed else None),
            "is_reopened": was_completed and not is_completed and deleted_at is None,
        }


def _flag(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def _contradiction(row: Row) -> str | None:
    if row["canceled_by_ge"] and not row["is_cancelled_in_centra"]:
        return f"Global-e cancelled the order, but its status in Centra is {row['status']}"
    if row["canceled_by_ge"] and row["has_capture"]:
        return "Global-e cancelled the order, but its payment was captured: such an order should be returned"
    if row["is_cancelled_in_centra"] and row["has_capture"]:
        return (
            "Centra cancelled the order, but Global-e did not, and its payment was captured: such an order "
            "should be returned"
        )
    return None
