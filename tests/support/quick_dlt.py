"""Caches constant results of dlt, which saves a third of the time of a small load."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache, wraps
from os import environ
from typing import Any, TypeVar

from dlt.common import jsonpath, typing, validation
from dlt.common.configuration.providers.environ import EnvironProvider
from dlt.common.configuration.providers.provider import get_key_name
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
    get_key_name,
)
"""Functions whose result depends only on their arguments, which are types and paths with few values."""


MOST = 50_000
"""Results of each that are kept. Their arguments must be kept too, as ids are used again."""


def remember_results() -> None:
    """Replaces each pure function by a cached one, in every module of dlt that has imported it."""
    remembering = {function: _remember(function) for function in PURE_FUNCTIONS}
    get_type_hints = validation.get_type_hints  # type: ignore[attr-defined]  # dlt has imported it for itself
    remembering[get_type_hints] = _remember_by_class(get_type_hints)
    validate = validation.validate_dict_ignoring_xkeys
    remembering[validate] = _remember_valid(validate)
    for name, module in list(sys.modules.items()):
        if name == "dlt" or name.startswith("dlt."):
            for attribute, value in list(vars(module).items()):
                if callable(value) and _is_hashable(value) and value in remembering:
                    setattr(module, attribute, remembering[value])
    EnvironProvider.get_value = _look_quickly(EnvironProvider.get_value)  # type: ignore[method-assign]


def _remember(function: Callable[..., Result]) -> Callable[..., Result]:
    remembered = lru_cache(maxsize=None)(function)
    known: dict[int, tuple[Any, Result]] = {}

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Result:
        if len(args) == 1 and not kwargs and not isinstance(args[0], str):  # hashing a Literal takes long
            found = known.get(id(args[0]))
            if found is None:
                found = known[id(args[0])] = args[0], function(args[0])
                if len(known) > MOST:
                    known.clear()
            return found[1]
        try:
            return remembered(*args, **kwargs)
        except TypeError:  # an argument without a hash, or an error of the function itself
            return function(*args, **kwargs)

    return call


def _look_quickly(get_value: Callable[..., tuple[Any, str]]) -> Callable[..., tuple[Any, str]]:
    """Looks for a variable of the environment without the exception that a missing one costs."""
    variables: dict[bytes, bytes] = environ._data  # type: ignore[attr-defined]  # what it reads itself

    @wraps(get_value)
    def look(
        self: EnvironProvider, key: str, hint: Any, pipeline_name: str, *sections: str
    ) -> tuple[Any, str]:
        name = _name_variable(key, pipeline_name, *sections)
        if name.encode() in variables or base_configuration.is_secret_hint(hint):
            return get_value(self, key, hint, pipeline_name, *sections)
        return None, name

    return look


_name_variable = lru_cache(maxsize=None)(EnvironProvider.get_key_name)


def _remember_valid(validate: Callable[..., None]) -> Callable[..., None]:
    """Validates equal hints of tables once."""
    known: set[tuple[int, int]] = set()

    @wraps(validate.func)  # type: ignore[attr-defined]  # dlt has it as a partial function
    def validate_once(spec: type, doc: Any, path: str, **kwargs: Any) -> None:
        if kwargs:
            return validate(spec, doc, path, **kwargs)
        key = id(spec), hash(repr(doc))
        if key not in known:
            validate(spec, doc, path)
            known.add(key)
        if len(known) > MOST:
            known.clear()
        return None

    return validate_once


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
