"""Reads connections: lists that come in pages after a cursor, with Centra's count of all their objects."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, NamedTuple

from .. import settings
from ..api.operation_request import Variables
from ..exceptions import IncompleteRead, UnexpectedAnswer
from ..tables.nodes import Page, get_values
from .list_reader import ListReader


class ConnectionPage(NamedTuple):
    """One page of a connection.

    Attributes:
        nodes: Its objects.
        total: Centra's count of all objects of the connection.
        has_next: Whether another page follows.
        end: The cursor after which that page starts.
    """

    nodes: Page
    total: int
    has_next: bool
    end: str | None


class _Pass(NamedTuple):
    """The result of reading a connection from its first page to its last."""

    objects: int
    first_total: int
    last_total: int
    is_stable: bool
    is_stuck: bool

    @property
    def is_complete(self) -> bool:
        """Whether it brought as many distinct objects as Centra counted.

        The greater of the first and the last count matters: objects that left meanwhile are in the first one,
        objects that came are in the last.
        """
        return not self.is_stuck and self.objects == max(self.first_total, self.last_total)


def count_objects(reader: ListReader, where: Mapping[str, Any]) -> int:
    """Returns Centra's count of the objects that match a filter; at least those on a page of one."""
    page = fetch_page(reader, lambda rows: {"where": where, "first": 1})
    return max(page.total, len(page.nodes))


def read_connection(reader: ListReader, where: Mapping[str, Any], count: int | None = None) -> Iterator[Page]:
    """Yields every object of a connection once.

    If a pass does not prove itself complete, another follows. Objects that leave during a pass can spoil each
    of them. The read is complete all the same if no more objects are left than were read.

    Args:
        reader: What to request.
        where: The filter.
        count: The number of objects, if known.

    Raises:
        IncompleteRead: Every pass brought fewer objects than Centra counts.
    """
    tally = reader.tally
    for attempt in range(settings.WINDOW_ATTEMPTS):
        tally.rereads = attempt
        result = yield from _read_once(reader, where, count)
        if result.is_complete:
            tally.expected = tally.loaded = result.objects
            return
    if result.is_stuck:
        raise repeated_page(reader)
    tally.expected, tally.loaded = result.last_total, len(reader.known_keys)
    if result.is_stable or tally.loaded < result.last_total:
        raise missing_rows(reader, result.last_total, result.objects)


def fetch_page(reader: ListReader, make_variables: Callable[[int], Variables]) -> ConnectionPage:
    """Requests one page of a connection.

    Args:
        reader: What to request.
        make_variables: Makes the variables for a number of rows.

    Raises:
        UnexpectedAnswer: The count or an object is null.
    """
    connection = reader.request_page(reader.operation, make_variables)[reader.response_key]
    edges = reader.check_list(None if connection is None else connection["edges"])
    total, page = connection["totalCount"].as_py(), connection["pageInfo"].as_py() or {}
    if total is None or page.get("hasNextPage") is None:
        raise UnexpectedAnswer(f"{reader.operation.name}: Centra sent null in place of a count; run again.")
    nodes = reader.check_objects(get_values(edges, ("node",)))
    return ConnectionPage(nodes, total, page["hasNextPage"], page["endCursor"])


def next_page(where: Mapping[str, Any], left: int | None, after: str | None) -> Callable[[int], Variables]:
    """The variables of the next page. It is not larger than what is left: Centra charges for what is asked.

    Args:
        where: The filter.
        left: The number of objects that have not been read, if known.
        after: The cursor at the end of the page before.
    """

    def make_variables(rows: int) -> Variables:
        first = rows if left is None else max(settings.PAGE_SIZES[0], min(left, rows))
        return {"where": where, "first": first, "after": after}

    return make_variables


def repeated_page(reader: ListReader) -> IncompleteRead:
    """The error for a connection that does not advance."""
    return IncompleteRead(f"{reader.operation.name}: Centra sent the same page twice; run again.")


def missing_rows(reader: ListReader, counted: int, received: int) -> IncompleteRead:
    """The error for a connection with fewer objects than Centra counts."""
    return IncompleteRead(
        f"{reader.operation.name}: Centra counts {counted} rows but sent {received}. "
        "Run again, and report it to Centra if it happens again."
    )


def _read_once(
    reader: ListReader, where: Mapping[str, Any], count: int | None
) -> Generator[Page, None, _Pass]:
    cursor: str | None = None
    ids: set[Any] = set()
    totals: list[int] = []
    left = count
    while True:
        page = fetch_page(reader, next_page(where, left, cursor))
        totals.append(page.total)
        page_ids = get_values(page.nodes, ("id",)).to_pylist()
        has_new_ids = not ids.issuperset(page_ids)
        ids.update(page_ids)
        yield reader.complete(reader.keep_new(page.nodes, ("id",)))
        is_stuck = page.has_next and (not has_new_ids or page.end in (None, cursor))
        if is_stuck or not page.has_next:
            is_stable = len(set(totals)) == 1
            return _Pass(len(ids), totals[0], totals[-1], is_stable, is_stuck)
        cursor, left = page.end, page.total - len(ids)
