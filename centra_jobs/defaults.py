"""Defaults that the help texts of the commands show. Imports nothing, so that help appears at once."""

from __future__ import annotations

DATASET_NAME = "centra_data"
"""The schema (or folder) at the destination. DuckDB cannot tell a schema from a database of the same name, so
this name differs from `DUCKDB_NAME`."""

DUCKDB_NAME = "centra"
"""The name of the default destination: DuckDB keeps it in the file centra.duckdb."""

ROWS_PER_LOAD = 25_000
"""Objects of a resource that one load commits together. More need more memory, and a crash loses more."""

BACKFILL_ROWS_PER_LOAD = 10_000
"""The same for a backfill: `WINDOW_ROWS` of centra_source/settings.py, so that each part is one window."""

CATALOG_FOLDER = "globale"
"""The folder of the Global-e catalog's files."""
