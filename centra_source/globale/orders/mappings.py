"""Parses the three mapping fields of an order into pairs. Global-e does not document their structure."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

NESTED = 3
"""How often JSON text can be nested in JSON text."""

_RANKS = (
    re.compile("centra|line|merchant|sku"),
    re.compile("cartitem|cart_item|globale|^ge|_ge"),
    re.compile("price|amount|total"),
)
"""Field names by what the field contains: the Centra item, the cart item, its price."""


class Pair(NamedTuple):
    """A key and the value that it is mapped to."""

    left: str
    right: str


class Mapping(NamedTuple):
    """The pairs of a mapping field.

    Attributes:
        pairs: In the order of the text; a left side can occur several times.
        problem: Why the text cannot be parsed, as a clause; None if it can be, or is empty.
    """

    pairs: tuple[Pair, ...] = ()
    problem: str | None = None


class _Object(NamedTuple):
    """A JSON object that keeps repeated names."""

    fields: list[tuple[str, Any]]


class _Unknown(Exception):
    """The text is JSON of an unknown structure."""


def parse_mapping(text: str | None) -> Mapping:
    """Parses JSON that maps keys to values, in any unambiguous structure.

    The structures are an object (a list of values maps its key to each of them), a list of pairs, and a list
    of objects with one or two fields. The text can be JSON in JSON, or contain `&quot;` as some editors write
    it. In an object with two fields, the names decide which is which (`price`), or else their order. Numbers
    are kept as written. A key that is mapped to null is left out.
    """
    cleaned = (text or "").strip()
    if not cleaned:
        return Mapping()
    try:
        value = _decoded(cleaned)
    except (ValueError, RecursionError):
        return Mapping(problem="is not JSON")
    if value is None or value == "":
        return Mapping()
    try:
        return Mapping(tuple(Pair(left, right) for left, right in _pairs(value) if right is not None))
    except _Unknown:
        return Mapping(problem="is JSON of an unknown structure")


def _decoded(text: str) -> Any:
    try:
        value = _loads(text)
    except ValueError:
        if (plain := html.unescape(text)) == text:
            raise
        value = _loads(plain)
    for _ in range(NESTED):
        if not isinstance(value, str) or not value.strip():
            break
        value = _loads(html.unescape(value) if "&quot;" in value else value)
    return value


def _loads(text: str) -> Any:
    return json.loads(
        text, object_pairs_hook=_Object, parse_float=str, parse_int=str, parse_constant=_no_number
    )


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is not JSON number")


def _pairs(value: Any) -> Iterator[tuple[str, str | None]]:
    if isinstance(value, _Object):
        for name, mapped in value.fields:
            for each in mapped if isinstance(mapped, list) else [mapped]:
                yield name, _scalar(each)
        return
    if not isinstance(value, list):
        raise _Unknown
    for element in value:
        left, right = _sides(element)
        if left is None:
            raise _Unknown
        yield left, right


def _sides(element: Any) -> tuple[str | None, str | None]:
    if isinstance(element, list) and len(element) == 2:
        return _scalar(element[0]), _scalar(element[1])
    if isinstance(element, _Object) and len(element.fields) == 1:
        ((left, right),) = element.fields
        return left, _scalar(right)
    if isinstance(element, _Object) and len(element.fields) == 2:
        (first, one), (second, other) = element.fields
        ranks = _rank(first), _rank(second)
        sides = _scalar(one), _scalar(other)
        known = None not in ranks
        return (sides[1], sides[0]) if known and (ranks[0] or 0) > (ranks[1] or 0) else sides
    raise _Unknown


def _rank(name: str) -> int | None:
    lowered = name.lower()
    return next((rank for rank in (2, 1, 0) if _RANKS[rank].search(lowered)), None)


def _scalar(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise _Unknown
