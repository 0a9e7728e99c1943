"""Decides which time range a load reads, and moves the bookmark when it has been read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dlt.extract import Incremental

from ..reading.windows import Window, choose_window
from ..resources import default_lookback
from ..state import RangeProgress, ResourceState


@dataclass(frozen=True)
class TimeRange:
    """The time range of one resource in one run.

    Attributes:
        bookmark: How far earlier loads have read; an `end_value` closes the range.
        window: What to read.
        started_at: When the load started, by this machine's clock (UTC).
    """

    bookmark: Incremental[datetime]
    window: Window
    started_at: datetime

    def find_earlier(self) -> Window:
        """The range from the start of the first load to that of this one."""
        assert self.bookmark.initial_value, "every bookmark of this source has an initial value"
        return Window(self.window.cursor, self.bookmark.initial_value, self.window.start)

    def record_end(self, part: Window) -> None:
        """Records how far the range has been read. The bookmark moves when all of it has been read.

        A bookmark later than the true time would skip rows, so the earlier one of the two clocks counts.

        Args:
            part: What has been read of the range.
        """
        state = ResourceState({}) if self.bookmark.end_value else ResourceState.of_current()
        begun, end = state.unfinished_range, self.window.end
        safe_bookmark = begun.safe_bookmark if begun else end
        started_at = self.started_at.replace(microsecond=0)
        if started_at < part.end:
            safe_bookmark = min(safe_bookmark, started_at)
        if part.end < end:
            state.record_range(RangeProgress(part.end, end, safe_bookmark))
        else:
            state.finish_range()
            self.bookmark.advance(max(safe_bookmark, self.bookmark.last_value or safe_bookmark))


def choose_time_range(
    name: str,
    cursor: str,
    bookmark: Incremental[datetime],
    *,
    lookbacks: Mapping[str, timedelta],
    now: datetime,
    started_at: datetime,
    is_refresh: bool,
) -> TimeRange:
    """Chooses what to read: the rest of a range that an earlier load has begun, or what is new.

    The parts of a range need no look-back between them. What changes while they are read, or is committed
    late, is later than the end of the range less the look-back, and comes with the next range.

    Args:
        name: Of the resource.
        cursor: Centra's field to filter on.
        bookmark: How far earlier loads have read.
        lookbacks: How far to read before the bookmark, by resource. Default: see `settings.LOOKBACKS`.
        now: Where a new range ends, by the shop's clock (UTC).
        started_at: When the load started, by this machine's clock (UTC).
        is_refresh: Read from the start date.
    """
    begun = ResourceState.of_current().unfinished_range
    if begun and not is_refresh and not bookmark.end_value:
        window = Window(cursor, begun.reached, begun.end)
    else:
        lookback = lookbacks[name] if name in lookbacks else default_lookback(name, cursor)
        window = choose_window(cursor, bookmark, lookback, now, from_start=is_refresh)
    return TimeRange(bookmark, window, started_at)
