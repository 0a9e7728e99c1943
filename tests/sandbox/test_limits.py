"""Rate limits."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from centra_sandbox import Sandbox

Ask = Callable[..., dict[str, Any]]
Post = Callable[..., requests.Response]
NOW = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
ONE = "{ stores(limit: 1) { id } }"


def test_rate_limits_query_shows_six_buckets(ask: Ask) -> None:
    """The query costs 10 and counts itself; used and remaining add up to the quota."""
    with Sandbox(empty=True, plan="growth") as sandbox:
        sandbox.clock.set(NOW)
        limits = ask(sandbox, "{ rateLimits { type intervalSeconds quota usedQuota remainingQuota } }")[
            "data"
        ]["rateLimits"]
    used = {(each["type"], each["intervalSeconds"]): (each["quota"], each["usedQuota"]) for each in limits}
    assert used == {
        ("REQUEST_COUNT", "TEN_SECONDS"): (60, 1),
        ("REQUEST_COUNT", "ONE_HOUR"): (5_000, 1),
        ("QUERY_COMPLEXITY", "TEN_SECONDS"): (250_000, 10),
        ("QUERY_COMPLEXITY", "ONE_HOUR"): (30_000_000, 10),
        ("MUTATION_COUNT", "TEN_SECONDS"): (20, 0),
        ("MUTATION_COUNT", "ONE_HOUR"): (1_800, 0),
    }
    assert all(each["usedQuota"] + each["remainingQuota"] == each["quota"] for each in limits)


@pytest.mark.parametrize("form", ["epoch", "seconds", "http-date", "iso", "none"])
def test_too_many_requests_get_a_time_to_resume(post: Post, form: str) -> None:
    """The 61st request in ten seconds gets 429; one token flows back every sixth of a second."""
    with Sandbox(empty=True, plan="growth", retry_after=form) as sandbox:
        sandbox.clock.set(NOW)
        assert [post(sandbox, ONE).status_code for _ in range(61)] == [200] * 60 + [429]
        header = post(sandbox, ONE).headers.get("Retry-After")
        sandbox.clock.advance(timedelta(seconds=1))
        assert [post(sandbox, ONE).status_code for _ in range(7)] == [200] * 6 + [429]
    resume = NOW + timedelta(seconds=1)
    read: dict[str, Callable[[str], datetime]] = {
        "epoch": lambda text: datetime.fromtimestamp(int(text), timezone.utc),
        "seconds": lambda text: NOW + timedelta(seconds=int(text)),
        "http-date": parsedate_to_datetime,
        "iso": datetime.fromisoformat,
    }
    assert header is None if form == "none" else header and read[form](header) == resume


def test_drained_complexity_stops_only_expensive_queries(post: Post) -> None:
    """Other systems share the limits: a cheap query still passes when an expensive one does not."""
    expensive = "{ orders(limit: 180) { lines { allocations { id } discountPercent product { id } } } }"
    with Sandbox(empty=True, plan="growth") as sandbox:
        sandbox.clock.set(NOW)
        sandbox.drain("QUERY_COMPLEXITY", 0.9)
        assert post(sandbox, expensive).status_code == 200
        assert post(sandbox, expensive).status_code == 429
        assert post(sandbox, ONE).status_code == 200
        sandbox.clock.advance(timedelta(seconds=10))
        assert post(sandbox, expensive).status_code == 200


def test_mutations_have_a_bucket_of_their_own(post: Post) -> None:
    """Twenty mutations in ten seconds, while queries go on."""
    mutation = "mutation { confirmEvents(input: {eventsIds: []}) { userErrors { message } } }"
    with Sandbox(empty=True, plan="growth") as sandbox:
        sandbox.clock.set(NOW)
        assert [post(sandbox, mutation).status_code for _ in range(21)] == [200] * 20 + [429]
        assert post(sandbox, ONE).status_code == 200


def test_query_more_expensive_than_the_bucket_never_passes(post: Post) -> None:
    """No waiting helps a query above the ten-second quota."""
    query = (
        "{ orders(limit: 200) { shipments { lines { orderLine { allocations { id } product { id } } } } } }"
    )
    with Sandbox(empty=True, plan="growth") as sandbox:
        assert post(sandbox, query).status_code == 429
        sandbox.clock.advance(timedelta(hours=1))
        assert post(sandbox, query).status_code == 429


def test_date_header_is_the_shops_clock(post: Post) -> None:
    """Clients take the server's time from the Date header."""
    with Sandbox(empty=True) as sandbox:
        sandbox.clock.set(NOW)
        assert parsedate_to_datetime(post(sandbox, ONE).headers["Date"]) == NOW
