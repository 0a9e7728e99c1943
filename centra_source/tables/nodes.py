"""Values inside the objects that Centra sent, as Arrow arrays."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from dlt.common.time import ensure_pendulum_datetime

from ..data_types import ARROW_TYPES
from ..operations.selections import OCCURRENCE, Path

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}|\d{9,}(\.\d+)?$")

Page: TypeAlias = pa.StructArray
"""Objects as Centra sent them."""


def get_elements(nodes: pa.StructArray, path: Path) -> pa.Array:
    """Follows a path of lists into nested objects, and returns the elements of the last list.

    Without a path, these are the objects themselves.
    """
    for key in path:
        nodes = pc.list_flatten(as_lists(get_values(nodes, (key,))))
    return nodes


def as_lists(values: pa.Array) -> pa.Array:
    """Returns lists of objects: a single object becomes a list of one, and null stays null."""
    if not pa.types.is_struct(values.type):
        return values
    offsets = pa.array(range(len(values) + 1), pa.int32())
    lists = pa.ListArray.from_arrays(offsets, values)
    return pc.if_else(values.is_valid(), lists, pa.scalar(None, lists.type))


def parse_timestamps(texts: pa.Array) -> pa.Array:
    """Parses printed times with any offset as moments in UTC.

    Raises:
        ValueError: One of them is not a time.
    """
    kind = ARROW_TYPES["timestamp"]
    try:
        return texts.cast(kind)
    except pa.ArrowInvalid:  # a bare date among them: Centra prints some dates without a time
        return pa.array([None if text is None else _parse_moment(text) for text in texts.to_pylist()], kind)


def _parse_moment(text: str) -> datetime:
    """Parses a date with or without a time, or a Unix time.

    dlt would also take "17" for a Unix time, and "2024" for a date.
    """
    if not _MOMENT.match(text):
        raise ValueError(f"{text!r} is not a time")
    try:
        return ensure_pendulum_datetime(text)
    except OverflowError as error:  # its moment in UTC is before the year 1 or after 9999
        raise ValueError(str(error)) from error


def get_values(nodes: pa.Array, path: Path) -> pa.Array:
    """Follows keys into nested objects; null where one of them is null or missing."""
    for key in path:
        if not pa.types.is_struct(nodes.type) or nodes.type.get_field_index(key) < 0:
            return pa.nulls(len(nodes))
        nodes = pc.struct_field(nodes, [key])
    return nodes


def get_keys(nodes: pa.StructArray, key: Sequence[Path]) -> list[Any]:
    """Returns the key of each object: the value of one field, a tuple of several, or all that it holds."""
    if not key:
        return list(nodes.to_pylist())
    values = [get_values(nodes, path).to_pylist() for path in key]
    return values[0] if len(values) == 1 else list(zip(*values, strict=True))


def number_occurrences(nodes: Page, key: Sequence[Path], seen: Counter[Any]) -> Page:
    """Adds to each object its number, from 1, among those with the same key.

    Args:
        nodes: One page.
        key: The fields that identify the objects, though several objects can have the same.
        seen: How often each key has been seen on earlier pages; is updated.
    """
    numbers = []
    for value in get_keys(nodes, key):
        seen[value] += 1
        numbers.append(seen[value])
    fields = {field.name: nodes.field(field.name) for field in nodes.type}
    fields[OCCURRENCE[0]] = pa.array(numbers, pa.int64())
    return pa.StructArray.from_arrays(list(fields.values()), list(fields))
