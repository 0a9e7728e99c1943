"""The loader's own tables: the audit, the deleted objects, the daily snapshots."""

from __future__ import annotations

import re

from .table import Column, Table

DELETED_AT = Column(
    "deleted_at",
    "timestamp",
    path=("deletedAt",),  # no field of Centra's: only rows that are marked have it
    description="When the shop deleted the object, UTC; null while it is there.",
)

DELETED_OBJECTS = Table(
    name="deleted_objects",
    columns=(
        Column("id", "text", description="Resource and reference."),
        Column("resource", "text", description="The resource, and its table."),
        Column(
            "reference", "text", description="The object as Centra's events name it: order number, else id."
        ),
        Column("object_id", "text", description="Its id in the table; null if it was never loaded."),
        Column("deleted_at", "timestamp", description="By the event; or when a sweep found it gone. UTC."),
        Column("noticed_through", "text", description="event or sweep."),
    ),
    key=("id",),
    root_key="id",
    description="One row per object that the shop has deleted, as events or a sweep told.",
)

SNAPSHOT_DATE = Column("snapshot_date", "date", description="Day of the snapshot by the shop's clock, UTC.")


def snapshot_table(table: Table, name: str) -> Table:
    """A table that keeps the rows of another once for every day."""
    return Table(
        name=name,
        columns=(SNAPSHOT_DATE, *table.columns),
        key=(SNAPSHOT_DATE.name, *table.key),
        root_key=table.root_key,
        description=_description_by_day(table),
        references=table.references,
    )


def _description_by_day(table: Table) -> str | None:
    if table.description is None:
        return None
    grain = re.split(r"[.,:]", table.description.removeprefix("One row per "))[0]
    return f"One row per day (UTC) and {grain}, as the last load of the day read it."


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

TOKEN_LACKS = "The token lacks"
