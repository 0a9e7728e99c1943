"""Reads what is new in a connection to which objects are only ever added, such as a log of changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from sys import maxsize

from ..tables.nodes import Page, get_values
from .connections import fetch_page, missing_rows, next_page, repeated_page
from .list_reader import ListReader


@dataclass
class GrowingList:
    """A connection that only grows, and how far earlier loads have read it.

    Attributes:
        reader: What to request.
        last_id: The highest id that earlier loads have read; 0 for none.
        last_count: How many objects there were then, by Centra's count.
        count: How many there are now; None before the first page.
    """

    reader: ListReader
    last_id: int
    last_count: int
    count: int | None = None

    @property
    def highest_id(self) -> int:
        """The highest id that has been read, or was read by earlier loads."""
        return max(self.reader.known_keys, default=self.last_id)

    def read_new(self) -> Iterator[Page]:
        """Yields objects, newest first, down to those that are known.

        The difference of the counts is the number of new objects. An object that was committed late has a
        lower id, so it is looked for further down. If the ids do not fall, the connection is read as a whole.

        Raises:
            IncompleteRead: Centra sends the same page twice, or fewer objects than it counts.
        """
        reader, tally = self.reader, self.reader.tally
        cursor: str | None = None
        lowest, new, is_falling = maxsize, 0, True
        while True:
            page = fetch_page(reader, next_page({}, None, cursor))
            if self.count is None:
                self.count = page.total
            ids = get_values(page.nodes, ("id",)).to_pylist()
            is_falling = is_falling and all(one > other for one, other in pairwise([lowest, *ids]))
            lowest = min([lowest, *ids])
            new += len({one for one in ids if one > self.last_id}.difference(reader.known_keys))
            yield reader.complete(reader.keep_new(page.nodes, ("id",)))
            if is_falling and lowest <= self.last_id and new >= self.count - self.last_count:
                tally.expected, tally.loaded = max(0, self.count - self.last_count), new
                return
            if not page.has_next:
                break
            if page.end in (None, cursor):
                raise repeated_page(reader)
            cursor = page.end
        tally.expected = self.count
        if tally.loaded < self.count:
            raise missing_rows(reader, self.count, tally.loaded)
