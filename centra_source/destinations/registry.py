"""Which destination loads a shop: this package's, where dlt's own does not merge exactly.

A load replaces rows by dlt's `delete-insert` merge with a scope, see `tables.merging`. To add a destination
that merges in a way of its own, write its factory in a folder of `impl`, enter it in OWN_DESTINATIONS, and
export it in `destinations/__init__.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import dlt
from dlt.common.destination import Destination
from dlt.common.destination.reference import AnyDestination
from dlt.common.schema.typing import TTableSchema

from ..exceptions import InvalidSetting
from ..tables.merging import STRATEGY

OWN_DESTINATIONS: Mapping[str, str] = {
    "dlt.destinations.filesystem": "lake",
    "dlt.destinations.postgres": "postgres",
}
"""The factory in a folder of `impl` that replaces a destination of dlt, by dlt's type of the destination."""


def resolve_destination(name: str) -> AnyDestination | None:
    """Finds the destination that a name stands for, such as "duckdb", "filesystem" or "postgres".

    Args:
        name: A destination of dlt, or one that the configuration names by a `destination_type`.

    Returns:
        The destination of this package if it has one for files or for this database; dlt's otherwise.

    Raises:
        UnknownDestinationModule: There is no destination of this name.
    """
    found = Destination.from_reference(name)
    own = OWN_DESTINATIONS.get(found.destination_type) if found else None
    if not found or not own:
        return found
    factory: type[AnyDestination] = getattr(import_module(f".impl.{own}", __package__), own)
    return factory(destination_name=found.destination_name)


def refuse_ambiguous_dataset(pipeline: dlt.Pipeline) -> None:
    """Refuses a dataset that has the name of the DuckDB file: DuckDB cannot tell the two apart in a query.

    Raises:
        InvalidSetting: They have the same name.
    """
    if pipeline.destination is None or pipeline.destination.destination_type != "dlt.destinations.duckdb":
        return
    database = pipeline.sql_client().credentials.database
    if isinstance(database, str) and Path(database).stem.lower() == str(pipeline.dataset_name).lower():
        raise InvalidSetting(
            f"The dataset cannot have the name of the database file, {Path(database).name}: choose another "
            f"name for the dataset, such as {pipeline.dataset_name}_data."
        )


def refuse_inexact_merges(pipeline: dlt.Pipeline) -> None:
    """Refuses a destination on which merges would leave rows that a load replaces or removes.

    Raises:
        InvalidSetting: The destination only appends rows, or does not support the merge strategy.
    """
    if pipeline.destination is None:
        return
    capabilities = pipeline.destination.capabilities()
    strategies = capabilities.supported_merge_strategies or []
    if capabilities.merge_strategies_selector:
        table: TTableSchema = {
            "name": "orders",
            "columns": {},
            "table_format": capabilities.preferred_table_format,
        }
        strategies = capabilities.merge_strategies_selector(strategies, table_schema=table)
    if STRATEGY in strategies:
        return
    name = pipeline.destination.destination_name
    if own := OWN_DESTINATIONS.get(pipeline.destination.destination_type):
        raise InvalidSetting(
            f"dlt's {name} destination cannot replace rows, so changed rows would be duplicated. Use "
            f"`from centra_source.destinations import {own}` and destination={own}(), which takes the same "
            "settings."
        )
    raise InvalidSetting(
        f"The destination {name} has no {STRATEGY} merge, so changed and deleted rows would stay in its "
        "tables. Use a destination that has it, such as duckdb, postgres, snowflake or bigquery."
    )
