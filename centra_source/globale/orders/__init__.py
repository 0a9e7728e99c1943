"""Orders that Global-e placed: tables about them, and exceptions where Centra and Global-e disagree."""

from .configuration import OrdersConfiguration
from .findings import TITLES
from .resources import derive_orders, describe_limitations, globale_orders_tables, orders_configuration
from .tables import ORDER_TABLES

__all__ = [
    "ORDER_TABLES",
    "TITLES",
    "OrdersConfiguration",
    "derive_orders",
    "describe_limitations",
    "globale_orders_tables",
    "orders_configuration",
]
