"""Loads a shop in as many loads as it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import dlt
from dlt.common.pipeline import LoadInfo
from dlt.extract import DltSource
from dlt.pipeline.exceptions import PipelineStepFailed

from centra_source import (
    RESOURCES,
    CentraError,
    centra_source,
    failed_resources,
    unfinished_resources,
    unread_resources,
    waiting_resources,
)
from centra_source.exceptions import find_cause
from centra_source.loading.hand_out import hand_out
from centra_source.reading.audit import make_note_line
from centra_source.recovery.packages import set_aside_packages
from centra_source.recovery.refusals import describe_refusal, find_refused_resource, is_refused
from centra_source.settings import CONTINUE
from centra_source.state import record_failure
from centra_source.tables.loader_tables import FAILED, LOAD_AUDIT

from .duckdb_file import keep_open
from .interruptions import raise_if_signalled
from .redaction import redact

OnLoad: TypeAlias = Callable[[LoadInfo, Mapping[str, int]], None]
"""Called after each committed load with dlt's report and the number of rows that were loaded per table."""

REFUSED = "The destination refused its rows"
"""The first words of the sentence about a resource that fails for that."""

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
    # What was refused the last time is loaded by itself, so no other is read twice if it is refused again.
    refused = {name: why for name, why in failed_resources(pipeline).items() if why.startswith(REFUSED)}
    suspects = [name for name in resources if name in refused]
    trusted = [name for name in resources if name not in refused]
    if trusted:
        source = source.with_resources(*trusted)
    info = _load(pipeline, source, settings, on_load)
    load_ids = list(info.loads_ids)
    for name in suspects if trusted else ():
        info = _load(
            pipeline, centra_source(**settings).with_resources(name), settings, on_load, is_first=False
        )
        load_ids += info.loads_ids
    if settings.get("end_date"):
        return Loaded(info, load_ids)
    behind = [*resumed, *(name for name in unread if name not in unread_resources(pipeline))]
    settings = {name: value for name, value in settings.items() if name not in ONCE}
    while True:
        made_with: Mapping[str, Any] = settings
        if unfinished := keep_chosen(unfinished_resources(pipeline)):
            source = centra_source(**settings).with_resources(*unfinished)
        elif behind := keep_chosen(behind):
            source = centra_source(**settings).with_resources(*behind)
            behind = []
        elif waiting := keep_chosen(waiting_resources(pipeline)):
            made_with = {**settings, "only_events": True}
            source = centra_source(**made_with).with_resources(*waiting)
        else:
            return Loaded(info, load_ids)
        try:
            info = _load(pipeline, source, made_with, on_load, is_first=False)
        except Exception as error:
            cause = find_cause(error, CentraError)
            if cause is None or pipeline.has_pending_data or settings.get("on_failure") != CONTINUE:
                raise
            # What the earlier loads have brought stays, and is worth to be derived from.
            failures = dict.fromkeys(source.selected_resources, str(cause))
            info = _load_once(pipeline, _make_source(settings, [], failures), on_load)
        load_ids += info.loads_ids


def _make_source(settings: Mapping[str, Any], names: Iterable[str], failures: Mapping[str, str]) -> DltSource:
    """The source of a load that also notes that other resources could not be loaded, each with a sentence."""

    def note() -> Iterator[Any]:
        for name, sentence in failures.items():
            record_failure(name, sentence)
        lines = (make_note_line(name, why, FAILED, status="failed") for name, why in failures.items())
        yield from hand_out(lines, LOAD_AUDIT.name)

    source = centra_source(**settings)
    source.resources.add(dlt.resource(note, name="failures"))
    return source.with_resources(*names, "failures")


def _load(
    pipeline: dlt.Pipeline,
    source: DltSource,
    settings: Mapping[str, Any],
    on_load: OnLoad,
    *,
    is_first: bool = True,
) -> LoadInfo:
    """One load. With `on_failure="continue"`, a resource whose rows the destination refuses fails alone.

    Its package is set aside, and the others are read again: what has changed since is in these rows as well.

    Args:
        pipeline: Of the destination.
        source: The load.
        settings: The arguments that the source was made with.
        on_load: Called when it is committed.
        is_first: Nothing is loaded yet: if no other resource is left, the run fails.
    """
    names, failures = [name for name in source.selected_resources if name in RESOURCES], {}
    while True:
        try:
            return _load_once(pipeline, source, on_load)
        except PipelineStepFailed as error:
            name = find_refused_resource(error) if is_refused(error) else None
            if settings.get("on_failure") != CONTINUE or name not in names or (is_first and len(names) == 1):
                raise
            reason = redact(describe_refusal(error))
            folder = set_aside_packages(pipeline)
        names.remove(name)
        failures[name] = (
            f"{REFUSED}: {reason}. What was read is set aside in {folder}, and the next load reads it again."
        )
        source = _make_source(settings, names, failures)


def _load_once(pipeline: dlt.Pipeline, source: DltSource, on_load: OnLoad) -> LoadInfo:
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
