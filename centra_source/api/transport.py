"""Sends one GraphQL request to Centra over HTTP and reads the answer, or says what went wrong."""

from __future__ import annotations

import threading
from datetime import datetime
from time import monotonic
from typing import Any, AnyStr, NoReturn, Protocol
from urllib.parse import urlsplit

import requests
from gql import GraphQLRequest
from gql.transport import Transport
from graphql import ExecutionResult

from .. import settings
from ..clock import parse_http_time, utc_now
from ..exceptions import ShopUnreachable
from ..setting_parsers import is_loopback, parse_address, parse_token
from .answer_limits import AnswerTooLarge, Deadline, WatchedAdapter, read_body
from .certificates import Certificates
from .errors import Reply, name_fault, raise_for_errors, raise_for_status
from .operation_request import OperationRequest
from .retries import Transient
from .text_repair import load_json, repair_text

SHORTEST_SECRET = 12
"""Characters of a token that is looked for in answers. Centra's are longer."""


class Reader(Protocol):
    """Reads the body of an answer."""

    def __call__(self, body: bytes, *, has_replaced_text: bool) -> ExecutionResult | None:
        """Returns None if it is not the expected answer, such as one with errors.

        Args:
            body: The body.
            has_replaced_text: Whether it contains U+FFFD in place of what was not Unicode.
        """


class CentraTransport(Transport):
    """Posts GraphQL requests to one shop with requests. Each thread keeps its own connection open.

    Proxies and certificates come from the environment: `HTTPS_PROXY`, `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE`,
    `SSL_CERT_FILE` and so on. A server on this machine is reached without a proxy.

    Args:
        base_url: The address of the Integration API, ending in `/graphql`.
        access_token: An Integration API token. It is sent as a Bearer header and kept nowhere else.
        answer_limit: Seconds that one answer may take, from the connection to its last byte.

    Attributes:
        has_answered: Whether any server has answered at this address.
        is_known: Whether a GraphQL answer has come from this address.
        clock: The time (UTC) in the `Date` header of the latest answer, and when it was read by
            `monotonic()`.

    Raises:
        InvalidSetting: The address or the token cannot work.
    """

    def __init__(self, base_url: str, access_token: str, answer_limit: float = settings.ANSWER_LIMIT) -> None:
        self.base_url = parse_address(base_url)
        self._answer_limit = answer_limit
        self.has_answered = self.is_known = False
        self.clock: tuple[datetime, float] | None = None
        self._headers = _Headers(parse_token(access_token))
        self._certificates = Certificates.find()
        self._of_thread = threading.local()

    def execute(
        self, request: GraphQLRequest, *args: Any, read: Reader | None = None, **kwargs: Any
    ) -> ExecutionResult:
        """Sends a request once.

        Args:
            request: What to send.
            args: Not used; gql allows them.
            read: Reads the body, such as into Arrow. By default, it is read as JSON into Python objects.
            kwargs: Not used; gql allows them.

        Returns:
            The answer's `data` and `extensions`. It never contains errors: they are raised.

        Raises:
            Transient: A later attempt may succeed.
            CentraError: No later attempt will succeed.
        """
        reply = self._post(request)
        raise_for_status(reply, str(request.operation_name), self.base_url, is_known=self.is_known)
        if read and (result := read(reply.body, has_replaced_text=reply.has_replaced_text)):
            self.is_known = True
            return result
        return self._read_json(request, reply)

    def _post(self, request: GraphQLRequest) -> Reply:
        with Deadline(self._answer_limit) as deadline:
            try:
                reply = self._exchange(request)
            except OSError as error:  # as every exception of requests
                if not deadline.has_passed:
                    self._raise_for_connection(error)
            except AnswerTooLarge:
                size = settings.ANSWER_BYTES / 2**20
                message = f"{self.base_url} sends an answer of more than {size:.0f} MB"
                raise Transient(message, is_overload=True) from None
        if deadline.has_passed:
            # A body without a length would only look shorter.
            message = f"{self.base_url} takes more than {self._answer_limit:g} s for an answer"
            raise Transient(message, is_overload=True)
        return reply

    def _exchange(self, request: GraphQLRequest) -> Reply:
        # Streamed, so that a status counts even if the body behind it is broken.
        with self._session().post(
            self.base_url,
            json=request.payload,
            auth=self._headers,
            timeout=(settings.CONNECT_TIMEOUT, settings.READ_TIMEOUT),
            allow_redirects=False,
            stream=True,
        ) as response:
            self.has_answered = True
            is_success = response.status_code == 200
            body, replaced = read_body(response) if is_success else _read_error_page(response), 0
            if is_success or body.startswith(b"{"):
                self.clock = (parse_http_time(response.headers.get("Date")) or utc_now(), monotonic())
                body, replaced = repair_text(body)
            hide = self._headers.hide_token
            return Reply(
                response.status_code, hide(response.reason), response.headers, hide(body), replaced > 0
            )

    def _session(self) -> requests.Session:
        if not hasattr(self._of_thread, "session"):
            self._of_thread.session = _open_session(self.base_url, self._certificates)
        session: requests.Session = self._of_thread.session
        return session

    def _read_json(self, request: GraphQLRequest, reply: Reply) -> ExecutionResult:
        if reply.is_web_page:
            # seen in public client code: such answers pass
            raise Transient(f"{self.base_url} sends a web page in place of an answer")
        try:
            content = load_json(reply.body)
        except ValueError as error:
            raise Transient(f"{self.base_url} sends answers that are not GraphQL") from error
        content = content if isinstance(content, dict) else {}
        if content.get("errors"):
            self.is_known = True
            raise_for_errors(str(request.operation_name), content["errors"], reply, self.base_url)
        data = content.get("data")
        if not isinstance(data, dict):
            raise Transient(f"{self.base_url} sends neither data nor errors")
        expected = request.response_keys if isinstance(request, OperationRequest) else None
        if expected is not None and data.keys() != expected:
            name = request.operation_name
            raise Transient(f"{self.base_url} sends the answer to another query than {name}")
        self.is_known = True
        extensions = content.get("extensions")
        return ExecutionResult(data, extensions=extensions if isinstance(extensions, dict) else {})

    def _raise_for_connection(self, error: OSError) -> NoReturn:
        if isinstance(error, requests.exceptions.SSLError):
            raise ShopUnreachable(
                f"{self.base_url} does not show a certificate that this machine trusts ({error}). "
                f"{self._certificates.advise()}"
            ) from error
        if self._certificates.is_missing:
            raise ShopUnreachable(
                f"{self.base_url} cannot be reached: there are no certificates at {self._certificates.path}, "
                f"which the environment variable {self._certificates.variable} names. Correct or remove it."
            ) from error
        if not isinstance(error, requests.exceptions.RequestException):
            raise ShopUnreachable(f"{self.base_url} cannot be reached: {error}.") from error
        fault = name_fault(error)
        is_overload = fault.startswith("ReadTimeout")
        raise Transient(
            f"{self.base_url} cannot be reached ({fault})", is_overload=is_overload, is_breakdown=is_overload
        ) from error


class _Headers(requests.auth.AuthBase):
    """Sets the headers of each request. As requests' own `auth`, so that no `.netrc` file replaces the
    token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def hide_token(self, text: AnyStr) -> AnyStr:
        """Returns a text of an answer without the token, in case a server repeats it: texts of answers are
        printed, logged and kept. A short token could be a word of the texts by chance."""
        if len(self._token) < SHORTEST_SECRET:
            return text
        if isinstance(text, bytes):
            return text.replace(self._token.encode(), b"***")
        return text.replace(self._token, "***")


def _read_error_page(response: requests.Response) -> bytes:
    """Returns the body of an answer whose status is an error, as far as it can be read."""
    try:
        return read_body(response)
    except (OSError, AnswerTooLarge):
        return b""


def _open_session(address: str, certificates: Certificates) -> requests.Session:
    """Opens a session that reads the environment once. requests would read it again before every request."""
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, WatchedAdapter())
    found = session.merge_environment_settings(address, {}, None, certificates.path, None)
    session.verify, session.cert = found["verify"], found["cert"]
    if not is_loopback(urlsplit(address).hostname or ""):
        session.proxies = found["proxies"]
    session.trust_env = False
    return session
