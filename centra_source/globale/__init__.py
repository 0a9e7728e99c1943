"""What Global-e needs from a loaded shop."""

from .catalog import CSV_COLUMNS, catalog_store, globale_catalog, write_csv

__all__ = ["CSV_COLUMNS", "catalog_store", "globale_catalog", "write_csv"]
