"""Reads a sample of a resource: what a user has limited is never taken for the whole."""

from __future__ import annotations

from ..reading.audit import make_note_line
from ..state import ResourceState, active_pipeline, copy_resource_state, restore_resource_state
from ..tables.loader_tables import LOAD_AUDIT, SAMPLE
from ..tables.merging import Items

NOTE = (
    "A sample, because add_limit() was used: its objects were merged into the tables, and nothing else was "
    "changed. The next load without a limit reads on from where the load before the sample ended."
)


def read_sample(name: str, items: Items) -> Items:
    """Yields the rows of a sample. The state of the resource stays as it was before.

    Args:
        name: Of the resource.
        items: What was read until the limit. Its lines for `load_audit` would call it complete.
    """
    before = copy_resource_state(name) if active_pipeline() else None
    try:
        for item in items:
            if item is None or item.meta.hints["table_name"] != LOAD_AUDIT.name:
                yield item
    finally:
        if before:
            restore_resource_state(name, before, keeps_tables=True)
            # The tables of a list hold rows of two moments now, and are as before if the shop goes back.
            ResourceState.of_current().record_content(None)
    yield make_note_line(name, NOTE, SAMPLE, status="incomplete")
