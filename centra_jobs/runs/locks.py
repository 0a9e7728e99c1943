"""Keeps two runs of a pipeline apart, and lets jobs that write the same tables take turns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dlt.common.pipeline import get_dlt_pipelines_dir
from filelock import FileLock, Timeout
from rich.console import Console

from centra_source import CentraError

PATIENCE = 1.0
"""Seconds after which a run that is under way is taken for one: a look at its lock takes less."""


class AnotherRun(CentraError):
    """Another run of the pipeline is under way: nothing is wrong, and a later try may find it ended."""


@contextmanager
def sole_run(pipeline_name: str) -> Iterator[None]:
    """Holds the place of the only run of a pipeline on this machine; the system frees it if the run dies.

    Raises:
        AnotherRun: Another run is under way.
    """
    try:
        with _lock(pipeline_name, "run").acquire(timeout=PATIENCE):
            yield
    except Timeout as timeout:
        raise AnotherRun(
            f"Another run of {pipeline_name} is under way on this machine, and nothing was loaded: "
            "wait until it has ended."
        ) from timeout


@contextmanager
def turn_at_tables(pipeline_name: str, console: Console) -> Iterator[None]:
    """Waits until no other job writes the tables of a pipeline, and keeps others away."""
    lock = _lock(pipeline_name, "tables")
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        console.print("Waiting for the job that writes these tables.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def give_way(pipeline_name: str) -> None:
    """Waits until no run of a pipeline is under way or waits for its turn."""
    with _lock(pipeline_name, "run"):
        pass


def _lock(pipeline_name: str, kind: str) -> FileLock:
    folder = Path(get_dlt_pipelines_dir())
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / f"{pipeline_name}.{kind}.lock")
