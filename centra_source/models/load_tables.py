"""The models of loading: what their columns hold, and by what a row is known."""

from __future__ import annotations

from ..tables.table import Column, Table

COSTS = (
    Column("rereads", "bigint", description="Times something was read again, as it was not proven complete."),
    Column("calls", "bigint", description="Requests answered."),
    Column("complexity", "bigint", description="Complexity points that Centra charged."),
)

NOTES = Column("notes", "bigint", description="Notes in load_audit, such as of what the token may not read.")

RESOURCE_FRESHNESS = Table(
    name="resource_freshness",
    columns=(
        Column("resource", "text", description="Name of the resource."),
        Column(
            "read_up_to",
            "timestamp",
            description="Its changes are loaded up to then, UTC: the end of the newest window, or the "
            "beginning of the newest reading of the whole list.",
        ),
        Column("last_load_id", "text", description="The last load that read it; see _dlt_loads."),
        Column("last_loaded_at", "timestamp", description="When that load was committed, UTC."),
        Column("last_read_at", "timestamp", description="When its last reading ended, UTC."),
        Column("rows_held", "bigint", description="Rows in its table now, but for those of deleted objects."),
        Column(
            "rows_deleted", "bigint", description="Rows in its table of objects that the shop has deleted."
        ),
        Column("readings", "bigint", description="Windows and lists that the last load read of it."),
        Column(
            "expected", "bigint", description="Rows that Centra counted for these; null: it shows no count."
        ),
        Column("loaded", "bigint", description="Distinct rows read."),
        Column(
            "is_complete",
            "bool",
            description="Whether each reading brought the rows that Centra counted; null: none was counted.",
        ),
        *COSTS,
        Column("seconds", "double", description="Spent on its requests, waits included."),
        NOTES,
    ),
    key=("resource",),
    root_key="resource",
    description="One row per resource that was read: up to when it is loaded, and how its last load went.",
)

RUN_HISTORY = Table(
    name="run_history",
    columns=(
        Column("load_id", "text", description="The load; see _dlt_loads."),
        Column("begun_at", "timestamp", description="When its first reading began, UTC."),
        Column("ended_at", "timestamp", description="When its last reading ended, UTC."),
        Column("loaded_at", "timestamp", description="When it was committed, UTC."),
        Column("resources", "bigint", description="Resources that it read."),
        Column("readings", "bigint", description="Windows, lists, events and sweeps that it read."),
        Column("expected", "bigint", description="Rows that Centra counted, where it counts."),
        Column("loaded", "bigint", description="Distinct rows read."),
        Column(
            "incomplete", "bigint", description="Readings that brought another number of rows than counted."
        ),
        *COSTS,
        NOTES,
        Column("app_version", "text", description="Version of Centra that answered."),
    ),
    key=("load_id",),
    root_key="load_id",
    description="One row per load that read the shop: when, how much, and what it cost.",
)
