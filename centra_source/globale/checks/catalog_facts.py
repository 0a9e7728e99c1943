"""What the rules need to know about the whole catalog; a first pass over its rows collects it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache
from statistics import median_low

from ..customs import HsCode, is_country, parse_hs_code
from ..rows import Row
from .options import CheckOptions
from .other_tables import OtherTables
from .rows import is_blank

FEWEST_PRODUCTS = 10
"""With fewer products, nothing is concluded from values that are all the same."""

FEWEST_WEIGHTS = 5
"""With fewer weights, a folder has no median."""

MID_COUNTRIES = ("CN", "HK")
"""Goods from these countries need a manufacturer id (MID) in the United States."""

SUBJECT = ("product_id", "product_variant_id", "product_size_id", "sku", "display_name")
"""The columns by which an issue names its row."""


class Owners:
    """Which objects have a value. Memory grows only with values that several objects share."""

    def __init__(self) -> None:
        self._first: dict[Hashable, int] = {}
        self._several: dict[Hashable, dict[int, None]] = {}

    def add(self, value: Hashable, owner: int) -> None:
        """Records that an object has a value."""
        first = self._first.setdefault(value, owner)
        if first != owner:
            self._several.setdefault(value, {first: None})[owner] = None

    def others(self, value: Hashable, owner: int) -> list[int]:
        """Returns the other objects that have the value."""
        return [one for one in self._several.get(value, ()) if one != owner]


@dataclass
class Sharing:
    """The products and folders that use a commodity code."""

    products: set[int] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)


@dataclass
class Origin:
    """The products from one country, and the first row of them."""

    row: Row
    products: set[int] = field(default_factory=set)


@dataclass
class CatalogFacts:
    """What is known about the whole catalog. Blocked rows do not count for customs and weights."""

    options: CheckOptions
    tables: OtherTables
    rows: int = 0
    last_id: int | None = None
    repeated_ids: set[int] = field(default_factory=set)
    stores: set[int] = field(default_factory=set)
    variants: set[int] = field(default_factory=set)
    skus: Owners = field(default_factory=Owners)
    gtins: Owners = field(default_factory=Owners)
    names: dict[str, dict[int, int]] = field(default_factory=dict)
    products: set[int] = field(default_factory=set)
    codes: defaultdict[str, Sharing] = field(default_factory=lambda: defaultdict(Sharing))
    weights: set[Decimal] = field(default_factory=set)
    weighed_products: set[int] = field(default_factory=set)
    folder_weights: defaultdict[str, Counter[Decimal]] = field(default_factory=lambda: defaultdict(Counter))
    origins: dict[tuple[str, str | None], dict[str, Origin]] = field(default_factory=dict)
    mid_products: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, row: Row) -> None:
        """Adds the next row. Rows must come in the order of their size ids."""
        size = row["product_size_id"]
        self.rows += 1
        if size is not None and size == self.last_id:
            self.repeated_ids.add(size)
        self.last_id = size
        if row["store_id"] is not None:
            self.stores.add(row["store_id"])
        if not is_blank(row["sku"]):
            self.variants.add(row["product_variant_id"])
        if size is not None:
            self._add_identity(row, size)
        if not row["is_blocked"]:
            self._add_customs(row, row["product_id"])

    def _add_identity(self, row: Row, size: int) -> None:
        if not is_blank(row["sku"]):
            self.skus.add(fold_text(row["sku"]), size)
        if not is_blank(row["gtin"]):
            self.gtins.add(normalize_gtin(row["gtin"]), size)
        if not is_blank(row["display_name"]):
            self.names.setdefault(fold_text(row["display_name"]), {}).setdefault(row["product_id"], size)

    def _add_customs(self, row: Row, product: int) -> None:
        self.products.add(product)
        if digits := code_digits(row):
            self.codes[digits].products.add(product)
            if row["folder_name"] is not None:
                self.codes[digits].folders.add(row["folder_name"])
        grams, origin = row["weight_grams"], row["country_of_origin"]
        if grams is not None and grams > 0:
            self.weights.add(grams)
            self.weighed_products.add(product)
            if row["folder_name"] is not None:
                self.folder_weights[row["folder_name"]][grams] += 1
        if not is_blank(origin) and is_country(origin):
            if not is_blank(row["supplier_name"]):
                group = self.origins.setdefault((row["supplier_name"], row["collection_name"]), {})
                if origin not in group:
                    group[origin] = Origin({name: row[name] for name in SUBJECT})
                group[origin].products.add(product)
            if origin in MID_COUNTRIES:
                self.mid_products[origin].add(product)

    @cached_property
    def folder_medians(self) -> dict[str, Decimal]:
        """The median weight in grams of each folder that has enough weights."""
        return {
            folder: median_low(weights.elements())
            for folder, weights in self.folder_weights.items()
            if sum(weights.values()) >= FEWEST_WEIGHTS
        }


def fold_text(text: str) -> str:
    """Removes what many systems ignore: case and surrounding blanks."""
    return text.strip().casefold()


def normalize_gtin(text: str) -> str:
    """Removes surrounding blanks and leading zeros, which do not change a GTIN."""
    return text.strip().lstrip("0")


@lru_cache(maxsize=10_000)
def parse_code(raw: str | None) -> HsCode | None:
    """Parses the commodity code as the merchant typed it; the same code occurs in many rows."""
    return parse_hs_code(raw)


def code_digits(row: Row) -> str:
    """The digits of a valid commodity code, or of one with national digits added; else an empty text."""
    code = parse_code(row["hs_code_raw"])
    if code is None or (code.problem and not is_long_code(code.digits)):
        return ""
    return code.digits


def is_long_code(digits: str) -> bool:
    """Whether a commodity code has more digits than the published tariffs, but can still be one."""
    return 11 <= len(digits) <= 14
