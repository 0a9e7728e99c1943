"""Calculates what Centra charges for an operation before it is sent: its price in complexity points.

The rules are from "Query complexity" in Centra's API documentation. An operation is compiled once, into an
expression that depends only on the sizes of its lists: a load calculates the price before every request.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    SelectionNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from .documents import Operation, get_definition
from .selections import FieldsType

UNSIZED_LIST = 10
"""Centra prices a list without a limit as ten items, however many it returns."""

STOCK_TYPES = ("Stock", "StockTotals")
STOCK_QUANTITY = 2
"""Points for a quantity of stock. Only `freeToAllocateQuantity` is free: Centra keeps it calculated."""

COMPILED_OPERATIONS = 64
"""Size of the cache: more than the operations of one run, including the derived ones."""


def calculate_complexity(operation: Operation, variables: Mapping[str, Any]) -> int:
    """Calculates the points that Centra charges for an operation.

    Centra charges by the sizes asked for, and not by the objects returned:

    * A scalar is free, except for the quantities of stock.
    * An object costs 1 point plus its fields.
    * A list costs the price of one item times its `limit`, a connection that of one node times its `first` or
      `last`.
    * Of the type conditions in one selection, only the most expensive one counts.

    Args:
        operation: The operation to send. Fields with `@skip` and `@include` are always counted.
        variables: Its variables. A size that is missing or null counts as ten.

    Returns:
        Complexity points.
    """
    compiled = _compile(operation)
    return compiled.price.calculate({**compiled.defaults, **variables})


Size = int | str
"""A number in the query, or the name of a variable."""


@dataclass(frozen=True)
class _Price:
    """A sum: fixed points, the items of lists times their sizes, the most expensive price of each group."""

    fixed: int = 0
    lists: tuple[_Items, ...] = ()
    groups: tuple[tuple[_Price, ...], ...] = ()

    def __add__(self, other: _Price) -> _Price:
        return _Price(self.fixed + other.fixed, self.lists + other.lists, self.groups + other.groups)

    def calculate(self, variables: Mapping[str, Any]) -> int:
        points = self.fixed
        for sizes, item in self.lists:
            points += item.calculate(variables) * _get_size(sizes, variables)
        for group in self.groups:
            points += max(price.calculate(variables) for price in group)
        return points


class _Items(NamedTuple):
    sizes: tuple[Size, ...]
    item: _Price


class _Compiled(NamedTuple):
    price: _Price
    defaults: Mapping[str, int]


FREE, OBJECT = _Price(), _Price(1)


def _get_size(sizes: Iterable[Size], variables: Mapping[str, Any]) -> int:
    for size in sizes:
        given = variables.get(size) if isinstance(size, str) else size
        if given is not None:
            return int(given)
    return UNSIZED_LIST


@lru_cache(COMPILED_OPERATIONS)
def _compile(operation: Operation) -> _Compiled:
    document, schema = operation.document, operation.schema
    definition = get_definition(document)
    root = schema.get_root_type(definition.operation)
    assert root, "the schema has the operation's root type"
    fragments = {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    price = _Compiler(schema, fragments).price_selection(root, definition.selection_set.selections)
    defaults = {
        variable.variable.name.value: int(variable.default_value.value)
        for variable in definition.variable_definitions or ()
        if isinstance(variable.default_value, IntValueNode)
    }
    return _Compiled(price, defaults)


class _Compiler:
    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments

    def price_selection(self, owner: FieldsType, nodes: Iterable[SelectionNode]) -> _Price:
        price = FREE
        narrowed: defaultdict[str, _Price] = defaultdict(_Price)
        for node in nodes:
            if isinstance(node, FieldNode):
                price += self._price_field(owner, node)
                continue
            fragment = self._get_fragment(node)
            name = fragment.type_condition.name.value if fragment.type_condition else owner.name
            selected = fragment.selection_set.selections
            narrowed[name] += self.price_selection(cast(FieldsType, self._schema.type_map[name]), selected)
        price += narrowed.pop(owner.name, FREE)
        prices = tuple(each for each in narrowed.values() if each != FREE)
        return price + _Price(groups=(prices,)) if prices else price

    def _get_fragment(self, node: SelectionNode) -> InlineFragmentNode | FragmentDefinitionNode:
        if isinstance(node, FragmentSpreadNode):
            return self._fragments[node.name.value]
        assert isinstance(node, InlineFragmentNode)
        return node

    def _price_field(self, owner: FieldsType, node: FieldNode) -> _Price:
        name = node.name.value
        if name.startswith("__"):
            return FREE
        if node.selection_set is None:
            is_quantity = owner.name in STOCK_TYPES and name != "freeToAllocateQuantity"
            return _Price(STOCK_QUANTITY) if is_quantity else FREE
        returned = owner.fields[name].type
        held = cast(FieldsType, get_named_type(returned))
        selected = node.selection_set.selections
        if _is_connection(held):
            return self._price_connection(held, node, selected)
        inner = self.price_selection(held, selected)
        if _is_connection(owner) and name == "edges":
            return inner
        if is_list_type(get_nullable_type(returned)):
            return _Price(lists=(_Items(_find_sizes(node, "limit"), OBJECT + inner),))
        return OBJECT + inner

    def _price_connection(
        self, held: FieldsType, node: FieldNode, selected: Iterable[SelectionNode]
    ) -> _Price:
        once: list[SelectionNode] = []
        each: list[SelectionNode] = []
        for chosen in selected:
            is_page_info = isinstance(chosen, FieldNode) and chosen.name.value == "pageInfo"
            (once if is_page_info else each).append(chosen)
        items = _Items(_find_sizes(node, "first", "last"), self.price_selection(held, each))
        return self.price_selection(held, once) + _Price(lists=(items,))


def _is_connection(owner: FieldsType) -> bool:
    return owner.name.endswith("Connection")


def _find_sizes(node: FieldNode, *names: str) -> tuple[Size, ...]:
    values = [argument.value for argument in node.arguments or () if argument.name.value in names]
    return tuple(
        value.name.value if isinstance(value, VariableNode) else int(value.value)
        for value in values
        if isinstance(value, (VariableNode, IntValueNode))
    )
