"""Functions for schedulers such as Airflow and Dagster.

The names in `__all__` are public: the templates in pipelines/schedules, and your copies of them, import them
from here. They are imported when they are first used, because schedulers read the files of all schedules
again and again.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .groups import resource_groups
    from .steps import ChecksFailed, derive_and_check, load_interval, reason_not_to_retry

__all__ = [
    "ChecksFailed",
    "derive_and_check",
    "load_interval",
    "reason_not_to_retry",
    "resource_groups",
]

_LAZY = {
    "ChecksFailed": "steps",
    "derive_and_check": "steps",
    "load_interval": "steps",
    "reason_not_to_retry": "steps",
    "resource_groups": "groups",
}
"""The modules of the public names."""

if not TYPE_CHECKING:  # type checkers read the imports above

    def __getattr__(name: str) -> Any:
        if name not in _LAZY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_LAZY[name]}", __name__), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
