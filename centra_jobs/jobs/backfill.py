"""`centra backfill`: loads a closed range of the past in many small loads, apart from the regular loads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from time import monotonic
from typing import Any

import dlt
from dlt.extract import DltSource
from rich.console import Console

from centra_source import RESOURCES, centra_source, plan_windows
from centra_source.exceptions import InvalidSetting
from centra_source.reading.windows import Window
from centra_source.setting_parsers import check_count, check_range, parse_moment
from centra_source.settings import PAGE_SIZES
from centra_source.state import BackfillProgress, record_backfill, stored_backfills

from ..console import show_wait
from ..output.progress import RichCollector
from ..runs.locks import hold_tables, wait_for_live_runs
from ..runs.opening import open_backfill, pipeline_name
from ..runs.selection import choose_resources, make_settings


@dataclass(frozen=True)
class Part:
    """One load of the backfill: a window of a resource, and how many objects the shop counts in it."""

    resource: str
    window: Window
    rows: int

    @property
    def calls(self) -> int:
        """Requests that it takes, approximately; the remaining time is estimated from them."""
        return 1 + ceil(self.rows / PAGE_SIZES[-1])


def run(
    console: Console,
    *,
    resources: str | None,
    exclude: str | None,
    destination: str | None,
    dataset: str,
    start_date: str,
    end_date: str,
    rows_per_load: int,
    again: bool,
    sandbox: bool,
) -> int:
    """Loads what is left of the range, part by part; the options are those of `centra backfill`."""
    start = parse_moment(start_date, "start_date")
    end = parse_moment(end_date, "end_date")
    check_range(start, end, full_refresh=False)
    check_count(rows_per_load, "rows_per_load")
    chosen = choose_dated_resources(resources, exclude)
    tables = pipeline_name(destination, dataset)
    with ExitStack() as stack:
        settings = make_settings(stack, console, exclude, sandbox=sandbox)
        pipeline = stack.enter_context(open_backfill(destination, dataset, console, RichCollector(console)))
        reached = {} if again else read_progress(pipeline, start, end)
        with show_wait(console, "Asking the shop how many objects the range holds"):
            parts = [
                Part(name, window, rows)
                for name in chosen
                if reached.get(name, start) < end
                for window, rows in plan_windows(
                    name, reached.get(name, start), end, **{**settings, "window_rows": rows_per_load}
                )
            ]
        if not parts:
            console.print("This range is complete; --again loads it again.")
            return 0
        console.print(f"{sum(part.rows for part in parts):,} objects to load, in {len(parts)} loads.\n")
        started = monotonic()
        for done, part in enumerate(parts, start=1):
            wait_for_live_runs(tables)
            with hold_tables(tables, console):
                pipeline.run(make_source(part, start, end, settings))
            show_progress(console, parts, done, monotonic() - started)
    console.print("\nThe range is complete.")
    return 0


def make_source(part: Part, start: datetime, end: datetime, settings: dict[str, Any]) -> DltSource:
    """The source of one part, with a note of how far the resource is read: dlt commits both together."""

    def note() -> Iterator[None]:
        record_backfill(part.resource, BackfillProgress(start, end, part.window.end))
        yield from ()

    window = part.window
    source = centra_source(**settings, start_date=window.start.isoformat(), end_date=window.end.isoformat())
    source.resources.add(dlt.resource(note, name="backfill"))
    return source.with_resources(part.resource, "backfill")


def read_progress(pipeline: dlt.Pipeline, start: datetime, end: datetime) -> dict[str, datetime]:
    """How far an earlier run has read the same range, by resource."""
    return {
        name: done.reached
        for name, done in stored_backfills(pipeline).items()
        if (done.start, done.end) == (start, end)
    }


def show_progress(console: Console, parts: list[Part], done: int, seconds: float) -> None:
    """Prints the part that was loaded last, the share that is done, and the time left at this pace."""
    part = parts[done - 1]
    calls, all_calls = (sum(one.calls for one in some) for some in (parts[:done], parts))
    left = timedelta(seconds=round(seconds / calls * (all_calls - calls)))
    console.print(
        f"{part.resource:16}  {part.window.start:%Y-%m-%d %H:%M} to {part.window.end:%Y-%m-%d %H:%M}  "
        f"{part.rows:>8,} objects  {calls / all_calls:4.0%} done, {left} left",
        soft_wrap=True,
    )


def choose_dated_resources(wanted: str | None, unwanted: str | None) -> list[str]:
    """The chosen resources that can be read by time.

    Raises:
        InvalidSetting: `--resources` names one that cannot.
    """
    dated = [name for name, resource in RESOURCES.items() if resource.is_dated and resource.selected]
    chosen = choose_resources(wanted or ",".join(dated), unwanted)
    for name in chosen:
        if name not in dated:
            raise InvalidSetting(
                f"{name} cannot be loaded by a range of time: every regular load reads all of it."
            )
    return chosen
