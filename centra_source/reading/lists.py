"""Reads all objects of a list that fit a filter, by connection or in plain pages, as the shop has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from ..operations.documents import Operation
from ..tables.nodes import Page
from .connections import Reading
from .page_lists import whole_list


def is_connection(operation: Operation) -> bool:
    """Whether an operation reads a connection, which counts its objects."""
    return "first" in operation.variables


def objects(reading: Reading, where: Mapping[str, Any], held: int | None = None) -> Iterator[Page]:
    """Yields every object that fits a filter once.

    Args:
        reading: What to ask.
        where: The filter; empty for all.
        held: How many there are, as far as that is known.

    Raises:
        IncompleteRead: The list does not prove itself complete, however often it is read.
    """
    if is_connection(reading.operation):
        return reading.connection(where, held)
    return whole_list(reading, where)


def single_answer(reading: Reading) -> Page:
    """All objects of a list that is not paged, or the one object in its place."""
    data = reading.page(reading.operation, lambda rows: {})[reading.response_key]
    nodes = reading.checked(data) if isinstance(data, pa.ListScalar) else reading.checked_object(data)
    reading.loaded = len(nodes)
    return nodes
