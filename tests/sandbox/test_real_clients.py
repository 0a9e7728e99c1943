"""What real clients send: anonymous operations, several of them, dates in many forms, cookies, gzip."""

from __future__ import annotations

import gzip
import json
import sys
import urllib.request
import zlib
from collections.abc import Callable
from datetime import datetime, timezone
from types import ModuleType
from typing import Any
from urllib.error import HTTPError

import gql
import pytest
import requests
from gql.transport.exceptions import TransportError
from gql.transport.requests import RequestsHTTPTransport

from centra_sandbox import Sandbox

from ..support.selection import representative

Ask = Callable[..., dict[str, Any]]

ANONYMOUS = [
    ("{ stores { id } }", {}),
    ("query { stores { id } }", {}),
    ("query{stores{id}}", {}),
    ("query($limit: Int!) { stores(limit: $limit) { id } }", {"limit": 5}),
    ("query ($limit: Int! $page: Int = 1) { stores(limit: $limit, page: $page) { id } }", {"limit": 5}),
    (
        "# a comment about a query named\nquery\n  (\n$limit: Int!) { stores(limit: $limit) { id } }",
        {"limit": 5},
    ),
    ("fragment part on Store { id } query { stores { ...part } }", {}),
    ("{ stores { ...part } } fragment part on Store { id }", {}),
]
"""Operations without a name, as public client code writes them."""

SEVERAL_QUERIES = "query first { stores { id } } query second($n: Int = 1) { brands(limit: $n) { id } }"


def send_with_requests(sandbox: Sandbox, query: str, variables: dict[str, Any]) -> Any:
    """As most Python clients."""
    headers = {"Authorization": f"Bearer {sandbox.token}"}
    body = {"query": query, "variables": variables}
    return requests.post(sandbox.url, json=body, headers=headers, timeout=10).json()["data"]


def send_with_gql(sandbox: Sandbox, query: str, variables: dict[str, Any]) -> Any:
    """With the client of the package gql."""
    transport = RequestsHTTPTransport(sandbox.url, headers={"Authorization": f"Bearer {sandbox.token}"})
    request = gql.GraphQLRequest(query, variable_values=variables)
    return gql.Client(transport=transport).execute(request)


def send_with_urllib(sandbox: Sandbox, query: str, variables: dict[str, Any]) -> Any:
    """With the standard library, and with the charset that some libraries add."""
    request = urllib.request.Request(
        sandbox.url,
        json.dumps({"query": query, "variables": variables or None, "operationName": None}).encode(),
        {"Authorization": f"bearer {sandbox.token}", "Content-Type": "application/json; charset=UTF-8"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read())["data"]


@pytest.mark.parametrize("send", [send_with_requests, send_with_gql, send_with_urllib])
@pytest.mark.parametrize(("query", "variables"), ANONYMOUS)
def test_operations_without_a_name_are_executed(
    reader: Sandbox, send: Callable[..., Any], query: str, variables: dict[str, Any]
) -> None:
    """And are logged without one."""
    assert send(reader, query, variables) == {"stores": [{"id": 1}, {"id": 2}]}
    assert reader.requests[-1].operation is None


def post_body(sandbox: Sandbox, body: Any, **headers: str) -> requests.Response:
    """Posts a body, as JSON unless it is bytes."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.post(
        sandbox.url,
        data=sent,
        headers={"Authorization": f"Bearer {sandbox.token}", "Content-Type": "application/json", **names},
        timeout=10,
    )


@pytest.mark.parametrize(("name", "root"), [("first", "stores"), ("second", "brands")])
def test_operation_name_chooses_among_several(reader: Sandbox, name: str, root: str) -> None:
    """The chosen one runs, and is the one that is logged."""
    answer = post_body(reader, {"query": SEVERAL_QUERIES, "operationName": name}).json()
    assert set(answer["data"]) == {root}
    assert reader.requests[-1].operation == name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (None, "Must provide operation name if query contains multiple operations."),
        ("", "Must provide operation name if query contains multiple operations."),
        ("third", 'Unknown operation named "third".'),
    ],
)
def test_choice_that_fits_no_operation_is_an_error(reader: Sandbox, name: str | None, text: str) -> None:
    """It says what is wrong with the choice."""
    response = post_body(reader, {"query": SEVERAL_QUERIES, "operationName": name})
    assert (response.status_code, response.json()["errors"][0]["message"]) == (400, text)


def test_subscription_is_an_error(reader: Sandbox) -> None:
    """There are none."""
    response = post_body(reader, {"query": "subscription { stores { id } }"})
    assert response.status_code == 400
    assert "subscription" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "text"),
    [
        (b"query", {}, 400, "not JSON"),
        (b"", {}, 400, "not JSON"),
        (b"\xff\xfe", {}, 400, "not JSON"),
        ([{"query": "{ stores { id } }"}], {}, 400, "Batches are not supported"),
        ({"variables": {}}, {}, 400, 'with a text as "query"'),
        ({"query": 5}, {}, 400, 'with a text as "query"'),
        ("text", {}, 400, 'with a text as "query"'),
        ({"query": "{ stores { id } }", "variables": "{}"}, {}, 400, '"variables" is not a JSON object'),
        ({"query": "{ stores { id } }", "operationName": 5}, {}, 400, '"operationName" is not a text'),
        (
            b"query=%7B%7D",
            {"Content_Type": "application/x-www-form-urlencoded"},
            415,
            "send application/json",
        ),
        (b"{ stores { id } }", {"Content_Type": "application/graphql"}, 415, "send application/json"),
        (b"{}", {"Content_Type": "multipart/form-data; boundary=x"}, 415, "send application/json"),
        (b"{}", {"Content_Type": "application/json; charset=klingon"}, 415, "charset klingon"),
        (b"{}", {"Content_Encoding": "compress"}, 415, "compress is not supported"),
        (b"{}", {"Content_Encoding": "gzip"}, 400, "not gzip"),
    ],
)
def test_other_bodies_are_refused_with_a_reason(
    reader: Sandbox, body: Any, headers: dict[str, str], status: int, text: str
) -> None:
    """As an answer in JSON."""
    response = post_body(reader, body, **headers)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    assert text in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_refused_with_a_reason(reader: Sandbox, method: str) -> None:
    """A query in the address is not executed."""
    response = requests.request(method, reader.url, params={"query": "{ stores { id } }"}, timeout=10)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.json()["errors"][0]["message"] == f"{method} is not supported: send queries by POST."


def test_batch_of_the_gql_client_is_refused(reader: Sandbox) -> None:
    """gql reports the refusal."""
    transport = RequestsHTTPTransport(reader.url, headers={"Authorization": f"Bearer {reader.token}"})
    logged = len(reader.requests)
    batch = [gql.GraphQLRequest("{ stores { id } }"), gql.GraphQLRequest("{ brands { id } }")]
    with pytest.raises(TransportError):
        gql.Client(transport=transport).execute_batch(batch)
    assert len(reader.requests) == logged


@pytest.mark.parametrize("charset", ["utf-8", '"UTF-8"', "iso-8859-1", "utf-16"])
def test_charset_of_the_body_counts(reader: Sandbox, charset: str) -> None:
    """A search for a name with an umlaut arrives whole."""
    query = '{ orders(where: {search: "Ö"}) { id } }'
    body = json.dumps({"query": query}, ensure_ascii=False).encode(charset.strip('"'))
    response = post_body(reader, body, Content_Type=f"application/json; charset={charset}")
    assert response.status_code == 200
    assert reader.requests[-1].query == query


# seen in public client code
DATES = [
    ("2024-12-03T00:00:00Z", "2024-12-03T00:00:00Z"),
    ("2024-12-03T23:59:59Z", "2024-12-03T23:59:59Z"),
    ("2022-06-23 00:00:00", "2022-06-22T22:00:00Z"),
    ("2022-06-23T00:00:00", "2022-06-22T22:00:00Z"),
    ("2022-06-23", "2022-06-22T22:00:00Z"),
    ("2024-12-03T00:00:00.000Z", "2024-12-03T00:00:00Z"),
    ("2024-12-03T00:00:00.999Z", "2024-12-03T00:00:01Z"),
    ("2025-01-01T00:00:00.0000000Z", "2025-01-01T00:00:00Z"),
    ("2025-01-01T00:00:00.1234567+00:00", "2025-01-01T00:00:01Z"),
    ("2024-12-03T01:00:00+0100", "2024-12-03T00:00:00Z"),
    ("2024-12-03 01:00:00 +01:00", "2024-12-03T00:00:00Z"),
]
"""A bound of a range, and the first whole second that it includes."""

AS_LITERAL = "{ orders(where: {createdAt: {from: %s}}) { createdAt } }"
AS_VARIABLE = "query($from: DateTimeTz!) { orders(where: {createdAt: {from: $from}}) { createdAt } }"
AS_RANGE = "query($range: DateRange) { orders(where: {createdAt: $range}) { createdAt } }"


@pytest.mark.parametrize("form", representative(["literal", "variable", "range"], "range"))
@pytest.mark.parametrize(("text", "first"), DATES)
def test_dates_of_real_clients_are_read(ask: Ask, text: str, first: str, form: str) -> None:
    """The order of that second is found, and the one before is not."""
    moment = datetime.fromisoformat(first.replace("Z", "+00:00")).astimezone(timezone.utc)
    with Sandbox(products=1, orders=0) as sandbox:
        for second in (moment, moment.replace(year=moment.year - 1)):
            sandbox.shop.add_order(createdAt=second, orderDate=second, updatedAt=second)
        if form == "literal":
            found = ask(sandbox, AS_LITERAL % json.dumps(text))
        elif form == "variable":
            found = ask(sandbox, AS_VARIABLE, **{"from": text})
        else:
            found = ask(sandbox, AS_RANGE, range={"from": text, "to": None})
    assert len(found["data"]["orders"]) == 1


@pytest.mark.parametrize(
    ("headers", "is_accepted"),
    [
        ({"Authorization": "Bearer TOKEN"}, True),
        ({"Authorization": "bearer TOKEN"}, True),
        ({"Authorization": "Bearer  TOKEN "}, True),
        ({"Cookie": "graphql-access=TOKEN"}, True),
        ({"Cookie": 'theme=dark; bad cookie{}; graphql-access="TOKEN"; x=1'}, True),
        ({"Authorization": "Basic eDp5", "Cookie": "graphql-access=TOKEN"}, True),
        ({"Authorization": "TOKEN"}, False),
        ({"Authorization": "Bearer other", "Cookie": "graphql-access=TOKEN"}, False),
        ({"Cookie": "graphql-accessory=TOKEN"}, False),
        ({}, False),
    ],
)
def test_token_comes_in_a_header_or_in_a_cookie(
    reader: Sandbox, headers: dict[str, str], is_accepted: bool
) -> None:
    """Centra takes both."""
    # centrahq/api-documentation, guides: Cookie: graphql-access=${ACCESS_TOKEN}
    sent = {name: value.replace("TOKEN", reader.token) for name, value in headers.items()}
    response = requests.post(reader.url, json={"query": "{ stores { id } }"}, headers=sent, timeout=10)
    assert response.status_code == (200 if is_accepted else reader.settings.auth_status)


LONG = "{ products(limit: 200) { id name variants { id name } } }"


def fetch(sandbox: Sandbox, accepted: str, body: bytes, **headers: str) -> tuple[str | None, bytes]:
    """The content encoding of an answer and its bytes as they came, which requests would decompress."""
    sent = {"Authorization": f"Bearer {sandbox.token}", "Content-Type": "application/json", **headers}
    request = urllib.request.Request(sandbox.url, body, {"Accept-Encoding": accepted, **sent})
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.headers.get("content-encoding"), response.read()


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("gzip, deflate", "gzip"),
        ("br, gzip", "gzip"),
        ("br;q=1.0, gzip;q=0.5", "gzip"),
        ("*", "gzip"),
        ("identity", None),
        ("br", None),
        ("gzip;q=0", None),
        ("*;q=0", None),
        ("deflate", None),
        ("gzip;q=odd", None),
        ("", None),
    ],
)
def test_answer_is_compressed_as_accepted(
    reader: Sandbox, monkeypatch: pytest.MonkeyPatch, accepted: str, encoding: str | None
) -> None:
    """With gzip, or not at all where no package for brotli is installed."""
    for name in ("brotli", "brotlicffi"):
        monkeypatch.setitem(sys.modules, name, None)
    plain = json.dumps({"query": LONG}).encode()
    found, body = fetch(reader, accepted, plain)
    assert found == encoding
    assert b'"products"' in (gzip.decompress(body) if encoding else body)


@pytest.fixture
def brotli(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A package that compresses, in the place and with the functions of brotli."""
    module = ModuleType("brotli")
    module.compress = zlib.compress  # type: ignore[attr-defined]
    module.decompress = zlib.decompress  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "brotli", module)
    return module


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("br", "br"), ("gzip, br", "gzip"), ("gzip;q=0.5, br", "br"), ("br;q=0, gzip", "gzip")],
)
def test_brotli_is_used_where_it_is_installed(
    reader: Sandbox, brotli: ModuleType, accepted: str, encoding: str
) -> None:
    """For answers and for requests."""
    assert brotli
    plain = json.dumps({"query": LONG}).encode()
    found, body = fetch(reader, accepted, zlib.compress(plain), **{"Content-Encoding": "br"})
    assert found == encoding
    assert b'"products"' in (zlib.decompress(body) if encoding == "br" else gzip.decompress(body))


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)]
)
def test_compressed_requests_are_read(reader: Sandbox, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    """As some clients send long ones."""
    body = pack(json.dumps({"query": "{ stores { id } }"}).encode())
    assert b'"stores"' in fetch(reader, "identity", body, **{"Content-Encoding": encoding})[1]


def test_brotli_request_without_the_package_is_refused(
    reader: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the reason."""
    for name in ("brotli", "brotlicffi"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(HTTPError) as raising:
        fetch(reader, "identity", b"...", **{"Content-Encoding": "br"})
    assert raising.value.code == 415
    assert b"br is not supported" in raising.value.read()
