"""Reads a connection to its end and proves it, and counts what a reading brings and costs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, NamedTuple

from . import settings
from .client import Client
from .documents import Operation
from .exceptions import IncompleteRead, UnexpectedAnswer
from .tables import Path, value_at

Page = list[dict[str, Any]]


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
        on_page: Told how many rows a page brought.
        expected: Centra's own count, where the list has one.
        loaded: Distinct rows read.
        rereads: Times that the list was read again because it was not proven to be complete.
        calls: Requests that were answered.
        complexity: Points that Centra charged for them.
        seconds: Time that they took, waits included.
        keys: Keys of the rows read.
    """

    client: Client
    operation: Operation
    response_key: str
    page_size: int = settings.PAGE_SIZES[-1]
    on_page: Callable[[int], None] = lambda rows: None
    expected: int | None = None
    loaded: int = 0
    rereads: int = 0
    calls: int = 0
    complexity: int = 0
    seconds: float = 0.0
    keys: set[Any] = field(default_factory=set, repr=False)

    def ask(self, operation: Operation, **variables: Any) -> dict[str, Any]:
        """Sends one request and adds up what it costs."""
        begun = monotonic()
        answer = self.client.execute(operation, variables)
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
        found = self._slice(where=where, first=1)
        return max(found.total, len(found.nodes))

    def connection(self, where: Mapping[str, Any], known: Collection[Any] = ()) -> Iterator[Page]:
        """Yields every object of a connection once.

        A pass through it that does not prove itself complete is followed by another. Objects that leave while
        it is read can spoil every pass; then all is well if no more are left than were read.

        Args:
            where: The filter.
            known: Ids that are not yielded, since they have been handed out before.

        Raises:
            IncompleteRead: Centra's count is not met however often the connection is read.
        """
        for self.rereads in range(settings.WINDOW_ATTEMPTS):
            seen = yield from self._pass(where, known)
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

    def _pass(self, where: Mapping[str, Any], known: Collection[Any]) -> Generator[Page, None, _Pass]:
        cursor: str | None = None
        ids: set[Any] = set()
        totals: list[int] = []
        while True:
            found = self._slice(where=where, first=self.page_size, after=cursor)
            totals.append(found.total)
            is_new = not ids.issuperset(node["id"] for node in found.nodes)
            ids.update(node["id"] for node in found.nodes)
            yield self.unseen(found.nodes, ("id",), known)
            is_stuck = found.has_next and (not is_new or found.end in (None, cursor))
            if is_stuck or not found.has_next:
                return _Pass(len(ids), totals[0], totals[-1], len(set(totals)) == 1, is_stuck)
            cursor = found.end

    def _slice(self, **variables: Any) -> _Slice:
        connection = self.ask(self.operation, **variables)[self.response_key] or {}
        edges, page = self.checked(connection.get("edges")), connection.get("pageInfo") or {}
        nodes = self.checked([edge["node"] for edge in edges])
        total, has_next = connection.get("totalCount"), page.get("hasNextPage")
        if total is None or has_next is None:
            raise UnexpectedAnswer(f"{self.operation.name}: Centra sent null in place of a count; run again.")
        return _Slice(nodes, total, has_next, page.get("endCursor"))

    def checked(self, nodes: Page | None) -> Page:
        """The objects of a list, none of which may be null.

        Raises:
            UnexpectedAnswer: One is, or the list itself.
        """
        if nodes is None or None in nodes:
            raise UnexpectedAnswer(
                f"{self.operation.name}: Centra sent null in place of an object; run again."
            )
        return nodes

    def unseen(self, nodes: Page, key: Path, known: Collection[Any] = ()) -> Page:
        """The objects that this reading has not brought yet, without the known ones; counts them.

        Args:
            nodes: One page.
            key: The field that identifies an object.
            known: Keys of objects that have been handed out before.
        """
        fresh = {value: node for node in nodes if (value := value_at(node, key)) not in self.keys}
        self.keys.update(fresh)
        self.loaded += len(fresh)
        self.on_page(len(fresh))
        return [node for value, node in fresh.items() if value not in known]
