"""The tables of the loaded shop, for notebooks: they are read only, and nothing is asked of Centra."""

from __future__ import annotations

from pathlib import Path

import dlt
import pandas as pd
import sqlglot
from dlt.destinations.exceptions import DestinationConnectionError
from dlt.pipeline.exceptions import PipelineConfigMissing

from .show import stop

PIPELINE = "centra_pipeline"
NOT_LOADED = (
    "Nothing is loaded yet into centra.duckdb. Run `make run` first, or `python centra_pipeline.py` for a "
    "shop of your own."
)
IN_USE = "The database is in use, by a load or another program. Run this again when that is done."


class Shop:
    """The loaded tables, as the last load left them. The database is open only while a query runs."""

    def __init__(self, dataset: dlt.Dataset) -> None:
        self._dataset = dataset

    def query(self, sql: str, empty: str | None = None) -> pd.DataFrame:
        """The rows of a query on the loaded tables, in the destination's SQL.

        Args:
            sql: The query. A column that is named in double quotes keeps that name as its heading.
            empty: What to say where there are no rows, or one of the tables is not there: the cell then shows
                this sentence, and the cells that need its rows show nothing.
        """
        if empty is not None and not tables_of(sql) <= set(self._dataset.tables):
            stop(empty)
        frame = self._dataset(sql).df()
        if empty is not None and (frame is None or frame.empty):
            stop(empty)
        return pd.DataFrame() if frame is None else frame

    def has(self, table: str) -> bool:
        """Whether there is a table of this name."""
        return table in self._dataset.tables


def opened() -> Shop:
    """The shop that was loaded last; where there is none, the notebook stops with a sentence."""
    if reason := why_not():
        stop(reason)
    return Shop(dlt.pipeline(PIPELINE).dataset())


def why_not() -> str | None:
    """Why nothing can be read, in one sentence; None where it can."""
    try:
        pipeline = dlt.pipeline(PIPELINE)
        if pipeline.default_schema_name is None or not _is_there(pipeline):
            return NOT_LOADED
        with pipeline.sql_client() as client:
            return None if client.has_dataset() else NOT_LOADED
    except PipelineConfigMissing:
        return NOT_LOADED
    except DestinationConnectionError:
        return IN_USE


def tables_of(sql: str) -> set[str]:
    """The tables that a query reads."""
    parsed = sqlglot.parse_one(sql, dialect="duckdb")
    named = {table.name for table in parsed.find_all(sqlglot.exp.Table)}
    return named - {common.alias for common in parsed.find_all(sqlglot.exp.CTE)}


def _is_there(pipeline: dlt.Pipeline) -> bool:
    """Whether the database exists; DuckDB makes an empty one of a file that is gone."""
    credentials = pipeline.destination_client().config.credentials
    if pipeline.destination is None or not pipeline.destination.destination_type.endswith("duckdb"):
        return True
    return Path(str(getattr(credentials, "database", ""))).exists()
