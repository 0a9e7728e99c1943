"""Runs of the jobs one after another in this process, into a DuckDB file or another destination."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import dlt
import pytest
from rich.console import Console

from centra_jobs.defaults import DATASET_NAME
from centra_jobs.runs.loading import load_all
from centra_jobs.runs.opening import open_pipeline, pipeline_name
from centra_sandbox import Sandbox, Shop
from centra_source import centra_source

from .shop_rows import find_differences
from .workplace import Row, make_environment


class Nights:
    """A shop, and a folder in which each run of the jobs continues after the one before.

    Args:
        sandbox: Serves the shop.
        folder: Where the database and dlt's working folder are.
        environment: Sets the variables of the jobs.
        destination: A value of `--destination`.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        folder: Path,
        environment: pytest.MonkeyPatch,
        destination: str | None = None,
    ) -> None:
        environment.setenv("DLT_LOCAL_DIR", str(folder))
        environment.setenv("DLT_DATA_DIR", str(folder / "data"))
        for name, value in make_environment(sandbox).items():
            environment.setenv(name, value)
        self.sandbox, self.destination = sandbox, destination
        self._pipeline: dlt.Pipeline | None = None
        self.database = folder / "centra.duckdb"
        self.working_folder = folder / "data" / "pipelines" / pipeline_name(destination, DATASET_NAME)

    @property
    def shop(self) -> Shop:
        """The shop."""
        return self.sandbox.shop

    @property
    def pipeline(self) -> dlt.Pipeline:
        """The pipeline of the last run, or that of a job in another process."""
        if self._pipeline is None:
            with open_pipeline(self.destination, DATASET_NAME, Console(file=StringIO())) as pipeline:
                self._pipeline = pipeline
        return self._pipeline

    def run(self, *resources: str, **settings: Any) -> str:
        """Loads some resources like `centra load`, and returns what a person reads meanwhile."""
        text = StringIO()
        with open_pipeline(
            self.destination,
            DATASET_NAME,
            Console(file=text, width=1_000),
            is_refresh=bool(settings.get("full_refresh")),
        ) as pipeline:
            self._pipeline = pipeline
            load_all(pipeline, centra_source(**settings).with_resources(*resources), settings)
        return text.getvalue()

    def execute(self, *statements: str) -> None:
        """Executes SQL as a person would, past the loader."""
        with self.pipeline.sql_client() as client:
            for statement in statements:
                client.execute_sql(statement)

    def delete_working_folder(self) -> None:
        """Deletes all that this machine remembers of earlier runs."""
        shutil.rmtree(self.working_folder)

    def rows(self, table: str) -> list[Row]:
        """Returns all rows of a table, without dlt's own columns."""
        found = self.pipeline.dataset()[table].arrow()
        rows: list[Row] = [] if found is None else found.to_pylist()
        return [{name: row[name] for name in row if not name.startswith("_dlt")} for row in rows]

    def find_wrong(self, *tables: str) -> list[str]:
        """Returns where the tables differ from the shop."""
        return [line for table in tables for line in find_differences(self.shop, table, self.rows(table))]
