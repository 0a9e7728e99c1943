"""Requests the pages of one list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import Any, Protocol

import pyarrow as pa

from .. import settings
from ..api.answers import get_shape, make_empty_nodes
from ..api.client import Answer, ArrowAnswer, Client
from ..api.operation_request import Variables
from ..api.page_size import PageSize
from ..exceptions import QueryRefused, UnexpectedAnswer
from ..misfits import REPEATED, Example
from ..operations.documents import Operation
from ..operations.selections import Path, find_root
from ..tables.nodes import Page, get_keys
from .quarantine import Quarantine
from .tally import Tally

RANGE = re.compile(r"must be in range 1\s*-\s*(\d+)")
"""Centra's refusal of a limit that is too large: "Limit must be in range 1 - 100"."""
# centra.dev/graphql/affiliate.html


def find_maximum(refusal: QueryRefused) -> int | None:
    """Finds the largest limit of a list in the shop's refusal of a larger one; None in another refusal."""
    named = RANGE.search(str(refusal))
    return int(named[1]) if named else None


class ListChanged(Exception):
    """A row has moved from one page to another."""


class Completer(Protocol):
    """Reads the rest of lists inside objects that came with the first rows only."""

    def complete(self, reader: ListReader, nodes: Page, offset: int) -> Page:
        """Returns the objects with whole lists.

        Args:
            reader: Has requested the objects.
            nodes: The objects.
            offset: How many objects come before them in a list without ids to filter by.
        """
        ...


@dataclass
class ListReader:
    """Requests one list, page by page.

    Attributes:
        client: Sends the requests.
        operation: The query that lists the objects.
        page_size: How many objects to request at a time. Default: the most that Centra allows.
        tally: What has been read so far, and what it cost.
        known_keys: The keys of everything read so far.
        completer: Completes the lists inside the objects. None if no list inside them is ever cut.
        quarantine: Records the objects that Centra breaks down over. None: such an object fails the read.
        patience: How often Centra may break down over a page before it is read in halves.
    """

    client: Client
    operation: Operation
    page_size: PageSize = field(default_factory=lambda: PageSize(settings.PAGE_SIZES[-1]))
    tally: Tally = field(default_factory=Tally)
    known_keys: set[Any] = field(default_factory=set, repr=False)
    completer: Completer | None = field(default=None, repr=False)
    quarantine: Quarantine | None = field(default=None, repr=False)
    patience: int = settings.BREAKDOWN_ATTEMPTS

    @cached_property
    def response_key(self) -> str:
        """The key of the list in an answer."""
        return find_root(self.operation).response_key

    @property
    def no_objects(self) -> Page:
        """A page without objects."""
        return make_empty_nodes(self.operation)

    def request(self, operation: Operation, **variables: Any) -> dict[str, Any]:
        """Sends any operation; the fields of the answer are Python objects."""
        return self._add_costs(lambda: self.client.execute(operation, variables))

    def request_page(
        self, operation: Operation, make_variables: Callable[[int], Variables]
    ) -> dict[str, Any]:
        """Sends the request for a page; the fields of the answer are Arrow scalars, or None.

        Args:
            operation: What to send.
            make_variables: Makes the variables for a number of rows, which is smaller after a server error.

        Raises:
            ServerBreakdown: Centra broke down each time, and there is a quarantine for what it fails over.
        """
        size = self.page_size
        patience = self.patience if self.quarantine else None
        return self._add_costs(
            lambda: self.client.execute_arrow(
                operation, lambda: make_variables(size.rows), get_shape(operation), size, patience
            )
        )

    def _add_costs(self, send: Callable[[], Answer | ArrowAnswer]) -> dict[str, Any]:
        started = monotonic()
        answer = send()
        self.tally.seconds += monotonic() - started
        self.tally.calls += 1
        self.tally.complexity += answer.complexity
        return answer.data

    def check_objects(self, nodes: Page | None) -> Page:
        """Returns the objects of a list.

        Raises:
            UnexpectedAnswer: The list is null, or one of the objects.
        """
        if nodes is None or nodes.null_count:
            raise UnexpectedAnswer(
                f"{self.operation.name}: Centra sent null in place of an object; run again."
            )
        return nodes

    def check_list(self, nodes: pa.ListScalar | None) -> Page:
        """Returns the objects of a list in an answer.

        Raises:
            UnexpectedAnswer: The list is null, or one of the objects.
        """
        return self.check_objects(None if nodes is None else nodes.values)

    def check_object(self, node: pa.StructScalar | None) -> Page:
        """Returns a single object in an answer, as a list of one.

        Raises:
            UnexpectedAnswer: The object is null.
        """
        return self.check_objects(None if node is None else pa.array([node.as_py()], node.type))

    def complete(self, nodes: Page, offset: int = 0) -> Page:
        """Returns objects with whole lists inside them.

        Args:
            nodes: The objects of one page.
            offset: How many objects come before them in the list.

        Raises:
            ListChanged: The objects have moved in the list.
            IncompleteRead: A list inside one of them changes whenever it is read.
        """
        return self.completer.complete(self, nodes, offset) if self.completer else nodes

    def keep_new(self, nodes: Page, *key: Path) -> Page:
        """Returns the objects that have not been read before, and counts them.

        Args:
            nodes: One page.
            key: The fields that identify an object.
        """
        keys = get_keys(nodes, key)
        places = {value: place for place, value in enumerate(keys)}
        if len(places) < len(keys):
            self._record_repeated_keys(keys)
        new = [value for value in places if value not in self.known_keys]
        self.known_keys.update(new)
        self.tally.loaded += len(new)
        if len(new) == len(nodes):
            return nodes
        return nodes.take(pa.array([places[value] for value in new], pa.int64()))

    def _record_repeated_keys(self, keys: list[Any]) -> None:
        """Records that several objects of one page have one key: this is not a page that has shifted."""
        name, counted = self.operation.name, Counter(keys)
        examples = [Example(f"{name}.id", key) for key, count in counted.items() if count > 1]
        self.client.misfits[name].record_type(
            name, "it has the id of another object", REPEATED, len(keys) - len(counted), examples
        )
