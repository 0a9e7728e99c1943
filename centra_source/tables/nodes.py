"""Objects as Centra sent them, in Arrow: following keys, flattening lists, reading times."""

from __future__ import annotations

from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from dlt.common.time import ensure_pendulum_datetime

from ..data_types import ARROW_TYPES
from ..operations.selections import Path


def elements_at(nodes: pa.StructArray, path: Path) -> pa.Array:
    """The elements of the lists inside some objects, followed down a path of lists; the objects for none."""
    for key in path:
        nodes = pc.list_flatten(values_at(nodes, (key,)))
    return nodes


def timestamps(texts: pa.Array) -> pa.Array:
    """Printed times as moments in UTC, whatever their offset.

    Raises:
        ValueError: One of them is no time.
    """
    kind = ARROW_TYPES["timestamp"]
    try:
        return texts.cast(kind)
    except pa.ArrowInvalid:  # a bare date among them: Centra prints some dates without a time
        moments = [None if text is None else ensure_pendulum_datetime(text) for text in texts.to_pylist()]
        return pa.array(moments, kind)


Page: TypeAlias = pa.StructArray

"""Objects as Centra sent them."""


def values_at(nodes: pa.Array, path: Path) -> pa.Array:
    """Follows keys into nested objects; null where one of them is null or missing."""
    for key in path:
        if not pa.types.is_struct(nodes.type) or nodes.type.get_field_index(key) < 0:
            return pa.nulls(len(nodes))
        nodes = pc.struct_field(nodes, [key])
    return nodes
