"""Keeps a run within Centra's rate limits by counting along with them, instead of running into refusals.

Centra keeps token buckets, shared by all integrations of an environment: a kind of cost has a quota per ten
seconds and one per hour, and each bucket refills at a constant rate ("Rate limits" in its API documentation).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from .. import settings

REQUEST_COUNT, QUERY_COMPLEXITY, MUTATION_COUNT = "REQUEST_COUNT", "QUERY_COMPLEXITY", "MUTATION_COUNT"
"""What Centra counts: requests, points of complexity, and mutations."""

KINDS = (REQUEST_COUNT, QUERY_COMPLEXITY, MUTATION_COUNT)

INTERVALS = {"TEN_SECONDS": 10, "ONE_HOUR": 3_600}
"""Seconds in which an empty bucket is full again, by Centra's name of the interval."""


@dataclass
class _Bucket:
    """Tokens that flow in and are taken; a level below nought is a debt.

    Attributes:
        capacity: Tokens of a full bucket.
        rate: Tokens per second.
        level: Tokens at the moment `at` of the throttle's clock.
    """

    capacity: float
    rate: float
    level: float
    at: float

    def refill(self, now: float) -> None:
        self.level = min(self.capacity, self.level + max(0.0, now - self.at) * self.rate)
        self.at = now

    def seconds_until(self, tokens: float) -> float:
        return max(0.0, (tokens - self.level) / self.rate)


class Throttle:
    """Lets requests pass as Centra's buckets can pay for them; one for all threads of a run.

    Until the first `update` nothing is known and nothing is limited.

    Args:
        quota_share: Share of each quota to use, above 0 and up to 1: it scales both how much a bucket holds
            and how fast it refills.
        clock: Seconds of a clock that is never set back.
        sleep: Waits for a number of seconds.
    """

    def __init__(
        self,
        quota_share: float = settings.QUOTA_SHARE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._share = quota_share
        self._clock = clock
        self._sleep = sleep
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._quotas: dict[tuple[str, str], int] = {}
        self._is_stale = True
        self._paused_until = -math.inf
        # Held by the one who waits, so that many cheap requests cannot keep overtaking a dear one.
        self._turn = Lock()
        # Held for moments only: nobody who has something to say ever waits for a sleeper.
        self._state = Lock()

    @property
    def is_stale(self) -> bool:
        """Whether the levels should be asked for: at the beginning, and after a refusal."""
        return self._is_stale

    @property
    def quotas(self) -> Mapping[tuple[str, str], int]:
        """Centra's quotas in full, by kind and interval, as far as they are known."""
        return self._quotas

    @property
    def page_cost(self) -> float | None:
        """Points per request at which Centra's points and requests run out together; None while unknown.

        Of the intervals the one counts that allows more. Cheaper requests waste points, dearer ones requests.
        """
        ratios = [
            self._quotas[QUERY_COMPLEXITY, interval] / self._quotas[REQUEST_COUNT, interval]
            for interval in INTERVALS
            if {(QUERY_COMPLEXITY, interval), (REQUEST_COUNT, interval)} <= self._quotas.keys()
        ]
        return max(ratios, default=None)

    def update(self, rate_limits: Iterable[Mapping[str, Any]]) -> None:
        """Takes over what Centra says of its buckets.

        Args:
            rate_limits: The answer to the `rateLimits` query. Kinds and intervals that are not known are left
                out; so is a quota of nought, which no waiting fills.
        """
        quotas = {}
        buckets = {}
        now = self._clock()
        for limit in rate_limits:
            kind, interval, quota = limit["type"], limit["intervalSeconds"], limit["quota"]
            if kind in KINDS and interval in INTERVALS and quota > 0:
                quotas[kind, interval] = quota
                capacity, level = self._share * quota, self._share * limit["remainingQuota"]
                buckets[kind, interval] = _Bucket(capacity, capacity / INTERVALS[interval], level, now)
        with self._state:
            self._buckets = buckets
            self._quotas = quotas
            self._is_stale = False

    def acquire(self, costs: Mapping[str, int]) -> float:
        """Waits until every bucket can pay for one request, and takes its cost from all of them at once.

        Requests pass one after the other, a dear one before those that come while it waits. One that is
        dearer than a bucket can hold waits until that is full and leaves a debt.

        Args:
            costs: Tokens by kind, such as `{"REQUEST_COUNT": 1, "QUERY_COMPLEXITY": 4_120}`.

        Returns:
            Seconds spent waiting.
        """
        begun = self._clock()
        with self._turn:
            while seconds := self._seconds_or_take(costs):
                self._sleep(seconds)
        return self._clock() - begun

    def settle(self, kind: str, expected: int, charged: int) -> None:
        """Corrects the buckets of a kind by what Centra charged in place of the tokens that were taken."""
        with self._state:
            for (known, _), bucket in self._refilled():
                if known == kind:
                    bucket.level += expected - charged

    def record_refusal(self, seconds: float | None) -> None:
        """Notes that Centra refused a request for its limits (HTTP 429): the levels are not what they seem.

        Args:
            seconds: How long nobody may pass from now on; None where Centra does not say.
        """
        with self._state:
            self._is_stale = True
            if seconds is not None:
                self._paused_until = max(self._paused_until, self._clock() + seconds)

    def seconds_for(self, calls: int, complexity: int) -> float:
        """How long so many requests with so many points in all will take at least, from now on."""
        tokens = {REQUEST_COUNT: calls, QUERY_COMPLEXITY: complexity}
        with self._state:
            return max((bucket.seconds_until(cost) for bucket, cost in self._due(tokens)), default=0.0)

    def _seconds_or_take(self, costs: Mapping[str, int]) -> float:
        """Takes the costs and returns 0, or returns the seconds until they can be taken."""
        with self._state:
            due = self._due(costs)
            waits = [bucket.seconds_until(min(cost, bucket.capacity)) for bucket, cost in due]
            seconds = max(self._paused_until - self._clock(), 0.0, *waits)
            if not seconds:
                for bucket, cost in due:
                    bucket.level -= cost
        # Up to a whole microsecond, or a remainder from rounding could be too short to move the clock.
        return math.ceil(seconds * 1e6) / 1e6

    def _due(self, costs: Mapping[str, int]) -> list[tuple[_Bucket, int]]:
        return [(bucket, cost) for (kind, _), bucket in self._refilled() if (cost := costs.get(kind, 0))]

    def _refilled(self) -> Iterable[tuple[tuple[str, str], _Bucket]]:
        now = self._clock()
        for bucket in self._buckets.values():
            bucket.refill(now)
        return self._buckets.items()
