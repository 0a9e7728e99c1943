"""Opens the pipeline of a destination, or says in one sentence why that destination cannot take a load."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import dlt
from dlt.common.configuration.exceptions import ConfigFieldMissingException
from dlt.common.destination.client import WithStateSync
from dlt.common.destination.exceptions import UnknownDestinationModule
from dlt.common.exceptions import MissingDependencyException
from dlt.common.runtime.collector import NULL_COLLECTOR
from dlt.common.runtime.collector_base import Collector
from dlt.destinations.exceptions import DestinationConnectionError
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.pipeline.state_sync import load_pipeline_state_from_destination
from rich.console import Console

from centra_source import CentraError
from centra_source.exceptions import InvalidSetting, causes

from .locks import sole_run, turn_at_tables
from .recovery import finish_handing_on

PIPELINE_NAME = "centra_pipeline"
DATASET_NAME = "centra_data"
DUCKDB_NAME = "centra"
"""The default destination is DuckDB under this name, which makes its file centra.duckdb. The dataset is named
otherwise, since DuckDB cannot tell a schema from a catalog of the same name."""


@contextmanager
def open_pipeline(
    destination: str | None, dataset: str, console: Console, progress: Collector = NULL_COLLECTOR
) -> Iterator[dlt.Pipeline]:
    """The pipeline of one destination and dataset, with nothing left over from an interrupted run.

    Each pair has a pipeline of its own: the bookmarks of one database would leave gaps in another. While it
    is open, no other run can open it.

    Args:
        destination: Any dlt destination by its name; None is DuckDB in centra.duckdb.
        dataset: Schema or folder at the destination.
        console: Told when an interrupted load is finished first.
        progress: Shows what is going on.

    Raises:
        CentraError: The destination is unknown, not installed, not configured, or cannot be opened.
        CentraError: Another run is under way.
    """
    name = pipeline_name(destination, dataset)
    with sole_run(name), turn_at_tables(name, console):
        pipeline = _opened(name, destination, dataset, progress)
        finish_handing_on(pipeline)
        if pipeline.has_pending_data:
            console.print("Finishing the load that was interrupted.")
            pipeline.run()
        elif _is_of_another_copy(pipeline):
            console.print(
                "Taking the bookmarks from the destination: those on this machine belong to another copy. "
                "What the shop has deleted since this copy was made is found by --sweep.",
                soft_wrap=True,
            )
            pipeline.drop().sync_destination()
        yield pipeline


@contextmanager
def open_backfill(
    destination: str | None, dataset: str, console: Console, progress: Collector = NULL_COLLECTOR
) -> Iterator[dlt.Pipeline]:
    """A pipeline of its own that loads past ranges into the same tables.

    A load that was interrupted is not finished but forgotten, to be read again: the tables may have got newer
    rows since. Of its progress counts what the destination has committed.

    Raises:
        CentraError: As `open_pipeline`.
    """
    tables = pipeline_name(destination, dataset)
    name = f"{tables}_backfill"
    with sole_run(name):
        with turn_at_tables(tables, console):
            pipeline = _opened(name, destination, dataset, progress).drop()
            pipeline.sync_destination()
        yield pipeline


def pipeline_name(destination: str | None, dataset: str) -> str:
    """The name of the pipeline of one destination and dataset."""
    if destination is None and dataset == DATASET_NAME:
        return PIPELINE_NAME
    return f"{PIPELINE_NAME}_{destination or 'duckdb'}_{dataset}"


def _opened(name: str, destination: str | None, dataset: str, progress: Collector) -> dlt.Pipeline:
    try:
        pipeline = _pipeline(name, destination, dataset, progress)
        # dlt remembers by the pipeline's name, for the whole machine, in which folder its database file is.
        if pipeline.get_local_state_val("initial_cwd") != os.path.abspath(
            dlt.current.run_context().local_dir
        ):
            pipeline.drop()
            pipeline = _pipeline(name, destination, dataset, progress)
        pipeline.sync_destination()
        return pipeline
    except UnknownDestinationModule as error:
        raise InvalidSetting(
            f"dlt knows no destination '{destination}': see --help for the default."
        ) from error
    except PipelineStepFailed as error:
        raise CentraError(_why_not(destination or "duckdb", error)) from error


def _pipeline(name: str, destination: str | None, dataset: str, progress: Collector) -> dlt.Pipeline:
    return dlt.pipeline(
        name,
        destination=destination or dlt.destinations.duckdb(destination_name=DUCKDB_NAME),
        dataset_name=dataset,
        progress=progress,
    )


def _is_of_another_copy(pipeline: dlt.Pipeline) -> bool:
    """Whether the bookmarks here are not those that came with the destination's rows.

    That is so when the database was restored from a backup, or is loaded from elsewhere too. dlt keeps the
    newer bookmarks, which would leave a gap in the older rows.
    """
    if pipeline.first_run:
        return False
    with pipeline.destination_client() as client:
        if not isinstance(client, WithStateSync):
            return False
        stored = load_pipeline_state_from_destination(pipeline.pipeline_name, client)
    return stored is not None and stored["_version_hash"] != pipeline.state["_version_hash"]


def _why_not(destination: str, error: BaseException) -> str:
    for cause in causes(error):
        if isinstance(cause, MissingDependencyException):
            return f"The destination {destination} needs more packages: pip install 'dlt[{destination}]'."
        if isinstance(cause, ConfigFieldMissingException):
            fields = ", ".join(cause.fields)
            return f"The destination {destination} is not configured: {fields} belong into .dlt/secrets.toml."
        if isinstance(cause, DestinationConnectionError):
            cause = cause.inner_exc
            break
    reason = str(cause).strip().splitlines()[0].rstrip(".!")
    return (
        f"The destination {destination} cannot be opened, and nothing was loaded: {reason}. "
        "Close whatever holds it or mend its settings, then run again."
    )
