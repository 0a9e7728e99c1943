"""Reads lists inside objects whose pages are numbered: one object at a time, and its list page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pyarrow as pa

from .. import settings
from ..api.operation_request import Variables
from ..api.page_size import PageSize
from ..exceptions import QueryRefused, ServerBreakdown, UnstableList
from ..operations.documents import Operation
from ..operations.object_parts import with_parts_only
from ..operations.page_order import has_fixed_order
from ..operations.rewriting import without_paths
from ..operations.row_before import ROW_BEFORE, with_row_before
from ..operations.selections import Path, list_paths
from ..tables.nodes import Page, get_keys, get_values
from .list_reader import ListChanged, ListReader, find_maximum
from .page_halver import PageBroken, PageHalver
from .page_lists import WITH_ID, make_page_operation, read_passes
from .page_pass import PagePass, Place, Rows
from .quarantine import Unreadable

BEYOND = 1_000_000
"""The number of a row that no list inside an object has. If Centra answers that, the list is not broken, but
one of its rows."""


def make_inner_page_operation(operation: Operation, key: Path) -> Operation:
    """Returns what is sent for each page of the lists inside objects; `key` as for `read_inner_lists`."""
    return with_row_before(make_page_operation(operation), "innerPage", key)


def read_inner_lists(reader: ListReader, path: Path, key: Path) -> Iterator[Page]:
    """Yields the rows of a list inside each object, page by page, every row inside its object.

    Args:
        reader: What to request. The operation pages the objects by `$page`, one at a time, and the list by
            `$innerLimit` and `$innerPage`.
        path: From an object to its list.
        key: The field of a row that identifies it within its object.

    Raises:
        UnstableList: The objects or one of their lists changed during every pass. What has been yielded is
            right, but it may lack rows.
    """
    (list_key,) = path
    lists = _InnerLists(reader, make_inner_page_operation(reader.operation, key), list_key, key)
    read_owners: set[Any] = set()
    known_keys: dict[Any, set[Any]] = {}
    unstable: UnstableList | None = None
    for _ in range(settings.WINDOW_ATTEMPTS):
        has_lost_any = False
        for owner in lists.read_owners(lambda: len(read_owners)):
            for owner_id in get_values(owner, ("id",)).to_pylist():
                if owner_id in read_owners:
                    continue
                reader.known_keys = known_keys.pop(owner_id, set())
                try:
                    for rows in lists.read_rows(owner_id):
                        yield _replace_list(owner, list_key, reader.keep_new(rows, key))
                except _OwnerLost:
                    # Another pass finds it, unless it was deleted.
                    has_lost_any, known_keys[owner_id] = True, reader.known_keys
                    continue
                except UnstableList as error:
                    unstable = error
                read_owners.add(owner_id)
        if not has_lost_any:
            break
    if unstable:
        raise unstable


class _OwnerLost(Exception):
    """An object has gone, or is far from its place, while the list inside it was read."""


@dataclass
class _InnerLists:
    """The lists inside objects. Each request brings one object and one page of its list.

    Attributes:
        reader: Sends the requests.
        operation: What to send.
        list_key: The key of the list in an object.
        key: The field that identifies a row of the list.
        maximum: The largest page of the list, as far as it is known.
    """

    reader: ListReader
    operation: Operation
    list_key: str
    key: Path
    maximum: int = settings.PAGE_SIZES[-1]
    _number: int = 1
    _first_rows: Rows | None = None

    def __post_init__(self) -> None:
        self._halver = PageHalver(self.reader)

    def read_owners(self, count_read: Callable[[], int]) -> Iterator[Page]:
        """Yields the objects, each as a page of one.

        Args:
            count_read: Returns how many of them have been read with their lists.
        """
        is_fixed = has_fixed_order(self.operation, "page", *WITH_ID)
        return read_passes(
            self.reader, lambda: PagePass(self._fetch_owner, WITH_ID), count_read, is_fixed=is_fixed
        )

    def read_rows(self, owner_id: Any) -> Iterator[Page]:
        """Yields the pages of the list in the object that `read_owners` has yielded last.

        Raises:
            _OwnerLost: The object is no longer there.
            UnstableList: The list changes during every pass.
        """
        fetch = partial(self._fetch_rows, owner_id)
        return read_passes(
            self.reader,
            lambda: PagePass(fetch, (self.key,)),
            lambda: len(self.reader.known_keys),
            is_fixed=has_fixed_order(self.operation, "innerPage", self.key),
        )

    def _fetch_owner(self, place: Place) -> Rows:
        self._number = place.position + 1
        owner, self._first_rows = self._fetch(self._number, Place(0))
        return owner

    def _fetch_rows(self, owner_id: Any, place: Place) -> Rows:
        # The first page came with the object. It is used once: after a change of the list it is outdated.
        rows, self._first_rows = self._first_rows, None
        if rows and not place.position:
            return rows
        here = self._number
        for number in (here, here - 1, here + 1, here - 2, here + 2):
            if number < 1:
                continue
            owner, rows = self._fetch(number, place)
            if rows is not None and get_values(owner.nodes, ("id",)).to_pylist() == [owner_id]:
                self._number = number
                return rows
        raise _OwnerLost

    def _fetch(self, number: int, place: Place) -> tuple[Rows, Rows | None]:
        """Requests one object and the rows of its list at a place; None if there is no such object."""
        reader = self.reader
        owner_place = {"page": number, "pageRowBefore": max(1, number - 1)}

        def make_variables(rows: int) -> Variables:
            fitting = min(rows, self.maximum)
            return {**owner_place, **place.make_variables(fitting, "innerLimit", "innerPage")}

        def request(sized: ListReader) -> tuple[tuple[Rows, Rows | None], int]:
            try:
                data = self._request(sized, make_variables)
            except ServerBreakdown as breakdown:
                raise PageBroken(breakdown, place.limit) from breakdown
            return self._split_answer(data, number, place), place.limit

        def isolate(breakdown: ServerBreakdown) -> tuple[Rows, Rows | None]:
            try:  # the fault may have passed
                found, _ = request(replace(reader, page_size=PageSize(1)))
            except PageBroken:
                return self._isolate(number, place, breakdown)
            return found

        return self._halver.fetch(request, isolate)

    def _request(self, reader: ListReader, make_variables: Callable[[int], Variables]) -> dict[str, Any]:
        try:
            return reader.request_page(self.operation, make_variables)
        except QueryRefused as refusal:
            maximum = find_maximum(refusal)
            if maximum is None or maximum >= self.maximum:
                raise
            self.maximum = maximum
            return reader.request_page(self.operation, make_variables)

    def _split_answer(self, data: dict[str, Any], number: int, place: Place) -> tuple[Rows, Rows | None]:
        reader = self.reader
        owners, before = (reader.check_list(data[key]) for key in (reader.response_key, ROW_BEFORE))
        owner = Rows(owners, before, number - 1, 1)
        if owner.is_last:
            return owner, None
        nodes, before = (
            reader.check_list(owner.nodes.field(name)[0]) for name in (self.list_key, ROW_BEFORE)
        )
        return owner, Rows(nodes, before, place.start, place.limit)

    def _isolate(self, number: int, place: Place, breakdown: ServerBreakdown) -> tuple[Rows, Rows | None]:
        """Finds out what Centra breaks down over: one row, or the whole list of an object."""
        reader, quarantine = self.reader, self.reader.quarantine
        assert quarantine, "without one, Centra's breakdowns are other errors"
        row = f"number {place.position + 1} of the list"
        found = self._read_key(number, place.position + 1)
        alive = found if found is not None else self._read_key(number, BEYOND)
        owners = alive[0] if alive else self._read_owner(number, breakdown)
        owner_before = self._read_owner(number - 1, breakdown) if number > 1 else owners
        owner = Rows(owners, owner_before, number - 1, 1)
        if owner.is_last:
            return owner, None
        (owner_id,) = get_values(owners, ("id",)).to_pylist()
        nothing = reader.no_objects.field(self.list_key).values
        if alive is None:
            one = Unreadable(owner_id, "the whole list", str(breakdown))
            quarantine.record(one, len(reader.known_keys))
            return owner, Rows(nothing, nothing, place.position, 1)
        if found and not found[1]:
            raise ListChanged
        key = found[1][0] if found else None
        identity = (owner_id, key) if found else None
        one = Unreadable(identity, f"{row} in {owner_id}", str(breakdown))
        quarantine.record(one, len(reader.known_keys))
        before = self._read_key(number, place.number_before) if place.number_before else None
        rows_before = before[2] if before else nothing
        return owner, Rows(nothing, rows_before, place.position, 1, unread=(key,))

    def _read_key(self, number: int, row: int) -> tuple[Page, list[Any], Page] | None:
        """Reads the key of a row by its number in the list of an object.

        Returns:
            The object, the key of the row if there is one, and the row; None if Centra breaks down over it.
        """
        operation = self.reader.operation
        whole = (self.list_key, *self.key)
        unwanted = [
            one for one in list_paths(operation) if one[0] == self.list_key and whole[: len(one)] != one
        ]
        narrowed = without_paths(operation, unwanted)
        assert narrowed, "the key is among its fields"
        variables = {"page": number, "innerLimit": 1, "innerPage": row}
        try:
            data = self.reader.request_page(narrowed, lambda size: variables)
        except ServerBreakdown:
            return None
        owners = self.reader.check_list(data[self.reader.response_key])
        if not len(owners):
            return owners, [], owners
        found = self.reader.check_list(owners.field(self.list_key)[0])
        return owners, get_keys(found, (self.key,)), found

    def _read_owner(self, number: int, breakdown: ServerBreakdown) -> Page:
        """Reads an object without its list.

        Raises:
            ServerBreakdown: Centra breaks down over the object too.
        """
        operation = with_parts_only(self.reader.operation, WITH_ID)
        try:
            data = self.reader.request_page(operation, lambda rows: {"page": number})
        except ServerBreakdown:
            raise breakdown from None
        return self.reader.check_list(data[self.reader.response_key])


def _replace_list(owner: Page, list_key: str, rows: Page) -> Page:
    """Returns one object with other rows in its list."""
    fields = {field.name: owner.field(field.name) for field in owner.type}
    fields[list_key] = pa.ListArray.from_arrays(pa.array([0, len(rows)], pa.int32()), rows)
    return pa.StructArray.from_arrays(list(fields.values()), list(fields))
