"""Reads one resource in one run: requests its lists in parallel and turns what arrives into rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
from dlt.extract.items import DataItemWithMeta

from ..api.answers import make_empty_nodes
from ..api.client import Client
from ..api.page_size import PageSize
from ..operations.documents import Operation
from ..reading.list_reader import ListReader
from ..reading.nested_lists import NestedLists
from ..reading.quarantine import Quarantine
from ..reading.workers import Stream, Workers
from ..resources import Resource
from ..settings import BATCH_ROWS, PAGE_SIZES, PAGES_AHEAD
from ..shop.answerable import Answerable
from ..tables.merging import Items
from ..tables.nodes import Page, get_elements
from .progress import Progress
from .resource_tables import ResourceTables


@dataclass
class ResourceReader:
    """One resource in one run.

    Attributes:
        resource: Its entry in the registry.
        asked: What the shop is asked for.
        tables: Makes the rows.
        client: Sends the requests.
        workers: Threads for the requests.
        page_size: Of the resource's own list.
        nested: Completes the lists inside its objects.
        quarantine: The objects that Centra breaks down over.
    """

    resource: Resource
    asked: Answerable
    tables: ResourceTables
    client: Client
    workers: Workers
    page_size: PageSize
    nested: NestedLists
    quarantine: Quarantine

    @property
    def name(self) -> str:
        """Name of the resource."""
        return self.asked.plan.name

    @property
    def operation(self) -> Operation:
        """The query that lists the resource's objects."""
        return self.asked.sent

    @cached_property
    def progress(self) -> Progress:
        """Counts the objects that have been read."""
        return Progress(self.name)

    @property
    def no_objects(self) -> Page:
        """A page without objects."""
        return get_elements(make_empty_nodes(self.operation), self.asked.route)

    def make_list_reader(self, page_size: PageSize | None = None) -> ListReader:
        """Makes a reader of the resource's own list.

        Args:
            page_size: How many objects to request at a time. Default: the page size of the resource.
        """
        return ListReader(
            self.client,
            self.operation,
            page_size or self.page_size,
            completer=self.nested,
            quarantine=self.quarantine,
        )

    def make_whole_list_reader(self) -> ListReader:
        """Makes a reader of the resource's own list in the largest pages, for lists without a count."""
        return self.make_list_reader(PageSize(PAGE_SIZES[-1]))

    def load_pages(
        self,
        streams: Iterable[Stream[Page | DataItemWithMeta]],
        make_items: Callable[[Page], Items] | None = None,
    ) -> Items:
        """Reads pages in parallel and yields their rows, a batch of pages at a time.

        Args:
            streams: Yield pages, and lines of `load_audit` that are handed on as they are.
            make_items: Makes items of the objects in a batch. Default: the rows of all tables.
        """
        make_items = make_items or self.tables.make_items
        batch: list[Page] = []
        limit = self.tables.steps.limit
        for arrived in self.workers.read_parallel(streams, PAGES_AHEAD):
            if limit and limit.is_reached:
                break
            if arrived is None or isinstance(arrived, DataItemWithMeta):
                yield arrived
                continue
            self.progress.advance(len(arrived))
            if batch and batch[0].type != arrived.type:  # an object without what Centra breaks down over
                yield from make_items(pa.concat_arrays(batch))
                batch = []
            batch.append(arrived)
            if limit:
                limit.count(len(arrived))
            if limit or sum(map(len, batch)) >= BATCH_ROWS:
                yield from make_items(pa.concat_arrays(batch))
                batch = []
        if batch:
            yield from make_items(pa.concat_arrays(batch))
