"""Whether a table shows what the shop has: not loaded, not permitted, failed, empty, or filled.

Every screen that says something about a table asks here first, so that none takes what was not read for zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import dlt

from ..resources import find_owner
from .audit_state import AuditState, read_audit_state
from .queries import DIALECT

Kind = Literal["not loaded", "not permitted", "failed", "empty", "filled"]

WHERE = "in Centra under System > API Tokens"


@dataclass(frozen=True)
class TableState:
    """What is known about one table.

    Attributes:
        table: Its name.
        kind: "empty" and "filled" are proven; after any other kind, no number of the table means anything.
        doubt: Sentences that say what is wrong and what to do; None if the table is as it should be. A table
            that is filled or empty can also be older than the last load, or incomplete.
    """

    table: str
    kind: Kind
    doubt: str | None = None

    @property
    def is_proven(self) -> bool:
        """Whether nothing is wrong: an empty table means that there is nothing."""
        return self.kind in ("empty", "filled") and self.doubt is None


def find_table_states(dataset: dlt.Dataset, tables: Iterable[str]) -> dict[str, TableState]:
    """Finds out the state of tables of the shop.

    Args:
        dataset: A loaded shop.
        tables: Tables that resources fill; others are left out.
    """
    owners = {table: owner for table in tables if (owner := find_owner(table))}
    if not owners:
        return {}
    audit, present = read_audit_state(dataset), set(dataset.tables)
    counts = count_rows(dataset, present & {*owners, *owners.values()})
    return {table: _state(table, owner, audit, counts) for table, owner in owners.items()}


def find_unknown_tables(dataset: dlt.Dataset, tables: Iterable[str]) -> dict[str, str]:
    """Finds tables that hold nothing because they were not loaded, are not permitted or have failed.

    Returns:
        By table, a sentence that says why and what to do.
    """
    wanted, present = list(tables), set(dataset.tables)
    states = find_table_states(dataset, wanted)
    unknown = {
        table: str(state.doubt) for table, state in states.items() if state.kind not in ("empty", "filled")
    }
    unknown |= {
        table: f"`{table}` is not loaded." for table in wanted if table not in states and table not in present
    }
    return unknown


def count_rows(dataset: dlt.Dataset, tables: Iterable[str]) -> dict[str, int]:
    """Counts the rows of tables that exist; in one query, since dlt analyzes each."""
    queries = [f"select '{name}' as name, count(*) as held from {name}" for name in sorted(tables)]
    if not queries:
        return {}
    return dict(dataset(" union all ".join(queries), query_dialect=DIALECT).fetchall())


def _state(table: str, owner: str, audit: AuditState, counts: Mapping[str, int]) -> TableState:
    rows = counts.get(table)
    denied = " ".join(audit.denied.get(owner, ()))
    if note := audit.failed.get(owner):
        kept = " It shows what an earlier load brought." if rows else ""
        kind: Kind = "filled" if rows else "failed"
        return TableState(table, kind, f"`{table}` failed in the last load: {note}{kept}")
    if owner not in audit.read or rows is None:
        if denied:
            return TableState(table, "not permitted", f"`{table}` is not readable. {_advise(denied)}")
        return TableState(
            table,
            "not loaded",
            f"`{table}` is not loaded: run `centra load` with the resource {owner} (see --resources and "
            "--exclude).",
        )
    if rows == 0 and table != owner and counts.get(owner):
        if denied:
            return TableState(table, "not permitted", f"`{table}` is not readable. {_advise(denied)}")
        return TableState(table, "empty", None)
    doubts = [*audit.denied.get(owner, ()), *audit.incomplete.get(owner, ())]
    doubt = f"`{owner}` is incomplete: {' '.join(doubts)}" if doubts else None
    return TableState(table, "filled" if rows else "empty", doubt)


def _advise(denied: str) -> str:
    return f"{denied} Tick it {WHERE}, then load again."
