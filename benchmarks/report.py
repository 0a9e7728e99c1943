"""Prints measurements and writes them to docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from .measure import PROJECT

REPORT = PROJECT / "docs" / "benchmarks.md"
TITLE = "Benchmarks: how fast is a load, and compared with what?"

PACKAGES = ("dlt", "duckdb", "pyarrow", "orjson", "requests", "gql")


@dataclass
class Grid:
    """One table of the report: a heading, a text, and rows that begin with a name."""

    title: str
    text: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: str | float) -> None:
        """Adds a row. Numbers are written with three digits or as whole numbers."""
        self.rows.append(tuple(cell if isinstance(cell, str) else figure(cell) for cell in cells))

    def show(self, console: Console) -> None:
        """Prints the table."""
        table = Table(title=self.title, title_justify="left")
        for at, heading in enumerate(self.headings):
            table.add_column(heading, justify="right" if at and self._is_figure(at) else "left")
        for row in self.rows:
            table.add_row(*row)
        console.print(table)

    def markdown(self) -> str:
        """Returns the table as Markdown."""
        marks = ["---:" if at and self._is_figure(at) else "---" for at in range(len(self.headings))]
        lines = [self.headings, marks, *self.rows]
        return f"## {self.title}\n\n{self.text}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)

    def _is_figure(self, at: int) -> bool:
        return all(row[at][:1].isdigit() or row[at] in ("", "-") for row in self.rows)


@dataclass(frozen=True)
class Target:
    """A number to reach.

    Attributes:
        bound: The least value, or the greatest.
        because: What the number is made of, shown where the target is missed.
    """

    name: str
    value: float
    bound: float
    because: str
    is_least: bool = True

    @property
    def verdict(self) -> str:
        """Whether the target is reached; if not, by how much it is missed and why."""
        if self.value >= self.bound if self.is_least else self.value <= self.bound:
            return "reached"
        return f"missed by {abs(1 - self.value / self.bound):.0%}: {self.because}"


def targets_grid(targets: list[Target]) -> Grid:
    """Returns the targets with their results as a table."""
    grid = Grid("Targets", "Ratios of medians of this run.", ("what", "measured", "target", ""))
    for target in targets:
        sign = "at least" if target.is_least else "at most"
        grid.add(target.name, target.value, f"{sign} {figure(target.bound)}", target.verdict)
    return grid


def figure(number: float) -> str:
    """Formats a number with at most three significant digits, or with thousands separators."""
    return f"{number:,.0f}" if abs(number) >= 100 or number == int(number) else f"{number:.3g}"


def write(grids: list[Grid], introduction: str, title: str = TITLE, report: Path = REPORT) -> None:
    """Writes docs/benchmarks.md, or another page."""
    report.parent.mkdir(exist_ok=True)
    parts = [f"# {title}", introduction, _machine(), *(grid.markdown().rstrip() for grid in grids)]
    report.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Measured on {datetime.now(timezone.utc):%d %B %Y}: {os.cpu_count()} cores ({platform.machine()}), "
        f"{memory:.0f} GiB memory, {platform.system()}, Python {platform.python_version()}, {packages}."
    )
