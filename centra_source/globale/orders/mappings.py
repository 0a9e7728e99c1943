"""The three mapping fields of an order, whose shape Global-e does not document: pairs, however written."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

NESTED = 3
"""How often JSON text may stand inside JSON text."""

_RANKS = (
    re.compile("centra|line|merchant|sku"),
    re.compile("cartitem|cart_item|globale|^ge|_ge"),
    re.compile("price|amount|total"),
)
"""What the name of a field tells of the side that it is on: the Centra item, the cart item, its price."""


class Pair(NamedTuple):
    """What is mapped, and to what."""

    left: str
    right: str


class Mapping(NamedTuple):
    """What a text maps.

    Attributes:
        pairs: In the order of the text; a left side may come several times.
        problem: Why the text cannot be read, one clause; None if it can be, or is empty.
    """

    pairs: tuple[Pair, ...] = ()
    problem: str | None = None


class _Object(NamedTuple):
    """A JSON object with repeated names kept."""

    fields: list[tuple[str, Any]]


class _Unknown(Exception):
    """The text is JSON of another shape."""


def parse_mapping(text: str | None) -> Mapping:
    """Reads JSON that maps one thing to another, in any shape that leaves no doubt about what it means.

    These are an object (a list of values in it maps to each of them), a list of pairs, and a list of objects
    of one or two fields. The text may be JSON within JSON, or written with `&quot;` as an editor leaves it.
    Of an object with two fields, their names tell which is which (`price`), else their order does. Numbers
    are taken as they are written. What is mapped to null is not mapped.
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
        return Mapping(problem="is JSON of an unknown shape")


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
