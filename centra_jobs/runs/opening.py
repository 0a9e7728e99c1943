"""Opens the pipeline of a destination, or says in one sentence why it cannot be opened."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dlt
from dlt.common.configuration.exceptions import (
    ConfigFieldMissingException,
    ConfigurationException,
    LookupTraces,
)
from dlt.common.destination.exceptions import UnknownDestinationModule
from dlt.common.exceptions import MissingDependencyException
from dlt.common.runtime.collector import NULL_COLLECTOR
from dlt.common.runtime.collector_base import Collector
from dlt.common.schema.exceptions import InvalidSchemaName
from dlt.destinations.exceptions import DestinationConnectionError
from dlt.pipeline.exceptions import PipelineStepFailed
from rich.console import Console

from centra_source import CentraError
from centra_source.destinations.registry import refuse_ambiguous_dataset
from centra_source.exceptions import InvalidSetting, causes
from centra_source.recovery.recovery import recover_synced_pipeline

from ..console import show_wait
from ..defaults import DATASET_NAME
from .destinations import find_destination
from .duckdb_file import find_database, wait_for_file
from .failures import is_no_failed_load
from .locks import hold_run, hold_tables
from .private_files import keep_group, make_private_files
from .redaction import redact
from .surroundings import check_surroundings

PIPELINE_NAME, BACKFILL = "centra_pipeline", "_backfill"

LONGEST_NAME = InvalidSchemaName.MAXIMUM_SCHEMA_NAME_LENGTH
"""Characters of a schema's name in dlt."""


@contextmanager
def open_pipeline(
    destination: str | None,
    dataset: str,
    console: Console,
    progress: Collector = NULL_COLLECTOR,
    *,
    is_refresh: bool = False,
) -> Iterator[dlt.Pipeline]:
    """Opens the pipeline of one destination and dataset; a load that was interrupted is finished first.

    Each pair has its own pipeline: the bookmarks of one database would leave gaps in another. While it is
    open, no other run can open it.

    Args:
        destination: The name of any dlt destination; None is DuckDB in centra.duckdb.
        dataset: Schema or folder at the destination.
        console: Shows what is being waited for.
        progress: Shows the progress of each load.
        is_refresh: Everything is read again: a load that was interrupted is dropped.

    Raises:
        CentraError: The destination is unknown, not installed, not configured, or cannot be opened.
        AnotherRun: Another run is in progress.
    """
    check_surroundings()
    name = pipeline_name(destination, dataset)
    with make_private_files(), hold_run(name), hold_tables(name, console), wait_for_file(console):
        with show_wait(console, f"Opening the destination {destination or 'DuckDB'}"):
            pipeline = _open(name, destination, dataset, progress)
        recover_synced_pipeline(
            pipeline, lambda line: console.print(line, soft_wrap=True), is_refresh=is_refresh
        )
        yield pipeline


@contextmanager
def open_backfill(
    destination: str | None, dataset: str, console: Console, progress: Collector = NULL_COLLECTOR
) -> Iterator[dlt.Pipeline]:
    """Opens the separate pipeline that loads past ranges into the same tables.

    A load that was interrupted is not finished but dropped and read again: the tables may hold newer rows by
    now. Its progress is what the destination has committed.

    Raises:
        CentraError: As `open_pipeline`.
    """
    check_surroundings()
    tables = pipeline_name(destination, dataset)
    name = f"{tables}{BACKFILL}"
    with make_private_files(), hold_run(name):
        wait = show_wait(console, f"Opening the destination {destination or 'DuckDB'}")
        with hold_tables(tables, console), wait:
            pipeline = _open(name, destination, dataset, progress).drop()
            pipeline.sync_destination()
        yield pipeline


def pipeline_name(destination: str | None, dataset: str) -> str:
    """The name of the pipeline of one destination and dataset.

    Raises:
        InvalidSetting: The dataset cannot have this name at every destination.
    """
    if destination is None and dataset == DATASET_NAME:
        return PIPELINE_NAME
    # dlt names a schema like the pipeline, and a backfill has a pipeline of its own.
    place = re.sub(r"\W", "_", destination or "duckdb")
    longest = LONGEST_NAME - len(f"{PIPELINE_NAME}_{place}_{BACKFILL}")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", dataset) or len(dataset) > longest:
        raise InvalidSetting(
            f"--dataset '{dataset}' cannot be used: write up to {longest} letters, digits and underscores, "
            "with a letter first."
        )
    return f"{PIPELINE_NAME}_{place}_{dataset}"


def _open(name: str, destination: str | None, dataset: str, progress: Collector) -> dlt.Pipeline:
    try:
        pipeline = _pipeline(name, destination, dataset, progress)
        # dlt remembers the folder of the database file by the pipeline's name, for the whole machine.
        if pipeline.get_local_state_val("initial_cwd") != os.path.abspath(
            dlt.current.run_context().local_dir
        ):
            pipeline.drop()
            pipeline = _pipeline(name, destination, dataset, progress)
        refuse_ambiguous_dataset(pipeline)
        keep_group([Path(pipeline.pipelines_dir), *find_database(pipeline)])
        pipeline.sync_destination()
        return pipeline
    except UnknownDestinationModule as error:
        raise InvalidSetting(
            f"dlt has no destination '{destination}': check the name, or leave out --destination for DuckDB."
        ) from error
    except PipelineStepFailed as error:
        raise _refusal(destination or "duckdb", error) from error


def _pipeline(name: str, destination: str | None, dataset: str, progress: Collector) -> dlt.Pipeline:
    # Every job asks which load brought a row, also if it is started without the project's .dlt/config.toml.
    os.environ.setdefault("NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID", "true")
    logging.getLogger("dlt").addFilter(is_no_failed_load)
    # What is loaded holds personal data, which dlt would keep in its working folder for ever.
    os.environ.setdefault("LOAD__DELETE_COMPLETED_JOBS", "true")
    return dlt.pipeline(
        name, destination=find_destination(destination), dataset_name=dataset, progress=progress
    )


def _refusal(destination: str, error: BaseException) -> CentraError:
    """Why a destination cannot be opened: `InvalidSetting` if a setting or a package is missing."""
    for cause in causes(error):
        if isinstance(cause, MissingDependencyException):
            packages = " ".join(f"'{package}'" for package in cause.dependencies)
            return InvalidSetting(
                f"The destination {destination} needs more packages: pip install {packages}."
            )
        if isinstance(cause, ConfigFieldMissingException):
            missing = " and ".join(_find_missing_settings(f"destination.{destination}", cause))
            return InvalidSetting(
                f"The destination {destination} is not configured: .dlt/secrets.toml lacks {missing}."
            )
        if isinstance(cause, ConfigurationException):
            return InvalidSetting(
                f"The settings of the destination {destination} are invalid: {_first_line(cause)}."
            )
        if isinstance(cause, DestinationConnectionError):
            cause = cause.inner_exc
            break
    return CentraError(
        f"The destination {destination} cannot be opened, and nothing was loaded: {_first_line(cause)}. "
        "Close the program that uses it or fix its settings, then run again."
    )


def _find_missing_settings(section: str, error: ConfigFieldMissingException) -> Iterator[str]:
    """The settings that are missing, with the section of the file where they belong."""
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
    return redact(str(error).strip().splitlines()[0].rstrip(".!"))
