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
    """

    nodes: Page
    before: Page
    start: int
    limit: int

    @property
    def is_last(self) -> bool:
        """Whether no page can follow."""
        return len(self.nodes) < self.limit


class Place:
    """Where the next page may start, and where the page that was last requested starts.

    Args:
        position: How many rows have been read. The page reaches further than that.
        overlap: How many of these rows to read again, up to half a page.

    Attributes:
        position: As given.
        start: How many rows come before the page.
        limit: How many rows it can hold.
    """

    def __init__(self, position: int, overlap: int = 0) -> None:
        self.position, self._overlap = position, overlap
        self.start = self.limit = 0

    def make_variables(self, rows: int, limit_variable: str, page_variable: str) -> Variables:
        """Makes the variables of the page of at most `rows` that starts here and reaches furthest."""
        self.start, self.limit = self._choose(rows)
        return {
            limit_variable: self.limit,
            page_variable: self.start // self.limit + 1,
            f"{page_variable}RowBefore": max(1, self.start),
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


class PagePass:
    """Reads a list once, from its first page to its last.

    Args:
        fetch: Requests the page at a place. ListChanged: its objects have moved while it was read.
        key: The fields that identify a row. None: all of them, and then shifts cannot be repaired, because
            several rows may be equal.

    Attributes:
        has_shifted: Whether the list has changed during the pass. All rows that were in the list all the time
            were read nevertheless, unless one of them changed its place among the others.
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
        keys: list[Any] = []
        while True:
            try:
                rows = self._fetch(Place(position, overlap))
            except ListChanged:
                self._record_shift()
                self._lose_patience()
                continue
            keys, earlier_keys = get_keys(rows.nodes, self._key), keys
            self.is_stuck = bool(keys) and keys == earlier_keys
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
            self._count_progress(keys)
            yield rows.nodes
            if rows.is_last:
                return
            position, last = rows.start + len(keys), keys[-1]

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
