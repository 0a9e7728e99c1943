"""Columns and references that several tables of Global-e's orders share."""

from __future__ import annotations

from ....tables.table import Column, Reference

ORDER_ID = Column("order_id", "text", description="Id of the Centra order.")
ORDER_NUMBER = Column("order_number", "bigint", description="Number of the Centra order.")
GE_ORDER_ID = Column(
    "ge_order_id", "text", description="Global-e's id of the order, such as GE927127; null if unknown."
)
CURRENCY = Column("currency", "text", description="Currency of the Centra order, ISO 4217 code.")

OF_ORDER = Reference("order_id", "orders")
