"""What the benchmarks compare is the same shop: every way loads it whole, and its pages are the sandbox's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from benchmarks.job import TOKEN, Job
from benchmarks.measure import Shop
from benchmarks.page_server import Prepared, ServedShop, page_server
from benchmarks.ways import WAYS, count_rows
from centra_sandbox import Sandbox
from centra_source.operations.complexity import calculate_complexity
from centra_source.operations.documents import load_operation

from ..support.selection import representative

TEMPLATES, SIZE = 20, 50
OWN_VALUES = {"id", "number", "createdAt", "updatedAt"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A page server with few different nodes."""
    with page_server("--products", str(TEMPLATES), "--orders", str(TEMPLATES)) as address:
        yield address


def asked(url: str, **variables: Any) -> Any:
    """The answer to the orders operation, without its version."""
    body = {"query": load_operation("orders").text, "variables": variables}
    answer = requests.post(url, json=body, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60).json()
    return answer["data"]["orderConnection"], answer["extensions"]["complexity"]


def paged(url: str, **variables: Any) -> tuple[list[dict[str, Any]], list[tuple[Any, ...]]]:
    """All nodes of a window, and the values of each page."""
    nodes: list[dict[str, Any]] = []
    pages = []
    after, has_next = None, True
    while has_next:
        found, complexity = asked(url, after=after, **variables)
        nodes += [edge["node"] for edge in found["edges"]]
        after, has_next = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]
        pages.append((len(found["edges"]), found["totalCount"], has_next, complexity))
    return nodes, pages


@pytest.mark.full
def test_page_server_pages_like_the_sandbox(address: str) -> None:
    """A shop as large as the sandbox's has equal pages and prices, and nodes but for ids and dates."""
    with Sandbox(products=TEMPLATES, orders=TEMPLATES) as sandbox:
        theirs, their_pages = paged(sandbox.url, first=7)
    ours, our_pages = paged(f"{address}/{TEMPLATES}/graphql", first=7)
    assert our_pages == their_pages
    for our, their in zip(ours, theirs, strict=True):
        assert list(our) == list(their)
        assert {name for name in our if our[name] != their[name]} <= OWN_VALUES


@pytest.mark.parametrize("first", [1, 7, 200])
def test_windows_of_the_page_server_hold_every_order_once(address: str, first: int) -> None:
    """Two windows that share no second bring all orders, by ascending number, as the whole does."""
    url = f"{address}/{SIZE}/graphql"
    whole, _ = paged(url, first=first)
    middle = whole[SIZE // 2]["updatedAt"]
    early, _ = paged(url, first=first, where={"updatedAt": {"to": middle}})
    late, _ = paged(url, first=first, where={"updatedAt": {"from": middle}})
    assert [node["number"] for node in whole] == list(range(1, SIZE + 1))
    assert early + late[1:] == whole
    assert late[0] == early[-1]


def test_changed_orders_move_to_a_window_of_their_own() -> None:
    """One in a hundred is dated after the given moment, and leaves the window in which it was."""
    shop = ServedShop(1_000)
    prepared = Prepared("orderConnection", {"number": False}, [b'{"node":{"number":%s}}'], (1, 1))
    since = int(shop.moments[-1])
    assert shop.change(since) == 10
    late = {"updatedAt": {"from": f"{shop.moments[0].astype('M8[s]')}Z"}}
    assert len(shop.places(late)) == 10
    assert b'"totalCount":10,' in shop.answer(prepared, {"where": late, "first": 3})
    assert len(shop.places({})) == 1_000


@pytest.mark.full
@pytest.mark.parametrize(
    "way",
    representative(
        ["this source", "plain, default", "plain, parquet", "no dlt", "parse only"], "this source"
    ),
)
def test_every_way_loads_the_whole_shop(address: str, way: str, tmp_path: Path) -> None:
    """As many orders and lines as the page server holds."""
    nodes, _ = paged(f"{address}/{SIZE}/graphql", first=200)
    job = Job(f"{address}/{SIZE}/graphql", ["orders"], tmp_path)
    WAYS[way](job)
    tables = {**count_rows(job), **job.loaded}
    assert tables["orders"] == SIZE
    lines = tables.get("order_lines", tables.get("orders__lines"))
    assert way == "parse only" or lines == sum(len(node["lines"]) for node in nodes)


@pytest.mark.full
def test_run_has_its_measurements(address: str) -> None:
    """Time, memory, rows, and the calls and points that the server counted."""
    shop = Shop(address, SIZE)
    shop.counts()
    run = shop.load("no dlt", "products")
    price = calculate_complexity(load_operation("products"), {"first": 100})
    assert (run.tables["products"], run.calls, run.points) == (SIZE, 1, price)
    assert min(run.seconds, run.cpu_seconds, run.process_cpu_seconds, run.peak_mb, *run.steps.values()) > 0
