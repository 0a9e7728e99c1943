"""The destination that a name stands for."""

from __future__ import annotations

import dlt
from dlt.common.destination import Destination
from dlt.common.destination.reference import TDestinationReferenceArg

from centra_source.destinations.postgres import TYPE as POSTGRES
from centra_source.destinations.support import FILESYSTEM

DUCKDB_NAME = "centra"
"""The default destination is DuckDB under this name, which makes its file centra.duckdb. The dataset is named
otherwise, since DuckDB cannot tell a schema from a catalog of the same name."""


def destination_of(name: str | None) -> TDestinationReferenceArg:
    """A destination of dlt's, or of the loader's own where dlt's is not exact.

    Args:
        name: As dlt knows it, or as the configuration names it with a `destination_type`; None is DuckDB.

    Raises:
        UnknownDestinationModule: There is none of that name.
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
