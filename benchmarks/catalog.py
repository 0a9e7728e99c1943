"""Compares Global-e's script with this source on a changing catalogue: `python -m benchmarks.catalog`.

Prints it and writes docs/benchmarks_catalog.md.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from centra_sandbox import Sandbox

from .catalog_troubles import AGAIN, KILLED, SCRIPT, SOURCE, TROUBLES, Outcome, meet
from .catalog_ways import Run, run_script, run_source
from .changing_catalog import Findings, Merchandiser, Truth, choose_edits, examine
from .measure import PROJECT, empty_folder
from .report import Grid, write

REPORT = PROJECT / "docs" / "benchmarks_catalog.md"

TITLE = "Global-e catalog: how does this source compare with Global-e's published script?"

INTRODUCTION = """\
`make bench-catalog` writes this page. Global-e's published script, rebuilt in
`benchmarks/published_script.py`, and this source read the same sandbox shop, each a new copy of it. Each file
is compared with the shop at the end. The sandbox sets no rate limits here, and there is no network delay. The
script's sleeps are counted, not slept; they move the shop's clock."""

COMPARED = """\
* **quiet**: the catalogue is not edited.
* **edited**: {edited} of the shop's {products} products are edited while they are read, in {rounds} rounds:
  their displays get other names, and `updatedAt` moves. Both get the same edits, after the same
  shares of the requests that they need for the quiet shop. The script, which takes longer, would meet more.
* **run again**: once more, without edits. The script starts from its first page, this source reads changes.

**second display**: rows of a size that is already in the file, on another display of the store.
**read twice**: further rows of a size. **missing**: sizes on sale that are not in the file.
**stale**: rows with a name that no display of the size has any more. **N/A**: rows with
this text as country of origin.

A product that is edited moves to the script's first page. If it was not read yet, it is left out, and another
product is read twice instead, so the number of rows hardly shows it. The script gets what it missed in a run
from the first page, if nobody edits anything meanwhile. This source closes its range of time before it starts
to read, and then asks for what was edited meanwhile. It leaves out what cannot be bought: inactive products,
variants, sizes and displays. The script leaves out inactive products only.

The script does not end: {further}.
We assume that it does not sleep after the last page; if it does, it makes one call per second, for ever."""

TROUBLED = """\
A quiet shop of {products} products. In the middle of the script's pages, or of this source's requests,
something goes wrong. The file of an earlier run exists. **run again**: once more, without the fault."""


@dataclass(frozen=True)
class Line:
    """One run on one catalogue."""

    catalog: str
    way: str
    run: Run
    findings: Findings


def compare(products: int, rounds: int, edits: int, patience: float = 0.0) -> list[Line]:
    """Reads the same shop in both ways, quiet and while it is edited.

    Args:
        products: Size of the shop.
        rounds: How often somebody edits,
        edits: and how many products each time.
        patience: Seconds to look on when the script has come to an empty page.
    """
    lines: list[Line] = []
    requests: dict[str, int] = {}
    for catalog in ("quiet", "edited"):
        for way in (SCRIPT, SOURCE):
            with Sandbox(products=products, orders=1) as sandbox, empty_folder() as folder:
                chosen = choose_edits(sandbox.shop, rounds, edits) if catalog == "edited" else []
                merchandiser = Merchandiser(sandbox, chosen, requests.get(way, 0))
                lines.append(_read(catalog, way, sandbox, folder, patience))
                if merchandiser.left:
                    raise RuntimeError(f"{way} ended before the last edit")
                requests.setdefault(way, lines[-1].run.calls)
                if chosen:
                    again = _read(catalog, way, sandbox, folder, patience)
                    lines.append(replace(again, way=f"{way}, {AGAIN}"))
    return lines


def _read(catalog: str, way: str, sandbox: Sandbox, folder: Path, patience: float) -> Line:
    """Writes the file in one way, and compares it with the current shop."""
    path = folder / "catalog.csv"
    run = run_script(sandbox, path, patience) if way == SCRIPT else run_source(sandbox, folder, path)
    if run.error:
        raise RuntimeError(f"{way} failed: {run.error}")
    return Line(catalog, way, run, examine(path, Truth.of(sandbox.shop)))


def comparison_grid(lines: list[Line], text: str) -> Grid:
    """Returns the runs as a table."""
    counted = "rows", "sizes", "second display", "read twice", "missing", "stale", "N/A"
    headings = "catalogue", "way", *counted, "calls", "points", "s", "s without sleep"
    grid = Grid("The same catalogue", text, headings)
    for line in lines:
        found, run = line.findings, line.run
        repeated = found.second_displays, found.read_twice, len(found.missing), found.stale, found.invented
        taken = run.calls, run.points, run.seconds + run.asleep, run.seconds
        grid.add(line.catalog, line.way, found.rows, found.sizes, *repeated, *taken)
    return grid


def troubles(products: int) -> list[tuple[str, Outcome]]:
    """Runs both ways with each error."""
    outcomes: list[tuple[str, Outcome]] = []
    with Sandbox(products=products, orders=1) as sandbox, empty_folder() as folder:
        calls = run_script(sandbox, folder / "catalog.csv").calls
        own_calls = run_source(sandbox, folder, folder / "catalog.csv").calls
    for trouble in (*TROUBLES, KILLED):
        with Sandbox(products=products, orders=1) as sandbox:
            outcomes += ((trouble, outcome) for outcome in meet(trouble, sandbox, calls, own_calls))
    return outcomes


def troubles_grid(outcomes: list[tuple[str, Outcome]], text: str) -> Grid:
    """Returns the errors as a table."""
    grid = Grid("Errors during a run", text, ("what", "way", "ends with", "rows", "missing", "the file"))
    for trouble, outcome in outcomes:
        found = outcome.findings
        counted = (found.rows, len(found.missing)) if found else ("-", "-")
        grid.add(trouble, outcome.way, outcome.ended_by.partition(": tokens")[0], *counted, outcome.state)
    return grid


def main() -> None:
    """Runs the comparison, prints it and writes docs/benchmarks_catalog.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalog", description=main.__doc__)
    parser.add_argument(
        "--products", type=int, default=1_000, help="products in the shop (default: %(default)s)"
    )
    parser.add_argument("--rounds", type=int, default=20, help="rounds of edits (default: %(default)s)")
    parser.add_argument("--edits", type=int, default=5, help="products per round (default: %(default)s)")
    parser.add_argument(
        "--patience",
        type=float,
        default=5.0,
        help="seconds to watch the script after an empty page (default: %(default)s)",
    )
    chosen = parser.parse_args()
    console, begun = Console(), time.monotonic()
    with console.status("Reading the same catalogue in both ways"):
        lines = compare(chosen.products, chosen.rounds, chosen.edits, chosen.patience)
    with console.status("Reading with errors"):
        size = min(300, chosen.products)
        outcomes = troubles(size)
    calls = f"{lines[0].run.further_calls:,} more calls"
    further = f"in the {chosen.patience:g} s after its first empty page it made {calls}"
    edited = f"{chosen.rounds * chosen.edits:,}"
    text = COMPARED.format(
        edited=edited, products=f"{chosen.products:,}", rounds=chosen.rounds, further=further
    )
    grids = [comparison_grid(lines, text), troubles_grid(outcomes, TROUBLED.format(products=size))]
    for grid in grids:
        grid.show(console)
    introduction = f"{INTRODUCTION} This run took {time.monotonic() - begun:.0f} s."
    write(grids, introduction, TITLE, REPORT)
    console.print(f"The script does not end: {further}.")
    console.print(f"{time.monotonic() - begun:.0f} s; written to {REPORT.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
