"""Loads a closed range of the past apart from the regular loads, in many loads, committed one by one."""

from __future__ import annotations

import argparse
import sys
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

from centra_jobs.output import cli
from centra_jobs.output.progress import RichCollector
from centra_jobs.runs.local_shop import local_shop
from centra_jobs.runs.locks import give_way, turn_at_tables
from centra_jobs.runs.opening import open_backfill, pipeline_name
from centra_source import RESOURCES, centra_source, plan_windows
from centra_source.exceptions import InvalidSetting
from centra_source.reading.windows import Window
from centra_source.setting_parsers import check_count, check_range, parse_moment
from centra_source.settings import PAGE_SIZES, WINDOW_ROWS
from centra_source.state import BackfillProgress, record_backfill, stored_backfills


@dataclass(frozen=True)
class Part:
    """One load of the backfill: a window of a resource, and how many objects the shop counts in it."""

    resource: str
    window: Window
    rows: int

    @property
    def calls(self) -> int:
        """Requests that it will take, about: what is left is reckoned in them."""
        return 1 + ceil(self.rows / PAGE_SIZES[-1])


def options() -> argparse.ArgumentParser:
    """The command line of this job."""
    parser = argparse.ArgumentParser(
        prog="backfill_pipeline.py",
        description="Loads a range of the past into the tables of centra_pipeline.py, whose bookmarks stay "
        "where they are. After an interruption the same command goes on where it stopped.",
        parents=[cli.resource_options(), cli.common_options()],
    )
    parser.add_argument("--start-date", metavar="DATE", required=True, help="where the range begins")
    parser.add_argument("--end-date", metavar="DATE", required=True, help="where the range ends")
    parser.add_argument(
        "--rows-per-load",
        type=int,
        metavar="N",
        default=WINDOW_ROWS,
        help="objects that one load takes in at most (default: %(default)s)",
    )
    parser.add_argument("--again", action="store_true", help="load the range anew, even if it is complete")
    parser.add_argument(
        "--sandbox", action="store_true", help="read a made-up shop that runs on this machine"
    )
    return parser


def backfill(arguments: argparse.Namespace, console: Console) -> int:
    """Plans what is left of the range, loads it part by part, and tells how far it is."""
    start = parse_moment(arguments.start_date, "start_date")
    end = parse_moment(arguments.end_date, "end_date")
    check_range(start, end, full_refresh=False)
    rows_per_load = check_count(arguments.rows_per_load, "rows_per_load")
    chosen = dated_resources(arguments.resources, arguments.exclude)
    tables = pipeline_name(arguments.destination, arguments.dataset)
    with ExitStack() as stack:
        settings: dict[str, Any] = stack.enter_context(local_shop()) if arguments.sandbox else {}
        settings.update(cli.excluded_names(arguments.exclude))
        pipeline = stack.enter_context(
            open_backfill(arguments.destination, arguments.dataset, console, RichCollector(console))
        )
        reached = {} if arguments.again else reached_before(pipeline, start, end)
        parts = [
            Part(name, window, rows)
            for name in chosen
            if reached.get(name, start) < end
            for window, rows in plan_windows(
                name, reached.get(name, start), end, **{**settings, "window_rows": rows_per_load}
            )
        ]
        if not parts:
            console.print("This range is complete; --again loads it anew.")
            return 0
        console.print(f"{sum(part.rows for part in parts):,} objects to load, in {len(parts)} loads.\n")
        begun = monotonic()
        for done, part in enumerate(parts, start=1):
            give_way(tables)
            with turn_at_tables(tables, console):
                pipeline.run(source_of(part, start, end, settings))
            show_progress(console, parts, done, monotonic() - begun)
    console.print("\nThe range is complete.")
    return 0


def source_of(part: Part, start: datetime, end: datetime, settings: dict[str, Any]) -> DltSource:
    """The source of one part, and a note of how far the resource has come: dlt commits both together."""

    def note() -> Iterator[None]:
        record_backfill(part.resource, BackfillProgress(start, end, part.window.end))
        yield from ()

    window = part.window
    source = centra_source(**settings, start_date=window.start.isoformat(), end_date=window.end.isoformat())
    source.resources.add(dlt.resource(note, name="backfill"))
    return source.with_resources(part.resource, "backfill")


def reached_before(pipeline: dlt.Pipeline, start: datetime, end: datetime) -> dict[str, datetime]:
    """How far an earlier run has come with the same range, by resource."""
    return {
        name: done.reached
        for name, done in stored_backfills(pipeline).items()
        if (done.start, done.end) == (start, end)
    }


def show_progress(console: Console, parts: list[Part], done: int, seconds: float) -> None:
    """Prints what was loaded last, the share that is done, and how long the rest will take at this pace."""
    part = parts[done - 1]
    calls, all_calls = (sum(one.calls for one in some) for some in (parts[:done], parts))
    left = timedelta(seconds=round(seconds / calls * (all_calls - calls)))
    console.print(
        f"{part.resource:16}  {part.window.start:%Y-%m-%d %H:%M} to {part.window.end:%Y-%m-%d %H:%M}  "
        f"{part.rows:>8,} objects  {calls / all_calls:4.0%} done, {left} left",
        soft_wrap=True,
    )


def dated_resources(wanted: str | None, unwanted: str | None) -> list[str]:
    """The chosen resources that can be read by time.

    Raises:
        InvalidSetting: One was asked for that cannot.
    """
    dated = [name for name, resource in RESOURCES.items() if resource.is_dated and resource.selected]
    chosen = cli.chosen_resources(wanted or ",".join(dated), unwanted)
    for name in chosen:
        if name not in dated:
            raise InvalidSetting(
                f"{name} is read whole by every regular load: there is no range of it to load."
            )
    return chosen


if __name__ == "__main__":
    sys.exit(cli.run(lambda: backfill(options().parse_args(), cli.plain_console())))
