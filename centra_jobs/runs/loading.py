"""Loads a shop in as many loads as it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import dlt
from dlt.common.pipeline import LoadInfo
from dlt.extract import DltSource

from centra_source import centra_source, unfinished_resources, unread_resources, waiting_resources

from .duckdb_file import keep_open
from .interruptions import raise_if_signalled

OnLoad: TypeAlias = Callable[[LoadInfo, Mapping[str, int]], None]
"""Called after each committed load with dlt's report and the number of rows that were loaded per table."""

ONCE = ("full_refresh", "sweep")
"""Settings that only the first of several loads uses."""


def load_all(
    pipeline: dlt.Pipeline,
    source: DltSource,
    settings: Mapping[str, Any],
    on_load: OnLoad = lambda info, row_counts: None,
) -> tuple[LoadInfo, list[str]]:
    """Loads until nothing is left: objects (`rows_per_load` in a load), events, edits during a first load.

    Args:
        pipeline: Of the destination.
        source: The first load.
        settings: The arguments that the source was made with; others come from the configuration. A range
            that `end_date` closes is one load.
        on_load: Called after each load.

    Returns:
        dlt's report on the last load, and the ids of all loads.
    """
    resources = list(source.selected_resources)

    def keep_chosen(names: list[str]) -> list[str]:
        return [name for name in names if name in resources]

    # What an interrupted run started ends at the moment when that run started; the time since then needs
    # another load. So does the time during a first load, which may take hours.
    resumed, unread = unfinished_resources(pipeline), unread_resources(pipeline)
    info = _load(pipeline, source, on_load)
    if settings.get("end_date"):
        return info, list(info.loads_ids)
    behind = keep_chosen([*resumed, *(name for name in unread if name not in unread_resources(pipeline))])
    load_ids = list(info.loads_ids)
    settings = {name: value for name, value in settings.items() if name not in ONCE}
    while True:
        if unfinished := keep_chosen(unfinished_resources(pipeline)):
            source = centra_source(**settings).with_resources(*unfinished)
        elif behind:
            source = centra_source(**settings).with_resources(*behind)
            behind = []
        elif waiting := keep_chosen(waiting_resources(pipeline)):
            source = centra_source(**settings, only_events=True).with_resources(*waiting)
        else:
            return info, load_ids
        info = _load(pipeline, source, on_load)
        load_ids += info.loads_ids


def _load(pipeline: dlt.Pipeline, source: DltSource, on_load: OnLoad) -> LoadInfo:
    """One load, step by step: its size is known once everything is read."""
    with keep_open(pipeline):
        pipeline.extract(source)
    normalized = pipeline.normalize()
    raise_if_signalled()
    with keep_open(pipeline):
        info = pipeline.load()
        on_load(info, normalized.row_counts)
    raise_if_signalled()
    return info
