"""What `load_audit` says about some loads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import dlt

from centra_source.destinations.queries import DIALECT

COMPLETE = "complete"
"""The status of a line about which nothing has to be said, and of the lines of versions without a status."""


class AuditLine(NamedTuple):
    """One line of `load_audit`, see centra_source/reading/audit.py."""

    load_id: str
    resource: str
    kind: str
    window_from: datetime | None
    window_to: datetime | None
    expected: int | None
    loaded: int | None
    rereads: int
    calls: int
    complexity: int
    started_at: datetime
    finished_at: datetime
    app_version: str | None
    note: str | None
    status: str = COMPLETE
    unreadable: int = 0


LATER_COLUMNS = {"status": f"'{COMPLETE}'", "unreadable": "0"}
"""The columns that the table of an earlier version may lack, and what its lines mean then."""


def read_audit_lines(dataset: dlt.Dataset, load_ids: Sequence[str]) -> list[AuditLine]:
    """The lines of some loads, oldest first."""
    # A run of an earlier version may have left a load that this run has finished.
    known = dataset.schema.tables["load_audit"]["columns"]
    later = [
        f"coalesce({name}, {value}) as {name}" if name in known else f"{value} as {name}"
        for name, value in LATER_COLUMNS.items()
    ]
    fields = [name for name in AuditLine._fields[1:] if name not in LATER_COLUMNS]
    columns = ", ".join(("_dlt_load_id", *fields, *later))
    query = f"select {columns} from load_audit where _dlt_load_id in ({format_ids(load_ids)})"
    lines = [AuditLine(*row) for row in dataset(query, query_dialect=DIALECT).fetchall()]
    return sorted(lines, key=lambda line: line.started_at)


def format_ids(texts: Iterable[str]) -> str:
    """Ids for the brackets of an `in` condition."""
    return ", ".join(f"'{text}'" for text in texts)


def measure_seconds(lines: Iterable[AuditLine]) -> float:
    """How long reading took: in each load, from the first request to the last."""
    spans: dict[str, tuple[datetime, datetime]] = {}
    for line in lines:
        begun, ended = spans.get(line.load_id, (line.started_at, line.finished_at))
        spans[line.load_id] = min(begun, line.started_at), max(ended, line.finished_at)
    return sum((ended - begun).total_seconds() for begun, ended in spans.values())
