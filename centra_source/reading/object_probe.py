"""Finds out what can be read of one object that Centra breaks down over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from .. import settings
from ..api.operation_request import Variables
from ..api.page_size import PageSize
from ..exceptions import ServerBreakdown
from ..operations.documents import Operation
from ..operations.object_parts import list_parts, with_parts_only, without_objects
from ..operations.selections import Path, find_identity, find_root
from ..tables.nodes import Page, get_keys, get_values
from .list_reader import ListReader
from .quarantine import Quarantine, Unreadable

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
