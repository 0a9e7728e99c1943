"""A folder in which tests start the jobs as a user would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from centra_sandbox import Sandbox

PROJECT = Path(__file__).parents[2]

Output = subprocess.CompletedProcess[str]
Row = dict[str, Any]


class Workplace:
    """A folder with the project's settings and no secrets, in which tests start jobs as a user would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".dlt").mkdir(parents=True)
        shutil.copy(PROJECT / ".dlt" / "config.toml", folder / ".dlt")

    def run(self, *command: str, script: str = "centra_pipeline.py", **variables: str) -> Output:
        """Runs a job and waits for its end. Keyword arguments are environment variables."""
        job = self.start(*command, script=script, **variables)
        try:
            output, errors = job.communicate(timeout=240)
        except subprocess.TimeoutExpired:
            job.kill()
            raise
        return subprocess.CompletedProcess(job.args, job.returncode, output, errors)

    def start(
        self, *command: str, script: str = "centra_pipeline.py", **variables: str
    ) -> subprocess.Popen[str]:
        """Starts a job in the background."""
        environment = {
            "PATH": os.environ["PATH"],
            "DLT_DATA_DIR": str(self.folder / "data"),
            "PYTHONPATH": str(PROJECT),  # another copy may be installed
            "COLUMNS": "120",
            **variables,
        }
        return subprocess.Popen(
            [sys.executable, str(PROJECT / script), *command],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def rows(self, table: str) -> list[Row]:
        """Returns all rows of a table in centra.duckdb, without dlt's own columns."""
        arrow = self._table(table)
        names = [name for name in arrow.column_names if not name.startswith("_dlt")]
        listed: list[Row] = arrow.select(names).to_pylist()
        return listed

    def load_ids(self, table: str) -> set[str]:
        """Returns the ids of the loads that wrote the rows of a table."""
        return set(self._table(table)["_dlt_load_id"].to_pylist())

    def _table(self, table: str) -> pa.Table:
        with duckdb.connect(str(self.folder / "centra.duckdb"), read_only=True) as connection:
            return connection.sql(f"select * from centra_data.{table}").to_arrow_table()

    def load(self, sandbox: Sandbox, *command: str, **variables: str) -> Output:
        """Loads a shop that runs in the test."""
        return self.run(*command, **{**make_environment(sandbox), **variables})


def make_environment(sandbox: Sandbox) -> dict[str, str]:
    """Returns the environment variables for a shop."""
    return {
        "SOURCES__CENTRA_SOURCE__BASE_URL": sandbox.url,
        "SOURCES__CENTRA_SOURCE__ACCESS_TOKEN": sandbox.token,
    }
