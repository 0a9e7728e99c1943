"""One pass through a list in numbered pages. It finds its way back when the list shifts between two pages.

Pages are numbered by their size, so all later pages shift when a row before them is added or removed. A pass
knows the rows that it has read. A page that holds one of them, or follows one of them, leaves nothing out
between the two. Where a page holds none, rows have moved to earlier pages: the pass steps back until it finds
a row that it knows, and from then on lets its pages overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from ..api.operation_request import Variables
from ..operations.selections import Path
from ..settings import SHIFT_PATIENCE
from ..tables.nodes import Page, get_keys
from .list_reader import ListChanged

LIMITS = (200, 100, 50, 25, 5, 1)
"""Page sizes, each of them a multiple of the next: pages without overlap follow each other."""

FIRST_OVERLAP = 4
"""Rows by which pages overlap after the first shift. Each further shift doubles them, up to half a page."""


class Rows(NamedTuple):
    """A page of rows.

    Attributes:
        nodes: The rows.
        before: The row before them, as a page; meaningless on the first page.
        start: How many rows come before them.
        limit: How many rows were requested.
        parts: The rows in the pages in which they are handed on; by default in one.
        unread: The identity of the one row of the page, if it could not be read whole. It is (None,) if not
            even that could be read.
    """

    nodes: Page
    before: Page
    start: int
    limit: int
    parts: tuple[Page, ...] = ()
    unread: tuple[Any, ...] = ()

    @property
    def is_last(self) -> bool:
        """Whether no page can follow."""
        return max(len(self.nodes), len(self.unread)) < self.limit


class Place:
    """Where the next page may start, and where the page that was last requested starts.

    Args:
        position: How many rows have been read. The page reaches further than that.
        overlap: How many of these rows to read again, up to half a page.
        before: The number of the row to ask for with the page, from 1, if the one before it cannot be read.

    Attributes:
        position: As given.
        before: As given.
        start: How many rows come before the page.
        limit: How many rows it can hold.
    """

    def __init__(self, position: int, overlap: int = 0, before: int | None = None) -> None:
        self.position, self._overlap, self.before = position, overlap, before
        self.start = self.limit = 0

    @property
    def number_before(self) -> int:
        """The number of the row before the first of the page, as far as it was read; 0 if there is none."""
        before = self.position if self.before is None else self.before
        return 0 if before > self.position else before

    def make_variables(self, rows: int, limit_variable: str, page_variable: str) -> Variables:
        """Makes the variables of the page of at most `rows` that starts here and reaches furthest."""
        self.start, self.limit = self._choose(rows)
        return {
            limit_variable: self.limit,
            page_variable: self.start // self.limit + 1,
            f"{page_variable}RowBefore": self.before or max(1, self.start),
        }

    def _choose(self, rows: int) -> tuple[int, int]:
        """Returns start and size of the page. Pages are numbered by size: the start is a multiple of it."""
        if not self._overlap:
            fitting = (size for size in LIMITS if size <= rows and self.position % size == 0)
            return self.position, next(fitting)
        for latest in (max(0, self.position - min(self._overlap, rows // 2)), self.position):
            starts = ((latest - latest % size, size) for size in range(1, rows + 1))
            end, start = max((start + size, start) for start, size in starts)
            if end > self.position:
                return start, end - start
        raise AssertionError("a page of one row reaches further than the position")


class _Anchor(NamedTuple):
    """The last row that was read whole before rows that cannot be.

    Attributes:
        number: Of the row in the list, from 1; 0 if there is none.
        key: What identifies it.
    """

    number: int
    key: Any

    def make_place(self, position: int) -> Place:
        """Makes the place of a page that is asked for with this row; without one, with its own first row."""
        return Place(position, before=self.number or position + 1)


class PagePass:
    """Reads a list once, from its first page to its last.

    Args:
        fetch: Requests the page at a place. ListChanged: its objects have moved while it was read.
        key: The fields that identify a row. None: all of them, and then shifts cannot be repaired, because
            several rows may be equal.

    Attributes:
        has_shifted: Whether the list is seen to have changed during the pass. All rows that were in the list
            all the time were read nevertheless, unless one of them changed its place among the others. A row
            that moves to an earlier page is not seen if another row there is removed between the same two
            requests.
        is_stuck: Whether the last page had the same rows as the one before it.
    """

    def __init__(self, fetch: Callable[[Place], Rows], key: Sequence[Path]) -> None:
        self._fetch, self._key = fetch, key
        self._known: set[Any] = set()
        self._patience = SHIFT_PATIENCE
        self.has_shifted = self.is_stuck = False

    def read(self) -> Iterator[Page]:
        """Yields the pages. A page can repeat rows of earlier pages.

        Raises:
            ListChanged: The list shifts faster than it can be read, or its shifts cannot be repaired.
        """
        position = overlap = misses = 0
        last: Any = None
        earlier: Page | None = None
        anchor: _Anchor | None = None
        while True:
            try:
                rows = self._fetch(anchor.make_place(position) if anchor else Place(position, overlap))
            except ListChanged:
                self._record_shift()
                self._lose_patience()
                continue
            if anchor or rows.unread:
                # Around a row that cannot be read, pages follow the last one that was.
                anchor = anchor or _Anchor(position, last)
                if anchor.number and get_keys(rows.before, self._key)[:1] != [anchor.key]:
                    raise ListChanged
                yield from rows.parts or (rows.nodes,)
                if rows.is_last:
                    return
                if rows.unread:
                    self._note_unread(rows.unread[0])
                    position += 1
                    continue
                keys = get_keys(rows.nodes, self._key)
                self._count_progress(keys)
                position, overlap, last, anchor = rows.start + len(keys), 0, keys[-1], None
                continue
            self.is_stuck = earlier is not None and len(earlier) > 0 and rows.nodes.equals(earlier)
            earlier = rows.nodes
            # Rows without a key are compared as a whole, which is slow: only the last one matters.
            keys = get_keys(rows.nodes if self._key else rows.nodes[-1:], self._key)
            around = [*get_keys(rows.before, self._key)[:1], *keys] if rows.start else keys
            place_of_last = position - rows.start - (not rows.start)
            if position and around[place_of_last : place_of_last + 1] != [last]:
                self._record_shift()
                overlap = max(FIRST_OVERLAP, 2 * overlap)
            if rows.start and self._key and self._known.isdisjoint(around):
                self._lose_patience()
                position, last = max(0, rows.start - rows.limit * (2**misses - 1)), None
                misses += 1
                continue
            misses = 0
            # A row that comes again, behind what was read, has moved: another may have come from there.
            self.has_shifted |= bool(self._key) and not self._known.isdisjoint(keys[position - rows.start :])
            self._count_progress(keys)
            yield from rows.parts or (rows.nodes,)
            if rows.is_last:
                return
            position, last = rows.start + len(rows.nodes), keys[-1]

    def _note_unread(self, identity: Any) -> None:
        """Notes a row that could not be read."""

    def _record_shift(self) -> None:
        self.has_shifted = True
        if not self._key:
            raise ListChanged

    def _count_progress(self, keys: Sequence[Any]) -> None:
        """Remembers the rows of a page: as many further shifts as pages with new rows are tolerated."""
        if not self._key:
            return
        known = len(self._known)
        self._known.update(keys)
        if len(self._known) > known:
            self._patience += 1
        else:
            self._lose_patience()

    def _lose_patience(self) -> None:
        self._patience -= 1
        if self._patience < 0:
            raise ListChanged
