"""Orders that Global-e placed: tables of them, and where they do not agree with what Global-e says."""

from .amounts import parse_amount
from .configuration import OrdersConfiguration, orders_configuration
from .mappings import parse_mapping
from .resources import globale_orders_tables, what_is_missed
from .rules import TITLES
from .tables import ORDER_TABLES

__all__ = [
    "ORDER_TABLES",
    "TITLES",
    "OrdersConfiguration",
    "globale_orders_tables",
    "orders_configuration",
    "parse_amount",
    "parse_mapping",
    "what_is_missed",
]
