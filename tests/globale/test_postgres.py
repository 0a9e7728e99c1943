"""The catalog on another database: the same files from the same shop."""

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


def contents(made: Export) -> dict[str, bytes]:
    """The files of an export, by name."""
    return {file.path.name: file.path.read_bytes() for file in (made.catalog, *made.others)}


@pytest.mark.full
def test_postgres_gives_the_same_files(target: Target, postgres: PostgresTarget, tmp_path: Path) -> None:
    """Catalog, bundles, pre-orders, restrictions, prices, findings; and the delta of what was edited."""
    places: tuple[Any, ...] = (target, postgres)
    with Sandbox(products=40, orders=0, seed=7) as sandbox:
        made = []
        for number, place in enumerate(places):
            place.load(sandbox, *LOADED)
            made.append(export(place, tmp_path / f"{number}", NOON, deliver=True, force=True, **SETTINGS))
        first, second = made
        assert len(first.others) >= 4
        assert contents(first) == contents(second)
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
        assert contents(made[2]) == contents(made[3])
