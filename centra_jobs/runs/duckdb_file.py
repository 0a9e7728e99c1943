"""Keeps a small DuckDB file open while a load writes to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dlt

DUCKDB = "dlt.destinations.duckdb"

SMALL_DATABASE = 100_000_000
"""Bytes. DuckDB keeps what it has read in memory while the file is open."""

SMALL_LOAD = 2_000_000
"""Bytes of Parquet. DuckDB keeps loaded rows in memory, many times as large, until the file is closed."""


@contextmanager
def keep_open(pipeline: dlt.Pipeline) -> Iterator[None]:
    """Holds a connection to the pipeline's database, if it is a small DuckDB file and little is to be loaded.

    dlt opens and closes the file twice for each of a hundred tables, which takes longer than loading them.
    With a connection that stays open, opening it again takes no time.
    """
    if pipeline.destination.destination_type != DUCKDB or _pending_bytes(pipeline) > SMALL_LOAD:
        yield
        return
    if any(file.exists() and file.stat().st_size > SMALL_DATABASE for file in find_database(pipeline)):
        yield
        return
    with pipeline.sql_client():
        yield


def find_database(pipeline: dlt.Pipeline) -> list[Path]:
    """Returns the file of the pipeline's database, if it is DuckDB."""
    if pipeline.destination.destination_type != DUCKDB:
        return []
    return [Path(pipeline.sql_client().credentials.database)]


def _pending_bytes(pipeline: dlt.Pipeline) -> int:
    """Bytes of the files that are ready to be loaded."""
    packages = map(pipeline.get_load_package_info, pipeline.list_normalized_load_packages())
    return sum(job.file_size for package in packages for job in package.jobs["new_jobs"])
