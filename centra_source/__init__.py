"""A dlt source for Centra's GraphQL Integration API.

Everything for users is importable from here, such as `from centra_source import centra_source`. Names that
need an HTTP client or Arrow are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .exceptions import (
    CentraError,
    IncompleteRead,
    InvalidSetting,
    PermissionMissing,
    QueryRefused,
    ShopUnreachable,
    TokenRefused,
    UnexpectedAnswer,
)
from .resources import RESOURCES
from .source import centra_source
from .state import reached_moments, unfinished_resources, unread_resources, waiting_resources

if TYPE_CHECKING:
    from .check.permission_list import list_permissions
    from .check.token_check import check_token
    from .forecast.load_forecast import forecast_load
    from .own_queries import graphql_client, query
    from .window_plan import plan_windows

__all__ = [
    "RESOURCES",
    "CentraError",
    "IncompleteRead",
    "InvalidSetting",
    "PermissionMissing",
    "QueryRefused",
    "ShopUnreachable",
    "TokenRefused",
    "UnexpectedAnswer",
    "centra_source",
    "check_token",
    "forecast_load",
    "graphql_client",
    "list_permissions",
    "plan_windows",
    "query",
    "reached_moments",
    "unfinished_resources",
    "unread_resources",
    "waiting_resources",
]

_LAZY = {
    "check_token": "check.token_check",
    "forecast_load": "forecast.load_forecast",
    "graphql_client": "own_queries",
    "list_permissions": "check.permission_list",
    "plan_windows": "window_plan",
    "query": "own_queries",
}
"""The modules of the names that are imported when they are first used."""

if not TYPE_CHECKING:  # type checkers read the imports above

    def __getattr__(name: str) -> Any:
        if name not in _LAZY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_LAZY[name]}", __name__), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
