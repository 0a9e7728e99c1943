"""Which faults are retried, when and how often."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from dlt.common import logger
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from .. import settings
from ..clock import parse_http_time, utc_now
from .notices import Notices

T = TypeVar("T")


REQUEST_TIMEOUT, TOO_EARLY, TOO_MANY_REQUESTS, CLIENT_CLOSED_REQUEST = 408, 425, 429, 499

RETRIED_STATUSES = (REQUEST_TIMEOUT, TOO_EARLY, TOO_MANY_REQUESTS, CLIENT_CLOSED_REQUEST)
"""The HTTP statuses below 500 that are retried. So is every server error, from 500 on.

Centra answers 499 "when the execution takes too much time", and asks to try again after a 500."""
# centra.dev/integration-api/best-practices/handling-errors


BREAKDOWN_STATUSES = (CLIENT_CLOSED_REQUEST, 500, 504)
"""The statuses by which Centra, or a server before it, says that it failed over a request or took too
long."""


class Transient(Exception):
    """A fault after which a later attempt may succeed.

    Attributes:
        retry_after: Seconds that the server asks to wait.
        is_overload: The shop took too long or failed: a smaller request may succeed.
        is_rate_limit: The shop rejected the request because of its rate limits.
        is_breakdown: The shop may fail over this request each time, while it answers others.
    """

    def __init__(
        self,
        message: str,
        retry_after: float | None = None,
        *,
        is_overload: bool = False,
        is_rate_limit: bool = False,
        is_breakdown: bool = False,
    ) -> None:
        super().__init__(message)
        self.is_breakdown = is_breakdown
        self.retry_after = retry_after
        self.is_overload = is_overload
        self.is_rate_limit = is_rate_limit


@dataclass(frozen=True)
class Retries:
    """Capped, jittered, exponential waits. A wait that the server asks for is kept to the second.

    Attributes:
        limit: Seconds that one request may take, all attempts and waits included.
        backoff_factor: The longest first wait, in seconds.
        sleep: Waits for a number of seconds.
    """

    limit: float = settings.RETRY_LIMIT
    backoff_factor: float = settings.BACKOFF_FACTOR
    sleep: Callable[[float], None] = time.sleep
    notices: Notices = field(default_factory=Notices, repr=False, compare=False)

    def call(
        self,
        attempt: Callable[[], T],
        is_first_contact: Callable[[], bool],
        seconds_waited: Callable[[], float] = lambda: 0.0,
    ) -> T:
        """Calls `attempt` until it returns.

        Args:
            attempt: Raises Transient if another attempt may succeed.
            is_first_contact: Whether no server has answered yet.
            seconds_waited: Seconds that the attempts waited for the throttle, which do not count.

        Raises:
            Transient: The last fault, if the next attempt would begin after the limit.
        """

        def find_limit() -> float:
            return min(self.limit, settings.FIRST_CONTACT_LIMIT) if is_first_contact() else self.limit

        def find_seconds(state: RetryCallState) -> float:
            return (state.seconds_since_start or 0.0) - seconds_waited() + state.upcoming_sleep

        def is_over(state: RetryCallState) -> bool:
            return find_seconds(state) > find_limit()

        def log_retry(state: RetryCallState) -> None:
            fault, seconds = _fault_of(state), find_seconds(state)
            logger.info(f"{fault}; attempt {state.attempt_number + 1} in {state.upcoming_sleep:.1f} s")
            if seconds >= settings.NOTABLE_WAIT:
                left = find_limit() - seconds + state.upcoming_sleep
                self.notices.warn(f"{fault}, and is tried again", left)

        retrying = Retrying(
            sleep=self.sleep,
            retry=retry_if_exception_type(Transient),
            wait=self._wait,
            stop=is_over,
            before_sleep=log_retry,
            reraise=True,
        )
        return retrying(attempt)

    def _wait(self, state: RetryCallState) -> float:
        retry_after = _fault_of(state).retry_after
        if retry_after is not None:
            return retry_after + random.uniform(0, self.backoff_factor)
        ceiling = min(settings.BACKOFF_CEILING, self.backoff_factor * 2 ** (state.attempt_number - 1))
        return random.uniform(ceiling / 2, ceiling)


def is_retried_status(status: int) -> bool:
    """Whether a request with this HTTP status is sent again."""
    return status >= 500 or status in RETRIED_STATUSES


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Returns the seconds of a `Retry-After` header, or None if there is none that can be read.

    Centra documents a timestamp but not its form. These forms are read: seconds, Unix time, HTTP date and
    ISO 8601. Moments are measured by the server's own clock, from the `Date` header of the same answer.
    """
    text = headers.get("Retry-After", "").strip()
    now = parse_http_time(headers.get("Date")) or utc_now()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        number = float(text)
        is_unix_time = number > 1e9
        return max(0.0, number - now.timestamp()) if is_unix_time else number
    moment = parse_http_time(text)
    return max(0.0, (moment - now).total_seconds()) if moment else None


def _fault_of(state: RetryCallState) -> Transient:
    fault = state.outcome.exception() if state.outcome else None
    assert isinstance(fault, Transient), "nothing else is retried"
    return fault
