"""Locks: one run of a pipeline at a time, and turns for jobs that write the same tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dlt.common.pipeline import get_dlt_pipelines_dir
from filelock import FileLock, Timeout
from rich.console import Console

from centra_source import CentraError

PATIENCE = 1.0
"""Seconds to wait for a lock. A run that only checks the lock holds it for less."""


class AnotherRun(CentraError):
    """Another run of the pipeline is in progress: nothing is wrong, and a later try may succeed."""


@contextmanager
def hold_run(pipeline_name: str) -> Iterator[None]:
    """Holds the lock for the only run of a pipeline on this machine; the system releases it if the run dies.

    Raises:
        AnotherRun: Another run is in progress.
    """
    try:
        with _lock(pipeline_name, "run").acquire(timeout=PATIENCE):
            yield
    except Timeout as timeout:
        raise AnotherRun(
            f"Another run of {pipeline_name} is in progress on this machine: wait until it ends, "
            "then run again."
        ) from timeout


@contextmanager
def hold_tables(pipeline_name: str, console: Console) -> Iterator[None]:
    """Waits until no other job writes the tables of a pipeline, and then keeps others from doing so."""
    lock = _lock(pipeline_name, "tables")
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        console.print("Waiting for another job that writes these tables.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def wait_for_live_runs(pipeline_name: str) -> None:
    """Waits until no run of a pipeline is in progress or waiting for the tables."""
    with _lock(pipeline_name, "run"):
        pass


def _lock(pipeline_name: str, kind: str) -> FileLock:
    folder = Path(get_dlt_pipelines_dir())
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / f"{pipeline_name}.{kind}.lock")
