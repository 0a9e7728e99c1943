"""What a refusal means: HTTP statuses and GraphQL errors as the errors of this package."""

from __future__ import annotations

import re
from typing import Any, NoReturn

import requests

from ..exceptions import Denial, InvalidSetting, PermissionMissing, QueryRefused, TokenRefused
from .retries import Transient, retry_after_seconds

REQUEST_TIMEOUT, TOO_EARLY, TOO_MANY_REQUESTS = 408, 425, 429

"""The client errors that are retried; every server error is, too."""


class _UnwantedStatus(requests.exceptions.RequestException):
    """Any HTTP status but 200, whatever the body says: `errors` in it would pass for GraphQL's otherwise."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__(response=response)
        self.status = response.status_code
        self.reason = response.reason
        self.retry_after = retry_after_seconds(response.headers)

    def raise_meaning(self, base_url: str) -> NoReturn:
        """Raises what the status means for the load."""
        if self.status >= 500 or self.status in (REQUEST_TIMEOUT, TOO_EARLY, TOO_MANY_REQUESTS):
            is_overload = self.status >= 500 or self.status == REQUEST_TIMEOUT
            raise Transient(
                f"{base_url} answers HTTP {self.status}", self.retry_after, is_overload=is_overload
            )
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


def _raise_for_errors(operation: str, errors: Any) -> NoReturn:
    errors = [
        error if isinstance(error, dict) else {"message": error}
        for error in (errors if isinstance(errors, list) else [errors])
    ]
    first = errors[0]
    message = scrubbed(str(first.get("message", "no message"))).rstrip(".")
    path = ".".join(_path_of(first))
    place = f"{operation} at {path}" if path else operation
    categories = {(error.get("extensions") or {}).get("category") for error in errors}
    if categories == {"authorization"}:
        denials = tuple(Denial(_permission_in(error), _path_of(error)) for error in errors)
        permission = denials[0].permission
        raise PermissionMissing(
            f"The token may not read {place}: {message}. Add {permission or 'it'} to the token in Centra "
            "under System > API Tokens, or exclude the resource.",
            denials,
        )
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    is_invalid = categories == {"graphql"}
    raise QueryRefused(f"Centra refuses the query {place}: {message}{more}.", is_invalid=is_invalid)


def _permission_in(error: dict[str, Any]) -> str | None:
    """The permission that Centra names in a text such as "You need Order:read permission to access …"."""
    named = re.search(r"\b\w+(?:\.\w+)*:(?:read|write)\b", str(error.get("message")))
    return named[0] if named else None


def _path_of(error: dict[str, Any]) -> tuple[str, ...]:
    """Where in the answer the error stands, without places in lists."""
    return tuple(str(step) for step in error.get("path") or () if not isinstance(step, int))


def _kind(cause: BaseException | None) -> str:
    """The name of the innermost fault, such as NameResolutionError: requests wraps urllib3's twice."""
    wrapped = cause.args[0] if cause is not None and cause.args else None
    reason = getattr(wrapped, "reason", None) or wrapped
    return type(reason if isinstance(reason, Exception) else cause).__name__


def scrubbed(text: str) -> str:
    """A text from Centra without the e-mail addresses, IP addresses and phone numbers in it."""
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
