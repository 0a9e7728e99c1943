"""Histories of a shop: edits during its loads, drawn by hypothesis and played in the sandbox.

A history is plain data, so that a failing one can be read and shrunk. An edit selects its object by a
number modulo the number of objects, so that every edit fits every shop.
"""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import dlt
import duckdb
from dlt.common.configuration.container import Container
from dlt.common.configuration.providers.provider import ConfigProvider
from dlt.common.configuration.specs.config_providers_context import ConfigProvidersContainer
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
from hypothesis import strategies as st

from centra_sandbox import Clock, Request, Sandbox, Shop
from centra_sandbox.events import EventQueue
from centra_sandbox.generate import build_shop
from centra_source import RESOURCES, centra_source, unfinished_resources
from centra_source.exceptions import IncompleteRead, causes

from .history_edits import EDITS, LENGTHENED, date_back, list_edits
from .shop_rows import Row, find_differences
from .target import keep_schema

NOW = "now"
MOMENTS = (
    NOW,
    NOW,
    "2026-03-29T01:00:00+00:00",
    "2026-10-25T01:00:00+00:00",
    "2026-03-08T07:00:00+00:00",
    "2026-11-01T06:00:00+00:00",
    "2026-10-03T15:30:00+00:00",
)
"""Starts of a history: this machine's clock, or clock changes in Stockholm, New York and Lord Howe."""

ZONES = ("Europe/Stockholm", "Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "UTC")

PACES = (
    (0, 0, 0, 1, 60),
    (0, 1, 2, 60, 1800, 3599, 3600, 3601, 7200, 86_400, 3 * 86_400),
    (0, 0, 3601, 86_400),
)
"""Seconds between two edits: a history is busy, mixed, or busy with long waits."""

LATE = ((0,), (0, 1, 30, 60), (0, 60))
"""Minutes by which the dates of edits lie before their commit; the look-back covers an hour."""

HEADER_MINUTES = (0, 0, 0, 1, 20, 59, -1, -20, -59)
"""Minutes by which the Date header is ahead of the clock that dates rows: less than the look-back."""

LOOK_BACK = 60
"""Minutes, by the loader's default: what a header ahead takes of them, late commits must not use."""

PAGE_SIZES = (1, 1, 2, 2, 3, 4, 5, 6, 7, 100)
WINDOW_ROWS = (2, 5, 50, 10_000)
PARALLEL_REQUESTS = (1, 1, 4)
"""With 1 a history is the same every time; with more, edits meet whichever thread comes first."""

ROWS_PER_LOAD = (None, None, None, 1, 3)
"""With a number a stretch takes several loads, and the shop is edited between them."""

SIZE: dict[str, Any] = {"products": 4, "orders": 5, "seed": 219}
"""The smallest shop with both kinds of order, returns, attributes, discounts, and several displays."""

DLT_SETTINGS = {
    "restore_from_destination": False,
    "dlthub_telemetry": False,
    "log_level": "CRITICAL",
    "workers": 1,
    "add_dlt_load_id": True,
}
"""By the last part of their names, whatever section dlt looks them up in."""


@dataclass(frozen=True)
class Edit:
    """One edit of the shop.

    Attributes:
        request: The request of its run before which it happens; 0 is before the run. An edit whose request
            never comes happens after the run.
        kind: A name of EDITS.
        which: The number of the object, modulo the number of objects.
        step: Seconds by which the shop's clock moves before the edit.
        late: Minutes between the date of the edit and its commit.
    """

    request: int
    kind: str
    which: int
    step: int
    late: int


@dataclass(frozen=True)
class Run:
    """One load, the edits during it, and the seconds until the next load."""

    edits: tuple[Edit, ...]
    pause: int


@dataclass(frozen=True)
class History:
    """A shop, its loads, and its edits.

    Attributes:
        begins: One of MOMENTS, by the shop's clock.
        minutes: Added to `begins`; to the machine's clock it is how far the shop's is ahead.
        header_minutes: One of HEADER_MINUTES.
        frozen: The shop's clock moves by steps only.
        long: Lists that are read whole take more than a page.
    """

    resources: tuple[str, ...]
    runs: tuple[Run, ...]
    begins: str
    minutes: int
    header_minutes: int
    frozen: bool
    zone: str
    page_size: int
    window_rows: int
    rows_per_load: int | None
    parallel_requests: int
    bounds_inclusive: bool
    parents_move: bool
    returns_updated_at: bool
    long: bool


@st.composite
def histories(draw: st.DrawFn, *resources: str) -> History:
    """Histories of a shop from which these resources are loaded."""
    steps = st.sampled_from(draw(st.sampled_from(PACES)))
    header_minutes = draw(st.sampled_from(HEADER_MINUTES))
    # A second bookmark counts real seconds on top of a frozen clock: the hour would not be a whole one.
    spare = LOOK_BACK - max(0, header_minutes) - (len(resources) > 1)
    latest = tuple(min(minutes, spare) for minutes in draw(st.sampled_from(LATE)))
    edits = st.builds(
        Edit,
        request=st.integers(0, 8),
        kind=st.sampled_from([kind for name in resources for kind in list_edits(name)]),
        which=st.integers(0, 9),
        step=steps,
        late=st.sampled_from(latest),
    )
    run = st.builds(Run, st.lists(edits, min_size=1, max_size=5).map(_sort_edits), steps)
    runs = draw(st.sampled_from((1, 1, 1, 2, 2, 3)).flatmap(lambda n: st.tuples(*[run] * n)))
    return History(
        resources=resources,
        runs=runs,
        begins=draw(st.sampled_from(MOMENTS)),
        minutes=draw(st.integers(-75, 75)),
        header_minutes=header_minutes,
        frozen=draw(st.sampled_from((True, True, True, False))),
        zone=draw(st.sampled_from(ZONES)),
        page_size=draw(st.sampled_from(PAGE_SIZES)),
        window_rows=draw(st.sampled_from(WINDOW_ROWS)),
        rows_per_load=draw(st.sampled_from(ROWS_PER_LOAD)),
        parallel_requests=draw(st.sampled_from(PARALLEL_REQUESTS)),
        bounds_inclusive=draw(st.booleans()),
        parents_move=draw(st.booleans()),
        returns_updated_at="returns" in resources and draw(st.booleans()),
        long=any(name in LENGTHENED for name in resources) and draw(st.integers(0, 7)) == 7,
    )


def _sort_edits(edits: list[Edit]) -> tuple[Edit, ...]:
    return tuple(sorted(edits, key=lambda edit: edit.request))


class _FlatSettings(ConfigProvider):
    """Gives dlt its settings by name only, so that it does not search sections."""

    name = "histories"
    supports_secrets = supports_sections = False

    def get_value(
        self, key: str, hint: type[Any], pipeline_name: str | None, *sections: str
    ) -> tuple[Any, str]:
        """Returns the value and the name under which it was found."""
        return DLT_SETTINGS.get(key), key


@contextmanager
def _use_flat_settings() -> Iterator[None]:
    """Makes dlt search its settings in one place: it searches thousands of times in every run."""
    context = Container()[PluggableRunContext]
    providers = context.providers
    context.providers = ConfigProvidersContainer([_FlatSettings()])
    try:
        yield
    finally:
        context.providers = providers


class World:
    """One shop and one database for all histories of a process: new ones take longer than the loads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sandbox = Sandbox(**SIZE)
        self.database = duckdb.connect(":memory:")
        self.database.execute("set threads = 1")
        # Resolved once, or dlt would do so a dozen times in every run.
        self.credentials = DuckDbCredentials(self.database)
        self.credentials.parse_native_representation(self.database)
        self.credentials.resolve()
        self.played = 0
        self._edits: list[Edit] = []
        self._requests = 0
        self._edited = 0
        self._fault = ""

    @contextmanager
    def running(self) -> Iterator[World]:
        """Serves the shop. Only dlt's search for its settings is shorter than usual."""
        self.sandbox.before_request(self._before_request)
        try:
            with _use_flat_settings(), self.sandbox:
                # A history counts requests: none of its loads may be the only one that asks for a schema.
                for has_updated_at in (True, False):
                    self.sandbox.configure(returns_updated_at=has_updated_at)
                    keep_schema(self.sandbox)
                yield self
        finally:
            self.database.close()

    def play(self, history: History) -> list[str]:
        """Plays a history, loads once more without edits, and returns where tables and shop differ."""
        self.played += 1
        self._begin(history)
        dataset = f"history_{self.played}"
        pipeline = dlt.pipeline(
            dataset,
            pipelines_dir=str(self.folder),
            destination=dlt.destinations.duckdb(self.credentials),
            dataset_name=dataset,
        )
        try:
            for run in history.runs:
                self._play_run(pipeline, history, run)
            # A header that is behind hides the youngest rows until it has come to their dates.
            behind = max(0, -history.header_minutes)
            self.sandbox.clock.advance(timedelta(minutes=behind, seconds=1))
            while unfinished_resources(pipeline):
                self._load(pipeline, history)
            self._load(pipeline, replace(history, rows_per_load=None))
            return [line for table in list_tables(history) for line in self._differences(dataset, table)]
        finally:
            for schema in (dataset, f"{dataset}_staging"):
                self.database.execute(f"drop schema if exists {schema} cascade")
            shutil.rmtree(pipeline.working_dir)

    def _begin(self, history: History) -> None:
        sandbox, shop = self.sandbox, self.sandbox.shop
        sandbox.configure(
            zone=history.zone,
            date_header_offset=timedelta(minutes=history.header_minutes),
            bounds_inclusive=history.bounds_inclusive,
            parents_move=history.parents_move,
            returns_updated_at=history.returns_updated_at,
        )
        begins = (
            datetime.now(timezone.utc) if history.begins == NOW else datetime.fromisoformat(history.begins)
        )
        begins = begins.replace(microsecond=0) + timedelta(minutes=history.minutes)
        (sandbox.clock.set if history.frozen else sandbox.clock.start_at)(begins)
        fresh = build_shop(sandbox.settings, Clock())
        for name, rows in shop.lists():
            rows[:] = getattr(fresh, name)
        _end_trade_at(shop, begins)
        shop.events = EventQueue(sandbox.clock)
        for name in history.resources if history.long else ():
            if name in LENGTHENED:
                LENGTHENED[name](shop)
        shop.version += 1
        sandbox.requests.clear()
        self._edited = 0

    def _play_run(self, pipeline: dlt.Pipeline, history: History, run: Run) -> None:
        self._edits, self._requests = list(run.edits), 0
        self._edit_until(0)
        try:
            self._load(pipeline, history)
        except Exception as error:
            # A list that changes too much under the reader may be refused; nothing of the run is loaded then.
            if not any(isinstance(cause, IncompleteRead) for cause in causes(error)):
                raise
        if self._fault:
            raise AssertionError(self._fault)
        while self._edits:
            self._edit_until(self._edits[0].request)
        self.sandbox.clock.advance(timedelta(seconds=run.pause))

    def _load(self, pipeline: dlt.Pipeline, history: History) -> None:
        source = centra_source(
            self.sandbox.url,
            self.sandbox.token,
            page_size=history.page_size,
            window_rows=history.window_rows,
            rows_per_load=history.rows_per_load,
            parallel_requests=history.parallel_requests,
            deletes="hard",
            retry_limit=20.0,
            backoff_factor=0.001,
        )
        pipeline.run(source.with_resources(*history.resources))

    def _before_request(self, request: Request, shop: Shop) -> None:
        self._requests += 1
        try:
            self._edit_until(self._requests)
        except Exception:
            # The text alone: frames of the shop's thread hold its objects, and printing those never ends.
            self._fault, self._edits = traceback.format_exc(), []
            raise

    def _edit_until(self, request: int) -> None:
        shop, clock = self.sandbox.shop, self.sandbox.clock
        while self._edits and self._edits[0].request <= request:
            edit = self._edits.pop(0)
            clock.advance(timedelta(seconds=edit.step))
            self._edited += 1
            node = EDITS[edit.kind](shop, edit.which, f"edit {self._edited}")
            if node and edit.late:
                date_back(node, clock.now().replace(microsecond=0), timedelta(minutes=edit.late))
            shop.version += 1

    def _differences(self, dataset: str, table: str) -> list[str]:
        query = f"select * exclude (_dlt_load_id) from {dataset}.{table}"
        if table == "stock_snapshots":
            # Earlier days show an earlier shop; the last day is that of the load without edits.
            last_day = f"(select max(snapshot_date) from {dataset}.{table})"
            query = f"select * exclude (snapshot_date) from ({query} where snapshot_date = {last_day})"
        rows: list[Row] = self.database.execute(query).to_arrow_table().to_pylist()
        return find_differences(self.sandbox.shop, "stock" if table == "stock_snapshots" else table, rows)


def list_tables(history: History) -> list[str]:
    """Returns the tables that the loaded resources fill."""
    names: list[str] = []
    for name in history.resources:
        resource = RESOURCES[name]
        names += [name, *resource.lists.values(), *([resource.daily] if resource.daily else [])]
    return list(dict.fromkeys(names))


def _end_trade_at(shop: Shop, moment: datetime) -> None:
    """Moves the dates that define windows, so that the youngest is one minute old."""
    dated = [row for _, rows in shop.lists() for row in rows]
    for field in ("createdAt", "updatedAt"):
        by = moment - timedelta(minutes=1) - max(row[field] for row in dated if row.get(field))
        for row in dated:
            if row.get(field):
                row[field] = (row[field] + by).replace(microsecond=0)
