"""What `load_audit` says of each resource: whether it was ever read, and what is wrong with its last load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import dlt

from ..resources import RESOURCES
from ..tables.loader_tables import LEFT_OUT, LOAD_AUDIT, TOKEN_LACKS
from .queries import DIALECT, rows_of

LOAD_ID = "_dlt_load_id"
"""The column that dlt adds to each row, unless its settings forbid it."""


@dataclass(frozen=True)
class AuditState:
    """What is known about the resources of a dataset.

    Attributes:
        read: The resources that a load has read.
        denied: By resource, the notes of its last load about what the token may not read.
        failed: By resource, the note of its last try if that failed.
        incomplete: By resource, the notes of its last load about what is missing or was changed.
        absent: Resources with notes of their last load about what this version of Centra lacks.
    """

    read: frozenset[str]
    denied: Mapping[str, Sequence[str]] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    incomplete: Mapping[str, Sequence[str]] = field(default_factory=dict)
    absent: Sequence[tuple[str, str]] = ()


def read_audit_state(dataset: dlt.Dataset) -> AuditState:
    """Reads `load_audit`. Without that table, all resources count as read."""
    if LOAD_AUDIT.name not in dataset.tables:
        return AuditState(frozenset(RESOURCES))
    columns = dataset.schema.tables[LOAD_AUDIT.name]["columns"]
    if LOAD_ID not in columns:
        query = f"select distinct resource from {LOAD_AUDIT.name} where kind in ('window', 'list')"
        return AuditState(frozenset(name for (name,) in dataset(query, query_dialect=DIALECT).fetchall()))
    status = "status" if "status" in columns else "cast(null as varchar)"
    query = (
        f"select resource, max({LOAD_ID}) as newest, "
        f"max(case when kind in ('window', 'list') then {LOAD_ID} end) as newest_read, "
        f"max(case when {status} = 'failed' then {LOAD_ID} end) as newest_failed "
        f"from {LOAD_AUDIT.name} group by resource"
    )
    loads = {row["resource"]: row for row in rows_of(dataset, query)}
    query = (
        f"select distinct resource, kind, {status} as status, note, {LOAD_ID} as load_id "
        f"from {LOAD_AUDIT.name} where note is not null order by 1, 2, 4"
    )
    denied: dict[str, list[str]] = {}
    failed: dict[str, str] = {}
    incomplete: dict[str, list[str]] = {}
    absent: list[tuple[str, str]] = []
    for row in rows_of(dataset, query):
        name, note, last = row["resource"], row["note"], loads[row["resource"]]
        if row["status"] == "failed":
            if row["load_id"] == last["newest_failed"] and row["load_id"] >= (last["newest_read"] or ""):
                failed.setdefault(name, note)
        elif row["load_id"] == last["newest"]:
            if row["kind"] == LEFT_OUT and note.startswith(TOKEN_LACKS):
                denied.setdefault(name, []).append(note)
            elif row["status"] == "incomplete":
                incomplete.setdefault(name, []).append(note)
            elif row["kind"] == LEFT_OUT:
                absent.append((name, note))
    read = frozenset(name for name, row in loads.items() if row["newest_read"])
    return AuditState(read, denied, failed, incomplete, absent)
