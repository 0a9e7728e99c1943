"""Reads lists that have pages and no count: plain ones, and those inside another list.

Such a list shifts when a row comes or goes before the page that is read next. Each page is asked for together
with the row before it, which shows whether that has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from . import settings
from .exceptions import IncompleteRead
from .paging import Page, Reading
from .rewriting import ROW_BEFORE, with_row_before
from .tables import Path, value_at


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
        data = reading.ask(operation, limit=limit, page=page, pageRowBefore=before)
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
        data = reading.ask(
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
        yield from ((number, owner) for number, owners in enumerate(pages, 1) for owner in owners)

    def rows_of(number: int, owner: dict[str, Any]) -> Iterator[Page]:
        # The first page came along with the object. It serves once: when the list shifts, it is stale.
        brought: dict[int, tuple[Page, Page]] = {}
        if list_key in owner:
            brought[1] = reading.checked(owner.pop(list_key)), []

        def fetch_rows(inner_page: int) -> tuple[Page, Page]:
            if inner_page in brought:
                return brought[inner_page]
            found, _ = fetch(number, inner_page)
            if [known["id"] for known in found] != [owner["id"]]:
                raise Shifted
            return reading.checked(found[0][list_key]), reading.checked(found[0][ROW_BEFORE])

        return _pages(fetch_rows, limit, key)

    for number, owner in _until_still(reading, numbered_owners):
        if owner["id"] in done:
            continue
        reading.keys.clear()
        for rows in _until_still(reading, lambda: rows_of(number, owner)):  # noqa: B023  # used up in this turn
            yield [{**owner, list_key: reading.unseen(rows, key)}]
        done.add(owner["id"])


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
        if page > 1 and [value_at(row, key) for row in before] != [last]:
            raise Shifted
        yield rows
        if len(rows) < limit:
            return
        page, last = page + 1, value_at(rows[-1], key)
