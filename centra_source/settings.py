"""Every default of a load, and the checks that a setting must pass before anything is requested."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import urlsplit

import orjson
from dlt.common.time import ensure_pendulum_datetime

from .exceptions import InvalidSetting

START_DATE = "2000-01-01"
"""Nothing in Centra is older."""

LOOKBACKS = {"updatedAt": timedelta(hours=1), "createdAt": timedelta(days=90)}
"""Re-read before a bookmark, by its field. The hour covers rows that Centra commits late and clocks that
disagree; the quarter also what changes without moving a timestamp, such as a return that is completed."""

WINDOW_ROWS = 10_000
"""Objects that one window may hold: longer stretches of time are cut, so that a gap costs little."""

PAGE_SIZES = range(1, 201)
"""Centra refuses a `limit` outside 1 to 200."""

PAGE_COST_FACTOR = 2
"""A page may cost twice of what would use up points and requests together: small resources cannot reach that
price with 200 objects, and so the dear ones leave them requests."""

PAGE_GROWTH = 10
"""Answers after which a page size that was cut down is as large as before."""

BATCH_ROWS = 10_000
"""Objects that become one set of Arrow tables; fewer cost more calls into dlt, more cost memory."""

PARALLEL_REQUESTS = 8
"""Requests under way at once; how many are sent is up to the throttle."""

PARALLEL_WINDOWS, PARALLEL_PAGES = 8, 10
"""A stretch of time is read in so many windows at once, but none of them is to be cut below so many pages."""

PAGES_AHEAD = 3
"""Pages of one window that wait in memory while earlier ones are written."""

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 120.0
"""Seconds without a byte; Centra promises no response time."""

RETRY_LIMIT = 900.0
"""Seconds that one request may take with all its retries."""

FIRST_CONTACT_LIMIT = 15.0
"""The same while no server has answered yet: a wrong host name should show soon."""

QUOTA_SHARE = 0.8
"""Of each of Centra's rate limits: the rest is left to the shop's other systems, which share them."""

BACKOFF_FACTOR = 1.0
BACKOFF_CEILING = 60.0
"""Seconds: the first wait is up to the factor, each next one up to twice as long, never above the ceiling."""

WINDOW_ATTEMPTS = 3
"""How often a window is read before a gap between Centra's total and the rows read fails the load."""

EVENT_POLICIES = ("auto", "on", "off")

EVENTS_LIMIT = 200
"""Events that one request takes from the queue; Centra documents no greater number."""

SWEEP_ROWS, SWEEP_SHARE = 50, 0.1
"""More rows gone than this, and a greater share, look like a token that sees less than it did."""

PII_ACTIONS = ("keep", "hash", "drop")
"""What may become of personal data; kept unless told otherwise."""

PII_SECRET_LENGTH = 32
"""Characters: whoever can guess the secret finds the e-mail address behind a hash by trying them all."""

_UNITS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}


def checked_address(base_url: str) -> str:
    """Returns the address to post to, or says how it should be written.

    Raises:
        InvalidSetting: No web address, no `/graphql` at its end, credentials inside, or plain HTTP to
            anything but this machine (the token would travel in the clear).
    """
    address = base_url.strip()
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidSetting(
            f"base_url '{address}' is no web address: write it like https://your-shop.centra.com/graphql."
        )
    if parts.username or parts.password:
        raise InvalidSetting(
            "base_url must not hold a user name or password: put the token into access_token."
        )
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise InvalidSetting(
            f"base_url must begin with https://, or the token would travel readable: https://{parts.netloc}{parts.path}"
        )
    if not parts.path.rstrip("/").endswith("/graphql"):
        raise InvalidSetting(
            f"base_url must end in /graphql: try {parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/graphql"
        )
    return address


def checked_token(access_token: str) -> str:
    """Returns the token without surrounding white space; never repeats it in an error.

    Raises:
        InvalidSetting: The token is empty or holds characters that no header can carry.
    """
    token = access_token.strip()
    if not token:
        raise InvalidSetting("access_token is empty: make one in Centra under System > API Tokens.")
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise InvalidSetting(
            "access_token holds blanks or special characters: copy it once more from Centra."
        )
    return token


def checked_page_size(page_size: int) -> int:
    """Returns the number of root objects per request.

    Raises:
        InvalidSetting: Outside Centra's 1 to 200.
    """
    if page_size not in PAGE_SIZES:
        raise InvalidSetting(f"page_size is {page_size}, but Centra takes 1 to 200.")
    return page_size


def parse_moment(value: str | date, name: str) -> datetime:
    """Reads a date or date-time as a moment in UTC; one without a zone is taken as UTC.

    Raises:
        InvalidSetting: Not an ISO 8601 date; the text names the setting `name`.
    """
    try:
        return ensure_pendulum_datetime(value)
    except ValueError as error:
        raise InvalidSetting(
            f"{name} '{value}' is no date: write it like 2026-01-31 or 2026-01-31T08:00:00+01:00."
        ) from error


def parse_duration(value: str, name: str) -> timedelta:
    """Reads a length of time such as "90 minutes", "2 hours" or "30 days".

    Raises:
        InvalidSetting: Not a whole number and a unit from second to week; the text names the setting `name`.
    """
    match = re.fullmatch(r"\s*(\d+)\s*([a-z]+?)s?\s*", value.lower())
    if not match or match[2] not in _UNITS:
        raise InvalidSetting(
            f"{name} '{value}' is no length of time: write it like '90 minutes' or '30 days'."
        )
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def parse_lookbacks(
    value: str | Mapping[str, str] | None, resources: Collection[str]
) -> dict[str, timedelta]:
    """The look-backs that are set, by resource.

    Args:
        value: A length of time for all resources, or a mapping from resources to lengths (from an environment
            variable: as JSON).
        resources: Those that have a bookmark.

    Raises:
        InvalidSetting: No length of time, or a resource that has no bookmark.
    """
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = cast(Mapping[str, str], orjson.loads(value))
        except orjson.JSONDecodeError as error:
            raise InvalidSetting(f"lookback is no JSON object ({error}): mend its quotes.") from error
    given = dict.fromkeys(resources, value) if isinstance(value, str) else value or {}
    for name in given:
        if name not in resources:
            raise InvalidSetting(
                f"lookback names '{name}', which has no bookmark: there are {', '.join(resources)}."
            )
    return {name: parse_duration(text, f"lookback of {name}") for name, text in given.items()}


def parse_pii(value: str | Mapping[str, Any] | None, fields: Collection[str]) -> dict[str, str]:
    """What becomes of each field that holds personal data.

    Args:
        value: One of PII_ACTIONS for all fields, or a mapping from fields and "default" to them (from an
            environment variable: as JSON). Left out, all are kept.
        fields: Those that hold personal data, such as `Address.city`.

    Raises:
        InvalidSetting: Another word, or a field that is not one of them.
    """
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = cast(Mapping[str, Any], orjson.loads(value))
        except orjson.JSONDecodeError as error:
            raise InvalidSetting(f"pii is no JSON object ({error}): mend its quotes.") from error
    if not isinstance(value, Mapping):
        value = {"default": PII_ACTIONS[0] if value is None else value}
    given: dict[str, Any] = {}
    for name, action in value.items():
        # `Address.city = "keep"` without quotes around the name is a table inside a table to TOML.
        inner = action.items() if isinstance(action, Mapping) else ()
        given |= {f"{name}.{field}": one for field, one in inner} if inner else {name: action}
    for name, action in given.items():
        if name != "default" and name not in fields:
            raise InvalidSetting(
                f"pii names '{name}', which is no field with personal data: {did_you_mean(name, fields)}"
            )
        if action not in PII_ACTIONS:
            place = "pii" if name == "default" else f"pii of {name}"
            hint = did_you_mean(str(action), PII_ACTIONS)
            raise InvalidSetting(f"{place} is '{action}', but it is keep, hash or drop: {hint}")
    default = given.pop("default", PII_ACTIONS[0])
    return dict.fromkeys(fields, default) | given


def checked_pii_secret(secret: str | None) -> str:
    """Returns the secret that personal data is hashed with; never repeats it in an error.

    Raises:
        InvalidSetting: There is none, or it is short enough to be guessed.
    """
    secret = (secret or "").strip()
    if len(secret) < PII_SECRET_LENGTH:
        fault = f"has {len(secret)} characters" if secret else "is missing"
        raise InvalidSetting(
            f"pii is to be hashed, but pii_secret {fault}: put {PII_SECRET_LENGTH} random characters or more "
            'into .dlt/secrets.toml, by python -c "import secrets; print(secrets.token_hex(32))".'
        )
    return secret


def checked_count(value: int, name: str) -> int:
    """Returns a number of things of which there must be one.

    Raises:
        InvalidSetting: Below 1; the text names the setting `name`.
    """
    if value < 1:
        raise InvalidSetting(f"{name} is {value}, but it must be at least 1.")
    return value


def checked_quota_share(quota_share: float) -> float:
    """Returns the share of Centra's rate limits to use.

    Raises:
        InvalidSetting: Not above 0 and up to 1.
    """
    if not 0 < quota_share <= 1:
        raise InvalidSetting(f"quota_share is {quota_share}, but a share is above 0 and up to 1.")
    return quota_share


def checked_choice(value: str, choices: Collection[str], name: str) -> str:
    """Returns one of a few words.

    Raises:
        InvalidSetting: Another word; the text names the setting `name`.
    """
    if value not in choices:
        raise InvalidSetting(f"{name} is '{value}': choose {' or '.join(choices)}.")
    return value


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Says which valid names are nearest to a wrong one: "did you mean orders or order_lines?"."""
    spelled = {one.lower(): one for one in known}
    close = get_close_matches(name.lower(), spelled, 3) or get_close_matches(name.lower(), spelled, 3, 0.0)
    return f"did you mean {' or '.join(spelled[one] for one in close)}?"


def nearest(name: str, names: Collection[str]) -> list[str]:
    """The valid names that a wrong one resembles, the closest first; all of them if it resembles none."""
    return get_close_matches(name, names, cutoff=0.5) or sorted(names)


def parse_names(value: str | Sequence[str] | None, name: str) -> list[str]:
    """Reads a list of names; from an environment variable as JSON, or with commas between them.

    Raises:
        InvalidSetting: No JSON, though it begins like it; the text names the setting `name`.
    """
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = cast(list[str], orjson.loads(value))
        except orjson.JSONDecodeError as error:
            raise InvalidSetting(f"{name} is no JSON list ({error}): mend its quotes.") from error
    given = value.split(",") if isinstance(value, str) else value or ()
    return [text.strip() for text in given if text.strip()]


def parse_wide_attributes(
    value: str | Sequence[str] | None, owners: Collection[str]
) -> dict[str, frozenset[str]]:
    """The custom attributes that become columns, by the kind of object; none named: all of them.

    Args:
        value: "all", or names such as "order.ge_order_details" and "product.pr_materials.material".
        owners: The kinds of objects that have custom attributes.

    Raises:
        InvalidSetting: A name without an attribute, or of an object that has none.
    """
    names = parse_names(value, "wide_attributes")
    if "all" in names:
        return dict.fromkeys(owners, frozenset())
    chosen: dict[str, frozenset[str]] = {}
    for name in names:
        owner, _, attribute = name.partition(".")
        if owner not in owners or not attribute:
            near = [f"{known}.{attribute or '<type>'}" for known in nearest(owner, owners)]
            raise InvalidSetting(
                f"wide_attributes names '{name}', which is no attribute: write 'all' or {' or '.join(near)}."
            )
        chosen[owner] = chosen.get(owner, frozenset()) | {attribute}
    return chosen


def parse_languages(value: str | Sequence[str] | None, name: str) -> frozenset[str]:
    """Language codes such as "sv" and "en-GB", in lower case.

    Raises:
        InvalidSetting: No language code; the text names the setting `name`.
    """
    codes = parse_names(value, name)
    for code in codes:
        if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*", code):
            raise InvalidSetting(f"{name} names '{code}': write language codes like 'sv' or 'en-GB'.")
    return frozenset(code.lower() for code in codes)


def checked_range(
    start: datetime, end: datetime | None, *, full_refresh: bool, until: datetime | None = None
) -> None:
    """Refuses a range that holds nothing, and a refresh that would leave only a part of the tables.

    Raises:
        InvalidSetting: The end is not after the start, or a full refresh has an end, or a range has two.
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


def _is_loopback(hostname: str) -> bool:
    try:
        return ip_address(hostname).is_loopback
    except ValueError:
        return hostname == "localhost"
