"""Times in UTC: now by this machine's clock, and those in HTTP headers."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from dlt.common.time import ensure_pendulum_datetime


def parse_http_time(text: str | None) -> datetime | None:
    """Returns the moment (UTC) of an HTTP date or an ISO 8601 time; None for anything else."""
    if not text:
        return None
    try:
        return parsedate_to_datetime(text).astimezone(timezone.utc)
    except (TypeError, ValueError):
        pass
    try:
        return ensure_pendulum_datetime(text)
    except ValueError:
        return None


def utc_now() -> datetime:
    """Returns the time (UTC) of this machine's clock."""
    return datetime.now(timezone.utc)
