"""Lists inside objects that the shop cuts at a limit are read to their end, and load_audit shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from graphql import FieldNode, VariableNode, get_named_type, introspection_from_schema, print_ast

from centra_sandbox import Request, Sandbox, Shop
from centra_sandbox.schema import load_schema as load_served_schema
from centra_source import RESOURCES
from centra_source.api.client import Client
from centra_source.api.retries import Retries
from centra_source.api.throttle import Throttle
from centra_source.exceptions import IncompleteRead
from centra_source.operations.documents import load_operation
from centra_source.operations.selections import find_root, walk
from centra_source.reading.list_reader import ListReader
from centra_source.reading.lists import read_objects, read_single_answer
from centra_source.reading.nested_lists import NestedLists
from centra_source.shop.capabilities import Capabilities
from centra_source.shop.introspection import Introspection

from ..support.selection import representative
from ..support.shop_queries import TABLES
from ..support.shop_rows import find_differences
from ..support.target import Target, catch_error

SHOP = [
    name
    for name, resource in RESOURCES.items()
    if load_operation(name).variables or resource.daily  # the others describe the API
]

SOME = ["displays", "returns", "vouchers", "lowest_prices", "subscriptions"]
"""Resources that stand for the others: connections and plain pages, lists in lists, rows without ids."""

Object = dict[str, Any]


class Read(NamedTuple):
    """What was read of one resource without loading it."""

    objects: list[Object]
    nested: NestedLists
    operation: str

    def count(self, *path: str) -> int:
        """Returns the requests for further pages of a list."""
        return self.nested.tallies[path].calls


def read(sandbox: Sandbox, name: str, page_size: int | None = None, *, introspection: bool = True) -> Read:
    """Reads all objects of a resource."""
    client = Client(sandbox.url, sandbox.token, Retries(), Throttle())
    capabilities = Capabilities(client, Introspection(client, is_on=introspection))
    asked = capabilities.fit_resource(name)
    nested = NestedLists(asked.sent, asked.schema, asked.nested)
    reader = ListReader(client, asked.sent, completer=nested)
    if page_size:
        reader.page_size.largest = reader.page_size.rows = page_size
    pages = read_objects(reader, {}) if asked.sent.variables else [read_single_answer(reader)]
    objects = [one for page in pages for one in page.to_pylist()]
    return Read(objects, nested, asked.sent.text)


def add_history(sandbox: Sandbox, rows: int) -> Object:
    """Gives one order a history of some length, and returns the order."""
    order = sandbox.shop.orders[3]
    first = order["history"][0]
    order["history"] = [{**first, "id": 900_000 - number} for number in range(rows)]
    return order


def list_ids(found: Read, order: Object, key: str = "history") -> list[int]:
    """Returns the ids of the rows in the list of one object."""
    (one,) = [one for one in found.objects if one["id"] == order["id"]]
    return [row["id"] for row in one[key]]


@pytest.fixture
def shop() -> Iterator[Sandbox]:
    """A small shop whose nested lists are limited as documented."""
    with Sandbox(products=6, orders=12, seed=3) as sandbox:
        yield sandbox


@pytest.mark.parametrize("names", representative([SOME, SHOP], SOME), ids=["some", "all"])
def test_every_nested_list_is_loaded_whole_when_all_are_limited(target: Target, names: list[str]) -> None:
    """With a default of one row, every list is longer than its limit or empty; each has a line of audit."""
    with Sandbox(
        products=14, orders=40, seed=7, limited_lists="all", list_default=1, list_maximum=2
    ) as sandbox:
        target.load(sandbox, *names, events="off")
        tables = [table for table, (name, _) in TABLES.items() if name in names]
        rows = target.rows_by_table(*tables)
        wrong = [line for table in tables for line in find_differences(sandbox.shop, table, rows[table])]
        assert wrong == []
        lines = [row for row in target.rows("load_audit") if row["kind"] == "nested list"]
        objects = [name for name in names if any(row["loaded"] for row in target.audit(name))]
        expected = {(name, path) for name in objects for path in list_limited(sandbox, name)}
        assert {(row["resource"], row["nested_list"]) for row in lines} == expected
        assert [row for row in lines if row["note"]] == []
        assert all(row["calls"] for row in lines if row["loaded"])


def list_limited(sandbox: Sandbox, name: str) -> list[str]:
    """Returns the lists inside the objects of a resource that the shop may cut."""
    client = Client(sandbox.url, sandbox.token, Retries(), Throttle())
    asked = Capabilities(client, Introspection(client, is_on=True)).fit_resource(name)
    return [".".join(one.path) for one in asked.nested]


@pytest.fixture(scope="module")
def documented() -> Iterator[Capabilities]:
    """What a shop with the documented schema can answer."""
    with Sandbox(empty=True) as sandbox:
        client = Client(sandbox.url, sandbox.token, Retries(), Throttle())
        yield Capabilities(client, Introspection(client, is_on=True))


@pytest.mark.parametrize("name", SHOP)
def test_only_lists_with_a_default_are_sent_a_limit(documented: Capabilities, name: str) -> None:
    """Other shops get the queries as they are: no list without a limit in the schema costs more."""
    sent = documented.fit_resource(name).sent
    above = len(find_root(sent).path)
    given = {path: list_arguments(node) for _, node, path in walk(load_operation(name))}
    for owner, node, path in walk(sent):
        more = list_arguments(node) - given[path]
        default = DEFAULTS.get((owner.name, node.name.value))
        is_expected = len(path) > above and default is not None and "limit" not in given[path]
        assert more == ({f"limit: {default}"} if is_expected else set()), path


def list_arguments(node: FieldNode) -> set[str]:
    """Returns the arguments of a field; of those with variables only the name."""
    return {
        one.name.value if isinstance(one.value, VariableNode) else print_ast(one)
        for one in node.arguments or ()
    }


SERVED: Any = introspection_from_schema(load_served_schema())

DEFAULTS = {
    (kind["name"], field["name"]): argument["defaultValue"]
    for kind in SERVED["__schema"]["types"]
    for field in kind.get("fields") or ()
    for argument in field["args"]
    if argument["name"] == "limit" and argument["defaultValue"]
}
"""The default limits of lists in the documented schema, by type and field."""


@pytest.mark.parametrize("name", RESOURCES)
def test_no_query_has_a_list_that_is_not_paged(name: str) -> None:
    """Connections inside objects, and lists next to or inside a list with variables, would be cut."""
    operation = load_operation(name)
    above = find_root(operation).path
    found = [one for one in walk(operation) if one.node.name.value != "__typename"]
    below = [one for one in found if len(one.path) > len(above)]
    for owner, node, path in below:
        assert not get_named_type(owner.fields[node.name.value].type).name.endswith("Connection"), path
    if "innerPage" in operation.variables:
        lists = [path for owner, node, path in below if "limit" in owner.fields[node.name.value].args]
        assert len(lists) == 1, lists


@pytest.mark.parametrize("rows", representative([19, 20, 21, 40, 41, 640], 20, 41))
def test_history_of_any_length_is_whole(shop: Sandbox, rows: int) -> None:
    """Only the order with a full first page costs further requests, in pages that grow."""
    order = add_history(shop, rows)
    found = read(shop, "order_history")
    assert list_ids(found, order) == [row["id"] for row in order["history"]]
    assert len(found.objects) == len(shop.shop.orders)
    assert found.count("history") == {19: 0, 20: 1, 21: 1, 40: 2, 41: 2, 640: 7}[rows]
    assert "history(limit: 20)" in found.operation


def test_list_without_a_default_is_asked_on_only_where_it_may_be_cut(shop: Sandbox) -> None:
    """Without a limit it comes whole and is cheap. Exactly 20 rows may be a limit that the schema hides."""
    order = add_history(shop, 45)
    shop.configure(limited_lists=("Order.history", "DirectToConsumerOrder.history"), list_default=None)
    whole = read(shop, "order_history")
    assert list_ids(whole, order) == [row["id"] for row in order["history"]]
    assert whole.count("history") == 0
    assert "limit" not in whole.operation.partition("edges")[2]
    shop.configure(list_cut=20)
    cut = read(shop, "order_history")
    assert list_ids(cut, order) == [row["id"] for row in order["history"]]
    assert cut.count("history") == 2


def test_smaller_maximum_is_learned_from_the_refusal(shop: Sandbox) -> None:
    """`Affiliate.orders` takes 100 at most: no schema says so, but Centra's refusal does."""
    order = add_history(shop, 95)
    shop.configure(limited_lists=("Order.history", "DirectToConsumerOrder.history"), list_maximum=30)
    found = read(shop, "order_history")
    assert list_ids(found, order) == [row["id"] for row in order["history"]]
    refused = [one for one in shop.requests if one.variables.get("nestedLimit", 0) > 30]
    assert len(refused) == 1


def test_list_without_pages_is_reported(shop: Sandbox, target: Target) -> None:
    """It is asked for with the largest limit. If it is full even then, load_audit and the command say so."""
    add_history(shop, 60)
    shop.configure(
        limited_lists=("Order.history", "DirectToConsumerOrder.history"), list_pages=False, list_maximum=50
    )
    target.load(shop, "order_history", events="off")
    (line,) = target.audit("order_history", "nested list")
    assert (line["nested_list"], line["calls"]) == ("history", 1)
    assert line["note"] == (
        "Order.history: some lists have 50 rows, the most that Centra sends, and their further rows "
        "cannot be requested. They may be missing."
    )


@pytest.mark.parametrize(
    ("name", "key"),
    representative(
        [("orders", "lines"), ("subscriptions", "generatedOrders"), ("lowest_prices", "markets")],
        ("orders", "lines"),
        ("lowest_prices", "markets"),
    ),
)
def test_list_that_changes_between_its_pages_is_read_again(shop: Sandbox, name: str, key: str) -> None:
    """A row that leaves its first page moves another one there. Every row that stays arrives."""
    shop.configure(limited_lists="all", list_default=2)
    owner = shop.shop.of(find_root(load_operation(name)).type.name)[0]
    others = {"lines": shop.shop.orders[0]["lines"], "markets": shop.shop.markets}
    first = others.get(key, shop.shop.orders)[0]
    owner[key] = [{**first, "id": number} for number in range(901, 910)]
    changed: list[Request] = []

    def remove(request: Request, _: Shop) -> None:
        if "nestedPage" in request.variables and not changed:
            changed.append(request)
            owner[key] = owner[key][1:]

    shop.before_request(remove)
    found = read(shop, name)
    assert changed
    lists = [[str(next(iter(row.values()))) for row in one[key]] for one in found.objects]
    assert [str(number) for number in range(902, 910)] in lists


def test_list_that_changes_whenever_it_is_read_fails(shop: Sandbox) -> None:
    """It is never cut in silence."""
    order = add_history(shop, 45)

    def prepend(request: Request, _: Shop) -> None:
        if "nestedPage" in request.variables:
            order["history"] = [
                {**order["history"][0], "id": order["history"][0]["id"] + 1},
                *order["history"],
            ]

    shop.before_request(prepend)
    error = catch_error(IncompleteRead, lambda: read(shop, "order_history"))
    assert str(error) == (
        "order_history: a list inside the objects changes while it is read, 3 times in a row; run again."
    )


def test_object_that_goes_while_its_list_is_read_is_noted(shop: Sandbox) -> None:
    """The load goes on with the rows that came, and load_audit says so."""
    order = add_history(shop, 45)

    def remove(request: Request, all_of_it: Shop) -> None:
        if "nestedPage" in request.variables and order in all_of_it.orders:
            all_of_it.remove(order)

    shop.before_request(remove)
    found = read(shop, "order_history")
    assert len(list_ids(found, order)) == 20
    assert found.nested.notes == {
        ("history",): "Order.history: the shop deleted an object while this list was read in it. The object "
        "is loaded with the rows that had been read."
    }


def test_documented_limits_hold_without_introspection(shop: Sandbox) -> None:
    """A shop that does not show its schema counts as documented."""
    order = add_history(shop, 45)
    found = read(shop, "order_history", introspection=False)
    assert list_ids(found, order) == [row["id"] for row in order["history"]]


def test_shop_without_a_filter_by_id_is_reported(shop: Sandbox, target: Target) -> None:
    """A shop that does not show its schema refuses the next page: the list stays as it is, with a note."""
    order = add_history(shop, 45)
    shop.configure(without=("OrderFilter.id",))
    target.load(shop, "order_history", events="off", introspection=False)
    assert sum(row["order_id"] == order["id"] for row in target.rows("order_history")) == 20
    (line,) = target.audit("order_history", "nested list")
    assert line["note"].startswith("Order.history: some lists have 20 rows, the most that Centra sends")


def test_objects_without_any_arguments_are_asked_for_together(shop: Sandbox) -> None:
    """A list of objects that comes whole is requested as a whole for the next pages of the lists in it."""
    root = [f"Query.markets.{name}" for name in ("where", "sort", "limit", "page")]
    shop.configure(without=tuple(root), limited_lists=("Market.assignedToCountries",), list_default=1)
    found = read(shop, "markets")
    wanted = {one["id"]: [each["id"] for each in one["assignedToCountries"]] for one in shop.shop.markets}
    loaded = {one["id"]: [each["countryId"] for each in one["assignedToCountries"]] for one in found.objects}
    assert loaded == wanted
    assert found.count("assignedToCountries") >= 1


@pytest.mark.full
def test_sizes_inside_limited_lists_of_products_are_all_found(target: Target) -> None:
    """A shop without a list of sizes is read through its products and their variants."""
    roots = tuple(f"Query.productSize{ending}" for ending in ("s", "Connection"))
    with Sandbox(products=6, orders=2, limited_lists="all", list_default=2, without=roots) as sandbox:
        target.load(sandbox, "product_sizes", events="off")
        assert find_differences(sandbox.shop, "product_sizes", target.rows("product_sizes")) == []
