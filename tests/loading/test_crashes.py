"""A load that is killed at any moment and started again ends with the same tables as one that is not."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta, timezone
from itertools import count
from multiprocessing import forkserver, get_context
from pathlib import Path
from signal import SIGKILL

import duckdb
import pytest

from centra_jobs.runs.opening import PIPELINE_NAME
from centra_sandbox import Errors, Request, Sandbox, Shop
from centra_source import RESOURCES

from ..support import killed_load
from ..support.killed_load import Moment
from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.workplace import PROJECT, Row

LOADED = ("orders", "brands", "stock")
"""One resource of each kind: read by a bookmark and merged with its lists, read whole, kept as snapshots."""

TABLES = [table for name in LOADED for table in dict.fromkeys((name, *RESOURCES[name].lists.values()))]

MOMENTS = {
    "first_load_at": 5,
    "changes_at": 6,
    "changed_again_at": 2,
    "again_and_again_at": 2,
    "answering_at": 2,
    "merging_at": 2,
    "listening_at": 2,
}
"""How many moments a test tries, by its argument: fractions of the run, evenly spread."""

SOAK = 20
"""How many times more are tried in the long run."""

NARROW_WINDOWS = {
    "rows are extracted, the package is not": r"os.rename /normalize/extracted/\*",
    "a package is extracted, its bookmarks are not saved": r"os.rename /state.json",
    "a package is normalized, but not handed over": r"os.rename /load/normalized/\*",
    "a package is handed over, its origin is in parts": r"os.remove load_package_state.json",
    "a package is handed over, its origin is an empty folder": r"os.rmdir /normalize/extracted/\*",
    "orders are copied into the database": r"os.rename .*/.pending_transitions/orders\..*\.parquet",
    "the line of load_audit is copied into it": r"os.rename .*/.pending_transitions/load_audit\..*\.parquet",
    "the lines of orders are merged": r"os.rename .*/.pending_transitions/order_lines\..*\.sql",
    "the snapshots are merged": r"os.rename .*/.pending_transitions/stock_snapshots\..*\.sql",
    "all is loaded": r"os.rename /load/loaded/\*",
}
"""Something is done and dlt is about to note it; the step is the last one in a run that looks like this."""

WHILE_ONE_FAILS = [
    ("orders", "a package is normalized, but not handed over"),
    ("orders", "the snapshots are merged"),
    ("stock", "a package is handed over, its origin is in parts"),
    ("stock", "the lines of orders are merged"),
    ("brands", "all is loaded"),
]
"""A resource that cannot be read, and the step of the same run before which it is killed."""

NOTING = re.compile(r"os.rename /(normalize|load)/")

CLEANING = re.compile(r"os\.(rmdir|remove|unlink) /load/loaded/")
"""What is done to a loaded package. A run that finishes the load of another may have less to do there."""

FIRST_DAY = datetime(2026, 11, 16, 12, tzinfo=timezone.utc)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Spreads moments over the run, few or many."""
    factor = SOAK if metafunc.config.getoption("--soak") else 1
    for argument in MOMENTS.keys() & set(metafunc.fixturenames):
        number = MOMENTS[argument] * factor
        shares = [(index + 0.5) / number for index in range(number)]
        cases = representative(shares, shares[number // 2])
        metafunc.parametrize(argument, cases, ids=[f"{share:.3f}" for share in shares])


def open_shop(shop: Shop) -> None:
    """The first day: a brand that no product has is among the others."""
    shop.add("Brand", name="Short-lived")


def change(shop: Shop) -> None:
    """A day on which something happens to every table."""
    untouched = [order for order in shop.orders if not order["shipments"] and len(order["lines"]) > 1]
    changed, shortened, emptied = untouched[:3]
    deleted, edited_silently = [order for order in shop.orders if order["shipments"]][:2]
    shop.update(changed, status="CANCELLED", otherComment="changed")
    shop.remove_line(shortened, shortened["lines"][0])
    for line in list(emptied["lines"]):
        shop.remove_line(emptied, line)
    shop.update(emptied, attributes=[], discountsApplied=[])
    shop.add_line(shop.add_order(), shop.product_sizes[0])
    shop.remove(deleted)
    edit_silently(shop, edited_silently, "edited silently")
    shop.remove(shop.brands[-1])
    shop.update(shop.brands[0], name="Renamed")
    shop.add("Brand", name="New")
    shop.touch_silently(shop.stock[0], physicalQuantity=4711)
    shop.remove(shop.stock[1])


def change_again(shop: Shop) -> None:
    """A day that touches some of what was changed the day before, and leaves the rest alone."""
    new = shop.orders[-1]
    shop.remove_line(new, new["lines"][0])
    shop.add_line(shop.add_order(), shop.product_sizes[1])
    shop.remove(order_with(shop, "changed"))
    edit_silently(shop, order_with(shop, "edited silently"), "edited silently again")
    shop.remove(shop.brands[-1], shop.stock[1])
    shop.touch_silently(shop.stock[0], physicalQuantity=4712)


def rest(shop: Shop) -> None:
    """A day on which nothing happens."""


def edit_silently(shop: Shop, order: Row, comment: str) -> None:
    """An edit that moves no timestamp: only an event reports it."""
    shop.touch_silently(order, otherComment=comment)
    shop.announce(order, "DEPENDENT_DATA_CHANGED")


def order_with(shop: Shop, comment: str) -> Row:
    """The order that an edit has left with this comment."""
    return next(order for order in shop.orders if order["otherComment"] == comment)


class Story:
    """A shop and what happens to it, a day at a time."""

    def __init__(self, *days: Callable[[Shop], None]) -> None:
        self.days = days
        self.sandbox = Sandbox(products=6, orders=12, seed=4)
        self.today = -1

    def go_on(self) -> Story:
        """The next day comes and ends: an evening's load is hours away from the changes before and after.

        No look-back spans them, so what one load has lost is not read again by the next.
        """
        self.today += 1
        self.sandbox.clock.set(FIRST_DAY + timedelta(days=self.today))
        self.days[self.today](self.sandbox.shop)
        self.sandbox.clock.advance(timedelta(hours=8))
        return self

    def as_of(self, day: int) -> Shop:
        """The shop as it was then."""
        past = Story(*self.days)
        while past.today < day:
            past.go_on()
        return past.sandbox.shop


def story_of_a_loaded_shop(*days: Callable[[Shop], None]) -> Story:
    """What happens to a shop after its first day, whose load has subscribed to the events of orders."""
    story, orders = Story(open_shop, *days).go_on(), RESOURCES["orders"]
    listener = {"objectType": orders.event, "changeTypes": orders.change_types}
    story.sandbox.shop.events.listen([listener])
    return story


class Place:
    """A folder with a database, which processes of their own load a shop into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._processes = get_context("forkserver")
        self._running: Future[int] = Future()
        (folder / ".dlt").mkdir(parents=True)
        shutil.copy(PROJECT / ".dlt" / "config.toml", folder / ".dlt")

    def load(self, story: Story, deadly: Moment | None = None) -> int:
        """Loads the shop as it is today; the exit code is negative for a process that was killed."""
        variables = {
            "PATH": os.environ["PATH"],
            "DLT_DATA_DIR": str(self.folder / "data"),
            "SOURCES__CENTRA_SOURCE__BASE_URL": story.sandbox.url,
            "SOURCES__CENTRA_SOURCE__ACCESS_TOKEN": story.sandbox.token,
            "SOURCES__CENTRA_SOURCE__DELETES": "hard",
            "SOURCES__CENTRA_SOURCE__ON_FAILURE": "continue",
        }
        self._running = Future()
        process = self._processes.Process(
            target=killed_load.load, args=(self.folder, variables, LOADED, deadly), daemon=True
        )
        process.start()
        assert process.pid
        self._running.set_result(process.pid)
        process.join(timeout=120)
        assert process.exitcode is not None, f"the load hangs: {self.output()}"
        return process.exitcode

    def kill(self) -> None:
        """Kills the load that is running."""
        os.kill(self._running.result(timeout=60), SIGKILL)

    def steps(self) -> list[Moment]:
        """What the last load did that came to its end."""
        return [Moment(*step) for step in json.loads((self.folder / killed_load.STEPS).read_text())]

    def output(self) -> str:
        """What the loads have printed."""
        return (self.folder / killed_load.OUTPUT).read_text()

    def copy_from(self, other: Path) -> None:
        """Copies the content of another folder into this one: dlt remembers the path of a database."""
        shutil.rmtree(self.folder)
        shutil.copytree(other, self.folder)

    def rows(self, table: str) -> list[Row]:
        """All rows, without dlt's own columns."""
        with duckdb.connect(str(self.folder / "centra.duckdb")) as connection:
            arrow = connection.sql(f"select * from centra_data.{table}").to_arrow_table()
        names = [name for name in arrow.column_names if not name.startswith("_dlt")]
        rows: list[Row] = arrow.select(names).to_pylist()
        return rows


class Site:
    """Where the crashes happen: a place, its state before them, and what an undisturbed load does.

    Attributes:
        empty: A folder that nothing was loaded into.
        loaded: A folder with the shop of the first day.
        first_load: The steps of the load from the one to the other.
        changes: The steps of the load of the second day.
        requests: How many requests that takes.
    """

    def __init__(self, folder: Path) -> None:
        self.place = Place(folder / "place")
        self.empty, self.loaded = folder / "empty", folder / "loaded"
        story = Story(open_shop, change)
        with story.sandbox:
            shutil.copytree(self.place.folder, self.empty)
            self.first_load = self._load(story.go_on())
            shutil.copytree(self.place.folder, self.loaded)
            story.sandbox.requests.clear()
            self.changes = self._load(story.go_on())
            self.requests = len(story.sandbox.requests)
        assert_equal_to_shop(self.place, story)

    def _load(self, story: Story) -> list[Moment]:
        assert self.place.load(story) == 0, self.place.output()
        return self.place.steps()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A server that has imported everything once, and from which all loads are forked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(PROJECT))
        get_context("forkserver").set_forkserver_preload([killed_load.__name__])
        forkserver.ensure_running()
    return Site(tmp_path_factory.mktemp("crashes"))


@pytest.fixture
def empty_place(site: Site) -> Place:
    """A place into which nothing has been loaded."""
    site.place.copy_from(site.empty)
    return site.place


@pytest.fixture
def loaded_place(site: Site) -> Place:
    """A place with the shop of the first day."""
    site.place.copy_from(site.loaded)
    return site.place


def moment_at(share: float, steps: Sequence[Moment]) -> Moment:
    """The moment after a share of the run. Steps in which dlt notes what was done take more of it."""
    weighted = [moment for moment in certain(steps) for _ in range(4 if NOTING.match(moment.step) else 1)]
    return weighted[int(share * len(weighted))]


def certain(steps: Sequence[Moment]) -> list[Moment]:
    """The moments that every run comes to: how often some steps are repeated depends on dlt's threads."""
    times = Counter(moment.step for moment in steps)
    return [moment for moment in steps if moment.time == 1 or moment.time <= times[moment.step] * 0.6]


def assert_equal_to_shop(place: Place, story: Story) -> None:
    """Every table holds what the shop holds, every snapshot what it held that day, and nothing is pending."""
    for table in TABLES:
        assert find_differences(story.sandbox.shop, table, place.rows(table)) == []
    runs = Counter(row["id"] for row in place.rows("load_audit"))
    assert set(runs.values()) == {1}
    snapshots: dict[int, list[Row]] = {}
    for row in place.rows("stock_snapshots"):
        snapshots.setdefault((row.pop("snapshot_date") - FIRST_DAY.date()).days, []).append(row)
    assert story.today in snapshots
    for day, rows in snapshots.items():
        assert find_differences(story.as_of(day), "stock", rows) == []
    work = place.folder / "data" / "pipelines" / PIPELINE_NAME
    pending = [*work.glob("normalize/extracted/*"), *work.glob("load/normalized/*")]
    assert [package for package in pending if package.is_dir()] == []


@pytest.mark.full
def test_killed_first_load_is_made_good(site: Site, empty_place: Place, first_load_at: float) -> None:
    """The next load completes or replaces everything that a killed first load leaves."""
    story = Story(open_shop, change)
    with story.sandbox:
        assert empty_place.load(story.go_on(), moment_at(first_load_at, site.first_load)) == -SIGKILL
        assert empty_place.load(story.go_on()) == 0, empty_place.output()
    assert_equal_to_shop(empty_place, story)


@pytest.mark.full
def test_killed_load_of_changes_is_made_good(site: Site, loaded_place: Place, changes_at: float) -> None:
    """Changes that were in progress when a load was killed arrive with the next load."""
    story = story_of_a_loaded_shop(change, rest)
    with story.sandbox:
        assert loaded_place.load(story.go_on(), moment_at(changes_at, site.changes)) == -SIGKILL
        assert loaded_place.load(story.go_on()) == 0, loaded_place.output()
    assert_equal_to_shop(loaded_place, story)


@pytest.mark.parametrize(
    "window", representative(NARROW_WINDOWS, "a package is handed over, its origin is in parts")
)
def test_what_was_done_but_not_noted_is_not_done_twice(site: Site, loaded_place: Place, window: str) -> None:
    """dlt repeats a step if it was killed before it recorded the step. The repetition changes nothing."""
    moment = [moment for moment in site.changes if re.fullmatch(NARROW_WINDOWS[window], moment.step)][-1]
    story = story_of_a_loaded_shop(change, rest)
    with story.sandbox:
        assert loaded_place.load(story.go_on(), moment) == -SIGKILL
        assert loaded_place.load(story.go_on()) == 0, loaded_place.output()
    assert_equal_to_shop(loaded_place, story)


@pytest.mark.full
@pytest.mark.parametrize(("name", "window"), WHILE_ONE_FAILS)
def test_killed_load_in_which_a_resource_fails_is_made_good(
    site: Site, loaded_place: Place, name: str, window: str
) -> None:
    """The others arrive with the next load, in which it fails again; it arrives with the one after that."""
    moment = [moment for moment in site.changes if re.fullmatch(NARROW_WINDOWS[window], moment.step)][-1]
    story = story_of_a_loaded_shop(change, rest, rest)
    with story.sandbox:
        story.sandbox.fail(Errors("The query is forbidden", category="graphql"), name, times=1_000_000)
        assert loaded_place.load(story.go_on(), moment) == -SIGKILL
        assert loaded_place.load(story.go_on()) == 0, loaded_place.output()
        for other in set(LOADED) - {name}:
            assert find_differences(story.sandbox.shop, other, loaded_place.rows(other)) == []
        assert find_differences(story.sandbox.shop, name, loaded_place.rows(name)) != []
        story.sandbox.recover()
        assert loaded_place.load(story.go_on()) == 0, loaded_place.output()
    assert_equal_to_shop(loaded_place, story)


@pytest.mark.full
def test_old_versions_that_are_pending_give_way(
    site: Site, loaded_place: Place, changed_again_at: float
) -> None:
    """Changes between a kill and the next start win over what the killed load had read."""
    story = story_of_a_loaded_shop(change, change_again)
    with story.sandbox:
        assert loaded_place.load(story.go_on(), moment_at(changed_again_at, site.changes)) == -SIGKILL
        assert loaded_place.load(story.go_on()) == 0, loaded_place.output()
    assert_equal_to_shop(loaded_place, story)


@pytest.mark.full
def test_load_that_dies_again_and_again_is_made_good(
    site: Site, loaded_place: Place, again_and_again_at: float
) -> None:
    """The next start can be killed as well, and the one after it."""
    story = story_of_a_loaded_shop(change, change_again, rest, rest)
    steps = [moment for moment in site.changes if not CLEANING.match(moment.step)]
    with story.sandbox:
        for step in range(3):
            moment = moment_at((again_and_again_at + step * 0.382) % 1, steps)
            assert loaded_place.load(story.go_on(), moment) == -SIGKILL, loaded_place.output()
        assert loaded_place.load(story.go_on()) == 0, loaded_place.output()
    assert_equal_to_shop(loaded_place, story)


@pytest.mark.full
def test_load_that_dies_while_the_shop_answers_is_made_good(
    site: Site, loaded_place: Place, answering_at: float
) -> None:
    """A load that is killed from outside, between two pages, is read again from its beginning."""
    deadly, numbers = int(answering_at * site.requests), count()

    def kill(request: Request, shop: Shop) -> None:
        if next(numbers) == deadly:
            loaded_place.kill()

    story = story_of_a_loaded_shop(change, rest)
    story.sandbox.before_request(kill)
    with story.sandbox:
        assert loaded_place.load(story.go_on()) == -SIGKILL
        assert loaded_place.load(story.go_on()) == 0, loaded_place.output()
    assert_equal_to_shop(loaded_place, story)


@pytest.mark.full
def test_load_that_dies_within_a_merge_is_made_good(
    site: Site, loaded_place: Place, merging_at: float
) -> None:
    """A statement that the database was about to execute is rolled back as a whole and executed again."""
    starts = [moment for moment in site.changes if re.search(r"/started_jobs/.*\.sql$", moment.step)]
    moment = starts[int(merging_at * len(starts))]._replace(seconds_later=0.001 + 0.02 * merging_at)
    story = story_of_a_loaded_shop(change, rest)
    with story.sandbox:
        assert loaded_place.load(story.go_on(), moment) == -SIGKILL
        assert loaded_place.load(story.go_on()) == 0, loaded_place.output()
    assert_equal_to_shop(loaded_place, story)


@pytest.mark.full
def test_events_outlive_the_load_that_used_them(site: Site, loaded_place: Place, listening_at: float) -> None:
    """A killed load removes nothing from the event queue. A later load does, once the rows are committed."""
    story = story_of_a_loaded_shop(change, rest, rest)
    events = story.go_on().sandbox.shop.events
    announced = [event["id"] for event in events.queue]
    (deleted,) = (event["objectReference"] for event in events.queue if event["changeType"] == "DELETED")
    with story.sandbox:
        assert loaded_place.load(story, moment_at(listening_at, site.changes)) == -SIGKILL
        assert [event["id"] for event in events.queue] == announced
        for _ in range(2):
            assert loaded_place.load(story.go_on()) == 0, loaded_place.output()
    assert events.queue == []
    assert [row["reference"] for row in loaded_place.rows("deleted_objects")] == [str(deleted)]
    assert_equal_to_shop(loaded_place, story)
