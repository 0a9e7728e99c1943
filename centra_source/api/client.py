"""One POST to Centra: sent, retried while that can help, and its errors told apart."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, NoReturn, TypeVar, cast
from urllib.parse import urlsplit

import orjson
import pyarrow as pa
import requests
from gql import GraphQLRequest
from gql.transport.exceptions import TransportConnectionFailed
from gql.transport.requests import RequestsHTTPTransport
from graphql import ExecutionResult, FieldNode, OperationType

from .. import settings
from ..clock import moment_of, utc_now
from ..exceptions import ShopUnreachable, UnexpectedAnswer
from ..operations.complexity import calculate_complexity
from ..operations.documents import Operation, get_definition, load_operation
from ..setting_parsers import parse_address, parse_token
from .answers import Shape
from .errors import TOO_MANY_REQUESTS, _kind, _raise_for_errors, _UnwantedStatus
from .page_size import PageSize
from .retries import Retries, Transient
from .throttle import MUTATION_COUNT, QUERY_COMPLEXITY, REQUEST_COUNT, Throttle

BYTE_ENCODING = "latin-1"

# On the level DEBUG gql logs whole answers, with all the personal data in them.
logging.getLogger("gql.transport.requests").setLevel(logging.INFO)

T = TypeVar("T")

Variables = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What one request brought.

    Attributes:
        data: In Arrow where a shape was given.
        complexity: Points that Centra charged.
        permissions: What the token needed for it; left out where a shape was given.
    """

    data: dict[str, Any]
    complexity: int
    permissions: frozenset[str] = frozenset()


class Client:
    """Posts operations to one shop; each thread keeps a connection of its own alive.

    Args:
        base_url: Centra's address, ending in `/graphql`.
        access_token: An Integration API token; sent as a Bearer header and kept nowhere else.
        retries: How long and how patiently faults are met.
        throttle: Keeps within the shop's limits.

    Attributes:
        app_version: Centra's version, such as v1.83.0, once the shop has answered.

    Raises:
        InvalidSetting: The address or the token cannot work.
    """

    def __init__(
        self, base_url: str, access_token: str, retries: Retries, throttle: Throttle | None = None
    ) -> None:
        self.base_url = parse_address(base_url)
        self.host = urlsplit(self.base_url).hostname or ""
        self.throttle = throttle or Throttle()
        self._retries = retries
        self._learning = threading.Lock()
        self._has_answered = False
        self._clock: tuple[datetime, float] | None = None
        self.app_version: str | None = None
        self._auth = _BearerToken(parse_token(access_token))
        self._of_thread = threading.local()

    def execute(
        self,
        operation: Operation,
        variables: Variables | Callable[[], Variables],
        shape: Shape | None = None,
        page_size: PageSize | None = None,
    ) -> Answer:
        """Sends one operation until it is answered.

        Args:
            operation: The query or mutation.
            variables: Its variables, or what makes them for each attempt.
            shape: Reads the answer into Arrow; without it, it is read into Python's objects.
            page_size: Told how the shop copes.

        Raises:
            TokenRefused: HTTP 401 or 403.
            PermissionMissing: A GraphQL error that names a permission.
            QueryRefused: Any other GraphQL error, or a status that no retry changes.
            UnexpectedAnswer: A value is of another type than the schema says.
            InvalidSetting: Nothing of Centra's is at this address.
            ShopUnreachable: No usable answer within the limit, or told to wait beyond it.
        """
        waited = 0.0

        def attempt() -> Answer:
            nonlocal waited
            waited += self._learn_limits()
            rows = page_size.rows if page_size else 0
            request = _PrintedRequest(operation, variables() if callable(variables) else variables)
            waited += self.throttle.acquire(request.costs)
            try:
                answer = self._post(request, shape)
            except Transient as fault:
                if page_size and fault.is_overload:
                    page_size.shrink(rows)
                raise
            if page_size:
                page_size.grow()
            return answer

        return self._persist(attempt, lambda: waited)

    def _persist(self, attempt: Callable[[], T], seconds_waited: Callable[[], float]) -> T:
        try:
            return self._retries.call(attempt, lambda: not self._has_answered, seconds_waited)
        except Transient as fault:
            advice = "try again later" if self._has_answered else "check base_url and the network"
            raise ShopUnreachable(f"{fault}: {advice}.") from fault

    def _learn_limits(self) -> float:
        """Asks for the shop's quotas and what is left of them, unless what is known still holds.

        Returns:
            Seconds spent waiting for that.
        """
        with self._learning:
            if not self.throttle.is_stale:
                return 0.0
            request = _PrintedRequest(load_operation("_rate_limits"), {})
            waited = self.throttle.acquire(request.costs)
            self.throttle.update(self._post(request, None).data["rateLimits"] or ())
            return waited

    def server_now(self) -> datetime:
        """The shop's clock (UTC, whole seconds), by the `Date` header of its latest answer.

        Raises:
            CentraError: As `execute`, which it asks on the first call.
        """
        if self._clock is None:
            self._persist(self._learn_limits, lambda: 0.0)
        assert self._clock is not None, "every answer sets it"
        server_time, at = self._clock
        return server_time + timedelta(seconds=int(monotonic() - at))

    def _post(self, request: _PrintedRequest, shape: Shape | None) -> Answer:
        timeouts = (settings.CONNECT_TIMEOUT, settings.READ_TIMEOUT)
        transport = self._transport()
        try:
            body = _body_of(transport.execute(request, extra_args={"timeout": timeouts}))
        except TransportConnectionFailed as error:
            self._raise_for_failed_connection(error)
        self._has_answered = True
        answer = self._read(request, body, shape)
        if answer.complexity:
            self.throttle.settle(QUERY_COMPLEXITY, request.costs[QUERY_COMPLEXITY], answer.complexity)
        headers = transport.response_headers
        date = headers.get("Date") if headers else None
        self._clock = (moment_of(date) or utc_now(), monotonic())
        return answer

    def _transport(self) -> RequestsHTTPTransport:
        """The connection of the present thread: gql keeps what belongs to a single request in it."""
        if not hasattr(self._of_thread, "transport"):
            self._of_thread.transport = RequestsHTTPTransport(
                self.base_url,
                auth=self._auth,
                json_deserialize=_unread,
                hooks={"response": _checked_response},
                allow_redirects=False,
            )
            self._of_thread.transport.connect()
            _look_at_environment_once(self._of_thread.transport.session, self.base_url)
        transport: RequestsHTTPTransport = self._of_thread.transport
        return transport

    def _read(self, request: _PrintedRequest, body: bytes, shape: Shape | None) -> Answer:
        misfit = None
        if shape:
            try:
                read = shape.read(body)
            except pa.ArrowInvalid as error:
                misfit = error
            else:
                if read:
                    return Answer(*read)
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Transient(f"{self.base_url} sends answers that are not GraphQL") from error
        content = content if isinstance(content, dict) else {}
        if content.get("errors"):
            _raise_for_errors(request.name, content["errors"])
        data = content.get("data")
        if not isinstance(data, dict):
            raise Transient(f"{self.base_url} sends neither data nor errors")
        if data.keys() != request.response_keys:
            raise Transient(f"{self.base_url} sends the answer to another query than {request.name}")
        if misfit:
            raise UnexpectedAnswer(
                f"{request.name}: Centra sent a value of another type than its schema says "
                f"({_described(misfit)}); exclude the resource."
            ) from misfit
        extensions = content.get("extensions") or {}
        self.app_version = extensions.get("appVersion") or self.app_version
        return Answer(
            data, extensions.get("complexity") or 0, frozenset(extensions.get("permissionsUsed") or ())
        )

    def _raise_for_failed_connection(self, error: TransportConnectionFailed) -> NoReturn:
        cause = error.__cause__
        if isinstance(cause, _UnwantedStatus):
            self._has_answered = True
            if cause.status == TOO_MANY_REQUESTS:
                self.throttle.refused(cause.retry_after)
            cause.raise_meaning(self.base_url)
        if isinstance(cause, requests.exceptions.SSLError):
            raise ShopUnreachable(f"{self.base_url} shows no valid certificate: {cause}") from error
        if isinstance(
            cause, (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)
        ):
            self._has_answered = True
        kind = _kind(cause)
        is_overload = kind.startswith("ReadTimeout")
        raise Transient(f"{self.base_url} cannot be reached ({kind})", is_overload=is_overload) from error


class _PrintedRequest(GraphQLRequest):
    """A request that sends text printed once, where gql would print its document every time."""

    def __init__(self, operation: Operation, variables: dict[str, Any]) -> None:
        # Of an operation that was fitted to a shop, some variables may be gone.
        known = {name: value for name, value in variables.items() if name in operation.variables}
        super().__init__(operation.document, variable_values=known, operation_name=operation.name)
        self.name = operation.name
        self._text = operation.text
        definition = get_definition(operation.document)
        fields = definition.selection_set.selections
        self.response_keys = {(f.alias or f.name).value for f in fields if isinstance(f, FieldNode)}
        self.costs = {
            REQUEST_COUNT: 1,
            QUERY_COMPLEXITY: calculate_complexity(operation, variables),
            MUTATION_COUNT: int(definition.operation is OperationType.MUTATION),
        }

    @property
    def payload(self) -> dict[str, Any]:
        """The body to post."""
        return {"query": self._text, "variables": self.variable_values, "operationName": self.name}


class _BearerToken(requests.auth.AuthBase):
    """Sets the header as requests' own `auth`, which keeps a `.netrc` file from replacing it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _checked_response(response: requests.Response, **_: Any) -> None:
    if response.status_code != 200:
        raise _UnwantedStatus(response)
    # The text is but the way through gql: in Latin-1 every byte is a character, whatever the header says.
    response.encoding = BYTE_ENCODING


def _look_at_environment_once(session: requests.Session, address: str) -> None:
    """Proxies and certificates of the environment, which requests would look up before every request."""
    found = session.merge_environment_settings(address, {}, None, None, None)
    session.proxies, session.verify, session.cert = found["proxies"], found["verify"], found["cert"]
    session.trust_env = False


def _unread(text: str) -> dict[str, str]:
    """Lets gql hand the body on: what it is to be read into depends on the operation."""
    return {"data": text}


def _body_of(result: ExecutionResult) -> bytes:
    """What `_unread` has put there."""
    return cast(str, result.data).encode(BYTE_ENCODING)


def _described(misfit: pa.ArrowInvalid) -> str:
    """Arrow's `Column(/data/brands/[]/id) changed from number to string in row 0`, to be read by people."""
    found = re.search(r"Column\(/data/(\S+)\) changed from (\w+) to (\w+)", str(misfit))
    if not found:
        return str(misfit)
    path, promised, sent = found.groups()
    return f"{path.replace('/[]', '').replace('/', '.')} is no {promised} but a {sent}"
