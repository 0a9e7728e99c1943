"""Each fault really happens on the wire."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from centra_sandbox import (
    BrokenGzip,
    EmptyPage,
    Errors,
    Fault,
    ForbiddenNull,
    HtmlPage,
    HttpError,
    MissingEdge,
    OtherBody,
    OtherContentType,
    OtherValue,
    Redirect,
    RepeatedCursor,
    RepeatedPage,
    Reset,
    ResetInBody,
    Sandbox,
    SlowDrip,
    TooManyRequests,
    TruncatedJson,
    Unauthorized,
    WrongTotal,
)

Post = Callable[..., requests.Response]
QUERY = "query brands { brands { id name } }"
CONNECTION = """
query orders($after: String) {
  orderConnection(first: 5, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { cursor node { number } }
  }
}
"""


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
    """A maintenance page looks like success by its status."""
    reader.fail(HtmlPage())
    response = post(reader, QUERY)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html")


@pytest.mark.parametrize("with_data", [True, False])
def test_errors_come_with_and_without_data(reader: Sandbox, post: Post, with_data: bool) -> None:
    """Partial data with errors must not be loaded."""
    reader.fail(Errors("Something broke", with_data=with_data))
    body = post(reader, QUERY).json()
    assert body["errors"][0] == {"message": "Something broke", "extensions": {"category": "internal"}}
    assert ("data" in body) is with_data


def test_other_value_in_every_element(reader: Sandbox, post: Post) -> None:
    """The values of a field are replaced, whatever the schema says of them; null stays."""
    reader.fail(OtherValue(("brands", None, "name"), {"sv": "Jacka"}))
    brands = post(reader, "{ brands { id name } }").json()["data"]["brands"]
    assert {one["name"]["sv"] for one in brands} == {"Jacka"}
    assert all(isinstance(one["id"], int) for one in brands)


def test_null_where_the_schema_forbids_it(reader: Sandbox, post: Post) -> None:
    """The innermost first row is null and no error says so."""
    reader.fail(ForbiddenNull())
    body = post(reader, QUERY).json()
    assert body["data"]["brands"][0] is None
    assert body["data"]["brands"][1]["id"]
    assert "errors" not in body


def test_null_at_a_place_of_choice(reader: Sandbox, post: Post) -> None:
    """A path leads to what is null; everything around it is as it should be."""
    reader.fail(ForbiddenNull(("brands", 1, "name")))
    first, second, *_ = post(reader, QUERY).json()["data"]["brands"]
    assert first["name"]
    assert second == {"id": second["id"], "name": None}


def test_other_bodies_have_status_200(reader: Sandbox, post: Post) -> None:
    """Nothing, or something else, under a content type of choice."""
    reader.fail(OtherBody())
    assert post(reader, QUERY).content == b""
    reader.fail(OtherBody(b"<html></html>", "application/json"))
    response = post(reader, QUERY)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.content == b"<html></html>"


def test_right_answer_under_another_content_type(reader: Sandbox, post: Post) -> None:
    """The bytes are those of JSON in UTF-8, whatever the header says."""
    right = post(reader, QUERY).content
    reader.fail(OtherContentType("text/plain"))
    response = post(reader, QUERY)
    assert response.headers["content-type"] == "text/plain"
    assert response.content == right


def test_redirect_leads_elsewhere(reader: Sandbox, post: Post) -> None:
    """There is no API at the new address."""
    reader.fail(Redirect(301))
    response = post(reader, QUERY)
    assert [step.status_code for step in response.history] == [301]
    assert (response.status_code, response.url.rpartition("/")[2]) == (404, "maintenance")


def test_edge_is_missing_and_counted(reader: Sandbox, post: Post) -> None:
    """The page is one edge short; its total and its cursor speak of the whole page."""
    right = _connection(post(reader, CONNECTION))
    reader.fail(MissingEdge())
    assert _connection(post(reader, CONNECTION)) == {**right, "edges": right["edges"][:-1]}


@pytest.mark.parametrize("with_cursor", [True, False])
def test_empty_page_says_there_is_more(reader: Sandbox, post: Post, with_cursor: bool) -> None:
    """No edges, and a next page, with or without a cursor that leads to it."""
    reader.fail(EmptyPage(with_cursor))
    connection = _connection(post(reader, CONNECTION))
    assert connection["edges"] == []
    assert connection["pageInfo"]["hasNextPage"]
    assert (connection["pageInfo"]["endCursor"] is not None) is with_cursor


def test_cursor_leads_back_to_its_own_page(reader: Sandbox, post: Post) -> None:
    """The page after a cursor ends with that cursor."""
    after = _connection(post(reader, CONNECTION))["pageInfo"]["endCursor"]
    reader.fail(RepeatedCursor())
    page_info = _connection(post(reader, CONNECTION, after=after))["pageInfo"]
    assert page_info == {"hasNextPage": True, "endCursor": after}


def test_page_comes_again_in_place_of_the_next(reader: Sandbox, post: Post) -> None:
    """A fault that is planned again has no state of the last time."""
    paged = "query brands($page: Int) { brands(limit: 1, page: $page) { id } }"
    fault = RepeatedPage()
    for first in (1, 2):
        reader.fail(fault, times=2)
        pages = [post(reader, paged, page=page).json()["data"]["brands"] for page in (first, first + 1)]
        assert pages == [[{"id": first}]] * 2


@pytest.mark.parametrize("by", [2, -2])
def test_total_is_wrong_and_the_rows_are_right(reader: Sandbox, post: Post, by: int) -> None:
    """Only the count differs."""
    right = _connection(post(reader, CONNECTION))
    reader.fail(WrongTotal(by))
    assert _connection(post(reader, CONNECTION)) == {**right, "totalCount": right["totalCount"] + by}


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


def test_faults_that_wait_can_be_forgotten(reader: Sandbox, post: Post) -> None:
    """After that every request is answered."""
    reader.fail(HttpError(503), times=5)
    assert post(reader, QUERY).status_code == 503
    reader.recover()
    assert post(reader, QUERY).status_code == 200


def test_long_answers_are_gzipped(reader: Sandbox, post: Post) -> None:
    """As from a real server: a client that accepts gzip gets it."""
    response = post(reader, "{ orders(limit: 100) { id } }")
    assert response.headers["content-encoding"] == "gzip"
    assert len(response.json()["data"]["orders"]) == 100


def _connection(response: requests.Response) -> dict[str, Any]:
    connection: dict[str, Any] = response.json()["data"]["orderConnection"]
    return connection
