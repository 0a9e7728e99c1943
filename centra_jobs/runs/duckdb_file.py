"""Opens DuckDB files: keeps a small one open during a load, and waits while others have one open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import dlt
from dlt.destinations.impl.duckdb.sql_client import DuckDbSqlClient
from rich.console import Console

from .circumstances import find_holder

DUCKDB = "dlt.destinations.duckdb"

SMALL_DATABASE = 100_000_000
"""Bytes. DuckDB keeps what it has read in memory while the file is open."""

SMALL_LOAD = 2_000_000
"""Bytes of Parquet. DuckDB keeps loaded rows in memory, many times as large, until the file is closed."""


PATIENCE = 600.0
"""Seconds to wait for a program that has the database open."""

PAUSE = 0.5
"""Seconds between two attempts to open it."""


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


@contextmanager
def wait_for_file(console: Console, patience: float = PATIENCE) -> Iterator[None]:
    """Waits, whenever a DuckDB file is to be opened, until other programs have closed it.

    DuckDB keeps everybody out of a file that another process has open. Without this, an analyst who looks at
    a table would end a load of hours.

    Args:
        console: Shows who is being waited for.
        patience: Seconds to wait for one opening.
    """
    open_at_once = DuckDbSqlClient.open_connection

    def open_when_free(client: DuckDbSqlClient) -> Any:
        deadline, shown = monotonic() + patience, None
        while True:
            try:
                return open_at_once(client)
            except Exception as error:
                holder = find_holder(error)
                if holder is None or monotonic() > deadline:
                    raise
            if holder != shown:
                shown = holder
                console.print(
                    f"Waiting up to {patience / 60:.0f} minutes for {holder.name}, which has the database "
                    f"{holder.file} open: close it there.",
                    soft_wrap=True,
                )
            sleep(PAUSE)

    client_class: Any = DuckDbSqlClient  # dlt has no setting for it
    client_class.open_connection = open_when_free
    try:
        yield
    finally:
        client_class.open_connection = open_at_once
