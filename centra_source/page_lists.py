"""Reads lists that have pages and no count: plain ones, and those inside another list.

Such a list shifts when a row comes or goes before the page that is read next. Each page is asked for together
with the row before it, which shows whether that has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from . import settings
from .answers import values_at
from .exceptions import IncompleteRead
from .paging import Page, Reading
from .rewriting import ROW_BEFORE, with_row_before
from .tables import Path


class Shifted(Exception):
    """A row has moved from one page to another."""


def whole_list(reading: Reading) -> Iterator[Page]:
    """Yields every object of a plain list once, which the operation pages by `$limit` and `$page`.

    Raises:
        IncompleteRead: The list shifts however often it is read.
    """
    operation = with_row_before(reading.operation, "page", ("id",))
    limit = settings.PAGE_SIZES[-1]

    def fetch(page: int) -> tuple[Page, Page]:
        before = max(1, (page - 1) * limit)
        data = reading.read(operation, limit=limit, page=page, pageRowBefore=before)
        return reading.checked(data[reading.response_key]), reading.checked(data[ROW_BEFORE])

    for nodes in _until_still(reading, lambda: _pages(fetch, limit, ("id",))):
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
    operation = with_row_before(with_row_before(reading.operation, "page", ("id",)), "innerPage", key)
    limit = settings.PAGE_SIZES[-1]
    (list_key,) = path
    done: set[Any] = set()

    def fetch(page: int, inner_page: int) -> tuple[Page, Page]:
        data = reading.read(
            operation,
            page=page,
            pageRowBefore=max(1, page - 1),
            innerLimit=limit,
            innerPage=inner_page,
            innerPageRowBefore=max(1, (inner_page - 1) * limit),
        )
        return reading.checked(data[reading.response_key]), reading.checked(data[ROW_BEFORE])

    def numbered_owners() -> Iterator[tuple[int, dict[str, Any]]]:
        pages = _pages(lambda page: fetch(page, 1), 1, ("id",))
        yield from ((number, owner) for number, owner in enumerate(pages, 1) if len(owner))

    def rows_of(number: int, brought: list[Page]) -> Iterator[Page]:
        def fetch_rows(inner_page: int) -> tuple[Page, Page]:
            # The first page came along with the object. It serves once: when the list shifts, it is stale.
            owner = brought.pop() if inner_page == 1 and brought else fetch(number, inner_page)[0]
            if values_at(owner, ("id",)).to_pylist() != [owner_id]:
                raise Shifted
            return reading.checked(owner.field(list_key)[0]), reading.checked(owner.field(ROW_BEFORE)[0])

        return _pages(fetch_rows, limit, key)

    for number, owner in _until_still(reading, numbered_owners):
        (owner_id,) = values_at(owner, ("id",)).to_pylist()
        if owner_id in done:
            continue
        reading.keys.clear()
        brought = [owner]
        for rows in _until_still(reading, lambda: rows_of(number, brought)):  # noqa: B023  # used up in this turn
            yield _with_list(owner, list_key, reading.unseen(rows, key))
        done.add(owner_id)


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


def _pages(fetch: Callable[[int], tuple[Page, Page]], limit: int, key: Path) -> Iterator[Page]:
    """The pages of a list up to the first that is not full.

    Args:
        fetch: Gives a page by its number, and the row before it.
        limit: Rows of a full page.
        key: The field that identifies a row.

    Raises:
        Shifted: A row has moved from one page to another.
    """
    page, last = 1, None
    while True:
        rows, before = fetch(page)
        if page > 1 and values_at(before, key).to_pylist() != [last]:
            raise Shifted
        yield rows
        if len(rows) < limit:
            return
        page, last = page + 1, values_at(rows, key)[-1].as_py()
