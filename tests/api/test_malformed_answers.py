"""Answers in a form that nobody documents: they are understood, or refused in one sentence, and soon."""

from __future__ import annotations

import copy
import json
from time import process_time
from typing import Any

import pytest

from centra_jobs.runs.redaction import redact
from centra_source.api.answers import get_shape
from centra_source.api.client import LONGEST_VERSION, Client
from centra_source.api.errors import Reply, raise_for_errors, scrub
from centra_source.api.page_size import PageSize
from centra_source.api.retries import Retries, Transient
from centra_source.api.throttle import Throttle
from centra_source.exceptions import CentraError
from centra_source.operations.documents import load_operation

ODD: tuple[Any, ...] = (
    None,
    5,
    -(10**9),
    1e18,
    2**70,
    True,
    "",
    "x" * 400,
    [1],
    [[1]],
    [None],
    {"a": 1},
    {"line": "x"},
)

ERROR = {
    "message": "You cannot do that.",
    "path": ["stores", 0, "id"],
    "locations": [{"line": 1, "column": 2}],
    "extensions": {"category": "graphql", "code": "GRAPHQL"},
}
EXTENSIONS = {"complexity": 10, "permissionsUsed": ["Store:read"], "appVersion": "v1.83.0"}
LIMIT = {"type": "REQUEST_COUNT", "intervalSeconds": "TEN_SECONDS", "quota": 60, "remainingQuota": 60}
LIMITS: dict[str, Any] = {"data": {"rateLimits": [LIMIT]}, "extensions": EXTENSIONS}
STORES: dict[str, Any] = {"data": {"stores": [{"id": 1, "name": "One"}]}, "extensions": EXTENSIONS}
FAILED: dict[str, Any] = {"errors": [ERROR], "extensions": EXTENSIONS}


def list_places(value: Any, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Lists the places in a JSON value, the value itself first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(one for key, held in inner for one in list_places(held, (*place, key)))]


def replace_value(body: Any, place: tuple[str | int, ...], value: Any) -> Any:
    """Returns an answer with another value at a place."""
    if not place:
        return value
    changed = copy.deepcopy(body)
    held = changed
    for step in place[:-1]:
        held = held[step]
    held[place[-1]] = value
    return changed


class Answers:
    """Answers each operation with a body; in place of the connection to a server."""

    def __init__(self, limits: Any, stores: Any) -> None:
        self._bodies = {"rateLimits": limits, "stores": stores}

    def answer(self, request: Any) -> Reply:
        """Returns the answer to a request."""
        return Reply(200, body=json.dumps(self._bodies.get(request.operation_name, STORES)).encode())


def ask(monkeypatch: pytest.MonkeyPatch, limits: Any, stores: Any) -> Client:
    """Asks for the limits and for two lists, in Python objects and in Arrow."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds
        assert now[0] < 10_000, "a wait without a bound"

    throttle = Throttle(clock=lambda: now[0], sleep=sleep)
    client = Client("https://shop.example.com/graphql", "token", Retries(0.0, sleep=sleep), throttle)
    answers = Answers(limits, stores)
    monkeypatch.setattr(client._transport, "_exchange", answers.answer)
    operation = load_operation("stores")
    variables = {"limit": 1, "page": 1}
    client.execute(operation, variables)
    client.execute_arrow(operation, lambda: variables, get_shape(operation), PageSize(1))
    assert throttle.estimate_seconds(10, 10) < 10_000
    return client


@pytest.mark.parametrize("odd", ODD, ids=lambda one: str(one)[:12])
def test_answer_in_another_form_is_tolerated_or_refused(monkeypatch: pytest.MonkeyPatch, odd: Any) -> None:
    """Wherever a value is another one: there is an answer, or an error of ours with a sentence."""
    cases = [
        *((replace_value(LIMITS, place, odd), STORES) for place in list_places(LIMITS)),
        *(
            (LIMITS, replace_value(body, place, odd))
            for body in (STORES, FAILED)
            for place in list_places(body)
        ),
    ]
    for limits, stores in cases:
        described = ""
        try:
            client = ask(monkeypatch, limits, stores)
            assert client.app_version is None or len(client.app_version) <= LONGEST_VERSION
        except CentraError as error:
            described = str(error)
        assert described[-1:] in ("", "."), (limits, stores)
        assert len(described) < 6_000


LONG = 80_000
HARD = (
    "a",
    "a@",
    "@",
    ".",
    "a@b ",
    "://a:",
    "://:",
    "://a:b@",
    "complexity ",
    "1.1.",
    "a:",
    "+1 ",
    "rate limit ",
    '"',
)


@pytest.mark.parametrize("part", HARD)
def test_long_text_is_cleaned_in_no_time(part: str) -> None:
    """The time grows with the length, and not with its square, which was ten seconds for 80 kB."""
    text = part * (LONG // len(part))
    begun = process_time()
    scrub(text)
    redact(text, ["a-secret"])
    with pytest.raises((CentraError, Transient)):
        raise_for_errors("stores", [{"message": text}], Reply(200), "https://shop.example.com/graphql")
    assert process_time() - begun < 0.5


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Ask ann.lee@shop.example.com.", "Ask …."),
        ("<a@b.c>, x=ann@shop: gone", "<…>, x=…: gone"),
        ("ann@shop@example.com is odd", "… is odd"),
        ("no address @ all", "no address @ all"),
    ],
)
def test_addresses_are_removed(text: str, clean: str) -> None:
    """As before."""
    assert scrub(text) == clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("postgresql://ann:secret@host/db", "postgresql://ann:***@host/db"),
        (
            "'postgresql://ann:s@cr@t@host:5/db' and http://x:y@z",
            "'postgresql://ann:***@host:5/db' and http://x:***@z",
        ),
        ("https://shop:8080/graphql", "https://shop:8080/graphql"),
        ("https://host/a:b@c and a@b", "https://host/a:b@c and a@b"),
    ],
)
def test_passwords_in_addresses_are_removed(text: str, clean: str) -> None:
    """Up to the last @ of the word."""
    assert redact(text) == clean
