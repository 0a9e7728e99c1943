"""Several requests in flight: not too many, no object twice, and all end on a fault."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from centra_sandbox import Errors, Fault, Request, Sandbox
from centra_sandbox.faults import SETTLE, Exchange
from centra_source import RESOURCES
from centra_source.exceptions import QueryRefused
from centra_source.reading.workers import Split, Workers
from centra_source.settings import PAGES_AHEAD

from ..support.gathering import PATIENCE, Together, answer_normally, is_page
from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.target import Target, catch_error

FOR_EVER = 1_000_000

BEGIN = datetime(2026, 3, 1, tzinfo=timezone.utc)
SECONDS = 32
"""A range that is halved down to single seconds, each with an object exactly on a cut."""

LISTS = ("stores", "markets", "brands", "collections", "folders", "countries")


@pytest.fixture
def shop() -> Iterator[Sandbox]:
    """A shop that takes several windows."""
    with Sandbox(products=2, orders=40) as sandbox:
        yield sandbox


class Held(Fault):
    """Requests that are answered after everything else.

    Args:
        which: Those that are held back; all others are answered as they come.
        requests: What the shop was asked so far.
        until: How many requests there are, with those held back.
    """

    def __init__(self, which: Callable[[Request], bool], requests: list[Request], until: int) -> None:
        self._which, self._requests, self._until = which, requests, until
        self.held: list[Request] = []

    async def strike(self, exchange: Exchange) -> None:
        """Checks again and again whether the others are done."""
        if self._which(exchange.request):
            self.held.append(exchange.request)
            await asyncio.wait_for(self._others(), PATIENCE)
        await answer_normally(exchange)

    async def _others(self) -> None:
        while len(self._requests) < self._until:
            await asyncio.sleep(0.001)


class Breaking(Fault):
    """A shop that refuses one request, and answers no other until the run is over.

    Args:
        wanted: How many requests are under way by then; the last to come is refused.

    Attributes:
        later: Requests that came after that.
        is_over: To be set when the run has failed.
    """

    def __init__(self, wanted: int) -> None:
        self.later: list[Request] = []
        self.is_over = threading.Event()
        self._wanted = wanted
        self._present: list[Request] = []
        self._broken = asyncio.Event()

    async def strike(self, exchange: Exchange) -> None:
        """Fails once, and lets all others wait."""
        if exchange.request.operation not in RESOURCES:
            await answer_normally(exchange)
            return
        self._present.append(exchange.request)
        if self._broken.is_set():
            self.later.append(exchange.request)
        elif len(self._present) == self._wanted:
            self._broken.set()
            await asyncio.sleep(SETTLE)  # so that more waits for its turn
            await Errors("Something broke").strike(exchange)
            return
        while not self.is_over.is_set():
            await asyncio.sleep(0.001)
        await answer_normally(exchange)


def date_one_to_each_second(sandbox: Sandbox) -> None:
    """Dates one product to every second of the range."""
    for number, product in enumerate(sandbox.shop.products):
        product["updatedAt"] = BEGIN + timedelta(seconds=1 + number)
    sandbox.shop.version += 1


def rows_handed_out(target: Target, resource: str) -> int:
    """How many rows dlt received for a table, before it merged duplicates."""
    trace = target.pipeline.last_trace
    assert trace
    assert trace.last_normalize_info
    return trace.last_normalize_info.row_counts[resource]


def load_by_seconds(target: Target, sandbox: Sandbox, **changed: Any) -> None:
    """Loads the range in the smallest windows and pages."""
    end = BEGIN + timedelta(seconds=SECONDS)
    settings = {"window_rows": 2, "page_size": 1, "events": "off", **changed}
    target.load(sandbox, "products", start_date=BEGIN.isoformat(), end_date=end.isoformat(), **settings)


def counting(name: str, items: int, taken: Counter[str]) -> Iterator[str]:
    """A stream that counts how far it was read."""
    for number in range(items):
        taken[name] += 1
        yield f"{name} {number}"


@pytest.mark.parametrize("parallel_requests", representative([1, 2, 4], 4))
def test_windows_are_read_at_once(shop: Sandbox, target: Target, parallel_requests: int) -> None:
    """The shop answers no page before the maximum number is requested, and there are never more."""
    together = Together(parallel_requests)
    shop.fail(together, times=FOR_EVER)
    target.load(shop, "orders", window_rows=5, page_size=3, parallel_requests=parallel_requests)
    assert max(together.present) == parallel_requests
    assert len(together.present) > 10
    assert find_differences(shop.shop, "orders", target.rows("orders")) == []


@pytest.mark.full
@pytest.mark.parametrize("parallel_requests", representative([1, 4], 4))
def test_resources_are_read_at_once(shop: Sandbox, target: Target, parallel_requests: int) -> None:
    """Short lists of one page each do not wait for each other."""
    together = Together(parallel_requests)
    shop.fail(together, times=FOR_EVER)
    target.load(shop, *LISTS, parallel_requests=parallel_requests)
    assert max(together.present) == parallel_requests
    for name in LISTS:
        assert find_differences(shop.shop, name, target.rows(name)) == []


@pytest.mark.full
def test_one_request_at_a_time_needs_no_threads_and_keeps_the_order(shop: Sandbox, target: Target) -> None:
    """With 1 everything happens in order: two loads send the same requests, and only timers start."""
    seen: set[threading.Thread] = set()
    shop.before_request(lambda *_: seen.update(threading.enumerate()))
    before = set(threading.enumerate())
    sent = []
    for _ in range(2):
        shop.clock.set(datetime(2026, 12, 1, tzinfo=timezone.utc))
        shop.requests.clear()
        target.load(
            shop, "orders", "brands", window_rows=5, page_size=3, parallel_requests=1, full_refresh=True
        )
        sent.append([(one.operation, one.variables) for one in shop.requests])
    assert sent[0] == sent[1]
    started = [thread for thread in seen - before if thread.name.startswith("Thread-")]
    assert [thread for thread in started if not isinstance(thread, threading.Timer)] == []


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("parallel_requests", representative([1, 4], 4))
def test_objects_on_a_cut_are_handed_out_once(
    target: Target, parallel_requests: int, inclusive: bool
) -> None:
    """Neighbouring windows overlap by a margin, whatever bounds mean to Centra; each keeps its own."""
    with Sandbox(products=SECONDS - 1, orders=2, bounds_inclusive=inclusive) as sandbox:
        date_one_to_each_second(sandbox)
        load_by_seconds(target, sandbox, parallel_requests=parallel_requests)
        assert len(target.audit("products")) >= SECONDS / 4
        assert rows_handed_out(target, "products") == SECONDS - 1
        assert find_differences(sandbox.shop, "products", target.rows("products")) == []


def test_objects_between_the_windows_need_the_margin(target: Target) -> None:
    """If Centra excludes bounds, an object on a cut is found only thanks to the margin."""
    with Sandbox(products=SECONDS - 1, orders=2, bounds_inclusive=False) as sandbox:
        for product in sandbox.shop.products:
            product["updatedAt"] = BEGIN + timedelta(seconds=SECONDS // 2)
        sandbox.shop.version += 1
        load_by_seconds(target, sandbox)
        assert rows_handed_out(target, "products") == SECONDS - 1
        assert find_differences(sandbox.shop, "products", target.rows("products")) == []


@pytest.mark.full
@pytest.mark.parametrize("inclusive", representative([True, False], False))
def test_order_of_arrival_does_not_matter(target: Target, inclusive: bool) -> None:
    """The oldest window is answered last, and the tables are the same as if it had been first."""
    with Sandbox(products=SECONDS - 1, orders=2, bounds_inclusive=inclusive) as sandbox:
        date_one_to_each_second(sandbox)
        load_by_seconds(target, sandbox, page_size=100, parallel_requests=1)
        all_requests = len(sandbox.requests)
        first = next(one for one in sandbox.requests if is_page(one) and one.operation == "products")
        oldest = first.variables["where"]
        sandbox.requests.clear()
        held = Held(
            lambda one: is_page(one) and one.variables.get("where") == oldest, sandbox.requests, all_requests
        )
        sandbox.fail(held, times=FOR_EVER)
        load_by_seconds(target, sandbox, page_size=100, parallel_requests=4, full_refresh=False)
        assert len(held.held) == 1
        assert len(sandbox.requests) == all_requests
        assert rows_handed_out(target, "products") == SECONDS - 1
        assert find_differences(sandbox.shop, "products", target.rows("products")) == []


@pytest.mark.parametrize("parallel_requests", representative([1, 4], 4))
def test_error_in_one_window_fails_the_run(shop: Sandbox, target: Target, parallel_requests: int) -> None:
    """Nothing of the other windows is loaded, not even of those that were complete."""
    shop.fail(Errors("Something broke"), "orders", skip=12)
    text = str(
        catch_error(
            QueryRefused,
            lambda: target.load(
                shop, "orders", window_rows=5, page_size=3, parallel_requests=parallel_requests
            ),
        )
    )
    assert "Something broke" in text
    assert target.tables() == []
    assert not target.pipeline.has_pending_data
    target.load(shop, "orders")
    assert find_differences(shop.shop, "orders", target.rows("orders")) == []


@pytest.mark.full
@pytest.mark.parametrize("fails", [True, False])
def test_threads_end_with_the_run(shop: Sandbox, target: Target, fails: bool) -> None:
    """After success or failure no thread keeps waiting for work."""
    before = set(threading.enumerate())
    started: set[threading.Thread] = set()
    shop.before_request(lambda *_: started.update(threading.enumerate()))
    settings: dict[str, Any] = {"window_rows": 5, "page_size": 3, "parallel_requests": 4}
    if fails:
        shop.fail(Errors("Something broke"), "orders", skip=12)
        str(catch_error(QueryRefused, lambda: target.load(shop, "orders", *LISTS, **settings)))
    else:
        target.load(shop, "orders", *LISTS, **settings)
    gc.collect()
    assert len(started - before) >= 4
    for thread in started - before:
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.full
@pytest.mark.parametrize("parallel_requests", representative([1, 4], 4))
def test_nothing_is_asked_for_after_a_failure(shop: Sandbox, target: Target, parallel_requests: int) -> None:
    """When a request has finally failed, other threads finish their current pages, and stop."""
    before = set(threading.enumerate())
    breaking = Breaking(parallel_requests)
    shop.fail(breaking, times=FOR_EVER)
    settings: dict[str, Any] = {"events": "off", "parallel_requests": parallel_requests}
    text = str(catch_error(QueryRefused, lambda: target.load(shop, **settings)))
    assert "Something broke" in text
    breaking.is_over.set()
    gc.collect()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert len(breaking.later) <= (PAGES_AHEAD - 1) * (parallel_requests - 1)


def test_bookmark_stays_where_it_was_when_a_window_fails(shop: Sandbox, target: Target) -> None:
    """The next run reads changes, although younger windows were already complete."""
    target.load(shop, "orders")
    for order in shop.shop.orders:
        shop.shop.update(order, otherComment="changed")
    shop.fail(Errors("Something broke"), "orders", skip=1)
    catch_error(QueryRefused, lambda: target.load(shop, "orders", parallel_requests=4))
    target.load(shop, "orders", parallel_requests=4)
    assert find_differences(shop.shop, "orders", target.rows("orders")) == []


@pytest.mark.parametrize("count", [1, 4])
def test_streams_are_read_no_further_ahead_than_allowed(count: int) -> None:
    """However slowly pages are written, memory holds only a few of each window."""
    taken: Counter[str] = Counter()
    names = [f"stream {number}" for number in range(8)]
    arrived: Counter[str] = Counter()
    for item in Workers(count).read_parallel([counting(name, 20, taken) for name in names], ahead=3):
        if item:
            arrived[item.rsplit(" ", 1)[0]] += 1
        # What was taken, what waits in the same lot, and the next lot.
        assert all(taken[name] <= arrived[name] + 2 * 3 for name in names)
        assert sum(taken[name] > arrived[name] for name in names) <= count + 1
    assert taken == arrived == Counter(dict.fromkeys(names, 20))


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("ahead", [1, 3])
@pytest.mark.parametrize("items", [0, 1, 2, 3, 4, 7])
def test_every_item_of_every_stream_arrives_once(count: int, ahead: int, items: int) -> None:
    """Also the items of split streams; the items of each stream in their order."""
    taken: Counter[str] = Counter()

    def nested(name: str, depth: int) -> Iterator[Any]:
        yield from counting(f"{name} above", items, taken)
        if depth:
            yield Split((nested(f"{name}/older", depth - 1), nested(f"{name}/younger", depth - 1)))
        yield from counting(f"{name} below", items, taken)

    arrived = [item for item in Workers(count).read_parallel([nested("", 2), nested("x", 1)], ahead) if item]
    assert len(arrived) == len(set(arrived)) == (7 + 3) * 2 * items
    for name in taken:
        of_one = [int(item.rsplit(" ", 1)[1]) for item in arrived if item.startswith(f"{name} ")]
        assert of_one == list(range(items))


@pytest.mark.parametrize("count", [1, 4])
def test_error_in_a_stream_reaches_the_reader(count: int) -> None:
    """It is raised, and does not look like the end of the stream."""

    def broken() -> Iterator[int]:
        yield 1
        raise QueryRefused("no")

    with pytest.raises(QueryRefused, match="no"):
        list(Workers(count).read_parallel([iter([1, 2]), broken(), iter([3])], ahead=1))


def test_nothing_that_waits_is_begun_when_its_reader_has_gone() -> None:
    """Jobs that no thread has started are dropped when nobody reads their streams any more."""
    may_end = threading.Event()
    begun: list[str] = []
    workers = Workers(2)
    busy = [workers.submit(lambda: may_end.wait(PATIENCE)) for _ in range(2)]

    def note(name: str) -> Iterator[str]:
        begun.append(name)
        yield name

    of_streams = workers.read_parallel([note("stream"), note("another")], ahead=1)
    of_job = workers.wait_for(lambda: begun.append("job"))
    assert next(of_streams) is None
    assert next(of_job) is None
    of_streams.close()  # type: ignore[attr-defined]  # it is a generator
    of_job.close()
    may_end.set()
    assert all(job.result(PATIENCE) for job in busy)
    for job in [workers.submit(lambda: None) for _ in range(2)]:
        job.result(PATIENCE)
    assert begun == []


@pytest.mark.parametrize("count", [1, 4])
def test_result_of_a_job_is_waited_for_with_nothing(count: int) -> None:
    """It yields None until the job is done, so that dlt asks other resources, and returns the result."""
    may_end = threading.Event()
    nothings = 0
    result: list[str] = []

    def job() -> str:
        assert count == 1 or may_end.wait(PATIENCE)
        return "done"

    def wait() -> Iterator[None]:
        result.append((yield from Workers(count).wait_for(job)))

    for item in wait():
        assert item is None
        assert not result
        nothings += 1
        if nothings == 3:
            may_end.set()
    assert result == ["done"]
    assert (nothings >= 3) == (count == 4)


def test_error_of_a_job_reaches_who_waits_for_it() -> None:
    """As it was raised."""

    def job() -> None:
        raise QueryRefused("no")

    with pytest.raises(QueryRefused, match="no"):
        list(Workers(4).wait_for(job))


@pytest.mark.full
def test_whole_shop_is_exact_when_it_is_read_in_parallel(target: Target) -> None:
    """Every resource at once, in small windows and pages."""
    moving = ("event_listeners", "rate_limits")  # the load itself changes these
    names = [name for name in RESOURCES if name not in moving]
    with Sandbox(products=6, orders=20, seed=3) as sandbox:
        target.load(sandbox, *names, window_rows=4, page_size=2, parallel_requests=8)
        for name in names:
            assert find_differences(sandbox.shop, name, target.rows(name)) == []
            resource = RESOURCES[name]
            for table in resource.lists.values():
                assert find_differences(sandbox.shop, table, target.rows(table)) == []
