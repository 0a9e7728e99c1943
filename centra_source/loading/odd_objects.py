"""Reads objects again of which the last load lost a value: it may have been corrected without a new date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from dlt.common.utils import chunks

from ..misfits import MOST_ODD
from ..reading.lists import read_objects
from ..reading.windows import Window
from ..state import OddObjects
from ..tables.column_values import parse_known_timestamps
from ..tables.merging import Items
from ..tables.nodes import Page, get_values
from .resource_reader import ResourceReader
from .window_loader import WindowLoader

_KINDS: Mapping[str, type] = {"bigint": int, "text": str}
"""The types of ids in Python, by that of their column."""

INSTANT = timedelta(seconds=1)


@dataclass
class OddObjectReader:
    """Reads the odd objects of one resource again that the last load has met, and records those of this one.

    Args:
        reader: The resource.
        before: The odd objects of the last load.
    """

    reader: ResourceReader
    before: OddObjects
    _left: set[Any] = field(init=False, repr=False)
    _moments: set[datetime] = field(init=False, repr=False, default_factory=set)

    def __post_init__(self) -> None:
        self._left = set(self.before.ids)

    def observe(self, nodes: Page) -> None:
        """Notes which objects a window has brought, and the dates of those that have no id."""
        ids = get_values(nodes, ("id",))
        if self._left:
            self._left.difference_update(ids.to_pylist())
        if ids.null_count:
            unnamed = nodes.filter(ids.is_null())
            moments = parse_known_timestamps(get_values(unnamed, (self.reader.asked.cursor or "",)))
            self._moments.update(moment for moment in moments.to_pylist() if moment)

    def read_again(self, windows: WindowLoader) -> Items:
        """Reads the objects that no window has brought."""
        if self.reader.asked.finds_objects and (self._left or self.before.moments):
            yield from windows.load_pages(self._read())

    def find_all(self) -> OddObjects:
        """Returns the odd objects that this load has met."""
        main = self.reader.tables.main
        (kind,) = (_KINDS.get(one.data_type) for one in main.columns if one.name == main.root_key)
        # A text in place of a number is no id to ask for.
        ids = [one for one in self.reader.tables.leniency.misfits.odd_ids if type(one) is kind]
        return OddObjects(sorted(ids), sorted(self._moments)[:MOST_ODD])

    def _read(self) -> Iterator[Page]:
        for ids in chunks(sorted(self._left, key=str), self.reader.page_size.largest):
            yield from read_objects(self.reader.make_list_reader(), {"id": ids})
        for moment in self.before.moments:
            instant = Window(self.reader.asked.cursor or "", moment, moment + INSTANT)
            yield from read_objects(self.reader.make_list_reader(), instant.make_filter())
