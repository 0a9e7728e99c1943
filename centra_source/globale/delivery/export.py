"""Exports the catalog of a loaded shop: derives it, checks it, and writes the files for Global-e."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import dlt

from ...destinations.audit_state import read_audit_state
from ...destinations.derived_tables import describe_reason, record_failures, run_derived
from ...destinations.queries import rows_of
from ...exceptions import CentraError, InvalidSetting, find_cause
from ..catalog.blocking import describe_blocked
from ..catalog.resource import NEEDED_RESOURCES, choose_catalog_store, globale_catalog
from ..catalog.tables import CATALOG_DISPLAYS, CATALOG_EXCLUDED, GLOBALE_CATALOG
from ..checks.issues import CATALOG_ISSUES, Summary, catalog_issues, read_issues, summarize_issues
from ..checks.options import CheckOptions
from ..checks.rules import RULES, parse_severities
from ..configuration import CatalogConfiguration
from ..extras import check_openpyxl
from ..rule_engine import OFF
from .deltas import Delta, compare_catalog, delivered_catalog
from .files import (
    WrittenFile,
    catalog_lines,
    claim_minute,
    file_name,
    share_files,
    write_catalog,
    write_csv,
)
from .issues_page import PageSummary, write_page
from .manifest import UNTRANSLATED, count_of, file_entries, write_manifest
from .profiles import KEY_COLUMNS, Profile, cell, choose_profile
from .side_files import side_files, why_no_prices
from .xlsx_copy import write_xlsx_copy

CATALOG_TABLES = (
    GLOBALE_CATALOG.name,
    CATALOG_DISPLAYS.name,
    CATALOG_EXCLUDED.name,
    CATALOG_ISSUES.name,
)


@dataclass(frozen=True)
class Export:
    """The result of an export.

    Attributes:
        catalog: The catalog file.
        others: The other files for Global-e.
        page: The HTML page of what needs fixing.
        found: The findings of the checks.
        excluded: Product sizes that are not in the catalog.
        omitted: Blocked rows of the catalog that are not in the file, because it has no column to mark them.
        difference: The difference from the file last delivered, if it was compared.
        is_recorded: Whether the file is recorded as delivered.
        notes: What could not be written, and why; how many products the settings block.
        doubts: Sentences about resources that the catalog is made of and that failed or are incomplete.
    """

    catalog: WrittenFile
    others: Sequence[WrittenFile]
    page: Path
    found: Summary
    excluded: int
    omitted: int
    difference: Delta | None
    is_recorded: bool
    notes: Sequence[str]
    doubts: Sequence[str] = ()


def derive_catalog(pipeline: dlt.Pipeline, configuration: CatalogConfiguration) -> int:
    """Derives and checks the catalog, and returns the id of its store.

    Raises:
        InvalidSetting: See `globale_catalog` and `CheckOptions`.
    """
    store_id = choose_catalog_store(pipeline.dataset(), configuration.store)
    parse_severities(configuration.severities)
    options = CheckOptions(
        profile=configuration.profile,
        omits_blocked=choose_profile(configuration).omits_blocked,
        severities=configuration.severities,
        dangerous_goods=configuration.dangerous_goods,
        removed_share=configuration.removed_share,
    )
    try:
        run_derived(pipeline, globale_catalog(pipeline.dataset(), store_id, configuration))
        run_derived(pipeline, catalog_issues(pipeline.dataset(), options))
    except Exception as error:
        if not find_cause(error, InvalidSetting):
            reason = f"The Global-e catalog could not be made: {describe_reason(error)}."
            record_failures(pipeline, "globale_catalog", dict.fromkeys(CATALOG_TABLES, reason))
        raise
    record_failures(pipeline, "globale_catalog", {})
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
    """Derives and checks the catalog, and writes all its files: CSV files, a manifest, and the page of
    issues.

    Args:
        pipeline: A pipeline whose destination contains a loaded shop.
        configuration: The settings of the catalog.
        folder: The folder for the files. It is created if it does not exist.
        made_at: The time of the export, UTC; for the names of its files, see `claim_minute`.
        compare: Also write what was added, changed and removed since the file last delivered.
        deliver: Record the file as delivered, unless a finding blocks it.
        review: Also write a copy for people, as XLSX.
        strict: Do not deliver a file with warnings.
        force: Record a file although it is blocked, and allow a delta to remove more than `removed_share`.

    Raises:
        InvalidSetting: See `globale_catalog`, `choose_profile` and `compare_catalog`; or openpyxl is needed
            and not installed.
        CentraError: A delta would remove too much, or the catalog to deliver is empty. No file is written.
        OSError: A file cannot be written.
    """
    if review:
        check_openpyxl("The XLSX copy")
    profile = choose_profile(configuration)
    store_id = derive_catalog(pipeline, configuration)
    dataset = pipeline.dataset()
    store_name = _store_name(dataset, store_id)
    merchant = configuration.merchant or store_name
    found = summarize_issues(dataset)
    removed_share = 1.0 if force else configuration.removed_share
    difference = compare_catalog(dataset, profile, store_id, removed_share=removed_share) if compare else None

    if deliver and next(catalog_lines(dataset, profile), None) is None:
        raise CentraError("The catalog file would be empty, so there is nothing to deliver.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with claim_minute(folder, merchant, made_at) as minute:

        def named(part: str = "product-catalogue", kind: str = "csv") -> Path:
            return folder / file_name(merchant, minute, part, kind)

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
        head = PageSummary(
            store_name, store_id, profile.name, catalog.path.name, catalog.rows, made_at, titles
        )
        write_page(page, read_issues(dataset), head)
        review_copy = named("product-catalogue-review", "xlsx")
        if review:
            _write_review(dataset, profile, review_copy)
        manifest = named(kind="manifest.json")
        write_manifest(
            manifest,
            dataset,
            catalog,
            profile=profile.name,
            store={"id": store_id, "name": store_name},
            language=configuration.language,
            made_at=made_at,
            issues=[count._asdict() for count in found.counts],
            files=file_entries(others),
        )
        written = [catalog.path, *(other.path for other in others), page, manifest]
        share_files(folder, [*written, *([review_copy] if review else [])])
    is_recorded = deliver and (force or not found.fails(strict=strict))
    if is_recorded:
        run_derived(pipeline, delivered_catalog(dataset, profile, store_id, catalog.path.name, made_at))
    notes = list(_notes(dataset, configuration))
    if deliver and not is_recorded:
        notes.append("Not recorded as delivered: fix the findings first, or use --force.")
    excluded = count_of(dataset, CATALOG_EXCLUDED)
    omitted = count_of(dataset, GLOBALE_CATALOG) - catalog.rows
    doubts = list(_find_doubts(dataset))
    return Export(catalog, others, page, found, excluded, omitted, difference, is_recorded, notes, doubts)


def _find_doubts(dataset: dlt.Dataset) -> Iterator[str]:
    """Yields what the last load did not bring of what the catalog is made of; rules find missing fields."""
    audit = read_audit_state(dataset)
    for name in dict.fromkeys(NEEDED_RESOURCES.values()):
        if name in audit.failed:
            yield f"{name} failed in the last load, and is as before: {audit.failed[name]}"
        yield from (f"{name} is incomplete: {note}" for note in audit.incomplete.get(name, ()))


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
"""The columns of the copy for people, in addition to those of the file."""


def _store_name(dataset: dlt.Dataset, store_id: int) -> str:
    (row,) = rows_of(dataset, f"select name from stores where id = {store_id}")
    return str(row["name"] or f"store-{store_id}")


def _notes(dataset: dlt.Dataset, configuration: CatalogConfiguration) -> Iterator[str]:
    """Yields what could not be written as configured, and how many products the settings block."""
    yield from describe_blocked(dataset, configuration)
    if reason := why_no_prices(dataset, configuration):
        yield reason
    if untranslated := count_of(dataset, GLOBALE_CATALOG, UNTRANSLATED):
        yield (
            f"{untranslated:,} rows have a text that is not translated into {configuration.language}. It is "
            "in the default language; the column untranslated names it."
        )


def _write_review(dataset: dlt.Dataset, profile: Profile, path: Path) -> None:
    columns = list(dict.fromkeys(["product_size_id", *profile.columns.values(), *_FOR_REVIEW]))
    rows = rows_of(dataset, f"select {', '.join(columns)} from globale_catalog order by product_size_id")
    write_xlsx_copy(path, rows, columns, read_issues(dataset))


def _write_delta(
    dataset: dlt.Dataset, profile: Profile, difference: Delta, named: Any
) -> Iterator[WrittenFile]:
    headers = list(profile.columns)
    for part, ids in (("added", set(difference.added)), ("changed", set(difference.changed))):
        lines = (line for size_id, _, line in catalog_lines(dataset, profile) if size_id in ids)
        yield write_csv(named(f"product-catalogue-{part}"), headers, lines, bom=profile.bom)
    keys = {header: column for header, column in profile.columns.items() if column in KEY_COLUMNS}
    keys = keys or {column: column for column in KEY_COLUMNS}
    removed = (dict(zip(KEY_COLUMNS, one, strict=True)) for one in difference.removed)
    lines = ([cell(row[column]) for column in keys.values()] for row in removed)
    yield write_csv(named("product-catalogue-removed"), list(keys), lines, bom=profile.bom)
