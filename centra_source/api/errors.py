"""Turns HTTP statuses and GraphQL errors into the exceptions of this package."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ..exceptions import (
    CentraError,
    Complaint,
    Denial,
    InvalidSetting,
    PermissionMissing,
    QueryRefused,
    TokenRefused,
)
from .error_kinds import (
    GraphQLError,
    find_errors,
    find_path,
    find_permission,
    get_category,
    get_message,
    is_decisive,
    is_denied,
    is_internal,
    is_throttled,
    is_too_complex,
    list_errors,
)
from .retries import (
    BREAKDOWN_STATUSES,
    CLIENT_CLOSED_REQUEST,
    REQUEST_TIMEOUT,
    TOO_MANY_REQUESTS,
    Transient,
    is_retried_status,
    retry_after_seconds,
)

REFUSED_TOKEN = (401, 403)
"""403 is documented for a token that is invalid or has expired, 401 was seen in third-party texts."""
# centra.dev/integration-api/best-practices/handling-errors

BAD_REQUEST = 400


@dataclass(frozen=True)
class Reply:
    """One HTTP answer, whatever its status.

    Attributes:
        status: The HTTP status.
        reason: The words that come with it.
        headers: The HTTP headers.
        body: The body. Empty if it could not be read.
        has_replaced_text: Whether what was not Unicode in the body has been replaced by U+FFFD.
    """

    status: int
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    has_replaced_text: bool = False

    @property
    def is_web_page(self) -> bool:
        """Whether the body is HTML or XML: the answer of a proxy, a firewall or a maintenance page."""
        return self.body.lstrip().startswith(b"<")


def raise_for_status(reply: Reply, operation: str, base_url: str, *, is_known: bool) -> None:
    """Raises what an HTTP status other than 200 means, together with the `errors` in the body.

    Centra documents 400, 403, 429, 499 and 500, and that only 200 is a success. The status of a permission
    error is not documented, so it is recognized under every status.

    Args:
        reply: The answer.
        operation: The name of the operation that was sent.
        base_url: Where it was sent.
        is_known: Whether this address has sent a GraphQL answer before. A status that shows a wrong address
            is then taken for a fault that passes.

    Raises:
        Transient: A later attempt may succeed.
        PermissionMissing: The body contains a permission error.
        TokenRefused: 401 or 403 without one.
        InvalidSetting: There is no API at this address.
        QueryRefused: Any other status.
    """
    # centra.dev/integration-api/best-practices/handling-errors
    status, errors = reply.status, find_errors(reply.body)
    if status == 200:
        return
    if status == TOO_MANY_REQUESTS:
        raise _make_throttled(reply, base_url)
    if any(map(is_decisive, errors)):
        raise_for_errors(operation, errors, reply, base_url)
    if is_retried_status(status):
        raise Transient(
            f"{base_url} answers HTTP {status}",
            retry_after_seconds(reply.headers),
            is_overload=status >= 500 or status in (REQUEST_TIMEOUT, CLIENT_CLOSED_REQUEST),
            is_breakdown=status in BREAKDOWN_STATUSES,
        )
    is_redirect = 300 <= status < 400
    if is_known and (reply.is_web_page or is_redirect or status == 404):
        raise Transient(
            f"{base_url} answers HTTP {status} in place of Centra", retry_after_seconds(reply.headers)
        )
    if status in REFUSED_TOKEN:
        raise _make_token_refused(status)
    if is_redirect or status == 404:
        raise InvalidSetting(f"There is no Centra API at {base_url} (HTTP {status}): check base_url.")
    if errors:
        raise_for_errors(operation, errors, reply, base_url)
    raise QueryRefused(
        f"{base_url} rejects the request: HTTP {status} {reply.reason}. Check base_url, and what is "
        "between this machine and Centra, such as a proxy."
    )


def raise_for_errors(operation: str, errors: Any, reply: Reply, base_url: str) -> NoReturn:
    """Raises what the `errors` of a GraphQL answer mean. Their meaning does not depend on the HTTP status.

    Args:
        operation: The name of the operation that was sent.
        errors: The answer's `errors`: normally a list of objects.
        reply: The answer that contains them.
        base_url: Where the operation was sent.

    Raises:
        Transient: The request was throttled.
        TokenRefused: One of them is about the token.
        PermissionMissing: At least one of them is about a permission. The others may disappear with it.
        QueryRefused: Any other error.
    """
    errors = list_errors(errors)
    if any(map(is_throttled, errors)):
        raise _make_throttled(reply, base_url)
    if any(get_category(error) == "authentication" for error in errors):
        raise _make_token_refused(reply.status)
    denied = [error for error in errors if is_denied(error)]
    first = (denied or errors)[0]
    message = scrub(get_message(first)).rstrip(".")
    path = ".".join(find_path(first))
    place = f"{operation} at {path}" if path else operation
    if denied:
        denials = tuple(Denial(find_permission(error), find_path(error)) for error in denied)
        permission = denials[0].permission
        raise PermissionMissing(
            f"The token may not read {place}: {message}. Add {permission or 'the permission'} to the token "
            "in Centra under System > API Tokens, or exclude the resource.",
            denials,
        )
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    raise QueryRefused(
        f"Centra rejects the query {place}: {message}{more}.",
        is_invalid=not any(map(is_internal, errors)),
        is_too_complex=any(map(is_too_complex, errors)),
        complaints=tuple(Complaint(get_message(error), _find_places(error)) for error in errors),
        broken=tuple(map(find_path, errors)) if all(map(_is_breakdown, errors)) else (),
    )


def _is_breakdown(error: GraphQLError) -> bool:
    """Whether Centra failed over one field of the answer, and not over the whole query."""
    return is_internal(error) and bool(find_path(error))


def _make_throttled(reply: Reply, base_url: str) -> Transient:
    return Transient(
        f"{base_url} answers HTTP {reply.status}"
        + ("" if reply.status == TOO_MANY_REQUESTS else " and that its rate limits are used up"),
        retry_after_seconds(reply.headers),
        is_rate_limit=True,
    )


def _make_token_refused(status: int) -> CentraError:
    # centra.dev/integration-api/best-practices/handling-errors; docs.unified.to/integrations/centra
    return TokenRefused(
        f"Centra does not accept the token (HTTP {status}): it is invalid or expired. Tokens expire after "
        "30 days by default, and nobody is notified. Create one in Centra under System > API Tokens and put "
        "it into access_token."
    )


def _find_places(error: dict[str, Any]) -> tuple[tuple[int, int], ...]:
    """Returns the lines and columns of the query that the error is about."""
    places = error.get("locations")
    found = [
        (place.get("line"), place.get("column"))
        for place in (places if isinstance(places, list) else ())
        if isinstance(place, dict)
    ]
    return tuple(
        (line, column) for line, column in found if isinstance(line, int) and isinstance(column, int)
    )


def name_fault(cause: BaseException | None) -> str:
    """Returns the name of the innermost fault, such as NameResolutionError: requests wraps urllib3's
    twice."""
    wrapped = cause.args[0] if cause is not None and cause.args else None
    reason = getattr(wrapped, "reason", None) or wrapped
    return type(reason if isinstance(reason, Exception) else cause).__name__


def scrub(text: str) -> str:
    """Returns a text from Centra without the e-mail addresses, IP addresses and phone numbers in it."""
    for pattern in _TRACES:
        text = pattern.sub("…", text)
    return text


_TRACES = [
    re.compile(pattern)
    for pattern in (
        # From the first character of a name on, and without @ in its parts: else it takes quadratic time.
        r"(?<![^\s\"'<>(),:;=@])[^\s\"'<>(),:;=@]+(?:@[^\s\"'<>(),:;=@]*\w)+",
        r"\b\d{1,3}(?:\.\d{1,3}){3}\b",
        r"\b(?:[0-9A-Fa-f]{1,4}:){4,7}[0-9A-Fa-f]{1,4}\b",
        r"\+\d(?:[\s()/.-]{0,3}\d){6,}",
    )
]
