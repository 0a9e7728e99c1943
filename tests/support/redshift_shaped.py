"""PostgreSQL in the shape of Redshift: it runs the statements that dlt writes for Redshift.

It proves that dlt's Redshift dialect is valid and correct, but nothing about Redshift itself.
"""

from __future__ import annotations

from typing import Any

import psycopg2
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.schema import Schema
from dlt.destinations import redshift
from dlt.destinations.impl.redshift.configuration import RedshiftClientConfiguration
from dlt.destinations.impl.redshift.redshift import RedshiftClient, RedshiftSqlClient

SHAPE = (
    "create domain super as jsonb",
    "create function json_parse(text) returns jsonb language sql immutable as 'select $1::jsonb'",
    # A backslash escapes in Redshift's strings, as it did in old versions of PostgreSQL.
    "do $$ begin execute format('alter database %I set standard_conforming_strings = off', "
    "current_database()); end $$",
)


class ShapedSqlClient(RedshiftSqlClient):
    """Replaces `varchar(max)` of Redshift by `text`."""

    def execute_query(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """Runs a query."""
        if isinstance(query, str):
            query = query.replace("varchar(max)", "text")
        return super().execute_query(query, *args, **kwargs)


class ShapedClient(RedshiftClient):
    """dlt's client for Redshift, connected to PostgreSQL."""

    def __init__(
        self,
        schema: Schema,
        config: RedshiftClientConfiguration,
        capabilities: DestinationCapabilitiesContext,
    ) -> None:
        super().__init__(schema, config, capabilities)
        datasets = self.create_dataset_names(schema, config)
        self.sql_client = ShapedSqlClient(*datasets, config.credentials, capabilities)


class redshift_shaped(redshift):  # the name that dlt gives the destination
    """dlt's Redshift destination for a PostgreSQL database in the shape of Redshift."""

    @property
    def client_class(self) -> type[RedshiftClient]:
        """The class of its client."""
        return ShapedClient


def give_shape(address: str) -> None:
    """Adds to an empty PostgreSQL database what only Redshift has."""
    connection = psycopg2.connect(address)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in SHAPE:
                cursor.execute(statement)
    finally:
        connection.close()
