"""Each fault really happens on the wire."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from sandbox import (
    BrokenGzip,
    Errors,
    Fault,
    ForbiddenNull,
    HtmlPage,
    HttpError,
    Reset,
    ResetInBody,
    Sandbox,
    SlowDrip,
    TooManyRequests,
    TruncatedJson,
    Unauthorized,
)

Post = Callable[..., requests.Response]
QUERY = "query brands { brands { id name } }"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_errors_are_html_pages(reader: Sandbox, post: Post, status: int) -> None:
    """Errors of the web server in front of Centra are not JSON."""
    reader.fail(HttpError(status))
    response = post(reader, QUERY)
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html"
    assert post(reader, QUERY).status_code == 200


@pytest.mark.parametrize("fault", [Reset(), ResetInBody()])
def test_connections_break(reader: Sandbox, post: Post, fault: Fault) -> None:
    """The client sees a broken connection, before the answer or within it."""
    reader.fail(fault)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        post(reader, QUERY)
    assert reader.requests[-1].status == (None if fault == Reset() else 200)
    assert post(reader, QUERY).status_code == 200


def test_truncated_json_has_a_fitting_length(reader: Sandbox, post: Post) -> None:
    """HTTP sees nothing wrong, only the JSON ends early."""
    reader.fail(TruncatedJson())
    response = post(reader, QUERY)
    assert int(response.headers["content-length"]) == len(response.content)
    with pytest.raises(json.JSONDecodeError):
        json.loads(response.content)


def test_html_page_with_status_200(reader: Sandbox, post: Post) -> None:
    """A maintenance page looks like success to whoever only reads the status."""
    reader.fail(HtmlPage())
    response = post(reader, QUERY)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html")


@pytest.mark.parametrize("with_data", [True, False])
def test_errors_come_with_and_without_data(reader: Sandbox, post: Post, with_data: bool) -> None:
    """Partial data beside errors is what must not be loaded."""
    reader.fail(Errors("Something broke", with_data=with_data))
    body = post(reader, QUERY).json()
    assert body["errors"][0] == {"message": "Something broke", "extensions": {"category": "internal"}}
    assert ("data" in body) is with_data


def test_null_where_the_schema_forbids_it(reader: Sandbox, post: Post) -> None:
    """The innermost first row is null and no error says so."""
    reader.fail(ForbiddenNull())
    body = post(reader, QUERY).json()
    assert body["data"]["brands"][0] is None
    assert body["data"]["brands"][1]["id"]
    assert "errors" not in body


def test_slow_drip_arrives_whole(reader: Sandbox, post: Post) -> None:
    """A slow answer is still an answer."""
    reader.fail(SlowDrip(seconds=0.05, pieces=3))
    response = post(reader, QUERY)
    assert len(response.json()["data"]["brands"]) == 3
    assert response.elapsed.total_seconds() < 5


def test_broken_gzip_cannot_be_unpacked(reader: Sandbox, post: Post) -> None:
    """The header promises gzip, the body breaks it."""
    reader.fail(BrokenGzip())
    with pytest.raises(requests.exceptions.ContentDecodingError):
        post(reader, QUERY)


@pytest.mark.parametrize("form", ["epoch", "seconds", "http-date", "iso", "none"])
def test_429_in_every_form(reader: Sandbox, post: Post, form: str) -> None:
    """The header takes four forms, or is missing."""
    reader.fail(TooManyRequests(form))
    response = post(reader, QUERY)
    assert response.status_code == 429
    assert ("Retry-After" in response.headers) is (form != "none")


def test_token_can_be_refused_in_the_middle_of_a_run(reader: Sandbox, post: Post) -> None:
    """A revoked token answers 401 though the same token worked before."""
    reader.fail(Unauthorized())
    assert post(reader, QUERY).status_code == 401
    assert post(reader, QUERY).status_code == 200


def test_faults_wait_for_their_requests(post: Post) -> None:
    """A fault can name an operation, skip some requests and strike several times."""
    statuses: dict[str, list[Any]] = {"brands": [], "stores": []}
    with Sandbox(empty=True) as sandbox:
        sandbox.fail(HttpError(503), operation="brands", times=2, skip=1)
        for _ in range(4):
            statuses["brands"].append(post(sandbox, QUERY).status_code)
            statuses["stores"].append(post(sandbox, "query stores { stores { id } }").status_code)
    assert statuses == {"brands": [200, 503, 503, 200], "stores": [200] * 4}


def test_long_answers_are_gzipped(reader: Sandbox, post: Post) -> None:
    """As from a real server: a client that accepts gzip gets it."""
    response = post(reader, "{ orders(limit: 100) { id } }")
    assert response.headers["content-encoding"] == "gzip"
    assert len(response.json()["data"]["orders"]) == 100
