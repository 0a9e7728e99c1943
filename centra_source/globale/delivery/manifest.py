"""The manifest of a catalog file: what it contains, what it leaves out, and what it was made from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import dlt
import orjson

from ...atomic import replace_file
from ...destinations.queries import rows_of
from ...operations import documents
from ...tables.table import Table
from ..catalog import resource
from ..catalog.tables import GLOBALE_CATALOG
from .files import WrittenFile

UNTRANSLATED = "untranslated is not null"

_COUNTS = {
    "blocked": "is_blocked",
    "pre_orders": "is_preorder",
    "bundles": "is_bundle",
    "untranslated": UNTRANSLATED,
    "other_names_on_other_displays": "other_display_names is not null",
}
"""The counts of the manifest, and the condition of each."""


def write_manifest(path: Path, dataset: dlt.Dataset, catalog: WrittenFile, **more: Any) -> None:
    """Writes the manifest of a catalog file as JSON.

    Args:
        path: The JSON file.
        dataset: Contains the catalog of the file.
        catalog: The catalog file.
        more: More entries: profile, store, language, times (UTC), issues, other files.
    """
    content = {
        "file": catalog.path.name,
        "rows": catalog.rows,
        "sha256": catalog.sha256,
        **more,
        "counts": {
            name: count_of(dataset, GLOBALE_CATALOG, condition) for name, condition in _COUNTS.items()
        },
        "excluded": _excluded(dataset),
        "centra": _shop(dataset),
        "queries": dict(_query_versions()),
    }
    with replace_file(path) as unfinished:
        unfinished.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def file_entries(written: Sequence[WrittenFile]) -> list[dict[str, Any]]:
    """Returns the entries of files in a manifest."""
    return [{"file": file.path.name, "rows": file.rows, "sha256": file.sha256} for file in written]


def count_of(dataset: dlt.Dataset, table: Table, condition: str = "1 = 1") -> int:
    """Returns the number of rows that meet a condition."""
    (row,) = rows_of(dataset, f"select count(*) as rows_counted from {table.name} where {condition}")
    return int(row["rows_counted"])


def _excluded(dataset: dlt.Dataset) -> dict[str, int]:
    query = "select reason, count(*) as sizes from globale_catalog_excluded group by reason order by reason"
    return {row["reason"]: int(row["sizes"]) for row in rows_of(dataset, query)}


def _shop(dataset: dlt.Dataset) -> dict[str, datetime | str | None]:
    """Returns when the oldest table was read, and the version of Centra that was last read."""
    names = ", ".join(f"'{name}'" for name in sorted(set(resource.NEEDED_RESOURCES.values())))
    read = (
        "select resource, max(finished_at) as read_at from load_audit "
        f"where resource in ({names}) and finished_at is not null group by resource"
    )
    moments = [row["read_at"] for row in rows_of(dataset, read)]
    version = (
        f"select app_version from load_audit where resource in ({names}) and app_version is not null "
        "order by finished_at desc limit 1"
    )
    versions = [row["app_version"] for row in rows_of(dataset, version)]
    return {"read_at": min(moments, default=None), "app_version": next(iter(versions), None)}


def _query_versions() -> Iterator[tuple[str, str]]:
    """Yields every query of the catalog with the first digits of its SHA-256."""
    for name in sorted({*resource.NEEDED_RESOURCES.values(), *resource.NAMED}):
        yield f"{name}.graphql", _version(documents.__package__.rpartition(".")[0], f"queries/{name}.graphql")
    yield "catalog.sql", _version(resource.__package__, "catalog.sql")


def _version(package: str | None, path: str) -> str:
    return hashlib.sha256(files(package or "").joinpath(path).read_bytes()).hexdigest()[:12]
