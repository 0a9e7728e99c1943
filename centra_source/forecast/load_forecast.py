"""Estimates what a first load takes, by a few cheap requests for each resource."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any

from ..api.page_size import balance_page_size
from ..api.throttle import Throttle
from ..exceptions import QueryRefused
from ..loading.events import EventQueue
from ..operations.complexity import calculate_complexity
from ..operations.documents import Operation
from ..reading.connections import count_objects
from ..reading.inner_lists import make_inner_page_operation
from ..reading.list_reader import ListReader
from ..reading.lists import is_connection
from ..reading.page_lists import make_page_operation
from ..reading.windows import Window, calculate_window_rows
from ..reading.workers import Workers
from ..resources import RESOURCES, Resource
from ..shop.answerable import Answerable
from ..shop.connect import Shop, connect
from ..shop.source_settings import SourceSettings
from ..source import configured_settings
from ..tables.nodes import Page
from ..tables.table import Table
from .list_lengths import LARGEST_PAGE, ListLength, choose_samples, find_last
from .result import Expectation, Forecast

COUNTED_SHARE = 0.5
"""A window is counted if it may contain more than this share of a resource: that finds where the resource
begins. Smaller windows count as evenly filled."""


def forecast_load(resources: Collection[str], **settings: Any) -> Forecast:
    """Estimates what `centra_source` would need to load some resources for the first time; changes nothing.

    A few requests for single objects find out how many there are. The costs are exact for a resource that is
    read in one window and for plain lists, whose pages are counted but not their rows. Estimated are:

    * windows with less than half of the objects of a resource, as if their objects were evenly spread,
    * lists inside objects (stock), by three of the objects if there are more,
    * the rows of lists without a count, to within 25,
    * the event queue, as if it can be used and is empty.

    The requests for the shop's limits and its schema, once per load, are not included. They are not in
    `load_audit` either.

    Args:
        resources: Names of resources.
        settings: Any of the arguments of `centra_source`. dlt fills in the others.

    Raises:
        CentraError: An error that the load would fail with, too: a setting, the token, the network.
    """
    chosen = configured_settings(**settings)
    shop = connect(chosen)
    throttle = shop.client.throttle
    queue = EventQueue(chosen.events, shop.capabilities.has_events)
    forecaster = _Forecaster(shop, chosen, queue)
    workers = Workers(chosen.parallel_requests)
    shop.client.server_now()  # the first request brings the shop's limits
    with workers:
        running = {
            name: workers.submit(partial(forecaster.estimate, name, resource))
            for name, resource in RESOURCES.items()
            if name in resources
        }
        costs = {name: future.result() for name, future in running.items()}
    return Forecast(
        {name: cost.make_expectation(throttle) for name, cost in costs.items()},
        throttle.estimate_seconds(
            sum(cost.calls for cost in costs.values()), sum(cost.points for cost in costs.values())
        ),
        throttle.quotas,
        chosen.quota_share,
    )


class _Costs:
    """Adds up the costs of requests that are not sent."""

    def __init__(self, objects: int | None, *, is_counted: bool, is_exact: bool) -> None:
        self.calls = self.points = 0
        self._objects, self._is_counted, self._is_exact = objects, is_counted, is_exact

    def add(self, operation: Operation, variables: Mapping[str, Any], times: int = 1) -> None:
        self.calls += times
        self.points += times * calculate_complexity(operation, variables)

    def make_expectation(self, throttle: Throttle) -> Expectation:
        seconds = throttle.estimate_seconds(self.calls, self.points)
        return Expectation(self._objects, self.calls, self.points, seconds, self._is_counted, self._is_exact)


@dataclass(frozen=True)
class _Forecaster:
    shop: Shop
    settings: SourceSettings
    queue: EventQueue

    def estimate(self, name: str, resource: Resource) -> _Costs:
        while True:
            asked = self.shop.capabilities.fit_resource(name)
            if asked.operation is None:
                return _Costs(0, is_counted=True, is_exact=True)
            try:
                return self._estimate(asked, asked.operation, resource)
            except QueryRefused as refusal:
                if not self.shop.capabilities.record_refusal(refusal, asked):
                    raise

    def _estimate(self, asked: Answerable, operation: Operation, resource: Resource) -> _Costs:
        reader = ListReader(self.shop.client, operation)
        main = asked.tables[0]
        if is_connection(operation):
            cost = self._estimate_windows(reader, asked.cursor)
        elif not operation.variables:
            cost = _Costs(None, is_counted=False, is_exact=True)
            cost.add(operation, {})
        elif "innerPage" in operation.variables:
            cost = _estimate_inner_lists(reader, main)
        else:
            cost = _estimate_list(reader)
        for request in self.queue.list_first_requests(resource):
            cost.add(*request)
        return cost

    def _estimate_windows(self, reader: ListReader, cursor: str | None) -> _Costs:
        operation = reader.operation
        if cursor not in ("updatedAt", "createdAt"):
            return self._estimate_connection(reader)
        whole = Window(cursor, self.settings.start, max(self.shop.client.server_now(), self.settings.start))
        held = count_objects(reader, whole.make_filter())
        page = self._page_size(operation)
        rows = calculate_window_rows(held, self.settings.window_rows, page)
        cutter = _Cutter(
            rows, int(COUNTED_SHARE * held), lambda window: count_objects(reader, window.make_filter())
        )
        cost = _Costs(held, is_counted=True, is_exact=held <= rows)
        for size in cutter.sizes(whole, held):
            cost.add(operation, {"first": page}, size // page)
            if size % page:
                cost.add(operation, {"first": size % page})
        cost.add(operation, {"first": 1}, 1 + cutter.counts)
        return cost

    def _estimate_connection(self, reader: ListReader) -> _Costs:
        """Returns the costs of a connection that is read as a whole."""
        operation, page = reader.operation, self._page_size(reader.operation)
        held = count_objects(reader, {})
        cost = _Costs(held, is_counted=True, is_exact=True)
        cost.add(operation, {"first": page}, max(1, ceil(held / page)))
        return cost

    def _page_size(self, operation: Operation) -> int:
        return self.settings.page_size or balance_page_size(operation, "first", self.shop.client.throttle)


@dataclass
class _Cutter:
    """Halves windows as a load does, but requests the number of objects of large windows only.

    Attributes:
        rows: The most objects of a window that is not split.
        evenly: Windows with at most this many objects count as evenly filled.
        count: Requests the number of objects of a window.
        counts: The number of such requests that a load would send.
    """

    rows: int
    evenly: int
    count: Callable[[Window], int]
    counts: int = 0

    def sizes(self, window: Window, held: int) -> Iterator[int]:
        """Yields the number of objects of each part that is not split further."""
        halves = window.split() if held > self.rows else None
        if halves is None:
            yield held
            return
        earlier, later = halves
        found = self.count(earlier) if held > self.evenly else held // 2
        # A load requests the count of the later half only if nothing seems to be left for it.
        self.counts += 1 if found < held else 2
        yield from self.sizes(earlier, found)
        yield from self.sizes(later, max(0, held - found))


def _estimate_list(reader: ListReader) -> _Costs:
    def has_row(number: int) -> bool:
        data = reader.request_page(reader.operation, lambda rows: {"limit": 1, "page": number})
        return len(reader.check_list(data[reader.response_key])) > 0

    length = ListLength.probe(has_row)
    cost = _Costs(length.rows if length.steps else None, is_counted=False, is_exact=True)
    cost.add(make_page_operation(reader.operation), {"limit": LARGEST_PAGE}, length.pages)
    return cost


def _estimate_inner_lists(reader: ListReader, table: Table) -> _Costs:
    ((list_key,),) = table.lists

    def owner_at(number: int, inner_row: int = 1) -> Page:
        place = {"page": number, "innerLimit": 1, "innerPage": inner_row}
        data = reader.request_page(reader.operation, lambda rows: place)
        return reader.check_list(data[reader.response_key])

    def has_row(owner: int, number: int) -> bool:
        found = owner_at(owner, number)
        return len(found) > 0 and len(reader.check_list(found.field(list_key)[0])) > 0

    owners = find_last(lambda number: len(owner_at(number)) > 0)
    lengths = [ListLength.probe(partial(has_row, owner)) for owner in choose_samples(owners)]
    share = owners / len(lengths) if lengths else 0.0
    cost = _Costs(
        round(share * sum(length.rows for length in lengths)),
        is_counted=not owners,
        is_exact=owners == len(lengths),
    )
    # The last page has no objects.
    calls = round(share * sum(length.pages for length in lengths)) + 1
    cost.add(make_inner_page_operation(reader.operation, table.key_path), {"innerLimit": LARGEST_PAGE}, calls)
    return cost
