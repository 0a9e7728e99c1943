"""The source as a Singer tap, for tests only: each table is a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.data_types import TDataType
from singer_sdk import Stream, Tap
from singer_sdk import typing as singer

from centra_source import RESOURCES, centra_source
from centra_source.operations.documents import load_operation
from centra_source.tables.loader_tables import DELETED_AT
from centra_source.tables.planning import plan_tables
from centra_source.tables.table import Table

Record = dict[str, Any]

TYPES: Mapping[TDataType, type[singer.JSONTypeHelper[Any]]] = {
    "bigint": singer.IntegerType,
    "double": singer.NumberType,
    "decimal": singer.NumberType,
    "bool": singer.BooleanType,
    "text": singer.StringType,
    "timestamp": singer.DateTimeType,
    "date": singer.DateType,
}


class TableStream(Stream):
    """One table of a resource; the resource is read once for all of its tables."""

    def __init__(self, tap: Tap, resource: str, table: Table) -> None:
        cursor = RESOURCES[resource].cursor
        columns = [*table.columns, *([DELETED_AT] if RESOURCES[resource].event else [])]
        properties = [
            singer.Property(column.name, TYPES[column.data_type], required=column.name in table.key)
            for column in columns
        ]
        super().__init__(tap, singer.PropertiesList(*properties).to_dict(), table.name)
        self.resource = resource
        self.primary_keys = table.key
        by_cursor = [column.name for column in columns if column.path == (cursor,) and column.level == 0]
        if by_cursor and table.name == resource:
            self.replication_key = by_cursor[0]

    def get_records(self, context: Mapping[str, Any] | None) -> Iterator[Record]:
        """The rows of the table, from the first on."""
        yield from read(self.config["base_url"], self.config["access_token"], self.resource).get(
            self.name, ()
        )


class CentraTap(Tap):
    """A tap whose streams are the tables of all resources, the opt-in ones included."""

    name = "tap-centra-test"
    config_jsonschema = singer.PropertiesList(
        singer.Property("base_url", singer.StringType),
        singer.Property("access_token", singer.StringType, secret=True),
    ).to_dict()

    def discover_streams(self) -> list[Stream]:
        """One stream per table; nothing is requested."""
        return [
            TableStream(self, name, table)
            for name, resource in RESOURCES.items()
            for table in plan_tables(load_operation(name), resource.lists, resource.key)
        ]


@cache
def read(base_url: str, access_token: str, name: str) -> dict[str, list[Record]]:
    """What a resource yields, by table. A full refresh brings the rows alone, without markers to merge by."""
    source = centra_source(base_url, dlt.TSecretStrValue(access_token), full_refresh=True, events="off")
    records: dict[str, list[Record]] = {}

    def keep(rows: pa.Table | None, meta: Any, metrics: dict[str, Any]) -> None:
        if rows is not None:
            found = [{key: _printed(value) for key, value in row.items()} for row in rows.to_pylist()]
            records.setdefault(meta.hints["table_name"], []).extend(found)

    list(source.resources[name].add_metrics(keep))
    return records


def _printed(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
