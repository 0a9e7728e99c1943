"""A dlt source for Centra's GraphQL Integration API.

Everything for users is importable from here, such as `from centra_source import centra_source`. Names that
need an HTTP client or Arrow are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .exceptions import (
    CentraError,
    Denial,
    IncompleteRead,
    InvalidSetting,
    PermissionMissing,
    QueryRefused,
    ShopUnreachable,
    TokenRefused,
    UnexpectedAnswer,
)
from .resources import RESOURCES, Resource
from .source import centra_source
from .state import (
    failed_resources,
    reached_moments,
    unfinished_resources,
    unread_resources,
    waiting_resources,
)

if TYPE_CHECKING:
    from .check.permission_list import list_permissions
    from .check.result import Check, Events, Limit, ResourceCheck, Store
    from .check.token_check import check_token
    from .forecast.load_forecast import forecast_load
    from .forecast.result import Expectation, Forecast
    from .own_queries import graphql_client, query
    from .reading.windows import Window
    from .recovery import recover_pipeline
    from .window_plan import plan_windows

__all__ = [
    "RESOURCES",
    "CentraError",
    "Check",
    "Denial",
    "Events",
    "Expectation",
    "Forecast",
    "IncompleteRead",
    "InvalidSetting",
    "Limit",
    "PermissionMissing",
    "QueryRefused",
    "Resource",
    "ResourceCheck",
    "ShopUnreachable",
    "Store",
    "TokenRefused",
    "UnexpectedAnswer",
    "Window",
    "centra_source",
    "check_token",
    "failed_resources",
    "forecast_load",
    "graphql_client",
    "list_permissions",
    "plan_windows",
    "query",
    "reached_moments",
    "recover_pipeline",
    "unfinished_resources",
    "unread_resources",
    "waiting_resources",
]

_LAZY = {
    "Check": "check.result",
    "Events": "check.result",
    "Expectation": "forecast.result",
    "Forecast": "forecast.result",
    "Limit": "check.result",
    "ResourceCheck": "check.result",
    "Store": "check.result",
    "Window": "reading.windows",
    "check_token": "check.token_check",
    "forecast_load": "forecast.load_forecast",
    "graphql_client": "own_queries",
    "list_permissions": "check.permission_list",
    "plan_windows": "window_plan",
    "query": "own_queries",
    "recover_pipeline": "recovery",
}
"""The modules of the names that are imported when they are first used."""

if not TYPE_CHECKING:  # type checkers read the imports above

    def __getattr__(name: str) -> Any:
        if name not in _LAZY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_LAZY[name]}", __name__), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
