"""Rules about the texts of a row: its name and description, and what no text should contain."""

from __future__ import annotations

from collections.abc import Iterator

from ...rows import Row
from ...rule_engine import Finding, rule
from ...texts import broken_encoding, find_residues, formula_trigger, is_vague
from ..catalog_facts import CatalogFacts, fold_text
from ..rows import format_ids, is_blank, show_text
from ..severities import BLOCK, EVERY_ROW, INFO, WARN
from .places import DISPLAY, PRODUCT

MAX_NAME_LENGTH = 255
"""Characters. Global-e publishes no limit."""

MIN_DESCRIPTION_LENGTH = 15
"""Characters."""

TEXTS = {
    "display_name": "display name",
    "product_description": "description",
    "composition": "composition",
    "brand_name": "brand",
    "hs_description": "description of the commodity code",
}
"""The text columns of a row and their names in messages."""

_ANY_TEXT = f"{DISPLAY} for name and description, {PRODUCT} for the rest"
_DESCRIBE = f"{DISPLAY}, description: write what the product is and what it is made of."


@rule(
    "N1",
    BLOCK,
    "Display name is missing, too long or contains markup",
    f"{DISPLAY}, name: write a short plain text.",
    scope=EVERY_ROW,
)
def check_name(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """A missing name blocks; a long one and one with markup are warnings."""
    name = row["display_name"]
    if is_blank(name):
        yield Finding(None, "The size has no display name.")
        return
    if len(name) > MAX_NAME_LENGTH:
        message = f"The name has {len(name)} characters, more than {MAX_NAME_LENGTH}."
        yield Finding(show_text(name), message, WARN)
    if residues := find_residues(name):
        yield Finding(_join(residues), "The name contains markup.", WARN)


@rule(
    "N2",
    INFO,
    "Display name is used by more than one product",
    f"{DISPLAY}, name: add what distinguishes the products, if they are not the same.",
    scope=EVERY_ROW,
)
def check_name_is_unique(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """Yields one finding per product, at its first size."""
    if is_blank(row["display_name"]):
        return
    products = facts.names.get(fold_text(row["display_name"]), {})
    others = [product for product in products if product != row["product_id"]]
    if others and products.get(row["product_id"]) == row["product_size_id"]:
        yield Finding(show_text(row["display_name"]), f"Product {format_ids(others)} has the same name.")


@rule("D1", BLOCK, "Description is missing", _DESCRIBE, scope=EVERY_ROW)
def check_description_is_present(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """Only a warning for the profile `centra`, whose rows may lack a description."""
    if is_blank(row["product_description"]):
        severity = WARN if facts.options.profile == "centra" else None
        yield Finding(None, "The size has no description.", severity)


@rule(
    "D2",
    WARN,
    "Description contains markup",
    f"{DISPLAY}, description: correct or remove the markup that was found.",
    scope=EVERY_ROW,
)
def check_description_is_plain(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """The catalog converts markup to plain text; this is what it could not convert."""
    if residues := find_residues(row["product_description"] or ""):
        message = "The description contains markup, entities or control characters."
        yield Finding(_join(residues), message)


@rule("D3", WARN, "Description does not say what the product is", _DESCRIBE, scope=EVERY_ROW)
def check_description_is_specific(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """The EU's import control system (ICS2) rejects vague descriptions of goods."""
    text = row["product_description"]
    if is_blank(text):
        return
    if fold_text(text) == fold_text(row["display_name"] or ""):
        yield Finding(show_text(text), "The description only repeats the name.")
    elif len(text.strip()) < MIN_DESCRIPTION_LENGTH:
        message = f"The description has fewer than {MIN_DESCRIPTION_LENGTH} characters."
        yield Finding(show_text(text), message)
    elif is_vague(text):
        yield Finding(show_text(text), "European customs (ICS2) rejects such a description as too vague.")


@rule(
    "X1",
    WARN,
    "Text starts like a spreadsheet formula",
    f"{_ANY_TEXT}: start the text with a letter or a digit.",
    scope=EVERY_ROW,
)
def check_formulas(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """A spreadsheet runs such a text as a formula; in an SKU it blocks."""
    for column, name in {"sku": "SKU", **TEXTS}.items():
        if trigger := formula_trigger(row[column] or ""):
            message = f"The {name} starts with {show_text(trigger)!r}, like a formula."
            yield Finding(show_text(row[column]), message, BLOCK if column == "sku" else None)


@rule(
    "X2",
    WARN,
    "Text is damaged by a wrong encoding",
    f"{_ANY_TEXT}: type the text again, or import it as UTF-8.",
    scope=EVERY_ROW,
)
def check_encoding(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """Such as `Ã¥` in place of å."""
    for column, name in {"sku": "SKU", **TEXTS}.items():
        if piece := broken_encoding(row[column] or ""):
            message = f"The {name} contains characters that a wrong encoding has damaged."
            yield Finding(show_text(piece), message)


def _join(residues: list[str]) -> str:
    return show_text(" ".join(dict.fromkeys(residues)))
