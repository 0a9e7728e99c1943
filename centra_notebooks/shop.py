"""Read-only access to the tables of the loaded shop, for notebooks. Nothing is requested from Centra."""

from __future__ import annotations

from pathlib import Path

import dlt
import pandas as pd
import sqlglot
from dlt.destinations.exceptions import DestinationConnectionError
from dlt.pipeline.exceptions import PipelineConfigMissing

from .show import stop

PIPELINE = "centra_pipeline"
"""Name of the dlt pipeline that `centra load` runs."""

NOT_LOADED = (
    "No shop is loaded into centra.duckdb yet. Load yours with `centra load`, or the demo shop with "
    "`centra load --sandbox`."
)
IN_USE = "The database is in use by a load or another program. Run this again when that has finished."


class Shop:
    """The loaded tables as of the last load. The database is open only while a query runs."""

    def __init__(self, dataset: dlt.Dataset) -> None:
        self._dataset = dataset

    def query(self, sql: str, empty: str | None = None) -> pd.DataFrame:
        """Runs a query on the loaded tables, in the SQL of the destination.

        Args:
            sql: The query. A column alias in double quotes becomes the heading of the column.
            empty: The message when there are no rows or one of the tables does not exist. The cell then shows
                the message, and cells that depend on it show nothing.

        Returns:
            The rows.
        """
        if empty is not None and not tables_of(sql) <= set(self._dataset.tables):
            stop(empty)
        frame = self._dataset(sql).df()
        if empty is not None and (frame is None or frame.empty):
            stop(empty)
        return pd.DataFrame() if frame is None else frame

    def has(self, table: str) -> bool:
        """Whether a table of this name exists."""
        return table in self._dataset.tables


def open_shop() -> Shop:
    """Opens the shop that was loaded last. Without one, the notebook stops with a message."""
    if reason := reason_not_readable():
        stop(reason)
    return Shop(dlt.pipeline(PIPELINE).dataset())


def reason_not_readable() -> str | None:
    """Returns why no table can be read, with what to do; None if the tables can be read."""
    try:
        pipeline = dlt.pipeline(PIPELINE)
        if pipeline.default_schema_name is None or not _database_exists(pipeline):
            return NOT_LOADED
        with pipeline.sql_client() as client:
            return None if client.has_dataset() else NOT_LOADED
    except PipelineConfigMissing:
        return NOT_LOADED
    except DestinationConnectionError:
        return IN_USE


def tables_of(sql: str) -> set[str]:
    """Returns the tables that a query reads, without its common table expressions."""
    parsed = sqlglot.parse_one(sql, dialect="duckdb")
    named = {table.name for table in parsed.find_all(sqlglot.exp.Table)}
    return named - {common.alias for common in parsed.find_all(sqlglot.exp.CTE)}


def _database_exists(pipeline: dlt.Pipeline) -> bool:
    """Whether the database file exists. DuckDB would create an empty one when it opens it."""
    credentials = pipeline.destination_client().config.credentials
    if pipeline.destination is None or not pipeline.destination.destination_type.endswith("duckdb"):
        return True
    return Path(str(getattr(credentials, "database", ""))).exists()
