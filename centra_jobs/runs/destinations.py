"""Destinations by name."""

from __future__ import annotations

import dlt
from dlt.common.destination.reference import TDestinationReferenceArg

from centra_source.destinations import resolve_destination

from ..defaults import DUCKDB_NAME


def find_destination(name: str | None) -> TDestinationReferenceArg:
    """Finds the destination for a value of `--destination`.

    Args:
        name: See `centra_source.destinations.resolve_destination`; None is DuckDB in centra.duckdb.

    Raises:
        UnknownDestinationModule: There is no destination of this name.
    """
    if name is None:
        return dlt.destinations.duckdb(destination_name=DUCKDB_NAME)
    return resolve_destination(name)
