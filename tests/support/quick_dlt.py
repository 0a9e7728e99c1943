"""Caches constant results of dlt, which saves a third of the time of a small load."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

from dlt.common import jsonpath, typing, validation
from dlt.common.configuration.specs import base_configuration

Result = TypeVar("Result")
Hints = dict[str, Any]

PURE_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    typing.extract_inner_type,
    typing.extract_type_if_modifier,
    typing.is_literal_type,
    typing.is_optional_type,
    typing.is_union_type,
    typing.is_subclass,
    typing.is_callable_type,
    base_configuration.is_secret_hint,
    base_configuration.extract_inner_hint,
    jsonpath.compile_path,
)
"""Functions whose result depends only on their arguments, which are types and paths with few values."""


def remember_results() -> None:
    """Replaces each pure function by a cached one, in every module of dlt that has imported it."""
    remembering = {function: _remember(function) for function in PURE_FUNCTIONS}
    get_type_hints = validation.get_type_hints  # type: ignore[attr-defined]  # dlt has imported it for itself
    remembering[get_type_hints] = _remember_by_class(get_type_hints)
    for name, module in list(sys.modules.items()):
        if name == "dlt" or name.startswith("dlt."):
            for attribute, value in list(vars(module).items()):
                if callable(value) and _is_hashable(value) and value in remembering:
                    setattr(module, attribute, remembering[value])


def _remember(function: Callable[..., Result]) -> Callable[..., Result]:
    remembered = lru_cache(maxsize=None)(function)

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Result:
        try:
            return remembered(*args, **kwargs)
        except TypeError:  # an argument without a hash, or an error of the function itself
            return function(*args, **kwargs)

    return call


def _remember_by_class(read: Callable[..., Hints]) -> Callable[..., Hints]:
    """Caches the annotations of classes: the namespace that dlt passes is always that of their module."""
    known: dict[tuple[type, bool], Hints] = {}

    @wraps(read)
    def read_once(kind: Any, *args: Any, **kwargs: Any) -> Hints:
        if not isinstance(kind, type):
            return read(kind, *args, **kwargs)
        key = kind, bool(kwargs.get("include_extras"))
        if key not in known:
            known[key] = read(kind, *args, **kwargs)
        return known[key]

    return read_once


def _is_hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
