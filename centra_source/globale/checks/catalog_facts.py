"""What the rules must know of all rows to judge one: gathered in a first pass over the catalog."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache

from ..customs import HsCode, hs_code, is_country
from .options import CheckOptions
from .other_tables import OtherTables
from .rows import Row, is_blank

MID_COUNTRIES = ("CN", "HK")
"""Goods from there need a manufacturer id (MID) in the United States."""

SUBJECT = ("product_id", "product_variant_id", "product_size_id", "sku", "display_name")
"""The columns of a row by which an issue names it."""


class Owners:
    """Which objects bear a value; all of them are kept only where there are several."""

    def __init__(self) -> None:
        self._first: dict[Hashable, int] = {}
        self._several: dict[Hashable, dict[int, None]] = {}

    def add(self, value: Hashable, owner: int) -> None:
        """Notes that an object bears a value."""
        first = self._first.setdefault(value, owner)
        if first != owner:
            self._several.setdefault(value, {first: None})[owner] = None

    def others(self, value: Hashable, owner: int) -> list[int]:
        """The other objects that bear it."""
        return [one for one in self._several.get(value, ()) if one != owner]


@dataclass
class Sharing:
    """Where a commodity code stands: in which products, in which folders."""

    products: set[int] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)


@dataclass
class Origin:
    """The products from one country, and the first row of one."""

    row: Row
    products: set[int] = field(default_factory=set)


@dataclass
class Whole:
    """The catalog as a whole; what concerns customs and weights is gathered of rows that are not blocked."""

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
        """Takes in the next row; they come in the order of their ids."""
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
            self.skus.add(folded(row["sku"]), size)
        if not is_blank(row["gtin"]):
            self.gtins.add(bare_gtin(row["gtin"]), size)
        if not is_blank(row["display_name"]):
            self.names.setdefault(folded(row["display_name"]), {}).setdefault(row["product_id"], size)

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
        """The median weight of a folder's rows in grams, where there are enough to take one."""
        fewest = self.options.fewest_weights
        return {
            folder: _median(weights)
            for folder, weights in self.folder_weights.items()
            if sum(weights.values()) >= fewest
        }


def folded(text: str) -> str:
    """A text without what many a system ignores: case and surrounding blanks."""
    return text.strip().casefold()


def bare_gtin(text: str) -> str:
    """A GTIN without blanks and leading zeros, which only its written form has."""
    return text.strip().lstrip("0")


@lru_cache(maxsize=10_000)
def typed_code(raw: str | None) -> HsCode | None:
    """The commodity code that a merchant typed."""
    return hs_code(raw)


def code_digits(row: Row) -> str:
    """The digits of a well-formed commodity code, or of one with national digits added; else nothing."""
    code = typed_code(row["hs_code_raw"])
    if code is None or (code.problem and not is_long_code(code.digits)):
        return ""
    return code.digits


def is_long_code(digits: str) -> bool:
    """Whether a commodity code has more digits than any published tariff, yet not too many to be one."""
    return 11 <= len(digits) <= 14


def _median(weights: Counter[Decimal]) -> Decimal:
    """The lower median of weights that are counted."""
    left = (sum(weights.values()) + 1) // 2
    for weight in sorted(weights):
        left -= weights[weight]
        if left <= 0:
            break
    return weight
