"""Under any fault a load is exact, or it fails with a reason and changes nothing. The next load is exact."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import duckdb
import pytest

from centra_sandbox import (
    BrokenGzip,
    EmptyPage,
    Errors,
    Fault,
    ForbiddenNull,
    HtmlPage,
    HttpError,
    MissingEdge,
    OtherBody,
    OtherContentType,
    Redirect,
    RepeatedCursor,
    RepeatedPage,
    Request,
    Reset,
    ResetInBody,
    Sandbox,
    Shop,
    SlowDrip,
    TooManyRequests,
    TruncatedJson,
    Unauthorized,
    WrongTotal,
)
from centra_source import settings
from centra_source.exceptions import (
    CentraError,
    IncompleteRead,
    InvalidSetting,
    QueryRefused,
    ShopUnreachable,
    TokenRefused,
    UnexpectedAnswer,
    causes,
)

from ..support.selection import one_of_each, representative
from ..support.shop_rows import find_differences
from ..support.target import Target, catch_error

TABLES = {
    "products": ("products",),
    "orders": ("orders", "order_lines", "order_discounts", "order_payments", "order_attributes"),
    "returns": ("returns", "return_lines"),
    "brands": ("brands",),
    "stock": ("stock",),
}
PAGE_SIZE = 5
"""Makes three pages of the twelve products, and three of the twelve orders."""

FOR_EVER = 1_000_000


@dataclass(frozen=True)
class Place:
    """Where a fault occurs: in which resource, after how many answers to which operation."""

    name: str
    resource: str
    operation: str
    skip: int = 0


GREETING = Place("greeting", "brands", "rateLimits")
SCHEMA = Place("schema", "returns", "schema")
"""Requested by the first load."""
COUNT = Place("count", "products", "products")
FIRST_PAGE = Place("first page", "products", "products", skip=1)
MIDDLE_PAGE = Place("middle page", "products", "products", skip=2)
LAST_PAGE = Place("last page", "products", "products", skip=3)
ORDERS = Place("orders", "orders", "orders", skip=2)
PLAIN_LIST = Place("plain list", "brands", "brands")
STOCK = Place("stock", "stock", "stock", skip=2)

HTML_AS_JSON = OtherBody(b"<html><body>We'll be back soon</body></html>", "application/json")
NOTHING = OtherBody()
NULL = OtherBody(b"null")
ANOTHER_ANSWER = OtherBody(b'{"data": {"channels": []}}')
BARE_ERROR = OtherBody(b'{"errors": {"message": "Something broke"}}')

PASSING = [
    (HttpError(408), 1),
    (HttpError(499), 1),
    (HttpError(500), 1),
    (HttpError(502), 3),
    (HttpError(503), 5),
    (HttpError(504), 1),
    (TooManyRequests("none"), 2),
    (Reset(), 3),
    (ResetInBody(), 2),
    (TruncatedJson(), 3),
    (BrokenGzip(), 2),
    (HtmlPage(), 5),
    (HTML_AS_JSON, 1),
    (NOTHING, 3),
    (NULL, 1),
    (ANOTHER_ANSWER, 2),
    (OtherContentType("text/plain"), 1),
    (OtherContentType("text/html"), 2),
    (OtherContentType("application/octet-stream"), 1),
    (SlowDrip(0.1), 1),
]
"""Faults that another attempt fixes, or that a careful reader ignores, and how often each occurs in a row."""

PASSING_LATER = [(HttpError(403), 1), (HttpError(404), 2), (Redirect(307, "/graphql"), 1)]
"""Faults that pass once the shop has answered. In its place they show a wrong address or a wrong token."""

UNLIKE_A_FAULT = [(TruncatedJson(), 3), (HTML_AS_JSON, 1), (NULL, 1), (OtherContentType("text/html"), 2)]
"""Those that look like an answer. tests/api/test_client.py meets every kind with a single request."""

READ_AGAIN = [
    (MissingEdge(), FIRST_PAGE, 1),
    (MissingEdge(), MIDDLE_PAGE, 1),
    (MissingEdge(), LAST_PAGE, 1),
    (MissingEdge(), FIRST_PAGE, 5),
    (MissingEdge(), ORDERS, 2),
    (EmptyPage(with_cursor=True), FIRST_PAGE, 2),
    (WrongTotal(+1), FIRST_PAGE, 1),
    (WrongTotal(+1), LAST_PAGE, 1),
    (WrongTotal(+3), FIRST_PAGE, 3),
    (WrongTotal(-1), MIDDLE_PAGE, 1),
    (WrongTotal(-1), LAST_PAGE, 1),
    (WrongTotal(-3), FIRST_PAGE, 3),
    (WrongTotal(+5), COUNT, 1),
    (WrongTotal(-12), COUNT, 1),
]
"""Connections whose pages and total disagree. Three in a row from the first page on spoil a whole pass."""


def _null(*path: str | int) -> ForbiddenNull:
    return ForbiddenNull(path)


Lasting = tuple[Fault, Place, int, type[CentraError], str]
"""Faults that end a load: where and how often they occur, the error, and what its text must contain."""

ONE_OF_EACH: list[Lasting] = [
    (HttpError(502), ORDERS, FOR_EVER, ShopUnreachable, "try again later"),
    (TooManyRequests("seconds", 60), LAST_PAGE, 1, ShopUnreachable, "try again later"),
    (Reset(), GREETING, FOR_EVER, ShopUnreachable, "check base_url and the network"),
    (TruncatedJson(), STOCK, FOR_EVER, ShopUnreachable, "try again later"),
    (Redirect(302), GREETING, 1, InvalidSetting, "check base_url"),
    (Redirect(302), PLAIN_LIST, FOR_EVER, ShopUnreachable, "try again later"),
    (Unauthorized(401), ORDERS, 1, TokenRefused, "system > api tokens"),
    (Errors("Something broke"), LAST_PAGE, 1, QueryRefused, "something broke"),
    (Errors("Something broke", with_data=True), PLAIN_LIST, 1, QueryRefused, "something broke"),
    (MissingEdge(), MIDDLE_PAGE, FOR_EVER, IncompleteRead, "run again"),
    (WrongTotal(+1), FIRST_PAGE, FOR_EVER, IncompleteRead, "run again"),
    (WrongTotal(-1), FIRST_PAGE, FOR_EVER, IncompleteRead, "run again"),
    (RepeatedCursor(), LAST_PAGE, FOR_EVER, IncompleteRead, "run again"),
    (RepeatedPage(), STOCK, FOR_EVER, IncompleteRead, "run again"),
    (_null("productConnection", "edges", 1, "node"), MIDDLE_PAGE, 1, UnexpectedAnswer, "centra sent"),
]

LASTING: list[Lasting] = [
    *ONE_OF_EACH,
    (TooManyRequests("none"), STOCK, FOR_EVER, ShopUnreachable, "try again later"),
    (Reset(), PLAIN_LIST, FOR_EVER, ShopUnreachable, "try again later"),
    (ResetInBody(), LAST_PAGE, FOR_EVER, ShopUnreachable, "try again later"),
    (BrokenGzip(), FIRST_PAGE, FOR_EVER, ShopUnreachable, "try again later"),
    (HtmlPage(), PLAIN_LIST, FOR_EVER, ShopUnreachable, "try again later"),
    (NOTHING, MIDDLE_PAGE, FOR_EVER, ShopUnreachable, "try again later"),
    (NULL, PLAIN_LIST, FOR_EVER, ShopUnreachable, "try again later"),
    (ANOTHER_ANSWER, ORDERS, FOR_EVER, ShopUnreachable, "try again later"),
    (Redirect(301), GREETING, 1, InvalidSetting, "check base_url"),
    (HttpError(404), GREETING, 1, InvalidSetting, "check base_url"),
    (HttpError(404), STOCK, FOR_EVER, ShopUnreachable, "try again later"),
    (Redirect(307, "/graphql"), LAST_PAGE, FOR_EVER, ShopUnreachable, "try again later"),
    (Unauthorized(403), STOCK, 1, TokenRefused, "system > api tokens"),
    (Errors("Something broke", with_data=True), ORDERS, 1, QueryRefused, "something broke"),
    (BARE_ERROR, STOCK, 1, QueryRefused, "something broke"),
    (EmptyPage(), MIDDLE_PAGE, FOR_EVER, IncompleteRead, "run again"),
    (EmptyPage(with_cursor=True), LAST_PAGE, FOR_EVER, IncompleteRead, "run again"),
    (RepeatedPage(), FIRST_PAGE, FOR_EVER, IncompleteRead, "run again"),
    (_null("productConnection"), FIRST_PAGE, 1, UnexpectedAnswer, "centra sent"),
    (_null("productConnection", "edges"), MIDDLE_PAGE, 1, UnexpectedAnswer, "centra sent"),
    (_null("productConnection", "edges", 1), LAST_PAGE, 1, UnexpectedAnswer, "centra sent"),
    (_null("productConnection", "pageInfo"), FIRST_PAGE, 1, UnexpectedAnswer, "centra sent"),
    (_null("productConnection", "totalCount"), FIRST_PAGE, FOR_EVER, UnexpectedAnswer, "centra sent"),
    (_null("brands"), PLAIN_LIST, 1, UnexpectedAnswer, "centra sent"),
    (_null("brands", 0), PLAIN_LIST, 1, UnexpectedAnswer, "centra sent"),
    (_null("warehouses", 0, "stock"), STOCK, 1, UnexpectedAnswer, "centra sent"),
]

ONE_VALUE: list[tuple[Fault, Place, str]] = [
    (_null("orderConnection", "edges", 0, "node", "lines"), ORDERS, "Order.lines (null in place of a list)"),
    (_null("orderConnection", "edges", 0, "node", "status"), ORDERS, "Order.status (null)"),
    (_null("productConnection", "edges", 0, "node", "id"), LAST_PAGE, "Product.id (null)"),
    (_null("warehouses", 0, "stock", 0, "productSize"), STOCK, "(null)"),
]
"""Faults that cost a value, or the rows that lack a key, and what the note says."""

UNCERTAIN = [
    (EmptyPage(), FIRST_PAGE, 1),
    (EmptyPage(with_cursor=True), LAST_PAGE, 1),
    (RepeatedCursor(), MIDDLE_PAGE, 1),
    (RepeatedPage(), MIDDLE_PAGE, 2),
    (_null("productConnection", "pageInfo", "hasNextPage"), FIRST_PAGE, 1),
    (_null("productConnection", "pageInfo", "endCursor"), FIRST_PAGE, 1),
    (_null("productConnection", "totalCount"), MIDDLE_PAGE, 1),
]
"""Faults after which the load may read again or end."""


def _name(value: object) -> str | None:
    if isinstance(value, Place):
        return value.name
    if isinstance(value, type):
        return value.__name__
    return "for ever" if value == FOR_EVER else repr(value) if isinstance(value, Fault) else None


def _error(case: tuple[Fault, Place, int, type[CentraError], str]) -> object:
    """The error that a fault leads to."""
    return case[3]


def _kind(case: tuple[Any, ...]) -> object:
    """The kind of fault of a case; totals may be too large and too small."""
    fault = case[0]
    return (WrongTotal, fault.by > 0) if isinstance(fault, WrongTotal) else type(fault)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A small shop for every test to change."""
    with Sandbox(products=12, orders=12) as shop:
        yield shop


@pytest.fixture
def later_target(sandbox: Sandbox, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """A target that holds the shop as it was before every product, order, brand and stock row changed.

    One load serves all tests, which start from copies of it: shops of the same arguments are equal.
    """
    original = tmp_path_factory.getbasetemp() / "loaded"
    if not original.exists():
        original.mkdir()
        Target(original).load(sandbox, "products", "orders", "brands", "stock").close()
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    for order in sandbox.shop.orders:
        sandbox.shop.update(order, otherComment="changed")
    for product in sandbox.shop.products:
        sandbox.shop.update(product, name="changed")
    for brand in sandbox.shop.brands:
        sandbox.shop.touch_silently(brand, name=f"{brand['name']} changed")
    for stock in sandbox.shop.stock:
        sandbox.shop.touch_silently(stock, physicalQuantity=4711)
    return Target(tmp_path)


def load(target: Target, sandbox: Sandbox, *resources: str, **changed: Any) -> None:
    """Loads in small pages."""
    target.load(sandbox, *resources, page_size=PAGE_SIZE, events="off", **changed)


def assert_exact(target: Target, shop: Shop, *resources: str) -> None:
    """Every table of the resources equals the shop."""
    for table in (table for resource in resources for table in TABLES[resource]):
        assert find_differences(shop, table, target.rows(table)) == []


def everything(target: Target) -> tuple[dict[str, Any], Any, bool]:
    """All rows of all tables, dlt's own included; the bookmarks; whether a package waits to be loaded."""
    with duckdb.connect(str(target.folder / "test.duckdb")) as database:
        database.execute("set timezone = 'UTC'")  # dlt sets it for all connections
        named = "select table_schema || '.' || table_name from information_schema.tables"
        tables = [name for (name,) in database.sql(named).fetchall()]
        rows = {name: sorted(map(repr, database.sql(f"from {name}").fetchall())) for name in tables}
    return rows, deepcopy(target.pipeline.state.get("sources") or {}), target.pipeline.has_pending_data


def assert_fails_and_changes_nothing(
    target: Target, sandbox: Sandbox, kind: type[CentraError], text: str, *resources: str
) -> None:
    """The load ends with the error, in one line that says what to do, and changes nothing."""
    before = everything(target)
    message = str(catch_error(kind, lambda: load(target, sandbox, *resources, retry_limit=0.2)))
    assert text in message.lower()
    assert message.endswith(".")
    assert "\n" not in message
    assert everything(target) == before
    assert not target.pipeline.has_pending_data


def fails_clearly(job: Callable[[], None]) -> bool:
    """Whether a job fails; only a CentraError may make it fail."""
    try:
        job()
    except Exception as error:
        if not any(isinstance(cause, CentraError) for cause in causes(error)):
            raise
        return True
    return False


@pytest.mark.parametrize(
    ("fault", "times"),
    representative([*PASSING, *PASSING_LATER], *UNLIKE_A_FAULT, PASSING_LATER[1]),
    ids=_name,
)
def test_passing_fault_costs_no_row(sandbox: Sandbox, target: Target, fault: Fault, times: int) -> None:
    """A request whose answer is faulty is repeated until the answer is right, wherever the fault occurs."""
    is_passing_at_first = (fault, times) in PASSING
    greeting = (GREETING,) if is_passing_at_first else ()
    for place in (*greeting, COUNT, FIRST_PAGE, MIDDLE_PAGE, LAST_PAGE, PLAIN_LIST):
        sandbox.fail(fault, place.operation, times, place.skip)
    load(target, sandbox, "products", "brands")
    assert_exact(target, sandbox.shop, "products", "brands")


@pytest.mark.parametrize("place", representative([FIRST_PAGE, ORDERS, PLAIN_LIST, STOCK], ORDERS), ids=_name)
def test_passing_fault_in_a_later_load_costs_no_change(
    sandbox: Sandbox, later_target: Target, place: Place
) -> None:
    """A second run under faults loads everything that has changed."""
    for fault in (TruncatedJson(), Reset(), HttpError(503)):
        sandbox.fail(fault, place.operation, skip=place.skip)
    load(later_target, sandbox, place.resource)
    assert_exact(later_target, sandbox.shop, place.resource)


@pytest.mark.parametrize("form", representative(["epoch", "seconds", "http-date", "iso", "none"], "epoch"))
def test_storm_of_429_costs_no_row(sandbox: Sandbox, target: Target, form: str) -> None:
    """Five refusals in a row before every page, with Retry-After in each of its forms."""
    # A frozen clock on a whole second lets every form say "now": they know no fractions.
    sandbox.clock.set(sandbox.clock.now().replace(microsecond=0))
    for request in range(4):
        sandbox.fail(TooManyRequests(form, seconds=0), "products", times=5, skip=request)
    load(target, sandbox, "products")
    assert_exact(target, sandbox.shop, "products")
    assert [request.status for request in sandbox.requests].count(429) == 20


def test_fault_before_every_answer_costs_no_row(sandbox: Sandbox, target: Target) -> None:
    """Every request meets a fault, and no two in a row are the same."""
    faults = cycle([Reset(), HttpError(502), TruncatedJson(), HtmlPage(), ResetInBody(), NOTHING])
    for number, fault in enumerate(islice(faults, 20)):
        sandbox.fail(fault, skip=number)
    load(target, sandbox, "products", "brands", "stock")
    assert_exact(target, sandbox.shop, "products", "brands", "stock")


def test_silence_in_mid_answer_is_given_up_and_asked_again(
    sandbox: Sandbox, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The load waits for a server that stops sending until the timeout, and then requests smaller pages."""
    monkeypatch.setattr(settings, "READ_TIMEOUT", 0.3)
    sandbox.fail(SlowDrip(seconds=2.0, pieces=2), "products", skip=2)
    load(target, sandbox, "products")
    assert_exact(target, sandbox.shop, "products")
    asked = [request.variables["first"] for request in sandbox.requests if request.operation == "products"]
    assert asked[:4] == [1, 5, 5, 2]


@pytest.mark.full
@pytest.mark.parametrize(("fault", "place", "times"), one_of_each(READ_AGAIN, _kind), ids=_name)
def test_total_and_rows_that_disagree_for_once_cost_no_row(
    sandbox: Sandbox, target: Target, fault: Fault, place: Place, times: int
) -> None:
    """Whether the total is wrong or the pages are, the pass that is loaded has every row."""
    sandbox.fail(fault, place.operation, times, place.skip)
    load(target, sandbox, place.resource)
    assert_exact(target, sandbox.shop, place.resource)
    assert len(target.audit(place.resource)) == 1


@pytest.mark.usefixtures("_nothing_kept")
@pytest.mark.parametrize(("fault", "place", "times", "kind", "text"), one_of_each(LASTING, _error), ids=_name)
def test_lasting_fault_in_a_first_load_leaves_nothing(
    sandbox: Sandbox,
    target: Target,
    fault: Fault,
    place: Place,
    times: int,
    kind: type[CentraError],
    text: str,
) -> None:
    """It leaves no table, no bookmark, and nothing that disturbs the next run."""
    sandbox.fail(fault, place.operation, times, place.skip)
    assert_fails_and_changes_nothing(target, sandbox, kind, text, place.resource)
    assert target.tables() == []


@pytest.mark.parametrize(
    ("fault", "place", "times", "kind", "text"),
    representative(ONE_OF_EACH, ONE_OF_EACH[0], ONE_OF_EACH[8]),
    ids=_name,
)
def test_lasting_fault_in_a_later_load_changes_nothing(
    sandbox: Sandbox,
    later_target: Target,
    fault: Fault,
    place: Place,
    times: int,
    kind: type[CentraError],
    text: str,
) -> None:
    """Rows, audit and bookmark stay as they were, and the next load brings every change."""
    sandbox.fail(fault, place.operation, times, place.skip)
    assert_fails_and_changes_nothing(later_target, sandbox, kind, text, place.resource)
    sandbox.recover()
    load(later_target, sandbox, place.resource)
    assert_exact(later_target, sandbox.shop, place.resource)


@pytest.mark.parametrize(("fault", "place", "words"), representative(ONE_VALUE, ONE_VALUE[2]), ids=_name)
def test_null_against_the_schema_costs_one_value_and_is_named(
    sandbox: Sandbox, later_target: Target, fault: Fault, place: Place, words: str
) -> None:
    """A null in one object does not stop the others, and the next load reads the object again."""
    sandbox.fail(fault, place.operation, 1, place.skip)
    load(later_target, sandbox, place.resource)
    (line,) = later_target.audit(place.resource, "other values")
    assert line["status"] == "incomplete"
    assert words in line["note"]
    load(later_target, sandbox, place.resource)
    assert_exact(later_target, sandbox.shop, place.resource)
    assert {row["status"] for row in later_target.audit(place.resource)[-1:]} == {"complete"}


@pytest.mark.parametrize(("fault", "place", "times"), one_of_each(UNCERTAIN, _kind), ids=_name)
def test_fault_that_strikes_once_ends_exact_or_changes_nothing(
    sandbox: Sandbox, later_target: Target, fault: Fault, place: Place, times: int
) -> None:
    """A load brings all changes or none."""
    sandbox.fail(fault, place.operation, times, place.skip)
    before = everything(later_target)
    if fails_clearly(lambda: load(later_target, sandbox, place.resource)):
        assert everything(later_target) == before
        sandbox.recover()
        load(later_target, sandbox, place.resource)
    assert_exact(later_target, sandbox.shop, place.resource)


NOT_NEEDED = [
    (HttpError(503), GREETING),
    (HttpError(500), SCHEMA),
    (Errors("Something broke"), GREETING),
]
"""Faults for ever of a query about the shop, which a load can do without."""


@pytest.mark.usefixtures("_nothing_kept")
@pytest.mark.parametrize(("fault", "place"), representative(NOT_NEEDED, NOT_NEEDED[0]), ids=_name)
def test_limits_and_schema_are_not_needed(
    sandbox: Sandbox, target: Target, fault: Fault, place: Place
) -> None:
    """A shop that breaks down over the query for its limits, or for its schema, is loaded."""
    sandbox.fail(fault, place.operation, FOR_EVER, place.skip)
    load(target, sandbox, place.resource)
    assert_exact(target, sandbox.shop, place.resource)


@pytest.mark.usefixtures("_nothing_kept")
@pytest.mark.parametrize("place", representative([MIDDLE_PAGE, STOCK], MIDDLE_PAGE), ids=_name)
def test_load_after_a_failed_first_load_is_exact(sandbox: Sandbox, target: Target, place: Place) -> None:
    """A run that failed does not disturb later runs."""
    sandbox.fail(HttpError(503), place.operation, FOR_EVER, place.skip)
    assert_fails_and_changes_nothing(target, sandbox, ShopUnreachable, "try again later", place.resource)
    sandbox.recover()
    load(target, sandbox, place.resource)
    assert_exact(target, sandbox.shop, place.resource)


def test_token_that_expires_in_mid_run_changes_nothing(sandbox: Sandbox, later_target: Target) -> None:
    """The pages read before are not loaded alone; with a valid token the next run brings all changes."""

    answered: list[Request] = []

    def expire(request: Request, _: Shop) -> None:
        answered.append(request)
        if len(answered) == 3:
            sandbox.configure(token_expired=True)

    sandbox.before_request(expire)
    assert_fails_and_changes_nothing(later_target, sandbox, TokenRefused, "system > api tokens", "orders")
    assert [request.operation for request in answered] == ["rateLimits", "orders", "orders"]
    sandbox.configure(token_expired=False)
    load(later_target, sandbox, "orders")
    assert_exact(later_target, sandbox.shop, "orders")


def test_one_failing_resource_keeps_the_whole_run_out(sandbox: Sandbox, later_target: Target) -> None:
    """Resources of one run are loaded together or not at all, so that their tables fit each other."""
    resources = ("products", "brands", "stock")
    sandbox.fail(HttpError(502), "stock", FOR_EVER, skip=3)
    assert_fails_and_changes_nothing(later_target, sandbox, ShopUnreachable, "try again later", *resources)
    sandbox.recover()
    load(later_target, sandbox, *resources)
    assert_exact(later_target, sandbox.shop, *resources)


def test_page_of_a_plain_list_that_comes_twice_is_noticed(sandbox: Sandbox, target: Target) -> None:
    """Without a total, a page that brings nothing new is the only sign that another one is missing."""
    for number in range(250):
        sandbox.shop.add("Brand", name=f"Brand {number}")
    sandbox.fail(RepeatedPage(), "brands", times=FOR_EVER)
    assert_fails_and_changes_nothing(target, sandbox, IncompleteRead, "run again", "brands")
    sandbox.recover()
    load(target, sandbox, "brands")
    assert_exact(target, sandbox.shop, "brands")


def test_page_within_a_warehouse_that_comes_twice_is_noticed(target: Target) -> None:
    """The second page of a warehouse's stock is not a copy of the first."""
    with Sandbox(products=140, orders=5) as sandbox:
        sandbox.fail(RepeatedPage(), "stock", times=FOR_EVER)
        assert_fails_and_changes_nothing(target, sandbox, IncompleteRead, "run again", "stock")
        sandbox.recover()
        load(target, sandbox, "stock")
        assert_exact(target, sandbox.shop, "stock")
