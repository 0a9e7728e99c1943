"""The table `load_audit`: one row per window or list that was read, for whoever wants proof of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa

from .flatten import arrow_schema
from .paging import Reading
from .retries import utc_now
from .tables import Column, Table
from .windows import Window

LEFT_OUT = "left out"

LOAD_AUDIT = Table(
    name="load_audit",
    columns=(
        Column("id", "text", description="One list read."),
        Column("resource", "text", description="Name of the resource."),
        Column("kind", "text", description="What was read: window, list, events or sweep; or left out."),
        Column("cursor", "text", description="Centra's field that the window filters on; else null."),
        Column("window_from", "timestamp", description="Beginning of the window, UTC; else null."),
        Column("window_to", "timestamp", description="End of the window by the shop's clock, UTC."),
        Column("expected", "bigint", description="Rows that Centra counts; null: it shows no count."),
        Column("loaded", "bigint", description="Distinct rows read of the resource's main list."),
        Column("rereads", "bigint", description="Times it was read again, as it was not proven complete."),
        Column("calls", "bigint", description="Requests answered."),
        Column("complexity", "bigint", description="Complexity points that Centra charged."),
        Column("seconds", "double", description="Spent on its requests, waits included."),
        Column("started_at", "timestamp", description="By the loader's clock, UTC."),
        Column("finished_at", "timestamp", description="By the loader's clock, UTC."),
        Column("app_version", "text", description="Version of Centra that answered."),
        Column("note", "text", description="What the owner of the token should know."),
    ),
    key=("id",),
    root_key="id",
    description="One row per window or list read: Centra's count, the rows read, and what it cost.",
)


def audit_row(
    kind: str, reading: Reading, started_at: datetime, window: Window | None = None, note: str | None = None
) -> pa.Table:
    """The row of `load_audit` for what was read to its end."""
    return _rows(
        resource=reading.operation.name,
        kind=kind,
        cursor=window.cursor if window else None,
        window_from=window.start if window else None,
        window_to=window.end if window else None,
        expected=reading.expected,
        loaded=reading.loaded,
        rereads=reading.rereads,
        calls=reading.calls,
        complexity=reading.complexity,
        seconds=reading.seconds,
        started_at=started_at,
        finished_at=utc_now(),
        app_version=reading.client.app_version,
        note=note,
    )


def note_row(resource: str, note: str) -> pa.Table:
    """The row of `load_audit` for something of a resource that cannot be read."""
    now = utc_now()
    costs = dict.fromkeys(("rereads", "calls", "complexity"), 0)
    return _rows(
        resource=resource, kind=LEFT_OUT, **costs, seconds=0.0, started_at=now, finished_at=now, note=note
    )


def _rows(**values: Any) -> pa.Table:
    return pa.Table.from_pylist([{"id": uuid4().hex, **values}], schema=arrow_schema(LOAD_AUDIT))
