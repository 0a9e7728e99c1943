"""Derives the tables of Global-e's orders from a loaded shop and tells what does not agree in them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import dlt
from rich.console import Console

from centra_jobs.output import cli
from centra_jobs.runs.duckdb_file import kept_open
from centra_jobs.runs.opening import open_pipeline
from centra_source.globale.orders import (
    ORDER_TABLES,
    TITLES,
    globale_orders_tables,
    orders_configuration,
    what_is_missed,
)

EXCEPTIONS = """
select rule, severity, count(*) as findings
from globale_exceptions
group by rule, severity
"""


def options() -> argparse.ArgumentParser:
    """The command line of this job."""
    parser = argparse.ArgumentParser(
        prog="globale_orders_pipeline.py",
        description="Makes the tables globale_orders and so on, from those of centra_pipeline.py, and tells "
        "where Centra and Global-e do not agree.",
        parents=[cli.common_options()],
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        action="append",
        default=[],
        help="a weekly reconciliation report of Global-e, CSV or XLSX; several times for several",
    )
    return parser


def derive(arguments: argparse.Namespace, console: Console) -> int:
    """Derives and reports; findings are no failure."""
    with open_pipeline(arguments.destination, arguments.dataset, console) as pipeline:
        configuration = orders_configuration()
        with kept_open(pipeline):
            pipeline.run(globale_orders_tables(pipeline.dataset(), configuration, arguments.report))
            dataset = pipeline.dataset()
            for line in summary(dataset):
                console.print(line, soft_wrap=True)
            for sentence in what_is_missed(dataset, configuration, bool(arguments.report)):
                console.print(f"Note: {sentence}", soft_wrap=True)
    return 0


def summary(dataset: dlt.Dataset) -> Iterator[str]:
    """The rows of each table, and the findings of each rule."""
    width = max(len(table.name) for table in ORDER_TABLES)
    for table in ORDER_TABLES:
        ((count,),) = dataset(f"select count(*) as rows_in_all from {table.name}").fetchall()
        yield f"{table.name:{width}} {count:>9,} rows"
    found = {rule: (severity, count) for rule, severity, count in dataset(EXCEPTIONS).fetchall()}
    yield ""
    if not found:
        yield "No exceptions: the orders of Global-e agree with Centra."
    for rule, title in TITLES.items():
        if rule in found:
            severity, count = found[rule]
            yield f"{severity:5} {rule:4} {count:>7,}  {title}"
    yield ""


if __name__ == "__main__":
    sys.exit(cli.run(lambda: derive(options().parse_args(), cli.plain_console())))
