"""Keeps the tables whose rows nobody can read again when dlt refreshes a resource."""

from __future__ import annotations

from typing import Any, cast

from dlt.common.storages.load_package import commit_load_package_state, load_package_state

from ..resources import RESOURCES
from ..tables.loader_tables import DELETED_OBJECTS, LOAD_AUDIT, UNREADABLE_OBJECTS

HISTORY_TABLES = {
    *(table.name for table in (LOAD_AUDIT, DELETED_OBJECTS, UNREADABLE_OBJECTS)),
    *(resource.daily for resource in RESOURCES.values() if resource.daily),
}
"""Snapshots of earlier days, and what the loads have recorded about all resources."""


def keep_history_tables() -> None:
    """Takes the history tables from the list of those that dlt drops or empties with this load.

    `pipeline.run(refresh=...)` selects tables by the resource that has yielded them.
    """
    state = cast(dict[str, Any], load_package_state()["state"])
    for key in ("dropped_tables", "truncated_tables"):
        tables = state.get(key, [])
        kept = [table for table in tables if table["name"] not in HISTORY_TABLES]
        if len(kept) < len(tables):
            state[key] = kept
            commit_load_package_state()
