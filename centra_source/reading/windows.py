"""Windows: the time range that one run reads of one resource, and the parts that it is cut into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

import pyarrow as pa
import pyarrow.compute as pc
from dlt.extract import Incremental

from ..settings import PARALLEL_PAGES, PARALLEL_WINDOWS
from ..tables.column_values import parse_known_timestamps
from ..tables.nodes import get_values

BOUND_MARGIN = timedelta(seconds=1)
"""Whether Centra includes a bound is unknown, and its times are whole seconds."""


@dataclass(frozen=True)
class Window:
    """A time range, from `start` to `end` (UTC) by Centra's field `cursor`.

    The end is fixed before the first request. An object that changes meanwhile leaves the window, so nothing
    inside it moves, and the next run starts before this end.

    A part of a window is read a margin beyond each cut, on both sides, and keeps only its own objects: no
    object is in two parts, in whichever order they arrive.

    Attributes:
        cursor: Centra's field to filter on.
        start: Where the window starts.
        end: Where it ends.
        is_first: The part starts where the whole window does.
        is_last: The part ends where the whole window does.
    """

    cursor: str
    start: datetime
    end: datetime
    is_first: bool = True
    is_last: bool = True

    def make_filter(self) -> dict[str, dict[str, str]]:
        """Makes the filter argument, `where`."""
        end = self.end if self.is_last else self.end + BOUND_MARGIN
        return {self.cursor: {"from": _format_utc(self.start - BOUND_MARGIN), "to": _format_utc(end)}}

    def keep_own(self, nodes: pa.StructArray) -> pa.StructArray:
        """Returns the objects after the start and up to the end: all but those of a neighbouring part."""
        if self.is_first and self.is_last:
            return nodes
        moments = parse_known_timestamps(get_values(nodes, (self.cursor,)))
        is_after_start = True if self.is_first else pc.greater(moments, self.start)
        is_before_end = True if self.is_last else pc.less_equal(moments, self.end)
        # An object without a readable time may be in either part: it is in both, and merged.
        is_own = pc.fill_null(pc.and_(is_after_start, is_before_end), True)
        return nodes if pc.all(is_own).as_py() else nodes.filter(is_own)

    def split(self) -> tuple[Window, Window] | None:
        """Cuts the window in the middle, on a whole second; None if it is only a second long."""
        middle = (self.start + (self.end - self.start) / 2).replace(microsecond=0)
        if not self.start < middle < self.end:
            return None
        return replace(self, end=middle, is_last=False), replace(self, start=middle, is_first=False)


def choose_window(
    cursor: str, bookmark: Incremental[datetime], lookback: timedelta, now: datetime, *, from_start: bool
) -> Window:
    """Chooses what to read next.

    Args:
        cursor: Centra's field to filter on.
        bookmark: How far earlier runs have read; an `end_value` closes the range.
        lookback: How far to read before the bookmark, for objects that were committed late.
        now: The shop's clock, UTC.
        from_start: Ignore the bookmark and start at its initial value.
    """
    initial, start, end = bookmark.initial_value, bookmark.start_value, bookmark.end_value
    assert initial, "every bookmark of this source has an initial value"
    if end:
        return Window(cursor, initial, end)
    if from_start or not start or start <= initial:
        return Window(cursor, initial, max(now, initial))
    return Window(cursor, max(initial, start - lookback), max(now, start))


def find_first_part(window: Window, rows: int, count: Callable[[Window], int]) -> tuple[Window, int]:
    """Finds the oldest part of a window that one load can read.

    Args:
        window: What is read in several loads.
        rows: The most objects in the part; half as many are enough. A second with more cannot be cut.
        count: Asks the shop how many objects a window holds.

    Returns:
        The part, and how many objects it holds.
    """
    fitting, held = window, 0
    smallest = rest = window
    too_many = count(window)
    if too_many <= rows:
        return window, too_many
    while held < rows / 2 and (halves := rest.split()):
        older = replace(window, end=halves[0].end, is_last=False)
        counted = count(older)
        if counted <= rows:
            fitting, held, rest = older, counted, halves[1]
        else:
            smallest, too_many, rest = older, counted, halves[0]
    return (fitting, held) if held else (smallest, too_many)


def calculate_window_rows(held: int, window_rows: int, page_size: int) -> int:
    """Calculates the most objects of a window that is not cut, so that several windows are read at once.

    Args:
        held: How many objects there are in all.
        window_rows: The upper limit, by the settings.
        page_size: Objects per request.
    """
    return min(window_rows, max(ceil(held / PARALLEL_WINDOWS), page_size * PARALLEL_PAGES))


def cut_window(window: Window, rows: int, count: Callable[[Window], int]) -> Iterator[tuple[Window, int]]:
    """Halves a window until no part holds too many objects, or a part is only a second long.

    Args:
        window: What to cut.
        rows: The most objects in a part.
        count: Asks the shop how many objects a window holds.

    Yields:
        The parts, oldest first and without a gap, each with its count.
    """
    held = count(window)
    halves = window.split() if held > rows else None
    if halves is None:
        yield window, held
        return
    for half in halves:
        yield from cut_window(half, rows, count)


def _format_utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
