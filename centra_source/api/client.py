"""Executes operations of one shop: within its rate limits, and with retries."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pyarrow as pa
from dlt.common import logger
from graphql import ExecutionResult

from .. import settings
from ..exceptions import CentraError, QueryRefused, ServerBreakdown, ShopUnreachable
from ..misfits import Misfits
from ..operations.documents import Operation, load_operation
from .answers import Shape
from .operation_request import OperationRequest, Variables
from .page_size import PageSize
from .retries import Retries, Transient
from .throttle import QUERY_COMPLEXITY, Throttle
from .transport import CentraTransport, Reader

T = TypeVar("T")

LONGEST_VERSION = 100
"""Characters of Centra's version that are kept: it becomes part of the name of a file."""

LIMITS_ATTEMPTS = 3
"""How often the shop may break down over the query for its rate limits before it is read without them."""

MOST_HALVINGS = 10
"""How often the time limit of a request is halved at most, once for each request in a row that failed."""

LARGEST_INT = 2**31 - 1
"""The largest Int of GraphQL."""


@dataclass(frozen=True)
class Answer:
    """The answer to one operation, in Python objects.

    Attributes:
        data: The fields of the operation.
        complexity: Points that Centra charged.
        permissions: The permissions that Centra says the operation needed.
    """

    data: dict[str, Any]
    complexity: int
    permissions: frozenset[str]


@dataclass(frozen=True)
class ArrowAnswer:
    """The answer to one operation, in Arrow.

    Attributes:
        data: The fields of the operation. Null is None.
        complexity: Points that Centra charged.
    """

    data: dict[str, pa.Scalar | None]
    complexity: int


class Client:
    """Executes operations of one shop. One client serves all threads.

    Args:
        base_url: The address of the Integration API, ending in `/graphql`.
        access_token: An Integration API token.
        retries: How long and how often a request is sent again after a fault.
        throttle: Keeps within the shop's rate limits.

    Attributes:
        host: The shop's host name.
        throttle: As given.
        app_version: Centra's version, such as v1.83.0. None until the shop has answered.
        misfits: The values that do not fit what is known of Centra, by the name of the operation.

    Raises:
        InvalidSetting: The address or the token cannot work.
    """

    def __init__(self, base_url: str, access_token: str, retries: Retries, throttle: Throttle) -> None:
        self.throttle = throttle
        self.app_version: str | None = None
        self.misfits: defaultdict[str, Misfits] = defaultdict(Misfits)
        self._transport = CentraTransport(
            base_url, access_token, min(settings.ANSWER_LIMIT, max(retries.limit, settings.CONNECT_TIMEOUT))
        )
        self.base_url = self._transport.base_url
        self.host = urlsplit(self.base_url).hostname or ""
        self._retries = retries
        self._failures_in_a_row = 0
        self._limits_faults = 0
        self._limits_lock = threading.Lock()

    def execute(self, operation: Operation, variables: Variables) -> Answer:
        """Sends an operation until it is answered, and reads the answer into Python objects.

        Args:
            operation: The query or mutation.
            variables: Its variables.

        Raises:
            TokenRefused: HTTP 401 or 403, without a GraphQL error that is about a permission.
            PermissionMissing: A GraphQL error that is about a permission, under any HTTP status.
            QueryRefused: Any other GraphQL error, or a status that no retry changes.
            UnexpectedAnswer: A value has another type than the schema says.
            InvalidSetting: There is no Centra API at this address.
            ShopUnreachable: No usable answer within the limit, or the shop asks to wait for longer than that.
        """
        result = self._execute(operation, lambda: variables)
        used = (result.extensions or {}).get("permissionsUsed")
        permissions = frozenset(map(str, used)) if isinstance(used, list) else frozenset()
        return Answer(result.data or {}, _get_complexity(result), permissions)

    def execute_arrow(
        self,
        operation: Operation,
        variables: Callable[[], Variables],
        shape: Shape,
        page_size: PageSize,
        patience: int | None = None,
    ) -> ArrowAnswer:
        """Sends an operation until it is answered, and reads the answer into Arrow.

        Args:
            operation: The query.
            variables: Makes its variables, before each attempt.
            shape: Describes the answer.
            page_size: Shrinks after a timeout, a server error or a query that costs too much, and grows after
                an answer.
            patience: How often the shop may break down over the request, for a caller that can ask for less;
                None: as long as retries last, and never by a GraphQL error.

        Raises:
            CentraError: As `execute`.
            ServerBreakdown: The shop broke down over the request that often.
        """
        misfits = self.misfits[operation.name]

        def read(body: bytes, *, has_replaced_text: bool) -> ExecutionResult | None:
            return shape.read(body, misfits, has_replaced_text=has_replaced_text)

        result = self._execute(operation, variables, read, page_size, patience)
        return ArrowAnswer(result.data or {}, _get_complexity(result))

    def is_answering(self) -> bool:
        """Whether the shop answers a query that needs no permission, within seconds."""
        request = OperationRequest(load_operation("_greeting"), {})
        limit = min(settings.FIRST_CONTACT_LIMIT, self._retries.limit)
        try:
            replace(self._retries, limit=limit).call(lambda: self._send(request), lambda: False)
        except (Transient, CentraError):
            return False
        return True

    def server_now(self) -> datetime:
        """Returns the shop's time (UTC, whole seconds), by the `Date` header of its latest answer.

        Raises:
            CentraError: As `execute`, which the first call uses.
        """
        if self._transport.clock is None:
            self._retry(self._learn_limits, lambda: 0.0)
        assert self._transport.clock is not None, "every answer sets it"
        server_time, at = self._transport.clock
        return server_time + timedelta(seconds=int(monotonic() - at))

    def _execute(
        self,
        operation: Operation,
        variables: Callable[[], Variables],
        read: Reader | None = None,
        page_size: PageSize | None = None,
        patience: int | None = None,
    ) -> ExecutionResult:
        waited, breakdowns = 0.0, 0

        def attempt() -> ExecutionResult:
            nonlocal waited, breakdowns
            waited += self._learn_limits()
            rows = page_size.rows if page_size else 0
            request = OperationRequest(operation, variables())
            waited += self.throttle.acquire(request.costs)
            try:
                result = self._send(request, read)
            except Transient as fault:
                if page_size and fault.is_overload:
                    page_size.shrink(rows)
                breakdowns += fault.is_breakdown
                if fault.is_breakdown and breakdowns == patience:
                    raise ServerBreakdown(str(fault)) from fault
                raise
            except QueryRefused as refusal:
                if page_size and refusal.broken and patience is not None:
                    page_size.shrink(rows)
                    breakdowns += 1
                    if breakdowns == patience:
                        raise ServerBreakdown(str(refusal), refusal) from refusal
                    raise Transient(str(refusal)) from refusal
                if page_size and refusal.is_too_complex and rows > settings.PAGE_SIZES[0]:
                    page_size.shrink(rows)
                    raise Transient(str(refusal)) from refusal
                raise
            if page_size:
                page_size.grow()
            return result

        result = self._retry(attempt, lambda: waited)
        self._failures_in_a_row = 0
        return result

    def _retry(self, attempt: Callable[[], T], seconds_waited: Callable[[], float]) -> T:
        def is_first_contact() -> bool:
            return not self._transport.has_answered

        # A load that goes on without what fails would wait for each resource of a shop that is down.
        limit = self._retries.limit / 2 ** min(self._failures_in_a_row, MOST_HALVINGS)
        try:
            return replace(self._retries, limit=limit).call(attempt, is_first_contact, seconds_waited)
        except Transient as fault:
            self._failures_in_a_row += 1
            advice = "check base_url and the network" if is_first_contact() else "try again later"
            raise ShopUnreachable(f"{fault}: {advice}.") from fault

    def _learn_limits(self) -> float:
        """Requests the shop's quotas and what is left of them, if the throttle does not know them.

        Returns:
            Seconds spent waiting for that.
        """
        with self._limits_lock:
            if not self.throttle.is_stale:
                return 0.0
            request = OperationRequest(load_operation("_rate_limits"), {})
            waited = self.throttle.acquire(request.costs)
            try:
                limits = (self._send(request).data or {}).get("rateLimits")
            except (QueryRefused, Transient) as refusal:
                if isinstance(refusal, Transient):
                    self._limits_faults += 1
                    if not refusal.is_overload or self._limits_faults < LIMITS_ATTEMPTS:
                        raise
                self._send(OperationRequest(load_operation("_greeting"), {}))
                logger.warning(
                    f"{self.host} does not show its rate limits, so only HTTP 429 slows down: {refusal}"
                )
                limits = None
            self._limits_faults = 0
            self.throttle.update(limits)
            return waited

    def _send(self, request: OperationRequest, read: Reader | None = None) -> ExecutionResult:
        try:
            result = self._transport.execute(request, read=read)
        except Transient as fault:
            if fault.is_rate_limit:
                self.throttle.record_refusal(fault.retry_after)
            raise
        except QueryRefused as refusal:
            refusal.query = request.payload["query"]
            raise
        if charged := _get_complexity(result):
            self.throttle.settle(QUERY_COMPLEXITY, request.costs[QUERY_COMPLEXITY], charged)
        version = (result.extensions or {}).get("appVersion")
        if version and isinstance(version, str):
            self.app_version = version[:LONGEST_VERSION]
        return result


def _get_complexity(result: ExecutionResult) -> int:
    """Returns the points that Centra charged. 0 if the answer does not say, or says no possible number."""
    points = (result.extensions or {}).get("complexity")
    return points if isinstance(points, int) and 0 < points <= LARGEST_INT else 0
