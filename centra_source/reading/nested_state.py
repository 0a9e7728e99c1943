"""Remembers what has been read of the lists inside objects, and how they can be read on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Lock

from graphql import GraphQLSchema

from .. import settings
from ..clock import utc_now
from ..exceptions import QueryRefused
from ..operations.documents import Operation
from ..operations.nested_lists import NestedList
from ..operations.nested_pages import (
    NestedPages,
    make_nested_pages,
)
from ..operations.selections import Path
from .list_reader import find_maximum
from .tally import Tally


@dataclass
class NestedState:
    """What is known of the lists inside the objects of one resource. One object serves all threads.

    Attributes:
        operation: The query that has brought the objects.
        shop: The shop's schema.
        lists: The lists that may be cut, outer lists before inner ones.
        tallies: What has been read of each list, and what its further pages cost.
        notes: What may be missing of a list.
        started_at: When the first of them may have been read, UTC.
    """

    operation: Operation
    shop: GraphQLSchema
    lists: Sequence[NestedList]
    tallies: dict[Path, Tally] = field(default_factory=dict)
    notes: dict[Path, str] = field(default_factory=dict)
    started_at: datetime = field(default_factory=utc_now)
    _maximum: dict[Path, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def find_pages(self, nested: NestedList) -> NestedPages | None:
        """Returns the queries for further pages of a list; None if the shop has no way to ask for them."""
        with self._lock:
            if nested.path not in self._pages:
                self._pages[nested.path] = make_nested_pages(self.operation, self.shop, nested, self.lists)
            return self._pages[nested.path]

    @cached_property
    def _pages(self) -> dict[Path, NestedPages | None]:
        return {}

    def get_maximum(self, nested: NestedList) -> int:
        """The largest limit of a list, as far as it is known."""
        return self._maximum.get(nested.path, settings.PAGE_SIZES[-1])

    def record_maximum(self, nested: NestedList, refusal: QueryRefused, size: int) -> bool:
        """Records the largest limit that a refusal names. Returns whether it is below the size asked for."""
        maximum = find_maximum(refusal)
        if maximum is None or maximum >= size:
            return False
        self._maximum[nested.path] = maximum
        return True

    def record_note(self, nested: NestedList, rows: int) -> None:
        """Records that lists with this number of rows may have more."""
        self.notes[nested.path] = (
            f"{nested.name}: some lists have {rows} rows, the most that Centra sends, and their further rows "
            "cannot be requested. They may be missing."
        )

    def record_gone(self, nested: NestedList) -> None:
        """Records that an object was deleted before a list in it was read to its end."""
        self.notes[nested.path] = (
            f"{nested.name}: the shop deleted an object while this list was read in it. The object is loaded "
            "with the rows that had been read."
        )
