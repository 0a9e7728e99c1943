"""Reads around what Centra breaks down over: pages are halved down to one object, and that into its parts.

A page that fails a few times is asked for in halves, so that all other objects arrive. What is left is one
object. It is loaded without the parts that are broken, or not at all if nothing of it can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa

from .. import settings
from ..api.operation_request import Variables
from ..api.page_size import PageSize
from ..exceptions import CentraError, ServerBreakdown
from ..operations.documents import Operation
from ..operations.object_parts import list_parts, with_parts_only, without_objects
from ..operations.selections import Path, find_identity, find_root
from ..tables.nodes import Page, get_keys, get_values
from .list_reader import ListReader
from .quarantine import Quarantine, Unreadable

P = TypeVar("P")

Data = dict[str, Any]


class Isolated(NamedTuple):
    """What was found out about one object.

    Attributes:
        data: The answer that shows the most of it: the object without its broken parts, its ids, or only the
            page without the object.
        nodes: The object, as far as it can be read; None: not at all.
        unreadable: What is broken; None: nothing, it was read whole after all.
        has_moved: Whether there is no object at this place any more.
    """

    data: Data
    nodes: Page | None
    unreadable: Unreadable | None
    has_moved: bool = False


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
            ServerBreakdown: Centra answers nothing at all.
        """
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


@dataclass
class ObjectProbe:
    """Finds out what can be read of the one object at a place of a list.

    Attributes:
        reader: Has asked for it.
        quarantine: Where it is recorded what other objects were broken in.
        variables: Ask for this object alone.
        place: Where it is, for people.
        total: How many objects the list has, as far as that is known.
    """

    reader: ListReader
    quarantine: Quarantine
    variables: Variables
    place: str
    total: int = 0
    _requests: int = field(default=0, init=False)

    def run(self, breakdown: ServerBreakdown) -> Isolated:
        """Finds out what can be read, and records what cannot.

        Args:
            breakdown: How Centra broke down over the object.

        Raises:
            ServerBreakdown: Centra answers nothing at all at this place: it is broken itself.
        """
        operation = self.reader.operation
        keys = set(find_identity(operation))
        data = self._try(with_parts_only(operation, keys), settings.BREAKDOWN_ATTEMPTS)
        if data is None:
            return self._skip(breakdown)
        nodes = self._get_nodes(operation, data)
        if not len(nodes):
            return Isolated(data, None, None, has_moved=True)
        (identity,) = get_keys(nodes, find_identity(operation))
        found = self._read_parts(breakdown, identity, keys)
        if found is None:
            unreadable = self._record(breakdown, identity)
            return Isolated(data, None, unreadable)
        whole, parts = found
        incomplete = self._record(breakdown, identity, parts) if parts else None
        nodes = self._get_nodes(operation, whole)
        is_same = get_keys(nodes, find_identity(operation)) == [identity]
        return Isolated(whole, nodes, incomplete, has_moved=not is_same)

    def _skip(self, breakdown: ServerBreakdown) -> Isolated:
        """Passes over an object that cannot even be identified, if the rest of the list is answered."""
        empty = without_objects(self.reader.operation)
        data = self._try(empty, settings.BREAKDOWN_ATTEMPTS) if empty else self._try_neighbours()
        if data is None:
            raise breakdown
        return Isolated(data, None, self._record(breakdown, None))

    def _try_neighbours(self) -> Data | None:
        """Asks for the ids of the objects after and before this one, by their numbers."""
        operation, number = self.reader.operation, self.variables["page"]
        ids = with_parts_only(operation, set(find_identity(operation)))
        for other in (number + 1, number - 1):
            probe = replace(self, variables={**self.variables, "page": other})
            if other and (data := probe._try(ids, settings.BREAKDOWN_ATTEMPTS)) is not None:
                return data
        return None

    def _read_parts(
        self, breakdown: ServerBreakdown, identity: Any, keys: Collection[Path]
    ) -> tuple[Data, tuple[Path, ...]] | None:
        """Reads the object without its broken parts: the answer, and these. None: it is not readable."""
        operation = self.reader.operation
        parts = list_parts(operation)
        essential = {part for part in parts if self._is_essential(part) or part in keys}
        attempts = settings.BREAKDOWN_ATTEMPTS
        if self._try(with_parts_only(operation, essential), attempts) is None:
            return None
        if (data := self._try(operation, 1)) is not None:
            return data, ()
        other = [part for part in parts if part not in essential]
        broken = self._find_broken(self._guess(breakdown, other) or other, essential)
        if broken is None or len(broken) == len(other):
            return None
        if broken and self._try(with_parts_only(operation, essential | broken), attempts) is not None:
            broken = set()
        data = self._try(with_parts_only(operation, set(parts) - broken), attempts)
        return None if data is None else (data, tuple(part for part in parts if part in broken))

    def _guess(self, breakdown: ServerBreakdown, parts: Collection[Path]) -> list[Path] | None:
        """Returns parts without which the object can be read: what the error names, or what others lacked.

        Some of them may not be broken. None: no guess is right.
        """
        above = len(find_root(self.reader.operation).path)
        named = [path[above:] for path in (breakdown.refusal.broken if breakdown.refusal else ())]
        hit = frozenset(
            part for part in parts for path in named if path[: len(part)] == part or part[: len(path)] == path
        )
        for guess in (hit, *self.quarantine.known_parts):
            rest = set(list_parts(self.reader.operation)) - guess
            if guess and self._try(with_parts_only(self.reader.operation, rest), 1) is not None:
                return [part for part in parts if part in guess]
        return None

    def _find_broken(self, parts: list[Path], essential: Collection[Path]) -> set[Path] | None:
        """Returns the broken ones of some parts that fail together; None if there are too many."""
        if not parts:
            return set()
        middle = len(parts) // 2
        broken: set[Path] = set()
        for half in (parts[:middle], parts[middle:]) if middle else (parts,):
            if self._requests > settings.PART_REQUESTS:
                return None
            if self._try(with_parts_only(self.reader.operation, {*half, *essential}), 1) is not None:
                continue
            more = {half[0]} if len(half) == 1 else self._find_broken(half, essential)
            if more is None:
                return None
            broken |= more
        return broken

    def _is_essential(self, part: Path) -> bool:
        return any(one[: len(part)] == part for one in self.quarantine.essential)

    def _try(self, operation: Operation, attempts: int) -> Data | None:
        """Asks for something of the object; None if Centra breaks down each time."""
        self._requests += 1
        reader = replace(self.reader, page_size=PageSize(1), patience=attempts)
        try:
            return reader.request_page(operation, lambda rows: self.variables)
        except ServerBreakdown:
            return None

    def _get_nodes(self, operation: Operation, data: Data) -> Page:
        key, *more = find_root(operation).path
        value = data[key]
        if not more:
            return self.reader.check_list(value)
        edges = self.reader.check_list(None if value is None else value[more[0]])
        return self.reader.check_objects(get_values(edges, (more[1],)))

    def _record(self, breakdown: ServerBreakdown, identity: Any, parts: tuple[Path, ...] = ()) -> Unreadable:
        where = self.variables.get("where") or {}
        one = Unreadable(identity, self.place, str(breakdown), where, parts)
        self.quarantine.record(one, self.total)
        return one


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
