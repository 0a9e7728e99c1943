"""Every default of a load, and the checks that a setting must pass before anything is requested."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from dlt.common.time import ensure_pendulum_datetime

from .exceptions import InvalidSetting

START_DATE = "2000-01-01"
"""Nothing in Centra is older."""

LOOKBACK = "1 hour"
"""Re-read before the `updatedAt` bookmark: covers rows that Centra commits late and clocks that disagree."""

CREATED_LOOKBACK = "90 days"
"""Re-read before the `createdAt` bookmark, for objects whose later changes move no timestamp."""

PAGE_SIZE = 100
PAGE_SIZES = range(1, 201)
"""Centra refuses a `limit` outside 1 to 200."""

BATCH_PAGES = 40
"""Pages that become one set of Arrow tables; fewer cost more calls into dlt, more cost memory."""

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 120.0
"""Seconds without a byte; Centra promises no response time."""

RETRY_LIMIT = 900.0
"""Seconds that one request may take with all its retries."""

FIRST_CONTACT_LIMIT = 15.0
"""The same while no server has answered yet: a wrong host name should show soon."""

BACKOFF_FACTOR = 1.0
BACKOFF_CEILING = 60.0
"""Seconds: the first wait is up to the factor, each next one up to twice as long, never above the ceiling."""

WINDOW_ATTEMPTS = 3
"""How often a window is read before a gap between Centra's total and the rows read fails the load."""

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


def checked_range(start: datetime, end: datetime | None, *, full_refresh: bool) -> None:
    """Refuses a range that holds nothing, and a refresh that would leave only a part of the tables.

    Raises:
        InvalidSetting: The end is not after the start, or a full refresh has an end.
    """
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
