"""Runs all comparisons, prints them and writes docs/benchmarks.md: `python -m benchmarks [--full]`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console

from . import comparisons
from .comparisons import CEILING, DEFAULT, PARQUET, PARSE, SOURCE, WAYS_TEXT, compare_ways
from .page_server import page_server
from .report import REPORT, targets_grid, write

INTRODUCTION = """\
`make bench` writes this page in minutes; `make bench-full`, with up to a million orders, takes a quarter of
an hour. A local server returns prepared answers without compression, so that no GraphQL is executed while a
load is measured. Each way runs in its own process and loads into a new DuckDB file. Times do not include
imports; MB is the peak memory of the process. Slow ways get smaller shops, and rates are compared. This
counts against the slow ways: starting a pipeline takes about a second with dlt."""


@dataclass(frozen=True)
class Plan:
    """Sizes of the measurements.

    Attributes:
        orders: Number of orders that each way loads.
        products: Number of products that each way loads.
        growth: Numbers of orders for the table of growth.
        catalog: Numbers of products under rate limits.
        limited_orders: Number of orders under rate limits.
        times: Number of runs for each median; the second number is for products.
    """

    orders: Mapping[str, int]
    products: Mapping[str, int]
    growth: tuple[int, ...]
    catalog: tuple[int, ...]
    limited_orders: int
    times: tuple[int, int]


QUICK = Plan(
    orders={SOURCE: 30_000, PARQUET: 3_000, DEFAULT: 500, CEILING: 20_000, PARSE: 5_000},
    products={SOURCE: 30_000, PARQUET: 3_000, DEFAULT: 1_000, CEILING: 20_000, PARSE: 5_000},
    growth=(10_000, 30_000),
    catalog=(500,),
    limited_orders=1_200,
    times=(3, 1),
)
FULL = Plan(
    orders={SOURCE: 100_000, PARQUET: 10_000, DEFAULT: 2_000, CEILING: 60_000, PARSE: 10_000},
    products={SOURCE: 100_000, PARQUET: 10_000, DEFAULT: 4_000, CEILING: 60_000, PARSE: 10_000},
    growth=(10_000, 100_000, 1_000_000),
    catalog=(500, 3_000),
    limited_orders=3_000,
    times=(3, 1),
)


def main() -> None:
    """Measures, prints, writes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="measure with up to a million orders")
    plan = FULL if parser.parse_args().full else QUICK
    console, begun = Console(), time.monotonic()
    with page_server() as address:
        with console.status("Loading the same answers in every way"):
            order_grid, order_runs = compare_ways(address, "orders", plan.orders, plan.times[0], WAYS_TEXT)
            product_grid, _ = compare_ways(address, "products", plan.products, plan.times[1], "As above.")
        with console.status("Loading larger shops"):
            # First the runs with nothing changed: afterwards something has.
            overhead_targets = comparisons.measure_overheads(address, plan.growth[0], plan.times[0])
            growth_grid, growth_targets = comparisons.measure_growth(address, plan.growth)
    with console.status("Loading under rate limits"):
        limits_grid = comparisons.compare_under_limits(plan.catalog, plan.limited_orders)
    targets = targets_grid([*comparisons.speed_targets(order_runs), *overhead_targets, *growth_targets])
    grids = [targets, order_grid, product_grid, growth_grid, limits_grid]
    for grid in grids:
        grid.show(console)
    mode = "The full run" if plan is FULL else "The quick run"
    write(grids, f"{INTRODUCTION} {mode}, {time.monotonic() - begun:.0f} s.")
    console.print(f"{time.monotonic() - begun:.0f} s; written to {REPORT.relative_to(REPORT.parents[1])}")


if __name__ == "__main__":
    main()
