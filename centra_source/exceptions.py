"""What can go wrong, sorted by who can fix it.

CentraError
├── InvalidSetting          you, in the configuration: address, token, dates, names
├── TokenRefused            the owner of the token: it is unknown, expired or revoked
├── QueryRefused            depends on the text: the shop answered with GraphQL errors
│   └── PermissionMissing   the owner of the token: grant a permission
├── ShopUnreachable         the network or Centra: there is no usable answer within the time limit
├── ServerBreakdown         Centra: it fails whenever it is asked for one thing; the loader reads around it
├── IncompleteRead          Centra: a list is not complete, however often it is read
│   └── UnstableList        the shop: the list changed whenever it was read
└── UnexpectedAnswer        Centra: it sent a value that its schema does not allow
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

E = TypeVar("E", bound=BaseException)


class CentraError(Exception):
    """Base class of every error that this package raises on purpose. The text says what happened and what to
    do."""


class InvalidSetting(CentraError, ValueError):
    """A setting cannot be used. Most such settings are found before any request is sent."""


class TokenRefused(CentraError):
    """Centra does not accept the token: it is unknown, invalid, expired or revoked."""


class Complaint(NamedTuple):
    """One GraphQL error, as Centra words it.

    Attributes:
        message: The text. It can contain values of the request.
        places: Line and column in the query, both from 1; empty if Centra does not say.
    """

    message: str
    places: tuple[tuple[int, int], ...] = ()


class QueryRefused(CentraError):
    """Centra answered with GraphQL `errors`. Any `data` that came with them is not used.

    Attributes:
        is_invalid: Whether the query does not fit the shop's schema.
        is_too_complex: Whether a smaller page may fit into what the shop allows for one query.
        complaints: Every error of the answer.
        query: The text of the rejected query; empty if nothing was sent.
        broken: The paths of the fields that Centra itself failed over, if it failed over nothing else.
    """

    def __init__(
        self,
        message: str,
        *,
        is_invalid: bool = False,
        is_too_complex: bool = False,
        complaints: tuple[Complaint, ...] = (),
        broken: tuple[tuple[str, ...], ...] = (),
    ) -> None:
        super().__init__(message)
        self.broken = broken
        self.is_invalid = is_invalid
        self.is_too_complex = is_too_complex
        self.complaints = complaints
        self.query = ""


class Denial(NamedTuple):
    """One thing that the token may not read.

    Attributes:
        permission: The permission that the token lacks. None if Centra does not name it.
        path: The path of the field in the answer, without positions in lists. Empty if Centra does not say.
    """

    permission: str | None
    path: tuple[str, ...]


class PermissionMissing(QueryRefused):
    """The token lacks permissions.

    Attributes:
        denials: What the token may not read, as far as Centra says.
    """

    def __init__(self, message: str, denials: tuple[Denial, ...]) -> None:
        super().__init__(message)
        self.denials = denials


class ShopUnreachable(CentraError):
    """There was no usable answer within the time limit, after all retries."""


class ServerBreakdown(CentraError):
    """Centra failed each time that it was asked for a page: by an error of its own, a status or a timeout.

    Attributes:
        refusal: The answer, if it was one of GraphQL.
    """

    def __init__(self, message: str, refusal: QueryRefused | None = None) -> None:
        super().__init__(message)
        self.refusal = refusal


class IncompleteRead(CentraError):
    """A list differs from the total that Centra reports, shifts while it is read, or lacks too many
    objects."""


class UnstableList(IncompleteRead):
    """A list changed whenever it was read. Each row that was read is right, but some may be missing."""


class UnexpectedAnswer(CentraError, ValueError):
    """Centra sent a value of another type than its schema says, or null where the schema does not allow
    it."""


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yields an error and its causes, the outermost first. dlt wraps what a resource raises several times."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def find_cause(error: BaseException, kind: type[E]) -> E | None:
    """Returns the outermost of an error and its causes that is of a kind; None if none is."""
    return next((cause for cause in causes(error) if isinstance(cause, kind)), None)
