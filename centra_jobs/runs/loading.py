"""Loads a shop in as many loads as it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import dlt
from dlt.common.pipeline import LoadInfo
from dlt.extract import DltSource

from centra_source import centra_source, unfinished_resources, unread_resources, waiting_resources

from .duckdb_file import kept_open
from .interruptions import raise_if_signalled

ROWS_PER_LOAD = 25_000
"""Objects of a resource that are committed together: memory grows with it, and what a crash costs."""

OnLoad: TypeAlias = Callable[[LoadInfo, Mapping[str, int]], None]
"""Told of each load when it is committed: dlt's report, and the rows that were handed on for each table."""

ONCE = ("full_refresh", "sweep")
"""Settings that are for the first of several loads."""


def load_all(
    pipeline: dlt.Pipeline,
    source: DltSource,
    settings: Mapping[str, Any],
    on_load: OnLoad = lambda info, handed_on: None,
) -> tuple[LoadInfo, list[str]]:
    """Loads until nothing waits: neither objects, of which one load takes in `rows_per_load`, nor events, nor
    what was edited during a first load.

    Args:
        pipeline: Loads.
        source: What to load, and how the first time.
        settings: The arguments that the source was made with; others come from the configuration. A range
            that `end_date` closes is one load.
        on_load: Called after each load.

    Returns:
        dlt's report on the last load, and the ids of all.
    """
    resources = list(source.selected_resources)

    def chosen(names: list[str]) -> list[str]:
        return [name for name in names if name in resources]

    # What an interrupted run had begun ends where that run began: the time since comes after it. So it does
    # after a first load, which may take hours.
    resumed, unread = unfinished_resources(pipeline), unread_resources(pipeline)
    info = _load(pipeline, source, on_load)
    if settings.get("end_date"):
        return info, list(info.loads_ids)
    behind = chosen([*resumed, *(name for name in unread if name not in unread_resources(pipeline))])
    load_ids = list(info.loads_ids)
    settings = {name: value for name, value in settings.items() if name not in ONCE}
    while True:
        if unfinished := chosen(unfinished_resources(pipeline)):
            source = centra_source(**settings).with_resources(*unfinished)
        elif behind:
            source = centra_source(**settings).with_resources(*behind)
            behind = []
        elif waiting := chosen(waiting_resources(pipeline)):
            source = centra_source(**settings, only_events=True).with_resources(*waiting)
        else:
            return info, load_ids
        info = _load(pipeline, source, on_load)
        load_ids += info.loads_ids


def _load(pipeline: dlt.Pipeline, source: DltSource, on_load: OnLoad) -> LoadInfo:
    """One load, step by step: how much it has to load is known when it has been read."""
    with kept_open(pipeline):
        pipeline.extract(source)
    normalized = pipeline.normalize()
    raise_if_signalled()
    with kept_open(pipeline):
        info = pipeline.load()
        on_load(info, normalized.row_counts)
    raise_if_signalled()
    return info
