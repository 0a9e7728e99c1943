"""Reads objects of earlier loads again whose rows lack something: in steps, after what is new.

Rows lack the columns that no earlier load has asked for: a newer version of this package asks for more, and
so does a token with a new permission. They also lack what was in a table that somebody dropped, and what the
destination held before it was restored from an older copy.
"""

from __future__ import annotations

from collections.abc import Sequence

import dlt

from ..reading.audit import make_note_line
from ..reading.windows import Window
from ..shop.answerable import Answerable
from ..state import Refill, Refills, ResourceState
from ..tables.loader_tables import REFILL
from ..tables.merging import Items
from ..tables.table import Table
from .window_loader import WindowLoader

SHOWN_COLUMNS = 5
"""How many columns a note names."""


def note_new_columns(name: str, asked: Answerable, tables: Sequence[Table]) -> None:
    """Notes that a resource is to be read again if this load asks for columns that its tables lack.

    This is noted before anything is read: a load that fails can leave the columns in dlt's schema.

    Args:
        name: Of the resource.
        asked: What the shop is asked for.
        tables: Its tables, without columns for custom attributes.
    """
    stored = dlt.current.source().schema.tables
    if tables[0].name not in stored:
        return
    known = {
        f"{table.name}.{column}"
        for table in tables
        for column in stored.get(table.name, {}).get("columns", {})
    }
    if new := [one for one in _list_asked_columns(asked, tables) if one not in known]:
        Refills.of_current().start(name, _describe_columns(new))


def note_changed_functions(name: str, functions: Sequence[str]) -> None:
    """Notes that a resource is to be read again if other functions change or filter its rows than before.

    Args:
        name: Of the resource.
        functions: What describes those of this load.
    """
    state = ResourceState.of_current()
    if state.functions != [*functions]:
        if state.bookmarks:
            Refills.of_current().start(name, "other functions of add_map() or add_filter() are used now")
        state.record_functions(functions)


def find_refill(name: str, asked: Answerable, tables: Sequence[Table]) -> Refill | None:
    """Returns what is to be read again of a resource, also because the token may read more than before.

    Whether it may is certain when the shop has answered.
    """
    refills = Refills.of_current()
    unasked = refills.find_unasked(name)
    new = [one for one in _list_asked_columns(asked, tables) if one in unasked] if unasked else []
    return refills.get(name) or (Refill(_describe_columns(new)) if new else None)


def record_unasked_columns(name: str, asked: Answerable, tables: Sequence[Table]) -> None:
    """Records which columns a load that has ended did not ask for."""
    unasked = [f"{table.name}.{one}" for table in tables for one in sorted(asked.find_unasked_columns(table))]
    Refills.of_current().record_unasked(name, unasked)


def load_refill_step(name: str, refill: Refill, windows: WindowLoader, whole: Window, read: Window) -> Items:
    """Reads the next part of the range that is to be read again.

    Args:
        name: Of the resource.
        refill: What is to be read again.
        windows: Reads at most the objects of one load.
        whole: From the oldest object to the start of the range that is read anyhow.
        read: What this load has read of that range. If there is more of it, the refill waits.
    """
    reached, end = refill.reached or whole.start, refill.end or whole.end
    if read.is_last and reached < end:
        part = yield from windows.load(Window(whole.cursor, reached, end))
        reached = part.end
    if reached >= end:
        Refills.of_current().finish(name)
        return
    Refills.of_current().record(name, refill._replace(reached=reached, end=end, needs_sweep=False))
    yield make_note_line(
        name,
        f"Rows are incomplete because {refill.reason}. They are being read again, and are complete up to "
        f"{reached:%Y-%m-%d %H:%M} UTC; the next run continues.",
        REFILL,
        status="incomplete",
    )


def _list_asked_columns(asked: Answerable, tables: Sequence[Table]) -> list[str]:
    return [
        f"{table.name}.{column.name}"
        for table in tables
        for unasked in (asked.find_unasked_columns(table),)
        for column in table.columns
        if column.steps and column.name not in unasked
    ]


def _describe_columns(columns: Sequence[str]) -> str:
    others = f" and {len(columns) - SHOWN_COLUMNS} more" if len(columns) > SHOWN_COLUMNS else ""
    return f"earlier loads did not ask for {', '.join(columns[:SHOWN_COLUMNS])}{others}"
