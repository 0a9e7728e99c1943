"""A DuckDB file to load sandbox shops into, and what tests read from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import dlt
import duckdb

from centra_sandbox import Sandbox
from centra_source import centra_source
from centra_source.api.client import Client
from centra_source.api.retries import Retries
from centra_source.api.throttle import Throttle
from centra_source.exceptions import find_cause
from centra_source.shop.introspection import Introspection

from .workplace import Row

Caught = TypeVar("Caught", bound=Exception)


class Target:
    """A DuckDB file with its own pipeline, to load sandboxes into and to read tables from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        # dlt opens the file for every job, which is fast while it is already open.
        self._open = duckdb.connect(str(folder / "test.duckdb"))
        self._open.execute("set TimeZone = 'UTC'")
        self.pipeline = dlt.pipeline(
            "centra_test",
            pipelines_dir=str(folder / "pipelines"),
            destination=dlt.destinations.duckdb(str(folder / "test.duckdb")),
            dataset_name="centra_data",
        )

    def close(self) -> None:
        """Closes the file, which writes everything to disk."""
        self._open.close()

    def load(self, sandbox: Sandbox, *resources: str, **settings: Any) -> Target:
        """Runs the source once: the named resources, or all of them."""
        settings = {"access_token": sandbox.token, "backoff_factor": 0.001, "retry_limit": 20.0, **settings}
        source = centra_source(sandbox.url, **settings)
        with self.pipeline.sql_client():  # otherwise dlt opens the file again for each table
            self.pipeline.run(source.with_resources(*resources) if resources else source)
        return self

    def tables(self) -> list[str]:
        """Returns the tables with data of the shop."""
        if self.pipeline.default_schema_name is None:
            return []
        return sorted(self.pipeline.default_schema.data_table_names())

    def rows(self, table: str) -> list[Row]:
        """Returns all rows in the order of their columns, without dlt's own columns."""
        return self.rows_by_table(table)[table]

    def rows_by_table(self, *tables: str) -> dict[str, list[Row]]:
        """Returns all rows of some tables in order, without dlt's own columns."""
        found: dict[str, list[Row]] = {}
        with self._open.cursor() as cursor:  # a client of dlt reads the schema again, which takes long
            for table in tables:
                rows = cursor.sql(f'select * from centra_data."{table}" order by all').to_arrow_table()
                own = [name for name in rows.column_names if name.startswith("_dlt")]
                found[table] = rows.drop_columns(own).to_pylist()
        return found

    def types(self, table: str) -> dict[str, str]:
        """Returns the column types with DuckDB's names."""
        return self.types_by_table().get(table, {})

    def types_by_table(self) -> dict[str, dict[str, str]]:
        """Returns the types of all columns, by table."""
        query = "select table_name, column_name, data_type from information_schema.columns"
        types: dict[str, dict[str, str]] = {}
        with self._open.cursor() as cursor:
            for table, column, kind in cursor.execute(
                f"{query} where table_schema = 'centra_data'"
            ).fetchall():
                types.setdefault(table, {})[column] = kind
        return types

    def audit(self, resource: str, *kinds: str) -> list[Row]:
        """Returns the `load_audit` lines of a resource, oldest first (default: of its windows or list)."""
        kinds = kinds or ("window", "list")
        rows = [row for row in self.rows("load_audit") if row["resource"] == resource]
        return sorted((row for row in rows if row["kind"] in kinds), key=lambda row: row["started_at"])


def keep_schema(sandbox: Sandbox) -> None:
    """Requests and caches the schema of a shop, so that no load of a shop of this version requests it."""
    Introspection(Client(sandbox.url, sandbox.token, Retries(), Throttle()), is_on=True).schema()


def catch_error(kind: type[Caught], job: Callable[[], object]) -> Caught:
    """Returns the error of this kind that a job raises, however deeply dlt wraps it."""
    try:
        job()
    except Exception as error:
        if cause := find_cause(error, kind):
            return cause
        raise
    raise AssertionError(f"nothing failed with {kind.__name__}")
