"""What the rules need from other tables: bundles, sizes that were read or excluded, the last delivery."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import dlt

from ...destinations.queries import DIALECT, ROWS_PER_CHUNK, escape_quotes
from .options import CheckOptions

_LOST = """
select sizes.id
from product_sizes as sizes
where
    sizes.deleted_at is null
    and not exists (select 1 from globale_catalog where globale_catalog.product_size_id = sizes.id)
    {unless_excluded}
order by sizes.id
"""
_UNLESS_EXCLUDED = """and not exists (
        select 1 from globale_catalog_excluded where globale_catalog_excluded.product_size_id = sizes.id
    )"""
_UNKNOWN = """
select distinct globale_catalog.product_size_id
from globale_catalog
where
    globale_catalog.product_size_id is not null
    and not exists (
        select 1 from product_sizes as sizes
        where sizes.id = globale_catalog.product_size_id and sizes.deleted_at is null
    )
order by globale_catalog.product_size_id
"""
_BOTH = """
select distinct globale_catalog_excluded.product_size_id
from globale_catalog_excluded
where exists (
    select 1 from globale_catalog
    where globale_catalog.product_size_id = globale_catalog_excluded.product_size_id
)
order by globale_catalog_excluded.product_size_id
"""
_UNEXPLAINED = """
select distinct product_size_id
from globale_catalog_excluded
where reason is null or trim(reason) = ''
order by product_size_id
"""
# A window that a later one covers does not count any more.
_GAPS = """
select lines.expected, lines.loaded
from load_audit as lines
where
    lines.resource = 'product_sizes'
    and lines.kind in ('window', 'list')
    and lines.loaded < lines.expected
    and not exists (
        select 1 from load_audit as later
        where
            later.resource = lines.resource
            and later.kind in ('window', 'list')
            and later.started_at > lines.started_at
            and (later.window_from is null or later.window_from <= lines.window_from)
            and (later.window_to is null or later.window_to >= lines.window_to)
    )
order by lines.started_at
"""
_SECTIONS = """
select sections.bundle_id, sections.id, variants.product_variant_id
from bundle_sections as sections
left join bundle_section_variants as variants
    on sections.bundle_id = variants.bundle_id and sections.id = variants.bundle_section_id
order by sections.bundle_id, sections.id, variants.product_variant_id
"""
_DELIVERED = """
select
    delivered.store_id,
    count(*) as delivered_rows,
    sum(case when present.product_size_id is null then 1 else 0 end) as removed_rows
from globale_catalog_delivered as delivered
left join (select distinct product_size_id from globale_catalog where {sold}) as present
    on delivered.product_size_id = present.product_size_id
where delivered.profile = '{profile}'
group by delivered.store_id
order by delivered.store_id
"""

Sections = dict[int, list[int]]
"""The variants of each section of a bundle."""


@dataclass(frozen=True)
class OtherTables:
    """What the rules need from other tables.

    Attributes:
        has_sizes: Whether product_sizes are loaded.
        lost: Sizes that are neither in the catalog nor excluded from it.
        unknown: Sizes in the catalog that the shop does not have, or not any more.
        both: Sizes that are both in the catalog and excluded from it.
        unexplained: Excluded sizes without a reason.
        gaps: Centra's count and the number of rows read, if fewer sizes were read than Centra counts.
        bundles: The sections of each bundle; None where the resource `bundles` is not loaded.
        delivered: By store, the number of rows of the profile's last delivery, and how many of them are gone.
    """

    has_sizes: bool = True
    lost: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    both: list[int] = field(default_factory=list)
    unexplained: list[int] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    bundles: dict[int, Sections] | None = None
    delivered: dict[int, tuple[int, int]] = field(default_factory=dict)


def read_other_tables(dataset: dlt.Dataset, options: CheckOptions) -> OtherTables:
    """Reads what the rules need from other tables, as far as they are loaded."""
    known = set(dataset.tables)
    has_sizes, has_excluded = "product_sizes" in known, "globale_catalog_excluded" in known

    def ids(query: str, is_possible: bool) -> list[int]:
        return [size for (size,) in _rows(dataset, query)] if is_possible else []

    return OtherTables(
        has_sizes=has_sizes,
        lost=ids(_LOST.format(unless_excluded=_UNLESS_EXCLUDED if has_excluded else ""), has_sizes),
        unknown=ids(_UNKNOWN, has_sizes),
        both=ids(_BOTH, has_excluded),
        unexplained=ids(_UNEXPLAINED, has_excluded),
        gaps=list(_rows(dataset, _GAPS)) if "load_audit" in known else [],
        bundles=_bundles(dataset) if {"bundle_sections", "bundle_section_variants"} <= known else None,
        delivered=_delivered(dataset, options) if "globale_catalog_delivered" in known else {},
    )


def _bundles(dataset: dlt.Dataset) -> dict[int, Sections]:
    bundles: dict[int, Sections] = {}
    for bundle, section, variant in _rows(dataset, _SECTIONS):
        variants = bundles.setdefault(bundle, {}).setdefault(section, [])
        if variant is not None:
            variants.append(variant)
    return bundles


def _delivered(dataset: dlt.Dataset, options: CheckOptions) -> dict[int, tuple[int, int]]:
    sold = "not is_blocked" if options.omits_blocked else "1 = 1"
    query = _DELIVERED.format(profile=escape_quotes(options.profile), sold=sold)
    return {store: (int(rows), int(removed)) for store, rows, removed in _rows(dataset, query)}


def _rows(dataset: dlt.Dataset, query: str) -> Iterator[tuple[Any, ...]]:
    for rows in dataset(query, query_dialect=DIALECT).iter_fetch(chunk_size=ROWS_PER_CHUNK):
        yield from rows
