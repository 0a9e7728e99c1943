"""Statements for databases that cannot run here: those of the merges, in the dialect of each.

No server is asked, and nothing is proven about one. What shows is that dlt heeds the hints of our tables for
this destination, and that sqlglot can read every statement in its dialect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import dlt
import pytest
import sqlglot
from dlt.common.schema import Schema
from dlt.destinations.job_client_impl import SqlJobClientBase
from sqlglot import expressions as sql

from centra_source import RESOURCES
from centra_source.globale.catalog.tables import GLOBALE_CATALOG
from centra_source.globale.checks.issues import CATALOG_ISSUES
from centra_source.tables.loader_tables import DELETED_AT, DELETED_OBJECTS, LOAD_AUDIT, snapshot_table
from centra_source.tables.merging import MARKERS, marker_column, merge_hints
from centra_source.tables.table import Column, Table

from ..support.selection import representative
from ..support.shop_rows import list_planned_tables

Make = Callable[[], Any]


class Place(NamedTuple):
    """A destination that is never connected.

    Attributes:
        driver: The module without which dlt does not make its statements.
        make: With credentials of nobody.
        decimal: What an amount is stored as there.
        timestamp: What a moment is stored as there.
        text: What a text is stored as there.
    """

    driver: str
    make: Make
    decimal: str
    timestamp: str
    text: str


def _postgres() -> Any:
    return dlt.destinations.postgres("postgresql://nobody:none@localhost/none")


def _snowflake() -> Any:
    return dlt.destinations.snowflake("snowflake://nobody:none@none/none")


def _bigquery() -> Any:
    key: Any = {"project_id": "none", "private_key": "none", "client_email": "nobody@none.example"}
    return dlt.destinations.bigquery(credentials=key)


def _databricks() -> Any:
    place = {"server_hostname": "none", "http_path": "/none", "access_token": "none", "catalog": "main"}
    return dlt.destinations.databricks(place)


def _redshift() -> Any:
    return dlt.destinations.redshift("postgresql://nobody:none@localhost/none")


def _clickhouse() -> Any:
    return dlt.destinations.clickhouse("clickhouse://nobody:none@localhost/none")


def _mssql() -> Any:
    return dlt.destinations.mssql(f"mssql://nobody:none@localhost/none?driver={DRIVER}")


def _synapse() -> Any:
    return dlt.destinations.synapse(f"synapse://nobody:none@localhost/none?driver={DRIVER}")


PLACES = {
    "postgres": Place("psycopg2", _postgres, "numeric(18,4)", "timestamp with time zone", "varchar"),
    "snowflake": Place("snowflake.connector", _snowflake, "NUMBER(18,4)", "TIMESTAMP_LTZ", "VARCHAR"),
    "bigquery": Place("google.cloud.bigquery", _bigquery, "NUMERIC(18,4)", "TIMESTAMP", "STRING"),
    "databricks": Place("databricks.sql", _databricks, "DECIMAL(18,4)", "TIMESTAMP", "STRING"),
    "redshift": Place("psycopg2", _redshift, "numeric(18,4)", "timestamp with time zone", "varchar(max)"),
    "clickhouse": Place("clickhouse_connect", _clickhouse, "Decimal(18,4)", "DateTime64(6,'UTC')", "String"),
    "mssql": Place("pyodbc", _mssql, "decimal(18,4)", "datetimeoffset", "nvarchar(max)"),
    "synapse": Place("pyodbc", _synapse, "decimal(18,4)", "datetimeoffset", "nvarchar(max)"),
}

DATASET = "shop_data"
DRIVER = "ODBC+Driver+18+for+SQL+Server"


@pytest.fixture(params=representative(PLACES, "postgres"))
def place(request: pytest.FixtureRequest) -> Place:
    """Each destination whose driver is installed."""
    found = PLACES[request.param]
    pytest.importorskip(found.driver, reason=f"{found.driver} is not there", exc_type=ImportError)
    return found


@cache
def all_tables() -> dict[str, Table]:
    """Every loaded table, with the columns that mark deletions, and some derived tables."""
    tables = [LOAD_AUDIT, DELETED_OBJECTS, GLOBALE_CATALOG, CATALOG_ISSUES]
    for name, resource in RESOURCES.items():
        planned = list_planned_tables(name)
        tables += [replace(table, columns=(*table.columns, DELETED_AT)) for table in planned]
        if resource.daily:
            tables.append(snapshot_table(planned[0], resource.daily))
    return {table.name: table for table in tables}


@cache
def schema_of(*, is_whole: bool) -> Schema:
    """All tables with the hints that merge them: what is deleted is removed."""
    schema = Schema("shop")
    for table in all_tables().values():
        resource = dlt.resource([], name=table.name)
        resource.merge_hints(merge_hints(table, None if is_whole else table.root_key, is_hard=True))
        schema.update_table(resource.compute_table_schema())
    return schema


def client_of(place: Place, *, is_whole: bool = False) -> SqlJobClientBase:
    """dlt's client of a destination, with all tables in its schema."""
    schema, destination = schema_of(is_whole=is_whole).clone(), place.make()
    client = destination.client(schema, destination.spec()._bind_dataset_name(DATASET))
    assert isinstance(client, SqlJobClientBase)
    return client


def merged(client: SqlJobClientBase, table: str) -> tuple[sql.Delete, sql.Insert]:
    """The statements of dlt when rows of a table have come to its staging dataset."""
    (job,) = client.create_table_chain_completed_followup_jobs([client.prepare_load_table(table)])
    text = Path(job.new_file_path()).read_text()
    delete, insert = sqlglot.parse(text, read=client.capabilities.sqlglot_dialect)
    assert isinstance(delete, sql.Delete), f"{table}: {delete!r}"
    assert isinstance(insert, sql.Insert), f"{table}: {insert!r}"
    return delete, insert


def test_rows_of_the_same_objects_are_replaced(place: Place) -> None:
    """A table loses the rows whose root objects are staged, and gets what is neither marker nor deleted."""
    client = client_of(place)
    for name, table in all_tables().items():
        delete, insert = merged(client, name)
        scope = delete.find(sql.In)
        assert scope, name
        assert scope.this.name == table.root_key, name
        read = scope.args["query"].find(sql.Table)
        assert "staging" in read.sql().lower(), name
        assert read.name.lower().endswith(name), name
        assert [column.name for column in scope.args["query"].this.selects] == [table.root_key], name
        marked = marker_column(table)
        kept = [condition.sql() for condition in insert.find_all(sql.NEQ, sql.Is)]
        assert f"{marked.name} <> {MARKERS[marked.data_type]!r}" in kept, name
        assert DELETED_AT not in table.columns or "deleted_at IS NULL" in kept, name


def test_whole_tables_are_replaced(place: Place) -> None:
    """A list that is read whole replaces every row of its table."""
    client = client_of(place, is_whole=True)
    for name in ("brands", "markets", "market_countries"):
        delete, _ = merged(client, name)
        assert delete.args["where"].this.sql() == "1 = 1", name


def test_values_keep_their_precision(place: Place) -> None:
    """Amounts are exact to the fourth decimal, moments have a zone or are UTC, texts have no end."""
    mapper = place.make().capabilities().get_type_mapper()
    columns = Column("decimal", "decimal"), Column("timestamp", "timestamp"), Column("text", "text")
    resource = dlt.resource([], name="values")
    resource.merge_hints(merge_hints(replace(LOAD_AUDIT, columns=(*LOAD_AUDIT.columns, *columns)), None))
    schema: Any = resource.compute_table_schema()
    stored = [mapper.to_destination_type(schema["columns"][column.name], schema) for column in columns]
    assert stored == [place.decimal, place.timestamp, place.text]


def test_names_are_kept(place: Place) -> None:
    """No destination shortens the name of a table or a column: the conditions of a merge name them, too."""
    capabilities = place.make().capabilities()
    for name, table in all_tables().items():
        assert len(f"{DATASET}_staging___{name}") <= capabilities.max_identifier_length, name
        longest = max(len(column.name) for column in table.columns)
        assert longest <= capabilities.max_column_identifier_length, name
