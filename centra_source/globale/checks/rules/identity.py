"""Rules about what identifies a size: its id, SKU and GTIN."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...gtin import gtin_problem
from ...rows import Row
from ...rule_engine import Finding, rule
from ..catalog_facts import CatalogFacts, fold_text, normalize_gtin
from ..rows import format_ids, is_blank, show_text
from ..severities import BLOCK, EVERY_ROW, INFO
from .places import PRODUCT, SIZE

_SKU = f"{PRODUCT}: the SKU consists of the numbers of product, variant and size; correct the wrong one."

_NUMBER = re.compile(r"0\d+|\d{12,}|\d+(\.\d+)?e[+-]?\d+", re.ASCII | re.IGNORECASE)
_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec"
_DATE = re.compile(
    r"(?P<day>\d{1,2})(?P<mark>[-/.])(?P<month>\d{1,2})((?P=mark)(\d{2}|\d{4}))?"
    r"|\d{4}[-/](0?[1-9]|1[0-2])([-/]\d{1,2})?"
    rf"|({_MONTH})[-/ ]?\d{{1,4}}|\d{{1,4}}[-/ ]?({_MONTH})",
    re.ASCII | re.IGNORECASE,
)


@rule(
    "K1",
    BLOCK,
    "Unique identifier is missing, invalid or repeated",
    "Derive the catalog again. The identifier is Centra's id of the size, which nobody types.",
    scope=EVERY_ROW,
)
def check_id(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """Each row must have a unique identifier of its own."""
    size = row["product_size_id"]
    if size is None:
        yield Finding(None, "The row has no unique identifier.")
    elif size < 1:
        yield Finding(str(size), "The unique identifier is not an id of Centra.")
    elif size in facts.repeated_ids:
        yield Finding(str(size), "Several rows have this unique identifier.")


@rule("K2", BLOCK, "SKU is missing", _SKU, scope=EVERY_ROW)
def check_sku_is_present(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """An SKU of blanks counts as missing."""
    if is_blank(row["sku"]):
        yield Finding(None, "The size has no SKU.")


@rule("K3", BLOCK, "SKU contains a blank", _SKU, scope=EVERY_ROW)
def check_sku_characters(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """Also finds invisible characters."""
    sku = row["sku"]
    if not is_blank(sku) and any(one.isspace() or not one.isprintable() for one in sku):
        yield Finding(show_text(sku), "The SKU contains blanks or characters that do not print.")


@rule("K4", BLOCK, "SKU is used by more than one size", _SKU, scope=EVERY_ROW)
def check_sku_is_unique(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """SKUs that differ only in case or surrounding blanks count as the same."""
    sku, size = row["sku"], row["product_size_id"]
    if is_blank(sku) or size is None:
        return
    if others := facts.skus.others(fold_text(sku), size):
        message = f"Size {format_ids(others)} has the same SKU, ignoring case and surrounding blanks."
        yield Finding(show_text(sku), message)


@rule(
    "K5",
    INFO,
    "SKU looks like a number or a date",
    "Nothing in Centra if you send the file as it is. Do not open and save it in a spreadsheet.",
    scope=EVERY_ROW,
)
def check_sku_in_a_spreadsheet(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """A spreadsheet changes such an SKU when somebody opens and saves the file."""
    sku = (row["sku"] or "").strip()
    if _NUMBER.fullmatch(sku):
        yield Finding(show_text(sku), "A spreadsheet reads the SKU as a number and writes it differently.")
    elif _is_date(sku):
        yield Finding(show_text(sku), "A spreadsheet reads the SKU as a date and writes it differently.")


@rule(
    "G1",
    INFO,
    "GTIN is wrong or used by more than one size",
    f"{SIZE}, EAN or UPC: enter the number that is printed below the barcode.",
    scope=EVERY_ROW,
)
def check_gtin(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """GS1 defines the lengths and the check digit."""
    gtin, size = row["gtin"], row["product_size_id"]
    if is_blank(gtin):
        return
    if problem := gtin_problem(gtin):
        yield Finding(show_text(gtin), f"The GTIN {problem}.")
    elif size is not None and (others := facts.gtins.others(normalize_gtin(gtin), size)):
        yield Finding(show_text(gtin), f"Size {format_ids(others)} has the same GTIN.")


def _is_date(sku: str) -> bool:
    found = _DATE.fullmatch(sku)
    if not found:
        return False
    if found["day"] is None:
        return True
    if found["mark"] == "." and sku.count(".") == 1:  # 1.5 is a number, and a spreadsheet keeps it
        return False
    first, second = int(found["day"]), int(found["month"])
    return 1 <= min(first, second) <= 12 and max(first, second) <= 31
