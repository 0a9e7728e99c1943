"""Six token buckets, as Centra has them: three kinds of cost, two windows, constant refill."""

import math
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from .clock import Clock
from .settings import PLANS

SECONDS = {"TEN_SECONDS": 10, "ONE_HOUR": 3600}


class Bucket:
    """A token bucket. It refills with its quota per window, and requests take tokens from it."""

    def __init__(self, quota: int, seconds: int, now: datetime) -> None:
        self.quota = quota
        self.level = float(quota)
        self._rate = quota / seconds
        self._at = now

    def refill(self, now: datetime) -> None:
        """Refills the bucket for the time since the last call. A clock that is set back removes nothing."""
        passed = max(0.0, (now - self._at).total_seconds())
        self.level = min(float(self.quota), self.level + passed * self._rate)
        self._at = now

    def wait(self, cost: int) -> timedelta:
        """Returns the time until a cost can be paid; zero if it can be paid now."""
        return timedelta(seconds=max(0.0, (cost - self.level) / self._rate))


class Buckets:
    """The limits of a plan."""

    def __init__(self, plan: str, clock: Clock) -> None:
        self._clock = clock
        now = clock.now()
        self._buckets = {key: Bucket(quota, SECONDS[key[1]], now) for key, quota in PLANS[plan].items()}

    def charge(self, costs: dict[str, int]) -> datetime | None:
        """Takes the cost of a request, by kind, from both windows, or nothing if one cannot pay.

        Returns:
            None if it was paid, else the moment from which it can be.
        """
        now = self._refill()
        due = [(bucket, costs.get(kind, 0)) for (kind, _), bucket in self._buckets.items()]
        wait = max(bucket.wait(cost) for bucket, cost in due)
        if wait > timedelta():
            return now + wait
        for bucket, cost in due:
            bucket.level -= cost
        return None

    def drain(self, kind: str, share: float) -> None:
        """Takes a share of the quota of a kind, as another system of the merchant does."""
        self._refill()
        for (each, _), bucket in self._buckets.items():
            if each == kind:
                bucket.level = max(0.0, bucket.level - share * bucket.quota)

    def state(self) -> list[dict[str, Any]]:
        """Returns the result of the `rateLimits` query."""
        self._refill()
        return [
            {
                "type": kind,
                "intervalSeconds": interval,
                "quota": bucket.quota,
                "usedQuota": bucket.quota - math.floor(bucket.level),
                "remainingQuota": math.floor(bucket.level),
            }
            for (kind, interval), bucket in self._buckets.items()
        ]

    def _refill(self) -> datetime:
        now = self._clock.now()
        for bucket in self._buckets.values():
            bucket.refill(now)
        return now


def retry_after(form: str, resume: datetime, now: datetime) -> str | None:
    """Returns the Retry-After header in one of its forms; None: no header."""
    whole = datetime.fromtimestamp(math.ceil(resume.timestamp()), tz=resume.tzinfo)
    if form == "epoch":
        return str(int(whole.timestamp()))
    if form == "seconds":
        return str(math.ceil((whole - now).total_seconds()))
    if form == "http-date":
        return format_datetime(whole, usegmt=True)
    return whole.isoformat() if form == "iso" else None
