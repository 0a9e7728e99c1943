"""The catalog on PostgreSQL: the same files as from DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from centra_sandbox import Sandbox
from centra_source.globale import Export

from ..support.globale_shop import RESOURCES
from ..support.postgres import PostgresTarget
from ..support.target import Target
from .test_export import NOON, export

LOADED = (*RESOURCES, "prices", "pricelists", "display_translations", "languages")

SETTINGS: dict[str, Any] = {
    "profile": "full",
    "composition": "pr_materials",
    "language": "sv",
    "blocked_folders": ["Archive"],
    "vat_rate": 25.0,
}


def read_files(made: Export) -> dict[str, bytes]:
    """Returns the files of an export by name."""
    return {file.path.name: file.path.read_bytes() for file in (made.catalog, *made.others)}


@pytest.mark.full
def test_postgres_gives_the_same_files(target: Target, postgres: PostgresTarget, tmp_path: Path) -> None:
    """The catalog, side files, findings and delta are equal on PostgreSQL and DuckDB."""
    places: tuple[Any, ...] = (target, postgres)
    with Sandbox(products=40, orders=0, seed=7) as sandbox:
        made = []
        for number, place in enumerate(places):
            place.load(sandbox, *LOADED)
            made.append(export(place, tmp_path / f"{number}", NOON, deliver=True, force=True, **SETTINGS))
        first, second = made
        assert len(first.others) >= 4
        assert read_files(first) == read_files(second)
        assert first.found.counts
        assert first.found == second.found
        assert first.excluded == second.excluded
        for display in sandbox.shop.displays[::3]:
            sandbox.shop.update(display, name="A new name", translations=[])
        for number, place in enumerate(places):
            place.load(sandbox, *LOADED)
            made.append(export(place, tmp_path / f"delta-{number}", NOON, compare=True, **SETTINGS))
        assert made[2].difference
        assert made[2].difference.changed
        assert read_files(made[2]) == read_files(made[3])
