"""Reads around what Centra breaks down over: pages are halved down to one object, and that into its parts.

A page that fails a few times is asked for in halves, so that all other objects arrive. What is left is one
object. It is loaded without the parts that are broken, or not at all if nothing of it can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import pyarrow as pa

from ..api.page_size import PageSize
from ..exceptions import CentraError, ServerBreakdown
from ..operations.object_parts import list_parts, with_parts_only, without_objects
from ..operations.selections import Path, find_identity
from ..tables.nodes import Page, get_keys
from .list_reader import ListReader
from .quarantine import Unreadable

P = TypeVar("P")


@dataclass
class PageHalver:
    """Asks for the pages of one list; a page that Centra breaks down over is halved down to one object.

    Attributes:
        reader: What to request.
        suspects: How many of the next objects hold one that Centra breaks down over; 0: none is known.
    """

    reader: ListReader
    suspects: int = 0

    def fetch(
        self,
        request: Callable[[ListReader], tuple[P, int]],
        isolate: Callable[[ServerBreakdown], P],
    ) -> P:
        """Returns the next page.

        Args:
            request: Asks for the page, with a reader that has the size to ask for. Returns it, and how many
                objects were asked for. It raises `PageBroken` if Centra breaks down.
            isolate: Asks for the next object alone, and returns a page of one object or none.

        Raises:
            CentraError: As `ListReader.request_page`, if Centra answers nothing at all.
        """
        try:
            return self._halve(request, isolate)
        except ServerBreakdown as breakdown:
            if breakdown.refusal:
                raise breakdown.refusal from breakdown
            page, _ = request(replace(self.reader, quarantine=None))
            return page

    def _halve(
        self,
        request: Callable[[ListReader], tuple[P, int]],
        isolate: Callable[[ServerBreakdown], P],
    ) -> P:
        while True:
            reader = self.reader
            if self.suspects:
                reader = replace(reader, page_size=PageSize(max(1, self.suspects // 2)), patience=1)
            try:
                page, asked = request(reader)
            except PageBroken as broken:
                self.suspects = broken.asked
                if broken.asked <= 1:
                    self.suspects = 0
                    return isolate(broken.breakdown)
            else:
                self.suspects = max(0, self.suspects - asked)
                return page


class PageBroken(Exception):
    """Centra breaks down over a page.

    Attributes:
        breakdown: The last fault.
        asked: How many objects were asked for last.
    """

    def __init__(self, breakdown: ServerBreakdown, asked: int) -> None:
        super().__init__(str(breakdown))
        self.breakdown, self.asked = breakdown, asked


class ListBroken(Exception):
    """The further pages of a list inside some objects cannot be read: Centra breaks down, or they change.

    Attributes:
        breakdown: The last fault.
        path: The keys from an object to the list.
    """

    def __init__(self, breakdown: CentraError, path: Path) -> None:
        super().__init__(str(breakdown))
        self.breakdown, self.path = breakdown, path


def complete_readable(reader: ListReader, nodes: Page, offset: int = 0) -> Iterator[Page]:
    """Yields objects with whole lists inside them; one by one, if one of these lists cannot be read.

    An object with such a list comes without it.

    Args:
        reader: Has requested the objects.
        nodes: The objects of one page.
        offset: How many objects come before them in the list.

    Raises:
        CentraError: As `ListReader.complete`.
    """
    try:
        yield reader.complete(nodes, offset)
    except ListBroken as broken:
        if len(nodes) > 1:
            for place in range(len(nodes)):
                yield from complete_readable(reader, nodes.slice(place, 1), offset + place)
            return
        if not _answers(reader):
            yield replace(reader, quarantine=None).complete(nodes, offset)
            return
        identity = get_keys(nodes, find_identity(reader.operation))[0]
        parts = tuple(part for part in list_parts(reader.operation) if broken.path[: len(part)] == part)
        assert reader.quarantine, "without one, Centra's breakdowns are other errors"
        one = Unreadable(identity, f"number {offset + 1}", str(broken.breakdown), {}, parts)
        reader.quarantine.record(one, len(reader.known_keys))
        for part in parts:
            nodes = drop_part(nodes, part)
        yield from complete_readable(reader, nodes, offset)


def _answers(reader: ListReader) -> bool:
    """Whether Centra answers a query for next to nothing of the list."""
    operation = reader.operation
    least = without_objects(operation) or with_parts_only(operation, set(find_identity(operation)))
    try:
        reader.request_page(least, lambda rows: {"where": {}, "first": 1, "limit": 1, "page": 1})
    except ServerBreakdown:
        return False
    return True


def drop_part(nodes: Page, path: Path) -> Page:
    """Returns objects without one of their parts."""
    fields = {one.name: nodes.field(one.name) for one in nodes.type if one.name != path[0]}
    if path[1:]:
        fields[path[0]] = drop_part(nodes.field(path[0]), path[1:])
    return pa.StructArray.from_arrays(list(fields.values()), list(fields), mask=nodes.is_null())
