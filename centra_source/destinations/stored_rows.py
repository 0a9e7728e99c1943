"""Reads back rows that the destination holds, to mark or compare them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.utils import chunks
from sqlglot import expressions as sql

from ..tables.table import Table, arrow_schema

VALUES_PER_QUERY = 1_000
ROWS_PER_CHUNK = 100_000


def read_stored_rows(table: Table, column: str, values: Collection[Any]) -> pa.Table:
    """Reads the rows in which a column has one of some values.

    Runs inside a dlt resource, on the destination of its pipeline.

    Args:
        table: The table. It may not exist at the destination yet.
        column: Name of the column.
        values: The values to find.

    Returns:
        The rows in the schema in which they are loaded; columns that the destination lacks are null.
    """
    parts = [arrow_schema(table).empty_table()]
    for some in chunks(values, VALUES_PER_QUERY):
        parts += _select_rows(table, sql.column(column).isin(*some))
    return pa.concat_tables(parts)


def read_all_rows(table: Table) -> pa.Table:
    """Reads all rows; for the rest as `read_stored_rows`."""
    return pa.concat_tables([arrow_schema(table).empty_table(), *_select_rows(table, sql.true())])


def read_stored_values(table: Table, column: str, unless: str) -> list[Any]:
    """Reads the values of one column from the rows in which the column `unless` is null.

    Args:
        table: The table. It may not exist at the destination yet.
        column: Name of the column.
        unless: Name of the other column.
    """
    values: list[Any] = []
    for found in _select(table.name, [column, unless], sql.true()):
        rows = found.to_pydict()
        marks = rows.get(unless, [None] * found.num_rows)
        values += [value for value, mark in zip(rows.get(column, ()), marks, strict=False) if mark is None]
    return values


def _select_rows(table: Table, condition: sql.Expression) -> Iterator[pa.Table]:
    """Reads rows in the schema in which they are loaded; columns that the destination lacks are null."""
    schema = arrow_schema(table)
    for found in _select(table.name, schema.names, condition):
        arrays = [
            found[field.name].cast(field.type)
            if field.name in found.column_names
            else pa.nulls(found.num_rows, field.type)
            for field in schema
        ]
        yield pa.table(arrays, schema=schema)


def _select(table: str, columns: Sequence[str], condition: sql.Expression) -> Iterator[pa.Table]:
    """Reads the columns that the destination has; no chunk if it lacks the table.

    Reads in chunks, because dlt's `arrow()` ends with the first page on BigQuery and returns None for no rows
    on Snowflake.
    """
    pipeline = dlt.current.pipeline()
    with pipeline.destination_client() as client:
        ((_, known),) = client.get_storage_tables([table])  # type: ignore[attr-defined]
        as_stored = client.capabilities.casefold_identifier
    present = [column for column in columns if as_stored(column) in known]
    if not present:
        return
    query = sql.select(*(sql.column(column) for column in present)).from_(table).where(condition)
    for chunk in pipeline.dataset().query(query).iter_arrow(chunk_size=ROWS_PER_CHUNK):
        if chunk.num_rows:
            yield pa.table(chunk.columns, names=present)
