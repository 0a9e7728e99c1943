"""Finds the stored rows of deleted objects and marks them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from .. import settings
from ..destinations.stored_rows import read_stored_rows, read_stored_values
from ..exceptions import IncompleteRead
from ..tables.loader_tables import DELETED_AT, DELETED_OBJECTS
from ..tables.merging import Items
from ..tables.table import Table, arrow_schema
from .resource_reader import ResourceReader


def mark_stored_rows(
    tables: Sequence[Table], moments: Mapping[Any, datetime]
) -> list[tuple[Table, pa.Table]]:
    """Returns the stored rows of deleted objects and of their lists, with the moments of deletion (UTC).

    Args:
        tables: The resource's tables, the main table first.
        moments: When each object was deleted, by its id.
    """
    marked = []
    for table in tables:
        rows = read_stored_rows(table, table.root_key, moments)
        field = rows.schema.field(DELETED_AT.name)
        deleted_at = pa.array([moments[owner] for owner in rows[table.root_key].to_pylist()], field.type)
        marked.append((table, rows.set_column(rows.schema.get_field_index(field.name), field, deleted_at)))
    return marked


def make_deletion_rows(
    resource: str, moments: Mapping[Any, datetime], ids: Mapping[Any, Any], noticed_through: str
) -> pa.Table:
    """Makes the rows of `deleted_objects`.

    Args:
        resource: Name of the resource.
        moments: When each object was deleted (UTC), by its reference.
        ids: The ids of the objects that were loaded, by their reference.
        noticed_through: "event" or "sweep".
    """
    rows = [
        {
            "id": f"{resource} {reference}",
            "resource": resource,
            "reference": str(reference),
            "object_id": str(ids[reference]) if reference in ids else None,
            "deleted_at": moment,
            "noticed_through": noticed_through,
        }
        for reference, moment in moments.items()
    ]
    return pa.Table.from_pylist(rows, schema=arrow_schema(DELETED_OBJECTS))


def find_stored_ids(table: Table) -> set[Any]:
    """Returns the ids of all objects in the destination that are not marked as deleted."""
    return set(read_stored_values(table, table.root_key, unless=DELETED_AT.name))


def find_missing_ids(resource: str, stored: Collection[Any], listed: Collection[Any]) -> set[Any]:
    """Returns the stored ids that the shop does not list.

    Args:
        resource: Name of the resource.
        stored: Read from the destination before the shop was asked, so that nothing new can be missing.
        listed: Every id that the shop lists.

    Raises:
        IncompleteRead: So many are missing that the token probably sees less than before.
    """
    missing = set(stored).difference(listed)
    if len(missing) > max(settings.SWEEP_ROWS, settings.SWEEP_SHARE * len(stored)):
        raise IncompleteRead(
            f"The shop no longer lists {len(missing)} of {len(stored)} {resource}, which is more than a "
            "sweep marks as deleted. Check that the token still reads all stores. If the objects were "
            "deleted, run a full refresh."
        )
    return missing


def load_parent_deletions(reader: ResourceReader, parent: str) -> Items:
    """Marks the parts of objects that earlier loads of another resource have found deleted.

    Args:
        reader: The resource of the parts.
        parent: The resource of the whole objects.
    """
    tables = reader.tables
    deleted = read_stored_rows(DELETED_OBJECTS, "resource", [parent]).to_pydict()
    moments = dict(zip(deleted["object_id"], deleted["deleted_at"], strict=True))
    by_id = {one: moments[str(one)] for one in find_stored_ids(tables.main) if str(one) in moments}
    for table, rows in mark_stored_rows(tables.all, by_id) if by_id else ():
        yield tables.make_item(table, rows)
