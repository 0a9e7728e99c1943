"""Reads the lists inside some objects to their end, page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from .. import settings
from ..api.operation_request import Variables
from ..api.page_size import PageSize
from ..exceptions import IncompleteRead, QueryRefused, ServerBreakdown
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
)
from ..operations.row_before import ROW_BEFORE
from ..operations.selections import Path, find_root
from .list_reader import ListChanged, ListReader
from .nested_objects import (
    Object,
    find_pinned,
    find_rows,
    follow,
    get_scalars,
    matches,
)
from .nested_state import NestedState
from .page_halver import ListBroken
from .tally import Tally


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
class Completion:
    """Completes some objects in place.

    Attributes:
        lists: The lists inside them that may be cut.
        reader: Sends the requests.
        tallies: Counts the requests, by list.
        objects: The objects, by their place in the list of objects.
    """

    lists: NestedState
    reader: ListReader
    tallies: Mapping[Path, Tally]
    objects: dict[int, Object]

    def run(self) -> None:
        """Reads every list to its end.

        Raises:
            IncompleteRead: The lists change whenever they are read.
            ListBroken: The same, if the objects can be loaded without such a list.
            ListChanged: An object is no longer at its place.
        """
        pending = set(self.objects)
        changed: dict[int, NestedList] = {}
        for _ in range(settings.WINDOW_ATTEMPTS):
            changed = {}
            for nested in self.lists.lists:
                found = self._read_on(nested, sorted(pending - changed.keys()))
                changed |= dict.fromkeys(found, nested)
            if not changed:
                return
            pending = self._read_again(changed)
        error = IncompleteRead(
            f"{self.reader.operation.name}: a list inside the objects changes while it is read, "
            f"{settings.WINDOW_ATTEMPTS} times in a row; run again."
        )
        raise ListBroken(error, next(iter(changed.values())).path) if self.reader.quarantine else error

    def _read_on(self, nested: NestedList, places: Iterable[int]) -> set[int]:
        """Reads one list of some objects to its end. Returns the objects whose list has changed meanwhile."""
        cuts = [
            _Cut(place, way, rows)
            for place in places
            for way, rows in find_rows(self.objects[place], nested.path)
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
            groups[find_pinned(pages, cut.way), len(cut.rows)].append(cut)
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
            except ServerBreakdown as breakdown:
                raise ListBroken(breakdown, nested.path) from breakdown
            return [(cut, self._add_rows(pages, cut, found.get(cut.place))) for cut in group], size

    def _add_rows(self, pages: NestedPages, cut: _Cut, found: Object | None) -> list[Object] | None:
        """Adds a page to a list. Returns its rows; None if it does not continue what was read before."""
        parent = found and follow(self.objects[cut.place], found, pages, cut.way)
        rows: list[Object] | None = parent.get(pages.nested.path[-1]) if parent else None
        if not parent or rows is None:
            return None
        if not pages.nested.is_paged:
            cut.rows[:] = rows
            return list(rows)
        (before, *_) = parent.get(ROW_BEFORE) or [None]
        if before is None or not matches(cut.rows[-1], before):
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
        try:
            found = self._request(pages, pages.whole, sorted(changed), 1, {})
        except ServerBreakdown as breakdown:
            raise ListBroken(breakdown, pages.nested.path) from breakdown
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
        if not sent or not matches(self.objects[place], get_scalars(sent[0])):
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
