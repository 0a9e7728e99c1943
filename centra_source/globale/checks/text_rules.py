"""Rules about what is written in a row: SKU, name, description, and what must not be in any text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..texts import broken_encoding, formula_trigger, is_vague, residues
from .catalog_facts import Whole, folded
from .rows import Row, is_blank, shown
from .rule_kinds import BLOCK, WARN, Finding

TEXTS = {
    "display_name": "display name",
    "product_description": "description",
    "composition": "composition",
    "brand_name": "brand",
    "hs_description": "description of the commodity code",
}
"""The texts of a row, and what they are called."""

_NUMBER = re.compile(r"0\d+|\d{12,}|\d+(\.\d+)?e[+-]?\d+", re.ASCII | re.IGNORECASE)
_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec"
_DATE = re.compile(
    r"(?P<day>\d{1,2})(?P<mark>[-/.])(?P<month>\d{1,2})((?P=mark)(\d{2}|\d{4}))?"
    r"|\d{4}[-/](0?[1-9]|1[0-2])([-/]\d{1,2})?"
    rf"|({_MONTH})[-/ ]?\d{{1,4}}|\d{{1,4}}[-/ ]?({_MONTH})",
    re.ASCII | re.IGNORECASE,
)


def sku_is_present(row: Row, whole: Whole) -> Iterator[Finding]:
    """K2."""
    if is_blank(row["sku"]):
        yield Finding(None, "The size has no SKU.")


def sku_has_no_blanks(row: Row, whole: Whole) -> Iterator[Finding]:
    """K3."""
    sku = row["sku"]
    if not is_blank(sku) and any(one.isspace() or not one.isprintable() for one in sku):
        yield Finding(shown(sku), "The SKU holds blanks or characters that do not print.")


def sku_survives_a_spreadsheet(row: Row, whole: Whole) -> Iterator[Finding]:
    """K5."""
    sku = (row["sku"] or "").strip()
    if _NUMBER.fullmatch(sku):
        yield Finding(shown(sku), "A spreadsheet takes the SKU for a number and writes it differently.")
    elif _is_date(sku):
        yield Finding(shown(sku), "A spreadsheet takes the SKU for a date and writes it differently.")


def name_is_fit(row: Row, whole: Whole) -> Iterator[Finding]:
    """N1."""
    name, longest = row["display_name"], whole.options.max_name_length
    if is_blank(name):
        yield Finding(None, "The size has no display name.")
        return
    if len(name) > longest:
        yield Finding(
            shown(name), f"The name has {len(name)} characters, more than {longest}.", severity=WARN
        )
    if left := residues(name):
        yield Finding(_pieces(left), "Markup is left in the name.", severity=WARN)


def description_is_present(row: Row, whole: Whole) -> Iterator[Finding]:
    """D1."""
    if is_blank(row["product_description"]):
        severity = WARN if whole.options.profile == "centra" else None
        yield Finding(None, "There is no description.", severity=severity)


def description_is_plain(row: Row, whole: Whole) -> Iterator[Finding]:
    """D2."""
    if left := residues(row["product_description"] or ""):
        yield Finding(_pieces(left), "Markup, entities or control characters are left in the description.")


def description_says_something(row: Row, whole: Whole) -> Iterator[Finding]:
    """D3."""
    text, shortest = row["product_description"], whole.options.min_description_length
    if is_blank(text):
        return
    if folded(text) == folded(row["display_name"] or ""):
        yield Finding(shown(text), "The description only repeats the name.")
    elif len(text.strip()) < shortest:
        yield Finding(shown(text), f"The description has fewer than {shortest} characters.")
    elif is_vague(text):
        yield Finding(shown(text), "European customs (ICS2) refuse such a description as too vague.")


def no_text_is_a_formula(row: Row, whole: Whole) -> Iterator[Finding]:
    """X1."""
    if trigger := formula_trigger(row["sku"] or ""):
        yield Finding(
            shown(row["sku"]), f"The SKU begins with {shown(trigger)!r}, as a formula does.", severity=BLOCK
        )
    for column, name in TEXTS.items():
        if trigger := formula_trigger(row[column] or ""):
            yield Finding(
                shown(row[column]), f"The {name} begins with {shown(trigger)!r}, as a formula does."
            )


def encoding_is_whole(row: Row, whole: Whole) -> Iterator[Finding]:
    """X2."""
    for column, name in {"sku": "SKU", **TEXTS}.items():
        if piece := broken_encoding(row[column] or ""):
            yield Finding(shown(piece), f"The {name} holds characters that a wrong encoding has broken.")


def _pieces(left: list[str]) -> str:
    return shown(" ".join(dict.fromkeys(left)))


def _is_date(sku: str) -> bool:
    found = _DATE.fullmatch(sku)
    if not found:
        return False
    if found["day"] is None:
        return True
    if found["mark"] == "." and sku.count(".") == 1:  # 1.5 is a number, and stays one
        return False
    first, second = int(found["day"]), int(found["month"])
    return 1 <= min(first, second) <= 12 and max(first, second) <= 31
