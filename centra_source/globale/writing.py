"""Derived rows on their way to dlt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import pyarrow as pa
from dlt.extract.items import DataItemWithMeta

from ..flatten import arrow_schema
from ..reader import item
from ..tables import Table
from .reading import ROWS_PER_CHUNK


def items_of(
    table: Table, rows: Iterable[dict[str, Any]], replaced_by: str | None
) -> Iterator[DataItemWithMeta]:
    """The rows of a table in batches, with the hints that merge them, see `merge_hints`."""
    waiting = iter(rows)
    while batch := list(islice(waiting, ROWS_PER_CHUNK)):
        yield item(table, pa.Table.from_pylist(batch, schema=arrow_schema(table)), replaced_by)
