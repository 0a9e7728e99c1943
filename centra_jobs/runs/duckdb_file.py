"""Keeps a small DuckDB file open while a load writes to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dlt

DUCKDB = "dlt.destinations.duckdb"

SMALL_DATABASE = 100_000_000
"""Bytes. What DuckDB has read it keeps in memory while the file is open."""

SMALL_LOAD = 2_000_000
"""Bytes of Parquet. What DuckDB has loaded stays in memory, many times as large, until the file is closed."""


@contextmanager
def kept_open(pipeline: dlt.Pipeline) -> Iterator[None]:
    """Holds a connection to the pipeline's database, if that is a small DuckDB file and little waits for it.

    dlt opens and closes the file twice for each of a hundred tables, which takes longer than to load them:
    beside a connection that stays, it is there at once.
    """
    if pipeline.destination.destination_type != DUCKDB or _waiting(pipeline) > SMALL_LOAD:
        yield
        return
    client = pipeline.sql_client()
    file = Path(client.credentials.database)
    if file.exists() and file.stat().st_size > SMALL_DATABASE:
        yield
        return
    with client:
        yield


def _waiting(pipeline: dlt.Pipeline) -> int:
    """Bytes of the files that are to be loaded."""
    packages = map(pipeline.get_load_package_info, pipeline.list_normalized_load_packages())
    return sum(job.file_size for package in packages for job in package.jobs["new_jobs"])
