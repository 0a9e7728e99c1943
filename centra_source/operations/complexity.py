"""What Centra charges for an operation, known before it is sent: its price in complexity points.

The rules are Centra's ("Query complexity" in its API documentation). An operation is compiled once, into an
expression of nothing but the sizes of its lists, since it is priced before each of ten thousand requests.
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
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    SelectionNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from .documents import Operation, operation_of

UNSIZED_LIST = 10
"""Centra prices a list without a limit as ten, whatever it then returns."""

STOCK_TYPES = ("Stock", "StockTotals")
STOCK_QUANTITY = 2
"""Points for a quantity of stock; only `freeToAllocateQuantity` is kept ready by Centra and free."""

COMPILED_OPERATIONS = 64
"""More than the operations of one run, those made from others included."""


def complexity(operation: Operation, variables: Mapping[str, Any]) -> int:
    """The points that Centra will charge for an operation, by the sizes asked for and not by those returned.

    Scalars are free but for quantities of stock; an object costs 1 and its fields; a list costs one item
    times its `limit`, a connection one node times its `first` or `last`. Of the type conditions in one
    selection the dearest counts.

    Args:
        operation: What is sent. `@skip` and `@include` are not looked at: what may be left out is priced.
        variables: What is sent along. A size that is missing or null counts as ten.
    """
    compiled = _compile(operation)
    return compiled.price.of({**compiled.defaults, **variables})


Size = int | str
"""A literal, or the name of a variable."""


@dataclass(frozen=True)
class _Price:
    """A sum: points that are always due, items times sizes, and the dearest of each group."""

    fixed: int = 0
    lists: tuple[_Items, ...] = ()
    groups: tuple[tuple[_Price, ...], ...] = ()

    def __add__(self, other: _Price) -> _Price:
        return _Price(self.fixed + other.fixed, self.lists + other.lists, self.groups + other.groups)

    def of(self, variables: Mapping[str, Any]) -> int:
        points = self.fixed
        for sizes, item in self.lists:
            points += item.of(variables) * _first_given(sizes, variables)
        for group in self.groups:
            points += max(price.of(variables) for price in group)
        return points


class _Items(NamedTuple):
    sizes: tuple[Size, ...]
    item: _Price


class _Compiled(NamedTuple):
    price: _Price
    defaults: Mapping[str, int]


FREE, OBJECT = _Price(), _Price(1)

Fields = GraphQLObjectType | GraphQLInterfaceType


def _first_given(sizes: Iterable[Size], variables: Mapping[str, Any]) -> int:
    for size in sizes:
        given = variables.get(size) if isinstance(size, str) else size
        if given is not None:
            return int(given)
    return UNSIZED_LIST


@lru_cache(COMPILED_OPERATIONS)
def _compile(operation: Operation) -> _Compiled:
    document, schema = operation.document, operation.schema
    definition = operation_of(document)
    root = schema.get_root_type(definition.operation)
    assert root, "the schema has the operation's root type"
    fragments = {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    price = _Compiler(schema, fragments).selection(root, definition.selection_set.selections)
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

    def selection(self, owner: Fields, nodes: Iterable[SelectionNode]) -> _Price:
        price = FREE
        narrowed: defaultdict[str, _Price] = defaultdict(_Price)
        for node in nodes:
            if isinstance(node, FieldNode):
                price += self._field(owner, node)
                continue
            fragment = self._fragment(node)
            name = fragment.type_condition.name.value if fragment.type_condition else owner.name
            selected = fragment.selection_set.selections
            narrowed[name] += self.selection(cast(Fields, self._schema.type_map[name]), selected)
        price += narrowed.pop(owner.name, FREE)
        dear = tuple(each for each in narrowed.values() if each != FREE)
        return price + _Price(groups=(dear,)) if dear else price

    def _fragment(self, node: SelectionNode) -> InlineFragmentNode | FragmentDefinitionNode:
        if isinstance(node, FragmentSpreadNode):
            return self._fragments[node.name.value]
        assert isinstance(node, InlineFragmentNode)
        return node

    def _field(self, owner: Fields, node: FieldNode) -> _Price:
        name = node.name.value
        if name.startswith("__"):
            return FREE
        if node.selection_set is None:
            is_quantity = owner.name in STOCK_TYPES and name != "freeToAllocateQuantity"
            return _Price(STOCK_QUANTITY) if is_quantity else FREE
        returned = owner.fields[name].type
        held = cast(Fields, get_named_type(returned))
        selected = node.selection_set.selections
        if _is_connection(held):
            return self._connection(held, node, selected)
        inner = self.selection(held, selected)
        if _is_connection(owner) and name == "edges":
            return inner
        if is_list_type(get_nullable_type(returned)):
            return _Price(lists=(_Items(_sizes(node, "limit"), OBJECT + inner),))
        return OBJECT + inner

    def _connection(self, held: Fields, node: FieldNode, selected: Iterable[SelectionNode]) -> _Price:
        once: list[SelectionNode] = []
        each: list[SelectionNode] = []
        for chosen in selected:
            is_page_info = isinstance(chosen, FieldNode) and chosen.name.value == "pageInfo"
            (once if is_page_info else each).append(chosen)
        items = _Items(_sizes(node, "first", "last"), self.selection(held, each))
        return self.selection(held, once) + _Price(lists=(items,))


def _is_connection(owner: Fields) -> bool:
    return owner.name.endswith("Connection")


def _sizes(node: FieldNode, *names: str) -> tuple[Size, ...]:
    values = [argument.value for argument in node.arguments or () if argument.name.value in names]
    return tuple(
        value.name.value if isinstance(value, VariableNode) else int(value.value)
        for value in values
        if isinstance(value, (VariableNode, IntValueNode))
    )
