"""Clauses about texts that should only have digits, for commodity codes and GTINs."""

from __future__ import annotations

import re

_AS_NUMBER = re.compile(r"\d+(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)


def describe_non_digits(raw: str) -> str:
    """Returns what is wrong with a text that is not only digits, as a clause."""
    if _AS_NUMBER.fullmatch(raw.strip()):
        return "was turned into a rounded number by a spreadsheet"
    return "contains something other than digits"


def count_digits(digits: str) -> str:
    """Returns the number of digits in words, such as `8 digits`."""
    return f"{len(digits)} digit{'s' * (len(digits) > 1)}"
