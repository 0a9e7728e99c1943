"""Flattens nested objects into the rows of one table: the values of every column, from Centra's objects.

It uses Arrow's kernels for lists and structs: only lists of scalars and bare dates become Python objects.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from ..data_types import ARROW_TYPES
from ..exceptions import UnexpectedAnswer
from ..misfits import LOST, Misfits
from ..operations.selections import Path
from .merging import MARKERS
from .nodes import as_lists, get_values, parse_timestamps
from .table import Column, Table, arrow_schema

IsNullable = Callable[[str], bool]


@dataclass(frozen=True)
class _Level:
    """The objects of one level, and for each row of the table the position of its object.

    Without positions, every object has one row, in the same order.
    """

    objects: pa.Array
    places: pa.Array | None = None

    def get_values(self, path: Path) -> pa.Array:
        """Returns one value for each row."""
        values = get_values(self.objects, path)
        return values if self.places is None else values.take(self.places)

    def take(self, places: pa.Array) -> _Level:
        """Returns the level for other rows, given by their positions among the present ones."""
        return _Level(self.objects, places if self.places is None else self.places.take(places))


def flatten(
    table: Table,
    nodes: pa.StructArray,
    *,
    mark_childless: bool,
    is_nullable: IsNullable = lambda field: False,
    misfits: Misfits | None = None,
) -> pa.Table:
    """Builds the rows of one table from objects.

    Args:
        table: The lists to follow and the columns to fill.
        nodes: Root objects, as Centra sent them.
        mark_childless: Whether to add a marker row for every root object whose list is empty.
        is_nullable: Whether the shop allows null in a field (`Order.status`) against our schema.
        misfits: Where values are recorded that do not fit their columns, which are null then. Without it,
            such values are an error.

    Returns:
        Columns in the table's order: timestamps in UTC, amounts as decimals, lists of scalars as JSON text.

    Raises:
        UnexpectedAnswer: A value does not fit its column's type, or must not be null; the message names it.
    """
    levels = _find_levels(table, nodes, is_nullable)
    places = levels[0].places
    owners = np.arange(len(nodes)) if places is None else places.to_numpy()
    childless = pa.array(np.setdiff1d(np.arange(len(nodes)), owners) if mark_childless else [], pa.int64())
    arrays = []
    for column in table.columns:
        kind = ARROW_TYPES[column.data_type]
        is_asked = True
        if not column.path:
            values = pa.array(_number_rows(owners), kind)
        else:
            sent = levels[column.level].get_values(column.path)
            is_asked = not pa.types.is_null(sent.type)
            values = _convert(table, column, sent, misfits)
            if misfits and column.known is not None:
                _record_unknown(column, values, misfits)
        if column.non_null and is_asked and values.null_count and not is_nullable(column.non_null):
            raise UnexpectedAnswer(f"{column.non_null} must not be null, but Centra sent null; run again.")
        if len(childless):
            if column.name in table.key and column.name != table.root_key:
                markers = pa.array([MARKERS[column.data_type]] * len(childless), kind)
            elif column.level == 0 and column.path:
                markers = _convert(table, column, get_values(nodes, column.path).take(childless), misfits)
            else:
                markers = pa.nulls(len(childless), kind)
            values = pa.concat_arrays([values, markers])
        arrays.append(values)
    return pa.table(arrays, schema=arrow_schema(table))


def find_owners(
    table: Table, nodes: pa.StructArray, is_nullable: IsNullable = lambda field: False
) -> list[int]:
    """Finds the position of the root object of each row, marker rows excluded."""
    places = _find_levels(table, nodes, is_nullable)[0].places
    return list(range(len(nodes))) if places is None else cast(list[int], places.to_pylist())


def _find_levels(table: Table, nodes: pa.StructArray, is_nullable: IsNullable) -> list[_Level]:
    """Follows the lists down to the rows: the root objects, and then the elements of each list."""
    levels = [_Level(nodes)]
    for path, non_null in zip(table.lists, table.non_null_lists, strict=True):
        lists = as_lists(get_values(levels[-1].objects, path))
        if non_null and lists.null_count and not is_nullable(non_null):
            raise UnexpectedAnswer(f"{non_null} must not be null, but Centra sent null; run again.")
        if pa.types.is_null(lists.type):
            lists = lists.cast(pa.list_(pa.struct([])))
        elements, parents = pc.list_flatten(lists), pc.list_parent_indices(lists)
        if elements.null_count:
            raise UnexpectedAnswer(f"{table.name}: Centra sent null in place of an object; run again.")
        levels = [*(level.take(parents) for level in levels), _Level(elements)]
    return levels


def _number_rows(owners: np.ndarray) -> np.ndarray:
    """Numbers the rows of each root object from 1; the rows of an object follow each other."""
    return np.arange(len(owners)) - np.searchsorted(owners, owners) + 1


def _record_unknown(column: Column, values: pa.Array, misfits: Misfits) -> None:
    found = pc.unique(values).to_pylist() if pa.types.is_string(values.type) and not column.hide else ()
    unknown = {value for value in found if value is not None and value not in (column.known or ())}
    if unknown:
        misfits.record_values(column.field or column.name, unknown)


def _convert(table: Table, column: Column, values: pa.Array, misfits: Misfits | None = None) -> pa.Array:
    name = f"{table.name}.{column.name}"
    try:
        array = _cast(column, values)
    except ValueError as error:  # Arrow's errors are of this kind
        if misfits is None:
            raise UnexpectedAnswer(
                f"{name} is {column.data_type}, but Centra sent: {error}. Exclude the column or the resource."
            ) from error
        array = _cast_each(column, values, misfits)
    if column.hide:
        array = column.hide(array)
    if array.null_count and column.name in table.key:
        raise UnexpectedAnswer(f"{name} identifies a row, but Centra sent null; exclude the resource.")
    return array


def _cast(column: Column, values: pa.Array) -> pa.Array:
    kind = ARROW_TYPES[column.data_type]
    if column.is_list:
        texts = [None if value is None else orjson.dumps(value).decode() for value in values.to_pylist()]
        return pa.array(texts, kind)
    if column.data_type == "timestamp" and pa.types.is_string(values.type):
        return parse_timestamps(values)
    if column.data_type == "date" and pa.types.is_string(values.type):
        return pc.utf8_slice_codeunits(values, 0, 10).cast(kind)
    return values.cast(kind)


def _cast_each(column: Column, values: pa.Array, misfits: Misfits) -> pa.Array:
    """Casts one value after the other; those that do not fit the column are null, and recorded."""
    parts = []
    for place in range(len(values)):
        try:
            parts.append(_cast(column, values.slice(place, 1)))
        except ValueError:
            parts.append(pa.nulls(1, ARROW_TYPES[column.data_type]))
            misfits.record_type(
                column.non_null or column.field or column.name, f"not a {column.data_type}", LOST
            )
    return pa.concat_arrays(parts)
