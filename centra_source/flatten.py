"""From nested objects to one Arrow table per output table, a whole column at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import orjson
import pyarrow as pa
from dlt.common.data_types import TDataType
from dlt.common.time import ensure_pendulum_datetime

from .exceptions import UnexpectedAnswer
from .merging import MARKERS, MONEY_PRECISION, MONEY_SCALE, marked_column
from .tables import Column, Path, Table, value_at

Node = Mapping[str, Any]

ARROW_TYPES: dict[TDataType, pa.DataType] = {
    "bigint": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "text": pa.string(),
    "decimal": pa.decimal128(MONEY_PRECISION, MONEY_SCALE),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}

_NOTHING: Node = {}


def flatten(
    table: Table,
    nodes: Sequence[Node],
    *,
    mark_childless: bool,
    is_nullable: Callable[[str], bool] = lambda field: False,
) -> pa.Table:
    """Builds the rows that `nodes` hold for one table.

    Args:
        table: Which lists to follow and which columns to fill.
        nodes: Root objects, as Centra sent them.
        mark_childless: Adds a marker row for every root object whose list is empty.
        is_nullable: Asked when a field (`Order.status`) is null that must not be.

    Returns:
        Columns in the table's order: timestamps in UTC, amounts as decimals, lists of scalars as JSON text.

    Raises:
        UnexpectedAnswer: A value does not fit its column's type, or must not be null; the text names it.
    """
    levels, positions, childless = _expand(table, nodes, is_nullable)
    markers = childless if mark_childless else []
    marked = marked_column(table)
    objects: dict[tuple[int, Path], list[Node]] = {(level, ()): rows for level, rows in enumerate(levels)}

    def objects_at(level: int, path: Path) -> list[Node]:
        if (level, path) not in objects:
            parents = objects_at(level, path[:-1])
            key = path[-1]
            objects[level, path] = [parent.get(key) or _NOTHING for parent in parents]
        return objects[level, path]

    arrays = []
    for column in table.columns:
        if column.path:
            key = column.path[-1]
            values = [owner.get(key) for owner in objects_at(column.level, column.path[:-1])]
        else:
            values = positions
        if column.name == marked.name:
            values = values + [MARKERS[column.data_type]] * len(markers)
        elif column.level == 0:
            values = values + [value_at(node, column.path) for node in markers]
        else:
            values = values + [None] * len(markers)
        array = _array(table, column, values)
        added_nulls = len(markers) if column.level and column.name != marked.name else 0
        if column.non_null and array.null_count > added_nulls and not is_nullable(column.non_null):
            raise UnexpectedAnswer(f"{column.non_null} must not be null, but Centra sent null; run again.")
        arrays.append(array)
    return pa.table(arrays, schema=arrow_schema(table))


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of an output table; key columns are not nullable."""
    return pa.schema(
        [pa.field(c.name, ARROW_TYPES[c.data_type], nullable=c.name not in table.key) for c in table.columns]
    )


def _expand(
    table: Table, nodes: Sequence[Node], is_nullable: Callable[[str], bool]
) -> tuple[list[list[Node]], list[Any], list[Node]]:
    """Follows the lists down to the rows.

    Returns the objects of every level, aligned row by row; each row's number within its root object; and the
    root objects without rows.
    """
    levels: list[list[Node]] = [[] for _ in range(len(table.lists) + 1)]
    positions: list[Any] = []
    childless: list[Node] = []
    for node in nodes:
        ways: list[tuple[Node, ...]] = [(node,)]
        for path, non_null in zip(table.lists, table.non_null_lists, strict=True):
            lists = [(way, value_at(way[-1], path)) for way in ways]
            if non_null and any(found is None for _, found in lists) and not is_nullable(non_null):
                raise UnexpectedAnswer(f"{non_null} must not be null, but Centra sent null; run again.")
            ways = [(*way, element) for way, found in lists for element in found or ()]
            if any(way[-1] is None for way in ways):
                raise UnexpectedAnswer(f"{table.name}: Centra sent null in place of an object; run again.")
        if not ways:
            childless.append(node)
        for level, rows in enumerate(levels):
            rows.extend([way[level] for way in ways])
        positions.extend(range(1, len(ways) + 1))
    return levels, positions, childless


def _array(table: Table, column: Column, values: list[Any]) -> pa.Array:
    name = f"{table.name}.{column.name}"
    if column.is_list:
        values = [None if value is None else orjson.dumps(value).decode() for value in values]
    try:
        array = _BUILDERS.get(column.data_type, _plain)(values, ARROW_TYPES[column.data_type])
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError) as error:
        raise UnexpectedAnswer(f"{name} is {column.data_type}, but Centra sent: {error}") from error
    if array.null_count and column.name in table.key:
        raise UnexpectedAnswer(f"{name} identifies a row, but Centra sent null; exclude the resource.")
    return array


def _plain(values: list[Any], kind: pa.DataType) -> pa.Array:
    return pa.array(values, kind)


def _decimals(values: list[Any], kind: pa.DataType) -> pa.Array:
    return pa.array(values, pa.float64()).cast(kind)


def _timestamps(values: list[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, pa.string()).cast(kind)
    except pa.ArrowInvalid:  # a bare date among them: Centra prints some dates without a time
        return pa.array(
            [None if value is None else ensure_pendulum_datetime(value) for value in values], kind
        )


def _dates(values: list[Any], kind: pa.DataType) -> pa.Array:
    return pa.array([None if value is None else date.fromisoformat(value[:10]) for value in values], kind)


_BUILDERS: dict[TDataType, Callable[[list[Any], pa.DataType], pa.Array]] = {
    "decimal": _decimals,
    "timestamp": _timestamps,
    "date": _dates,
}
