"""Parses and checks the values of settings, before anything is requested."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import orjson
from dlt.common.time import ensure_pendulum_datetime

from .exceptions import InvalidSetting
from .settings import PAGE_SIZES, PII_ACTIONS, PII_SECRET_LENGTH
from .spelling import did_you_mean

_UNITS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}


def parse_address(base_url: str) -> str:
    """Returns the address to post to, without surrounding white space.

    Raises:
        InvalidSetting: It is not a web address, does not end in `/graphql`, contains credentials, or uses
            plain HTTP to another machine, which would send the token unencrypted.
    """
    address = base_url.strip()
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidSetting(
            f"base_url '{address}' is not a web address: write it like https://your-shop.centra.com/graphql."
        )
    if parts.username or parts.password:
        raise InvalidSetting(
            "base_url must not contain a user name or password: put the token into access_token."
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise InvalidSetting(
            "base_url must begin with https://, or the token would be sent unencrypted: "
            f"https://{parts.netloc}{parts.path}"
        )
    if not parts.path.rstrip("/").endswith("/graphql"):
        raise InvalidSetting(
            f"base_url must end in /graphql: try {parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/graphql"
        )
    return address


def is_loopback(hostname: str) -> bool:
    """Whether a host name or IP address is this machine."""
    try:
        return ip_address(hostname).is_loopback
    except ValueError:
        return hostname == "localhost"


def parse_token(access_token: str) -> str:
    """Returns the token without surrounding white space and quotes, and without `Bearer` before it.

    No error ever repeats it.

    Raises:
        InvalidSetting: The token is empty or contains characters that an HTTP header cannot carry.
    """
    token = re.sub(
        r"^(?:[\s\"'`\u2018-\u201f]|authorization:|bearer\s)+", "", access_token, flags=re.IGNORECASE
    )
    token = token.rstrip("\"'`\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f \t\r\n")
    if not token:
        raise InvalidSetting("access_token is empty: create one in Centra under System > API Tokens.")
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise InvalidSetting("access_token contains blanks or special characters: copy it from Centra again.")
    return token


def check_page_size(page_size: int) -> int:
    """Returns the number of root objects per request.

    Raises:
        InvalidSetting: It is outside Centra's range of 1 to 200.
    """
    if page_size not in PAGE_SIZES:
        raise InvalidSetting(f"page_size is {page_size}, but Centra accepts 1 to 200.")
    return page_size


def check_count(value: int, name: str) -> int:
    """Returns a number that must be at least 1.

    Raises:
        InvalidSetting: It is below 1. The text names the setting `name`.
    """
    if value < 1:
        raise InvalidSetting(f"{name} is {value}, but it must be at least 1.")
    return value


def check_quota_share(quota_share: float) -> float:
    """Returns the share of Centra's rate limits to use.

    Raises:
        InvalidSetting: It is not above 0 and up to 1.
    """
    if not 0 < quota_share <= 1:
        raise InvalidSetting(f"quota_share is {quota_share}, but it must be above 0 and at most 1.")
    return quota_share


def check_choice(value: str, choices: Collection[str], name: str) -> str:
    """Returns a value that must be one of a few words.

    Raises:
        InvalidSetting: It is another word. The text names the setting `name`.
    """
    if value not in choices:
        raise InvalidSetting(f"{name} is '{value}': choose {' or '.join(choices)}.")
    return value


def check_range(
    start: datetime, end: datetime | None, *, full_refresh: bool, until: datetime | None = None
) -> None:
    """Rejects a time range that is empty, and a refresh that would leave only a part of the tables.

    Raises:
        InvalidSetting: The end is not after the start, a full refresh has an end, or a range has two ends.
    """
    if until and (end or full_refresh):
        other = (
            "a full refresh replaces the tables up to now" if full_refresh else "end_date closes the range"
        )
        raise InvalidSetting(
            f"until is for loads that move the bookmarks, and {other}: leave one of them out."
        )
    if end is None:
        return
    if full_refresh:
        raise InvalidSetting("A full refresh replaces the tables up to now: leave end_date out.")
    if end <= start:
        raise InvalidSetting(
            f"start_date {start:%Y-%m-%d %H:%M} is not before end_date {end:%Y-%m-%d %H:%M}: swap them."
        )


def parse_moment(value: str | date, name: str) -> datetime:
    """Returns a date or date-time as a moment in UTC. A value without a time zone is UTC.

    Raises:
        InvalidSetting: It is not an ISO 8601 date. The text names the setting `name`.
    """
    try:
        return ensure_pendulum_datetime(value)
    except ValueError as error:
        raise InvalidSetting(
            f"{name} '{value}' is not a date: write it like 2026-01-31 or 2026-01-31T08:00:00+01:00."
        ) from error


def parse_duration(value: str, name: str) -> timedelta:
    """Returns a duration such as "90 minutes", "2 hours" or "30 days".

    Raises:
        InvalidSetting: It is not a whole number and a unit from second to week. The text names the setting
            `name`.
    """
    match = re.fullmatch(r"\s*(\d+)\s*([a-z]+?)s?\s*", value.lower())
    if not match or match[2] not in _UNITS:
        raise InvalidSetting(f"{name} '{value}' is not a duration: write it like '90 minutes' or '30 days'.")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def parse_pii(value: str | Mapping[str, Any] | None, fields: Collection[str]) -> dict[str, str]:
    """Returns what happens to each field that contains personal data: one of PII_ACTIONS.

    Args:
        value: One of PII_ACTIONS for all fields, or a mapping from fields and "default" to them (in an
            environment variable: as JSON). Default: all are kept.
        fields: The fields that contain personal data, such as `Address.city`.

    Raises:
        InvalidSetting: It contains another word, or a field that is not one of them.
    """
    value = parse_json(value, dict, "pii")
    if not isinstance(value, Mapping):
        value = {"default": PII_ACTIONS[0] if value is None else value}
    given: dict[str, Any] = {}
    for name, action in value.items():
        # `Address.city = "keep"` without quotes around the name is a table inside a table in TOML.
        inner = action.items() if isinstance(action, Mapping) else ()
        given |= {f"{name}.{field}": one for field, one in inner} if inner else {name: action}
    for name, action in given.items():
        if name != "default" and name not in fields:
            raise InvalidSetting(
                f"pii names '{name}', which is not a field with personal data: {did_you_mean(name, fields)}"
            )
        if action not in PII_ACTIONS:
            place = "pii" if name == "default" else f"pii of {name}"
            hint = did_you_mean(str(action), PII_ACTIONS)
            raise InvalidSetting(f"{place} is '{action}', but it must be keep, hash or drop: {hint}")
    default = given.pop("default", PII_ACTIONS[0])
    return dict.fromkeys(fields, default) | given


def parse_pii_secret(secret: str | None) -> str:
    """Returns the secret that personal data is hashed with. No error ever repeats it.

    Raises:
        InvalidSetting: It is missing, or short enough to be guessed.
    """
    secret = (secret or "").strip()
    if len(secret) < PII_SECRET_LENGTH:
        fault = f"has {len(secret)} characters" if secret else "is missing"
        raise InvalidSetting(
            f"pii is set to hash, but pii_secret {fault}: put {PII_SECRET_LENGTH} random characters or more "
            'into .dlt/secrets.toml. To make some: python -c "import secrets; print(secrets.token_hex(32))".'
        )
    return secret


def parse_names(value: str | Sequence[str] | None, name: str) -> list[str]:
    """Returns a list of names. In an environment variable it is JSON, or separated by commas.

    Raises:
        InvalidSetting: It starts like a JSON list but is not one. The text names the setting `name`.
    """
    value = parse_json(value, list, name)
    given = value.split(",") if isinstance(value, str) else value or ()
    return [text.strip() for text in given if text.strip()]


def parse_languages(value: str | Sequence[str] | None, name: str) -> frozenset[str]:
    """Returns language codes such as "sv" and "en-gb", in lower case.

    Raises:
        InvalidSetting: A name is not a language code. The text names the setting `name`.
    """
    codes = parse_names(value, name)
    for code in codes:
        if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*", code):
            raise InvalidSetting(f"{name} names '{code}': write language codes like 'sv' or 'en-GB'.")
    return frozenset(code.lower() for code in codes)


def parse_json(value: Any, kind: type[dict[str, Any]] | type[list[Any]], name: str) -> Any:
    """Parses a text that starts like a JSON object or list. Returns any other value as it is."""
    opening, noun = ("{", "object") if kind is dict else ("[", "list")
    if not isinstance(value, str) or not value.lstrip().startswith(opening):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise InvalidSetting(f"{name} is not a valid JSON {noun} ({error}): fix its quotes.") from error
