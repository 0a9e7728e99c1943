"""Settings are checked before anything is requested, and say how they should be written."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from centra_source import setting_parsers as parsers
from centra_source.exceptions import InvalidSetting


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.centra.com/graphql",
        " https://shop.centraqa.com/graphql ",
        "http://127.0.0.1:8080/graphql",
        "http://localhost/graphql",
        "http://[::1]:80/graphql",
    ],
)
def test_usable_address_is_taken(address: str) -> None:
    """HTTPS anywhere, plain HTTP on this machine."""
    assert parsers.parse_address(address) == address.strip()


@pytest.mark.parametrize(
    ("address", "advice"),
    [
        ("shop.centra.com/graphql", "write it like https://your-shop.centra.com/graphql"),
        ("ftp://shop.centra.com/graphql", "not a web address"),
        ("", "not a web address"),
        ("https://shop.centra.com", "try https://shop.centra.com/graphql"),
        ("https://shop.centra.com/", "try https://shop.centra.com/graphql"),
        ("http://shop.centra.com/graphql", "must begin with https://"),
        ("http://127.0.0.1.example.com/graphql", "must begin with https://"),
        ("https://me:secret@shop.centra.com/graphql", "must not contain a user name"),
    ],
)
def test_unusable_address_says_what_to_write(address: str, advice: str) -> None:
    """No request is tried with an address that cannot be right."""
    with pytest.raises(InvalidSetting, match=advice) as caught:
        parsers.parse_address(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "token", ["", "  ", "two words", "line\nbreak", "smörgås", "Bearer ", '""', "Bearer two words"]
)
def test_unusable_token_is_refused_without_repeating_it(token: str) -> None:
    """A header cannot carry it, and an error must not show it."""
    with pytest.raises(InvalidSetting) as caught:
        parsers.parse_token(token)
    assert not token.strip() or token not in str(caught.value)


@pytest.mark.parametrize(
    "pasted",
    [
        " abc123\n",
        '"abc123"',
        "'abc123'",
        "`abc123`",
        "\u201cabc123\u201d",
        "\u201eabc123\u201c",
        "Bearer abc123",
        "bearer  abc123 ",
        '"Bearer abc123"',
        'Bearer "abc123"',
        "Authorization: Bearer abc123",
    ],
)
def test_what_is_pasted_around_a_token_is_dropped(pasted: str) -> None:
    """Copying from a page or a program brings a line break, quotes or the name of the scheme along."""
    assert parsers.parse_token(pasted) == "abc123"


@pytest.mark.parametrize("token", ["bearerabc", "abc'123", "Bearer-abc", "abcBearer"])
def test_token_keeps_what_is_its_own(token: str) -> None:
    """Only whole words before it and quotes around it are dropped."""
    assert parsers.parse_token(token) == token


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=timezone.utc)),
        ("2026-01-31T08:00:00+01:00", datetime(2026, 1, 31, 7, tzinfo=timezone.utc)),
        ("2026-01-31T08:00:00Z", datetime(2026, 1, 31, 8, tzinfo=timezone.utc)),
        (date(2026, 1, 31), datetime(2026, 1, 31, tzinfo=timezone.utc)),
    ],
)
def test_moment_is_read_as_utc(written: str | date, meant: datetime) -> None:
    """A date without a zone is UTC."""
    assert parsers.parse_moment(written, "start_date") == meant


@pytest.mark.parametrize("text", ["yesterday", "31/01/2026", "2026-13-01", ""])
def test_malformed_date_names_its_setting(text: str) -> None:
    """The error says which setting it is and shows a date that works."""
    with pytest.raises(InvalidSetting, match=r"end_date .* is not a date: write it like 2026-01-31"):
        parsers.parse_moment(text, "end_date")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90 minutes", timedelta(minutes=90)),
        ("1 hour", timedelta(hours=1)),
        ("30 Days", timedelta(days=30)),
        ("2weeks", timedelta(weeks=2)),
    ],
)
def test_duration_is_read_in_plain_units(text: str, length: timedelta) -> None:
    """A number and a unit, as one says it."""
    assert parsers.parse_duration(text, "lookback") == length


@pytest.mark.parametrize("text", ["soon", "3", "-1 hour", "1.5 hours", "2 moons"])
def test_malformed_duration_names_its_setting(text: str) -> None:
    """The error shows a length that works."""
    with pytest.raises(InvalidSetting, match=r"lookback .* write it like '90 minutes'"):
        parsers.parse_duration(text, "lookback")


@pytest.mark.parametrize("size", [0, 201, -1])
def test_page_size_outside_centras_range_is_refused(size: int) -> None:
    """Centra answers such a limit with an error."""
    with pytest.raises(InvalidSetting, match="1 to 200"):
        parsers.check_page_size(size)
