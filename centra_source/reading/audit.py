"""The lines of `load_audit`: one for each window or list that was read, as proof that it is complete."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa
from dlt.extract.items import DataItemWithMeta

from ..clock import utc_now
from ..tables.loader_tables import LEFT_OUT, LOAD_AUDIT, NESTED_LIST, Status
from ..tables.merging import make_item
from ..tables.table import arrow_schema
from .list_reader import ListReader
from .nested_lists import NestedLists
from .windows import Window


def make_audit_line(
    kind: str,
    reader: ListReader,
    started_at: datetime,
    *,
    window: Window | None = None,
    note: str | None = None,
    status: Status = "complete",
) -> DataItemWithMeta:
    """Makes the line of `load_audit` for what was read to its end.

    Args:
        kind: What was read: "window", "list", "events" or "sweep".
        reader: What has read it.
        started_at: When the read started, UTC.
        window: The time range, if it was one.
        note: What the owner of the token should know.
        status: "incomplete" if the note names something that is missing or was changed.
    """
    tally = reader.tally
    return _make_line(
        resource=reader.operation.name,
        kind=kind,
        cursor=window.cursor if window else None,
        window_from=window.start if window else None,
        window_to=window.end if window else None,
        expected=tally.expected,
        loaded=tally.loaded,
        unreadable=tally.unreadable,
        rereads=tally.rereads,
        calls=tally.calls,
        complexity=tally.complexity,
        seconds=tally.seconds,
        started_at=started_at,
        finished_at=utc_now(),
        app_version=reader.client.app_version,
        note=note,
        status=status,
    )


def make_nested_lines(
    resource: str, nested: NestedLists, app_version: str | None
) -> Iterator[DataItemWithMeta]:
    """Makes a line of `load_audit` for each list inside objects that the shop may cut, once it was completed.

    Args:
        resource: Name of the resource.
        nested: What was read of the lists.
        app_version: Centra's version.
    """
    for path, tally in nested.tallies.items():
        yield _make_line(
            resource=resource,
            kind=NESTED_LIST,
            nested_list=".".join(path),
            loaded=tally.loaded,
            rereads=tally.rereads,
            calls=tally.calls,
            complexity=tally.complexity,
            seconds=tally.seconds,
            started_at=nested.started_at,
            finished_at=utc_now(),
            app_version=app_version,
            note=nested.notes.get(path),
            status="incomplete" if path in nested.notes else "complete",
        )


def make_note_line(
    resource: str, note: str, kind: str = LEFT_OUT, *, status: Status = "complete"
) -> DataItemWithMeta:
    """Makes the line of `load_audit` for a part of a resource that is not read, or for odd values in it.

    Args:
        resource: Name of the resource.
        note: What happened, where, and what to do: a sentence.
        kind: What the note is about.
        status: "incomplete" if something is missing or was changed; "complete" for mere information.
    """
    now = utc_now()
    costs = dict.fromkeys(("rereads", "calls", "complexity"), 0)
    return _make_line(
        resource=resource,
        kind=kind,
        **costs,
        seconds=0.0,
        started_at=now,
        finished_at=now,
        note=note,
        status=status,
    )


def _make_line(**values: Any) -> DataItemWithMeta:
    row = pa.Table.from_pylist([{"id": uuid4().hex, **values}], schema=arrow_schema(LOAD_AUDIT))
    return make_item(LOAD_AUDIT, row, LOAD_AUDIT.root_key)
