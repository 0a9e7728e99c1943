"""The table `load_audit`: one row per resource and run, for whoever wants proof of what was read."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pyarrow as pa

from .flatten import arrow_schema
from .paging import Reading
from .retries import utc_now
from .tables import Column, Table
from .windows import Window

LOAD_AUDIT = Table(
    name="load_audit",
    columns=(
        Column("id", "text", description="One resource read in one run."),
        Column("resource", "text", description="Name of the resource."),
        Column("cursor", "text", description="Centra's field that the window filters on; null: read whole."),
        Column("window_from", "timestamp", description="Beginning of the window, UTC; null: read whole."),
        Column("window_to", "timestamp", description="End of the window by the shop's clock, UTC."),
        Column("expected", "bigint", description="Rows that Centra counts in the window; null: no count."),
        Column("loaded", "bigint", description="Distinct rows read for the resource's main table."),
        Column("rereads", "bigint", description="Times the window was read again to close a gap."),
        Column("calls", "bigint", description="Requests answered."),
        Column("complexity", "bigint", description="Complexity points that Centra charged."),
        Column("seconds", "double", description="Spent on its requests, waits included."),
        Column("started_at", "timestamp", description="By the loader's clock, UTC."),
        Column("finished_at", "timestamp", description="By the loader's clock, UTC."),
    ),
    key=("id",),
    root_key="id",
)


def audit_row(reading: Reading, window: Window | None, started_at: datetime) -> pa.Table:
    """The row of `load_audit` for a list that was read to its end."""
    row = {
        "id": uuid4().hex,
        "resource": reading.operation.name,
        "cursor": window.cursor if window else None,
        "window_from": window.start if window else None,
        "window_to": window.end if window else None,
        "expected": reading.expected,
        "loaded": reading.loaded,
        "rereads": reading.rereads,
        "calls": reading.calls,
        "complexity": reading.complexity,
        "seconds": reading.seconds,
        "started_at": started_at,
        "finished_at": utc_now(),
    }
    return pa.Table.from_pylist([row], schema=arrow_schema(LOAD_AUDIT))
