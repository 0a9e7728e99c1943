"""Lists in numbered pages that change with every request: what is there all the time is read, once."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pyarrow as pa
import pytest
from graphql import parse

from centra_sandbox import Request, Sandbox, Shop
from centra_source.api.client import ArrowAnswer, Client
from centra_source.api.page_size import PageSize
from centra_source.exceptions import UnstableList
from centra_source.operations.documents import Operation, load_operation, load_schema
from centra_source.operations.page_order import has_fixed_order
from centra_source.operations.row_before import ROW_BEFORE
from centra_source.reading.inner_lists import read_inner_lists
from centra_source.reading.list_reader import ListReader
from centra_source.reading.page_lists import read_page_list
from centra_source.tables.nodes import Page

from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.target import Target

UNSORTED = "query pricelists($limit: Int!, $page: Int!) { pricelists(limit: $limit, page: $page) { id } }"
SORTED = UNSORTED.replace("(limit: $limit", "(sort: [id_ASC], limit: $limit")
INNER = (
    "query stock($page: Int!, $innerLimit: Int!, $innerPage: Int!) { warehouses(sort: [id_ASC], limit: 1, "
    "page: $page) { id stock(sort: [productSizeId_ASC], limit: $innerLimit, page: $innerPage) "
    "{ physicalQuantity productSize { id } } } }"
)

Change = Callable[[], None]


@dataclass
class ChangingShop:
    """Answers pages of a list, and changes before each answer; in place of a client.

    Attributes:
        change: Changes the shop.
        rows: The ids in the list, or the ids of owners and of the rows inside them.
        requests: How many it has answered.
    """

    change: Change = lambda: None
    rows: list[int] = field(default_factory=list)
    owners: list[tuple[int, list[int]]] = field(default_factory=list)
    requests: int = 0

    def execute_arrow(
        self,
        operation: Operation,
        variables: Callable[[], dict[str, Any]],
        shape: Any,
        size: PageSize,
        patience: int | None,
    ) -> ArrowAnswer:
        """Returns a page, and the row before it."""
        self.change()
        self.requests += 1
        given = variables()
        if "innerPage" in given:
            kind = pa.list_(pa.struct({"productSize": pa.struct({"id": pa.int64()})}))
            owner = pa.list_(pa.struct({"id": pa.int64(), "stock": kind, ROW_BEFORE: kind}))
            at, before = given["page"] - 1, given["pageRowBefore"] - 1
            found = [self._make_owner(one, given) for one in self.owners[at : at + 1]]
            earlier = [
                {"id": one, "stock": [], ROW_BEFORE: []} for one, _ in self.owners[before : before + 1]
            ]
            return ArrowAnswer(
                {"warehouses": pa.array([found], owner)[0], ROW_BEFORE: pa.array([earlier], owner)[0]}, 1
            )
        kind = pa.list_(pa.struct({"id": pa.int64()}))
        page, one = ([{"id": row} for row in rows] for rows in cut_page(self.rows, given, "limit", "page"))
        return ArrowAnswer({"pricelists": pa.array([page], kind)[0], ROW_BEFORE: pa.array([one], kind)[0]}, 1)

    def _make_owner(self, owner: tuple[int, list[int]], given: dict[str, Any]) -> dict[str, Any]:
        number, rows = owner
        nodes, before = (
            [{"productSize": {"id": row}} for row in part]
            for part in cut_page(rows, given, "innerLimit", "innerPage")
        )
        return {"id": number, "stock": nodes, ROW_BEFORE: before}


def cut_page(
    rows: list[int], given: dict[str, Any], limit_name: str, page_name: str
) -> tuple[list[int], list[int]]:
    """Returns a page of some rows, and the row before it."""
    limit, page, before = given[limit_name], given[page_name], given[f"{page_name}RowBefore"]
    assert 1 <= limit <= 200
    return rows[(page - 1) * limit : page * limit], rows[before - 1 : before]


def make_reader(shop: ChangingShop, text: str, page_size: int) -> ListReader:
    """Makes a reader of a changing shop."""
    operation = Operation.of(parse(text), load_schema())
    return ListReader(cast(Client, shop), operation, PageSize(page_size))


def change_rows(draw: random.Random, rows: list[int], most: int, *, can_move: bool, is_sorted: bool) -> None:
    """Adds, removes and moves up to a number of rows. New ids are greater than all ids before."""
    for _ in range(draw.randint(0, most)):
        action = draw.choice(["add", "remove", "move" if can_move else "add", "remove"])
        place = draw.randrange(len(rows)) if rows else 0
        if action == "add":
            fresh = draw.randrange(10**9)  # sorts anywhere among the others
            if fresh not in rows:
                rows.insert(place, fresh)
        elif rows and action == "remove":
            del rows[place]
        elif rows:
            rows.insert(draw.randrange(len(rows)), rows.pop(place))
    if is_sorted:
        rows.sort()


class History:
    """A list that changes randomly with every request.

    Attributes:
        always: The rows that were there all the time.
        ever: The rows that were there at some time since the start.
    """

    def __init__(self, seed: int, *, is_sorted: bool) -> None:
        self.draw = random.Random(seed)
        self.page_size = self.draw.choice([1, 2, 3, 5, 8, 20, 73, 200])
        rows = self.draw.sample(
            range(10**9), self.draw.choice([0, 1, 7 * self.page_size, 12 * self.page_size])
        )
        self.rows = sorted(rows) if is_sorted else rows
        self.most = max(1, int(self.page_size * self.draw.random() / 2))
        self.is_sorted = is_sorted
        self.always, self.ever = set(rows), set(rows)

    def change(self) -> None:
        """Changes the list, perhaps."""
        if self.draw.random() < 0.2:
            return
        change_rows(self.draw, self.rows, self.most, can_move=not self.is_sorted, is_sorted=self.is_sorted)
        self.always &= set(self.rows)
        self.ever |= set(self.rows)


def read_history(history: History, text: str) -> tuple[list[int], bool]:
    """Reads the changing list. Returns the ids, and whether they are said to be complete."""
    shop = ChangingShop(history.change, history.rows)
    read: list[int] = []
    try:
        for page in read_page_list(make_reader(shop, text, history.page_size)):
            read += page.field("id").to_pylist()
    except UnstableList:
        return read, False
    return read, True


@pytest.mark.parametrize("seeds", representative([range(150), range(150, 1500)], range(150)), ids=str)
def test_sorted_list_that_changes_with_every_request_is_complete(seeds: range) -> None:
    """Whatever is added or removed between two requests: what was there all the time is read, and once."""
    for seed in seeds:
        history = History(seed, is_sorted=True)
        read, is_complete = read_history(history, SORTED)
        assert is_complete, seed
        assert len(read) == len(set(read)), seed
        assert history.always <= set(read) <= history.ever, seed


@pytest.mark.parametrize("seeds", representative([range(150), range(150, 1500)], range(150)), ids=str)
def test_list_whose_rows_move_is_complete_or_said_to_be_unstable(seeds: range) -> None:
    """A row can move from the pages ahead to those behind: another pass finds it, or nothing is proven.

    Only if a row behind is removed between the same two requests, the list looks as if nothing had happened.
    """
    proven = missed = 0
    for seed in seeds:
        history = History(seed, is_sorted=False)
        read, is_complete = read_history(history, UNSORTED)
        assert len(read) == len(set(read)), seed
        assert set(read) <= history.ever, seed
        missed += is_complete and not history.always <= set(read)
        proven += is_complete
    assert proven > len(seeds) / 2
    assert missed <= len(seeds) // 1_000


class OwnerHistory:
    """Objects with a list inside, of which everything changes randomly with every request.

    Attributes:
        always: The rows that were there all the time, each with its owner.
        ever: The rows that were there at some time since the start.
    """

    def __init__(self, seed: int) -> None:
        self.draw = draw = random.Random(seed)
        self.page_size = draw.choice([3, 7, 200])
        numbers = sorted(draw.sample(range(1000), draw.choice([0, 1, 4])))
        self.owners = [
            (number, sorted(draw.sample(range(10**6), draw.choice([0, 3, 50])))) for number in numbers
        ]
        self.always, self.ever = self._list_rows(), self._list_rows()

    def change(self) -> None:
        """Changes the objects and their lists."""
        for _, rows in self.owners:
            change_rows(self.draw, rows, self.page_size // 3, can_move=False, is_sorted=True)
        fresh = self.draw.randrange(1000)
        if self.draw.random() < 0.1 and fresh not in dict(self.owners):
            self.owners.append((fresh, [1, 2, 3]))
            self.owners.sort()
        if self.owners and self.draw.random() < 0.1:
            self.owners.remove(self.draw.choice(self.owners))
        self.always &= self._list_rows()
        self.ever |= self._list_rows()

    def _list_rows(self) -> set[tuple[int, int]]:
        return {(number, row) for number, rows in self.owners for row in rows}


@pytest.mark.parametrize("seeds", representative([range(60), range(60, 600)], range(60)), ids=str)
def test_lists_inside_objects_that_change_with_every_request_are_complete(seeds: range) -> None:
    """Rows come and go in every object, and objects too: what was there all the time is read."""
    for seed in seeds:
        history = OwnerHistory(seed)
        shop = ChangingShop(history.change, owners=history.owners)
        read: list[tuple[int, int]] = []
        for owner in read_inner_lists(
            make_reader(shop, INNER, history.page_size), ("stock",), ("productSize", "id")
        ):
            (found,) = owner.to_pylist()
            read += [(found["id"], row["productSize"]["id"]) for row in found["stock"]]
        assert len(read) == len(set(read)), seed
        assert history.always <= set(read) <= history.ever, seed


@pytest.mark.parametrize("name", ["stock", "campaign_variants"])
def test_lists_inside_objects_are_sorted_by_their_key(name: str) -> None:
    """Otherwise a list that always changes could not be proven complete."""
    keys = {"stock": ("productSize", "id"), "campaign_variants": ("id",)}
    assert has_fixed_order(load_operation(name), "innerPage", keys[name])
    assert has_fixed_order(load_operation(name), "page", ("id",))


def make_price(shop: Shop, value: int) -> dict[str, Any]:
    """Makes a row without an id."""
    price = shop.lowest_prices[0]
    return {
        **price,
        "price": {**price["price"], "value": float(value)},
        "markets": [shop.markets[value % 3]],
    }


@pytest.mark.parametrize("batch_rows", representative([10_000, 10], 10))
def test_lists_that_change_with_every_request_are_loaded(
    target: Target, monkeypatch: pytest.MonkeyPatch, batch_rows: int
) -> None:
    """No stored row is deleted while it is not proven that the shop has deleted it. A quiet run is exact."""
    monkeypatch.setattr("centra_source.loading.resource_reader.PAGE_SIZES", range(1, 26))
    monkeypatch.setattr("centra_source.loading.resource_reader.BATCH_ROWS", batch_rows)
    monkeypatch.setattr("centra_source.loading.whole_list_loader.BATCH_ROWS", batch_rows)
    names = ("brands", "lowest_prices", "stock")
    tables = (*names, "lowest_price_markets")
    with Sandbox(products=12, orders=5) as sandbox:
        shop, draw = sandbox.shop, random.Random(1)
        for number in range(90):
            shop.add("Brand", name=f"Brand {number}")
        prices = shop.lowest_prices
        prices[:] = [make_price(shop, number) for number in range(90)]
        target.load(sandbox, *names, parallel_requests=1)
        before = target.rows_by_table(*tables)
        is_quiet: list[bool] = []
        always = {name: list(getattr(shop, name)) for name in names}

        def change(request: Request, shop: Shop) -> None:
            if is_quiet or request.operation not in names:
                return
            shop.remove(draw.choice(shop.brands), draw.choice(shop.stock))
            shop.add("Brand", name="New")
            prices.insert(0, make_price(shop, draw.randrange(1000, 10**6)))
            prices.pop()
            shop.version += 1
            for name, rows in always.items():
                present = {id(row) for row in getattr(shop, name)}
                rows[:] = [row for row in rows if id(row) in present]

        sandbox.before_request(change)
        target.load(sandbox, *names, parallel_requests=1)
        during = target.rows_by_table(*tables)
        is_quiet.append(True)
        statuses = {name: target.audit(name)[1]["status"] for name in names}
        assert statuses == {"brands": "incomplete", "lowest_prices": "incomplete", "stock": "complete"}
        assert "the list changes while it is read" in target.audit("brands")[1]["note"]
        for name in ("brands", "lowest_prices"):
            assert len(during[name]) >= len(before[name])
        ids = {row["id"] for row in during["brands"]}
        assert ids >= {row["id"] for row in before["brands"]}
        assert {row["product_size_id"] for row in during["stock"]} >= {
            row["productSize"]["id"] for row in always["stock"]
        }
        assert len(during["stock"]) < len(before["stock"])

        target.load(sandbox, *names, parallel_requests=1)
        for table in tables:
            assert find_differences(shop, table, target.rows(table)) == []


@pytest.mark.full
def test_list_inside_one_object_that_always_changes_costs_no_other(target: Target) -> None:
    """All else is loaded, the object is named, its stored rows stay, and a quiet run is exact."""
    with Sandbox(products=6, orders=12) as sandbox:
        shop = sandbox.shop
        order = shop.orders[3]
        entry = order["history"][0]
        order["history"] = [{**entry, "id": 900_000 - number} for number in range(45)]
        shop.update(order)
        target.load(sandbox, "order_history")
        assert len([row for row in target.rows("order_history") if row["order_id"] == order["id"]]) == 45
        is_quiet: list[bool] = []

        def prepend(request: Request, shop: Shop) -> None:
            if "nestedPage" in request.variables and not is_quiet:
                newest = order["history"][0]
                order["history"] = [{**newest, "id": newest["id"] + 1}, *order["history"]]

        sandbox.before_request(prepend)
        for one in shop.orders:
            shop.update(one)
        other = next(one for one in shop.orders if one is not order)
        other["history"] = [*other["history"], {**entry, "id": 800_000}]
        target.load(sandbox, "order_history")
        rows = target.rows("order_history")
        assert 800_000 in [row["id"] for row in rows]
        assert len([row for row in rows if row["order_id"] == order["id"]]) >= 45
        (unreadable,) = target.rows("unreadable_objects")
        assert unreadable["object_id"] == str(order["id"])
        assert "a list inside the objects changes while it is read" in unreadable["error"]
        assert "incomplete" in [row["status"] for row in target.rows("load_audit")]

        is_quiet.append(True)
        target.load(sandbox, "order_history")
        assert find_differences(shop, "order_history", target.rows("order_history")) == []
        (unreadable,) = target.rows("unreadable_objects")
        assert unreadable["resolved_at"] is not None


def test_snapshots_of_a_day_keep_what_was_not_read(
    target: Target, small_shop: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second load on the same day that cannot prove the list whole takes nothing away from the first."""
    target.load(small_shop, "stock")
    before = target.rows_by_table("stock", "stock_snapshots")

    def read_a_part(*arguments: Any) -> Iterator[Page]:
        yield next(read_inner_lists(*arguments))
        raise UnstableList("stock: the list changes while it is read.")

    monkeypatch.setattr("centra_source.loading.whole_list_loader.read_inner_lists", read_a_part)
    target.load(small_shop, "stock")
    assert 0 < target.audit("stock")[1]["loaded"] < len(before["stock"])
    assert target.rows_by_table("stock", "stock_snapshots") == before
