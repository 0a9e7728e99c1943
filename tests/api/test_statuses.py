"""What the client makes of an HTTP status and a body together: every status with every kind of body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from centra_sandbox import OtherBody, Sandbox
from centra_sandbox.faults import Exchange
from centra_source.api.answers import get_shape
from centra_source.api.client import Client
from centra_source.api.page_size import PageSize
from centra_source.api.retries import Retries
from centra_source.api.throttle import Throttle
from centra_source.exceptions import (
    CentraError,
    InvalidSetting,
    PermissionMissing,
    QueryRefused,
    ShopUnreachable,
    TokenRefused,
)
from centra_source.operations.documents import load_operation

from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.target import Target, catch_error, keep_schema

STORES = load_operation("stores")
FOR_EVER = 1_000_000


def make_errors(message: str, category: str | None, **more: Any) -> bytes:
    """The body of an answer with one GraphQL error. Without a category, as newer GraphQL servers send it."""
    extensions = {"extensions": {"category": category}} if category else {}
    return orjson.dumps({"errors": [{"message": message, **extensions, **more}], "extensions": {}})


# centrahq/api-documentation, 01.authorization
DENIED = "You need Store:read permission to access stores."
UNKNOWN_FIELD = 'Cannot query field "nothing" on type "Store".'

PERMISSION = {
    "permission": make_errors(DENIED, "authorization", path=["stores"]),
    "permission without a category": make_errors(DENIED, None),
    "permission without a name": make_errors("Access denied.", "authorization", path=["stores", 0, "name"]),
    "permission and another error": orjson.dumps(
        {"errors": [{"message": UNKNOWN_FIELD}, {"message": DENIED, "path": ["stores"]}]}
    ),
}
VALIDATION = {
    "validation": make_errors(UNKNOWN_FIELD, "graphql"),
    "validation without a category": make_errors(UNKNOWN_FIELD, None),
    "a field named like a limit": make_errors('Cannot query field "rateLimits" on type "Query".', "graphql"),
    "a field named like a price": make_errors('Cannot query field "complexity" on type "Store".', "graphql"),
}
INTERNAL = {
    "internal": make_errors("Internal server error", "internal"),
    "internal without a category": make_errors("Internal server error", None),
}
THROTTLED = {
    "throttled": make_errors("Rate limit exceeded.", "rate-limit"),
    "throttled by its text": make_errors("Too Many Requests", None),
    "throttled by its code": orjson.dumps(
        {"errors": [{"message": "No.", "extensions": {"code": "THROTTLED"}}]}
    ),
}
TOO_COMPLEX = {
    "too complex": make_errors("Max query complexity should be 100 but got 201.", "graphql"),
    "too complex, in other words": make_errors("The complexity 201 exceeds the maximum.", None),
}
TOKEN = {"token": make_errors("Token has expired.", "authentication")}
ODD = {
    "errors that are no list": orjson.dumps({"errors": {"message": "Odd", "path": 5, "extensions": [1]}}),
    "errors that are a text": orjson.dumps({"errors": "Odd"}),
    "a category that is a list": orjson.dumps(
        {"errors": [{"message": "Odd", "path": 5, "extensions": {"category": ["x"]}}]}
    ),
}
WEB_PAGE = {"web page": b" <!DOCTYPE html><html><body>We'll be back soon</body></html>"}
NO_GRAPHQL = {
    "empty": b"",
    "broken JSON": b'{"data": {"stores": [',
    "other JSON": b'{"message": "no"}',
    "null": b"null",
}

BODIES = PERMISSION | VALIDATION | INTERNAL | THROTTLED | TOO_COMPLEX | TOKEN | ODD | WEB_PAGE | NO_GRAPHQL
RETRIED = (408, 425, 429, 499, 500, 502, 503, 504)
# centra.dev/integration-api/best-practices/handling-errors
STATUSES = representative(
    (200, 400, 401, 403, 302, 307, 404, 405, 422, *RETRIED), 200, 400, 401, 403, 302, 404, 408, 429, 499, 500
)


@dataclass(frozen=True)
class Outcome:
    """What the client does: the error, or None where another attempt is made."""

    error: type[CentraError] | None
    is_rate_limit: bool = False
    is_overload: bool = False
    is_invalid: bool = False
    is_too_complex: bool = False


RETRY = Outcome(None)


def expect(status: int, kind: str) -> Outcome:
    """The table: what a status and a kind of body mean, once the shop has answered."""
    if status == 429 or kind in THROTTLED:
        return Outcome(None, is_rate_limit=True)
    if kind in PERMISSION:
        return Outcome(PermissionMissing)
    if kind in TOO_COMPLEX:
        return Outcome(QueryRefused, is_invalid=True, is_too_complex=True)
    if status in RETRIED:
        return Outcome(None, is_overload=status != 425)
    if status in (302, 307, 404) or kind in WEB_PAGE:
        return RETRY
    if kind in TOKEN or status in (401, 403):
        return Outcome(TokenRefused)
    if kind in NO_GRAPHQL:
        return RETRY if status == 200 else Outcome(QueryRefused)
    return Outcome(QueryRefused, is_invalid=kind not in INTERNAL)


def expect_first(status: int, kind: str) -> type[CentraError] | None:
    """The error if it is the first answer of this address. None where another attempt is made."""
    outcome = expect(status, kind)
    if outcome.error or outcome.is_rate_limit or outcome.is_overload or status in (200, *RETRIED):
        return outcome.error
    if status in (401, 403):
        return TokenRefused
    return InvalidSetting if status in (302, 307, 404) else QueryRefused


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    """A shop that no test changes."""
    with Sandbox(products=1, orders=1) as sandbox:
        yield sandbox


def make_client(shop: Sandbox) -> Client:
    """A client that hardly waits."""
    return Client(shop.url, shop.token, Retries(5.0, 0.0001), Throttle())


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("status", STATUSES)
def test_status_and_body_together_say_what_to_do(shop: Sandbox, status: int, kind: str) -> None:
    """A permission error is one under every status; what passes is sent again; pages shrink when it helps."""
    expected, client, page_size = expect(status, kind), make_client(shop), PageSize(200)
    shop.recover()
    client.server_now()
    shop.requests.clear()
    times = 2 if expected.error is None or expected.is_too_complex else 1
    shop.fail(OtherBody(BODIES[kind], status=status), "stores", times=times)
    sizes: list[int] = []

    def make_variables() -> dict[str, int]:
        sizes.append(page_size.rows)
        return {"limit": page_size.rows, "page": 1}

    def send() -> object:
        return client.execute_arrow(STORES, make_variables, get_shape(STORES), page_size)

    if expected.error is None or expected.is_too_complex:
        send()
        has_shrunk = expected.is_overload or expected.is_too_complex
        assert sizes == ([200, 100, 50] if has_shrunk else [200, 200, 200])
        asked_limits = [one.operation for one in shop.requests].count("rateLimits")
        assert asked_limits == (2 if expected.is_rate_limit else 0)
        return
    with pytest.raises(expected.error) as raising:
        send()
    assert type(raising.value) is expected.error
    if isinstance(raising.value, QueryRefused) and kind not in NO_GRAPHQL and kind not in PERMISSION:
        assert raising.value.is_invalid is expected.is_invalid
        text = orjson.loads(BODIES[kind])["errors"]
        assert ("Odd" if kind in ODD else text[0]["message"].rstrip(".")) in str(raising.value)
    if expected.error is TokenRefused:
        assert f"(HTTP {status}): it is invalid or expired. Tokens expire after 30 days" in str(raising.value)
    assert sizes == [200]


@pytest.mark.parametrize("kind", ["permission", "validation", "web page", "empty"])
@pytest.mark.parametrize("status", STATUSES)
def test_first_answer_can_show_a_wrong_address(shop: Sandbox, status: int, kind: str) -> None:
    """Where no GraphQL answer has come before, 404 and redirects are a wrong address."""
    expected, client = expect_first(status, kind), make_client(shop)
    shop.recover()
    # Twice, as a shop may refuse the query of its limits, which comes first.
    shop.fail(OtherBody(BODIES[kind], status=status), times=2)
    if expected is None:
        assert client.execute(STORES, {"limit": 1, "page": 1}).data
        return
    with pytest.raises(expected) as raising:
        client.execute(STORES, {"limit": 1, "page": 1})
    assert type(raising.value) is expected


@pytest.mark.parametrize(
    ("status", "text"), [(404, "HTTP 404 in place of Centra"), (403, "HTTP 403 in place")]
)
def test_wrong_answer_that_stays_is_given_up(shop: Sandbox, status: int, text: str) -> None:
    """After the limit of the retries, and with the status."""
    client = Client(shop.url, shop.token, Retries(0.05, 0.001), Throttle())
    shop.recover()
    client.server_now()
    shop.fail(OtherBody(BODIES["web page"], status=status), "stores", times=FOR_EVER)
    with pytest.raises(ShopUnreachable, match=f"{text}.*: try again later"):
        client.execute(STORES, {"limit": 1, "page": 1})


def test_query_that_is_too_complex_fails_at_the_smallest_page(shop: Sandbox) -> None:
    """A page of one object cannot shrink any further."""
    client, page_size = make_client(shop), PageSize(8)
    shop.recover()
    shop.fail(OtherBody(BODIES["too complex"]), "stores", times=FOR_EVER)
    with pytest.raises(QueryRefused, match="Max query complexity"):
        client.execute_arrow(
            STORES, lambda: {"limit": page_size.rows, "page": 1}, get_shape(STORES), page_size
        )
    assert page_size.rows == 1


def test_body_that_breaks_leaves_the_status(shop: Sandbox) -> None:
    """An error page that ends early, or that cannot be decompressed, is an empty one."""

    class BrokenPage(OtherBody):
        async def strike(self, exchange: Exchange) -> None:
            await exchange.send(403, {"content-encoding": "gzip"}, b"no gzip")

    shop.recover()
    shop.fail(BrokenPage(), "stores")
    with pytest.raises(TokenRefused):
        make_client(shop).execute(STORES, {"limit": 1, "page": 1})


@pytest.mark.parametrize("status", representative([200, 400, 401, 403], 403))
def test_load_without_a_permission_is_the_same_under_every_status(target: Target, status: int) -> None:
    """The resource is loaded without what the token may not read."""
    denied = {"Order.attributes:read", "Brand:read"}
    with Sandbox(products=3, orders=8, denied=denied, denial_status=status) as sandbox:
        target.load(sandbox, "orders", "brands", "stores")
        assert find_differences(sandbox.shop, "stores", target.rows("stores")) == []
        assert len(target.rows("orders")) == len(sandbox.shop.orders)
        assert target.rows("brands") == []
        notes = {row["resource"]: row["note"] for row in target.rows("load_audit") if row["note"]}
    assert "The token lacks Brand:read" in notes["brands"]
    assert "The token lacks Order.attributes:read for" in notes["orders"]


@pytest.mark.parametrize("status", representative([200, 400], 400))
def test_stale_schema_is_renewed_under_every_status(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """A field that has disappeared since the schema was kept: Centra's refusal renews it."""
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))
    with Sandbox(products=3, orders=3, same_version=True, invalid_status=status) as sandbox:
        keep_schema(sandbox)
        sandbox.configure(without=["Brand.uri"])
        target.load(sandbox, "brands")
        assert len(target.rows("brands")) == len(sandbox.shop.brands)


@pytest.mark.parametrize("status", [401, 403])
def test_refused_token_is_not_taken_for_a_permission(
    small_shop: Sandbox, target: Target, status: int
) -> None:
    """It ends the load, whatever the resource."""
    small_shop.configure(auth_status=status)
    error = catch_error(TokenRefused, lambda: target.load(small_shop, "orders", access_token="wrong"))
    assert f"HTTP {status}" in str(error)


@pytest.mark.parametrize("status", representative([200, 400], 400))
def test_shop_that_does_not_report_its_limits_is_loaded(target: Target, status: int) -> None:
    """The query of the limits is refused, and nothing is throttled before the shop refuses."""
    with Sandbox(products=2, orders=3, without=["Query.rateLimits"], invalid_status=status) as sandbox:
        target.load(sandbox, "orders")
        assert len(target.rows("orders")) == len(sandbox.shop.orders)
        assert [one.operation for one in sandbox.requests].count("rateLimits") == 1


ODD_ENVELOPES: list[dict[str, Any]] = [
    {"extensions": [1]},
    {"extensions": "odd"},
    {"extensions": None},
    {"extensions": {"complexity": "many", "appVersion": 5, "permissionsUsed": "Store:read"}},
    {"extensions": {"complexity": 10**18, "appVersion": ["v1"], "permissionsUsed": [1]}},
    {"extensions": {"complexity": -5, "permissionsUsed": {}}},
]


@pytest.mark.parametrize("envelope", ODD_ENVELOPES, ids=repr)
def test_odd_envelope_does_not_matter(shop: Sandbox, envelope: dict[str, Any]) -> None:
    """What surrounds the data is only a report: the data counts."""
    client = make_client(shop)
    shop.recover()
    client.server_now()
    version = client.app_version
    shop.fail(OtherBody(orjson.dumps({"data": {"stores": []}, **envelope})), "stores")
    answer = client.execute(STORES, {"limit": 1, "page": 1})
    assert (answer.data, answer.complexity, client.app_version) == ({"stores": []}, 0, version)


@pytest.mark.parametrize(
    "limits",
    [
        None,
        "odd",
        [{"type": "REQUEST_COUNT", "intervalSeconds": "ONE_HOUR", "quota": None, "remainingQuota": 5}],
        [{"type": "REQUEST_COUNT", "intervalSeconds": "ONE_HOUR", "quota": "5", "remainingQuota": 5}],
        [{"type": "REQUEST_COUNT", "intervalSeconds": "ONE_HOUR", "quota": 5, "remainingQuota": None}],
    ],
    ids=repr,
)
def test_limits_that_are_no_numbers_are_ignored(shop: Sandbox, limits: Any) -> None:
    """As if the shop reported none."""
    client = make_client(shop)
    shop.recover()
    shop.fail(OtherBody(orjson.dumps({"data": {"rateLimits": limits}})), "rateLimits")
    assert client.execute(STORES, {"limit": 1, "page": 1}).data
    assert client.throttle.quotas == {}
