"""Checks GTINs, the numbers below barcodes (EAN, UPC)."""

from __future__ import annotations

from .digits import count_digits, describe_non_digits


def gtin_problem(raw: str) -> str | None:
    """Returns what is wrong with a GTIN (EAN, UPC), as a clause; None if length and check digit are right."""
    if not (raw.isascii() and raw.isdecimal()):
        return describe_non_digits(raw) if raw.strip() else "is empty"
    if len(raw) not in (8, 12, 13, 14):
        return f"has {count_digits(raw)}, but must have 8, 12, 13 or 14"
    if not raw.strip("0"):
        return "is all zeros"
    digits = [int(digit) for digit in reversed(raw)]
    check = -(3 * sum(digits[1::2]) + sum(digits[2::2])) % 10
    return None if check == digits[0] else f"ends in {digits[0]}, but its check digit is {check}"
