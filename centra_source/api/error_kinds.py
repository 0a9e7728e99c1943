"""What a GraphQL error is about: permissions, the token, rate limits, the query or Centra itself."""

from __future__ import annotations

import re
from typing import Any

import orjson

GraphQLError = dict[str, Any]

LONGEST_MESSAGE = 4_000
"""Characters of an error that are read. Those of Centra are one sentence."""

_PERMISSION = re.compile(r"\b\w+(?:\.\w+)*:(?:read|write)\b")
_DENIED = re.compile(_PERMISSION.pattern + " permission")
_THROTTLED_KIND = re.compile(r"rate.?limit|throttl|too.?many.?requests", re.IGNORECASE)
_THROTTLED = re.compile(r"\brate[ -]limits?\b|\btoo many requests\b|\bthrottl", re.IGNORECASE)
_TOO_COMPLEX = re.compile(
    r"\bmax(?:imum|imal)?\.? (?:allowed )?(?:query )?complexity\b|\btoo complex\b"
    r"|\bcomplexity\b.*\b(?:exceed|too high|limit|maximum|allowed)",
    re.IGNORECASE | re.DOTALL,
)


def find_errors(body: bytes) -> list[GraphQLError]:
    """Returns the GraphQL errors in a body. Empty if it is not a GraphQL answer."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    errors = content.get("errors") if isinstance(content, dict) else None
    return list_errors(errors) if errors else []


def list_errors(errors: Any) -> list[GraphQLError]:
    """Returns the `errors` of an answer as a list of objects, whatever they are."""
    return [
        error if isinstance(error, dict) else {"message": error}
        for error in (errors if isinstance(errors, list) else [errors])
    ]


def is_decisive(error: GraphQLError) -> bool:
    """Whether an error says more than the HTTP status that it comes with."""
    return _names_what_is_denied(error) or is_throttled(error) or is_too_complex(error)


def is_denied(error: GraphQLError) -> bool:
    """Whether an error is about a permission."""
    return get_category(error) == "authorization" or _names_what_is_denied(error)


def _names_what_is_denied(error: GraphQLError) -> bool:
    """Whether an error names a permission or a field. One that names neither could be about the token."""
    # centrahq/api-documentation, 01.authorization: "You need Order:read permission to access ..."
    is_named = bool(_DENIED.search(get_message(error)))
    return is_named or (get_category(error) == "authorization" and bool(find_path(error)))


def is_throttled(error: GraphQLError) -> bool:
    """Whether an error says that rate limits are used up. Centra documents only the status 429 for it."""
    return bool(_THROTTLED_KIND.search(get_category(error)) or _THROTTLED.search(get_message(error)))


def is_too_complex(error: GraphQLError) -> bool:
    """Whether one query costs more than the shop allows. Centra documents no such limit."""
    return bool(_TOO_COMPLEX.search(get_message(error)))


def is_internal(error: GraphQLError) -> bool:
    """Whether Centra failed, so that the query may fit its schema all the same."""
    is_named = get_message(error).strip(". ").lower() == "internal server error"
    return is_named or get_category(error) == "internal"


def get_message(error: GraphQLError) -> str:
    """Returns the text of an error, up to a length that can be searched in no time."""
    return str(error.get("message", "no message"))[:LONGEST_MESSAGE]


def get_category(error: GraphQLError) -> str:
    """Returns the category or the code of an error. Empty if it has none."""
    extensions = error.get("extensions")
    found = (extensions.get("category") or extensions.get("code")) if isinstance(extensions, dict) else None
    return found if isinstance(found, str) else ""


def find_permission(error: GraphQLError) -> str | None:
    """Returns the permission that Centra names in "You need Order:read permission to access …", if any."""
    named = _PERMISSION.search(get_message(error))
    return named[0] if named else None


def find_path(error: GraphQLError) -> tuple[str, ...]:
    """Returns the path of the field that the error is about, without positions in lists."""
    path = error.get("path")
    return tuple(str(step) for step in (path if isinstance(path, list) else ()) if not isinstance(step, int))
