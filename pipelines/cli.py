"""What the jobs share on the command line: common options, and one sentence for every error."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from dlt.common.configuration.exceptions import ConfigFieldMissingException
from dlt.pipeline.exceptions import PipelineStepFailed
from rich.console import Console

from centra_source import RESOURCES, CentraError
from centra_source.exceptions import InvalidSetting, causes
from centra_source.settings import did_you_mean

from .opening import DATASET_NAME

FAILED, MISUSED = 1, 2
"""Exit codes: something went wrong, or was asked in a way that cannot work."""

INTERRUPTED = 130

NO_CREDENTIALS = """\
No shop to load yet. Put its address and a token into .dlt/secrets.toml (copy .dlt/example.secrets.toml):

    [sources.centra_source]
    base_url = "https://your-shop.centra.com/graphql"
    access_token = "made in Centra under System > API Tokens"

Or try a made-up shop, which needs none: python centra_pipeline.py --sandbox"""


def run(job: Callable[[], int]) -> int:
    """Runs a job; turns what went wrong into one sentence on standard error and an exit code."""
    errors = plain_console(stderr=True)
    try:
        return job()
    except KeyboardInterrupt:
        errors.print(
            "Stopped. What was loaded before stays; the next run goes on from there.", soft_wrap=True
        )
        return INTERRUPTED
    except Exception as error:
        for cause in causes(error):
            if isinstance(cause, ConfigFieldMissingException) and {"base_url", "access_token"} & set(
                cause.fields
            ):
                errors.print(NO_CREDENTIALS, soft_wrap=True)
                return MISUSED
            if isinstance(cause, CentraError):
                errors.print(str(cause), soft_wrap=True)
                return MISUSED if isinstance(cause, InvalidSetting) else FAILED
        if isinstance(error, PipelineStepFailed) and error.step in ("load", "sync"):
            *_, cause = causes(error)
            reason = str(cause).strip().splitlines()[0].rstrip(".!")
            errors.print(
                f"The destination refuses what was read: {reason}. Nothing is lost: mend that and run again.",
                soft_wrap=True,
            )
            return FAILED
        raise


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
