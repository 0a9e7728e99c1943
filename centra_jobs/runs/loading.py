"""Loads a shop in as many loads as it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import dlt
from dlt.common.pipeline import LoadInfo
from dlt.extract import DltSource
from dlt.extract.items import DataItemWithMeta

from centra_source import (
    CentraError,
    centra_source,
    failed_resources,
    unfinished_resources,
    unread_resources,
    waiting_resources,
)
from centra_source.exceptions import causes
from centra_source.reading.audit import make_note_line
from centra_source.settings import CONTINUE
from centra_source.state import record_failure
from centra_source.tables.loader_tables import FAILED

from .duckdb_file import keep_open
from .interruptions import raise_if_signalled

OnLoad: TypeAlias = Callable[[LoadInfo, Mapping[str, int]], None]
"""Called after each committed load with dlt's report and the number of rows that were loaded per table."""

ONCE = ("full_refresh", "sweep")
"""Settings that only the first of several loads uses."""


class Loaded(NamedTuple):
    """What several loads have brought.

    Attributes:
        info: dlt's report on the last load.
        load_ids: The ids of all loads.
    """

    info: LoadInfo
    load_ids: list[str]


def load_all(
    pipeline: dlt.Pipeline,
    source: DltSource,
    settings: Mapping[str, Any],
    on_load: OnLoad = lambda info, row_counts: None,
) -> Loaded:
    """Loads until nothing is left: objects (`rows_per_load` in a load), events, edits during a first load.

    Args:
        pipeline: Of the destination.
        source: The first load.
        settings: The arguments that the source was made with; others come from the configuration. A range
            that `end_date` closes is one load.
        on_load: Called after each load.

    Raises:
        Exception: The first load failed, so that nothing was loaded. With `on_failure="continue"`, a later
            one fails its resources: `load_audit` has a line for each.
    """
    resources = list(source.selected_resources)

    def keep_chosen(names: list[str]) -> list[str]:
        failed = failed_resources(pipeline)
        return [name for name in names if name in resources and name not in failed]

    # What an interrupted run started ends at the moment when that run started; the time since then needs
    # another load. So does the time during a first load, which may take hours.
    resumed, unread = unfinished_resources(pipeline), unread_resources(pipeline)
    info = _load(pipeline, source, on_load)
    if settings.get("end_date"):
        return Loaded(info, list(info.loads_ids))
    behind = [*resumed, *(name for name in unread if name not in unread_resources(pipeline))]
    load_ids = list(info.loads_ids)
    settings = {name: value for name, value in settings.items() if name not in ONCE}
    while True:
        if unfinished := keep_chosen(unfinished_resources(pipeline)):
            source = centra_source(**settings).with_resources(*unfinished)
        elif behind := keep_chosen(behind):
            source = centra_source(**settings).with_resources(*behind)
            behind = []
        elif waiting := keep_chosen(waiting_resources(pipeline)):
            source = centra_source(**settings, only_events=True).with_resources(*waiting)
        else:
            return Loaded(info, load_ids)
        try:
            info = _load(pipeline, source, on_load)
        except Exception as error:
            sentence = next((str(cause) for cause in causes(error) if isinstance(cause, CentraError)), None)
            if sentence is None or pipeline.has_pending_data or settings.get("on_failure") != CONTINUE:
                raise
            # What the earlier loads have brought stays, and is worth to be derived from.
            failed = list(source.selected_resources)
            info = _load(pipeline, _note_failures(settings, failed, sentence), on_load)
        load_ids += info.loads_ids


def _note_failures(settings: Mapping[str, Any], names: Iterable[str], sentence: str) -> DltSource:
    """The source of a load that only notes that some resources could not be read."""

    def note() -> Iterator[DataItemWithMeta]:
        for name in names:
            record_failure(name, sentence)
            yield make_note_line(name, sentence, FAILED, status="failed")

    source = centra_source(**settings)
    source.resources.add(dlt.resource(note, name="failures"))
    return source.with_resources("failures")


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
