"""Shops of other versions: what may be missing or added."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from centra_sandbox import Sandbox

Ask = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("without", "query"),
    [
        ("Query.productConnection", "{ productConnection(first: 1) { totalCount } }"),
        ("Query.orders.sort", "{ orders(sort: number_ASC) { id } }"),
        ("Return.externalId", "{ returns { ... on WholesaleReturn { externalId } } }"),
        ("OrderFilter.updatedAt", '{ orders(where: {updatedAt: {from: "2026-01-01"}}) { id } }'),
        ("OrderSort.updatedAt_ASC", "{ orders(sort: updatedAt_ASC) { id } }"),
    ],
)
def test_members_can_be_missing(reader: Sandbox, ask: Ask, without: str, query: str) -> None:
    """Fields, arguments, filters and sort values can be taken out of the schema."""
    assert "errors" not in ask(reader, query)
    with Sandbox(empty=True, without=(without,)) as sandbox:
        assert ask(sandbox, query)["errors"][0]["extensions"]["category"] == "graphql"


def test_members_can_be_added(ask: Ask) -> None:
    """A field of an extension is null until the shop's data holds it."""
    with Sandbox(products=1, orders=0, extra_sdl="extend type Product { season: String }") as sandbox:
        assert ask(sandbox, "{ products { season } }")["data"]["products"] == [{"season": None}]
        sandbox.shop.update(sandbox.shop.products[0], season="AW26")
        assert ask(sandbox, "{ products { season } }")["data"]["products"] == [{"season": "AW26"}]


def test_returns_have_no_updated_at(reader: Sandbox, ask: Ask) -> None:
    """Centra's returns carry one date only."""
    assert "errors" in ask(reader, "{ returns { updatedAt } }")


def test_returns_can_have_updated_at(ask: Ask) -> None:
    """The variant has field, filter and sort, and edits of a return move it."""
    query = """query q($from: DateTimeTz) {
      returns(where: {updatedAt: {from: $from}}, sort: updatedAt_DESC, limit: 200) { id updatedAt } }"""
    with Sandbox(products=20, orders=120, returns_updated_at=True) as sandbox:
        returns = sandbox.shop.returns
        newest = max(each["updatedAt"] for each in returns)
        assert len(ask(sandbox, query)["data"]["returns"]) == len(returns)
        sandbox.clock.set(newest + timedelta(days=30))
        sandbox.shop.touch_silently(returns[1], comment="silent")
        sandbox.shop.update(returns[0], returnStatus="PENDING")
        after = (newest + timedelta(days=1)).isoformat()
        assert [r["id"] for r in ask(sandbox, query, **{"from": after})["data"]["returns"]] == [
            returns[0]["id"]
        ]


@pytest.mark.parametrize("moves", [True, False])
def test_parents_may_move_with_their_children(moves: bool) -> None:
    """Whether an order's `updatedAt` moves with its shipments is unknown, so it is a switch."""
    with Sandbox(products=5, orders=60, parents_move=moves) as sandbox:
        shipment = sandbox.shop.shipments[0]
        before = shipment["order"]["updatedAt"]
        sandbox.shop.update(shipment, isPrinted=True)
        assert (shipment["order"]["updatedAt"] > before) is moves


def test_types_can_be_missing(ask: Ask) -> None:
    """With a type goes what has it, and what is empty without it."""
    with Sandbox(empty=True, without=("DateRange", "DirectToConsumerReturn", "Query.brands")) as sandbox:
        assert ask(sandbox, "{ orders(where: {number: [1]}) { id } }")["data"] == {"orders": []}
        for query in (
            '{ orders(where: {updatedAt: {from: "2026-01-01"}}) { id } }',
            "{ returns { ... on DirectToConsumerReturn { id } } }",
            "{ brands { id } }",
        ):
            assert ask(sandbox, query)["errors"][0]["extensions"]["category"] == "graphql"


def test_type_without_a_field_of_its_trait(ask: Ask) -> None:
    """It no longer has the trait. A field of another interface leaves that too."""
    with Sandbox(empty=True, without=("Brand.attributes", "WholesaleOrder.userIP")) as sandbox:
        assert "errors" not in ask(sandbox, "{ brands { id } orders { id } }")
        assert "errors" in ask(sandbox, "{ brands { attributes { description } } }")
        assert "errors" in ask(sandbox, "{ orders { userIP } }")


@pytest.mark.parametrize("query", ["{ __schema { types { name } } }", '{ __type(name: "Brand") { name } }'])
def test_schema_can_be_hidden(ask: Ask, query: str) -> None:
    """The names of types of objects are shown all the same."""
    with Sandbox(products=1, orders=0, introspection=False) as sandbox:
        assert "introspection is not allowed" in ask(sandbox, query)["errors"][0]["message"]
        assert ask(sandbox, "{ stores { __typename } }")["data"]["stores"][0] == {"__typename": "Store"}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("{ brands { colour } }", 'Cannot query field "colour" on type "Brand".'),
        ("{ brands(colour: 1) { id } }", 'Unknown argument "colour" on field "brands" of type "Query".'),
        ("{ orders(sort: colour) { id } }", 'Value "colour" does not exist in "OrderSort" enum.'),
        ("{ brands }", "must have a sub selection."),
        ("{ brands { id { a } } }", 'Field "id" must not have a sub selection since type "Int!" has no'),
        ("query q($v: Colour) { brands(limit: $v) { id } }", 'Unknown type "Colour".'),
    ],
)
def test_refusals_have_the_texts_of_graphql_php(reader: Sandbox, ask: Ask, query: str, text: str) -> None:
    """Centra's API is written in PHP."""
    assert text in ask(reader, query)["errors"][0]["message"]


def test_refusal_of_a_variable_has_the_text_of_graphql_php(reader: Sandbox, ask: Ask) -> None:
    """A condition that the filter lacks is named with the type of the filter."""
    query = "query q($where: OrderFilter) { orders(where: $where) { id } }"
    (error,) = ask(reader, query, where={"colour": 1})["errors"]
    assert 'Field "colour" is not defined by type "OrderFilter"' in error["message"]
