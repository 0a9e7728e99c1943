"""From a loaded shop to the files that Global-e gets: derive, check, compare, write, record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dlt

from ...destinations.queries import rows_of
from ...exceptions import CentraError
from ..catalog.resource import catalog_store, globale_catalog
from ..catalog.tables import CATALOG_EXCLUDED, GLOBALE_CATALOG
from ..checks.issues import Summary, catalog_issues, issues_in_order, summary
from ..checks.options import CheckOptions
from ..checks.rules import RULES, parse_severities
from ..configuration import CatalogConfiguration
from ..rule_engine import OFF
from .deltas import Delta, delivered_catalog, delta
from .files import Written, catalog_lines, file_name, write_catalog, write_csv
from .issues_page import PageSummary, write_page
from .manifest import UNTRANSLATED, count_of, described, write_manifest
from .profiles import KEY_COLUMNS, Profile, cell, chosen_profile
from .side_files import side_files, why_no_prices
from .xlsx_copy import write_review


@dataclass(frozen=True)
class Export:
    """What an export has made.

    Attributes:
        catalog: The catalog file.
        others: The files beside it.
        page: The page of what is to be mended.
        found: What the checks found.
        excluded: Product sizes that are not in the catalog.
        omitted: Rows of the catalog that are blocked, and not in a file that cannot say so.
        difference: From the file last delivered, if asked for.
        is_recorded: Whether the file counts as delivered from now on.
        notes: What could not be made, and why.
    """

    catalog: Written
    others: Sequence[Written]
    page: Path
    found: Summary
    excluded: int
    omitted: int
    difference: Delta | None
    is_recorded: bool
    notes: Sequence[str]


def derive_catalog(pipeline: dlt.Pipeline, configuration: CatalogConfiguration) -> int:
    """Makes the tables of the catalog and of what is wrong with it, and returns the store it is of.

    Raises:
        InvalidSetting: See `globale_catalog` and `CheckOptions`.
    """
    store_id = catalog_store(pipeline.dataset(), configuration.store)
    parse_severities(configuration.severities)
    options = CheckOptions(
        profile=configuration.profile,
        omits_blocked=chosen_profile(configuration).omits_blocked,
        severities=configuration.severities,
        dangerous_goods=configuration.dangerous_goods,
        removed_share=configuration.removed_share,
    )
    pipeline.run(globale_catalog(pipeline.dataset(), store_id, configuration))
    pipeline.run(catalog_issues(pipeline.dataset(), options))
    return store_id


def export_catalog(
    pipeline: dlt.Pipeline,
    configuration: CatalogConfiguration,
    folder: Path,
    made_at: datetime,
    *,
    compare: bool = False,
    deliver: bool = False,
    review: bool = False,
    strict: bool = False,
    force: bool = False,
) -> Export:
    """Derives the catalog and writes it, the files beside it, a manifest, and a page of what is to be mended.

    Args:
        pipeline: Of the destination that holds a loaded shop.
        configuration: How the catalog is made.
        folder: Takes the files.
        made_at: Stands in the names of the files; UTC.
        compare: Also writes what was added, changed and removed since the file last delivered.
        deliver: Records the file as delivered, unless something blocks it.
        review: Also writes a copy for people, as XLSX.
        strict: Takes a warning for a reason not to deliver.
        force: Records a file that is blocked, and lets a delta remove more than `removed_share`.

    Raises:
        InvalidSetting: See `globale_catalog`, `chosen_profile` and `delta`.
        CentraError: A delta would remove too much, or the catalog to deliver is empty; no file is written.
        OSError: A file cannot be written.
    """
    if review and find_spec("openpyxl") is None:
        raise CentraError("The XLSX copy needs openpyxl: pip install openpyxl.")
    profile = chosen_profile(configuration)
    store_id = derive_catalog(pipeline, configuration)
    dataset = pipeline.dataset()
    store_name = _store_name(dataset, store_id)
    merchant = configuration.merchant or store_name
    found = summary(dataset)
    removed_share = 1.0 if force else configuration.removed_share
    difference = delta(dataset, profile, store_id, removed_share=removed_share) if compare else None

    def named(part: str = "product-catalogue", kind: str = "csv") -> Path:
        return folder / file_name(merchant, made_at, part, kind)

    if deliver and next(catalog_lines(dataset, profile), None) is None:
        raise CentraError("The file would be empty: there is nothing to deliver.")
    folder.mkdir(parents=True, exist_ok=True)
    catalog = write_catalog(dataset, named(), profile)
    others = [
        write_csv(named(one.part), one.headers, one.lines, bom=profile.bom)
        for one in side_files(dataset, configuration, profile)
    ]
    if difference:
        others += _write_delta(dataset, profile, difference, named)
    page = named("catalog-issues", "html")
    severities = parse_severities(configuration.severities)
    titles = {rule.id: rule.title for rule in RULES.values() if severities.get(rule.id) != OFF}
    head = PageSummary(store_name, store_id, profile.name, catalog.path.name, catalog.rows, made_at, titles)
    write_page(page, issues_in_order(dataset), head)
    if review:
        _write_review(dataset, profile, named("product-catalogue-review", "xlsx"))
    write_manifest(
        named(kind="manifest.json"),
        dataset,
        catalog,
        profile=profile.name,
        store={"id": store_id, "name": store_name},
        language=configuration.language,
        made_at=made_at,
        issues=[count._asdict() for count in found.counts],
        files=described(others),
    )
    is_recorded = deliver and (force or not found.fails(strict=strict))
    if is_recorded:
        pipeline.run(delivered_catalog(dataset, profile, store_id, catalog.path.name, made_at))
    notes = list(_notes(dataset, configuration))
    if deliver and not is_recorded:
        notes.append("Not recorded as delivered: mend what was found first, or use --force.")
    excluded = count_of(dataset, CATALOG_EXCLUDED)
    omitted = count_of(dataset, GLOBALE_CATALOG) - catalog.rows
    return Export(catalog, others, page, found, excluded, omitted, difference, is_recorded, notes)


_FOR_REVIEW = (
    "hs_code_raw",
    "composition",
    "weight_grams",
    "brand_name",
    "gtin",
    "is_blocked",
    "blocked_by",
    "is_preorder",
    "is_bundle",
    "product_number",
    "folder_name",
)
"""What people want to see of a row besides the columns of its file."""


def _store_name(dataset: dlt.Dataset, store_id: int) -> str:
    (row,) = rows_of(dataset, f"select name from stores where id = {store_id}")
    return str(row["name"])


def _notes(dataset: dlt.Dataset, configuration: CatalogConfiguration) -> Iterator[str]:
    """What could not be made as it was wanted."""
    if reason := why_no_prices(dataset, configuration):
        yield reason
    if untranslated := count_of(dataset, GLOBALE_CATALOG, UNTRANSLATED):
        yield (
            f"{untranslated:,} rows have a text that is not translated into {configuration.language}: it is "
            "in the default language, and the column untranslated says which."
        )


def _write_review(dataset: dlt.Dataset, profile: Profile, path: Path) -> None:
    columns = list(dict.fromkeys(["product_size_id", *profile.columns.values(), *_FOR_REVIEW]))
    rows = rows_of(dataset, f"select {', '.join(columns)} from globale_catalog order by product_size_id")
    write_review(path, rows, columns, issues_in_order(dataset))


def _write_delta(dataset: dlt.Dataset, profile: Profile, difference: Delta, named: Any) -> Iterator[Written]:
    headers = list(profile.columns)
    for part, ids in (("added", set(difference.added)), ("changed", set(difference.changed))):
        lines = (line for size_id, _, line in catalog_lines(dataset, profile) if size_id in ids)
        yield write_csv(named(f"product-catalogue-{part}"), headers, lines, bom=profile.bom)
    keys = {header: column for header, column in profile.columns.items() if column in KEY_COLUMNS}
    keys = keys or {column: column for column in KEY_COLUMNS}
    removed = (dict(zip(KEY_COLUMNS, one, strict=True)) for one in difference.removed)
    lines = ([cell(row[column]) for column in keys.values()] for row in removed)
    yield write_csv(named("product-catalogue-removed"), list(keys), lines, bom=profile.bom)
