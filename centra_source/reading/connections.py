"""Reads a connection to its end and proves it, and counts what a reading brings and costs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from sys import maxsize
from time import monotonic
from typing import Any, NamedTuple

import pyarrow as pa

from .. import settings
from ..api.answers import shape_of
from ..api.client import Answer, ArrowAnswer, Client
from ..api.operation_request import Variables
from ..api.page_size import PageSize
from ..exceptions import IncompleteRead, UnexpectedAnswer
from ..operations.documents import Operation
from ..operations.selections import Path
from ..tables.nodes import Page, get_values


class _Slice(NamedTuple):
    """One page of a connection."""

    nodes: Page
    total: int
    has_next: bool
    end: str | None


class _Pass(NamedTuple):
    """One way through a connection, from its first page to its last."""

    objects: int
    first_total: int
    last_total: int
    is_still: bool
    is_stuck: bool

    @property
    def is_complete(self) -> bool:
        """Whether it brought as many distinct objects as Centra counted, at its beginning or at its end.

        Of the two counts the greater one: what left meanwhile was counted first, what came was counted last.
        """
        return not self.is_stuck and self.objects == max(self.first_total, self.last_total)


@dataclass
class Reading:
    """One list being read, and what it has cost.

    Attributes:
        response_key: Where the list stands in an answer.
        expected: Centra's own count, where the list has one.
        loaded: Distinct rows read.
        rereads: Times that the list was read again because it was not proven to be complete.
        calls: Requests that were answered.
        complexity: Points that Centra charged for them.
        seconds: Time that they took, waits included.
        keys: Keys of the rows read.
        total: What Centra counted first of a list that only grows.
    """

    client: Client
    operation: Operation
    response_key: str
    page_size: PageSize = field(default_factory=lambda: PageSize(settings.PAGE_SIZES[-1]))
    expected: int | None = None
    loaded: int = 0
    rereads: int = 0
    calls: int = 0
    complexity: int = 0
    seconds: float = 0.0
    keys: set[Any] = field(default_factory=set, repr=False)
    total: int | None = None

    def ask(self, operation: Operation, **variables: Any) -> dict[str, Any]:
        """Sends one request and adds up what it costs."""
        return self._add_costs(lambda: self.client.execute(operation, variables))

    def page(self, operation: Operation, variables: Callable[[int], Variables]) -> dict[str, Any]:
        """Asks for one page; the fields of the answer are Arrow scalars, or None.

        Args:
            operation: What to send.
            variables: Makes its variables for the rows of a page, fewer after the shop was overtaxed.
        """
        size = self.page_size
        return self._add_costs(
            lambda: self.client.execute_arrow(
                operation, lambda: variables(size.rows), shape_of(operation), size
            )
        )

    def _add_costs(self, send: Callable[[], Answer | ArrowAnswer]) -> dict[str, Any]:
        begun = monotonic()
        answer = send()
        self.seconds += monotonic() - begun
        self.calls += 1
        self.complexity += answer.complexity
        return answer.data

    def absorb(self, other: Reading) -> None:
        """Adds what another reading has brought and cost."""
        for name in ("loaded", "rereads", "calls", "complexity", "seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        if other.expected is not None:
            self.expected = (self.expected or 0) + other.expected

    def count(self, where: Mapping[str, Any]) -> int:
        """How many objects of a connection Centra counts; at least those that a page of one shows."""
        found = self._slice(lambda rows: {"where": where, "first": 1})
        return max(found.total, len(found.nodes))

    def connection(self, where: Mapping[str, Any], held: int | None = None) -> Iterator[Page]:
        """Yields every object of a connection once.

        A pass through it that does not prove itself complete is followed by another. Objects that leave while
        it is read can spoil every pass; then all is well if no more are left than were read.

        Args:
            where: The filter.
            held: How many objects it holds, as far as that is known.

        Raises:
            IncompleteRead: Centra's count is not met however often the connection is read.
        """
        for self.rereads in range(settings.WINDOW_ATTEMPTS):
            seen = yield from self._pass(where, held)
            if seen.is_complete:
                self.expected = self.loaded = seen.objects
                return
        if seen.is_stuck:
            raise IncompleteRead(f"{self.operation.name}: Centra repeats a page; run again.")
        self.expected, self.loaded = seen.last_total, len(self.keys)
        if seen.is_still or self.loaded < seen.last_total:
            raise IncompleteRead(
                f"{self.operation.name}: Centra counts {seen.last_total} rows and hands out {seen.objects}, "
                "however often they are read; nothing was loaded. Run again; report it to Centra if it stays."
            )

    def newer(self, last: int, counted: int) -> Iterator[Page]:
        """Yields the objects of a connection that only grows, newest first, down to those that are known.

        What is new is what Centra counts more than it did: one that was committed late, with a lower id, is
        looked for further down. A connection that does not come in falling ids is read as a whole.

        Args:
            last: The highest id that is known; 0 for none.
            counted: How many objects there were when that was read.

        Raises:
            IncompleteRead: Centra repeats a page, or hands out fewer objects than it counts.
        """
        cursor: str | None = None
        lowest, new, is_falling = maxsize, 0, True
        while True:
            found = self._slice(_next_page({}, None, cursor))
            if self.total is None:
                self.total = found.total
            ids = get_values(found.nodes, ("id",)).to_pylist()
            is_falling = is_falling and all(one > other for one, other in pairwise([lowest, *ids]))
            lowest = min([lowest, *ids])
            new += len({one for one in ids if one > last}.difference(self.keys))
            yield self.unseen(found.nodes, ("id",))
            if is_falling and lowest <= last and new >= self.total - counted:
                self.expected, self.loaded = max(0, self.total - counted), new
                return
            if not found.has_next:
                break
            if found.end in (None, cursor):
                raise IncompleteRead(f"{self.operation.name}: Centra repeats a page; run again.")
            cursor = found.end
        self.expected = self.total
        if self.loaded < self.total:
            raise IncompleteRead(
                f"{self.operation.name}: Centra counts {self.total} rows and hands out {self.loaded}; "
                "nothing was loaded. Run again; report it to Centra if it stays."
            )

    def _pass(self, where: Mapping[str, Any], held: int | None) -> Generator[Page, None, _Pass]:
        cursor: str | None = None
        ids: set[Any] = set()
        totals: list[int] = []
        left = held
        while True:
            found = self._slice(_next_page(where, left, cursor))
            totals.append(found.total)
            here = get_values(found.nodes, ("id",)).to_pylist()
            is_new = not ids.issuperset(here)
            ids.update(here)
            yield self.unseen(found.nodes, ("id",))
            is_stuck = found.has_next and (not is_new or found.end in (None, cursor))
            if is_stuck or not found.has_next:
                return _Pass(len(ids), totals[0], totals[-1], len(set(totals)) == 1, is_stuck)
            cursor, left = found.end, found.total - len(ids)

    def _slice(self, variables: Callable[[int], Variables]) -> _Slice:
        connection = self.page(self.operation, variables)[self.response_key]
        nodes = get_values(self.checked(None if connection is None else connection["edges"]), ("node",))
        total, page = connection["totalCount"].as_py(), connection["pageInfo"].as_py() or {}
        if total is None or page.get("hasNextPage") is None:
            raise UnexpectedAnswer(f"{self.operation.name}: Centra sent null in place of a count; run again.")
        return _Slice(self._whole(nodes), total, page["hasNextPage"], page["endCursor"])

    def checked(self, nodes: pa.ListScalar | None) -> Page:
        """The objects of a list, none of which may be null.

        Raises:
            UnexpectedAnswer: One is, or the list itself.
        """
        return self._whole(None if nodes is None else nodes.values)

    def checked_object(self, node: pa.StructScalar | None) -> Page:
        """A single object, as a list of one.

        Raises:
            UnexpectedAnswer: It is null.
        """
        return self._whole(None if node is None else pa.array([node.as_py()], node.type))

    def _whole(self, nodes: Page | None) -> Page:
        if nodes is None or nodes.null_count:
            raise UnexpectedAnswer(
                f"{self.operation.name}: Centra sent null in place of an object; run again."
            )
        return nodes

    def unseen(self, nodes: Page, key: Path) -> Page:
        """The objects that this reading has not brought yet; counts them.

        Args:
            nodes: One page.
            key: The field that identifies an object.
        """
        places = {value: place for place, value in enumerate(get_values(nodes, key).to_pylist())}
        fresh = [value for value in places if value not in self.keys]
        self.keys.update(fresh)
        self.loaded += len(fresh)
        if len(fresh) == len(nodes):
            return nodes
        return nodes.take(pa.array([places[value] for value in fresh], pa.int64()))


def _next_page(where: Mapping[str, Any], left: int | None, after: str | None) -> Callable[[int], Variables]:
    """The variables of a page, which is no larger than what is left: Centra prices what is asked for."""

    def variables(rows: int) -> Variables:
        first = rows if left is None else max(settings.PAGE_SIZES[0], min(left, rows))
        return {"where": where, "first": first, "after": after}

    return variables
