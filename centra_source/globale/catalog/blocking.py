"""Decides which products are blocked, and counts how many each name in the settings blocks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import dlt

from ...destinations.absent_tables import fill_absent_tables
from ...destinations.queries import rows_of
from ..configuration import CatalogConfiguration, check_names
from ..rows import Row

_UNSET = {"", "0", "no", "false"}

_FOLDERS = """
select folders.id, folders.name, folders.parent_folder_id as parent_id from folders
"""
_SUBFOLDERS = "select folder_id, child_folder_id from folder_children"
_PRODUCTS = """
select distinct catalog.product_id, catalog.brand_name, products.folder_id
from globale_catalog as catalog
left join products on catalog.product_id = products.id
"""


@dataclass(frozen=True)
class Blocking:
    """The settings that block products from being sold through Global-e.

    Attributes:
        folders: The ids of the blocked folders and of all folders below them, each with the blocked name.
        brands: Names of brands.
        gift_cards: Words in the name of a product or display.
    """

    folders: Mapping[int, str] = field(default_factory=dict)
    brands: Sequence[str] = ()
    gift_cards: Sequence[str] = ()

    def find_reason(self, row: Row, attribute: str | None) -> str | None:
        """Returns why a product is blocked; None if it is not."""
        if (blocked := self.folders.get(row["folder_id"])) is not None:
            below = "" if row["folder_name"] == blocked else f" in {blocked}"
            return f"folder {row['folder_name']}{below}"
        if row["brand_name"] in self.brands:
            return f"brand {row['brand_name']}"
        if any(value.strip().lower() not in _UNSET for value in (attribute or "").split(",")):
            return f"attribute: {attribute}"
        names = f"{row['product_name'] or ''}\n{row['display_name'] or ''}".lower()
        for words in self.gift_cards:
            if re.search(rf"\b{re.escape(words.lower())}s?\b", names):
                return "gift card"
        return None


def make_blocking(dataset: dlt.Dataset, configuration: CatalogConfiguration) -> Blocking:
    """Returns what a configuration blocks in a loaded shop.

    Raises:
        InvalidSetting: A folder or a brand is unknown.
    """
    chosen: Mapping[str, Sequence[str]] = {
        "folders": configuration.blocked_folders,
        "brands": configuration.blocked_brands,
    }
    for table, names in chosen.items():
        if names:
            loaded = table in dataset.tables
            known = [row["name"] for row in rows_of(dataset, f"select name from {table}")] if loaded else []
            check_names(names, known, f"blocked_{table}")
    folders: dict[int, str] = {}
    for name, ids in _find_folders(dataset, configuration.blocked_folders).items():
        folders |= {folder: name for folder in ids if folder not in folders}
    return Blocking(folders, configuration.blocked_brands, configuration.gift_cards)


def describe_blocked(dataset: dlt.Dataset, configuration: CatalogConfiguration) -> Iterator[str]:
    """Yields how many products of the derived catalog each blocked folder and brand has."""
    folders = _find_folders(dataset, configuration.blocked_folders)
    if not folders and not configuration.blocked_brands:
        return
    products = list(rows_of(dataset, fill_absent_tables(dataset, _PRODUCTS)))
    counts = {
        ("blocked_folders", name): sum(row["folder_id"] in ids for row in products)
        for name, ids in folders.items()
    }
    for brand in configuration.blocked_brands:
        counts["blocked_brands", brand] = sum(row["brand_name"] == brand for row in products)
    for (setting, name), count in counts.items():
        if count:
            yield f"{setting} '{name}' blocks {count:,} product{'' if count == 1 else 's'} of the catalog."
        else:
            yield f"Warning: {setting} '{name}' blocks nothing: no product of the catalog is there."


def _find_folders(dataset: dlt.Dataset, names: Iterable[str]) -> dict[str, set[int]]:
    """Returns the ids of the folders of each name, and of all folders below them."""
    names = list(dict.fromkeys(names))
    if not names or "folders" not in dataset.tables:
        return {}
    folders = list(rows_of(dataset, fill_absent_tables(dataset, _FOLDERS)))
    below: defaultdict[int, set[int]] = defaultdict(set)
    for row in folders:
        below[row["parent_id"]].add(row["id"])
    for row in rows_of(dataset, fill_absent_tables(dataset, _SUBFOLDERS)):
        below[row["folder_id"]].add(row["child_folder_id"])
    return {name: _collect({row["id"] for row in folders if row["name"] == name}, below) for name in names}


def _collect(start: set[int], below: Mapping[int, set[int]]) -> set[int]:
    """Returns some ids and all below them. Folders that contain each other end it too."""
    found, added = set(start), set(start)
    while added:
        added = {child for one in added for child in below.get(one, ())} - found
        found |= added
    return found
