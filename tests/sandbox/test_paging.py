"""Page lists and relay connections."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from centra_sandbox import Request, Sandbox, Shop

Ask = Callable[..., dict[str, Any]]

ORDERS = """
query orders($after: String, $sort: [OrderSort!]) {
  orderConnection(first: 25, after: $after, sort: $sort) {
    totalCount
    edges { cursor node { number } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


def read_all(ask: Ask, sandbox: Sandbox, sort: list[str] | None = None) -> tuple[list[int], list[int]]:
    """The numbers of all orders, and the totals that the pages gave."""
    numbers, totals, after = [], [], None
    while True:
        page = ask(sandbox, ORDERS, after=after, sort=sort)["data"]["orderConnection"]
        numbers += [edge["node"]["number"] for edge in page["edges"]]
        totals.append(page["totalCount"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return numbers, totals


def test_list_without_limit_has_twenty_rows(reader: Sandbox, ask: Ask) -> None:
    """The default page is the first twenty rows."""
    assert len(ask(reader, "{ orders { id } }")["data"]["orders"]) == 20


@pytest.mark.parametrize("limit", [0, 201])
def test_limit_outside_its_range_is_an_error(reader: Sandbox, ask: Ask, limit: int) -> None:
    """Centra's reference says: limit must be in range 1 - 200."""
    answer = ask(reader, "query q($limit: Int) { orders(limit: $limit) { id } }", limit=limit)
    assert "range 1 - 200" in answer["errors"][0]["message"]
    assert "data" not in answer


def test_page_past_the_end_is_empty(reader: Sandbox, ask: Ask) -> None:
    """Clients stop at a page shorter than the limit, so a page beyond the end is not an error."""
    assert ask(reader, "{ orders(limit: 200, page: 2) { id } }")["data"] == {"orders": []}


def test_nested_list_with_optional_limit_is_whole_without_one(reader: Sandbox, ask: Ask) -> None:
    """Product.displays returns everything unless a limit is given."""
    query = "query q($limit: Int) { products(limit: 200) { id displays(limit: $limit) { id } } }"
    whole = ask(reader, query)["data"]["products"]
    first = ask(reader, query, limit=1)["data"]["products"]
    assert max(len(product["displays"]) for product in whole) > 1
    assert max(len(product["displays"]) for product in first) == 1


def test_cursor_of_orders_is_their_number(ask: Ask) -> None:
    """Centra's documentation shows bnVtYmVyOjE2Ng== for order 166."""
    with Sandbox(products=1, orders=0) as sandbox:
        sandbox.shop.add_order(number=166)
        answer = ask(sandbox, ORDERS)
    assert answer["data"]["orderConnection"]["edges"][0]["cursor"] == "bnVtYmVyOjE2Ng=="


@pytest.mark.parametrize("sort", [None, ["updatedAt_ASC"], ["updatedAt_DESC"], ["orderDate_DESC"]])
def test_connection_visits_every_order_once(reader: Sandbox, ask: Ask, sort: list[str] | None) -> None:
    """Total, pages and shop agree in any order, also where many rows share a moment."""
    numbers, totals = read_all(ask, reader, sort)
    assert sorted(numbers) == [order["number"] for order in reader.shop.orders]
    assert set(totals) == {len(numbers)}


def test_connection_can_be_read_backwards(reader: Sandbox, ask: Ask) -> None:
    """`last` and `before` give the end of the list first, in the list's own order."""
    query = """query q($before: String) { orderConnection(last: 50, before: $before) {
      edges { node { number } } pageInfo { hasPreviousPage startCursor } } }"""
    numbers: list[int] = []
    before = None
    while True:
        page = ask(reader, query, before=before)["data"]["orderConnection"]
        numbers = [edge["node"]["number"] for edge in page["edges"]] + numbers
        before = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
    assert numbers == [order["number"] for order in reader.shop.orders]


def test_cursor_keeps_its_place_when_rows_vanish(ask: Ask) -> None:
    """A cursor is a position by the row's own values: nothing is skipped when earlier rows are deleted."""
    with Sandbox(products=10, orders=80) as sandbox:
        last = sandbox.shop.orders[-1]["number"]

        def delete_first_and_last_seen(request: Request, shop: Shop) -> None:
            if request.variables.get("after"):
                seen = int(base64.b64decode(request.variables["after"]).decode().partition(":")[2])
                for order in [o for o in shop.orders if o["number"] in (seen, shop.orders[0]["number"])]:
                    shop.remove(order)

        sandbox.before_request(delete_first_and_last_seen)
        numbers, totals = read_all(ask, sandbox)
        assert len(numbers) == len(set(numbers)) == 80
        assert numbers[-1] == last
        assert totals == [80, 78, 76, 74]


@pytest.mark.parametrize("cursor", ["rubbish!", "aWQ6NQ==", "bnVtYmVyOng="])
def test_cursor_of_another_order_is_an_error(reader: Sandbox, ask: Ask, cursor: str) -> None:
    """A cursor is only valid with the sort it came from."""
    assert ask(reader, ORDERS, after=cursor)["errors"][0]["message"].startswith("Invalid cursor")


def test_stock_of_a_warehouse_needs_pages(ask: Ask) -> None:
    """Stock has no connection: it is paged inside each warehouse, to the last short page."""
    query = "query q($page: Int) { warehouses { id stock(limit: 200, page: $page) { productSize { id } } } }"
    with Sandbox(products=150, orders=0) as sandbox:
        rows, page = 0, 1
        while True:
            warehouses = ask(sandbox, query, page=page)["data"]["warehouses"]
            rows += sum(len(warehouse["stock"]) for warehouse in warehouses)
            page += 1
            if all(len(warehouse["stock"]) < 200 for warehouse in warehouses):
                break
        assert page > 2
        assert rows == len(sandbox.shop.stock)


def test_stock_of_a_variant_is_that_of_its_sizes(reader: Sandbox, ask: Ask) -> None:
    """Row by row, and in total."""
    variant = next(one for one in reader.shop.product_variants if len(one["productSizes"]) > 1)
    query = """query q($id: [Int!]) { productVariants(where: {id: $id}) {
      stock(limit: 200) { physicalQuantity productSize { id } warehouse { id } }
      stockTotals { physicalQuantity }
      productSizes { id stock(limit: 200) { physicalQuantity productSize { id } warehouse { id } } } } }"""
    (found,) = ask(reader, query, id=[variant["id"]])["data"]["productVariants"]
    of_sizes = [row for size in found["productSizes"] for row in size["stock"]]
    assert found["stock"] == of_sizes != []
    assert found["stockTotals"]["physicalQuantity"] == sum(row["physicalQuantity"] for row in of_sizes)
