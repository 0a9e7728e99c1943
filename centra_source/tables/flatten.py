"""From nested objects to one Arrow table per output table, by Arrow's kernels for lists and structs."""

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
from ..operations.selections import Path
from .merging import MARKERS
from .nodes import timestamps, values_at
from .table import Column, Table, arrow_schema

IsNullable = Callable[[str], bool]


@dataclass(frozen=True)
class _Level:
    """The objects of one level, and for each row of the table the place of its object among them.

    Without places every object has one row, in their order.
    """

    objects: pa.Array
    places: pa.Array | None = None

    def values(self, path: Path) -> pa.Array:
        """One value for each row."""
        values = values_at(self.objects, path)
        return values if self.places is None else values.take(self.places)

    def repeated(self, places: pa.Array) -> _Level:
        """The level for other rows, which are told by their places among the present ones."""
        return _Level(self.objects, places if self.places is None else self.places.take(places))


def flatten(
    table: Table,
    nodes: pa.StructArray,
    *,
    mark_childless: bool,
    is_nullable: IsNullable = lambda field: False,
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
    levels = _levels(table, nodes, is_nullable)
    places = levels[0].places
    owners = np.arange(len(nodes)) if places is None else places.to_numpy()
    childless = pa.array(np.setdiff1d(np.arange(len(nodes)), owners) if mark_childless else [], pa.int64())
    arrays = []
    for column in table.columns:
        kind = ARROW_TYPES[column.data_type]
        is_asked = True
        if not column.path:
            values = pa.array(_positions(owners), kind)
        else:
            sent = levels[column.level].values(column.path)
            is_asked = not pa.types.is_null(sent.type)
            values = _typed(table, column, sent)
        if column.non_null and is_asked and values.null_count and not is_nullable(column.non_null):
            raise UnexpectedAnswer(f"{column.non_null} must not be null, but Centra sent null; run again.")
        if len(childless):
            if column.name in table.key and column.name != table.root_key:
                markers = pa.array([MARKERS[column.data_type]] * len(childless), kind)
            elif column.level == 0 and column.path:
                markers = _typed(table, column, values_at(nodes, column.path).take(childless))
            else:
                markers = pa.nulls(len(childless), kind)
            values = pa.concat_arrays([values, markers])
        arrays.append(values)
    return pa.table(arrays, schema=arrow_schema(table))


def owners_of(
    table: Table, nodes: pa.StructArray, is_nullable: IsNullable = lambda field: False
) -> list[int]:
    """For each row that a list becomes, without markers, the place of its root object among the nodes."""
    places = _levels(table, nodes, is_nullable)[0].places
    return list(range(len(nodes))) if places is None else cast(list[int], places.to_pylist())


def _levels(table: Table, nodes: pa.StructArray, is_nullable: IsNullable) -> list[_Level]:
    """Follows the lists down to the rows: the root objects, then the elements of each list on the way."""
    levels = [_Level(nodes)]
    for path, non_null in zip(table.lists, table.non_null_lists, strict=True):
        lists = values_at(levels[-1].objects, path)
        if non_null and lists.null_count and not is_nullable(non_null):
            raise UnexpectedAnswer(f"{non_null} must not be null, but Centra sent null; run again.")
        if pa.types.is_null(lists.type):
            lists = lists.cast(pa.list_(pa.struct([])))
        elements, parents = pc.list_flatten(lists), pc.list_parent_indices(lists)
        if elements.null_count:
            raise UnexpectedAnswer(f"{table.name}: Centra sent null in place of an object; run again.")
        levels = [*(level.repeated(parents) for level in levels), _Level(elements)]
    return levels


def _positions(owners: np.ndarray) -> np.ndarray:
    """Each row's number within its root object, from 1; the rows of an object stand together."""
    return np.arange(len(owners)) - np.searchsorted(owners, owners) + 1


def _typed(table: Table, column: Column, values: pa.Array) -> pa.Array:
    name, kind = f"{table.name}.{column.name}", ARROW_TYPES[column.data_type]
    try:
        if column.is_list:
            texts = [None if value is None else orjson.dumps(value).decode() for value in values.to_pylist()]
            array = pa.array(texts, kind)
        elif column.data_type == "timestamp" and pa.types.is_string(values.type):
            array = timestamps(values)
        elif column.data_type == "date" and pa.types.is_string(values.type):
            array = pc.utf8_slice_codeunits(values, 0, 10).cast(kind)
        else:
            array = values.cast(kind)
    except ValueError as error:  # Arrow's errors are of this kind
        raise UnexpectedAnswer(f"{name} is {column.data_type}, but Centra sent: {error}") from error
    if column.hide:
        array = column.hide(array)
    if array.null_count and column.name in table.key:
        raise UnexpectedAnswer(f"{name} identifies a row, but Centra sent null; exclude the resource.")
    return array
