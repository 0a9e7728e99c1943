"""Derives the Global-e catalog of a loaded shop, checks it, and writes the files that Global-e takes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from rich.console import Console

from centra_jobs.output import cli, globale_doctor
from centra_jobs.output.globale_report import show_export
from centra_jobs.runs.duckdb_file import kept_open
from centra_jobs.runs.opening import open_pipeline
from centra_source import CentraError
from centra_source.exceptions import InvalidSetting
from centra_source.globale import CatalogConfiguration, catalog_configuration, export_catalog

BLOCKED = 1
"""Exit code: the files are written, but must not be delivered."""

EXIT_CODES = """\
exit codes of an export: 0 the catalog can be delivered; 1 something blocks it, or, with --strict, is worth a
warning; 2 a setting cannot work. Of doctor: 0 nothing is missing; 3 something is; 2 a setting cannot work.
Whatever else goes wrong is 1, with the reason in one sentence."""


def options() -> argparse.ArgumentParser:
    """The command line of this job."""
    parser = argparse.ArgumentParser(
        prog="globale_catalog_pipeline.py",
        description="Writes the catalog that Global-e asks for, from the tables of centra_pipeline.py, and a "
        "page of what is to be mended first. Settings stand under [globale] in .dlt/config.toml.",
        parents=[cli.common_options(), cli.store_option()],
        epilog=EXIT_CODES,
    )
    parser.add_argument(
        "job",
        nargs="?",
        choices=list(JOBS),
        default="export",
        help="write the catalog, or look whether the shop is set up for Global-e (default: %(default)s)",
    )
    files = parser.add_argument_group("export")
    files.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        default=Path("globale"),
        help="takes the files (default: %(default)s)",
    )
    files.add_argument("--profile", metavar="NAME", help="columns of the file: centra, full or an own one")
    files.add_argument("--language", metavar="CODE", help="of names and descriptions, such as de")
    files.add_argument("--merchant", metavar="NAME", help="begins the names of the files")
    files.add_argument(
        "--bom", action="store_true", default=None, help="begin files so that Excel reads them"
    )
    files.add_argument("--review", action="store_true", help="also write an XLSX copy for people to read")
    files.add_argument(
        "--delta", action="store_true", help="also write what has changed since the file last delivered"
    )
    files.add_argument(
        "--deliver",
        action="store_true",
        help="remember this file as delivered: the next --delta starts there",
    )
    files.add_argument(
        "--force", action="store_true", help="deliver what is blocked, and a delta that removes too much"
    )
    strictness = files.add_mutually_exclusive_group()
    strictness.add_argument("--strict", action="store_true", help="fail for warnings, too")
    strictness.add_argument("--exit-zero", action="store_true", help="succeed whatever is found")
    globale_doctor.add_arguments(parser)
    return parser


def export(arguments: argparse.Namespace, console: Console) -> int:
    """Derives, checks, writes, reports."""
    with open_pipeline(arguments.destination, arguments.dataset, console) as pipeline, kept_open(pipeline):
        try:
            made = export_catalog(
                pipeline,
                _configuration(arguments),
                arguments.output,
                datetime.now(timezone.utc),
                compare=arguments.delta,
                deliver=arguments.deliver,
                review=arguments.review,
                strict=arguments.strict,
                force=arguments.force,
            )
        except OSError as error:
            raise CentraError(
                f"{arguments.output} cannot take the files ({error.strerror}): choose another --output."
            ) from error
    show_export(console, made, strict=arguments.strict)
    is_unfit = made.found.fails(strict=arguments.strict)
    return BLOCKED if is_unfit and not arguments.exit_zero else 0


def doctor(arguments: argparse.Namespace, console: Console) -> int:
    """Looks whether the shop is set up for Global-e."""
    return globale_doctor.doctor(arguments, console)


JOBS: dict[str, Callable[[argparse.Namespace, Console], int]] = {"export": export, "doctor": doctor}


def run(arguments: argparse.Namespace) -> int:
    """Does the job that is asked for."""
    if arguments.job != "export" and (arguments.delta or arguments.deliver or arguments.review):
        raise InvalidSetting("--delta, --deliver and --review belong to an export.")
    return JOBS[arguments.job](arguments, cli.plain_console())


def _configuration(arguments: argparse.Namespace) -> CatalogConfiguration:
    return catalog_configuration(
        store=arguments.store,
        profile=arguments.profile,
        language=arguments.language,
        merchant=arguments.merchant,
        bom=arguments.bom,
    )


if __name__ == "__main__":
    sys.exit(cli.run(lambda: run(options().parse_args())))
