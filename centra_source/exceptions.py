"""What can go wrong, sorted by who can mend it.

CentraError
├── InvalidSetting      whoever configures the load: address, token text, dates, names
├── TokenRefused        whoever owns the token: unknown, expired or revoked
├── QueryRefused        the shop answered with GraphQL errors
│   └── PermissionMissing   whoever owns the token: a permission to tick
├── ShopUnreachable     the network or Centra: no usable answer within the time limit
├── IncompleteRead      a list does not prove itself complete, however often it is read
└── UnexpectedAnswer    Centra sent a value that its schema does not allow
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class CentraError(Exception):
    """Anything this package raises on purpose; its text is one sentence that says what to do."""


class InvalidSetting(CentraError, ValueError):
    """A setting cannot work; raised before anything is requested."""


class TokenRefused(CentraError):
    """Centra answered 401 or 403."""


class QueryRefused(CentraError):
    """Centra answered with `errors`; whatever `data` came with them is not used.

    Attributes:
        is_invalid: The query does not fit the shop's schema.
    """

    def __init__(self, message: str, *, is_invalid: bool = False) -> None:
        super().__init__(message)
        self.is_invalid = is_invalid


class Denial(NamedTuple):
    """One thing that the token may not read: the permission it lacks, and where in the answer it was missing.

    Both as Centra tells them: the name of the permission is None, or the path empty, where it does not.
    """

    permission: str | None
    path: tuple[str, ...]


class PermissionMissing(QueryRefused):
    """The token lacks permissions; `denials` says which, as far as Centra does."""

    def __init__(self, message: str, denials: tuple[Denial, ...]) -> None:
        super().__init__(message)
        self.denials = denials


class ShopUnreachable(CentraError):
    """No usable answer within the time limit, after every retry."""


class IncompleteRead(CentraError):
    """A list differs from the total that Centra reports, shifts, repeats itself, or lacks too much."""


class UnexpectedAnswer(CentraError, ValueError):
    """A value of another type than the schema says, or null where it says there is none."""


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, outermost first: dlt wraps what a resource raises several times."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
