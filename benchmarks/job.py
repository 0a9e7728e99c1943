"""The task of a way to load, with its measurements inside the process."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

TOKEN = "sandbox-token"
DATASET = "centra_data"


@dataclass
class Job:
    """The task of one way: load some resources of a shop into `shop.duckdb` in a folder.

    Attributes:
        steps: Seconds by step, as far as the way reports them.
        loaded: Rows by table, where the way does not write them to the database.
        note: What went wrong, where a way goes on all the same.
    """

    url: str
    resources: list[str]
    folder: Path
    steps: dict[str, float] = field(default_factory=dict)
    loaded: dict[str, int] = field(default_factory=dict)
    note: str = ""
    _begun: tuple[float, float] = (0.0, 0.0)

    @property
    def database(self) -> Path:
        """The database file."""
        return self.folder / "shop.duckdb"

    def begin(self) -> None:
        """Starts the clock. A way with preparations calls it again after them."""
        self._begun = monotonic(), _cpu_seconds()
        self.steps.clear()

    def measure(self) -> dict[str, float]:
        """Returns seconds and CPU seconds since the start, CPU seconds of the process, peak memory (MB)."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return {
            "seconds": monotonic() - self._begun[0],
            "cpu_seconds": _cpu_seconds() - self._begun[1],
            "process_cpu_seconds": _cpu_seconds(),
            "peak_mb": peak / 1e6,
        }

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Adds the time of the block to a step."""
        begun = monotonic()
        yield
        self.steps[name] = self.steps.get(name, 0.0) + monotonic() - begun


def _cpu_seconds() -> float:
    """CPU seconds of this process and its finished children."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
