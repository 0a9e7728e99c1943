"""Centra's rate limits are used up to the share and never run into: over HTTP, on virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Barrier, Thread

import pytest

from centra_sandbox import PLANS, Fault, Request, Sandbox, TooManyRequests
from centra_sandbox.faults import JSON, Exchange
from centra_sandbox.limits import SECONDS
from centra_source.api.client import Client
from centra_source.api.page_size import balance_page_size
from centra_source.api.retries import Retries
from centra_source.api.throttle import MUTATION_COUNT, QUERY_COMPLEXITY, REQUEST_COUNT, Throttle
from centra_source.loading.events import EventQueue
from centra_source.operations.documents import load_operation
from centra_source.reading.list_reader import ListReader
from centra_source.resources import RESOURCES
from centra_source.state import EventState

from ..support.gathering import Together
from ..support.selection import representative
from ..support.target import Target
from ..support.virtual_time import NOON, VirtualTime

SHARE = 0.8
FEW_LEFT = 0.98
"""What somebody else takes before the run: of the hour's stock so little is left that the hour soon binds."""

ORDERS, STORES = "orders", "stores"
BINDING = [
    (ORDERS, QUERY_COMPLEXITY, "TEN_SECONDS", 0.0),
    (ORDERS, QUERY_COMPLEXITY, "ONE_HOUR", FEW_LEFT),
    (STORES, REQUEST_COUNT, "TEN_SECONDS", 0.0),
]
"""An expensive list and a cheap one, the bucket that delays them, and what is gone of it at the start."""


class Costlier(Fault):
    """An answer that was twice as expensive as Centra documents."""

    async def strike(self, exchange: Exchange) -> None:
        """Answer, and say so."""
        answer = exchange.respond_normally()
        answer.body["extensions"]["complexity"] *= 2
        await exchange.send(answer.status, {"content-type": JSON}, answer.encode())


@dataclass
class Line:
    """A client on virtual time, and the shop at its other end."""

    sandbox: Sandbox
    time: VirtualTime
    client: Client

    def read(self, resource: str) -> None:
        """Reads the first page of a list, in the size that the limits suggest."""
        operation, throttle = load_operation(resource), self.client.throttle
        if RESOURCES[resource].cursor:
            size = balance_page_size(operation, "first", throttle)
            self.client.execute(operation, {"where": {}, "first": size, "after": None})
        else:
            self.client.execute(operation, {"limit": 200, "page": 1})

    def read_until(self, resource: str, end: float) -> None:
        """Reads it again and again up to a moment."""
        while self.time.now < end:
            self.read(resource)

    def refused(self) -> list[Request]:
        """The requests that met a 429."""
        return [request for request in self.sandbox.requests if request.status == 429]

    def used(self, kind: str, begin: float, end: float) -> int:
        """Tokens of a kind that the shop charged between two moments."""
        answered = [request for request in self.sandbox.requests if request.status == 200]
        between = [one for one in answered if begin <= (one.at - NOON).total_seconds() < end]
        return sum(one.complexity for one in between) if kind == QUERY_COMPLEXITY else len(between)


@pytest.fixture
def line() -> Iterator[Line]:
    """A small shop on the Growth plan."""
    with Sandbox(products=2, orders=2, plan="growth") as sandbox:
        time = VirtualTime(sandbox.clock)
        throttle = Throttle(SHARE, clock=lambda: time.now, sleep=time.sleep)
        yield Line(sandbox, time, Client(sandbox.url, sandbox.token, Retries(sleep=time.sleep), throttle))


def allowed(kind: str, interval: str, seconds: float, plan: str = "growth") -> float:
    """Tokens of our share that flow into a bucket."""
    return SHARE * PLANS[plan][kind, interval] / SECONDS[interval] * seconds


@pytest.mark.full
@pytest.mark.parametrize(("resource", "kind", "interval", "gone"), representative(BINDING, BINDING[0]))
def test_share_of_the_binding_limit_is_used_and_nothing_refused(
    line: Line, resource: str, kind: str, interval: str, gone: float
) -> None:
    """In the long run at least 95 % of what flows into our share of the bucket that binds, and no 429."""
    if gone:
        line.sandbox.drain(kind, gone)
    line.read_until(resource, 240.0)
    assert line.refused() == []
    assert 0.95 <= line.used(kind, 90.0, 240.0) / allowed(kind, interval, 150.0) <= 1.02


@pytest.mark.parametrize(("resource", "kind", "interval", "gone"), representative(BINDING, BINDING[2]))
def test_no_more_than_the_share_and_the_first_stock_is_used(
    line: Line, resource: str, kind: str, interval: str, gone: float
) -> None:
    """At every moment of every bucket: our share of what it held at first and of what flowed in since."""
    if gone:
        line.sandbox.drain(kind, gone)
    line.read_until(resource, 60.0)
    for moment in range(1, 61):
        for each in (QUERY_COMPLEXITY, REQUEST_COUNT):
            for span in SECONDS:
                stock = SHARE * PLANS["growth"][each, span] * (1 - gone if each == kind else 1)
                greeting = 10 if each == QUERY_COMPLEXITY else 1
                limit = stock + allowed(each, span, moment) + greeting
                assert line.used(each, 0.0, moment) <= limit


@pytest.mark.full
def test_price_that_centra_names_counts_and_not_the_computed_one(line: Line) -> None:
    """Where it charges twice the points, half as many requests are sent: its limits are kept all the same."""
    line.sandbox.fail(Costlier(), ORDERS, times=1_000_000)
    line.read_until(ORDERS, 180.0)
    charged = 2 * line.used(QUERY_COMPLEXITY, 60.0, 180.0)
    assert 0.95 <= charged / allowed(QUERY_COMPLEXITY, "TEN_SECONDS", 120.0) <= 1.02


@pytest.mark.full
def test_limits_drained_by_somebody_else_are_learnt_and_waited_for(line: Line) -> None:
    """A refusal or two, a wait as long as Centra says, new levels; and then the share is used again."""
    line.read_until(ORDERS, 60.0)
    line.sandbox.drain(QUERY_COMPLEXITY)
    line.read_until(ORDERS, 210.0)
    refused = line.refused()
    assert 1 <= len(refused) <= 2
    for one in refused:
        following = line.sandbox.requests[line.sandbox.requests.index(one) + 1]
        assert (following.operation, following.status) == ("rateLimits", 200)
    assert sum(request.operation == "rateLimits" for request in line.sandbox.requests) == 1 + len(refused)
    used = line.used(QUERY_COMPLEXITY, 90.0, 210.0)
    assert 0.95 <= used / allowed(QUERY_COMPLEXITY, "ONE_HOUR", 120.0) <= 1.02


def test_wait_after_a_refusal_is_as_long_as_centra_says(line: Line) -> None:
    """Nothing is sent before the moment in Retry-After, and the next request comes soon after it."""
    line.read(STORES)
    line.sandbox.fail(TooManyRequests("epoch", seconds=40.0), STORES)
    refused_at = line.time.now
    line.read(STORES)
    (refused,) = line.refused()
    following = line.sandbox.requests[line.sandbox.requests.index(refused) + 1]
    assert refused_at + 40.0 <= (following.at - NOON).total_seconds() <= refused_at + 42.0


@pytest.mark.full
@pytest.mark.parametrize(
    ("before", "after"),
    representative([("growth", "enhanced"), ("enhanced", "growth")], ("growth", "enhanced")),
)
def test_quotas_that_centra_changes_are_taken_over_after_a_refusal(
    line: Line, before: str, after: str
) -> None:
    """Raised or lowered for a while: from the first refusal on the share of the new quota is used."""
    line.sandbox.configure(plan=before)
    line.read_until(ORDERS, 30.0)
    assert line.refused() == []
    line.sandbox.configure(plan=after)
    line.sandbox.drain(QUERY_COMPLEXITY, FEW_LEFT)
    line.sandbox.fail(TooManyRequests(seconds=1.0), ORDERS)
    line.read_until(ORDERS, 150.0)
    assert line.client.throttle.quotas == PLANS[after]
    assert 1 <= len(line.refused()) <= 2
    used = line.used(QUERY_COMPLEXITY, 90.0, 150.0)
    assert 0.95 <= used / allowed(QUERY_COMPLEXITY, "ONE_HOUR", 60.0, after) <= 1.02


def test_confirmed_events_are_counted_as_mutations(line: Line) -> None:
    """Of forty confirmations sixteen pass at once, our share of twenty; the others as mutations flow in."""
    reader = ListReader(line.client, load_operation(ORDERS))
    queue, state = EventQueue("on"), EventState({"used": [1]})
    state.record_listening(NOON, RESOURCES[ORDERS].change_types)
    for _ in range(40):
        queue.take(RESOURCES[ORDERS], reader, state)
    confirmations = [one for one in line.sandbox.requests if one.operation == "confirmEvents"]
    assert len(confirmations) == 40
    assert line.refused() == []
    rate = allowed(MUTATION_COUNT, "TEN_SECONDS", 1.0)
    assert line.time.now == pytest.approx((40 - SHARE * 20) / rate, abs=0.5)


def test_only_one_of_many_refused_threads_asks_for_the_limits() -> None:
    """Eight requests are refused together, and one of them reads the limits before the others retry."""
    threads = 8
    all_refused = Barrier(threads, timeout=30)

    def wait_for_the_others(_: float) -> None:
        all_refused.wait()

    with Sandbox(products=2, orders=2) as sandbox:
        # A frozen clock on a whole second lets Retry-After say "now": it knows no fractions.
        sandbox.clock.set(NOON)
        client = Client(sandbox.url, sandbox.token, Retries(sleep=wait_for_the_others), Throttle())
        client.server_now()
        sandbox.fail(Together(threads, fault=TooManyRequests(seconds=0)), STORES, times=threads)
        read = (load_operation(STORES), {"limit": 200, "page": 1})
        started = [Thread(target=client.execute, args=read) for _ in range(threads)]
        for thread in started:
            thread.start()
        for thread in started:
            thread.join(30)
        asked = [request.operation for request in sandbox.requests]
        assert asked == ["rateLimits", *[STORES] * threads, "rateLimits", *[STORES] * threads]
        assert [request.status for request in sandbox.requests].count(429) == threads


@pytest.mark.full
@pytest.mark.parametrize("parallel_requests", representative([1, 4], 4))
def test_limits_are_asked_for_once_in_a_run(
    small_shop: Sandbox, target: Target, parallel_requests: int
) -> None:
    """However many resources it has, and however many threads read them."""
    several = ("brands", "counters", "customers", "orders", "rate_limits", "stock", "stores", "vouchers")
    target.load(small_shop, *several, parallel_requests=parallel_requests)
    asked = [request.operation for request in small_shop.requests]
    assert set(several) < set(asked)
    assert asked.count("rateLimits") == 1
    assert asked[0] == "rateLimits"
