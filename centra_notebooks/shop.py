"""Read-only access to the tables of the loaded shop, for notebooks. Nothing is requested from Centra."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import dlt
import marimo as mo
import pandas as pd
import sqlglot
from dlt.destinations.exceptions import DestinationConnectionError
from dlt.pipeline.exceptions import PipelineConfigMissing

from centra_source import RESOURCES
from centra_source.destinations.audit_state import read_audit_state
from centra_source.destinations.table_states import TableState
from centra_source.models.model_states import find_states

from .show import show_warning, stop, stop_if

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
        self._states: dict[str, TableState] = {}

    def query(self, sql: str, empty: str | None = None) -> pd.DataFrame:
        """Runs a query on the loaded tables, in the SQL of the destination.

        Args:
            sql: The query. A column alias in double quotes becomes the heading of the column. Write values of
                the shop with `literal`.
            empty: The message when there are no rows because the shop has none. If a table was not loaded, is
                not permitted or failed, that is said instead. The cell then shows the message, and cells that
                depend on it show nothing.

        Returns:
            The rows.
        """
        tables = tables_of(sql)
        if empty is not None:
            unknown = [state for state in self.states(*tables) if state.kind not in ("empty", "filled")]
            stop_if(bool(unknown), _join_doubts(unknown))
        frame = self._dataset(sql).df()
        if empty is not None and (frame is None or frame.empty):
            stop(self.explain(empty, *tables))
        return pd.DataFrame() if frame is None else frame

    def states(self, *tables: str) -> list[TableState]:
        """Returns what is known about tables: whether they show what the shop has."""
        new = [table for table in tables if table not in self._states]
        self._states |= find_states(self._dataset, new)
        return [self._states[table] for table in sorted(tables)]

    def explain(self, nothing: str, *tables: str) -> str:
        """Returns the sentence that says that there is nothing; if that is not proven, why not.

        Args:
            nothing: What is true if the tables show what the shop has.
            tables: The tables that it is about.
        """
        doubts = _join_doubts(self.states(*tables))
        return f"There is nothing to show, but not all is known. {doubts}" if doubts else nothing

    def show_doubts(self, *tables: str) -> mo.Html | None:
        """Shows which of the tables of a notebook do not show what the shop has; None if all do."""
        doubts = _join_doubts(self.states(*tables))
        return show_warning(doubts) if doubts else None

    def missing_parts(self) -> pd.DataFrame:
        """Returns what is not loaded, not permitted, failed or incomplete, by each resource's last load."""
        audit = read_audit_state(self._dataset)
        rows = [(name, "failed", note) for name, note in audit.failed.items()]
        rows += [(name, "not permitted", note) for name, notes in audit.denied.items() for note in notes]
        rows += [(name, "incomplete", note) for name, notes in audit.incomplete.items() for note in notes]
        known = {*audit.read, *(name for name, _, _ in rows)}
        left_out = [name for name, one in RESOURCES.items() if one.selected and name not in known]
        note = "Not asked for: see --resources and --exclude of `centra load`."
        rows += [(name, "not loaded", note) for name in left_out]
        rows += [(name, "not in this version of Centra", note) for name, note in audit.absent]
        return pd.DataFrame(rows, columns=["Resource", "State", "What is missing and why"])


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


def literal(text: str) -> str:
    """Returns a text of the shop as it is written in SQL."""
    return sqlglot.exp.Literal.string(text).sql(dialect="duckdb")


def _join_doubts(states: Iterable[TableState]) -> str:
    return " ".join(dict.fromkeys(state.doubt for state in states if state.doubt))


def _database_exists(pipeline: dlt.Pipeline) -> bool:
    """Whether the database file exists. DuckDB would create an empty one when it opens it."""
    credentials = pipeline.destination_client().config.credentials
    if pipeline.destination is None or not pipeline.destination.destination_type.endswith("duckdb"):
        return True
    return Path(str(getattr(credentials, "database", ""))).exists()
