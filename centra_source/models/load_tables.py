"""The models about loads: their columns and keys."""

from __future__ import annotations

from ..tables.table import Column, Table

COSTS = (
    Column(
        "rereads",
        "bigint",
        description="Times that a list was read again because it might have been incomplete.",
    ),
    Column("calls", "bigint", description="Requests that Centra answered."),
    Column("complexity", "bigint", description="Complexity points that Centra charged."),
)

NOTES = Column(
    "notes", "bigint", description="Notes in load_audit, such as a permission that the token lacks."
)

RESOURCE_FRESHNESS = Table(
    name="resource_freshness",
    columns=(
        Column("resource", "text", description="Name of the resource."),
        Column(
            "read_up_to",
            "timestamp",
            description="Changes are loaded up to this time, UTC: the end of the newest window, or the start "
            "of the newest read of the whole list.",
        ),
        Column("last_load_id", "text", description="The last load that read the resource, as in _dlt_loads."),
        Column("last_loaded_at", "timestamp", description="When that load was committed, UTC."),
        Column("last_read_at", "timestamp", description="When it was last read, UTC."),
        Column("rows_held", "bigint", description="Rows in its table, without those of deleted objects."),
        Column(
            "rows_deleted", "bigint", description="Rows in its table of objects that are deleted in the shop."
        ),
        Column("readings", "bigint", description="Windows and lists that the last load read."),
        Column(
            "expected", "bigint", description="Rows in them by Centra's count; null if Centra has no count."
        ),
        Column("loaded", "bigint", description="Distinct rows read."),
        Column(
            "is_complete",
            "bool",
            description="Whether every window and list had as many rows as Centra counted; false if the last "
            "load failed to read it; null if Centra has no count.",
        ),
        *COSTS,
        Column("seconds", "double", description="Seconds spent on its requests, including waits."),
        NOTES,
    ),
    key=("resource",),
    root_key="resource",
    description="One row per resource that was read: how fresh its table is, and the result of its last "
    "load.",
)

RUN_HISTORY = Table(
    name="run_history",
    columns=(
        Column("load_id", "text", description="The load, as in _dlt_loads."),
        Column("begun_at", "timestamp", description="When it began to read, UTC."),
        Column("ended_at", "timestamp", description="When it finished reading, UTC."),
        Column("loaded_at", "timestamp", description="When it was committed, UTC."),
        Column("resources", "bigint", description="Resources that it read."),
        Column("readings", "bigint", description="Windows, lists, events and sweeps that it read."),
        Column("expected", "bigint", description="Rows by Centra's count, of lists that it counts."),
        Column("loaded", "bigint", description="Distinct rows read."),
        Column(
            "incomplete",
            "bigint",
            description="Windows and lists with another number of rows than Centra counted.",
        ),
        *COSTS,
        NOTES,
        Column("app_version", "text", description="Version of Centra."),
    ),
    key=("load_id",),
    root_key="load_id",
    description="One row per load that read the shop: its time, its size and its cost.",
)
