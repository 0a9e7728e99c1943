"""The stretch of time that one run reads of one resource, and how it is cut into windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

import pyarrow as pa
import pyarrow.compute as pc
from dlt.extract import Incremental

from ..settings import PARALLEL_PAGES, PARALLEL_WINDOWS
from ..tables.nodes import get_values, parse_timestamps

BOUND_MARGIN = timedelta(seconds=1)
"""Whether Centra counts a bound in is unknown, and its times are whole seconds."""


@dataclass(frozen=True)
class Window:
    """From `start` to `end` (UTC) by Centra's field `cursor`.

    The end is fixed before the first request: what changes meanwhile leaves the window, nothing inside it can
    shift, and the next run begins before this end.

    A window that was cut is read a margin beyond each cut, on both sides, and each side keeps its own: no
    object is read into two parts, in whichever order they arrive.

    Attributes:
        is_first: The part begins where the whole does.
        is_last: It ends where the whole does.
    """

    cursor: str
    start: datetime
    end: datetime
    is_first: bool = True
    is_last: bool = True

    def where(self) -> dict[str, dict[str, str]]:
        """The filter argument."""
        end = self.end if self.is_last else self.end + BOUND_MARGIN
        return {self.cursor: {"from": _utc_text(self.start - BOUND_MARGIN), "to": _utc_text(end)}}

    def own(self, nodes: pa.StructArray) -> pa.StructArray:
        """The objects after the start and up to the end: all but those that a neighbouring part keeps."""
        if self.is_first and self.is_last:
            return nodes
        moments = parse_timestamps(get_values(nodes, (self.cursor,)))
        begun = True if self.is_first else pc.greater(moments, self.start)
        ended = True if self.is_last else pc.less_equal(moments, self.end)
        owned = pc.and_(begun, ended)
        return nodes if pc.all(owned).as_py() else nodes.filter(owned)

    def halves(self) -> tuple[Window, Window] | None:
        """The window cut in the middle, on a whole second; None if it is but a second long."""
        middle = (self.start + (self.end - self.start) / 2).replace(microsecond=0)
        if not self.start < middle < self.end:
            return None
        return replace(self, end=middle, is_last=False), replace(self, start=middle, is_first=False)


def next_window(
    cursor: str, bookmark: Incremental[datetime], lookback: timedelta, now: datetime, *, from_start: bool
) -> Window:
    """What to read next.

    Args:
        cursor: Centra's field to filter on.
        bookmark: Where the runs before have come to; an `end_value` closes the range.
        lookback: How far to read before the bookmark, for rows that were committed late.
        now: The shop's clock.
        from_start: Leave the bookmark aside and begin at its initial value.
    """
    initial, start, end = bookmark.initial_value, bookmark.start_value, bookmark.end_value
    assert initial, "every bookmark of this source has an initial value"
    if end:
        return Window(cursor, initial, end)
    if from_start or not start or start <= initial:
        return Window(cursor, initial, max(now, initial))
    return Window(cursor, max(initial, start - lookback), max(now, start))


def first_part(window: Window, rows: int, count: Callable[[Window], int]) -> tuple[Window, int]:
    """The oldest part of a window, for a load that is not to take in all of it, and what it holds.

    Args:
        window: What is to be read in several loads.
        rows: The greatest number of objects in the part; half as many are enough. A second that holds more
            cannot be cut.
        count: Asks the shop how many objects a window holds.
    """
    fitting, held = window, 0
    smallest = rest = window
    too_many = count(window)
    if too_many <= rows:
        return window, too_many
    while held < rows / 2 and (halves := rest.halves()):
        older = replace(window, end=halves[0].end, is_last=False)
        counted = count(older)
        if counted <= rows:
            fitting, held, rest = older, counted, halves[1]
        else:
            smallest, too_many, rest = older, counted, halves[0]
    return (fitting, held) if held else (smallest, too_many)


def rows_per_window(held: int, window_rows: int, page_size: int) -> int:
    """The greatest number of objects of a window that is not cut: several are to be read at once.

    Args:
        held: How many objects there are in all.
        window_rows: Never more than this.
        page_size: Objects per request.
    """
    return min(window_rows, max(ceil(held / PARALLEL_WINDOWS), page_size * PARALLEL_PAGES))


def cut(window: Window, rows: int, count: Callable[[Window], int]) -> Iterator[tuple[Window, int]]:
    """Halves a window until no part holds more objects than wanted, or is but a second long.

    Args:
        window: What is to be read.
        rows: The greatest number of objects in a part.
        count: Asks the shop how many objects a window holds.

    Yields:
        The parts, oldest first and without a gap, each with its count.
    """
    held = count(window)
    halves = window.halves() if held > rows else None
    if halves is None:
        yield window, held
        return
    for half in halves:
        yield from cut(half, rows, count)


def _utc_text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
