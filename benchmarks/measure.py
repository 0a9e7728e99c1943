"""Runs one way in a separate process and measures it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

import orjson
import requests

PROJECT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Run:
    """Measurements of one run.

    Attributes:
        seconds: From the first line of the way to its last; the imports before it do not count.
        cpu_seconds: Of the way's process in that time.
        process_cpu_seconds: Of the whole process, imports included.
        peak_mb: Greatest memory of the process.
        steps: Seconds by step.
        tables: Rows by table, as they stand in the database afterwards.
        note: What went wrong.
        calls: Requests that were answered.
        points: Complexity that was charged for them.
        refusals: Requests that were answered by HTTP 429.
    """

    seconds: float
    cpu_seconds: float
    process_cpu_seconds: float
    peak_mb: float
    steps: dict[str, float]
    tables: dict[str, int]
    note: str
    calls: int
    points: int
    refusals: int = 0

    @property
    def rows(self) -> int:
        """Number of rows of all tables."""
        return sum(self.tables.values())


def run(way: str, url: str, resources: list[str], counts: Callable[[], dict[str, int]], folder: Path) -> Run:
    """Loads resources in one way.

    Args:
        way: A name of `ways.WAYS`.
        url: Where to load from.
        resources: What to load.
        counts: Returns the calls, points and refusals afterwards.
        folder: Where the database is; a second run there carries on.

    Raises:
        RuntimeError: The way failed; the text is what it wrote.
    """
    command = (sys.executable, "-m", "benchmarks.ways", way, url, str(folder), *resources)
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{way} failed:\n{done.stderr}")
    taken: dict[str, Any] = orjson.loads(done.stdout.splitlines()[-1])
    return Run(**{**taken, **counts()})


@dataclass(frozen=True)
class Shop:
    """One size of the page server."""

    address: str
    size: int

    def load(self, way: str, *resources: str, folder: Path | None = None) -> Run:
        """Loads in one way, by default into a new folder."""
        with empty_folder() as new:
            url = f"{self.address}/{self.size}/graphql"
            return run(way, url, list(resources), self.counts, folder or new)

    def change(self, since: float) -> int:
        """Changes one object in a hundred, with dates after a Unix time; returns their number."""
        answer = requests.post(f"{self.address}/{self.size}/change", json={"since": int(since)}, timeout=60)
        return int(answer.content)

    def counts(self) -> dict[str, int]:
        """Returns the calls and points since the last call of this method."""
        counted: dict[str, int] = requests.get(f"{self.address}/{self.size}/stats", timeout=60).json()
        return counted


@contextmanager
def empty_folder() -> Iterator[Path]:
    """Creates a folder that is deleted afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def middle(runs: list[Run]) -> Run:
    """Returns the run with the median time."""
    return sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]


def import_seconds(*modules: str, times: int) -> list[float]:
    """Returns the median seconds of `python -c "import <module>"`. The first turn does not count."""
    taken: dict[str, list[float]] = {module: [] for module in modules}
    for _ in range(times + 1):
        for module in modules:
            begun = monotonic()
            subprocess.run((sys.executable, "-c", f"import {module}"), cwd=PROJECT, check=True)
            taken[module].append(monotonic() - begun)
    return [median(seconds[1:]) for seconds in taken.values()]
