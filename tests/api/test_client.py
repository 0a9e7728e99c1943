"""Requests: what is retried, what fails and how, and that the token shows nowhere."""

from __future__ import annotations

import logging
from pathlib import Path
from time import monotonic

import pytest

from centra_sandbox import (
    BrokenGzip,
    Errors,
    Fault,
    ForbiddenNull,
    HtmlPage,
    HttpError,
    OtherBody,
    Reset,
    ResetInBody,
    Sandbox,
    SlowDrip,
    TooManyRequests,
    TruncatedJson,
    Unauthorized,
)
from centra_source.api.client import Client
from centra_source.api.retries import Retries, retry_after_seconds
from centra_source.api.throttle import Throttle
from centra_source.exceptions import (
    PermissionMissing,
    QueryRefused,
    ShopUnreachable,
    TokenRefused,
    UnexpectedAnswer,
)
from centra_source.operations.documents import load_operation

from ..support.selection import one_of_each, representative
from ..support.shop_rows import find_differences
from ..support.target import Target, catch_error

PASSING_FAULTS = [
    *(HttpError(status) for status in (408, 499, 500, 502, 503, 504, 520)),
    *(TooManyRequests(form, 0.1) for form in ("epoch", "seconds", "http-date", "iso", "none")),
    BrokenGzip(),
    HtmlPage(),
    Reset(),
    ResetInBody(),
    SlowDrip(0.2),
    TruncatedJson(),
]

LASTING_FAULTS = [
    (Errors("Something broke", "internal"), QueryRefused, "Something broke"),
    (Errors("Something broke", "internal", with_data=True), QueryRefused, "Something broke"),
    (Unauthorized(401), TokenRefused, "30 days"),
    (Unauthorized(403), TokenRefused, "System > API Tokens"),
    (OtherBody(status=400), QueryRefused, "HTTP 400"),
]


def test_shop_that_is_down_is_not_waited_for_once_for_each_resource(small_shop: Sandbox) -> None:
    """Each failure in a row halves the time limit of the next one; an answer restores it."""
    client = Client(small_shop.url, small_shop.token, Retries(0.5, 0.02), Throttle())
    client.execute(load_operation("_greeting"), {})
    for _ in range(2):
        small_shop.fail(HttpError(502), times=1_000_000)
        spent = []
        for _ in range(6):
            begun = monotonic()
            with pytest.raises(ShopUnreachable):
                client.execute(load_operation("_greeting"), {})
            spent.append(monotonic() - begun)
        assert sum(spent[1:]) < 4 * spent[0]
        assert spent[5] < spent[0]
        small_shop.recover()
        client.execute(load_operation("_greeting"), {})


@pytest.mark.parametrize("fault", one_of_each(PASSING_FAULTS, type), ids=repr)
def test_request_is_sent_again_after_a_passing_fault(small_shop: Sandbox, fault: Fault) -> None:
    """Every status and every broken answer leads to another attempt, which gets the right answer."""
    client = Client(small_shop.url, small_shop.token, Retries(5.0, 0.001), Throttle())
    request = (load_operation("stores"), {"limit": 200, "page": 1})
    undisturbed = client.execute(*request).data
    small_shop.requests.clear()
    small_shop.fail(fault, operation="stores", times=2)
    assert client.execute(*request).data == undisturbed
    attempts = [one.operation for one in small_shop.requests].count("stores")
    assert attempts == (1 if isinstance(fault, SlowDrip) else 3)


@pytest.mark.parametrize(
    "fault",
    representative(PASSING_FAULTS, ResetInBody()),
    ids=repr,
)
def test_passing_fault_is_survived(small_shop: Sandbox, target: Target, fault: Fault) -> None:
    """Each fault strikes in the middle of a list, twice; the table is complete all the same."""
    small_shop.fail(fault, operation="orders", skip=1, times=2)
    target.load(small_shop, "orders", page_size=10)
    assert find_differences(small_shop.shop, "orders", target.rows("orders")) == []
    assert [request.operation for request in small_shop.requests].count("orders") >= 4


@pytest.mark.parametrize(("fault", "kind", "text"), LASTING_FAULTS, ids=repr)
def test_lasting_fault_fails_and_loads_nothing(
    small_shop: Sandbox, target: Target, fault: Fault, kind: type[Exception], text: str
) -> None:
    """What no retry can fix ends the load at once, with a reason, and with no table at all."""
    small_shop.fail(fault, operation="orders", skip=1)
    error = catch_error(kind, lambda: target.load(small_shop, "orders", page_size=10))
    assert text in str(error)
    assert target.tables() == []
    assert [request.operation for request in small_shop.requests].count("orders") == 2


def test_null_in_place_of_an_object_fails_and_loads_nothing(small_shop: Sandbox, target: Target) -> None:
    """An object that is missing where Centra promises one is an error, not a row less."""
    fault = ForbiddenNull(("orderConnection", "edges", 0, "node"))
    small_shop.fail(fault, operation="orders", skip=1)
    error = catch_error(UnexpectedAnswer, lambda: target.load(small_shop, "orders", page_size=10))
    assert "Centra sent null in place of an object" in str(error)
    assert target.tables() == []


def test_missing_permission_is_named(small_shop: Sandbox) -> None:
    """The error says which permission to add, and where."""
    small_shop.configure(denied={"Order.attributes:read"})
    client = Client(small_shop.url, small_shop.token, Retries(1.0, 0.001), Throttle())
    with pytest.raises(PermissionMissing) as raising:
        client.execute(load_operation("orders"), {"first": 1})
    assert [one.permission for one in raising.value.denials] == ["Order.attributes:read"]
    assert "Add Order.attributes:read to the token in Centra under System > API Tokens" in str(raising.value)
    assert "orderConnection.edges.node.attributes" in str(raising.value)


def test_shop_that_stays_down_is_given_up(small_shop: Sandbox, target: Target) -> None:
    """Retries end after their time limit."""
    small_shop.fail(HttpError(503), times=1_000_000)
    error = catch_error(ShopUnreachable, lambda: target.load(small_shop, "stores", retry_limit=0.3))
    assert "HTTP 503: try again later" in str(error)


def test_wait_beyond_the_limit_is_not_begun(small_shop: Sandbox, target: Target) -> None:
    """A Retry-After that ends after the limit fails at once instead of after the wait."""
    small_shop.fail(TooManyRequests("epoch", 3_600))
    catch_error(ShopUnreachable, lambda: target.load(small_shop, "stores", retry_limit=60.0))
    assert len(small_shop.requests) == 1


def test_rate_limits_of_a_growth_plan_are_obeyed(target: Target) -> None:
    """The first request reports that no points are left: the load waits for some, and no request is
    rejected."""
    with Sandbox(products=5, orders=30, plan="growth") as sandbox:
        sandbox.drain("QUERY_COMPLEXITY", 0.999)
        target.load(sandbox, "orders")
        assert {request.status for request in sandbox.requests} == {200}
        assert find_differences(sandbox.shop, "orders", target.rows("orders")) == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("1763726407", 7.0),
        ("1763726307", 0.0),
        ("Fri, 21 Nov 2025 12:00:07 GMT", 7.0),
        ("2025-11-21T12:00:07Z", 7.0),
        ("2025-11-21T13:00:07+01:00", 7.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_every_form(text: str, seconds: float | None) -> None:
    """Seconds, Unix time, HTTP date and ISO 8601, measured on the server's clock and not on ours."""
    headers = {"Retry-After": text, "Date": "Fri, 21 Nov 2025 12:00:00 GMT"}
    assert retry_after_seconds(headers) == seconds


@pytest.mark.parametrize(
    "resources", representative([["orders", "brands"], []], ["orders", "brands"]), ids=["a few", "all"]
)
def test_token_shows_in_no_log_file_or_error(
    small_shop: Sandbox,
    target: Target,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    resources: list[str],
) -> None:
    """Not in debug logs, not in dlt's working files and traces, not in the database, not in errors."""
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "DEBUG")
    secret = "s3cr3t-t0k3n-s3cr3t"
    small_shop.configure(token=secret)
    with caplog.at_level(logging.DEBUG):
        target.load(small_shop, *resources)
        small_shop.configure(token="another")
        error = catch_error(TokenRefused, lambda: target.load(small_shop, "orders", access_token=secret))
    assert caplog.text
    assert secret not in caplog.text
    assert secret not in str(error) + repr(error.__cause__)
    files = [file for file in target.folder.rglob("*") if file.is_file()]
    assert files
    assert [file for file in files if secret.encode() in file.read_bytes()] == []


def test_netrc_cannot_replace_the_token(
    small_shop: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forgotten password for this host would otherwise be sent in place of the token."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client = Client(small_shop.url, small_shop.token, Retries(), Throttle())
    assert client.execute(load_operation("_rate_limits"), {}).complexity == 10


def test_variables_and_operation_name_travel_with_the_query(small_shop: Sandbox, target: Target) -> None:
    """Values are never written into the text of a query, so that Centra parses each text once."""
    target.load(small_shop, "orders", page_size=7)
    count, *asked = [request for request in small_shop.requests if request.operation == "orders"]
    assert count.query == asked[0].query
    assert len({request.query for request in asked}) == 1
    assert [request.variables["first"] for request in asked] == [7, 7, 7, 7, 7, 5]
    assert len({request.variables["after"] for request in asked}) == 6
