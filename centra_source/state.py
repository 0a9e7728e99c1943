"""How far the loads of a pipeline have come, by dlt's state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import dlt

from .resources import RESOURCES, Resource


def waiting_resources(pipeline: dlt.Pipeline) -> list[str]:
    """The resources of which more events wait than one load takes in; load them with `only_events`."""
    states = _resource_states(pipeline)
    return [name for name in RESOURCES if states.get(name, {}).get("events", {}).get("is_waiting")]


def unfinished_resources(pipeline: dlt.Pipeline) -> list[str]:
    """The resources of which more objects wait than `rows_per_load`; load them again.

    They are read up to the moment at which the first of these loads began; what has changed since comes with
    the load after the last.
    """
    states = _resource_states(pipeline)
    return [name for name in RESOURCES if states.get(name, {}).get("stretch")]


def unread_resources(pipeline: dlt.Pipeline) -> list[str]:
    """The resources with an `updatedAt` of which nothing has been loaded yet.

    Their first load reads all that has last changed before it began. What is edited meanwhile leaves that
    stretch of time, and comes with the load after it.
    """
    states = _resource_states(pipeline)
    return [
        name for name, resource in RESOURCES.items() if resource.cursor == "updatedAt" and name not in states
    ]


def reached_moments(pipeline: dlt.Pipeline) -> dict[str, datetime]:
    """Up to which moment (UTC) the loads that move the bookmarks have read, by resource.

    Those of which nothing has been loaded yet are missing, and those that carry no date.
    """
    states = _resource_states(pipeline)
    cursors = {name: _cursor_column(resource) for name, resource in RESOURCES.items() if resource.is_dated}
    found = {
        name: states.get(name, {}).get("incremental", {}).get(column, {}).get("last_value")
        for name, column in cursors.items()
    }
    return {name: moment for name, moment in found.items() if moment}


def _resource_states(pipeline: dlt.Pipeline) -> dict[str, Any]:
    states: dict[str, Any] = pipeline.state.get("sources", {}).get("centra_source", {}).get("resources", {})
    return states


def _cursor_column(resource: Resource) -> str:
    return "updated_at" if resource.cursor == "updatedAt" else "created_at"
