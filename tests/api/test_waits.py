"""A long wait says what it is for and until when, and no wait is without a bound."""

from __future__ import annotations

from typing import Any

import pytest

from centra_source import settings
from centra_source.api import notices
from centra_source.api.retries import Retries, Transient
from centra_source.api.throttle import QUERY_COMPLEXITY, REQUEST_COUNT, Throttle
from centra_source.exceptions import ShopUnreachable


class Time:
    """Seconds that pass only in sleeps, and the warnings meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.warnings: list[str] = []
        monkeypatch.setattr(notices, "monotonic", lambda: self.now)
        monkeypatch.setattr("dlt.common.logger.warning", self.warnings.append)

    def sleep(self, seconds: float) -> None:
        """Lets time pass."""
        self.now += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Virtual time."""
    return Time(monkeypatch)


def make_limit(kind: str, interval: str, quota: Any, left: Any) -> dict[str, Any]:
    """Makes a rate limit as the shop reports it."""
    return {"type": kind, "intervalSeconds": interval, "quota": quota, "remainingQuota": left}


@pytest.mark.parametrize("left", [0, -1, -(10**9)])
@pytest.mark.parametrize("quota", [1, 60, 30_000_000])
@pytest.mark.parametrize("kind", [REQUEST_COUNT, QUERY_COMPLEXITY])
def test_wait_for_an_empty_bucket_is_bounded_and_announced(
    time: Time, kind: str, quota: int, left: int
) -> None:
    """Whatever the shop says is left: an empty bucket is full within its hour."""
    throttle = Throttle(clock=lambda: time.now, sleep=time.sleep)
    throttle.update([make_limit(kind, "ONE_HOUR", quota, left)])
    throttle.acquire({kind: quota})
    assert 0 < time.now <= 3_601
    (warning,) = time.warnings
    counted = {REQUEST_COUNT: "requests", QUERY_COMPLEXITY: "complexity"}[kind]
    assert warning.startswith(f"Centra's rate limit for {counted} in an hour is used up. Waiting until 20")
    assert warning.endswith(" UTC at the latest.")


def test_short_waits_are_not_announced(time: Time) -> None:
    """They are normal."""
    throttle = Throttle(clock=lambda: time.now, sleep=time.sleep)
    throttle.update([make_limit(REQUEST_COUNT, "TEN_SECONDS", 60, 0)])
    for _ in range(100):
        throttle.acquire({REQUEST_COUNT: 1})
    assert time.now > 10
    assert time.warnings == []


def test_long_waits_are_announced_once_in_a_while(time: Time) -> None:
    """Not for every request and thread."""
    throttle = Throttle(clock=lambda: time.now, sleep=time.sleep)
    throttle.update([make_limit(REQUEST_COUNT, "ONE_HOUR", 100, 0)])
    for _ in range(80):
        throttle.acquire({REQUEST_COUNT: 1})
    assert 1 < len(time.warnings) <= 3_600 / settings.NOTICE_INTERVAL


@pytest.mark.parametrize("wait", ["pause", "debt"])
def test_wait_of_many_hours_ends_the_run(time: Time, wait: str) -> None:
    """With a sentence: nobody waits for a week."""
    throttle = Throttle(clock=lambda: time.now, sleep=time.sleep)
    throttle.update([make_limit(REQUEST_COUNT, "ONE_HOUR", 100, 100)])
    if wait == "pause":
        throttle.record_refusal(1e9)
    else:
        throttle.settle(REQUEST_COUNT, 0, 1_000)
    with pytest.raises(
        ShopUnreachable, match=r"the next request would have to wait for \d+ hours\. Try again"
    ):
        throttle.acquire({REQUEST_COUNT: 1})
    assert time.now == 0


@pytest.mark.parametrize(("outage", "warnings"), [(5, 0), (35, 1), (800, 3)])
def test_outage_is_announced(
    time: Time, monkeypatch: pytest.MonkeyPatch, outage: float, warnings: int
) -> None:
    """With the fault, and the moment at which the run gives up."""
    monkeypatch.setattr("tenacity.time.monotonic", lambda: time.now)
    retries = Retries(limit=900.0, backoff_factor=1.0, sleep=time.sleep)

    def attempt() -> str:
        if time.now < outage:
            raise Transient("https://shop.example.com/graphql cannot be reached (ConnectionError)")
        return "answer"

    assert retries.call(attempt, is_first_contact=lambda: False) == "answer"
    assert len(time.warnings) == warnings
    for warning in time.warnings:
        assert "cannot be reached (ConnectionError), and is tried again. Waiting until 20" in warning
