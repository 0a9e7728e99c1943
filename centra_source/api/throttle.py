"""Keeps a run within Centra's rate limits: calculates what is left of them, so that no request is rejected.

Centra keeps token buckets that all integrations of an environment share. Each kind of cost has a quota for
ten seconds and one for an hour, and each bucket refills at a constant rate ("Rate limits" in its API
documentation).
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
    """Tokens that flow in and are taken. A level below zero is a debt.

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
    """Delays requests until Centra's buckets can pay for them. All threads of a run share one throttle.

    Before the first `update`, nothing is known and nothing is limited.

    Args:
        quota_share: Share of each quota to use, above 0 and up to 1. It scales both the capacity of a bucket
            and the rate at which it refills.
        clock: Returns the seconds of a clock that is never set back.
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
        # Held by the thread that waits, so that cheap requests cannot keep overtaking an expensive one.
        self._turn = Lock()
        # Held only briefly: state updates never wait for a sleeping thread.
        self._state = Lock()

    @property
    def is_stale(self) -> bool:
        """Whether the levels should be requested: at the start, and after a rejected request."""
        return self._is_stale

    @property
    def quotas(self) -> Mapping[tuple[str, str], int]:
        """Centra's full quotas, by kind and interval, as far as they are known."""
        return self._quotas

    @property
    def page_cost(self) -> float | None:
        """Points per request at which Centra's points and requests run out together. None while unknown.

        The interval that allows more counts. Cheaper requests waste points, more expensive ones waste
        requests.
        """
        ratios = [
            self._quotas[QUERY_COMPLEXITY, interval] / self._quotas[REQUEST_COUNT, interval]
            for interval in INTERVALS
            if {(QUERY_COMPLEXITY, interval), (REQUEST_COUNT, interval)} <= self._quotas.keys()
        ]
        return max(ratios, default=None)

    def update(self, rate_limits: Iterable[Mapping[str, Any]]) -> None:
        """Sets the buckets to what Centra reports.

        Args:
            rate_limits: The answer to the `rateLimits` query. Unknown kinds and intervals are ignored, and so
                is what is not a number, and a quota of zero, for which no wait would be long enough.
        """
        quotas = {}
        buckets = {}
        now = self._clock()
        for limit in rate_limits:
            kind, interval, quota, left = (
                limit[name] for name in ("type", "intervalSeconds", "quota", "remainingQuota")
            )
            are_numbers = isinstance(quota, int) and isinstance(left, int)
            if kind in KINDS and interval in INTERVALS and are_numbers and quota > 0:
                quotas[kind, interval] = quota
                capacity, level = self._share * quota, self._share * left
                buckets[kind, interval] = _Bucket(capacity, capacity / INTERVALS[interval], level, now)
        with self._state:
            self._buckets = buckets
            self._quotas = quotas
            self._is_stale = False

    def acquire(self, costs: Mapping[str, int]) -> float:
        """Waits until every bucket can pay for one request, and takes its costs from all of them at once.

        Requests pass in the order in which they come. A request that costs more than a bucket can hold waits
        until the bucket is full, and leaves a debt.

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
        """Corrects the buckets of a kind by what Centra charged instead of the tokens that were taken."""
        with self._state:
            for (known, _), bucket in self._refilled():
                if known == kind:
                    bucket.level += expected - charged

    def record_refusal(self, seconds: float | None) -> None:
        """Records that Centra rejected a request because of its limits (HTTP 429): the levels are wrong.

        Args:
            seconds: How long no request may pass from now on. None if Centra does not say.
        """
        with self._state:
            self._is_stale = True
            if seconds is not None:
                self._paused_until = max(self._paused_until, self._clock() + seconds)

    def estimate_seconds(self, calls: int, complexity: int) -> float:
        """Returns the least time, from now on, for a number of requests with a number of points in total."""
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
        # Rounded up to a microsecond: a remainder from rounding could be too short to move the clock.
        return math.ceil(seconds * 1e6) / 1e6

    def _due(self, costs: Mapping[str, int]) -> list[tuple[_Bucket, int]]:
        return [(bucket, cost) for (kind, _), bucket in self._refilled() if (cost := costs.get(kind, 0))]

    def _refilled(self) -> Iterable[tuple[tuple[str, str], _Bucket]]:
        now = self._clock()
        for bucket in self._buckets.values():
            bucket.refill(now)
        return self._buckets.items()
