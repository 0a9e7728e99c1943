"""Loads what is new in a list that only grows."""

from __future__ import annotations

from typing import Any

from dlt.extract import Incremental

from ..clock import utc_now
from ..reading.audit import make_audit_line
from ..reading.growing_lists import GrowingList
from ..state import ResourceState
from ..tables.merging import Items
from .resource_reader import ResourceReader


def load_growing_list(reader: ResourceReader, bookmark: Incremental[Any], *, is_whole: bool) -> Items:
    """Yields the rows of new objects, and moves the bookmark to the highest id.

    Args:
        reader: The resource.
        bookmark: The highest id that earlier loads have read.
        is_whole: Read all objects, and not only those that are new.
    """
    yield from reader.tables.declare_or_empty(reader.no_objects)
    started_at, state = utc_now(), ResourceState.of_current()
    last_id, last_count = (0, 0) if is_whole else (bookmark.last_value or 0, state.counted_objects)
    growing = GrowingList(reader.make_list_reader(), last_id, last_count)
    yield from reader.load_pages([growing.read_new()])
    if growing.is_whole:  # else the same part is read again: nothing else would find what has no id
        state.record_count(growing.count)
        bookmark.advance(growing.highest_id)
    yield make_audit_line("list", growing.reader, started_at)
