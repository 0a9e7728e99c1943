"""Says what a load waits for, once in a while: several threads wait for the same thing."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock
from time import monotonic

from dlt.common import logger

from .. import settings
from ..clock import utc_now


class Notices:
    """Warns about long waits, at most once in `settings.NOTICE_INTERVAL`."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._next = 0.0

    def warn(self, reason: str, seconds: float) -> None:
        """Logs what is waited for, and until when.

        Args:
            reason: A sentence without its full stop.
            seconds: How long the wait takes at most, from now on.
        """
        with self._lock:
            if monotonic() < self._next:
                return
            self._next = monotonic() + settings.NOTICE_INTERVAL
        end = utc_now() + timedelta(seconds=seconds)
        logger.warning(f"{reason}. Waiting until {end:%Y-%m-%d %H:%M:%S} UTC at the latest.")
