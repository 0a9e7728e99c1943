"""Reads lists that have numbered pages and no count: plain lists, and lists inside the objects of another.

Rows of such a list move when a row is added or removed before them. Each page is requested together with the
row before it, which shows whether that has happened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa

from .. import settings
from ..api.operation_request import Variables
from ..exceptions import IncompleteRead, QueryRefused
from ..operations.documents import Operation
from ..operations.row_before import ROW_BEFORE, with_row_before
from ..operations.selections import OCCURRENCE, Path, find_identity
from ..tables.nodes import Page, get_keys, get_values, number_occurrences
from .list_reader import ListChanged, ListReader, find_maximum

T = TypeVar("T")

LIMITS = (200, 100, 50, 25, 5, 1)
"""Page sizes, each of them a multiple of the next."""


WITH_ID = (("id",),)
"""What identifies the rows of nearly every list."""


def make_page_operation(operation: Operation) -> Operation:
    """Returns what is sent for each page of a plain list."""
    identity = find_identity(operation)
    return with_row_before(operation, "page", *(identity if identity == WITH_ID else ()))


def make_inner_page_operation(operation: Operation, key: Path) -> Operation:
    """Returns what is sent for each page of the lists inside objects; `key` as for `read_inner_lists`."""
    return with_row_before(make_page_operation(operation), "innerPage", key)


def read_page_list(reader: ListReader, where: Mapping[str, Any] | None = None) -> Iterator[Page]:
    """Yields every object of a plain list once. The operation pages it by `$limit` and `$page`.

    Objects without an id get their number among those that refer to the same objects, as `occurrence`.

    Args:
        reader: What to request.
        where: The filter, for operations that have `$where`.

    Raises:
        IncompleteRead: The list changed during every attempt.
    """
    operation = make_page_operation(reader.operation)

    def fetch(offset: int) -> _Rows:
        place = _Place(offset)
        filters = {"where": where} if where else {}
        data = reader.request_page(
            operation, lambda rows: {**filters, **place.make_variables(rows, "limit", "page")}
        )
        nodes, before = (reader.check_list(data[key]) for key in (reader.response_key, ROW_BEFORE))
        return _Rows(reader.complete(nodes, offset), before, place.limit)

    identity = find_identity(reader.operation)
    if identity == WITH_ID:
        for nodes in _read_until_stable(reader, lambda: _read_pages(fetch, *identity)):
            yield reader.keep_new(nodes, *identity)
        return

    def read_numbered() -> Iterator[Page]:
        seen: Counter[Any] = Counter()
        for nodes in _read_pages(fetch):
            yield number_occurrences(nodes, identity, seen)

    for nodes in _read_until_stable(reader, read_numbered):
        yield reader.keep_new(nodes, *identity, OCCURRENCE)


def read_inner_lists(reader: ListReader, path: Path, key: Path) -> Iterator[Page]:
    """Yields the rows of a list inside each object, page by page, every row inside its object.

    Args:
        reader: What to request. The operation pages the objects by `$page`, one at a time, and the list by
            `$innerLimit` and `$innerPage`.
        path: From an object to its list.
        key: The field of a row that identifies it within its object.

    Raises:
        IncompleteRead: A list changed during every attempt.
    """
    (list_key,) = path
    lists = _InnerLists(reader, make_inner_page_operation(reader.operation, key), list_key, key)
    read_owners: set[Any] = set()
    for number, owner in _read_until_stable(reader, lists.read_owners):
        owner_ids = get_values(owner, ("id",)).to_pylist()
        if not owner_ids or owner_ids[0] in read_owners:
            continue
        reader.known_keys.clear()
        for rows in _read_until_stable(reader, partial(lists.read_rows, number, owner_ids[0])):
            yield _replace_list(owner, list_key, reader.keep_new(rows, key))
        read_owners.update(owner_ids)


class _Rows(NamedTuple):
    """A page of rows, the row before it, and how many rows were requested."""

    nodes: Page
    before: Page
    limit: int

    @property
    def is_last(self) -> bool:
        """Whether no page can follow."""
        return len(self.nodes) < self.limit


class _Place:
    """Where a page starts, and how many rows were last requested there."""

    def __init__(self, offset: int) -> None:
        self._offset = offset
        self.limit = 0

    def make_variables(self, rows: int, limit_variable: str, page_variable: str) -> Variables:
        """Makes the variables of the largest page of at most `rows` that starts here.

        Centra numbers pages by their size, so the offset has to be a multiple of it.
        """
        self.limit = next(size for size in LIMITS if size <= rows and self._offset % size == 0)
        return {
            limit_variable: self.limit,
            page_variable: self._offset // self.limit + 1,
            f"{page_variable}RowBefore": max(1, self._offset),
        }


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
    maximum: int = LIMITS[0]
    _first_pages: dict[int, _Rows | None] = field(default_factory=dict)

    def read_owners(self) -> Iterator[tuple[int, Page]]:
        """Yields the objects, each as a page of one, with their numbers from 1."""
        yield from enumerate(_read_pages(self._fetch_owner, ("id",)), 1)

    def read_rows(self, number: int, owner_id: Any) -> Iterator[Page]:
        """Yields the pages of the list in one object.

        Args:
            number: Of the object.
            owner_id: The id that it must have.

        Raises:
            ListChanged: A row or an object has moved from one page to another.
        """

        def fetch_rows(offset: int) -> _Rows:
            # The first page came with the object. It is used once: after a change of the list it is outdated.
            if offset == 0 and (rows := self._first_pages.pop(number, None)):
                return rows
            owner, rows = self._fetch(number, offset)
            if rows is None or get_values(owner.nodes, ("id",)).to_pylist() != [owner_id]:
                raise ListChanged
            return rows

        return _read_pages(fetch_rows, self.key)

    def _fetch_owner(self, offset: int) -> _Rows:
        owner, self._first_pages[offset + 1] = self._fetch(offset + 1, 0)
        return owner

    def _fetch(self, number: int, offset: int) -> tuple[_Rows, _Rows | None]:
        """Requests one object and the rows of its list after an offset; None if there is no such object."""
        reader, place = self.reader, _Place(offset)
        owner_place = {"page": number, "pageRowBefore": max(1, number - 1)}

        def make_variables(rows: int) -> Variables:
            fitting = min(rows, self.maximum)
            return {**owner_place, **place.make_variables(fitting, "innerLimit", "innerPage")}

        try:
            data = reader.request_page(self.operation, make_variables)
        except QueryRefused as refusal:
            maximum = find_maximum(refusal)
            if maximum is None or maximum >= self.maximum:
                raise
            self.maximum = maximum
            data = reader.request_page(self.operation, make_variables)
        owner = _Rows(reader.check_list(data[reader.response_key]), reader.check_list(data[ROW_BEFORE]), 1)
        if owner.is_last:
            return owner, None
        nodes, before = (
            reader.check_list(owner.nodes.field(name)[0]) for name in (self.list_key, ROW_BEFORE)
        )
        return owner, _Rows(nodes, before, place.limit)


def _replace_list(owner: Page, list_key: str, rows: Page) -> Page:
    """Returns one object with other rows in its list."""
    fields = {field.name: owner.field(field.name) for field in owner.type}
    fields[list_key] = pa.ListArray.from_arrays(pa.array([0, len(rows)], pa.int32()), rows)
    return pa.StructArray.from_arrays(list(fields.values()), list(fields))


def _read_until_stable(reader: ListReader, read: Callable[[], Iterator[T]]) -> Iterator[T]:
    """Yields what `read` yields, and calls it again from the start when the list changes meanwhile."""
    for _ in range(settings.WINDOW_ATTEMPTS):
        try:
            yield from read()
            return
        except ListChanged:
            reader.tally.rereads += 1
    raise IncompleteRead(
        f"{reader.operation.name}: the list changes while it is read, {settings.WINDOW_ATTEMPTS} times in a "
        "row; run again."
    )


def _read_pages(fetch: Callable[[int], _Rows], *key: Path) -> Iterator[Page]:
    """Yields the pages of a list, up to the first that is not full.

    Args:
        fetch: Requests a page, given the number of rows before it.
        key: The fields that identify a row. None: all of them.

    Raises:
        ListChanged: A row has moved from one page to another.
    """
    offset, last = 0, None
    while True:
        rows = fetch(offset)
        if offset and get_keys(rows.before, key) != [last]:
            raise ListChanged
        yield rows.nodes
        if rows.is_last:
            return
        offset, last = offset + rows.limit, get_keys(rows.nodes[-1:], key)[0]
