"""Reads one list to its end: a connection by cursor, a plain list by page, lists inside a list one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from . import settings
from .client import Client
from .documents import Operation
from .exceptions import IncompleteRead, UnexpectedAnswer
from .tables import Path

Page = list[dict[str, Any]]


@dataclass
class Reading:
    """One list being read, and what it has cost.

    Attributes:
        response_key: Where the list stands in an answer.
        on_page: Told how many rows a page brought, and Centra's own count where there is one.
        expected: Centra's own count, where the list has one.
        loaded: Rows handed out, each once.
        rereads: Times the list was read again because rows were missing.
        calls: Requests that were answered.
        complexity: Points that Centra charged for them.
        seconds: Time that they took, waits included.
    """

    client: Client
    operation: Operation
    response_key: str
    page_size: int
    on_page: Callable[[int, int | None], None]
    expected: int | None = None
    loaded: int = 0
    rereads: int = 0
    calls: int = 0
    complexity: int = 0
    seconds: float = 0.0
    _seen: set[Any] = field(default_factory=set, repr=False)

    def pages(self, where: Mapping[str, Any], lists: Sequence[Path]) -> Iterator[Page]:
        """Yields every object once, in pages as they arrive; the operation's variables tell how it is paged.

        Args:
            where: The filter of a connection; other lists are read whole.
            lists: The way to the rows inside each object, for an operation that pages inside its objects.

        Raises:
            IncompleteRead: The list ends before its own total, or repeats itself.
        """
        variables = self.operation.variables
        if "after" in variables:
            return self._connection(where)
        if "innerPage" in variables:
            return self._inner_lists(lists[0])
        return self._list()

    def _connection(self, where: Mapping[str, Any]) -> Iterator[Page]:
        for attempt in range(settings.WINDOW_ATTEMPTS):
            self.rereads = attempt
            cursor, cursors = None, set()
            while True:
                connection = self._ask(where=where, first=self.page_size, after=cursor)
                self.expected = connection["totalCount"]
                nodes = self._unseen([edge["node"] for edge in connection["edges"]])
                self._count(len(nodes))
                yield nodes
                if not connection["pageInfo"]["hasNextPage"]:
                    break
                cursor = connection["pageInfo"]["endCursor"]
                if cursor is None or cursor in cursors:
                    raise IncompleteRead(f"{self.operation.name}: Centra repeats a cursor; run again.")
                cursors.add(cursor)
            if self.loaded >= connection["totalCount"]:
                return
        raise IncompleteRead(
            f"{self.operation.name}: Centra counts {self.expected} rows and hands out {self.loaded}, "
            "however often they are read; nothing was loaded. Run again, and report it to Centra if it stays."
        )

    def _list(self) -> Iterator[Page]:
        limit = settings.PAGE_SIZES[-1]
        number, length = 1, limit
        while length == limit:
            nodes = self._ask(limit=limit, page=number)
            fresh = self._new_page(nodes)
            self._count(len(fresh))
            yield fresh
            number, length = number + 1, len(nodes)

    def _inner_lists(self, path: Path) -> Iterator[Page]:
        limit = settings.PAGE_SIZES[-1]
        (key,) = path
        number = 1
        while owners := self._new_page(self._ask(page=number, innerLimit=limit, innerPage=1)):
            (owner,) = owners
            inner_number, rows = 1, owner[key]
            while True:
                self._count(len(rows))
                yield [{**owner, key: rows}]
                if len(rows) < limit:
                    break
                inner_number += 1
                again = self._ask(page=number, innerLimit=limit, innerPage=inner_number)
                if [known["id"] for known in again] != [owner["id"]]:
                    raise IncompleteRead(f"{self.operation.name}: the list changed meanwhile; run again.")
                rows = again[0][key]
            number += 1

    def _ask(self, **variables: Any) -> Any:
        begun = monotonic()
        answer = self.client.execute(self.operation, variables)
        self.seconds += monotonic() - begun
        self.calls += 1
        self.complexity += answer.complexity
        return answer.data[self.response_key]

    def _new_page(self, nodes: Page) -> Page:
        fresh = self._unseen(nodes)
        if nodes and not fresh:
            raise IncompleteRead(f"{self.operation.name}: Centra repeats a page; run again.")
        return fresh

    def _unseen(self, nodes: Page) -> Page:
        if None in nodes:
            raise UnexpectedAnswer(
                f"{self.operation.name}: Centra sent null in place of an object; run again."
            )
        fresh = [node for node in nodes if node["id"] not in self._seen]
        self._seen.update(node["id"] for node in fresh)
        return fresh

    def _count(self, rows: int) -> None:
        self.loaded += rows
        self.on_page(rows, self.expected)
