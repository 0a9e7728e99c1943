"""The Global-e catalog of a loaded shop, its checks and files, and the tables of Global-e's orders.

Everything works on a loaded dataset, `pipeline.dataset()`, and needs no connection to Centra.
"""

from .catalog.resource import choose_catalog_store, globale_catalog
from .checks.issues import RuleCount, Summary, catalog_issues, summarize_issues
from .checks.options import CheckOptions
from .checks.severities import BLOCK, INFO, WARN
from .configuration import CatalogConfiguration, catalog_configuration
from .delivery.deltas import Delta, compare_catalog, delivered_catalog
from .delivery.export import Export, derive_catalog, export_catalog
from .delivery.files import WrittenFile, write_catalog
from .delivery.profiles import Profile, choose_profile
from .orders import OrdersConfiguration, globale_orders_tables, orders_configuration
from .setup.doctor import Step, diagnose

__all__ = [
    "BLOCK",
    "INFO",
    "WARN",
    "CatalogConfiguration",
    "CheckOptions",
    "Delta",
    "Export",
    "OrdersConfiguration",
    "Profile",
    "RuleCount",
    "Step",
    "Summary",
    "WrittenFile",
    "catalog_configuration",
    "catalog_issues",
    "choose_catalog_store",
    "choose_profile",
    "compare_catalog",
    "delivered_catalog",
    "derive_catalog",
    "diagnose",
    "export_catalog",
    "globale_catalog",
    "globale_orders_tables",
    "orders_configuration",
    "summarize_issues",
    "write_catalog",
]
