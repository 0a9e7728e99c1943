"""This machine's clock, and moments as servers print them."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from dlt.common.time import ensure_pendulum_datetime


def moment_of(text: str | None) -> datetime | None:
    """Reads an HTTP date or an ISO 8601 time; None for anything else."""
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
    """This machine's clock."""
    return datetime.now(timezone.utc)
