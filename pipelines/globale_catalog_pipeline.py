"""Derives the Global-e catalog from a loaded shop and writes it as the CSV file that Global-e takes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from centra_source import CentraError
from centra_source.globale import globale_catalog, write_csv
from pipelines import cli
from pipelines.opening import open_pipeline


def options() -> argparse.ArgumentParser:
    """The command line of this job."""
    parser = argparse.ArgumentParser(
        prog="globale_catalog_pipeline.py",
        description="Writes the catalog that Global-e asks for, from the tables of centra_pipeline.py.",
        parents=[cli.common_options(), cli.store_option()],
    )
    parser.add_argument(
        "--csv", type=Path, metavar="FILE", default=Path("globale_catalog.csv"), help="default: %(default)s"
    )
    return parser


def export(arguments: argparse.Namespace, console: Console) -> int:
    """Derives, writes, reports."""
    with open_pipeline(arguments.destination, arguments.dataset, console) as pipeline:
        pipeline.run(globale_catalog(pipeline.dataset(), arguments.store))
        try:
            rows = write_csv(pipeline.dataset(), arguments.csv)
        except OSError as error:
            raise CentraError(
                f"{arguments.csv} cannot be written ({error.strerror}): choose another --csv."
            ) from error
    console.print(f"Global-e catalog: {rows:,} rows in {arguments.csv.resolve()}", soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(cli.run(lambda: export(options().parse_args(), cli.plain_console())))
