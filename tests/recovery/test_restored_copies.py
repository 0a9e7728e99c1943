"""A database that is restored from an older copy gets all later changes, also what was announced once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from centra_sandbox import Sandbox
from centra_source import centra_source

from ..support.nights import Nights
from ..support.shop_rows import find_differences

NAMES = ("displays", "orders")
TABLES = ("displays", "display_items", "orders", "order_lines")


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nights]:
    """Runs into a DuckDB file, of a small shop."""
    with Sandbox(products=6, orders=12, seed=3) as sandbox:
        yield Nights(sandbox, tmp_path, monkeypatch)


@pytest.mark.full
@pytest.mark.parametrize("is_pending", [False, pytest.param(True, marks=pytest.mark.full)])
def test_silent_changes_since_the_copy_are_read_again(nights: Nights, is_pending: bool) -> None:
    """A change and a deletion that only events report, which were confirmed after the copy was made."""
    nights.run(*NAMES)
    copy = nights.database.with_suffix(".copy")
    shutil.copy(nights.database, copy)
    silent, gone = nights.shop.displays[0], nights.shop.displays[1]
    nights.shop.touch_silently(silent, name="changed without a trace")
    nights.shop.announce(silent, "DEPENDENT_DATA_CHANGED")
    nights.shop.remove(gone)
    nights.sandbox.clock.advance(timedelta(days=2))
    for _ in range(2):
        nights.run(*NAMES)
    assert nights.shop.events.queue == []
    if is_pending:
        nights.pipeline.extract(centra_source().with_resources("displays"))
    shutil.copy(copy, nights.database)
    assert "Taking the bookmarks from the destination" in nights.run(*NAMES)
    rows = {table: nights.rows(table) for table in TABLES}
    assert [row["id"] for row in rows["displays"] if row["deleted_at"]] == [gone["id"]]
    kept = {table: [row for row in rows[table] if row["deleted_at"] is None] for table in TABLES}
    for table in TABLES:
        assert find_differences(nights.shop, table, kept[table]) == []
    assert "Taking the bookmarks" not in nights.run(*NAMES)


@pytest.mark.full
def test_copy_is_not_forgotten_if_the_run_is_killed(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run ends after it has taken the bookmarks, before it has noted what to read: the next one does."""
    nights.run(*NAMES)
    copy = nights.database.with_suffix(".copy")
    shutil.copy(nights.database, copy)
    silent = nights.shop.displays[0]
    nights.shop.touch_silently(silent, name="changed without a trace")
    nights.shop.announce(silent, "DEPENDENT_DATA_CHANGED")
    for _ in range(2):
        nights.run(*NAMES)
    shutil.copy(copy, nights.database)
    with monkeypatch.context() as killed:
        killed.setattr("centra_source.recovery.restored_copies.change_source_state", None)
        with pytest.raises(TypeError):
            nights.run(*NAMES)
    assert "Taking the bookmarks" in nights.run(*NAMES)
    assert nights.find_wrong(*TABLES) == []
