"""`centra backfill`: loads a closed range of the past in many small loads, apart from the regular loads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from time import monotonic
from typing import Any, TypeVar

import dlt
from dlt.extract import DltSource
from rich.console import Console

from centra_source import RESOURCES, CentraError, ShopUnreachable, centra_source, plan_windows
from centra_source.exceptions import InvalidSetting, TokenRefused, find_cause
from centra_source.reading.windows import Window
from centra_source.setting_parsers import check_count, check_range, parse_moment
from centra_source.settings import PAGE_SIZES, STOP
from centra_source.state import BackfillProgress, record_backfill, stored_backfills

from ..console import show_wait
from ..output.outcome import Outcome, find_outcome
from ..output.progress import RichCollector
from ..runs.locks import hold_tables, wait_for_live_runs
from ..runs.opening import open_backfill, pipeline_name
from ..runs.selection import choose_failure_policy, choose_resources, make_settings
from ..verify.audit_lines import read_audit_lines

T = TypeVar("T")


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
        settings = make_settings(stack, console, exclude, sandbox=sandbox, on_failure=choose_failure_policy())
        pipeline = stack.enter_context(open_backfill(destination, dataset, console, RichCollector(console)))
        reached = {} if again else read_progress(pipeline, start, end)
        loads = PartLoads(pipeline, settings["on_failure"])

        def plan(name: str) -> list[Part]:
            begun = reached.get(name, start)
            planned = plan_windows(name, begun, end, **{**settings, "window_rows": rows_per_load})
            return [Part(name, window, rows) for window, rows in planned]

        with show_wait(console, "Asking the shop how many objects the range holds"):
            unread = [name for name in chosen if reached.get(name, start) < end]
            parts = [part for name in unread for part in loads.attempt(name, partial(plan, name)) or ()]
        if not parts:
            loads.raise_if_nothing_loaded()
            console.print("This range is complete; --again loads it again.")
            return 0
        console.print(f"{sum(part.rows for part in parts):,} objects to load, in {len(parts)} loads.\n")
        started = monotonic()
        for done, part in enumerate(parts, start=1):
            if part.resource in loads.failed:
                continue
            wait_for_live_runs(tables)
            with hold_tables(tables, console):
                loads.load(part, make_source(part, start, end, settings))
            if part.resource not in loads.failed:
                show_progress(console, parts, done, monotonic() - started)
        loads.raise_if_nothing_loaded()
        outcome = loads.find_outcome()
    for name, sentence in loads.failed.items():
        console.print(f"\n{name}: {sentence}", soft_wrap=True)
    ending = outcome.describe("Loaded") if outcome.exit_code else "The range is complete."
    console.print(f"\n{ending}", soft_wrap=True)
    return outcome.exit_code


class PartLoads:
    """The loads of a backfill. A resource that cannot be read stops no other one.

    Args:
        pipeline: Of the backfill.
        on_failure: As of the source.

    Attributes:
        failed: Why a resource could not be read to the end of its range, a sentence by name.
    """

    def __init__(self, pipeline: dlt.Pipeline, on_failure: str) -> None:
        self._pipeline, self._stops = pipeline, on_failure == STOP
        self.failed: dict[str, str] = {}
        self._errors: list[Exception] = []
        self._load_ids: list[str] = []
        self._is_silent = False

    def attempt(self, resource: str, work: Callable[[], T]) -> T | None:
        """Does some work for a resource, or records why it cannot be read and returns None.

        Raises:
            Exception: It stops the other resources too, or the shop has not answered for two in a row.
        """
        try:
            done = work()
        except Exception as error:
            cause = find_cause(error, CentraError)
            was_silent, self._is_silent = self._is_silent, isinstance(cause, ShopUnreachable)
            is_down = was_silent and self._is_silent
            if self._stops or cause is None or isinstance(cause, (InvalidSetting, TokenRefused)) or is_down:
                raise
            self.failed[resource] = str(cause)
            self._errors.append(cause)
            return None
        self._is_silent = False
        return done

    def load(self, part: Part, source: DltSource) -> None:
        """Loads a part; see `attempt`."""
        if info := self.attempt(part.resource, lambda: self._pipeline.run(source)):
            self._load_ids += info.loads_ids

    def raise_if_nothing_loaded(self) -> None:
        """Raises the first error if there are only errors."""
        if self._errors and not self._load_ids:
            raise self._errors[0]

    def find_outcome(self) -> Outcome:
        """Finds what of the range is missing or was changed."""
        lines = read_audit_lines(self._pipeline.dataset(), self._load_ids)
        found = find_outcome(line for line in lines if line.resource not in self.failed)
        return replace(found, failed=[*found.failed, *self.failed])


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
