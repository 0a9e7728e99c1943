"""Which models there are, and what each needs to be made."""

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
    """One model; its SQL stands in the file of its name.

    Attributes:
        table: What it fills.
        needs: Tables without which it would say what is not true. Others that it reads may be absent: what
            they would tell is null.
        needs_load_ids: The rows of the first of them must tell which load brought them.
    """

    table: Table
    needs: tuple[str, ...]
    needs_load_ids: bool = False

    @property
    def name(self) -> str:
        """That of its table."""
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
