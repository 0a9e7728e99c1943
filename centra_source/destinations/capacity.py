"""What the destinations cannot hold: texts, columns and rows that would make them refuse a whole load."""

from __future__ import annotations

from collections.abc import Mapping

from dlt.common.pipeline import SupportsPipeline

REFUSES_NUL = (
    "dlt.destinations.postgres",
    "dlt.destinations.redshift",
    "dlt.destinations.sqlalchemy",  # PostgreSQL may be behind it
)
"""dlt's types of the destinations whose texts cannot hold the character NUL."""
# postgresql.org/docs/current/datatype-character.html: "The character with the code zero cannot be stored."

MOST_COLUMNS: Mapping[str, int] = {
    "dlt.destinations.postgres": 1_600,  # postgresql.org/docs/current/limits.html
    "dlt.destinations.redshift": 1_600,  # docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_usage.html
    "dlt.destinations.mssql": 1_024,
    "dlt.destinations.synapse": 1_024,
    "dlt.destinations.fabric": 1_024,
    "dlt.destinations.bigquery": 10_000,  # cloud.google.com/bigquery/quotas
    "dlt.destinations.sqlalchemy": 1_000,  # MySQL: 1,017
    "dlt.destinations.dremio": 800,
}
"""How many columns a table can have, by dlt's type of the destination. Others have no limit that we know."""

SPARE_COLUMNS = 100
"""Columns of a table that are left for dlt, and for fields that Centra adds later. PostgreSQL counts dropped
columns, too."""

MOST_VALUES: Mapping[str, int] = {"dlt.destinations.postgres": 300}
"""How many custom attributes a row can hold next to Centra's fields. PostgreSQL stores a row in a page of
8 kB, in which each text takes 18 bytes or more."""
# postgresql.org/docs/current/storage-toast.html


def can_hold_nul(pipeline: SupportsPipeline | None) -> bool:
    """Whether the destination of a pipeline can hold the character NUL in a text."""
    return _find_type(pipeline) not in REFUSES_NUL


def find_most_columns(pipeline: SupportsPipeline | None) -> int | None:
    """Returns how many columns a load gives to a table; None: any number."""
    most = MOST_COLUMNS.get(_find_type(pipeline))
    return most and most - SPARE_COLUMNS


def find_most_values(pipeline: SupportsPipeline | None) -> int | None:
    """Returns how many custom attributes a row can hold; None: any number."""
    return MOST_VALUES.get(_find_type(pipeline))


def _find_type(pipeline: SupportsPipeline | None) -> str:
    destination = pipeline.destination if pipeline else None
    return destination.destination_type if destination else ""
