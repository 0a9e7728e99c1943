"""The tables that the loader writes about its own work: load audit, deleted objects, daily snapshots."""

from __future__ import annotations

import re
from typing import Literal

from .table import Column, Table

DELETED_AT = Column(
    "deleted_at",
    "timestamp",
    path=("deletedAt",),  # not a field of Centra: only the rows of deleted objects have it
    description="When the shop deleted the object, UTC; null if it was not deleted.",
)

DELETED_OBJECTS = Table(
    name="deleted_objects",
    columns=(
        Column("id", "text", description="The resource and the reference, joined."),
        Column(
            "resource", "text", description="The name of the resource, which is also the name of its table."
        ),
        Column(
            "reference",
            "text",
            description="The object as Centra's events name it: the number of an order, else the id.",
        ),
        Column(
            "object_id", "text", description="The id of the object in its table; null if it was never loaded."
        ),
        Column(
            "deleted_at",
            "timestamp",
            description="When the event reported it or a sweep found it missing, UTC.",
        ),
        Column("noticed_through", "text", description="How the deletion was found: event or sweep."),
    ),
    key=("id",),
    root_key="id",
    description="One row per object that the shop deleted, as reported by an event or found by a sweep.",
)

UNREADABLE_OBJECTS = Table(
    name="unreadable_objects",
    columns=(
        Column("id", "text", description="The resource and the object, joined."),
        Column("resource", "text", description="The name of the resource."),
        Column(
            "object_id",
            "text",
            description="The id of the object in its table; the ids of what it refers to, joined, for a list "
            "without ids; null if Centra does not even show that.",
        ),
        Column("place", "text", description="Where the object was met in the list."),
        Column(
            "fields",
            "text",
            description="The fields and lists that could not be read, joined; null for the whole object. The "
            "rest of the object is loaded: such a field is null, and such a list keeps its rows of earlier "
            "loads.",
        ),
        Column("error", "text", description="How Centra broke down, in its words or by the HTTP status."),
        Column("first_seen", "timestamp", description="When a load met it first, UTC."),
        Column("last_seen", "timestamp", description="When a load met it last, UTC."),
        Column(
            "resolved_at",
            "timestamp",
            description="When a load could read the object again, or found that it was deleted, UTC; null if "
            "it still cannot be read.",
        ),
    ),
    key=("id",),
    root_key="id",
    description="One row per object that Centra breaks down over when it is asked for it. Each load asks "
    "again; those without resolved_at are missing or incomplete in their tables.",
)

SNAPSHOT_DATE = Column("snapshot_date", "date", description="Day of the snapshot by the shop's clock (UTC).")


def snapshot_table(table: Table, name: str) -> Table:
    """A table that keeps the rows of another table for every day (UTC)."""
    return Table(
        name=name,
        columns=(SNAPSHOT_DATE, *table.columns),
        key=(SNAPSHOT_DATE.name, *table.key),
        root_key=table.root_key,
        description=_describe_by_day(table),
        references=table.references,
    )


def _describe_by_day(table: Table) -> str | None:
    if table.description is None:
        return None
    grain = re.split(r"[.,:]", table.description.removeprefix("One row per "))[0]
    return f"One row per day (UTC) and {grain}, as of the last load of the day."


LEFT_OUT = "left out"
"""Kind of an audit row about a resource, or a part of one, that was not read."""

FAILED = "failed"
"""Kind of an audit row about a resource that could not be read, while others were loaded."""

OTHER_VALUES = "other values"
"""Kind of an audit row about values of another type than the schema says, or that are not documented."""

UNREADABLE = "unreadable"
"""Kind of an audit row about objects that Centra breaks down over."""

NESTED_LIST = "nested list"
"""Kind of an audit row about a list inside objects that the shop may cut, and that was read to its end."""

Status = Literal["complete", "incomplete", "failed"]
"""What a line of `load_audit` says of what it is about: its column `status`."""

SAMPLE = "sample"
"""Kind of an audit row about a resource of which a user has limited what is read."""

FILTERED = "filtered"
"""Kind of an audit row about objects that a function of a user has left out."""

REFILL = "refill"
"""Kind of an audit row about rows of earlier loads that lack something and are being read again."""

LOAD_AUDIT = Table(
    name="load_audit",
    columns=(
        Column("id", "text", description="Identifies one list that was read in one load."),
        Column("resource", "text", description="Name of the resource."),
        Column(
            "kind",
            "text",
            description="What was read: window, list, nested list, events or sweep. Or left out: not read, "
            "see the note. Or other values: the note is about values that are not as documented. Or "
            "unreadable: the note is about objects in unreadable_objects. Or failed: the resource could not "
            "be read in this load. Or refill: rows of earlier loads are being read again. Or filtered: the "
            "note counts objects that add_filter() left out. Or sample: add_limit() ended the read.",
        ),
        Column(
            "status",
            "text",
            description="complete; incomplete: the load holds the rows, but the note names something that is "
            "missing or was changed; or failed: nothing of the resource came with this load, its table is as "
            "before, and the next load tries again.",
        ),
        Column(
            "nested_list",
            "text",
            description="The list inside the objects, such as history; null for the list of the objects.",
        ),
        Column(
            "cursor", "text", description="Centra's field that the window filters by; null without a window."
        ),
        Column("window_from", "timestamp", description="Start of the window, UTC; null without a window."),
        Column("window_to", "timestamp", description="End of the window by the shop's clock, UTC."),
        Column(
            "expected", "bigint", description="Number of rows by Centra's count; null if Centra shows none."
        ),
        Column(
            "loaded",
            "bigint",
            description="Distinct rows read from the resource's main list. For a nested list its rows in all "
            "objects that were read.",
        ),
        Column(
            "unreadable",
            "bigint",
            description="Objects that count in expected and could not be read, see unreadable_objects.",
        ),
        Column(
            "rereads", "bigint", description="Times it was read again because it was not proven complete."
        ),
        Column(
            "calls",
            "bigint",
            description="Number of answered requests. For a nested list those for its further pages.",
        ),
        Column("complexity", "bigint", description="Complexity points that Centra charged."),
        Column("seconds", "double", description="Duration of its requests in seconds, including waits."),
        Column("started_at", "timestamp", description="When it started by the loader's clock, UTC."),
        Column("finished_at", "timestamp", description="When it finished by the loader's clock, UTC."),
        Column("app_version", "text", description="Version of Centra that answered."),
        Column(
            "note",
            "text",
            description="What the owner of the token should know, such as a missing permission.",
        ),
    ),
    key=("id",),
    root_key="id",
    description="One row per window or list read in a load, with Centra's count, the rows read and the cost. "
    "All that a load was asked for has arrived if the status of all of its rows is complete.",
)

DERIVED_FAILURES = Table(
    name="derived_failures",
    columns=(
        Column(
            "made_by", "text", description="What makes the table: models, or catalog or orders of Global-e."
        ),
        Column("table_name", "text", description="The derived table."),
        Column("reason", "text", description="Why it could not be made, and which rows to look at."),
        Column("failed_at", "timestamp", description="When it was tried, UTC."),
    ),
    key=("made_by", "table_name"),
    root_key="made_by",
    description="One row per derived table that could not be made when it was last tried, and shows what it "
    "showed before. The table exists once one has failed.",
)

TOKEN_LACKS = "The token lacks"
"""First words of an audit note about a missing permission."""
