"""dlt's PostgreSQL destination, but that empty texts stay empty.

dlt copies Arrow tables into PostgreSQL as CSV, and has the server take a quoted nothing for null as well.
Arrow quotes every text and no null, so that the two can be told apart.

    pipeline = dlt.pipeline("my_shop", destination=postgres(), dataset_name="shop_data")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt.destinations import postgres as dlt_postgres

if TYPE_CHECKING:
    from dlt.destinations.impl.postgres.postgres import PostgresClient

__all__ = ["TYPE", "postgres"]

TYPE = "dlt.destinations.postgres"


class postgres(dlt_postgres):
    """Takes the arguments and settings of `dlt.destinations.postgres`."""

    @property
    def client_class(self) -> type[PostgresClient]:
        """What loads."""
        from .client import ExactClient

        return ExactClient

    @property
    def destination_type(self) -> str:
        """That of dlt's own: the tables are the same, and either reads what the other wrote."""
        return TYPE
