"""dlt's PostgreSQL destination with one difference: empty texts stay empty instead of becoming null.

dlt copies Arrow tables into PostgreSQL as CSV and lets the server read a quoted empty value as null. Arrow
quotes every text and no null, so the two differ in the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt.destinations import postgres as dlt_postgres

if TYPE_CHECKING:
    from dlt.destinations.impl.postgres.postgres import PostgresClient

__all__ = ["TYPE", "postgres"]

TYPE = "dlt.destinations.postgres"


class postgres(dlt_postgres):
    """dlt's `postgres` destination, which keeps empty texts. Needs `dlt[postgres]`.

    It takes the arguments of `dlt.destinations.postgres`, and the same settings in `[destination.postgres]`.

    Args:
        credentials: Address such as "postgresql://loader:password@db.example.com:5432/shop", or as dlt takes
            it.
        destination_name: Section of the configuration; default: "postgres".
        environment: As for any dlt destination.
    """

    @property
    def client_class(self) -> type[PostgresClient]:
        """The client that loads."""
        from .client import ExactClient

        return ExactClient

    @property
    def destination_type(self) -> str:
        """The type of dlt's own destination: its tables are the same, and each reads what the other wrote."""
        return TYPE
