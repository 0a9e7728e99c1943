"""Loads the objects of a time range, cut into windows that are proven complete one by one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from sys import maxsize

from dlt.extract.items import DataItemWithMeta

from ..clock import utc_now
from ..reading.audit import make_audit_line
from ..reading.connections import count_objects, read_connection
from ..reading.list_reader import ListReader
from ..reading.lists import is_connection, read_objects
from ..reading.windows import Window, calculate_window_rows, find_first_part
from ..reading.workers import Split, Stream
from ..tables.merging import Items
from ..tables.nodes import Page
from .resource_reader import ResourceReader

WindowStream = Stream[Page | DataItemWithMeta]
"""The pages of a window, and at its end its line in `load_audit`."""


@dataclass(frozen=True)
class WindowLoader:
    """Loads the windows of one resource.

    Attributes:
        reader: The resource.
        window_rows: The most objects in one window.
        rows_per_load: The most objects in one load; None: no limit.
        observers: Are called with the objects that are loaded, page by page.
    """

    reader: ResourceReader
    window_rows: int
    rows_per_load: int | None
    observers: Sequence[Callable[[Page], None]] = ()

    def load(self, window: Window) -> Generator[DataItemWithMeta | None, None, Window]:
        """Loads a time range.

        Returns:
            What was read: the whole range, or its older part if it holds too many objects.
        """
        if not is_connection(self.reader.operation):
            yield from self.reader.load_pages([self._read_uncounted(window)], self._make_items)
            return window
        list_reader = self.reader.make_list_reader()
        most = maxsize if self.rows_per_load is None else self.rows_per_load
        part, held = yield from self.reader.workers.wait_for(
            lambda: find_first_part(window, most, lambda one: count_objects(list_reader, one.make_filter()))
        )
        self.reader.progress.total = held
        rows = calculate_window_rows(held, self.window_rows, self.reader.page_size.largest)
        yield from self.reader.load_pages([self._read(part, rows, held, list_reader)], self._make_items)
        return part

    def load_pages(self, pages: Iterator[Page]) -> Items:
        """Loads pages of single objects as those of windows."""
        yield from self.reader.load_pages([pages], self._make_items)

    def _make_items(self, nodes: Page) -> Items:
        for observe in self.observers:
            observe(nodes)
        yield from self.reader.tables.make_items(nodes)

    def _read_uncounted(self, window: Window) -> WindowStream:
        """Reads a time range in numbered pages: without a count it cannot be cut."""
        started_at, list_reader = utc_now(), self.reader.make_whole_list_reader()
        yield from read_objects(list_reader, window.make_filter())
        yield make_audit_line("window", list_reader, started_at, window=window)

    def _read(self, window: Window, rows: int, held: int, list_reader: ListReader) -> WindowStream:
        """Reads a window, or splits it.

        Args:
            window: What to read.
            rows: The most objects of a window that is not cut.
            held: How many it holds, by Centra's count.
            list_reader: Has counted, and continues with the first half.
        """
        started_at = utc_now()
        halves = window.split() if held > rows else None
        if halves:
            older, younger = halves
            counted = count_objects(list_reader, older.make_filter())
            older_stream = self._read(older, rows, counted, list_reader)
            yield Split((older_stream, self._count_and_read(younger, rows, held - counted)))
            return
        if held:
            for nodes in read_connection(list_reader, window.make_filter(), held):
                yield window.keep_own(nodes)
        else:
            list_reader.tally.expected = 0
        yield make_audit_line("window", list_reader, started_at, window=window)

    def _count_and_read(self, window: Window, rows: int, difference: int) -> WindowStream:
        """Reads the younger half of a window, and counts it if the difference leaves nothing for it."""
        list_reader = self.reader.make_list_reader()
        held = difference if difference > 0 else count_objects(list_reader, window.make_filter())
        yield from self._read(window, rows, held, list_reader)
