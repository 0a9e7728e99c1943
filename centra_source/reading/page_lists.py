"""Reads plain lists: they have numbered pages and no count.

Rows of such a list move when a row is added or removed before them. Each page is requested together with the
row before it, which shows whether that has happened. A list that has changed meanwhile is complete if its
order is fixed, or if another pass brings nothing new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from .. import settings
from ..exceptions import IncompleteRead, ServerBreakdown, UnstableList
from ..operations.documents import Operation
from ..operations.object_parts import with_parts_only
from ..operations.page_order import has_fixed_order
from ..operations.row_before import ROW_BEFORE, with_row_before
from ..operations.selections import OCCURRENCE, Path, find_identity
from ..tables.nodes import Page, number_occurrences
from .connections import repeated_page
from .list_reader import ListChanged, ListReader
from .object_probe import ObjectProbe
from .page_halver import PageBroken, PageHalver, complete_readable
from .page_pass import PagePass, Place, Rows

WITH_ID = (("id",),)
"""What identifies the rows of nearly every list."""


def make_page_operation(operation: Operation) -> Operation:
    """Returns what is sent for each page of a plain list."""
    identity = find_identity(operation)
    return with_row_before(operation, "page", *(identity if identity == WITH_ID else ()))


def read_page_list(reader: ListReader, where: Mapping[str, Any] | None = None) -> Iterator[Page]:
    """Yields every object of a plain list once. The operation pages it by `$limit` and `$page`.

    Objects without an id get their number among those that refer to the same objects, as `occurrence`.

    Args:
        reader: What to request.
        where: The filter, for operations that have `$where`.

    Raises:
        UnstableList: The list changed during every pass. What has been yielded is right, but it may lack
            objects.
    """
    pages = _PlainPages(reader, where or {})
    identity = find_identity(reader.operation)
    has_id = identity == WITH_ID
    is_fixed = has_id and has_fixed_order(reader.operation, "page", *identity)
    key = identity if has_id else (*identity, OCCURRENCE)

    def make_pass() -> PagePass:
        return PagePass(pages.fetch, identity) if has_id else _NumberedPass(pages.fetch, identity)

    for nodes in read_passes(reader, make_pass, lambda: len(reader.known_keys), is_fixed=is_fixed):
        yield reader.keep_new(nodes, *key)


class _NumberedPass(PagePass):
    """A pass through a list without ids. Its rows are numbered among those that refer to the same objects."""

    def __init__(self, fetch: Callable[[Place], Rows], identity: tuple[Path, ...]) -> None:
        super().__init__(fetch, ())
        self._identity, self._seen = identity, Counter[Any]()

    def read(self) -> Iterator[Page]:
        """Yields the pages up to the first shift: a row that is read twice would be numbered twice."""
        for nodes in super().read():
            yield number_occurrences(nodes, self._identity, self._seen)

    def _note_unread(self, identity: Any) -> None:
        self._seen[identity] += 1


class _PlainPages:
    """Requests the pages of a plain list, around the rows that Centra breaks down over.

    Args:
        reader: Sends the requests.
        where: The filter, for operations that have `$where`.
    """

    def __init__(self, reader: ListReader, where: Mapping[str, Any]) -> None:
        self._reader, self._halver = reader, PageHalver(reader)
        self._operation = make_page_operation(reader.operation)
        self._filters = {"where": where} if where else {}

    def fetch(self, place: Place) -> Rows:
        """Requests the page at a place; only its first row if Centra breaks down over that.

        Raises:
            ListChanged: Objects have moved while they were read.
            IncompleteRead: Nothing identifies an object that cannot be read.
            CentraError: As `ListReader.request_page`, if Centra answers nothing else either.
        """
        reader, key = self._reader, self._reader.response_key

        def request(sized: ListReader) -> tuple[Rows, int]:
            try:
                data = sized.request_page(
                    self._operation,
                    lambda rows: {**self._filters, **place.make_variables(rows, "limit", "page")},
                )
            except ServerBreakdown as breakdown:
                raise PageBroken(breakdown, place.limit) from breakdown
            nodes, before = (reader.check_list(data[name]) for name in (key, ROW_BEFORE))
            parts = tuple(complete_readable(reader, nodes, place.start))
            return Rows(nodes, before, place.start, place.limit, parts), place.limit

        return self._halver.fetch(request, lambda breakdown: self._isolate(place, breakdown))

    def _isolate(self, place: Place, breakdown: ServerBreakdown) -> Rows:
        """Finds out what can be read of the row at a place, and asks for the row before it."""
        reader, number = self._reader, place.position + 1
        assert reader.quarantine, "without one, Centra's breakdowns are other errors"
        variables = {**self._filters, "limit": 1, "page": number}
        probe = ObjectProbe(reader, reader.quarantine, variables, f"number {number}", len(reader.known_keys))
        one = probe.run(breakdown)
        if one.has_moved:
            raise ListChanged
        if one.unreadable and one.unreadable.identity is None and find_identity(reader.operation) != WITH_ID:
            raise IncompleteRead(
                f"{reader.operation.name}: Centra breaks down over object {number} of the list ({breakdown}) "
                "and does not show what it refers to. Without that, the objects after it cannot be numbered. "
                "Report it to Centra, and run again."
            )
        before = self._read_row(place.number_before)
        nodes = reader.no_objects if one.nodes is None else one.nodes
        parts = tuple(complete_readable(reader, nodes, place.position))
        unread = (one.unreadable.identity,) if one.unreadable else ()
        return Rows(nodes, before, place.position, 1, parts, unread)

    def _read_row(self, number: int) -> Page:
        """Reads a row by its number as it comes before pages; nothing for number 0."""
        reader, operation = self._reader, self._reader.operation
        if not number:
            return reader.no_objects
        if find_identity(operation) == WITH_ID:
            operation = with_parts_only(operation, WITH_ID)
        variables = {**self._filters, "limit": 1, "page": number}
        patient = replace(reader, quarantine=None)
        return reader.check_list(patient.request_page(operation, lambda rows: variables)[reader.response_key])


def read_passes(
    reader: ListReader, make_pass: Callable[[], PagePass], count_known: Callable[[], int], *, is_fixed: bool
) -> Iterator[Page]:
    """Yields the pages of passes through a list, until it is proven complete.

    A pass during which nothing has changed is a proof. If the order of the list is fixed, every pass to its
    end is. Otherwise a row may have moved from the pages ahead to those behind, so another pass has to bring
    nothing new.

    Args:
        reader: Counts the passes.
        make_pass: Makes the next pass.
        count_known: Returns the number of distinct rows so far.
        is_fixed: Whether no row ever changes its place among the others.

    Raises:
        UnstableList: No pass was a proof.
        IncompleteRead: The shop sends the same page again and again.
    """
    for attempt in range(settings.WINDOW_ATTEMPTS):
        known, one = count_known(), make_pass()
        try:
            yield from one.read()
        except ListChanged:
            if one.is_stuck:
                raise repeated_page(reader) from None
        else:
            if is_fixed or not one.has_shifted or (attempt and count_known() == known):
                return
        reader.tally.rereads += 1
    raise UnstableList(
        f"{reader.operation.name}: the list changes while it is read, {settings.WINDOW_ATTEMPTS} times in a "
        "row. Run again at a quieter time."
    )
