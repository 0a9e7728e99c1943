"""Reads all objects of a list that match a filter, in the way that the shop pages it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from ..operations.documents import Operation
from ..tables.nodes import Page
from .connections import read_connection
from .list_reader import ListReader
from .page_lists import read_page_list


def is_connection(operation: Operation) -> bool:
    """Whether an operation reads a connection, which counts its objects."""
    return "first" in operation.variables


def read_objects(reader: ListReader, where: Mapping[str, Any], count: int | None = None) -> Iterator[Page]:
    """Yields every object that matches a filter once.

    Args:
        reader: What to request.
        where: The filter; empty for all objects.
        count: The number of objects, if known.

    Raises:
        IncompleteRead: No attempt brought a list that is proven complete.
    """
    if is_connection(reader.operation):
        return read_connection(reader, where, count)
    return read_page_list(reader, where)


def read_single_answer(reader: ListReader) -> Page:
    """Returns all objects of a list that has no pages, or the one object in its place."""
    whole = replace(reader, quarantine=None)  # nothing smaller can be asked for
    data = whole.request_page(reader.operation, lambda rows: {})[reader.response_key]
    nodes = reader.check_list(data) if isinstance(data, pa.ListScalar) else reader.check_object(data)
    reader.tally.loaded = len(nodes)
    return whole.complete(nodes)
