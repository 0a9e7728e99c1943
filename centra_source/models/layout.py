"""The list of models, with the tables that each needs."""

from __future__ import annotations

from dataclasses import dataclass

from ..tables.loader_tables import LOAD_AUDIT
from ..tables.table import Table
from .load_tables import RESOURCE_FRESHNESS, RUN_HISTORY
from .sales_tables import CUSTOMER_COHORTS, ORDER_LINES_ENRICHED, RETURN_RATES, SALES_DAILY
from .stock_tables import SELL_THROUGH, STOCK_COVER

SALES = ("orders", "order_lines")
RETURNS = ("returns", "return_lines")


@dataclass(frozen=True)
class Model:
    """One model. Its SQL is in the file of its name.

    Attributes:
        table: The table that it fills.
        needs: Tables without which it would be wrong. Other tables that it reads may be absent; columns from
            them are then null.
        needs_load_ids: Whether the rows of the first needed table must have the id of their load.
    """

    table: Table
    needs: tuple[str, ...]
    needs_load_ids: bool = False

    @property
    def name(self) -> str:
        """The name of its table."""
        return self.table.name


MODELS = (
    Model(SALES_DAILY, (*SALES, *RETURNS)),
    Model(ORDER_LINES_ENRICHED, SALES),
    Model(STOCK_COVER, (*SALES, "stock")),
    Model(SELL_THROUGH, (*SALES, *RETURNS, "stock", "product_sizes")),
    Model(RETURN_RATES, (*SALES, *RETURNS)),
    Model(CUSTOMER_COHORTS, (*SALES, *RETURNS)),
    Model(RESOURCE_FRESHNESS, (LOAD_AUDIT.name,), needs_load_ids=True),
    Model(RUN_HISTORY, (LOAD_AUDIT.name,), needs_load_ids=True),
)
