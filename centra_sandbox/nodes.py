"""Objects of the shop: plain dicts with every field of their GraphQL type."""

from collections.abc import Callable
from functools import cache
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
    is_non_null_type,
)

from .schema import load_schema

Node = dict[str, Any]

_ZEROS: dict[str, Any] = {"Int": 0, "Int64": 0, "Float": 0.0, "Boolean": False, "String": ""}


def _blank(output: GraphQLOutputType) -> Callable[[], Any]:
    """Returns the blank value of a field: null if allowed, else an empty value."""
    if isinstance(get_nullable_type(output), GraphQLList):
        return list
    value: Any = None
    if is_non_null_type(output):
        named = get_named_type(output)
        value = next(iter(named.values)) if isinstance(named, GraphQLEnumType) else _ZEROS.get(named.name)
    return lambda: value


@cache
def _template(type_name: str) -> tuple[dict[str, Any], list[str]]:
    """Returns the fields of a type with their blank values, and the names of those that are lists.

    An object can be asked by both generations of the schema, so it has the fields of both.
    """
    generations = (load_schema(is_earlier=True), load_schema())
    types = [found for schema in generations if (found := schema.type_map.get(type_name))]
    blank: dict[str, Any] = {}
    for graphql_type in types:
        assert isinstance(graphql_type, GraphQLObjectType), type_name
        for name, field in graphql_type.fields.items():
            value = _blank(field.type)()
            if value is not None or name not in blank:
                blank[name] = value
    return {"__typename": type_name, **blank}, [name for name, value in blank.items() if value == []]


def make(type_name: str, **values: Any) -> Node:
    """Returns a node of an object type: the given values, and blank values for all other fields."""
    template, lists = _template(type_name)
    node = dict(template)
    for name in lists:
        node[name] = []
    node.update(values)
    return node


def money(
    value: float, currency: Node, rate: float, date: Any = None, without_tax: float | None = None
) -> Node:
    """Returns a MonetaryValue: an amount with tax, its currency, and the rate to the base currency.

    `valueExcludingTax` is what a field answers to `includingTax: false`; formatted, sub-unit and base values
    are derived when asked for.
    """
    return {
        "value": value,
        "valueExcludingTax": value if without_tax is None else without_tax,
        "currency": currency,
        "conversionRate": rate,
        "conversionDate": date,
    }
