"""One POST to Centra: sent, retried while that can help, and its errors told apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, NoReturn
from urllib.parse import urlsplit

import orjson
import requests
from gql import GraphQLRequest
from gql.transport.exceptions import TransportConnectionFailed, TransportError
from gql.transport.requests import RequestsHTTPTransport
from graphql import FieldNode

from . import settings
from .documents import Operation, load_operation, operation_of
from .exceptions import InvalidSetting, PermissionMissing, QueryRefused, ShopUnreachable, TokenRefused
from .retries import Retries, Transient, moment_of, retry_after_seconds, utc_now

RETRIED_CLIENT_ERRORS = frozenset({408, 425, 429})
"""Time-out, too early, too many requests; every server error is retried too."""


@dataclass(frozen=True)
class Answer:
    """What one request brought: `data`, and its price in complexity points."""

    data: dict[str, Any]
    complexity: int


class Client:
    """Posts operations to one shop over one kept-alive connection.

    Args:
        base_url: Centra's address, ending in `/graphql`.
        access_token: An Integration API token; sent as a Bearer header and kept nowhere else.
        retries: How long and how patiently faults are met.

    Raises:
        InvalidSetting: The address or the token cannot work.
    """

    def __init__(self, base_url: str, access_token: str, retries: Retries) -> None:
        self.base_url = settings.checked_address(base_url)
        self.host = urlsplit(self.base_url).hostname or ""
        self._retries = retries
        self._has_answered = False
        self._clock: tuple[datetime, float] | None = None
        self._transport = RequestsHTTPTransport(
            self.base_url,
            auth=_BearerToken(settings.checked_token(access_token)),
            json_deserialize=_json_object,
            hooks={"response": _checked_response},
            allow_redirects=False,
        )

    def execute(self, operation: Operation, variables: dict[str, Any]) -> Answer:
        """Sends one operation until it is answered.

        Raises:
            TokenRefused: HTTP 401 or 403.
            PermissionMissing: A GraphQL error that names a permission.
            QueryRefused: Any other GraphQL error, or a status that no retry changes.
            InvalidSetting: Nothing of Centra's is at this address.
            ShopUnreachable: No usable answer within the limit, or told to wait beyond it.
        """
        request = _PrintedRequest(operation, variables)
        try:
            return self._retries.call(
                lambda: self._post(request), is_first_contact=lambda: not self._has_answered
            )
        except Transient as fault:
            advice = "try again later" if self._has_answered else "check base_url and the network"
            raise ShopUnreachable(f"{fault}: {advice}.") from fault

    def server_now(self) -> datetime:
        """The shop's clock (UTC, whole seconds), by the `Date` header of its latest answer.

        Raises:
            CentraError: As `execute`, which it asks on the first call.
        """
        if self._clock is None:
            self.execute(load_operation("_rate_limits"), {})
        assert self._clock is not None, "every answer sets it"
        server_time, at = self._clock
        return server_time + timedelta(seconds=int(monotonic() - at))

    def _post(self, request: _PrintedRequest) -> Answer:
        if self._transport.session is None:
            self._transport.connect()  # type: ignore[no-untyped-call]
        timeouts = (settings.CONNECT_TIMEOUT, settings.READ_TIMEOUT)
        try:
            result = self._transport.execute(request, extra_args={"timeout": timeouts})
        except TransportConnectionFailed as error:
            self._raise_for_failed_connection(error)
        except TransportError as error:
            self._has_answered = True
            raise Transient(f"{self.base_url} sends answers that are not GraphQL") from error
        self._has_answered = True
        if result.errors:
            _raise_for_errors(request.name, result.errors)
        if not isinstance(result.data, dict):
            raise Transient(f"{self.base_url} sends neither data nor errors")
        if result.data.keys() != request.response_keys:
            raise Transient(f"{self.base_url} sends the answer to another query than {request.name}")
        headers = self._transport.response_headers
        date = headers.get("Date") if headers else None
        self._clock = (moment_of(date) or utc_now(), monotonic())
        complexity = (result.extensions or {}).get("complexity") or 0
        return Answer(result.data, complexity)

    def _raise_for_failed_connection(self, error: TransportConnectionFailed) -> NoReturn:
        cause = error.__cause__
        if isinstance(cause, _UnwantedStatus):
            self._has_answered = True
            cause.raise_meaning(self.base_url)
        if isinstance(cause, requests.exceptions.SSLError):
            raise ShopUnreachable(f"{self.base_url} shows no valid certificate: {cause}") from error
        if isinstance(
            cause, (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)
        ):
            self._has_answered = True
        raise Transient(f"{self.base_url} cannot be reached ({_kind(cause)})") from error


class _PrintedRequest(GraphQLRequest):
    """A request that sends text printed once, where gql would print its document every time."""

    def __init__(self, operation: Operation, variables: dict[str, Any]) -> None:
        super().__init__(operation.document, variable_values=variables, operation_name=operation.name)
        self.name = operation.name
        self._text = operation.text
        fields = operation_of(operation.document).selection_set.selections
        self.response_keys = {(f.alias or f.name).value for f in fields if isinstance(f, FieldNode)}

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


class _UnwantedStatus(requests.exceptions.RequestException):
    """Any HTTP status but 200, whatever the body says: `errors` in it would pass for GraphQL's otherwise."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__(response=response)
        self.status = response.status_code
        self.reason = response.reason
        self.retry_after = retry_after_seconds(response.headers)

    def raise_meaning(self, base_url: str) -> NoReturn:
        """Raises what the status means for the load."""
        if self.status >= 500 or self.status in RETRIED_CLIENT_ERRORS:
            raise Transient(f"{base_url} answers HTTP {self.status}", self.retry_after)
        if self.status in (401, 403):
            raise TokenRefused(
                f"Centra does not accept the token (HTTP {self.status}): tokens expire, after 30 days unless "
                "set otherwise. Make one in Centra under System > API Tokens and put it into access_token."
            )
        if self.status == 404 or 300 <= self.status < 400:
            raise InvalidSetting(
                f"There is no Centra API at {base_url} (HTTP {self.status}): check base_url."
            )
        raise QueryRefused(f"{base_url} refuses the request: HTTP {self.status} {self.reason}.")


def _checked_response(response: requests.Response, **_: Any) -> None:
    if response.status_code != 200:
        raise _UnwantedStatus(response)
    # JSON is UTF-8 whatever the header says; requests would read text/html as Latin-1.
    response.encoding = "utf-8"


def _json_object(text: str) -> dict[str, Any]:
    value = orjson.loads(text)
    if not isinstance(value, dict):
        raise ValueError("A GraphQL answer is an object.")
    return value


def _raise_for_errors(operation: str, errors: Any) -> NoReturn:
    errors = errors if isinstance(errors, list) else [errors]
    first = errors[0] if isinstance(errors[0], dict) else {"message": errors[0]}
    message = str(first.get("message", "no message")).rstrip(".")
    path = ".".join(str(step) for step in first.get("path") or ())
    place = f"{operation} at {path}" if path else operation
    if (first.get("extensions") or {}).get("category") == "authorization":
        named = re.search(r"\b\w+(?:\.\w+)*:(?:read|write)\b", message)
        permission = named[0] if named else None
        raise PermissionMissing(
            f"The token may not read {place}: {message}. Add {permission or 'it'} to the token in Centra "
            "under System > API Tokens, or exclude the resource.",
            permission,
        )
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    raise QueryRefused(f"Centra refuses the query {place}: {message}{more}.")


def _kind(cause: BaseException | None) -> str:
    """The name of the innermost fault, such as NameResolutionError: requests wraps urllib3's twice."""
    wrapped = cause.args[0] if cause is not None and cause.args else None
    reason = getattr(wrapped, "reason", None) or wrapped
    return type(reason if isinstance(reason, Exception) else cause).__name__
