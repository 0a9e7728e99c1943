"""Describes functions of users, so that a later load notices when others are used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from types import CodeType, FunctionType, MethodType
from typing import Any

SIMPLE = (str, bytes, int, float, bool, type(None))
"""Types whose `repr` is the same in every process."""


def make_fingerprint(function: Callable[..., Any]) -> str:
    """Returns a text that is equal for equal functions, in every process of one version of Python.

    The values that a function uses count: its defaults, the variables around it, and constants and other
    functions of its module. Other objects count by their type and attributes.
    """
    return sha256(_describe(function, []).encode()).hexdigest()[:16]


def _describe(value: Any, outer: list[object]) -> str:
    """Describes a value.

    Args:
        value: Anything.
        outer: What is being described already, as functions can refer to themselves.
    """
    if isinstance(value, SIMPLE):
        return repr(value)
    if any(value is one for one in outer):
        return "itself"
    parts = [_describe(part, [*outer, value]) for part in _list_parts(value)]
    # Sets have another order in each process.
    listed = sorted(parts) if isinstance(value, set | frozenset) else parts
    return f"{type(value).__qualname__}({', '.join(listed)})"


def _list_parts(value: Any) -> Iterator[Any]:
    if isinstance(value, CodeType):
        yield from (value.co_code, value.co_names, value.co_consts)
    elif isinstance(value, FunctionType):
        yield from (value.__code__, value.__defaults__, value.__kwdefaults__)
        yield from (_read_cell(cell) for cell in value.__closure__ or ())
        yield from _list_globals(value)
    elif isinstance(value, MethodType):
        yield from (value.__func__, value.__self__)
    elif isinstance(value, partial):
        yield from (value.func, value.args, value.keywords)
    elif isinstance(value, dict):
        yield from (part for item in value.items() for part in item)
    elif isinstance(value, list | tuple | set | frozenset):
        yield from value
    elif type(value).__module__ in ("datetime", "decimal"):
        yield str(value)
    else:
        yield vars(type(value)).get("__call__")
        yield getattr(value, "__qualname__", None)
        yield {name: one for name, one in getattr(value, "__dict__", {}).items() if isinstance(one, SIMPLE)}


def _read_cell(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # the variable has no value yet
        return None


def _list_globals(function: FunctionType) -> Iterator[Any]:
    """Yields the constants and the functions of its own module that a function uses."""
    for name in sorted(_list_names(function.__code__)):
        value = function.__globals__.get(name)
        is_own = isinstance(value, FunctionType) and value.__module__ == function.__module__
        if is_own or isinstance(value, (*SIMPLE[:-1], list, tuple, set, frozenset, dict)):
            yield value


def _list_names(code: CodeType) -> set[str]:
    inner = (const for const in code.co_consts if isinstance(const, CodeType))
    return {*code.co_names}.union(*map(_list_names, inner))
