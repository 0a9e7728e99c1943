"""Reads answers that are almost JSON, so that one broken text or number does not cost the whole page."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

_HALVES = (rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}")
# A first half without a second behind it, or a second without a first. It begins with fixed bytes, for speed.
_SUSPECT = re.compile(
    rb"\\u[dD](?:[89abAB][0-9a-fA-F]{2}(?!%b)|[c-fC-F][0-9a-fA-F]{2}(?<!%b%b))"
    % (_HALVES[1], _HALVES[0], _HALVES[1])
)
_ESCAPES = re.compile(rb"(%b%b)|(%b|%b)|\\." % (*_HALVES, *_HALVES), re.DOTALL)
_REPLACEMENT = rb"\ufffd"

_ODD_NUMBER = re.compile(rb"NaN|Infinity|[eE]\+?\d{3}|\d{300}")
"""What can be a number that no float holds: NaN, Infinity, 1e999."""

_LONGEST_INT = 20
"""Digits of an integer that is read exactly, with its sign. No column holds a longer one."""


def repair_text(body: bytes) -> tuple[bytes, int]:
    r"""Replaces half surrogate pairs (`\ud83d`) and bytes that are not UTF-8 by U+FFFD.

    JSON parsers refuse the former, and databases the latter.

    Args:
        body: JSON, as it was sent.

    Returns:
        The JSON to read, and the number of replacements: 0 if it is unchanged.
    """
    replaced = 0
    try:
        body.decode()
    except UnicodeDecodeError:
        text = body.decode(errors="replace")
        replaced = text.count("\ufffd") - body.count("\ufffd".encode())
        body = text.encode()
    if (b"\\ud" in body or b"\\uD" in body) and _SUSPECT.search(body):
        # An escaped backslash before `ud83d` only looks like half a pair: read escape by escape.
        halves = sum(1 for escape in _ESCAPES.finditer(body) if escape[2])
        if halves:
            body = _ESCAPES.sub(lambda escape: _REPLACEMENT if escape[2] else escape[0], body)
            replaced += halves
    return body, replaced


def load_json(body: bytes) -> Any:
    """Reads JSON into Python objects. Numbers that JSON does not have, such as NaN and 1e999, are floats.

    Args:
        body: JSON in UTF-8.

    Raises:
        JSONDecodeError: It is not JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        if not _ODD_NUMBER.search(body):
            raise
        try:
            return json.loads(body, parse_int=_parse_int)
        except RecursionError as error:
            raise json.JSONDecodeError("too deep", "", 0) from error


def _parse_int(text: str) -> int | float:
    return int(text) if len(text) <= _LONGEST_INT else float(text)
