"""What the jobs share on the command line: the sandbox, the pipeline, and one sentence for every error."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

import dlt
from dlt.common.configuration.exceptions import ConfigFieldMissingException
from dlt.common.runtime.collector import NULL_COLLECTOR
from dlt.common.runtime.collector_base import Collector
from rich.console import Console

from centra_source import RESOURCES, CentraError
from centra_source.exceptions import InvalidSetting

PIPELINE_NAME = "centra_pipeline"
DATASET_NAME = "centra_data"
DUCKDB_NAME = "centra"
"""The default destination is DuckDB under this name, which makes its file centra.duckdb. The dataset is named
otherwise, since DuckDB cannot tell a schema from a catalog of the same name."""

FAILED, MISUSED = 1, 2
"""Exit codes: something went wrong, or was asked in a way that cannot work."""

SANDBOX_COMMAND = ("-m", "sandbox", "--port", "0", "--products", "500", "--orders", "2000", "--seed", "7")

NO_CREDENTIALS = """\
No shop to load yet. Put its address and a token into .dlt/secrets.toml (copy .dlt/example.secrets.toml):

    [sources.centra_source]
    base_url = "https://your-shop.centra.com/graphql"
    access_token = "made in Centra under System > API Tokens"

Or try a made-up shop, which needs none: python centra_pipeline.py --sandbox"""


def run(job: Callable[[], int]) -> int:
    """Runs a job; turns what went wrong into one sentence on standard error and an exit code."""
    errors = Console(stderr=True)
    try:
        return job()
    except KeyboardInterrupt:
        errors.print("Stopped. What was loaded before stays; the next run goes on from there.")
        return 130
    except Exception as error:
        for cause in causes(error):
            if isinstance(cause, ConfigFieldMissingException) and {"base_url", "access_token"} & set(
                cause.fields
            ):
                errors.print(NO_CREDENTIALS, markup=False, highlight=False, soft_wrap=True)
                return MISUSED
            sentence = _sentence(cause)
            if sentence:
                errors.print(sentence, markup=False, highlight=False, soft_wrap=True)
                return MISUSED if isinstance(cause, InvalidSetting) else FAILED
        raise


def pipeline_options() -> argparse.ArgumentParser:
    """The options that every job has."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--destination", help="any dlt destination by its name (default: DuckDB in centra.duckdb)"
    )
    options.add_argument(
        "--dataset", default=DATASET_NAME, help="schema or folder at the destination (default: %(default)s)"
    )
    return options


def open_pipeline(
    options: argparse.Namespace, console: Console, progress: Collector = NULL_COLLECTOR
) -> dlt.Pipeline:
    """The pipeline of one destination and dataset, with nothing left over from an interrupted run.

    Each pair has a pipeline of its own: the bookmarks of one database would leave gaps in another.
    """
    is_default = options.destination is None and options.dataset == DATASET_NAME
    name = (
        PIPELINE_NAME
        if is_default
        else f"{PIPELINE_NAME}_{options.destination or 'duckdb'}_{options.dataset}"
    )
    pipeline = dlt.pipeline(
        name,
        destination=options.destination or dlt.destinations.duckdb(destination_name=DUCKDB_NAME),
        dataset_name=options.dataset,
        progress=progress,
    )
    pipeline.sync_destination()
    if pipeline.has_pending_data:
        console.print("Finishing the load that was interrupted.")
        pipeline.run()
    return pipeline


def chosen_resources(wanted: str | None, unwanted: str | None) -> list[str]:
    """The resources that two comma-separated lists leave.

    Raises:
        InvalidSetting: A name is unknown, or nothing is left.
    """
    names = _known_names(wanted) if wanted else list(RESOURCES)
    dropped = _known_names(unwanted) if unwanted else []
    chosen = [name for name in names if name not in dropped]
    if not chosen:
        raise InvalidSetting("Every chosen resource is excluded too: nothing is left to load.")
    return chosen


@contextmanager
def sandbox_shop() -> Iterator[dict[str, str]]:
    """Runs a sandbox shop in a process of its own; yields the arguments of the source that reach it."""
    command = [sys.executable, *SANDBOX_COMMAND]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            greeting = process.stdout.readline()
            found = re.search(r"(http://\S+/graphql) \(token: (\S+)\)", greeting)
            if not found:
                raise CentraError("The sandbox did not start: install it with pip install -e '.[sandbox]'.")
            yield {"base_url": found[1], "access_token": found[2]}
        finally:
            process.terminate()


def _known_names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in RESOURCES:
            near = get_close_matches(name, RESOURCES, n=3) or list(RESOURCES)
            raise InvalidSetting(f"There is no resource '{name}': did you mean {' or '.join(near)}?")
    return names


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, outermost first."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _sentence(cause: BaseException) -> str | None:
    return str(cause) if isinstance(cause, CentraError) else None
