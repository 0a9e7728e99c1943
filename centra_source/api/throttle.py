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
from typing import Any, NamedTuple

from .. import settings
from ..exceptions import ShopUnreachable
from .notices import Notices

REQUEST_COUNT, QUERY_COMPLEXITY, MUTATION_COUNT = "REQUEST_COUNT", "QUERY_COMPLEXITY", "MUTATION_COUNT"
"""What Centra counts: requests, points of complexity, and mutations."""

KINDS = (REQUEST_COUNT, QUERY_COMPLEXITY, MUTATION_COUNT)

_COUNTED = {REQUEST_COUNT: "requests", QUERY_COMPLEXITY: "complexity", MUTATION_COUNT: "mutations"}
_SPANS = {"TEN_SECONDS": "ten seconds", "ONE_HOUR": "an hour"}

INTERVALS = {"TEN_SECONDS": 10, "ONE_HOUR": 3_600}
"""Seconds in which an empty bucket is full again, by Centra's name of the interval."""


class RateLimit(NamedTuple):
    """One of Centra's limits, as the shop reports it.

    Attributes:
        kind: What is counted.
        interval: In which time.
        quota: The most.
        left: What is left of it.
    """

    kind: str
    interval: str
    quota: int
    left: int


def read_rate_limits(answer: Any) -> list[RateLimit]:
    """Reads the answer to the `rateLimits` query, without what has another form than Centra documents."""
    read = []
    for one in answer if isinstance(answer, (list, tuple)) else ():
        values = one if isinstance(one, dict) else {}
        kind, interval, quota, left = map(values.get, ("type", "intervalSeconds", "quota", "remainingQuota"))
        if not isinstance(kind, str) or not isinstance(interval, str):
            continue
        if isinstance(quota, int) and isinstance(left, int):
            read.append(RateLimit(kind, interval, quota, left))
    return read


class _Wait(NamedTuple):
    """How long to wait, and why."""

    seconds: float
    reason: str


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
        self._notices = Notices()
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

    def update(self, rate_limits: Any) -> None:
        """Sets the buckets to what Centra reports.

        Args:
            rate_limits: The answer to the `rateLimits` query. Unknown kinds and intervals are ignored, and so
                is what is not a number, and a quota of zero, for which no wait would be long enough.
        """
        quotas = {}
        buckets = {}
        now = self._clock()
        for kind, interval, quota, left in read_rate_limits(rate_limits):
            if kind in KINDS and interval in INTERVALS and quota > 0:
                quotas[kind, interval] = quota
                # What is left is a part of the quota, whatever the shop says: no wait exceeds the interval.
                capacity, level = self._share * quota, self._share * min(quota, max(0, left))
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

        Raises:
            ShopUnreachable: The wait would be longer than `settings.THROTTLE_LIMIT`.
        """
        begun = self._clock()
        with self._turn:
            while wait := self._find_wait_or_take(costs):
                if wait.seconds > settings.THROTTLE_LIMIT:
                    raise ShopUnreachable(
                        f"{wait.reason}, and the next request would have to wait for "
                        f"{wait.seconds / 3600:.0f} hours. Try again later, or ask Centra for higher limits."
                    )
                if wait.seconds >= settings.NOTABLE_WAIT:
                    self._notices.warn(wait.reason, wait.seconds)
                self._sleep(wait.seconds)
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
            return max((bucket.seconds_until(cost) for _, bucket, cost in self._due(tokens)), default=0.0)

    def _find_wait_or_take(self, costs: Mapping[str, int]) -> _Wait | None:
        """Takes the costs and returns None, or returns how long to wait until they can be taken."""
        with self._state:
            due = self._due(costs)
            waits = [
                _Wait(bucket.seconds_until(min(cost, bucket.capacity)), _name_limit(*key))
                for key, bucket, cost in due
            ]
            pause = max(self._paused_until - self._clock(), 0.0)
            longest = max([_Wait(pause, "Centra has asked to send no request for now"), *waits])
            if not longest.seconds:
                for _, bucket, cost in due:
                    bucket.level -= cost
                return None
        # Rounded up to a microsecond: a remainder from rounding could be too short to move the clock.
        return longest._replace(seconds=math.ceil(longest.seconds * 1e6) / 1e6)

    def _due(self, costs: Mapping[str, int]) -> list[tuple[tuple[str, str], _Bucket, int]]:
        return [(key, bucket, cost) for key, bucket in self._refilled() if (cost := costs.get(key[0], 0))]

    def _refilled(self) -> Iterable[tuple[tuple[str, str], _Bucket]]:
        now = self._clock()
        for bucket in self._buckets.values():
            bucket.refill(now)
        return self._buckets.items()


def _name_limit(kind: str, interval: str) -> str:
    return f"Centra's rate limit for {_COUNTED[kind]} in {_SPANS[interval]} is used up"
