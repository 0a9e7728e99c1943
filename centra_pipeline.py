"""Loads a Centra shop, derives the Global-e catalog, and reports: `python centra_pipeline.py --help`."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from time import monotonic
from typing import Any

import dlt
from rich.console import Console

from centra_jobs.output import cli
from centra_jobs.output import token_report as checking
from centra_jobs.output.load_report import show_catalog, show_forecast, show_load
from centra_jobs.output.progress import RichCollector
from centra_jobs.runs.duckdb_file import kept_open
from centra_jobs.runs.loading import ROWS_PER_LOAD, load_all
from centra_jobs.runs.local_shop import local_shop
from centra_jobs.runs.opening import open_pipeline
from centra_source import centra_source
from centra_source.check.token_check import check_token
from centra_source.exceptions import InvalidSetting, causes
from centra_source.forecast import forecast_load
from centra_source.globale import catalog_configuration, derive_catalog, summary
from centra_source.models import MODELS, derive_models


def options() -> argparse.ArgumentParser:
    """The command line of this job."""
    parser = argparse.ArgumentParser(
        prog="centra_pipeline.py",
        description="Loads a Centra shop into DuckDB or another destination: everything the first time, "
        "changes after that. The shop's address and token stand in .dlt/secrets.toml.",
        parents=[cli.resource_options(), cli.common_options(), cli.store_option()],
        epilog=checking.EXIT_CODES,
    )
    parser.add_argument(
        "job",
        nargs="?",
        choices=list(JOBS),
        default="load",
        help="load, only say what a first load of the chosen resources would take, or check what the token "
        "may read of them (default: %(default)s)",
    )
    parser.add_argument(
        "--start-date", metavar="DATE", help="where the first load begins (default: with everything)"
    )
    parser.add_argument(
        "--rows-per-load",
        type=int,
        metavar="N",
        default=ROWS_PER_LOAD,
        help="objects of a resource that are committed together (default: %(default)s)",
    )
    parser.add_argument(
        "--full-refresh",
        action="store_true",
        help="read everything again and replace the tables; snapshots stay",
    )
    parser.add_argument(
        "--sweep", action="store_true", help="compare all ids with the shop's, to find what it has deleted"
    )
    parser.add_argument(
        "--sandbox", action="store_true", help="load a made-up shop that runs on this machine"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--permissions",
        action="store_true",
        help="check: print only the permissions that the chosen resources need, one on a line",
    )
    form.add_argument("--json", action="store_true", help="check: print all that is found as JSON")
    return parser


def load(arguments: argparse.Namespace, console: Console) -> int:
    """Loads, derives, reports."""
    begun = monotonic()
    chosen = cli.chosen_resources(arguments.resources, arguments.exclude)
    given = {
        "start_date": arguments.start_date,
        "rows_per_load": arguments.rows_per_load,
        "full_refresh": arguments.full_refresh or None,
        "sweep": arguments.sweep or None,
    }
    with ExitStack() as stack:
        settings: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        settings.update(cli.excluded_names(arguments.exclude))
        if arguments.sandbox:
            settings.update(stack.enter_context(local_shop()))
        source = centra_source(**settings)
        if not arguments.resources:
            chosen = [name for name in chosen if name in source.selected_resources]
        source = source.with_resources(*chosen)
        pipeline = stack.enter_context(
            open_pipeline(arguments.destination, arguments.dataset, console, RichCollector(console))
        )
        console.print(f"Loading {len(chosen)} resources, as fast as the shop's rate limits let through.\n")
        info, load_ids = load_all(pipeline, source, settings)
        show_load(console, pipeline.dataset(), load_ids)
        derive_and_show(pipeline, arguments.store, console)
        with kept_open(pipeline):
            models = derive_models(pipeline)
    place = str(info.destination_displayable_credentials).removeprefix("duckdb:///")
    console.print(f"\nLoaded in {monotonic() - begun:.1f} s into {place}", soft_wrap=True)
    console.print(f"Tables for analysts: {len(models.made)} of {len(MODELS)} made.")
    for name, reason in models.skipped.items():
        console.print(f"Not made: {name}, because {reason}.", soft_wrap=True)
    return 0


def foretell(arguments: argparse.Namespace, console: Console) -> int:
    """Says what a first load would take; opens no destination and writes nothing."""
    chosen = cli.chosen_resources(arguments.resources, arguments.exclude)
    with ExitStack() as stack:
        settings: dict[str, Any] = cli.excluded_names(arguments.exclude)
        if arguments.start_date is not None:
            settings["start_date"] = arguments.start_date
        if arguments.sandbox:
            settings.update(stack.enter_context(local_shop()))
        show_forecast(console, forecast_load(chosen, **settings))
    return 0


def look(arguments: argparse.Namespace, console: Console) -> int:
    """Checks what the token can read; opens no destination and changes nothing in the shop."""
    chosen = cli.chosen_resources(arguments.resources, arguments.exclude)
    with ExitStack() as stack:
        settings: dict[str, Any] = cli.excluded_names(arguments.exclude)
        if arguments.sandbox:
            settings.update(stack.enter_context(local_shop()))
        if arguments.permissions:
            checking.print_permissions(chosen, settings)
            return 0
        found = check_token(chosen, **settings)
    if arguments.json:
        print(checking.as_json(found))
    else:
        checking.show_check(console, found)
    return checking.exit_code(found)


JOBS = {"load": load, "forecast": foretell, "check": look}


def run(arguments: argparse.Namespace) -> int:
    """Does the job that is asked for."""
    if (arguments.permissions or arguments.json) and arguments.job != "check":
        raise InvalidSetting("--permissions and --json belong to a check: python centra_pipeline.py check")
    return JOBS[arguments.job](arguments, cli.plain_console())


def derive_and_show(pipeline: dlt.Pipeline, store_id: int | None, console: Console) -> None:
    """Derives the Global-e catalog and shows it; says why there is none where the shop leaves it open."""
    try:
        with kept_open(pipeline):
            derive_catalog(pipeline, catalog_configuration(store=store_id))
    except Exception as error:
        reason = next((cause for cause in causes(error) if isinstance(cause, InvalidSetting)), None)
        if reason is None or store_id is not None:
            raise
        console.print(f"\nNo Global-e catalog: {reason}", soft_wrap=True)
        return
    show_catalog(console, pipeline.dataset(), summary(pipeline.dataset()))


if __name__ == "__main__":
    sys.exit(cli.run(lambda: run(options().parse_args())))
