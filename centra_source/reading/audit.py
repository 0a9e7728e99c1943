"""The table `load_audit`: one row per window or list that was read, for whoever wants proof of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa
from dlt.extract.items import DataItemWithMeta

from ..clock import utc_now
from ..tables.loader_tables import LEFT_OUT, LOAD_AUDIT
from ..tables.merging import make_item
from ..tables.table import arrow_schema
from .connections import Reading
from .windows import Window


def audit(kind: str, reading: Reading, started_at: datetime, *details: Any) -> DataItemWithMeta:
    """The line of `load_audit` for a reading; `details` as in `audit_row`."""
    return make_item(LOAD_AUDIT, audit_row(kind, reading, started_at, *details), LOAD_AUDIT.root_key)


def note(resource: str, sentence: str) -> DataItemWithMeta:
    """The line of `load_audit` for something that is not read."""
    return make_item(LOAD_AUDIT, note_row(resource, sentence), LOAD_AUDIT.root_key)


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
