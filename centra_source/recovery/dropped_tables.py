"""Creates tables and columns again that somebody has dropped, and has their rows read again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import dlt
from dlt.destinations.exceptions import DatabaseException
from dlt.destinations.job_client_impl import SqlJobClientWithStagingDataset

from ..exceptions import CentraError
from ..resources import RESOURCES, list_table_names
from ..state import Refills, change_source_state, forget_content, list_sources
from ..tables.loader_tables import DELETED_OBJECTS, LOAD_AUDIT
from .refusals import describe_refusal

NAMED = 5
"""How many of the columns that cannot be created again the error names."""


def restore_dropped_tables(pipeline: dlt.Pipeline, report: Callable[[str], None]) -> None:
    """Creates the tables and columns that the destination should have, and notes that they are to be filled.

    dlt compares a destination only with its own records of it, so that each load into a dropped table fails.
    Destinations of files are left alone: their tables come with the first row.

    Args:
        pipeline: The pipeline, without pending packages.
        report: Receives a sentence for a person.

    Raises:
        CentraError: The destination refuses to create a column again.
    """
    if pipeline.default_schema_name is None or pipeline.first_run:
        return
    for source in list_sources(pipeline):
        if source in pipeline.schema_names:
            _restore_tables_of_source(pipeline, source, report)


def _restore_tables_of_source(pipeline: dlt.Pipeline, source: str, report: Callable[[str], None]) -> None:
    with pipeline.destination_client(source) as client:
        if not isinstance(client, SqlJobClientWithStagingDataset) or not client.is_storage_initialized():
            return
        schema = pipeline.schemas[source]
        names, own = schema.data_table_names(seen_data_only=True), schema.dlt_table_names()
        with client.with_staging_dataset():
            if client.is_storage_initialized() and _find_dropped(client, names):
                client.update_stored_schema(names, force=True)
        dropped = _find_dropped(client, [*names, *own])
        if not dropped:
            return
        if not dropped.keys().isdisjoint(own):
            client.update_stored_schema(own, force=True)
    # Committed before the tables exist: if this run is killed in between, the next one finds them dropped.
    if resources := {name: tables for name in RESOURCES if (tables := _list_own(name, dropped))}:
        with change_source_state(pipeline, source) as state:
            for name, tables in resources.items():
                reason = f"{', '.join(tables)} was missing in the destination"
                if RESOURCES[name].cursor is None:
                    forget_content(state, name)
                else:
                    Refills(state).start(name, reason)
    with pipeline.destination_client(source) as client:
        assert isinstance(client, SqlJobClientWithStagingDataset), "it was one above"
        try:
            client.update_stored_schema(force=True)
        except DatabaseException as error:
            raise _explain_refusal(dropped, error) from error
    for line in _describe(dropped):
        report(line)


def _explain_refusal(dropped: Collection[str], error: DatabaseException) -> CentraError:
    """The error for columns that cannot be added: most databases refuse those of keys to tables with rows."""
    tables = ", ".join(dict.fromkeys(name.partition(".")[0] for name in dropped))
    more = " and others" if len(dropped) > NAMED else ""
    return CentraError(
        f"The destination lacks {', '.join(list(dropped)[:NAMED])}{more}, which earlier loads have made, and "
        f"refuses to create it again: {describe_refusal(error)}. Drop {tables} (or the view that has "
        "replaced it): the next run creates and fills it again."
    )


def _find_dropped(client: SqlJobClientWithStagingDataset, tables: Iterable[str]) -> dict[str, None]:
    """Those of the tables (`orders`), and of their columns (`orders.status`), that the destination lacks."""
    is_case_sensitive = client.capabilities.generates_case_sensitive_identifiers()
    dropped = {}
    for name, columns in client.get_storage_tables(tables):
        new = client.schema.get_new_table_columns(name, columns, is_case_sensitive)
        dropped.update(dict.fromkeys([f"{name}.{column['name']}" for column in new] if columns else [name]))
    return dropped


def _list_own(resource: str, dropped: Collection[str]) -> list[str]:
    """Those of the dropped tables and columns that a resource fills."""
    own = list_table_names(resource)
    return [name for name in dropped if name.partition(".")[0] in own]


def _describe(dropped: Collection[str]) -> list[str]:
    lines = [
        f"The destination lacks {', '.join(dropped)}, which earlier loads have made: created again. What the "
        "shop still has is read again."
    ]
    if DELETED_OBJECTS.name in dropped:
        lines.append(f"{DELETED_OBJECTS.name} starts empty: deletions of before are only in deleted_at.")
    if LOAD_AUDIT.name in dropped:
        lines.append(f"{LOAD_AUDIT.name} starts empty.")
    return lines
