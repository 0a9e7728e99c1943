"""Rate limits kept locally, on virtual time, with the sandbox's own buckets as the judge."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread
from typing import Any

import pytest

from centra_sandbox import PLANS
from centra_sandbox.limits import SECONDS, Buckets
from centra_source.api.throttle import MUTATION_COUNT, QUERY_COMPLEXITY, REQUEST_COUNT, Throttle

from ..support.virtual_time import VirtualTime

GROWTH = PLANS["growth"]
HOUR = 3_600.0

SHARES = (0.8, 1.0)

BINDING = {
    300: (REQUEST_COUNT, REQUEST_COUNT),
    4_000: (REQUEST_COUNT, REQUEST_COUNT),
    5_000: (QUERY_COMPLEXITY, REQUEST_COUNT),
    12_000: (QUERY_COMPLEXITY, QUERY_COMPLEXITY),
}
"""By the points of a request: what runs out first in ten seconds, and what in an hour."""


class Run:
    """A throttle, the buckets of a shop on the Growth plan, and what was sent when."""

    def __init__(self, share: float = 0.8) -> None:
        self.time = VirtualTime()
        self.buckets = Buckets("growth", self.time.shop_clock)
        self.throttle = Throttle(share, clock=lambda: self.time.now, sleep=self.time.sleep)
        self.sent: list[tuple[float, dict[str, int]]] = []
        self.throttle.update(self.buckets.state())

    def send(self, points: int, mutations: int = 0) -> datetime | None:
        """Sends one request when the throttle lets it pass; what the shop answers, see `Buckets.charge`."""
        costs = {REQUEST_COUNT: 1, QUERY_COMPLEXITY: points, MUTATION_COUNT: mutations}
        self.throttle.acquire(costs)
        resume = self.buckets.charge(costs)
        if resume is None:
            self.sent.append((self.time.now, costs))
        return resume

    def send_until(self, end: float, points: int) -> None:
        """Sends requests with one cost until a moment. No request is refused."""
        while self.time.now < end:
            assert self.send(points) is None, f"refused after {self.time.now:.1f} s"

    def used(self, kind: str, begin: float, end: float) -> int:
        """Tokens of a kind that went between two moments."""
        return sum(costs[kind] for at, costs in self.sent if begin <= at < end)


def limit(kind: str, interval: str, quota: int, remaining: int | None = None) -> dict[str, Any]:
    """One line of the answer to `rateLimits`."""
    remaining = quota if remaining is None else remaining
    return {
        "type": kind,
        "intervalSeconds": interval,
        "quota": quota,
        "usedQuota": quota - remaining,
        "remainingQuota": remaining,
    }


def throttle_on(time: VirtualTime, *limits: dict[str, Any], share: float = 1.0) -> Throttle:
    """A throttle that knows of these limits only."""
    throttle = Throttle(share, clock=lambda: time.now, sleep=time.sleep)
    throttle.update(limits)
    return throttle


def seconds_of(time: VirtualTime, job: Callable[[], object], times: int = 1) -> float:
    """The virtual time that it takes to do a job so many times."""
    begun = time.now
    for _ in range(times):
        job()
    return time.now - begun


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("points", BINDING)
def test_share_is_used_up_and_never_refused(points: int, share: float) -> None:
    """An hour and a half: at first ten seconds bind, when the hour's stock is gone the hour does."""
    run = Run(share)
    run.send_until(1.5 * HOUR, points)
    first, then = BINDING[points]
    for kind, interval, begin, end in (
        (first, "TEN_SECONDS", 60.0, 600.0),
        (then, "ONE_HOUR", 0.75 * HOUR, 1.5 * HOUR),
    ):
        allowed = share * GROWTH[kind, interval] / SECONDS[interval] * (end - begin)
        assert 0.95 <= run.used(kind, begin, end) / allowed <= 1.01


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("points", BINDING)
def test_no_more_than_the_share_and_the_first_stock_is_used(points: int, share: float) -> None:
    """At every moment: what was full at the beginning and what has flowed in since, of every bucket."""
    run = Run(share)
    run.send_until(0.5 * HOUR, points)
    totals: Counter[str] = Counter()
    for at, costs in run.sent:
        totals.update(costs)
        for (kind, interval), quota in GROWTH.items():
            assert totals[kind] <= share * quota * (1 + at / SECONDS[interval]) + 1e-3


def test_other_share_of_the_limits_is_left_to_other_systems() -> None:
    """Somebody who takes the other fifth all the time is refused nothing, and nor are we."""
    run = Run(0.8)
    theirs = 0.2 * GROWTH[QUERY_COMPLEXITY, "ONE_HOUR"] / HOUR
    taken = 0
    while run.time.now < 1.5 * HOUR:
        assert run.send(12_000) is None
        due = math.floor(run.time.now * theirs) - taken
        assert run.buckets.charge({QUERY_COMPLEXITY: due}) is None
        taken += due


def test_mixed_requests_are_not_refused() -> None:
    """Counts, pages and confirmations in turn, each with its own price."""
    run = Run()
    for turn in range(3_000):
        points = (1, 19_000, 4_120, 77_000, 10)[turn % 5]
        assert run.send(points, mutations=int(turn % 5 == 4)) is None


@pytest.mark.parametrize("share", SHARES)
def test_drained_quota_is_waited_for_and_used_again(share: float) -> None:
    """Another system takes all: one refusal, a pause of its length, then the share as before."""
    run = Run(share)
    run.send_until(600.0, 12_000)
    run.buckets.drain(QUERY_COMPLEXITY, 1.0)
    resume = run.send(12_000)
    assert resume is not None
    seconds = (resume - run.time.shop_clock.now()).total_seconds()
    run.throttle.record_refusal(seconds)
    assert run.throttle.is_stale
    refused_at = run.time.now
    assert run.send(10) is None
    assert run.time.now - refused_at == pytest.approx(seconds, abs=1e-5)
    run.throttle.update(run.buckets.state())
    assert not run.throttle.is_stale
    begun = run.time.now
    run.send_until(begun + 1_200.0, 12_000)
    allowed = share * GROWTH[QUERY_COMPLEXITY, "ONE_HOUR"] / HOUR * 1_200.0
    assert 0.95 <= run.used(QUERY_COMPLEXITY, begun, begun + 1_200.0) / allowed <= 1.01


def test_nothing_is_limited_before_the_limits_are_known() -> None:
    """The request that asks for them must pass first."""
    time = VirtualTime()
    throttle = Throttle(clock=lambda: time.now, sleep=time.sleep)
    assert throttle.is_stale
    assert throttle.page_cost is None
    assert throttle.estimate_seconds(1_000_000, 1_000_000_000) == 0.0
    throttle.acquire({REQUEST_COUNT: 1_000_000, QUERY_COMPLEXITY: 1_000_000_000})
    assert time.slept == []


def test_bucket_holds_and_refills_by_its_share() -> None:
    """Half of 60 requests pass at once, then one every third of a second; after a rest half of 60 again."""
    time = VirtualTime()
    throttle = throttle_on(time, limit(REQUEST_COUNT, "TEN_SECONDS", 60), share=0.5)
    one = {REQUEST_COUNT: 1}
    assert seconds_of(time, lambda: throttle.acquire(one), times=30) == 0.0
    assert seconds_of(time, lambda: throttle.acquire(one)) == pytest.approx(1 / 3, abs=1e-5)
    time.sleep(100.0)
    assert seconds_of(time, lambda: throttle.acquire(one), times=33) == pytest.approx(1.0, abs=1e-5)


def test_share_of_what_remains_is_taken_over() -> None:
    """Of 40 requests that remain, half are ours."""
    time = VirtualTime()
    throttle = throttle_on(time, limit(REQUEST_COUNT, "TEN_SECONDS", 60, remaining=40), share=0.5)
    assert seconds_of(time, lambda: throttle.acquire({REQUEST_COUNT: 1}), times=20) == 0.0
    assert seconds_of(time, lambda: throttle.acquire({REQUEST_COUNT: 1})) > 0.3


def test_wait_is_one_sleep_of_the_computed_length() -> None:
    """No polling: who lacks 500 points of 100 a second sleeps once, for five seconds."""
    time = VirtualTime()
    throttle = throttle_on(time, limit(QUERY_COMPLEXITY, "TEN_SECONDS", 1_000, remaining=200))
    throttle.acquire({QUERY_COMPLEXITY: 700})
    assert time.slept == [pytest.approx(5.0, abs=1e-5)]


def test_cost_is_taken_from_all_buckets_or_from_none() -> None:
    """While the hour lacks points, the ten seconds keep theirs: a cheap request after it need not wait."""
    time = VirtualTime()
    throttle = throttle_on(
        time, limit(REQUEST_COUNT, "TEN_SECONDS", 2), limit(QUERY_COMPLEXITY, "ONE_HOUR", 3_600, remaining=0)
    )
    asleep: list[float] = []
    time.meanwhile = lambda: asleep.append(throttle.estimate_seconds(2, 0))
    throttle.acquire({REQUEST_COUNT: 1, QUERY_COMPLEXITY: 60})
    assert asleep == [0.0]
    assert time.now == pytest.approx(60.0, abs=1e-5)


def test_request_that_costs_more_than_a_bucket_waits_until_it_is_full() -> None:
    """It passes, and its debt is paid before the next one."""
    run = Run(0.8)
    run.send(12_000)
    assert seconds_of(run.time, lambda: run.send(240_000)) == pytest.approx(12_000 / 20_000, abs=1e-5)
    assert len(run.sent) == 2
    assert seconds_of(run.time, lambda: run.send(20_000)) == pytest.approx(60_000 / 20_000, abs=1e-5)
    assert len(run.sent) == 3


def test_mutations_have_a_bucket_of_their_own() -> None:
    """Sixteen of twenty mutations in ten seconds; queries go on while the next one would wait."""
    run = Run(0.8)
    assert seconds_of(run.time, lambda: run.send(10, mutations=1), times=16) == 0.0
    assert seconds_of(run.time, lambda: run.send(10), times=16) == 0.0
    assert seconds_of(run.time, lambda: run.send(10, mutations=1)) == pytest.approx(1 / 1.6, abs=1e-5)
    assert len(run.sent) == 33


def test_refusal_without_a_moment_asks_for_new_levels_only() -> None:
    """Centra did not say how long: the levels are stale, but nobody waits for nothing."""
    run = Run()
    run.throttle.record_refusal(None)
    assert run.throttle.is_stale
    assert seconds_of(run.time, lambda: run.send(10)) == 0.0
    run.throttle.update(run.buckets.state())
    assert not run.throttle.is_stale


def test_longest_pause_counts() -> None:
    """Two threads may be refused one after the other; an update ends no pause."""
    run = Run()
    run.throttle.record_refusal(30.0)
    run.throttle.record_refusal(5.0)
    run.throttle.update(run.buckets.state())
    assert seconds_of(run.time, lambda: run.send(10)) == pytest.approx(30.0)


def test_correction_moves_every_bucket_of_its_kind() -> None:
    """Charged more than computed: the next request waits longer; charged less: no bucket overflows."""
    time = VirtualTime()
    throttle = throttle_on(
        time,
        limit(REQUEST_COUNT, "TEN_SECONDS", 60),
        limit(QUERY_COMPLEXITY, "TEN_SECONDS", 1_000),
        limit(QUERY_COMPLEXITY, "ONE_HOUR", 36_000),
    )
    throttle.acquire({REQUEST_COUNT: 1, QUERY_COMPLEXITY: 100})
    throttle.settle(QUERY_COMPLEXITY, 100, 600)
    assert throttle.estimate_seconds(59, 1_000) == pytest.approx(6.0)
    assert throttle.estimate_seconds(59, 36_000) == pytest.approx((36_000 - 400) / 100)
    assert throttle.estimate_seconds(0, 36_600) == pytest.approx(max(36_200 / 100, 1_200 / 10))
    throttle.settle(QUERY_COMPLEXITY, 100_000, 0)
    assert throttle.estimate_seconds(0, 1_000) == 0.0
    assert throttle.estimate_seconds(0, 1_100) == pytest.approx(1.0)


@pytest.mark.parametrize(("remaining", "seconds"), [(1_000, 5.0), (0, 10.0)])
def test_wait_is_computed_again_after_each_sleep(remaining: int, seconds: float) -> None:
    """Levels raised while somebody sleeps let them pass when they wake; lowered ones make them wait on."""
    time = VirtualTime()
    throttle = throttle_on(time, limit(QUERY_COMPLEXITY, "TEN_SECONDS", 1_000, remaining=500))
    news = [limit(QUERY_COMPLEXITY, "TEN_SECONDS", 1_000, remaining)]

    def update_once() -> None:
        if news:
            throttle.update([news.pop()])

    time.meanwhile = update_once
    throttle.acquire({QUERY_COMPLEXITY: 1_000})
    assert time.now == pytest.approx(seconds, abs=1e-5)


def test_raised_quotas_shorten_the_wait_that_is_left() -> None:
    """Centra may change limits for a while: what is lacking then flows in faster, from a larger bucket."""
    time = VirtualTime()
    throttle = throttle_on(time, limit(QUERY_COMPLEXITY, "TEN_SECONDS", 1_000, remaining=0))
    throttle.acquire({QUERY_COMPLEXITY: 100})
    time.meanwhile = lambda: throttle.update([limit(QUERY_COMPLEXITY, "TEN_SECONDS", 4_000, remaining=0)])
    assert seconds_of(time, lambda: throttle.acquire({QUERY_COMPLEXITY: 400})) == pytest.approx(4.0, abs=1e-5)
    time.meanwhile = lambda: None
    left = 4.0 * 400 - 400
    taken = seconds_of(time, lambda: throttle.acquire({QUERY_COMPLEXITY: 4_000}))
    assert taken == pytest.approx((4_000 - left) / 400, abs=1e-5)


def test_forecast_is_what_the_requests_then_take() -> None:
    """For a thousand requests of 12,000 points, to within one of them."""
    run = Run()
    run.send_until(900.0, 12_000)
    forecast = run.throttle.estimate_seconds(4_000, 4_000 * 12_000)
    taken = seconds_of(run.time, lambda: run.send(12_000), times=4_000)
    assert taken == pytest.approx(forecast, rel=1e-3)
    assert run.throttle.estimate_seconds(0, 0) == 0.0


def test_page_cost_is_where_points_and_requests_run_out_together() -> None:
    """On the Growth plan 6,000 points a request by the hour, which allows more than ten seconds do."""
    assert Run(0.8).throttle.page_cost == Run(1.0).throttle.page_cost == 30_000_000 / 5_000
    time = VirtualTime()
    assert throttle_on(time, limit(REQUEST_COUNT, "ONE_HOUR", 10)).page_cost is None
    ten_seconds = [limit(REQUEST_COUNT, "TEN_SECONDS", 10), limit(QUERY_COMPLEXITY, "TEN_SECONDS", 50)]
    assert throttle_on(time, limit(REQUEST_COUNT, "ONE_HOUR", 10), *ten_seconds).page_cost == 5.0


def test_limits_of_a_newer_centra_are_left_out() -> None:
    """An unknown kind or interval, or a quota that nothing can fill, neither fails nor limits."""
    time = VirtualTime()
    throttle = throttle_on(
        time,
        limit("UPLOADED_BYTES", "ONE_HOUR", 1, 0),
        limit(REQUEST_COUNT, "ONE_DAY", 1, 0),
        limit(REQUEST_COUNT, "TEN_SECONDS", 0, 0),
    )
    throttle.acquire({REQUEST_COUNT: 1, QUERY_COMPLEXITY: 100, "UPLOADED_BYTES": 5})
    assert time.slept == []


def test_threads_together_take_what_one_would() -> None:
    """Eight threads of fifty requests: not one token more than there is, and not one is lost."""
    time = VirtualTime()
    throttle = throttle_on(time, limit(REQUEST_COUNT, "TEN_SECONDS", 40))

    def work() -> None:
        for _ in range(50):
            throttle.acquire({REQUEST_COUNT: 1})

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.now == pytest.approx((8 * 50 - 40) / 4, abs=1e-3)


class Doze:
    """Keeps a sleeper asleep until it is woken, while real threads do something else."""

    def __init__(self, time: VirtualTime) -> None:
        self.is_asleep, self.may_wake = Event(), Event()
        time.meanwhile = self._hold

    def _hold(self) -> None:
        self.is_asleep.set()
        assert self.may_wake.wait(30)


def test_sleeping_thread_does_not_delay_updates() -> None:
    """All state updates continue while another thread waits for its turn."""
    time = VirtualTime()
    doze = Doze(time)
    limits = [limit(REQUEST_COUNT, "TEN_SECONDS", 10, 0)]
    throttle = throttle_on(time, *limits)

    def tell() -> None:
        throttle.settle(REQUEST_COUNT, 1, 1)
        throttle.record_refusal(1.0)
        throttle.update(limits)
        throttle.estimate_seconds(1, 1)

    sleeper = Thread(target=throttle.acquire, args=({REQUEST_COUNT: 1},))
    news = Thread(target=tell, daemon=True)
    sleeper.start()
    assert doze.is_asleep.wait(30)
    news.start()
    news.join(30)
    assert not news.is_alive()
    doze.may_wake.set()
    sleeper.join(30)
    assert not sleeper.is_alive()


def test_cheap_request_does_not_overtake_an_expensive_one() -> None:
    """Who waits for much is not starved by those who need little."""
    time = VirtualTime()
    doze = Doze(time)
    throttle = throttle_on(time, limit(QUERY_COMPLEXITY, "TEN_SECONDS", 1_000, remaining=500))
    passed: list[int] = []

    def work(points: int) -> None:
        throttle.acquire({QUERY_COMPLEXITY: points})
        passed.append(points)

    expensive, cheap = (Thread(target=work, args=(points,)) for points in (1_000, 1))
    expensive.start()
    assert doze.is_asleep.wait(30)
    cheap.start()
    cheap.join(0.01)
    doze.may_wake.set()
    expensive.join(30)
    cheap.join(30)
    assert passed == [1_000, 1]
