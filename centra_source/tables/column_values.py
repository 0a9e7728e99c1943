"""Casts the values of one column, and finds those that it cannot hold.

Arrow casts a whole column at once. Only where that fails, the column is divided to find the odd values.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from ..data_types import ARROW_TYPES, MONEY_SCALE
from ..misfits import LOST, REMOVED, REPLACED, ROUNDED
from .nodes import parse_timestamps
from .table import Column

FIRST_MOMENT = pa.scalar("0001-01-01T00:00:00Z").cast(ARROW_TYPES["timestamp"])
LAST_MOMENT = pa.scalar("9999-12-31T23:59:59.999999Z").cast(ARROW_TYPES["timestamp"])
"""The first and the last moment that Python, PostgreSQL, BigQuery and Snowflake can all hold, in UTC."""

ROUNDING, FLOAT_ERROR = 1e-6, 2.0**-50
"""Differences from the stored amount up to this, absolute and by its size, are those of floats and no lost
digits."""

LARGEST_EXACT = 2**53 / 10**MONEY_SCALE
"""From here on (9 * 10^11), the floats that Centra sends are not exact to the fourth decimal."""

NUL, REPLACEMENT = "\0", "\ufffd"


class Odd(NamedTuple):
    """Values that a column cannot hold as they were sent.

    Attributes:
        places: Their positions.
        sent: What was sent, in words.
        outcome: What has become of them: LOST, ROUNDED, REPLACED or REMOVED.
    """

    places: np.ndarray
    sent: str
    outcome: str


def cast_values(column: Column, values: pa.Array) -> pa.Array:
    """Casts values to the type of a column.

    Raises:
        ValueError: One of them does not fit.
    """
    kind = ARROW_TYPES[column.data_type]
    if column.is_list:
        texts = [None if value is None else orjson.dumps(value).decode() for value in values.to_pylist()]
        return pa.array(texts, kind)
    if column.data_type in ("timestamp", "date") and not pa.types.is_null(values.type):
        texts = values.cast(pa.string())
        if column.data_type == "timestamp":
            return parse_timestamps(texts)
        return pc.utf8_slice_codeunits(texts, 0, 10).cast(kind)
    return values.cast(kind)


def fit_values(
    column: Column, values: pa.Array, *, has_replaced_text: bool = False, removes_nul: bool = False
) -> tuple[pa.Array, list[Odd]]:
    """Casts values to the type of a column; what it cannot hold is null.

    Args:
        column: Where they go.
        values: As they were sent.
        has_replaced_text: Whether texts can contain U+FFFD in place of what was not Unicode.
        removes_nul: Whether texts can contain NUL, which the destination cannot hold.

    Returns:
        The values in the column's type, and which of them were changed.
    """
    misses: list[int] = []
    parts = _cast_parts(column, values, 0, misses)
    array = parts[0] if len(parts) == 1 else pa.concat_arrays(parts)
    odd = [Odd(np.array(misses), f"not a {column.data_type}", LOST)] if misses else []
    if column.data_type in ("timestamp", "date"):
        array = _limit(array, _find_out_of_range(array), "outside of the years 1 to 9999", odd)
    elif column.data_type == "double":
        array = _limit(array, pc.invert(pc.is_finite(array)), "not a finite number", odd)
    elif column.data_type == "decimal" and pa.types.is_floating(values.type):
        _note(_find_rounded(array, values), "with more digits", ROUNDED, odd)
    elif column.data_type == "text":
        if has_replaced_text:
            _note(pc.match_substring(array, REPLACEMENT), "characters that are not Unicode", REPLACED, odd)
        if removes_nul and _note(pc.match_substring(array, NUL), "the character NUL", REMOVED, odd):
            array = pc.replace_substring(array, NUL, "")
    return array, odd


def parse_known_timestamps(texts: pa.Array) -> pa.Array:
    """Parses printed times as moments in UTC; what is not a time is null."""
    parts = _cast_parts(Column("", "timestamp"), texts, 0, [])
    return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)


def _cast_parts(column: Column, values: pa.Array, start: int, misses: list[int]) -> list[pa.Array]:
    """Casts values, or each half of them where that fails. Adds the positions of those that never fit."""
    try:
        return [cast_values(column, values)]
    except (ValueError, TypeError, NotImplementedError):  # as Arrow's errors are
        if len(values) == 1:
            misses.append(start)
            return [pa.nulls(1, ARROW_TYPES[column.data_type])]
    half = len(values) // 2
    left = _cast_parts(column, values.slice(0, half), start, misses)
    return left + _cast_parts(column, values.slice(half), start + half, misses)


def _limit(array: pa.Array, is_odd: pa.Array | None, sent: str, odd: list[Odd]) -> pa.Array:
    if is_odd is None or not _note(is_odd, sent, LOST, odd):
        return array
    return pc.if_else(pc.fill_null(is_odd, False), pa.scalar(None, array.type), array)


def _note(is_odd: pa.Array | None, sent: str, outcome: str, odd: list[Odd]) -> bool:
    """Adds the values for which something is true to the odd ones, and returns whether there are any."""
    if is_odd is None or not pc.any(is_odd).as_py():
        return False
    odd.append(Odd(np.flatnonzero(pc.fill_null(is_odd, False).to_numpy(zero_copy_only=False)), sent, outcome))
    return True


def _find_out_of_range(array: pa.Array) -> pa.Array | None:
    """Finds the moments that not every destination can hold."""
    first, last = FIRST_MOMENT.cast(array.type), LAST_MOMENT.cast(array.type, safe=False)
    found = pc.min_max(array)
    if not found["min"].is_valid or (found["min"].value >= first.value and found["max"].value <= last.value):
        return None
    return pc.or_(pc.less(array, first), pc.greater(array, last))


def _find_rounded(amounts: pa.Array, values: pa.Array) -> pa.Array:
    """Finds the amounts that differ from what was sent, or that floats cannot hold to the fourth decimal."""
    differences = pc.abs(pc.subtract(amounts.cast(pa.float64()), values))
    sizes = pc.abs(values)
    allowed = pc.add(pc.multiply(sizes, FLOAT_ERROR), ROUNDING)
    return pc.or_(pc.greater(differences, allowed), pc.greater(sizes, LARGEST_EXACT))
