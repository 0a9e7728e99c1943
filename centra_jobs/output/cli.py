"""What the jobs share on the command line: common options, and one sentence for every error."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from rich.console import Console

from centra_source import RESOURCES
from centra_source.exceptions import InvalidSetting
from centra_source.spelling import did_you_mean

from ..runs.failures import failure_of
from ..runs.opening import DATASET_NAME


def run(job: Callable[[], int]) -> int:
    """Runs a job; turns what went wrong into one sentence on standard error and an exit code."""
    try:
        return job()
    except (Exception, KeyboardInterrupt) as error:
        failure = failure_of(error)
        if failure is None:
            raise
        plain_console(stderr=True).print(failure.sentence, soft_wrap=True)
        return failure.code


def plain_console(*, stderr: bool = False) -> Console:
    """A console that prints texts as they are: descriptions hold BBCode, which rich would take for markup."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def common_options() -> argparse.ArgumentParser:
    """The options that every job has."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--destination",
        metavar="NAME",
        help="any dlt destination by its name (default: DuckDB in centra.duckdb)",
    )
    options.add_argument(
        "--dataset",
        metavar="NAME",
        default=DATASET_NAME,
        help="schema or folder at the destination (default: %(default)s)",
    )
    return options


def resource_options() -> argparse.ArgumentParser:
    """The options of jobs that read the shop."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--resources", metavar="A,B", help="load only these resources")
    options.add_argument(
        "--exclude",
        metavar="A,B",
        help="leave out these resources, child tables, or fields (orders.shipping_address)",
    )
    return options


def store_option() -> argparse.ArgumentParser:
    """The option of jobs that derive the Global-e catalog."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--store", type=int, metavar="ID", help="the store of the Global-e catalog (default: the only one)"
    )
    return options


def names_in(text: str | None) -> list[str]:
    """The names of a comma-separated list."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def chosen_resources(wanted: str | None, unwanted: str | None) -> list[str]:
    """The resources that two comma-separated lists leave, of all that are loaded unless others are named.

    Raises:
        InvalidSetting: A name is unknown, or nothing is left.
    """
    names = names_in(wanted) or [name for name, resource in RESOURCES.items() if resource.selected]
    for name in names:
        if name not in RESOURCES:
            raise InvalidSetting(f"There is no resource '{name}': {did_you_mean(name, RESOURCES)}")
    dropped = names_in(unwanted)
    chosen = [name for name in names if name not in dropped]
    if not chosen:
        raise InvalidSetting("Every chosen resource is excluded too: nothing is left to load.")
    return chosen


def excluded_names(unwanted: str | None) -> dict[str, list[str]]:
    """The setting of the source that leaves out what a comma-separated list names; none if it is empty."""
    names = names_in(unwanted)
    return {"exclude": names} if names else {}
