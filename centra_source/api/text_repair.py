"""Replaces what is not Unicode in an answer, so that one broken text does not cost the whole page."""

from __future__ import annotations

import re

_HALVES = (rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}")
# A first half without a second behind it, or a second without a first. It begins with fixed bytes, for speed.
_SUSPECT = re.compile(
    rb"\\u[dD](?:[89abAB][0-9a-fA-F]{2}(?!%b)|[c-fC-F][0-9a-fA-F]{2}(?<!%b%b))"
    % (_HALVES[1], _HALVES[0], _HALVES[1])
)
_ESCAPES = re.compile(rb"(%b%b)|(%b|%b)|\\." % (*_HALVES, *_HALVES), re.DOTALL)
_REPLACEMENT = rb"\ufffd"


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
