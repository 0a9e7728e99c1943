"""Reads connections: lists that come in pages after a cursor, with Centra's count of all their objects."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from .. import settings
from ..api.operation_request import Variables
from ..exceptions import IncompleteRead, ServerBreakdown, UnexpectedAnswer
from ..operations.object_parts import without_objects
from ..tables.nodes import Page, get_values
from .list_reader import ListReader
from .object_probe import ObjectProbe
from .page_halver import PageBroken, PageHalver, complete_readable


class ConnectionPage(NamedTuple):
    """One page of a connection.

    Attributes:
        nodes: Its objects.
        total: Centra's count of all objects of the connection.
        has_next: Whether another page follows.
        end: The cursor after which that page starts.
        unread: The ids of objects of the page that could not be read; the place of one whose id cannot be
            read either.
    """

    nodes: Page
    total: int
    has_next: bool
    end: str | None
    unread: tuple[Any, ...] = ()


class _Pass(NamedTuple):
    """The result of reading a connection from its first page to its last."""

    objects: int
    unread: int
    first_total: int
    last_total: int
    is_stable: bool
    is_stuck: bool

    @property
    def is_complete(self) -> bool:
        """Whether it met as many distinct objects as Centra counted, those included that cannot be read.

        The greater of the first and the last count matters: objects that left meanwhile are in the first one,
        objects that came are in the last.
        """
        return not self.is_stuck and self.objects == max(self.first_total, self.last_total)


def count_objects(reader: ListReader, where: Mapping[str, Any]) -> int:
    """Returns Centra's count of the objects that match a filter; at least those on a page of one."""
    variables = {"where": where, "first": 1}
    try:
        page = fetch_page(reader, lambda rows: variables)
    except ServerBreakdown:  # over the first object: the count can be read without it
        bare = without_objects(reader.operation)
        assert bare, "an operation with `first` reads a connection"
        patient = replace(reader, quarantine=None)
        connection = patient.request_page(bare, lambda rows: variables)[reader.response_key]
        return _read_total(reader, connection)
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
            tally.expected, tally.loaded = result.objects, result.objects - result.unread
            tally.unreadable = result.unread
            return
    if result.is_stuck:
        raise repeated_page(reader)
    tally.expected, tally.loaded = result.last_total, len(reader.known_keys)
    tally.unreadable = result.unread
    if result.is_stable or tally.loaded + result.unread < result.last_total:
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
    nodes = reader.check_objects(get_values(edges, ("node",)))
    return _make_page(reader, connection, nodes)


def fetch_readable_page(
    halver: PageHalver, where: Mapping[str, Any], left: int | None, after: str | None
) -> ConnectionPage:
    """Requests the next page of a connection, as far as Centra does not break down over it.

    Args:
        halver: Asks for the pages of this connection.
        where: The filter.
        left: The number of objects that have not been read, if known.
        after: The cursor at the end of the page before.

    Raises:
        CentraError: As `ListReader.request_page`, if Centra answers nothing else either.
    """
    reader, make_variables = halver.reader, next_page(where, left, after)

    def request(sized: ListReader) -> tuple[ConnectionPage, int]:
        asked = 0

        def make_noted_variables(rows: int) -> Variables:
            nonlocal asked
            variables = make_variables(rows)
            asked = variables["first"]
            return variables

        try:
            return fetch_page(sized, make_noted_variables), asked
        except ServerBreakdown as breakdown:
            raise PageBroken(breakdown, asked) from breakdown

    def isolate(breakdown: ServerBreakdown) -> ConnectionPage:
        quarantine = reader.quarantine
        assert quarantine, "without one, Centra's breakdowns are other errors"
        variables = {"where": where, "first": 1, "after": after}
        place = (f"after the cursor {after}" if after else "the first") + _describe_range(where)
        total = len(reader.known_keys)
        one = ObjectProbe(reader, quarantine, variables, place, total).run(breakdown)
        if one.has_moved:
            return fetch_page(replace(reader, quarantine=None), make_variables)
        connection = one.data[reader.response_key]
        is_readable = one.nodes is not None
        nodes = one.nodes if one.nodes is not None else reader.no_objects
        unread = () if is_readable or not one.unreadable else (one.unreadable.identity or place,)
        return _make_page(reader, connection, nodes)._replace(unread=unread)

    return halver.fetch(request, isolate)


def _describe_range(where: Mapping[str, Any]) -> str:
    ranges = [f"{name} {one['from']} to {one['to']}" for name, one in where.items() if isinstance(one, dict)]
    return f" of {', '.join(ranges)}" if ranges else ""


def _make_page(reader: ListReader, connection: Any, nodes: Page) -> ConnectionPage:
    total, page = _read_total(reader, connection), connection["pageInfo"].as_py() or {}
    if page.get("hasNextPage") is None:
        raise _missing_count(reader)
    return ConnectionPage(nodes, total, page["hasNextPage"], page["endCursor"])


def _read_total(reader: ListReader, connection: Any) -> int:
    total: int | None = None if connection is None else connection["totalCount"].as_py()
    if total is None:
        raise _missing_count(reader)
    return total


def _missing_count(reader: ListReader) -> UnexpectedAnswer:
    return UnexpectedAnswer(f"{reader.operation.name}: Centra sent null in place of a count; run again.")


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
    unread: set[Any] = set()
    totals: list[int] = []
    left = count
    halver = PageHalver(reader)
    while True:
        page = fetch_readable_page(halver, where, left, cursor)
        totals.append(page.total)
        page_ids = [*get_values(page.nodes, ("id",)).to_pylist(), *page.unread]
        has_new_ids = not ids.issuperset(page_ids)
        ids.update(page_ids)
        unread.update(page.unread)
        yield from complete_readable(reader, reader.keep_new(page.nodes, ("id",)))
        is_stuck = page.has_next and (not has_new_ids or page.end in (None, cursor))
        if is_stuck or not page.has_next:
            is_stable = len(set(totals)) == 1
            return _Pass(
                len(ids), len(unread - reader.known_keys), totals[0], totals[-1], is_stable, is_stuck
            )
        cursor, left = page.end, page.total - len(ids)
