"""What a pipeline remembers from load to load: every key that this source keeps in dlt's state.

dlt commits the state together with the rows of a load, so both always describe the same moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import dlt
from dlt.common.configuration.container import Container
from dlt.common.configuration.exceptions import ContextDefaultCannotBeCreated
from dlt.common.pipeline import PipelineContext, SupportsPipeline
from dlt.common.storages.load_package import LoadPackageStateInjectableContext
from dlt.extract import Incremental
from dlt.extract.state import reset_resource_state

from .resources import RESOURCES, Resource

TABLE_KEYS = ("pii", "shop", "wide")
"""The keys of a resource's state that describe its tables. The others say how far it has been read."""

SOURCE = "centra_source"
"""The name of the source, under which dlt keeps its state. A clone has another name."""

SOURCE_MARK = "centra"
"""The key that says that a state is one of this source."""


def active_pipeline() -> SupportsPipeline | None:
    """Returns the pipeline that is running; without one, dlt keeps no state."""
    context = Container()[PipelineContext]
    return context.pipeline() if context.is_active() else None


def current_load_id() -> str | None:
    """Returns the id of the load package that dlt is extracting; None outside of a load."""
    try:
        load_id: str = Container()[LoadPackageStateInjectableContext].load_id
    except ContextDefaultCannotBeCreated:
        return None
    return load_id


class RangeProgress(NamedTuple):
    """A time range that takes several loads.

    Attributes:
        reached: The moment (UTC) up to which it has been read.
        end: Where the range ends.
        safe_bookmark: Where the bookmark may move to when the range has been read.
    """

    reached: datetime
    end: datetime
    safe_bookmark: datetime


@dataclass(frozen=True)
class EventState:
    """What is remembered of the events of one resource.

    Args:
        values: This part of dlt's state; what is set here is kept with the rows of the load.
    """

    values: MutableMapping[str, Any]

    @property
    def listening_since(self) -> datetime | None:
        """When (UTC) the pipeline subscribed to the events; None: it has not."""
        moment: datetime | None = self.values.get("since")
        return moment

    @property
    def change_types(self) -> Collection[str]:
        """The kinds of change that the pipeline is subscribed to; empty if that was never recorded."""
        types: Collection[str] = self.values.get("change_types", ())
        return types

    def record_listening(self, moment: datetime, change_types: Iterable[str]) -> None:
        """Records a subscription to some kinds of change, made at a moment (UTC).

        The moment of the first subscription is kept: events have come since then.
        """
        self.values.setdefault("since", moment)
        self.values["change_types"] = list(change_types)

    @property
    def used_events(self) -> Collection[int]:
        """The numbers of the events whose changes the last load has loaded."""
        numbers: Collection[int] = self.values.get("used", ())
        return numbers

    def record_used_events(self, numbers: Iterable[int]) -> None:
        """Records the events whose changes this load holds: the next load confirms them."""
        self.values["used"] = list(numbers)

    @property
    def largest_limit(self) -> int | None:
        """The most events that the shop sends at once; None if it has not refused any number."""
        limit: int | None = self.values.get("largest_limit")
        return limit

    def record_largest_limit(self, limit: int) -> None:
        """Records that the shop sends no more events at once."""
        self.values["largest_limit"] = limit

    @property
    def has_received_events(self) -> bool:
        """Whether the queue has ever delivered an event of the resource."""
        return bool(self.values.get("is_heard"))

    def record_answer(self, *, has_events: bool, is_more_waiting: bool) -> None:
        """Records what the queue has answered.

        Args:
            has_events: It has delivered some.
            is_more_waiting: It holds more than one load takes.
        """
        self.values["is_heard"] = bool(self.has_received_events or has_events)
        self.values["is_waiting"] = is_more_waiting

    @property
    def is_more_waiting(self) -> bool:
        """Whether the queue holds more events than the last load took."""
        return bool(self.values.get("is_waiting"))


class OddObjects(NamedTuple):
    """Objects of which a load lost a value.

    Attributes:
        ids: Their ids.
        moments: The dates (UTC) of those whose own id was lost.
    """

    ids: Sequence[Any] = ()
    moments: Sequence[datetime] = ()


class ListFingerprint(NamedTuple):
    """What is compared of a list that is read whole.

    Attributes:
        hash: Of all its rows.
        rows: How many rows each of its tables holds.
    """

    hash: str
    rows: Mapping[str, int]


@dataclass(frozen=True)
class ResourceState:
    """What is remembered of one resource.

    Args:
        values: This part of dlt's state; what is set here is kept with the rows of the load.
    """

    values: MutableMapping[str, Any]

    @classmethod
    def of_current(cls) -> ResourceState:
        """The state of the resource that dlt is reading now."""
        return cls(dlt.current.resource_state())

    @property
    def bookmarks(self) -> dict[str, Any]:
        """How far the resource has been read, by column: dlt's own incremental state."""
        return {
            column: bookmark["last_value"]
            for column, bookmark in self.values.get("incremental", {}).items()
            if bookmark.get("last_value") is not None
        }

    @property
    def unfinished_range(self) -> RangeProgress | None:
        """The time range that earlier loads have begun to read; None: none is unfinished."""
        begun = self.values.get("stretch")
        return RangeProgress(begun["reached"], begun["end"], begun["sure"]) if begun else None

    def record_range(self, progress: RangeProgress) -> None:
        """Records how far an unfinished range has been read."""
        reached, end, safe_bookmark = progress
        self.values["stretch"] = {"reached": reached, "end": end, "sure": safe_bookmark}

    def finish_range(self) -> None:
        """Records that no range is unfinished."""
        self.values.pop("stretch", None)

    @property
    def counted_objects(self) -> int:
        """How many objects a list that only grows held at the last load, by Centra's count."""
        count: int = self.values.get("counted", 0)
        return count

    def record_count(self, objects: int | None) -> None:
        """Records how many objects a list that only grows holds."""
        self.values["counted"] = objects

    @property
    def unreadable(self) -> dict[str, dict[str, Any]]:
        """The objects that Centra broke down over in earlier loads, by their names; may be changed."""
        objects: dict[str, dict[str, Any]] = self.values.setdefault("unreadable", {})
        return objects

    @property
    def privacy_marks(self) -> dict[str, dict[str, str]]:
        """How the personal fields in the table were treated, see `Privacy.make_marks`; may be changed."""
        marks: dict[str, dict[str, str]] = self.values.setdefault("pii", {})
        return marks

    @property
    def shop(self) -> str | None:
        """The host name of the shop that the rows come from."""
        host: str | None = self.values.get("shop")
        return host

    def record_shop(self, host: str) -> None:
        """Records the shop that the rows come from."""
        self.values["shop"] = host

    @property
    def events(self) -> EventState:
        """What is remembered of the resource's events; may be changed."""
        return EventState(self.values.setdefault("events", {}))

    def forget_events(self) -> None:
        """Forgets the events of the resource: their numbers mean nothing in the queue of another shop."""
        self.values.pop("events", None)

    @property
    def has_waiting_events(self) -> bool:
        """Whether the queue holds more events than the last load took."""
        return EventState(self.values.get("events", {})).is_more_waiting

    @property
    def wide_columns(self) -> dict[str, list[Any]]:
        """What each wide column holds, by its name, see `tables.wide_names`; may be changed."""
        columns: dict[str, list[Any]] = self.values.setdefault("wide", {})
        return columns

    @property
    def odd_objects(self) -> OddObjects:
        """The objects of which the last load lost a value."""
        return OddObjects(*self.values.get("odd", ((), ())))

    def record_odd_objects(self, objects: OddObjects) -> None:
        """Records the objects of which this load lost a value."""
        if any(objects):
            self.values["odd"] = [list(objects.ids), list(objects.moments)]
        else:
            self.values.pop("odd", None)

    @property
    def functions(self) -> Sequence[str]:
        """What describes the functions of a user that have changed or filtered the rows so far."""
        functions: Sequence[str] = self.values.get("functions", [])
        return functions

    def record_functions(self, functions: Sequence[str]) -> None:
        """Records the functions of a user that change or filter the rows."""
        if functions:
            self.values["functions"] = list(functions)
        else:
            self.values.pop("functions", None)

    @property
    def content(self) -> ListFingerprint | None:
        """What the tables of a list held when it was last loaded; None: it is to be loaded in any case."""
        content = self.values.get("content")
        return ListFingerprint(**content) if isinstance(content, dict) else None

    def record_content(self, content: ListFingerprint | None) -> None:
        """Records what the tables of a list hold."""
        if content:
            self.values["content"] = content._asdict()
        else:
            self.values.pop("content", None)


class Refill(NamedTuple):
    """What is to be read again of a resource, because rows of earlier loads lack something.

    Attributes:
        reason: Why, as a clause such as "orders was missing in the destination".
        needs_sweep: Deletions may be missing as well.
        reached: The moment (UTC) up to which it has been read again; None: nothing has been read yet.
        end: Up to where it is read again (UTC); what is later was read with the load that began it.
    """

    reason: str
    needs_sweep: bool = False
    reached: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class Refills:
    """What is to be read again, by resource. A resource that fails in a load does not lose it.

    Args:
        values: The state of the source; what is set here is kept with the rows of the load.
    """

    values: MutableMapping[str, Any]

    @classmethod
    def of_current(cls) -> Refills:
        """The refills of the source that dlt is reading now."""
        return cls(dlt.current.source_state())

    def get(self, resource: str) -> Refill | None:
        """What is to be read again of a resource; None: nothing."""
        found = self.values.get("refills", {}).get(resource)
        return Refill(**found) if found else None

    def start(self, resource: str, reason: str, *, needs_sweep: bool = False) -> None:
        """Records that all objects of a resource that earlier loads have read are to be read again."""
        before = self.get(resource)
        self.record(resource, Refill(reason, needs_sweep or bool(before and before.needs_sweep)))

    def record(self, resource: str, refill: Refill) -> None:
        """Records how far a resource has been read again."""
        self.values.setdefault("refills", {})[resource] = refill._asdict()

    def finish(self, resource: str) -> None:
        """Records that nothing of a resource is left to be read again."""
        self.values.get("refills", {}).pop(resource, None)

    def find_unasked(self, resource: str) -> frozenset[str]:
        """Returns the columns of a resource (`orders.status`) that the last load did not ask for."""
        return frozenset(self.values.get("unasked", {}).get(resource, ()))

    def record_unasked(self, resource: str, columns: Sequence[str]) -> None:
        """Records the columns of a resource that this load did not ask for."""
        if columns:
            self.values.setdefault("unasked", {})[resource] = list(columns)
        else:
            self.values.get("unasked", {}).pop(resource, None)


def mark_source() -> None:
    """Records that the source that dlt is reading now is this one, whatever its name."""
    dlt.current.source_state()[SOURCE_MARK] = True


def list_sources(pipeline: SupportsPipeline) -> list[str]:
    """Returns the names of this source, and of its clones, that a pipeline has loaded."""
    states: Mapping[str, Mapping[str, Any]] = pipeline.state.get("sources", {})
    return [name for name, values in states.items() if name == SOURCE or SOURCE_MARK in values]


@contextmanager
def change_source_state(pipeline: dlt.Pipeline, source: str = SOURCE) -> Iterator[MutableMapping[str, Any]]:
    """Yields the state of a source for changes outside of a load, and commits them to the destination."""
    with pipeline.managed_state(extract_state=True) as state:
        sources: dict[str, Any] = state.setdefault("sources", {})
        yield sources.setdefault(source, {})
    pipeline.normalize()
    pipeline.load()


def forget_content(values: Mapping[str, Any], resource: str) -> None:
    """Forgets the rows of a list that is read whole, so that the next load writes them in any case.

    Args:
        values: The state of the source.
        resource: Name of the resource.
    """
    values.get("resources", {}).get(resource, {}).pop("content", None)


def list_loaded_resources(pipeline: dlt.Pipeline, source: str | None = None) -> list[str]:
    """The resources of which a pipeline remembers something."""
    known = {name for name, _ in _stored_states(pipeline, source)}
    return [name for name in RESOURCES if name in known]


class BackfillProgress(NamedTuple):
    """How far a backfill has read a resource.

    Attributes:
        start: Where the range of the backfill starts (UTC).
        end: Where it ends.
        reached: The moment up to which it has been read.
    """

    start: datetime
    end: datetime
    reached: datetime


def record_backfill(resource: str, progress: BackfillProgress) -> None:
    """Records how far a backfill has read a resource, in the state of the running load."""
    dlt.current.source_state().setdefault("backfill", {})[resource] = progress._asdict()


def stored_backfills(pipeline: dlt.Pipeline) -> dict[str, BackfillProgress]:
    """How far the last backfill of each resource has read it."""
    return {
        name: BackfillProgress(**done)
        for state in _source_states(pipeline)
        for name, done in state.get("backfill", {}).items()
    }


def stored_bookmarks(pipeline: dlt.Pipeline, source: str | None = None) -> dict[tuple[str, str], Any]:
    """How far each resource has been read, by resource and column."""
    return {
        (name, column): value
        for name, state in _stored_states(pipeline, source)
        for column, value in state.bookmarks.items()
    }


class ResourceSnapshot(NamedTuple):
    """What is remembered of a resource when a load begins.

    Attributes:
        values: Its state.
        refill: What is to be read again of it.
        unasked: The columns that the load before did not ask for.
    """

    values: Mapping[str, Any]
    refill: Refill | None
    unasked: Sequence[str]


def copy_resource_state(name: str) -> ResourceSnapshot:
    """Copies what is remembered of a resource, for `restore_resource_state`, before anything is read."""
    values = deepcopy(dict(dlt.current.resource_state(name)))
    pipeline, refills = active_pipeline(), Refills.of_current()
    if pipeline and all(name not in state.get("resources", {}) for state in _source_states(pipeline)):
        values.pop("incremental", None)  # dlt has just created it
    return ResourceSnapshot(values, refills.get(name), sorted(refills.find_unasked(name)))


def restore_resource_state(name: str, before: ResourceSnapshot, *, keeps_tables: bool) -> None:
    """Restores what was remembered of a resource when a load began. A refill that it has begun stays.

    Args:
        name: Of the resource.
        before: From `copy_resource_state`.
        keeps_tables: Rows have been handed on: what describes the tables stays as it is now.
    """
    values, refills = dlt.current.resource_state(name), Refills.of_current()
    kept = {key: values[key] for key in TABLE_KEYS if key in values} if keeps_tables else {}
    values.clear()
    values.update({**before.values, **kept})
    if not values:
        reset_resource_state(name)
    if before.refill:
        refills.record(name, before.refill)
    refills.record_unasked(name, before.unasked)


@contextmanager
def separate_state(name: str, bookmark: Incremental[Any] | None) -> Iterator[None]:
    """Has a resource whose rows only transformers get remember how far they got them, apart from its tables.

    dlt reads a resource a second time for a transformer that is not part of the source. Its tables would lack
    what only the transformer got, and the transformer what only the tables got.

    Args:
        name: Of the resource.
        bookmark: How far it has been read, bound by dlt; None: it is read whole.
    """
    of_tables = copy_resource_state(name)
    values, refills = dlt.current.resource_state(name), Refills.of_current()
    feeds: dict[str, Any] = dlt.current.source_state().setdefault("feeds", {})
    own = deepcopy(feeds.get(name, {}))
    incremental = values.get("incremental", {})
    values.clear()
    values.update(own.get("values", {}))
    if bookmark and bookmark.end_value is None:
        reached = own.get("bookmark")
        bookmark.start_value = bookmark.initial_value if reached is None else reached
        incremental[bookmark.cursor_path]["last_value"] = bookmark.start_value  # dlt goes on with this object
        values["incremental"] = incremental
    _set_refill(refills, name, Refill(**own["refill"]) if own.get("refill") else None)
    try:
        yield
        refill = refills.get(name)
        feeds[name] = {
            "values": {key: deepcopy(value) for key, value in values.items() if key != "incremental"},
            "refill": refill._asdict() if refill else None,
            "bookmark": own.get("bookmark"),
        }
        if bookmark and bookmark.end_value is None:
            feeds[name]["bookmark"] = bookmark.last_value
    finally:
        _set_refill(refills, name, None)
        restore_resource_state(name, of_tables, keeps_tables=False)


def _set_refill(refills: Refills, name: str, refill: Refill | None) -> None:
    refills.finish(name)
    if refill:
        refills.record(name, refill)


def record_failure(resource: str, sentence: str) -> None:
    """Records that a resource could not be read, in the state of the running load."""
    dlt.current.source_state().setdefault("failed", {})[resource] = sentence


def forget_failure(resource: str) -> None:
    """Records that a resource has been read to its end."""
    dlt.current.source_state().get("failed", {}).pop(resource, None)


def failed_resources(pipeline: dlt.Pipeline, source: str | None = None) -> dict[str, str]:
    """Returns the resources that their last load could not read, each with the reason as a sentence.

    Only `centra_source(on_failure="continue")` loads the others nevertheless.

    Args:
        pipeline: Loads shops.
        source: Name of the source, if the pipeline loads clones of it. Default: all of them together.
    """
    failed = {
        name: why
        for state in _source_states(pipeline, source)
        for name, why in state.get("failed", {}).items()
    }
    return {name: failed[name] for name in RESOURCES if name in failed}


def waiting_resources(pipeline: dlt.Pipeline, source: str | None = None) -> list[str]:
    """Returns the resources that have more events than one load takes; load them with `only_events`.

    Args:
        pipeline: Loads shops.
        source: Name of the source, if the pipeline loads clones of it. Default: all of them together.
    """
    waiting = {name for name, state in _stored_states(pipeline, source) if state.has_waiting_events}
    return [name for name in RESOURCES if name in waiting]


def unfinished_resources(pipeline: dlt.Pipeline, source: str | None = None) -> list[str]:
    """Returns the resources that have more objects than `rows_per_load`; load them again.

    They are read up to the moment at which the first of these loads started. Later changes come with the load
    after the last.

    Args:
        pipeline: Loads shops.
        source: Name of the source, if the pipeline loads clones of it. Default: all of them together.
    """
    unfinished = {name for name, state in _stored_states(pipeline, source) if state.unfinished_range}
    return [name for name in RESOURCES if name in unfinished]


def unread_resources(pipeline: dlt.Pipeline, source: str | None = None) -> list[str]:
    """Returns the resources with an `updatedAt` that have never been loaded.

    Their first load reads all objects that were last changed before it started. An object that is edited
    meanwhile leaves this range and comes with the next load.

    Args:
        pipeline: Loads shops.
        source: Name of the source, if the pipeline loads clones of it. Default: those that none has loaded.
    """
    read = {name for name, state in _stored_states(pipeline, source) if state.bookmarks}
    return [
        name for name, resource in RESOURCES.items() if resource.cursor == "updatedAt" and name not in read
    ]


def reached_moments(pipeline: dlt.Pipeline, source: str | None = None) -> dict[str, datetime]:
    """Returns the moment (UTC) up to which each resource has been read by loads that move its bookmark.

    Resources that have never been loaded are missing, and so are those without a date.

    Args:
        pipeline: Loads shops.
        source: Name of the source, if the pipeline loads clones of it.
    """
    bookmarks = stored_bookmarks(pipeline, source)
    dated = {name: cursor_column(resource) for name, resource in RESOURCES.items() if resource.is_dated}
    found = {name: bookmarks.get((name, column)) for name, column in dated.items()}
    return {name: moment for name, moment in found.items() if moment}


def cursor_column(resource: Resource) -> str:
    """The column that holds the bookmark of a dated resource."""
    return "updated_at" if resource.cursor == "updatedAt" else "created_at"


def _stored_states(pipeline: dlt.Pipeline, source: str | None = None) -> list[tuple[str, ResourceState]]:
    return [
        (name, ResourceState(values))
        for state in _source_states(pipeline, source)
        for name, values in state.get("resources", {}).items()
    ]


def _source_states(pipeline: SupportsPipeline, source: str | None = None) -> list[Mapping[str, Any]]:
    states: Mapping[str, Mapping[str, Any]] = pipeline.state.get("sources", {})
    return [states.get(name, {}) for name in ([source] if source else list_sources(pipeline))]
