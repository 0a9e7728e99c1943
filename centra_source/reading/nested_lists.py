"""Completes the lists inside objects: what a shop has cut at a limit is read on, page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from graphql import GraphQLSchema

from .. import settings
from ..api.operation_request import Variables
from ..api.page_size import PageSize
from ..clock import utc_now
from ..exceptions import IncompleteRead, QueryRefused
from ..operations.documents import Operation
from ..operations.nested_lists import NestedList
from ..operations.nested_pages import (
    COUNT,
    FILTER,
    LIST_BEFORE,
    LIST_LIMIT,
    LIST_PAGE,
    PLACE,
    Location,
    NestedPages,
    make_nested_pages,
)
from ..operations.row_before import ROW_BEFORE
from ..operations.selections import Path, find_root
from ..tables.nodes import Page, get_values
from .list_reader import ListChanged, ListReader, find_maximum
from .tally import Tally

Object: TypeAlias = dict[str, Any]


@dataclass
class NestedLists:
    """The lists inside the objects of one resource that the shop may cut. One object serves all threads.

    A list that came with as many rows as its limit is read on: its parents are asked for again, with only the
    next page of this list, until a page is not full. Parents with fewer rows cost nothing. Each page is asked
    for with the row before it, which shows whether the list has changed since the page before. If it has, or
    if an object has left an outer list, the whole parent is read again.

    Attributes:
        operation: The query that has brought the objects.
        shop: The shop's schema.
        lists: The lists that may be cut, outer lists before inner ones.
        tallies: What has been read of each list, and what its further pages cost.
        notes: What may be missing of a list.
        started_at: When the first of them may have been read, UTC.
    """

    operation: Operation
    shop: GraphQLSchema
    lists: Sequence[NestedList]
    tallies: dict[Path, Tally] = field(default_factory=dict)
    notes: dict[Path, str] = field(default_factory=dict)
    started_at: datetime = field(default_factory=utc_now)
    _maximum: dict[Path, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def complete(self, reader: ListReader, nodes: Page, offset: int) -> Page:
        """Returns objects with whole lists, and counts the rows of these lists; as `ListReader.complete`."""
        if not len(nodes) or not self.lists:
            return nodes
        has_cut = np.zeros(len(nodes), bool)
        for nested in self.lists:
            lengths, owners = _measure_lists(nodes, nested.path)
            has_cut[owners[np.isin(lengths, list(nested.cuts))]] = True
        (places,) = np.nonzero(has_cut)
        tallies = {nested.path: Tally() for nested in self.lists}
        if len(places):
            objects = nodes.take(pa.array(places)).to_pylist()
            _Completion(
                self, reader, tallies, dict(zip((places + offset).tolist(), objects, strict=True))
            ).run()
            nodes = _replace_objects(nodes, places, objects)
        for nested in self.lists:
            tallies[nested.path].loaded = int(_measure_lists(nodes, nested.path)[0].sum())
        with self._lock:
            for path, tally in tallies.items():
                self.tallies.setdefault(path, Tally()).add(tally)
        return nodes

    def find_pages(self, nested: NestedList) -> NestedPages | None:
        """Returns the queries for further pages of a list; None if the shop has no way to ask for them."""
        with self._lock:
            if nested.path not in self._pages:
                self._pages[nested.path] = make_nested_pages(self.operation, self.shop, nested, self.lists)
            return self._pages[nested.path]

    @cached_property
    def _pages(self) -> dict[Path, NestedPages | None]:
        return {}

    def get_maximum(self, nested: NestedList) -> int:
        """The largest limit of a list, as far as it is known."""
        return self._maximum.get(nested.path, settings.PAGE_SIZES[-1])

    def record_maximum(self, nested: NestedList, refusal: QueryRefused, size: int) -> bool:
        """Records the largest limit that a refusal names. Returns whether it is below the size asked for."""
        maximum = find_maximum(refusal)
        if maximum is None or maximum >= size:
            return False
        self._maximum[nested.path] = maximum
        return True

    def record_note(self, nested: NestedList, rows: int) -> None:
        """Records that lists with this number of rows may have more."""
        self.notes[nested.path] = (
            f"{nested.name}: some lists have {rows} rows, the most that Centra sends, and their further rows "
            "cannot be requested. They may be missing."
        )

    def record_gone(self, nested: NestedList) -> None:
        """Records that an object was deleted before a list in it was read to its end."""
        self.notes[nested.path] = (
            f"{nested.name}: the shop deleted an object while this list was read in it. The object is loaded "
            "with the rows that had been read."
        )


@dataclass
class _Cut:
    """A list that may have more rows.

    Attributes:
        place: Of its root object.
        way: The places in the outer lists.
        rows: Read so far.
    """

    place: int
    way: tuple[int, ...]
    rows: list[Object]


@dataclass
class _Completion:
    """Completes some objects in place, by their place in the list of objects."""

    lists: NestedLists
    reader: ListReader
    tallies: Mapping[Path, Tally]
    objects: dict[int, Object]

    def run(self) -> None:
        pending = set(self.objects)
        for _ in range(settings.WINDOW_ATTEMPTS):
            changed: dict[int, NestedList] = {}
            for nested in self.lists.lists:
                found = self._read_on(nested, sorted(pending - changed.keys()))
                changed |= dict.fromkeys(found, nested)
            if not changed:
                return
            pending = self._read_again(changed)
        raise IncompleteRead(
            f"{self.reader.operation.name}: a list inside the objects changes while it is read, "
            f"{settings.WINDOW_ATTEMPTS} times in a row; run again."
        )

    def _read_on(self, nested: NestedList, places: Iterable[int]) -> set[int]:
        """Reads one list of some objects to its end. Returns the objects whose list has changed meanwhile."""
        cuts = [
            _Cut(place, way, rows)
            for place in places
            for way, rows in _find_rows(self.objects[place], nested.path)
            if len(rows) in nested.cuts
        ]
        if not cuts:
            return set()
        pages = self.lists.find_pages(nested)
        if pages is None:
            self.lists.record_note(nested, len(cuts[0].rows))
            return set()
        groups: defaultdict[tuple[tuple[int, ...], int], list[_Cut]] = defaultdict(list)
        for cut in cuts:
            groups[_find_pinned(pages, cut.way), len(cut.rows)].append(cut)
        changed: set[int] = set()
        for (pinned, _), group in groups.items():
            changed |= self._read_group(pages, pinned, group)
        return changed

    def _read_group(self, pages: NestedPages, pinned: tuple[int, ...], group: list[_Cut]) -> set[int]:
        """Reads on lists that have the same length and the same places in outer lists that are cut."""
        changed: set[int] = set()
        while group:
            read, size = self._read_page(pages, pinned, group)
            changed |= {cut.place for cut, rows in read if rows is None}
            if not pages.nested.is_paged:
                if size in (len(rows or ()) for _, rows in read):
                    self.lists.record_note(pages.nested, size)
                return changed
            group = [cut for cut, rows in read if rows is not None and len(rows) == size]
        return changed

    def _read_page(
        self, pages: NestedPages, pinned: tuple[int, ...], group: list[_Cut]
    ) -> tuple[list[tuple[_Cut, list[Object] | None]], int]:
        """Reads the next page of some lists: their rows, None where a list has changed, and the page size."""
        nested, offset = pages.nested, len(group[0].rows)
        while True:
            size = _choose_size(offset, self.lists.get_maximum(nested), is_paged=nested.is_paged)
            paging = {LIST_LIMIT: size, LIST_PAGE: offset // size + 1, LIST_BEFORE: offset}
            paging |= {name: place + 1 for name, place in zip(pages.pins.values(), pinned, strict=True)}
            places = list(dict.fromkeys(cut.place for cut in group))
            try:
                found = self._request(pages, pages.operation, places, min(nested.cuts) / size, paging)
            except QueryRefused as refusal:
                if not self.lists.record_maximum(nested, refusal, size):
                    raise
                continue
            return [(cut, self._add_rows(pages, cut, found.get(cut.place))) for cut in group], size

    def _add_rows(self, pages: NestedPages, cut: _Cut, found: Object | None) -> list[Object] | None:
        """Adds a page to a list. Returns its rows; None if it does not continue what was read before."""
        parent = found and _follow(self.objects[cut.place], found, pages, cut.way)
        rows: list[Object] | None = parent.get(pages.nested.path[-1]) if parent else None
        if not parent or rows is None:
            return None
        if not pages.nested.is_paged:
            cut.rows[:] = rows
            return list(rows)
        (before, *_) = parent.get(ROW_BEFORE) or [None]
        if before is None or not _matches(cut.rows[-1], before):
            return None
        cut.rows += rows
        return list(rows)

    def _read_again(self, changed: Mapping[int, NestedList]) -> set[int]:
        """Reads whole objects again, given the list that has changed in each.

        Returns:
            Those that the shop still has. The others stay as they were read.
        """
        for nested in set(changed.values()):
            self.tallies[nested.path].rereads += 1
        pages = self.lists.find_pages(next(iter(changed.values())))
        assert pages, "it has found the change"
        if pages.location is Location.PLACE:
            raise ListChanged
        found = self._request(pages, pages.whole, sorted(changed), 1, {})
        for nested in {changed[place] for place in changed.keys() - found.keys()}:
            self.lists.record_gone(nested)
        for place, one in found.items():
            self.objects[place].clear()
            self.objects[place].update(one)
        return set(found)

    def _request(
        self, pages: NestedPages, operation: Operation, places: Sequence[int], share: float, paging: Variables
    ) -> dict[int, Object]:
        """Asks for objects again. Returns those that were found, by their place.

        Args:
            pages: How to ask for them.
            operation: What to send.
            places: The objects.
            share: How many of them cost as much as one object with its first rows.
            paging: The variables of the list.
        """
        largest = max(1, int(self.reader.page_size.largest * share))
        reader = replace(
            self.reader, page_size=PageSize(largest), tally=self.tallies[pages.nested.path], completer=None
        )
        if pages.location is Location.ALL:
            sent = _get_objects(operation, reader.request_page(operation, lambda rows: paging))
            return {place: sent[place] for place in places if place < len(sent)}
        found: dict[int, Object] = {}
        waiting = list(places)
        while waiting:
            if pages.location is Location.PLACE:
                found[waiting[0]] = self._request_place(reader, operation, waiting[0], paging)
                del waiting[0]
            else:
                asked, more = self._request_ids(reader, operation, waiting, paging)
                found |= more
                del waiting[:asked]
        return found

    def _request_place(
        self, reader: ListReader, operation: Operation, place: int, paging: Variables
    ) -> Object:
        """Asks for the object at a place in the list of objects."""
        variables = {PLACE: place + 1, **paging}
        sent = _get_objects(operation, reader.request_page(operation, lambda rows: variables))
        if not sent or not _matches(self.objects[place], _get_scalars(sent[0])):
            raise ListChanged
        return sent[0]

    def _request_ids(
        self, reader: ListReader, operation: Operation, places: Sequence[int], paging: Variables
    ) -> tuple[int, dict[int, Object]]:
        """Asks for the first of some objects by their ids. Returns how many, and those that were found."""
        by_id = {self.objects[place]["id"]: place for place in places}
        asked: list[Any] = []

        def make_variables(rows: int) -> Variables:
            asked[:] = list(by_id)[:rows]
            return {FILTER: {"id": asked}, COUNT: len(asked), **paging}

        sent = _get_objects(operation, reader.request_page(operation, make_variables))
        return len(asked), {by_id[one["id"]]: one for one in sent if one["id"] in by_id}


def _measure_lists(nodes: Page, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Measures the lists at the end of a path: the rows of each, and the place of its root object."""
    values, owners = nodes, np.arange(len(nodes))
    for key in path[:-1]:
        values = get_values(values, (key,))
        if pa.types.is_list(values.type):
            owners = owners[pc.list_parent_indices(values).to_numpy()]
            values = pc.list_flatten(values)
    lists = get_values(values, path[-1:])
    if not pa.types.is_list(lists.type):
        return np.zeros(0, int), np.zeros(0, int)
    return pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False), owners


def _replace_objects(nodes: Page, places: np.ndarray, objects: list[Object]) -> Page:
    order = np.arange(len(nodes))
    order[places] = len(nodes) + np.arange(len(places))
    return pa.concat_arrays([nodes, pa.array(objects, nodes.type)]).take(pa.array(order))


def _find_rows(value: Object, path: Path, way: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Finds the lists at the end of a path, each with the places in the outer lists."""
    held = value.get(path[0])
    if held is None:
        return
    if not path[1:]:
        yield way, held
    elif isinstance(held, list):
        for place, one in enumerate(held):
            yield from _find_rows(one, path[1:], (*way, place))
    else:
        yield from _find_rows(held, path[1:], way)


def _find_pinned(pages: NestedPages, way: tuple[int, ...]) -> tuple[int, ...]:
    """The places in those outer lists that are cut themselves: only one of their rows is asked for."""
    return tuple(way[pages.levels[path]] for path in pages.pins)


def _follow(own: Object, found: Object, pages: NestedPages, way: tuple[int, ...]) -> Object | None:
    """Finds the object in an answer that holds the list; None if it is not the one that was read before."""
    path, level = pages.nested.path, 0
    for depth, key in enumerate(path[:-1], 1):
        below, sent = own.get(key) or {}, found.get(key) or {}
        if isinstance(sent, list):
            place = 0 if path[:depth] in pages.pins else way[level]
            if place >= len(sent):
                return None
            below, sent, level = below[way[level]], sent[place], level + 1
        own, found = below, sent
        if not found or not _matches(own, _get_scalars(found)):
            return None
    return found


def _choose_size(offset: int, maximum: int, *, is_paged: bool) -> int:
    """Chooses the size of the page after an offset: as many rows as have been read, up to the maximum.

    Centra numbers pages by their size, so the offset has to be a multiple of it.
    """
    if not is_paged:
        return maximum
    return next(size for size in range(min(offset, maximum), 0, -1) if offset % size == 0)


def _get_objects(operation: Operation, data: Mapping[str, pa.Scalar | None]) -> list[Object]:
    """The root objects of an answer."""
    key, *more = find_root(operation).path
    sent = data[key]
    held = None if sent is None else sent.as_py()
    if more and held is not None:
        edges, node = more
        held = [edge[node] for edge in held[edges] or () if edge]
    listed = held if isinstance(held, list) else [held]
    return [one for one in listed if one is not None]


def _get_scalars(value: Object) -> Object:
    """The fields of an object that hold neither objects nor lists."""
    return {key: one for key, one in value.items() if not isinstance(one, (dict, list))}


def _matches(whole: Any, part: Any) -> bool:
    """Whether a value has everything that a part of it has."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(key in whole and _matches(whole[key], one) for key, one in part.items())
    return bool(whole == part)
