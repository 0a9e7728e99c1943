"""Reads what is new in a connection to which objects are only ever added, such as a log of changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from sys import maxsize
from typing import Any

from ..tables.nodes import Page, get_values
from .connections import fetch_readable_page, missing_rows, repeated_page
from .list_reader import ListReader
from .page_halver import PageHalver, complete_readable


@dataclass
class GrowingList:
    """A connection that only grows, and how far earlier loads have read it.

    Attributes:
        reader: What to request.
        last_id: The highest id that earlier loads have read; 0 for none.
        last_count: How many objects there were then, by Centra's count.
        count: How many there are now; None before the first page.
        is_whole: Whether every object that could not be read could be identified.
    """

    reader: ListReader
    last_id: int
    last_count: int
    count: int | None = None
    is_whole: bool = True
    _unread: set[Any] = field(default_factory=set)

    @property
    def highest_id(self) -> int:
        """The highest id that has been met, or was read by earlier loads."""
        return max(self.reader.known_keys | self._unread, default=self.last_id)

    def read_new(self) -> Iterator[Page]:
        """Yields objects, newest first, down to those that are known.

        The difference of the counts is the number of new objects. An object that was committed late has a
        lower id, so it is looked for further down. If the ids do not fall, the connection is read as a whole.

        Raises:
            IncompleteRead: Centra sends the same page twice, or fewer objects than it counts.
        """
        reader, tally = self.reader, self.reader.tally
        cursor: str | None = None
        lowest, new, unnamed, is_falling = maxsize, 0, 0, True
        halver = PageHalver(reader)
        while True:
            page = fetch_readable_page(halver, {}, None, cursor)
            if self.count is None:
                self.count = page.total
            unread = [one for one in page.unread if isinstance(one, int)]
            if lowest > self.last_id:
                unnamed += len(page.unread) - len(unread)
            self.is_whole = self.is_whole and len(page.unread) == len(unread)
            ids = [*get_values(page.nodes, ("id",)).to_pylist(), *unread]
            is_falling = is_falling and all(one > other for one, other in pairwise([lowest, *ids]))
            lowest = min([lowest, *ids])
            known = reader.known_keys | self._unread
            new += len({one for one in ids if one > self.last_id}.difference(known))
            self._unread.update(unread)
            yield from complete_readable(reader, reader.keep_new(page.nodes, ("id",)))
            if is_falling and lowest <= self.last_id and new + unnamed >= self.count - self.last_count:
                tally.expected = max(0, self.count - self.last_count)
                tally.unreadable = len([one for one in self._unread if one > self.last_id])
                tally.loaded = new - tally.unreadable
                tally.unreadable += unnamed
                return
            if not page.has_next:
                break
            if page.end in (None, cursor):
                raise repeated_page(reader)
            cursor = page.end
        tally.expected, tally.unreadable = self.count, len(self._unread) + unnamed
        if tally.loaded + tally.unreadable < self.count:
            raise missing_rows(reader, self.count, tally.loaded)
