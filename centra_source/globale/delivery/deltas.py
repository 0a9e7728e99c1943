"""The difference between a catalog file and the one that was last delivered to Global-e."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import dlt
from dlt.extract.items import DataItemWithMeta

from ...destinations.queries import escape_quotes, rows_of
from ...exceptions import CentraError, InvalidSetting
from ...tables.merging import make_items
from ...tables.table import Column, Reference, Table
from .files import catalog_lines
from .profiles import Profile

CATALOG_DELIVERED = Table(
    name="globale_catalog_delivered",
    columns=(
        Column("catalog", "text", description="Profile and store of the file."),
        Column("profile", "text", description="The profile of the file."),
        Column("store_id", "bigint", description="Id of the store of the catalog."),
        Column("product_size_id", "bigint", description="Id of the size."),
        Column("sku", "text", description="SKU of the size at that time."),
        Column("row_hash", "text", description="SHA-256 of the line in the file, hexadecimal."),
        Column("file_name", "text", description="Name of the file."),
        Column("delivered_at", "timestamp", description="When the file was written, UTC."),
    ),
    key=("catalog", "product_size_id"),
    root_key="catalog",
    references=(Reference("product_size_id", "product_sizes"),),
    description="One row per line of the catalog file last delivered to Global-e, by profile and store.",
)


@dataclass(frozen=True)
class Delta:
    """The difference between the catalog and the file last delivered, as product size ids.

    Attributes:
        since: When the file last delivered was written, UTC.
        added: Sizes that are new in the file.
        changed: Sizes whose line is different.
        removed: Sizes that are gone, each with its SKU of that time. If the file is keyed by SKU, also sizes
            whose SKU has changed.
    """

    since: datetime
    added: Sequence[int]
    changed: Sequence[int]
    removed: Sequence[tuple[int, str | None]]


def compare_catalog(
    dataset: dlt.Dataset, profile: Profile, store_id: int, *, removed_share: float = 1.0
) -> Delta:
    """Compares the catalog with the file last delivered, by the hashes stored in the destination.

    Args:
        dataset: Contains `globale_catalog`, and `globale_catalog_delivered` of an earlier delivery.
        profile: The profile of the file. If its columns have changed, every line has changed.
        store_id: The store of the catalog.
        removed_share: The largest share of the delivered lines that may be gone, from 0 to 1.

    Raises:
        InvalidSetting: No file of this profile and store has been delivered.
        CentraError: More lines are gone.
    """
    earlier, since = _delivered(dataset, _catalog_name(profile, store_id))
    known = len(earlier)
    if since is None:
        raise InvalidSetting(
            f"There is no earlier file to compare with: no file of profile {profile.name} and store "
            f"{store_id} is recorded. Use --deliver when you send the first file to Global-e."
        )
    added, changed, renamed = [], [], []
    for size_id, sku, line in catalog_lines(dataset, profile):
        old_sku, row_hash = earlier.pop(size_id, (None, None))
        if row_hash is None:
            added.append(size_id)
        elif row_hash != _hash(line):
            changed.append(size_id)
            if old_sku != sku and profile.is_keyed_by_sku:
                renamed.append((size_id, old_sku))
    removed = [(size_id, sku) for size_id, (sku, _) in earlier.items()]
    if len(removed) > removed_share * known:
        raise CentraError(
            f"{len(removed):,} of {known:,} delivered rows would vanish, more than {removed_share:.0%}, so "
            "nothing was written. globale_catalog_excluded has the reasons; if they are correct, use --force."
        )
    return Delta(since, added, changed, sorted([*removed, *renamed]))


@dlt.resource(name=CATALOG_DELIVERED.name)
def delivered_catalog(
    dataset: dlt.Dataset, profile: Profile, store_id: int, file_name: str, made_at: datetime
) -> Iterator[DataItemWithMeta]:
    """Records a file as delivered, in place of the previous one. An empty file changes nothing."""
    fixed = {
        "catalog": _catalog_name(profile, store_id),
        "profile": profile.name,
        "store_id": store_id,
        "file_name": file_name,
        "delivered_at": made_at,
    }
    rows = (
        {**fixed, "product_size_id": size_id, "sku": sku, "row_hash": _hash(line)}
        for size_id, sku, line in catalog_lines(dataset, profile)
    )
    yield from make_items(CATALOG_DELIVERED, rows, CATALOG_DELIVERED.root_key)


def _catalog_name(profile: Profile, store_id: int) -> str:
    return f"{profile.name}, store {store_id}"


def _delivered(
    dataset: dlt.Dataset, catalog: str
) -> tuple[dict[int, tuple[str | None, str]], datetime | None]:
    if CATALOG_DELIVERED.name not in dataset.tables:
        return {}, None
    query = (
        f"select product_size_id, sku, row_hash, delivered_at from {CATALOG_DELIVERED.name} "
        f"where catalog = '{escape_quotes(catalog)}'"
    )
    lines, since = {}, None
    for row in rows_of(dataset, query):
        lines[row["product_size_id"]] = (row["sku"], row["row_hash"])
        since = row["delivered_at"]
    return lines, since


def _hash(line: Sequence[str]) -> str:
    return hashlib.sha256("\x1f".join(line).encode()).hexdigest()
