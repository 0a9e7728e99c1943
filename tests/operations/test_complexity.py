"""The complexity calculated before a request equals what Centra charges."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from graphql import is_interface_type, parse

from centra_sandbox import Sandbox
from centra_source import RESOURCES
from centra_source.api.client import Client
from centra_source.api.retries import Retries
from centra_source.api.throttle import Throttle
from centra_source.operations.complexity import calculate_complexity
from centra_source.operations.documents import Operation, load_operation, load_schema
from centra_source.operations.rewriting import with_fields_only
from centra_source.operations.row_before import with_row_before
from centra_source.operations.selections import find_identity, find_root
from centra_source.shop.cursors import with_updated_at
from centra_source.tables.planning import plan_tables

from .test_queries import FILES

SIZES = (1, 20, 200)

SIZE_VARIABLES = {"first", "limit", "innerLimit"}

OTHER_VARIABLES: Mapping[str, Any] = {
    "where": None,
    "after": None,
    "page": 2,
    "pageRowBefore": 1,
    "innerPage": 2,
    "innerPageRowBefore": 1,
    "ids": [1],
    "listeners": [],
    "objectType": ["Order"],
    "changeType": ["UPDATED"],
    "type": "Order",
    "filter": "OrderFilter",
}

PAGED = [name for name in RESOURCES if "page" in load_operation(name).variables]
CONNECTIONS = [name for name in RESOURCES if "first" in load_operation(name).variables]

DOCUMENTED = "{ markets(limit: 50) { assignedToCountries(limit: 10) { states(limit: 10) { id } } } }"
"""Centra's own example, with an argument that the schema as we know it lacks."""

BY_HAND: list[tuple[str, dict[str, Any], int]] = [
    ("{ rateLimits { quota } }", {}, 10),
    ("{ stores { id name } }", {}, 20),
    ("{ stores(limit: 3) { __typename id } }", {}, 3),
    ("{ stores(limit: null) { id } }", {}, 20),
    ("query ($n: Int) { stores(limit: $n) { id } }", {"n": 7}, 7),
    ("query ($n: Int) { stores(limit: $n) { id } }", {"n": None}, 20),
    ("query ($n: Int) { stores(limit: $n) { id } }", {}, 20),
    ("query ($n: Int = 5) { stores(limit: $n) { id } }", {}, 5),
    ("query ($n: Int = 5) { stores(limit: $n) { id } }", {"n": 6}, 6),
    ("query ($n: Int = 5) { stores(limit: $n) { id } }", {"n": None}, 20),
    ("{ markets(limit: 50) { assignedToCountries(limit: 10) { states { id } } } }", {}, 50 * (1 + 110)),
    ("{ markets(limit: 4) { store { id } other: store { id } } }", {}, 4 * (1 + 1 + 1)),
    ("{ orderConnection(first: 5) { totalCount edges { cursor } } }", {}, 0),
    ("{ orderConnection(first: 5) { pageInfo { hasNextPage } } }", {}, 1),
    ("{ orderConnection(first: 5) { pageInfo { endCursor } edges { node { id } } } }", {}, 1 + 5 * 2),
    ("{ orderConnection(last: 5) { edges { node { id lines { id } } } } }", {}, 5 * (2 + 10 * 2)),
    ("query ($n: Int) { orderConnection(first: $n, last: 3) { edges { node { id } } } }", {}, 3 * 2),
    ("{ orderConnection { edges { node { id } } } }", {}, 10 * 2),
    (
        "{ orders(limit: 2) { id store { id } ... on DirectToConsumerOrder { customer { id } }"
        " ... on WholesaleOrder { buyer { id } account { id } } } }",
        {},
        2 * (2 + 1 + 2),
    ),
    (
        "{ orders(limit: 2) { ... on WholesaleOrder { buyer { id } } ... on DirectToConsumerOrder { id }"
        " ... on WholesaleOrder { account { id } } ... on Order { store { id } } ... { market { id } } } }",
        {},
        2 * (2 + 2 + 1 + 1),
    ),
    ("{ orders(limit: 2) { ...withStore } } fragment withStore on Order { store { id } }", {}, 2 * (2 + 1)),
    (
        "{ warehouses(limit: 3) { stock(limit: 4) { freeToAllocateQuantity physicalQuantity } } }",
        {},
        3 * (1 + 4 * (1 + 2)),
    ),
    ("mutation { confirmEvents(input: { eventsIds: [] }) { userErrors { message } } }", {}, 1 + 10),
    (
        "mutation { confirmEvents(input: { eventsIds: [] }) { userErrors { message path } } }",
        {},
        1 + 10 * (1 + 10),
    ),
    ("{ eventListeners { changeTypes } }", {}, 10 * (1 + 10)),
    ("{ sizeCharts(limit: 3) { id horizontalLabels verticalLabels } }", {}, 3 * (1 + 10 + 10)),
    ('{ __type(name: "Order") { fields { name } } }', {}, 0),
]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client of an empty shop: Centra prices what is requested, not what is returned."""
    with Sandbox(empty=True) as sandbox:
        yield Client(sandbox.url, sandbox.token, Retries(limit=5.0), Throttle())


def variables_for(operation: Operation, size: int) -> dict[str, Any]:
    """Values for all variables of an operation, every size the same."""
    sizes = dict.fromkeys(SIZE_VARIABLES, size)
    unknown = operation.variables - sizes.keys() - OTHER_VARIABLES.keys()
    assert not unknown, f"{operation.name}: name {unknown} in SIZE_VARIABLES or in OTHER_VARIABLES"
    return {name: ({**OTHER_VARIABLES, **sizes})[name] for name in operation.variables}


def assert_priced(client: Client, operation: Operation, size: int) -> None:
    """Sends the operation, and compares the calculated complexity with the charged one."""
    variables = variables_for(operation, size)
    charged = client.execute(operation, variables).complexity
    assert calculate_complexity(operation, variables) == charged


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", FILES)
def test_every_query_costs_what_was_computed(client: Client, name: str, size: int) -> None:
    """Each resource and each query of the engine."""
    assert_priced(client, load_operation(name), size)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGED)
def test_page_with_its_row_before_costs_what_was_computed(client: Client, name: str, size: int) -> None:
    """The row before a page is a list of one, whatever the size of the page."""
    operation = load_operation(name)
    operation = with_row_before(operation, "page", *find_identity(operation))
    assert_priced(client, operation, size)
    if "innerPage" in operation.variables:
        resource = RESOURCES[name]
        main = plan_tables(load_operation(name), resource.lists, resource.key)[0]
        assert_priced(client, with_row_before(operation, "innerPage", main.key_path), size)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", CONNECTIONS)
def test_ids_alone_cost_what_was_computed(client: Client, name: str, size: int) -> None:
    """A sweep requests only ids: one point for each, or two for an interface, and one for the page."""
    operation = load_operation(name)
    few = with_fields_only(operation, find_root(operation).selection, ("id",))
    assert_priced(client, few, size)
    points = 2 if is_interface_type(find_root(operation).type) else 1
    assert calculate_complexity(few, {"first": size}) == 1 + size * points


@pytest.mark.parametrize("size", SIZES)
def test_field_that_only_this_shop_has_is_priced(size: int) -> None:
    """A scalar costs nothing, whether the schema knows it or not."""
    operation = with_updated_at(load_operation("returns"))
    variables = variables_for(operation, size)
    with Sandbox(empty=True, returns_updated_at=True) as sandbox:
        charged = (
            Client(sandbox.url, sandbox.token, Retries(), Throttle()).execute(operation, variables).complexity
        )
    assert calculate_complexity(operation, variables) == charged


@pytest.mark.parametrize(("text", "variables", "points"), BY_HAND, ids=[text for text, _, _ in BY_HAND])
def test_price_is_the_one_computed_by_hand(
    client: Client, text: str, variables: dict[str, Any], points: int
) -> None:
    """Each rule of Centra on its own; the shop charges the same."""
    operation = parse_named(text)
    assert calculate_complexity(operation, variables) == points
    assert client.execute(operation, variables).complexity == points


def test_documented_example_costs_what_centra_says() -> None:
    """50 markets, each 1 and its 10 countries, each 1 and its 10 states."""
    assert calculate_complexity(parse_named(DOCUMENTED), {}) == 50 * (1 + 110)


def test_price_of_stock_is_by_quantity() -> None:
    """A row costs 18 points: eight quantities at 2, a free one, the stock itself and its size."""
    variables = {"page": 1, "innerLimit": 200, "innerPage": 1}
    assert calculate_complexity(load_operation("stock"), variables) == 1 + 200 * 18


def parse_named(text: str) -> Operation:
    """Parses the text of an operation, and gives it a name, as the loader's operations have one."""
    text = f"query {text}" if text.startswith("{") else text
    document = parse(re.sub(r"^(query|mutation)", r"\1 example", text), no_location=True)
    return Operation.of(document, load_schema())
