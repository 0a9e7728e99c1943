"""Turns HTTP statuses and GraphQL errors into the exceptions of this package."""

from __future__ import annotations

import re
from typing import Any, NoReturn

import requests

from ..exceptions import Denial, InvalidSetting, PermissionMissing, QueryRefused, TokenRefused
from .retries import (
    REQUEST_TIMEOUT,
    TOO_MANY_REQUESTS,
    Transient,
    is_retried_status,
    retry_after_seconds,
)


def raise_for_status(response: requests.Response, base_url: str) -> None:
    """Raises what an HTTP status other than 200 means, whatever the body says.

    Raises:
        Transient: A later attempt may succeed.
        TokenRefused: 401 or 403.
        InvalidSetting: There is no API at this address.
        QueryRefused: Any other status.
    """
    status = response.status_code
    if status == 200:
        return
    if is_retried_status(status):
        raise Transient(
            f"{base_url} answers HTTP {status}",
            retry_after_seconds(response.headers),
            is_overload=status >= 500 or status == REQUEST_TIMEOUT,
            is_rate_limit=status == TOO_MANY_REQUESTS,
        )
    if status in (401, 403):
        raise TokenRefused(
            f"Centra does not accept the token (HTTP {status}): tokens expire, after 30 days by default. "
            "Create one in Centra under System > API Tokens and put it into access_token."
        )
    if status == 404 or 300 <= status < 400:
        raise InvalidSetting(f"There is no Centra API at {base_url} (HTTP {status}): check base_url.")
    raise QueryRefused(
        f"{base_url} rejects the request: HTTP {status} {response.reason}. Check base_url, and what is "
        "between this machine and Centra, such as a proxy."
    )


def raise_for_errors(operation: str, errors: Any) -> NoReturn:
    """Raises what the `errors` of a GraphQL answer mean.

    Raises:
        PermissionMissing: All of them are about permissions.
        QueryRefused: Any other error.
    """
    errors = [
        error if isinstance(error, dict) else {"message": error}
        for error in (errors if isinstance(errors, list) else [errors])
    ]
    first = errors[0]
    message = scrub(str(first.get("message", "no message"))).rstrip(".")
    path = ".".join(_find_path(first))
    place = f"{operation} at {path}" if path else operation
    categories = {(error.get("extensions") or {}).get("category") for error in errors}
    if categories == {"authorization"}:
        denials = tuple(Denial(_find_permission(error), _find_path(error)) for error in errors)
        permission = denials[0].permission
        raise PermissionMissing(
            f"The token may not read {place}: {message}. Add {permission or 'the permission'} to the token "
            "in Centra under System > API Tokens, or exclude the resource.",
            denials,
        )
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    is_invalid = categories == {"graphql"}
    raise QueryRefused(f"Centra rejects the query {place}: {message}{more}.", is_invalid=is_invalid)


def _find_permission(error: dict[str, Any]) -> str | None:
    """Returns the permission that Centra names in "You need Order:read permission to access …", if any."""
    named = re.search(r"\b\w+(?:\.\w+)*:(?:read|write)\b", str(error.get("message")))
    return named[0] if named else None


def _find_path(error: dict[str, Any]) -> tuple[str, ...]:
    """Returns the path of the field that the error is about, without positions in lists."""
    return tuple(str(step) for step in error.get("path") or () if not isinstance(step, int))


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
        r"[^\s\"'<>(),:;=]+@[^\s\"'<>(),:;=]+\w",
        r"\b\d{1,3}(?:\.\d{1,3}){3}\b",
        r"\b(?:[0-9A-Fa-f]{1,4}:){4,7}[0-9A-Fa-f]{1,4}\b",
        r"\+\d(?:[\s()/.-]{0,3}\d){6,}",
    )
]
