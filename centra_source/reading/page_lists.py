"""Reads lists that have numbered pages and no count: plain lists, and lists inside the objects of another.

Rows of such a list move when a row is added or removed before them. Each page is requested together with the
row before it, which shows whether that has happened. A list that has changed meanwhile is complete if its
order is fixed, or if another pass brings nothing new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa

from .. import settings
from ..api.operation_request import Variables
from ..exceptions import QueryRefused, UnstableList
from ..operations.documents import Operation
from ..operations.page_order import has_fixed_order
from ..operations.row_before import ROW_BEFORE, with_row_before
from ..operations.selections import OCCURRENCE, Path, find_identity
from ..tables.nodes import Page, get_values, number_occurrences
from .connections import repeated_page
from .list_reader import ListChanged, ListReader, find_maximum
from .page_pass import PagePass, Place, Rows

WITH_ID = (("id",),)
"""What identifies the rows of nearly every list."""


def make_page_operation(operation: Operation) -> Operation:
    """Returns what is sent for each page of a plain list."""
    identity = find_identity(operation)
    return with_row_before(operation, "page", *(identity if identity == WITH_ID else ()))


def make_inner_page_operation(operation: Operation, key: Path) -> Operation:
    """Returns what is sent for each page of the lists inside objects; `key` as for `read_inner_lists`."""
    return with_row_before(make_page_operation(operation), "innerPage", key)


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
    operation = make_page_operation(reader.operation)
    filters = {"where": where} if where else {}

    def fetch(place: Place) -> Rows:
        data = reader.request_page(
            operation, lambda rows: {**filters, **place.make_variables(rows, "limit", "page")}
        )
        nodes, before = (reader.check_list(data[key]) for key in (reader.response_key, ROW_BEFORE))
        return Rows(reader.complete(nodes, place.start), before, place.start, place.limit)

    identity = find_identity(reader.operation)
    has_id = identity == WITH_ID
    is_fixed = has_id and has_fixed_order(reader.operation, "page", *identity)
    key = identity if has_id else (*identity, OCCURRENCE)

    def make_pass() -> PagePass:
        return PagePass(fetch, identity) if has_id else _NumberedPass(fetch, identity)

    for nodes in _read_passes(reader, make_pass, lambda: len(reader.known_keys), is_fixed=is_fixed):
        yield reader.keep_new(nodes, *key)


def read_inner_lists(reader: ListReader, path: Path, key: Path) -> Iterator[Page]:
    """Yields the rows of a list inside each object, page by page, every row inside its object.

    Args:
        reader: What to request. The operation pages the objects by `$page`, one at a time, and the list by
            `$innerLimit` and `$innerPage`.
        path: From an object to its list.
        key: The field of a row that identifies it within its object.

    Raises:
        UnstableList: The objects or one of their lists changed during every pass. What has been yielded is
            right, but it may lack rows.
    """
    (list_key,) = path
    lists = _InnerLists(reader, make_inner_page_operation(reader.operation, key), list_key, key)
    read_owners: set[Any] = set()
    known_keys: dict[Any, set[Any]] = {}
    unstable: UnstableList | None = None
    for _ in range(settings.WINDOW_ATTEMPTS):
        has_lost_any = False
        for owner in lists.read_owners(lambda: len(read_owners)):
            for owner_id in get_values(owner, ("id",)).to_pylist():
                if owner_id in read_owners:
                    continue
                reader.known_keys = known_keys.pop(owner_id, set())
                try:
                    for rows in lists.read_rows(owner_id):
                        yield _replace_list(owner, list_key, reader.keep_new(rows, key))
                except _OwnerLost:
                    # Another pass finds it, unless it was deleted.
                    has_lost_any, known_keys[owner_id] = True, reader.known_keys
                    continue
                except UnstableList as error:
                    unstable = error
                read_owners.add(owner_id)
        if not has_lost_any:
            break
    if unstable:
        raise unstable


class _NumberedPass(PagePass):
    """A pass through a list without ids. Its rows are numbered among those that refer to the same objects."""

    def __init__(self, fetch: Callable[[Place], Rows], identity: tuple[Path, ...]) -> None:
        super().__init__(fetch, ())
        self._identity, self._seen = identity, Counter[Any]()

    def read(self) -> Iterator[Page]:
        """Yields the pages up to the first shift: a row that is read twice would be numbered twice."""
        for nodes in super().read():
            yield number_occurrences(nodes, self._identity, self._seen)


class _OwnerLost(Exception):
    """An object has gone, or is far from its place, while the list inside it was read."""


@dataclass
class _InnerLists:
    """The lists inside objects. Each request brings one object and one page of its list.

    Attributes:
        reader: Sends the requests.
        operation: What to send.
        list_key: The key of the list in an object.
        key: The field that identifies a row of the list.
        maximum: The largest page of the list, as far as it is known.
    """

    reader: ListReader
    operation: Operation
    list_key: str
    key: Path
    maximum: int = settings.PAGE_SIZES[-1]
    _number: int = 1
    _first_rows: Rows | None = None

    def read_owners(self, count_read: Callable[[], int]) -> Iterator[Page]:
        """Yields the objects, each as a page of one.

        Args:
            count_read: Returns how many of them have been read with their lists.
        """
        is_fixed = has_fixed_order(self.operation, "page", *WITH_ID)
        return _read_passes(
            self.reader, lambda: PagePass(self._fetch_owner, WITH_ID), count_read, is_fixed=is_fixed
        )

    def read_rows(self, owner_id: Any) -> Iterator[Page]:
        """Yields the pages of the list in the object that `read_owners` has yielded last.

        Raises:
            _OwnerLost: The object is no longer there.
            UnstableList: The list changes during every pass.
        """
        fetch = partial(self._fetch_rows, owner_id)
        return _read_passes(
            self.reader,
            lambda: PagePass(fetch, (self.key,)),
            lambda: len(self.reader.known_keys),
            is_fixed=has_fixed_order(self.operation, "innerPage", self.key),
        )

    def _fetch_owner(self, place: Place) -> Rows:
        self._number = place.position + 1
        owner, self._first_rows = self._fetch(self._number, Place(0))
        return owner

    def _fetch_rows(self, owner_id: Any, place: Place) -> Rows:
        # The first page came with the object. It is used once: after a change of the list it is outdated.
        rows, self._first_rows = self._first_rows, None
        if rows and not place.position:
            return rows
        here = self._number
        for number in (here, here - 1, here + 1, here - 2, here + 2):
            if number < 1:
                continue
            owner, rows = self._fetch(number, place)
            if rows is not None and get_values(owner.nodes, ("id",)).to_pylist() == [owner_id]:
                self._number = number
                return rows
        raise _OwnerLost

    def _fetch(self, number: int, place: Place) -> tuple[Rows, Rows | None]:
        """Requests one object and the rows of its list at a place; None if there is no such object."""
        reader = self.reader
        owner_place = {"page": number, "pageRowBefore": max(1, number - 1)}

        def make_variables(rows: int) -> Variables:
            fitting = min(rows, self.maximum)
            return {**owner_place, **place.make_variables(fitting, "innerLimit", "innerPage")}

        try:
            data = reader.request_page(self.operation, make_variables)
        except QueryRefused as refusal:
            maximum = find_maximum(refusal)
            if maximum is None or maximum >= self.maximum:
                raise
            self.maximum = maximum
            data = reader.request_page(self.operation, make_variables)
        owners, before = (reader.check_list(data[key]) for key in (reader.response_key, ROW_BEFORE))
        owner = Rows(owners, before, number - 1, 1)
        if owner.is_last:
            return owner, None
        nodes, before = (
            reader.check_list(owner.nodes.field(name)[0]) for name in (self.list_key, ROW_BEFORE)
        )
        return owner, Rows(nodes, before, place.start, place.limit)


def _replace_list(owner: Page, list_key: str, rows: Page) -> Page:
    """Returns one object with other rows in its list."""
    fields = {field.name: owner.field(field.name) for field in owner.type}
    fields[list_key] = pa.ListArray.from_arrays(pa.array([0, len(rows)], pa.int32()), rows)
    return pa.StructArray.from_arrays(list(fields.values()), list(fields))


def _read_passes(
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
