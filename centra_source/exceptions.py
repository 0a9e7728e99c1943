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


class CentraError(Exception):
    """Anything this package raises on purpose; its text is one sentence that says what to do."""


class InvalidSetting(CentraError, ValueError):
    """A setting cannot work; raised before anything is requested."""


class TokenRefused(CentraError):
    """Centra answered 401 or 403."""


class QueryRefused(CentraError):
    """Centra answered with `errors`; whatever `data` came with them is not used."""


class PermissionMissing(QueryRefused):
    """The token lacks a permission; `permission` is its name as Centra lists it, where Centra named it."""

    def __init__(self, message: str, permission: str | None) -> None:
        super().__init__(message)
        self.permission = permission


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
