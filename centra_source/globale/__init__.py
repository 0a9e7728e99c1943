"""What Global-e needs from a loaded shop: `python pipelines/globale_catalog_pipeline.py --help`."""

from .catalog.resource import catalog_store, globale_catalog
from .checks.issues import Summary, catalog_issues, summary
from .configuration import CatalogConfiguration, catalog_configuration
from .delivery.deltas import Delta, delivered_catalog, delta
from .delivery.export import Export, derive_catalog, export_catalog
from .delivery.files import Written, write_catalog
from .delivery.profiles import Profile, chosen_profile
from .orders import OrdersConfiguration, globale_orders_tables
from .setup.doctor import Step, diagnose

__all__ = [
    "CatalogConfiguration",
    "Delta",
    "Export",
    "OrdersConfiguration",
    "Profile",
    "Step",
    "Summary",
    "Written",
    "catalog_configuration",
    "catalog_issues",
    "catalog_store",
    "chosen_profile",
    "delivered_catalog",
    "delta",
    "derive_catalog",
    "diagnose",
    "export_catalog",
    "globale_catalog",
    "globale_orders_tables",
    "summary",
    "write_catalog",
]
