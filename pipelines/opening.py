"""Opens the pipeline of a destination, or says in one sentence why that destination cannot take a load."""

from __future__ import annotations

import os

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

PIPELINE_NAME = "centra_pipeline"
DATASET_NAME = "centra_data"
DUCKDB_NAME = "centra"
"""The default destination is DuckDB under this name, which makes its file centra.duckdb. The dataset is named
otherwise, since DuckDB cannot tell a schema from a catalog of the same name."""


def open_pipeline(
    destination: str | None, dataset: str, console: Console, progress: Collector = NULL_COLLECTOR
) -> dlt.Pipeline:
    """The pipeline of one destination and dataset, with nothing left over from an interrupted run.

    Each pair has a pipeline of its own: the bookmarks of one database would leave gaps in another.

    Args:
        destination: Any dlt destination by its name; None is DuckDB in centra.duckdb.
        dataset: Schema or folder at the destination.
        console: Told when an interrupted load is finished first.
        progress: Shows what is going on.

    Raises:
        CentraError: The destination is unknown, not installed, not configured, or cannot be opened.
    """
    try:
        pipeline = _pipeline(destination, dataset, progress)
        # dlt remembers by the pipeline's name, for the whole machine, in which folder its database file is.
        if pipeline.get_local_state_val("initial_cwd") != os.path.abspath(
            dlt.current.run_context().local_dir
        ):
            pipeline.drop()
            pipeline = _pipeline(destination, dataset, progress)
        pipeline.sync_destination()
    except UnknownDestinationModule as error:
        raise InvalidSetting(
            f"dlt knows no destination '{destination}': see --help for the default."
        ) from error
    except PipelineStepFailed as error:
        raise CentraError(_why_not(destination or "duckdb", error)) from error
    if pipeline.has_pending_data:
        console.print("Finishing the load that was interrupted.")
        pipeline.run()
    elif _is_of_another_copy(pipeline):
        console.print(
            "Taking the bookmarks from the destination: those on this machine belong to another copy."
        )
        pipeline.drop().sync_destination()
    return pipeline


def _pipeline(destination: str | None, dataset: str, progress: Collector) -> dlt.Pipeline:
    is_default = destination is None and dataset == DATASET_NAME
    return dlt.pipeline(
        PIPELINE_NAME if is_default else f"{PIPELINE_NAME}_{destination or 'duckdb'}_{dataset}",
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
