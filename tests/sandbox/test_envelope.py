"""What surrounds the data: complexity, permissions, errors, authorization."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests

from centra_sandbox import Sandbox

Ask = Callable[..., dict[str, Any]]
Post = Callable[..., requests.Response]


@pytest.mark.parametrize(
    ("query", "complexity"),
    [
        ("{ rateLimits { type quota } }", 10),
        ("{ markets(limit: 50) { id } }", 50),
        (
            "{ markets(limit: 50) { assignedToCountries(limit: 10) { states { id } } } }",
            50 * (1 + 10 * (1 + 10)),
        ),
        ("{ markets { id store { id } } }", 20 * (1 + 1)),
        (
            "{ orderConnection(first: 100) { totalCount edges { cursor node { id lines { id } } } } }",
            100 * (2 + 10 * 2),
        ),
        ("{ orderConnection(first: 5) { edges { node { id } } pageInfo { endCursor } } }", 1 + 5 * 2),
        ("query q($n: Int = 7) { orders(limit: $n) { id country @skip(if: true) { code } } }", 7 * 2),
        (
            "{ orders(limit: 10) { id ... on WholesaleOrder { buyer { id } account { id } }"
            " ... on DirectToConsumerOrder { customer { id } } } }",
            10 * (2 + 2),
        ),
        ("{ warehouses(limit: 1) { stock(limit: 200) { freeToAllocateQuantity } } }", 201),
        ("{ warehouses(limit: 1) { stock(limit: 200) { physicalQuantity demandQuantity } } }", 1001),
    ],
)
def test_complexity_follows_centras_rules(reader: Sandbox, ask: Ask, query: str, complexity: int) -> None:
    """Scalars are free, objects cost 1 and interfaces 2, lists multiply by their size, stock is expensive."""
    assert ask(reader, query)["extensions"]["complexity"] == complexity


def test_answer_says_what_it_used(reader: Sandbox, ask: Ask) -> None:
    """The extensions name permissions, version and deprecated fields."""
    extensions = ask(reader, "{ productSizes(limit: 1) { GTIN productVariant { id } } }")["extensions"]
    assert extensions["permissionsUsed"] == ["ProductSize:read", "ProductVariant:read"]
    assert extensions["appVersion"] == reader.settings.version
    assert "Renamed to EAN" in extensions["deprecatedFieldsUsed"][0]


@pytest.mark.parametrize("status", [200, 400, 401, 403])
def test_missing_permission_fails_the_request(post: Post, status: int) -> None:
    """The shape is the documented one: errors and extensions, no data key. The status is not documented."""
    with Sandbox(products=1, orders=1, permissions={"Product:read"}, denial_status=status) as sandbox:
        response = post(sandbox, "{ orderConnection(first: 1) { totalCount } }")
    body = response.json()
    assert response.status_code == status
    assert set(body) == {"errors", "extensions"}
    assert body["errors"][0]["message"] == "You need Order:read permission to access orderConnection."
    assert body["errors"][0]["extensions"] == {"category": "authorization"}
    assert body["errors"][0]["path"] == ["orderConnection"]
    assert body["errors"][0]["locations"] == [{"line": 1, "column": 3}]


@pytest.mark.parametrize(
    ("denied", "query"),
    [
        ("Order.attributes:read", "{ orders { attributes { description } } }"),
        ("Order.shippingAddress:read", "{ orders { ... on WholesaleOrder { shippingAddress { city } } } }"),
        ("Product.countryOfOrigin:read", "{ products { countryOfOrigin { code } } }"),
        ("ProductSize.stock:read", "{ productSizes { stock { freeToAllocateQuantity } } }"),
        ("PaymentHistory:read", "{ orders { paymentHistory { id } } }"),
        ("Translation:read", "{ products { translations { language { id } } } }"),
        ("Customer:read", "{ orders { ... on DirectToConsumerOrder { customer { id } } } }"),
        (
            "Event:write",
            "mutation { setEventListeners(input: [{objectType: Order}]) { userErrors { message } } }",
        ),
    ],
)
def test_nested_fields_have_permissions_of_their_own(ask: Ask, denied: str, query: str) -> None:
    """A field that the token may not read fails the whole request."""
    with Sandbox(empty=True, denied={denied}) as sandbox:
        answer = ask(sandbox, query)
        assert denied in sandbox.permissions
        assert answer["errors"][0]["message"].startswith(f"You need {denied} permission to access ")
        assert "data" not in answer


def test_limits_and_introspection_need_no_permission(ask: Ask) -> None:
    """A token without any permission may ask for both."""
    with Sandbox(empty=True, permissions=set()) as sandbox:
        answer = ask(sandbox, '{ rateLimits { quota } __type(name: "OrderSort") { enumValues { name } } }')
    assert len(answer["data"]["rateLimits"]) == 6
    assert {"name": "number_ASC"} in answer["data"]["__type"]["enumValues"]


@pytest.mark.parametrize("query", ["{ orders { nothing } }", "{ orders("])
def test_wrong_query_is_a_graphql_error(reader: Sandbox, post: Post, query: str) -> None:
    """Mistakes in the query come with the documented HTTP 400 and the category graphql."""
    # centra.dev/integration-api/best-practices/handling-errors
    response = post(reader, query)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["category"] == "graphql"


@pytest.mark.parametrize("status", [401, 403])
def test_refused_tokens_get_a_json_answer(post: Post, status: int) -> None:
    """Missing, unknown and expired tokens are refused with the status of the switch."""
    with Sandbox(empty=True, auth_status=status) as sandbox:
        unknown = post(sandbox, "{ stores { id } }", token="other")
        missing = requests.post(sandbox.url, json={"query": "{ stores { id } }"}, timeout=10)
        sandbox.configure(token_expired=True)
        expired = post(sandbox, "{ stores { id } }")
    assert [r.status_code for r in (unknown, missing, expired)] == [status] * 3
    assert unknown.json()["errors"][0]["extensions"] == {"category": "authentication"}
    assert "expired" in expired.json()["errors"][0]["message"]


def test_token_may_come_as_a_cookie(reader: Sandbox) -> None:
    """Centra takes the cookie graphql-access as well."""
    response = requests.post(
        reader.url, json={"query": "{ stores { id } }"}, cookies={"graphql-access": reader.token}, timeout=10
    )
    assert response.json()["data"]["stores"] == [{"id": 1}, {"id": 2}]


def test_only_post_to_graphql_is_served(reader: Sandbox) -> None:
    """A wrong address answers with an HTML page, another method with 405."""
    wrong = requests.post(reader.url.replace("/graphql", "/api"), json={}, timeout=10)
    assert wrong.status_code == 404
    assert wrong.headers["content-type"] == "text/html"
    assert requests.get(reader.url, timeout=10).status_code == 405
    assert requests.post(reader.url, data="no json", timeout=10).status_code == 400


def test_every_request_is_logged(ask: Ask) -> None:
    """Tests can read what was asked, what it cost and how it ended."""
    with Sandbox(empty=True) as sandbox:
        ask(sandbox, "query shops($limit: Int) { stores(limit: $limit) { id } }", limit=3)
        logged = sandbox.requests[0]
    assert (logged.operation, logged.variables, logged.status, logged.complexity) == (
        "shops",
        {"limit": 3},
        200,
        3,
    )
    assert logged.permissions == ["Store:read"]
    assert "python-requests" in logged.user_agent


def test_date_header_may_go_by_a_clock_of_its_own(post: Post) -> None:
    """The web server's clock can be ahead of the one that dates what happens in the shop, or behind it."""
    with Sandbox(products=1, orders=1) as sandbox:
        sandbox.clock.set(datetime(2026, 3, 1, 12, tzinfo=timezone.utc))
        dates = []
        for minutes in (0, 20, -20):
            sandbox.configure(date_header_offset=timedelta(minutes=minutes))
            dates.append(post(sandbox, "{ rateLimits { type } }").headers["Date"][-12:-4])
        assert dates == ["12:00:00", "12:20:00", "11:40:00"]
        assert sandbox.requests[-1].at == sandbox.clock.now()
