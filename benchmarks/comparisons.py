"""The comparisons: each measures one thing and returns its table and targets."""

from __future__ import annotations

import time
from collections.abc import Mapping

from . import limits
from .measure import Run, Shop, empty_folder, import_seconds, middle
from .report import Grid, Target, figure

SOURCE, CEILING, PARSE = "this source", "no dlt", "parse only"
JOB, JOB_ALONE = "the job", "the job, alone"
PARQUET, DEFAULT = "plain, parquet", "plain, default"
SCRIPT, FIXED = "published script", "fixed pages"

WAYS_TEXT = f"""\
* **{SOURCE}**: `centra_source` in one load, with pages of 100 like the others, without the event queue.
* **{PARQUET}**: a `@dlt.resource` that yields the nodes of each page, merges by `id` and writes Parquet.
* **{DEFAULT}**: the same with dlt's default file format.
* **{CEILING}**: requests, orjson, Arrow tables built by column, DuckDB `insert`; the same tables and columns.
* **{PARSE}**: `orjson.loads` of the responses, which were fetched before.

"source/way" is the rate of this source, in objects per second, divided by the rate of the way. "by CPU" is
the same per second of CPU time, which other work on the machine affects less."""

LIMITS_TEXT = f"""\
A sandbox with the limits of Centra's Growth plan (60 requests and 250,000 points in ten seconds), a new one
for each way. **{SCRIPT}** is a copy of Global-e's catalog script: pages of 30 active products by page
number, with a second of sleep after each page. It ends after the last page; the original never ends.
**{JOB}** leaves a fifth of the quota to the shop's other systems, **{JOB_ALONE}** uses all of it.
**{FIXED}** requests `orders(limit: 100, page: n)` with the fields of this source, waits as `Retry-After`
says, and loads without dlt."""


def compare_ways(
    address: str, resource: str, sizes: Mapping[str, int], times: int, text: str
) -> tuple[Grid, dict[str, Run]]:
    """Loads one resource in every way, alternating between the ways."""
    runs: dict[str, list[Run]] = {way: [] for way in sizes}
    for turn in range(times):
        for way, size in sizes.items():
            # One run with the default takes a minute, and more runs would not change the result.
            if way != DEFAULT or turn == 0:
                runs[way].append(Shop(address, size).load(way, resource))
    rates = "calls/1,000", "points/1,000", f"{resource}/s", "rows/s"
    headings = (resource, "loaded", *rates, "s", "CPU s", "MB", "source/way", "by CPU", "steps, s")
    grid = Grid(f"{resource.capitalize()}, side by side", text, headings)
    chosen = {way: middle(found) for way, found in runs.items()}
    for way, run in chosen.items():
        loaded = run.tables[resource]
        per_thousand = run.calls * 1000 / loaded, run.points * 1000 / loaded
        per_second = loaded / run.seconds, run.rows / run.seconds
        faster = run.seconds / loaded / (chosen[SOURCE].seconds / chosen[SOURCE].tables[resource])
        leaner = run.cpu_seconds / loaded / (chosen[SOURCE].cpu_seconds / chosen[SOURCE].tables[resource])
        taken = run.seconds, run.cpu_seconds, run.peak_mb
        grid.add(way, loaded, *per_thousand, *per_second, *taken, faster, leaner, _steps(run))
    return grid, chosen


def measure_growth(address: str, sizes: tuple[int, ...]) -> tuple[Grid, list[Target]]:
    """Loads shops of increasing size, and then their changes."""
    text = (
        "Orders as `centra load` loads them: page sizes by complexity, 25,000 orders per load. Then 1 % of "
        "them are changed, and the command runs again."
    )
    again_headings = "changed", "s again", "calls again", "share of calls", "MB again"
    grid = Grid("Growth", text, ("orders", "s", "orders/s", "calls", "MB", *again_headings))
    rates, peaks, shares = [], [], []
    for size in sizes:
        shop, begun = Shop(address, size), time.time()
        with empty_folder() as folder:
            full = shop.load(JOB, "orders", folder=folder)
            changed = shop.change(since=begun)
            again = shop.load(JOB, "orders", folder=folder)
        rates.append(size / full.seconds)
        peaks += [full.peak_mb, again.peak_mb]
        shares.append(again.calls / full.calls)
        cells = changed, again.seconds, again.calls, f"{shares[-1]:.1%}", again.peak_mb
        grid.add(figure(size), full.seconds, rates[-1], full.calls, full.peak_mb, *cells)
    of_largest = f"of {figure(sizes[-1])} orders"
    slower = f"time per order {of_largest}, against {figure(sizes[0])}"
    share = f"share of calls for 1 % {of_largest} changed"
    calls = f"{again.calls} calls, some of which do not depend on the changes"
    return grid, [
        Target(slower, rates[0] / rates[-1], 1.2, "see Growth", is_least=False),
        Target("peak memory of all sizes, MB", max(peaks), 600, "see Growth", is_least=False),
        Target(share, shares[-1], 0.03, calls, is_least=False),
    ]


def measure_overheads(address: str, size: int, times: int) -> list[Target]:
    """Measures the fixed costs: the import, and a run without changes."""
    dlt, source = import_seconds("dlt", "centra_source", times=times + 2)
    shop = Shop(address, size)
    with empty_folder() as folder:
        shop.load(JOB, "orders", "products", folder=folder)
        idle = middle([shop.load(JOB, "orders", "products", folder=folder) for _ in range(times)])
    imports = f"import dlt takes {dlt:.2f} s, import centra_source {source:.2f} s"
    unchanged = "CPU s of a run with nothing changed, with imports"
    cpu = f"{idle.cpu_seconds:.1f} s of it without the imports"
    return [
        Target("import of centra_source against import dlt", source / dlt, 1.5, imports, is_least=False),
        Target(unchanged, idle.process_cpu_seconds, 5, cpu, is_least=False),
    ]


def compare_under_limits(catalog: tuple[int, ...], orders: int) -> Grid:
    """Loads with this source and with page numbers, under the limits of the Growth plan."""
    headings = "what", "way", "loaded", "rows", "s", "calls", "points", "429s", "s/1,000", "points/1,000", ""
    grid = Grid("Under Growth limits", LIMITS_TEXT, headings)
    runs = [("products", way, limits.catalog(way, size)) for size in catalog for way in (JOB, SCRIPT)]
    runs += [("orders", way, limits.orders(way, orders)) for way in (JOB, JOB_ALONE, FIXED)]
    for what, way, run in runs:
        loaded = run.tables[what]
        counted = run.calls, run.points, run.refusals
        per_thousand = run.seconds * 1000 / loaded, run.points * 1000 / loaded
        grid.add(what, way, loaded, run.rows, run.seconds, *counted, *per_thousand, run.note)
    return grid


def speed_targets(runs: Mapping[str, Run]) -> list[Target]:
    """Returns the targets for the rates of orders."""
    rates = {way: run.tables["orders"] / run.seconds for way, run in runs.items()}
    bounds = {PARQUET: 8.0, DEFAULT: 40.0, CEILING: 0.9}
    targets = []
    for way, bound in bounds.items():
        because = f"of {runs[SOURCE].seconds:.1f} s: {_steps(runs[SOURCE])}"
        if rates[CEILING] < bound * rates[way]:
            because = f"{CEILING}, the ceiling, is at {rates[CEILING] / rates[way]:.1f}"
        targets.append(Target(f"orders/s against {way}", rates[SOURCE] / rates[way], bound, because))
    return targets


def _steps(run: Run) -> str:
    return ", ".join(f"{step} {seconds:.1f}" for step, seconds in run.steps.items())
