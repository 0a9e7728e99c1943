"""Reads one list to its end and proves it: connections by cursor, plain lists and lists in lists by page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, NamedTuple

from . import settings
from .client import Client
from .documents import Operation
from .exceptions import IncompleteRead, UnexpectedAnswer
from .rewriting import ROW_BEFORE, with_row_before
from .tables import Path, value_at

Page = list[dict[str, Any]]


class Shifted(Exception):
    """What was read does not prove itself: rows may have moved from one page to another."""


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
            yield self._unseen(found.nodes, lambda node: node["id"], known)
            is_stuck = found.has_next and (not is_new or found.end in (None, cursor))
            if is_stuck or not found.has_next:
                return _Pass(len(ids), totals[0], totals[-1], len(set(totals)) == 1, is_stuck)
            cursor = found.end

    def whole_list(self) -> Iterator[Page]:
        """Yields every object of a plain list once, which the operation pages by `$limit` and `$page`.

        Raises:
            IncompleteRead: The list shifts however often it is read.
        """
        operation = with_row_before(self.operation, "page", ("id",))
        limit = settings.PAGE_SIZES[-1]

        def fetch(page: int) -> tuple[Page, Page]:
            before = max(1, (page - 1) * limit)
            data = self.ask(operation, limit=limit, page=page, pageRowBefore=before)
            return self._checked(data[self.response_key]), self._checked(data[ROW_BEFORE])

        for nodes in self._until_still(lambda: _pages(fetch, limit, ("id",))):
            yield self._unseen(nodes, lambda node: node["id"])

    def inner_lists(self, path: Path, key: Path) -> Iterator[Page]:
        """Yields the rows of a list inside each object, page by page, every one inside its object.

        Args:
            path: From an object to its list; the operation pages objects by `$page`, one at a time, and the
                list by `$innerLimit` and `$innerPage`.
            key: The field of a row that identifies it within its object.

        Raises:
            IncompleteRead: A list shifts however often it is read.
        """
        operation = with_row_before(with_row_before(self.operation, "page", ("id",)), "innerPage", key)
        limit = settings.PAGE_SIZES[-1]
        (list_key,) = path
        done: set[Any] = set()

        def fetch(page: int, inner_page: int) -> tuple[Page, Page]:
            data = self.ask(
                operation,
                page=page,
                pageRowBefore=max(1, page - 1),
                innerLimit=limit,
                innerPage=inner_page,
                innerPageRowBefore=max(1, (inner_page - 1) * limit),
            )
            return self._checked(data[self.response_key]), self._checked(data[ROW_BEFORE])

        def numbered_owners() -> Iterator[tuple[int, dict[str, Any]]]:
            pages = _pages(lambda page: fetch(page, 1), 1, ("id",))
            yield from ((number, owner) for number, owners in enumerate(pages, 1) for owner in owners)

        def rows_of(number: int, owner: dict[str, Any]) -> Iterator[Page]:
            # The first page came along with the object. It serves once: when the list shifts, it is stale.
            brought: dict[int, tuple[Page, Page]] = {}
            if list_key in owner:
                brought[1] = self._checked(owner.pop(list_key)), []

            def fetch_rows(inner_page: int) -> tuple[Page, Page]:
                if inner_page in brought:
                    return brought[inner_page]
                found, _ = fetch(number, inner_page)
                if [known["id"] for known in found] != [owner["id"]]:
                    raise Shifted
                return self._checked(found[0][list_key]), self._checked(found[0][ROW_BEFORE])

            return _pages(fetch_rows, limit, key)

        for number, owner in self._until_still(numbered_owners):
            if owner["id"] in done:
                continue
            self.keys.clear()
            for rows in self._until_still(lambda: rows_of(number, owner)):  # noqa: B023  # used up in this turn
                yield [{**owner, list_key: self._unseen(rows, lambda row: value_at(row, key))}]
            done.add(owner["id"])

    def _until_still(self, read: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        for _ in range(settings.WINDOW_ATTEMPTS):
            try:
                yield from read()
                return
            except Shifted:
                self.rereads += 1
        raise IncompleteRead(
            f"{self.operation.name}: the list changes while it is read, however often; run again."
        )

    def _slice(self, **variables: Any) -> _Slice:
        connection = self.ask(self.operation, **variables)[self.response_key] or {}
        edges, page = self._checked(connection.get("edges")), connection.get("pageInfo") or {}
        nodes = self._checked([edge["node"] for edge in edges])
        total, has_next = connection.get("totalCount"), page.get("hasNextPage")
        if total is None or has_next is None:
            raise UnexpectedAnswer(f"{self.operation.name}: Centra sent null in place of a count; run again.")
        return _Slice(nodes, total, has_next, page.get("endCursor"))

    def _checked(self, nodes: Page | None) -> Page:
        if nodes is None or None in nodes:
            raise UnexpectedAnswer(
                f"{self.operation.name}: Centra sent null in place of an object; run again."
            )
        return nodes

    def _unseen(self, nodes: Page, key: Callable[[dict[str, Any]], Any], known: Collection[Any] = ()) -> Page:
        fresh = [node for node in nodes if key(node) not in self.keys]
        self.keys.update(key(node) for node in fresh)
        self.loaded += len(fresh)
        self.on_page(len(fresh))
        return [node for node in fresh if key(node) not in known]


def _pages(fetch: Callable[[int], tuple[Page, Page]], limit: int, key: Path) -> Iterator[Page]:
    """The pages of a list up to the first that is not full.

    Args:
        fetch: Gives a page by its number, and the row before it.
        limit: Rows of a full page.
        key: The field that identifies a row.

    Raises:
        Shifted: A row has moved from one page to another.
    """
    page, last = 1, None
    while True:
        rows, before = fetch(page)
        if page > 1 and [value_at(row, key) for row in before] != [last]:
            raise Shifted
        yield rows
        if len(rows) < limit:
            return
        page, last = page + 1, value_at(rows[-1], key)
