"""Reads lists that have pages and no count: plain ones, and those inside another list.

Such a list shifts when a row comes or goes before the page that is read next. Each page is asked for together
with the row before it, which shows whether that has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from .. import settings
from ..api.operation_request import Variables
from ..exceptions import IncompleteRead
from ..operations.documents import Operation
from ..operations.row_before import ROW_BEFORE, with_row_before
from ..operations.selections import Path
from ..tables.nodes import Page, get_values
from .connections import Reading

LIMITS = (200, 100, 50, 25, 5, 1)
"""Page sizes of which each holds the next a whole number of times."""


class Shifted(Exception):
    """A row has moved from one page to another."""


def page_operation(operation: Operation) -> Operation:
    """What is sent for each page of a plain list."""
    return with_row_before(operation, "page", ("id",))


def inner_page_operation(operation: Operation, key: Path) -> Operation:
    """What is sent for each page of the lists inside objects; `key` as for `inner_lists`."""
    return with_row_before(page_operation(operation), "innerPage", key)


class _Rows(NamedTuple):
    """A page of rows, the row before it, and how many rows were asked for."""

    nodes: Page
    before: Page
    limit: int

    @property
    def is_last(self) -> bool:
        """Whether no page can follow."""
        return len(self.nodes) < self.limit


def whole_list(reading: Reading, where: Mapping[str, Any] | None = None) -> Iterator[Page]:
    """Yields every object of a plain list once, which the operation pages by `$limit` and `$page`.

    Args:
        reading: What to ask.
        where: The filter, handed on as `$where` where the operation has that.

    Raises:
        IncompleteRead: The list shifts however often it is read.
    """
    operation = page_operation(reading.operation)

    def fetch(offset: int) -> _Rows:
        place = _Place(offset)
        filters = {"where": where} if where else {}
        data = reading.page(operation, lambda rows: {**filters, **place.variables(rows, "limit", "page")})
        nodes, before = (reading.checked(data[key]) for key in (reading.response_key, ROW_BEFORE))
        return _Rows(nodes, before, place.limit)

    for nodes in _until_still(reading, lambda: _pages(fetch, ("id",))):
        yield reading.unseen(nodes, ("id",))


def inner_lists(reading: Reading, path: Path, key: Path) -> Iterator[Page]:
    """Yields the rows of a list inside each object, page by page, every one inside its object.

    Args:
        path: From an object to its list; the operation pages objects by `$page`, one at a time, and the
            list by `$innerLimit` and `$innerPage`.
        key: The field of a row that identifies it within its object.

    Raises:
        IncompleteRead: A list shifts however often it is read.
    """
    operation = inner_page_operation(reading.operation, key)
    (list_key,) = path
    done: set[Any] = set()

    def fetch(number: int, offset: int) -> tuple[_Rows, _Rows | None]:
        """One object, and the rows of its list from an offset on."""
        place = _Place(offset)
        owner_place = {"page": number, "pageRowBefore": max(1, number - 1)}
        data = reading.page(
            operation, lambda rows: {**owner_place, **place.variables(rows, "innerLimit", "innerPage")}
        )
        owner = _Rows(reading.checked(data[reading.response_key]), reading.checked(data[ROW_BEFORE]), 1)
        if owner.is_last:
            return owner, None
        found, before = (reading.checked(owner.nodes.field(name)[0]) for name in (list_key, ROW_BEFORE))
        return owner, _Rows(found, before, place.limit)

    brought: dict[int, _Rows | None] = {}

    def fetch_owner(offset: int) -> _Rows:
        owner, brought[offset + 1] = fetch(offset + 1, 0)
        return owner

    def rows_of(number: int, owner_id: Any) -> Iterator[Page]:
        def fetch_rows(offset: int) -> _Rows:
            # The first page came along with the object. It serves once: when the list shifts, it is stale.
            if offset == 0 and (rows := brought.pop(number, None)):
                return rows
            owner, rows = fetch(number, offset)
            if rows is None or get_values(owner.nodes, ("id",)).to_pylist() != [owner_id]:
                raise Shifted
            return rows

        return _pages(fetch_rows, key)

    def numbered_owners() -> Iterator[tuple[int, Page]]:
        yield from enumerate(_pages(fetch_owner, ("id",)), 1)

    for number, owner in _until_still(reading, numbered_owners):
        owner_ids = get_values(owner, ("id",)).to_pylist()
        if not owner_ids or owner_ids[0] in done:
            continue
        reading.keys.clear()
        for rows in _until_still(reading, lambda: rows_of(number, owner_ids[0])):  # noqa: B023  # used up here
            yield _with_list(owner, list_key, reading.unseen(rows, key))
        done.update(owner_ids)


class _Place:
    """Where a page begins, and how many rows it was asked for at last."""

    def __init__(self, offset: int) -> None:
        self._offset = offset
        self.limit = 0

    def variables(self, rows: int, limit_variable: str, page_variable: str) -> Variables:
        """The largest page of at most so many rows that begins here: Centra counts in whole pages."""
        self.limit = next(size for size in LIMITS if size <= rows and self._offset % size == 0)
        return {
            limit_variable: self.limit,
            page_variable: self._offset // self.limit + 1,
            f"{page_variable}RowBefore": max(1, self._offset),
        }


def _with_list(owner: Page, list_key: str, rows: Page) -> Page:
    """One object with other rows in its list."""
    fields = {field.name: owner.field(field.name) for field in owner.type}
    fields[list_key] = pa.ListArray.from_arrays(pa.array([0, len(rows)], pa.int32()), rows)
    return pa.StructArray.from_arrays(list(fields.values()), list(fields))


def _until_still(reading: Reading, read: Callable[[], Iterator[Any]]) -> Iterator[Any]:
    for _ in range(settings.WINDOW_ATTEMPTS):
        try:
            yield from read()
            return
        except Shifted:
            reading.rereads += 1
    raise IncompleteRead(
        f"{reading.operation.name}: the list changes while it is read, however often; run again."
    )


def _pages(fetch: Callable[[int], _Rows], key: Path) -> Iterator[Page]:
    """The pages of a list up to the first that is not full.

    Args:
        fetch: Gives a page by the number of rows before it.
        key: The field that identifies a row.

    Raises:
        Shifted: A row has moved from one page to another.
    """
    offset, last = 0, None
    while True:
        rows = fetch(offset)
        if offset and get_values(rows.before, key).to_pylist() != [last]:
            raise Shifted
        yield rows.nodes
        if rows.is_last:
            return
        offset, last = offset + rows.limit, get_values(rows.nodes, key)[-1].as_py()
