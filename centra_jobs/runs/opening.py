"""Opens the pipeline of a destination, or says in one sentence why that destination cannot take a load."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import dlt
from dlt.common.configuration.exceptions import (
    ConfigFieldMissingException,
    ConfigurationException,
    LookupTraces,
)
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

from .destinations import destination_of
from .locks import sole_run, turn_at_tables
from .recovery import finish_handing_on
from .redaction import hidden

PIPELINE_NAME = "centra_pipeline"
DATASET_NAME = "centra_data"


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
        raise _refusal(destination or "duckdb", error) from error


def _pipeline(name: str, destination: str | None, dataset: str, progress: Collector) -> dlt.Pipeline:
    # Every job asks which load brought a row, also where it is started beside the project's .dlt/config.toml.
    os.environ.setdefault("NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID", "true")
    return dlt.pipeline(
        name, destination=destination_of(destination), dataset_name=dataset, progress=progress
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


def _refusal(destination: str, error: BaseException) -> CentraError:
    """Why a destination does not open; another try may help unless a setting or a package is missing."""
    for cause in causes(error):
        if isinstance(cause, MissingDependencyException):
            packages = " ".join(f"'{package}'" for package in cause.dependencies)
            return InvalidSetting(
                f"The destination {destination} needs more packages: pip install {packages}."
            )
        if isinstance(cause, ConfigFieldMissingException):
            lacking = " and ".join(_lacking(f"destination.{destination}", cause))
            return InvalidSetting(
                f"The destination {destination} is not configured: .dlt/secrets.toml lacks {lacking}."
            )
        if isinstance(cause, ConfigurationException):
            return InvalidSetting(
                f"The settings of the destination {destination} cannot work: {_first_line(cause)}."
            )
        if isinstance(cause, DestinationConnectionError):
            cause = cause.inner_exc
            break
    return CentraError(
        f"The destination {destination} cannot be opened, and nothing was loaded: {_first_line(cause)}. "
        "Close whatever holds it or mend its settings, then run again."
    )


def _lacking(section: str, error: ConfigFieldMissingException) -> Iterator[str]:
    """The settings that are missing, by the table of the file where they belong."""
    plain = []
    for field, traces in error.traces.items():
        inner = [name for trace in traces if isinstance(trace, LookupTraces) for name in trace.traces]
        if inner:
            yield f"{', '.join(dict.fromkeys(inner))} in [{section}.{field}]"
        else:
            plain.append(field)
    if plain:
        yield f"{', '.join(plain)} in [{section}]"


def _first_line(error: BaseException) -> str:
    return hidden(str(error).strip().splitlines()[0].rstrip(".!"))
