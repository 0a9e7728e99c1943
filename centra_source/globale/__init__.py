"""What Global-e needs from a loaded shop: `python pipelines/globale_catalog_pipeline.py --help`."""

from .catalog.resource import catalog_store, globale_catalog
from .checks.issues import Summary, catalog_issues, summary
from .configuration import CatalogConfiguration, catalog_configuration
from .delivery.deltas import Delta, delivered_catalog, delta
from .delivery.export import Export, derive_catalog, export_catalog
from .delivery.files import Written, write_catalog
from .delivery.profiles import Profile, chosen_profile

__all__ = [
    "CatalogConfiguration",
    "Delta",
    "Export",
    "Profile",
    "Summary",
    "Written",
    "catalog_configuration",
    "catalog_issues",
    "catalog_store",
    "chosen_profile",
    "delivered_catalog",
    "delta",
    "derive_catalog",
    "export_catalog",
    "globale_catalog",
    "summary",
    "write_catalog",
]
