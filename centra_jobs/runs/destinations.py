"""Destinations by name."""

from __future__ import annotations

import dlt
from dlt.common.destination import Destination
from dlt.common.destination.reference import TDestinationReferenceArg

from centra_source.destinations.postgres import TYPE as POSTGRES
from centra_source.destinations.support import FILESYSTEM

from ..defaults import DUCKDB_NAME


def find_destination(name: str | None) -> TDestinationReferenceArg:
    """The destination of a name: dlt's, or the loader's own where dlt's is not exact.

    Args:
        name: A destination of dlt, or one that the configuration defines with a `destination_type`; None is
            DuckDB.

    Raises:
        UnknownDestinationModule: There is no destination of this name.
    """
    if name is None:
        return dlt.destinations.duckdb(destination_name=DUCKDB_NAME)
    found = Destination.from_reference(name)
    if found and found.destination_type == FILESYSTEM:
        from centra_source.destinations.lake import lake  # takes a while to import

        return lake(destination_name=found.destination_name)
    if found and found.destination_type == POSTGRES:
        from centra_source.destinations.postgres import postgres

        return postgres(destination_name=found.destination_name)
    return found
