"""How many objects a request asks for: by price and limits, fewer after trouble, then as many as before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from centra_sandbox import PLANS, Clock, Fault, HttpError, Request, Sandbox, SlowDrip, TooManyRequests
from centra_sandbox.faults import Exchange
from centra_sandbox.limits import Buckets
from centra_source import RESOURCES, settings
from centra_source.api.page_size import balance_page_size
from centra_source.api.throttle import Throttle
from centra_source.operations.complexity import calculate_complexity
from centra_source.operations.documents import load_operation
from centra_source.reading.lists import is_connection
from centra_source.reading.windows import BOUND_MARGIN

from ..support.history_edits import LENGTHENED
from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.target import Target

PRODUCTS = 70


@dataclass(frozen=True)
class Silence(Fault):
    """Not a byte of an answer until the client has given up."""

    async def strike(self, exchange: Exchange) -> None:
        """Wait for longer than anybody listens."""
        await asyncio.sleep(3.0)
        await exchange.send(503, {}, b"")


OVERLOADS = [
    HttpError(500),
    HttpError(499),
    HttpError(502),
    HttpError(504),
    HttpError(408),
    SlowDrip(6.0, 2),
    Silence(),
]
"""What says that a page was too much for the shop."""

NO_OVERLOADS = [TooManyRequests("none"), HttpError(425)]
"""What passes, and has nothing to do with the size of a page."""


@pytest.fixture(scope="module")
def products() -> Iterator[Sandbox]:
    """A shop for several tests. No test changes it."""
    with Sandbox(products=PRODUCTS, orders=5) as sandbox:
        yield sandbox


@pytest.fixture
def shop(products: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """That shop, with a loader of little patience in front of it."""
    monkeypatch.setattr(settings, "READ_TIMEOUT", 1.0)
    products.recover()
    products.requests.clear()
    return products


@pytest.fixture
def long_lists() -> Iterator[Sandbox]:
    """A shop whose plain lists and a warehouse's stock need several pages of 200."""
    with Sandbox(products=2, orders=2) as sandbox:
        for name, row in (("brands", "Brand"), ("stock", "Stock")):
            LENGTHENED[name](sandbox.shop)
            assert len(sandbox.shop.of(row)) > 200
        for number in range(900 - len(sandbox.shop.brands)):
            sandbox.shop.add("Brand", name=f"One more {number}")
        yield sandbox


def throttle_of(plan: str) -> Throttle:
    """A throttle that knows a plan."""
    throttle = Throttle()
    throttle.update(Buckets(plan, Clock()).state())
    return throttle


def sent(sandbox: Sandbox, resource: str, variable: str) -> list[Any]:
    """What the requests of a resource had for a variable, in order."""
    return [one.variables[variable] for one in sandbox.requests if one.operation == resource]


def answered(sandbox: Sandbox, resource: str) -> list[Request]:
    """The requests of a resource that brought something."""
    return [one for one in sandbox.requests if one.operation == resource and one.status == 200]


def moment(at: datetime) -> str:
    """A moment as filters have it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def assert_lines_up(pages: list[tuple[int, int]]) -> None:
    """Pages, by limit and number, follow each other without a gap and without reading a row twice.

    Apart from single rows, by which the cause of a failure is looked for.
    """
    begins = 0
    for limit, number in pages:
        if limit == 1 and number <= begins:
            continue
        assert limit * (number - 1) == begins
        begins += limit


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("plan", PLANS)
def test_page_costs_what_uses_up_points_and_requests_together(plan: str, resource: str) -> None:
    """Up to the factor more than that, and so close to it that one more object would cost more."""
    throttle, operation = throttle_of(plan), load_operation(resource)
    size = balance_page_size(operation, "first", throttle)
    assert size in settings.PAGE_SIZES
    assert throttle.page_cost is not None
    most = settings.PAGE_COST_FACTOR * throttle.page_cost
    none, this, next_one = (
        calculate_complexity(operation, {"first": first}) for first in (0, size, size + 1)
    )
    assert size == 1 or this - none <= most
    assert size == 200 or next_one - none > most


@pytest.mark.parametrize("plan", PLANS)
def test_cheap_objects_come_by_the_two_hundred(plan: str) -> None:
    """Sizes hold little; orders with all their lists hold so much that fewer make a page."""
    size = {name: balance_page_size(load_operation(name), "first", throttle_of(plan)) for name in RESOURCES}
    assert size["product_sizes"] == size["stores"] == 200
    assert 15 <= size["orders"] < 50


def test_pages_are_as_large_as_can_be_while_the_limits_are_unknown() -> None:
    """A Centra that does not report its limits is asked for 200 objects at a time."""
    assert balance_page_size(load_operation("orders"), "first", Throttle()) == 200


@pytest.mark.full
@pytest.mark.parametrize("plan", representative(PLANS, "growth"))
def test_load_asks_for_pages_of_that_size(target: Target, plan: str) -> None:
    """What the shop says of its limits when it is greeted decides over the first page already."""
    with Sandbox(products=2, orders=50, plan=plan) as sandbox:
        target.load(sandbox, "orders")
        size = balance_page_size(load_operation("orders"), "first", throttle_of(plan))
        full, rest = divmod(50, size)
        assert sent(sandbox, "orders", "first") == [1, *[size] * full, *([rest] if rest else [])]


@pytest.mark.parametrize("fault", representative(OVERLOADS, OVERLOADS[0]), ids=repr)
def test_page_is_halved_after_an_overload_and_grows_again(
    shop: Sandbox, target: Target, fault: Fault
) -> None:
    """Half as many objects when the request is sent again, a tenth more with every answer; all arrive."""
    shop.fail(fault, "products", skip=2)
    target.load(shop, "products", page_size=10, parallel_requests=1)
    assert sent(shop, "products", "first") == [1, 10, 10, 5, 6, 7, 8, 9, 10, 10, 5]
    assert find_differences(shop.shop, "products", target.rows("products")) == []


def test_page_is_halved_again_and_again_down_to_one_object(shop: Sandbox, target: Target) -> None:
    """Whatever the shop can answer at last is asked for, and from there on more."""
    shop.fail(HttpError(504), "products", times=6, skip=1)
    target.load(shop, "products", page_size=20, parallel_requests=1)
    one = [1, 1, 1, 1, 1]  # the object, its id twice, what a row cannot do without, and the object again
    pages = [20, 10, 5, 2, *one, 2, 4, 6, 8, 10, 12, 14, 13]
    assert sent(shop, "products", "first") == [1, *pages]
    assert find_differences(shop.shop, "products", target.rows("products")) == []


@pytest.mark.parametrize("fault", NO_OVERLOADS, ids=repr)
def test_refusal_makes_no_page_smaller(shop: Sandbox, target: Target, fault: Fault) -> None:
    """Who was too fast asks for the same page again."""
    shop.fail(fault, "products", times=3, skip=2)
    target.load(shop, "products", page_size=10, parallel_requests=1)
    assert sent(shop, "products", "first") == [1, *[10] * 10]
    assert find_differences(shop.shop, "products", target.rows("products")) == []


@pytest.mark.full
def test_last_page_asks_for_no_more_than_is_left(shop: Sandbox, target: Target) -> None:
    """Centra prices what is asked for: 70 objects cost 70, in pages of 25 or all at once."""
    target.load(shop, "products", page_size=25)
    assert sent(shop, "products", "first") == [1, 25, 25, 20]
    shop.requests.clear()
    target.load(shop, "products", page_size=200, full_refresh=True)
    assert sent(shop, "products", "first") == [1, 70]


def test_pages_of_every_window_ask_for_just_its_objects(target: Target) -> None:
    """Pages request four rows and the last one only the rest; a count before requests one row more."""
    with Sandbox(products=2, orders=60) as sandbox:
        target.load(sandbox, "orders", page_size=4, window_rows=9)
        lines = target.audit("orders")
        assert len(lines) > 60 / 9
        for line in lines:
            start = moment(line["window_from"] - BOUND_MARGIN)
            sizes = [
                one.variables["first"]
                for one in sandbox.requests
                if one.operation == "orders"
                and one.variables["where"]["updatedAt"]["from"] == start
                and one.variables["where"]["updatedAt"]["to"]
                in (moment(line["window_to"]), moment(line["window_to"] + BOUND_MARGIN))
            ]
            assert sum(sizes) in (line["expected"], line["expected"] + 1)
            assert max(sizes) <= 4


@pytest.mark.parametrize("overloads", representative([0, 1, 2, 7], 7))
def test_pages_of_a_plain_list_line_up_after_an_overload(
    long_lists: Sandbox, target: Target, overloads: int
) -> None:
    """Centra counts in whole pages: 200, 100, 50, 25, 5 or 1, whichever begins where the last one ended."""
    long_lists.fail(HttpError(504), "brands", times=overloads or 1, skip=1 if overloads else 1_000)
    target.load(long_lists, "brands")
    pages = [(one.variables["limit"], one.variables["page"]) for one in answered(long_lists, "brands")]
    assert_lines_up(pages)
    smallest = {0: 200, 1: 100, 2: 50, 7: 1}[overloads]
    assert pages[0] == (200, 1)
    assert pages[1][0] == smallest
    assert overloads == 0 or pages[-1][0] > smallest
    assert find_differences(long_lists.shop, "brands", target.rows("brands")) == []
    assert target.audit("brands")[0]["rereads"] == 0


@pytest.mark.parametrize("overloads", representative([0, 1, 2, 7], 7))
def test_pages_of_stock_line_up_after_an_overload(
    long_lists: Sandbox, target: Target, overloads: int
) -> None:
    """The same within a warehouse, and none of its rows is read twice."""
    long_lists.fail(HttpError(504), "stock", times=overloads or 1, skip=1 if overloads else 1_000)
    target.load(long_lists, "stock")
    numbers = range(1, len(long_lists.shop.warehouses) + 1)
    for number in numbers:
        mine = [one.variables for one in answered(long_lists, "stock") if one.variables["page"] == number]
        assert_lines_up([(one["innerLimit"], one["innerPage"]) for one in mine])
    first = [one.variables for one in answered(long_lists, "stock") if one.variables["page"] == 1]
    assert first[1]["innerLimit"] == {0: 200, 1: 100, 2: 50, 7: 1}[overloads]
    assert find_differences(long_lists.shop, "stock", target.rows("stock")) == []
    assert target.audit("stock")[0]["rereads"] == 0


@pytest.mark.full
@pytest.mark.parametrize("parallel_requests", representative([1, 4], 4))
def test_page_size_that_is_set_is_never_exceeded(target: Target, parallel_requests: int) -> None:
    """In no connection, neither before an overload nor after it, when it is reached again."""
    with Sandbox(products=40, orders=40) as sandbox:
        names = [name for name in RESOURCES if is_connection(load_operation(name))]
        for name in names:
            sandbox.fail(HttpError(504), name, skip=1)
        target.load(sandbox, *names, page_size=4, parallel_requests=parallel_requests)
        for name in names:
            has_full_page = any(line["loaded"] >= 4 for line in target.audit(name))
            assert max(sent(sandbox, name, "first")) in ((4,) if has_full_page else (1, 2, 3, 4))
            assert find_differences(sandbox.shop, name, target.rows(name)) == []
