"""The stretch of time that one run reads of one resource, and how it is cut into windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dlt.extract import Incremental

BOUND_MARGIN = timedelta(seconds=1)
"""Whether Centra counts a bound in is unknown, and its times are whole seconds."""


@dataclass(frozen=True)
class Window:
    """From `start` to `end` (UTC) by Centra's field `cursor`.

    The end is fixed before the first request: what changes meanwhile leaves the window, nothing inside it can
    shift, and the next run begins before this end.
    """

    cursor: str
    start: datetime
    end: datetime

    def where(self) -> dict[str, dict[str, str]]:
        """The filter argument."""
        return {self.cursor: {"from": _utc_text(self.start - BOUND_MARGIN), "to": _utc_text(self.end)}}


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
    middle = (window.start + (window.end - window.start) / 2).replace(microsecond=0)
    if held <= rows or not window.start < middle < window.end:
        yield window, held
        return
    yield from cut(replace(window, end=middle), rows, count)
    yield from cut(replace(window, start=middle), rows, count)


def _utc_text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
