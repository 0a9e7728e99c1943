"""Dates out, dates in."""

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from centra_sandbox import Sandbox

Ask = Callable[..., dict[str, Any]]


def utc(*parts: int) -> datetime:
    """An aware UTC moment."""
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[misc, arg-type]


@pytest.fixture
def one_order(request: pytest.FixtureRequest) -> Any:
    """A shop with one order from the given moment."""
    with Sandbox(products=1, orders=0) as sandbox:
        moment = getattr(request, "param", utc(2022, 6, 23, 13, 47, 12))
        sandbox.shop.add_order(createdAt=moment, orderDate=moment, updatedAt=moment)
        yield sandbox


@pytest.mark.parametrize(
    ("one_order", "printed"),
    [
        (utc(2022, 6, 23, 13, 47, 12), "2022-06-23T15:47:12+02:00"),
        (utc(2022, 1, 3, 10, 43, 56), "2022-01-03T11:43:56+01:00"),
        (utc(2025, 10, 26, 0, 30), "2025-10-26T02:30:00+02:00"),
        (utc(2025, 10, 26, 1, 30), "2025-10-26T02:30:00+01:00"),
        (utc(2025, 3, 30, 0, 59, 59), "2025-03-30T01:59:59+01:00"),
        (utc(2025, 3, 30, 1, 0), "2025-03-30T03:00:00+02:00"),
    ],
    indirect=["one_order"],
)
def test_offset_follows_daylight_saving(one_order: Sandbox, ask: Ask, printed: str) -> None:
    """Dates print in the shop's zone: the hour that autumn doubles differs only by its offset."""
    assert ask(one_order, "{ orders { createdAt } }")["data"]["orders"][0]["createdAt"] == printed


@pytest.mark.parametrize(
    ("php_format", "printed"),
    [
        ("Y-m-d\\TH:i:sO", "2022-06-23T15:47:12+0200"),
        ("Y-m-d", "2022-06-23"),
        ("c", "2022-06-23T15:47:12+02:00"),
        ("U", "1655992032"),
        ("D, j M y g:i A T", "Thu, 23 Jun 22 3:47 PM CEST"),
        ("jS F e", "23rd June Europe/Stockholm"),
    ],
)
def test_format_is_a_php_date_format(one_order: Sandbox, ask: Ask, php_format: str, printed: str) -> None:
    """The `format` argument takes PHP's letters, a backslash keeps one as it is."""
    query = "query q($format: String) { orders { createdAt(format: $format) } }"
    assert ask(one_order, query, format=php_format)["data"]["orders"][0]["createdAt"] == printed


@pytest.mark.parametrize(
    ("start", "found"),
    [
        ("2022-06-23 15:47:12", 1),
        ("2022-06-23 15:47:13", 0),
        ("2022-06-23T13:47:12Z", 1),
        ("2022-06-23T13:47:13+00:00", 0),
        ("2022-06-23T15:47:12+0200", 1),
        ("2022-06-23", 1),
        ("2022-06-24", 0),
    ],
)
def test_input_without_zone_is_local_time(one_order: Sandbox, ask: Ask, start: str, found: int) -> None:
    """Offsets and Z are honoured; without them a date means the shop's zone."""
    query = "query q($from: DateTimeTz) { orders(where: {createdAt: {from: $from}}) { id } }"
    assert len(ask(one_order, query, **{"from": start})["data"]["orders"]) == found


@pytest.mark.parametrize(("inclusive", "found"), [(True, 1), (False, 0)])
def test_bounds_are_a_switch(ask: Ask, inclusive: bool, found: int) -> None:
    """Whether a range includes its bounds is undocumented, so the sandbox can do both."""
    moment = utc(2026, 1, 1, 12)
    noon = "2026-01-01T12:00:00Z"
    query = f'{{ orders(where: {{updatedAt: {{from: "{noon}", to: "{noon}"}}}}) {{ id }} }}'
    with Sandbox(products=1, orders=0, bounds_inclusive=inclusive) as sandbox:
        sandbox.shop.add_order(updatedAt=moment)
        assert len(ask(sandbox, query)["data"]["orders"]) == found


def test_date_that_is_none_is_refused(reader: Sandbox, ask: Ask) -> None:
    """Rubbish in a DateTimeTz is a GraphQL error."""
    answer = ask(reader, '{ orders(where: {createdAt: {from: "soon"}}) { id } }')
    assert answer["errors"][0]["extensions"]["category"] == "graphql"


def test_edit_moves_updated_at_to_the_clock(ask: Ask) -> None:
    """The clock can be set, and dates the edits and the HTTP answers."""
    with Sandbox(products=1, orders=3) as sandbox:
        sandbox.clock.set(utc(2027, 2, 1, 9, 30))
        sandbox.shop.update(sandbox.shop.orders[0], isLocked=True)
        answer = ask(sandbox, '{ orders(where: {updatedAt: {from: "2027-01-01"}}) { updatedAt } }')
        assert answer["data"]["orders"] == [{"updatedAt": "2027-02-01T10:30:00+01:00"}]
        assert sandbox.requests[0].at == utc(2027, 2, 1, 9, 30)
