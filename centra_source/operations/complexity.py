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
    is_interface_type,
    is_list_type,
)

from .documents import Operation, get_definition
from .selections import FieldsType

OBJECT_POINTS = 1
INTERFACE_POINTS = 2
"""Points for an object, and for one whose field has an interface as its type."""
# centrahq/api-documentation, guides: fits all answers since v0.47

UNSIZED_LIST = 10
"""Centra prices a list without a limit as ten items, however many it returns."""
# centra.dev/integration-api/query-complexity-calculation

DEFAULT_LIMIT = 20
"""The limit that Centra assumes for a list at the top of a query."""
# centrahq/api-documentation, guides: customers and invoices without a limit

STOCK_TYPES = ("Stock", "StockTotals")
STOCK_QUANTITY = 2
"""Points for a quantity of stock. Only `freeToAllocateQuantity` is free: Centra keeps it calculated."""

COMPILED_OPERATIONS = 64
"""Size of the cache: more than the operations of one run, including the derived ones."""


def calculate_complexity(operation: Operation, variables: Mapping[str, Any]) -> int:
    """Calculates the points that Centra charges for an operation.

    Centra charges by the sizes asked for, and not by the objects returned:

    * A scalar is free, except for the quantities of stock. A list of scalars costs 1 point an item.
    * An object costs 1 point plus its fields, or 2 if the type of its field is an interface.
    * A list costs the price of one item times its `limit`, a connection that of one node times its `first` or
      `last`. Without a limit, the argument's default counts: 20 at the top of a query, 10 for a list without
      a default.
    * Of the type conditions in one selection, only the most expensive one counts.

    Args:
        operation: The operation to send. Fields with `@skip` and `@include` are always counted.
        variables: Its variables. A size that is missing or null counts like a list without a limit.

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
        for sizes, unsized, item in self.lists:
            points += item.calculate(variables) * _get_size(sizes, unsized, variables)
        for group in self.groups:
            points += max(price.calculate(variables) for price in group)
        return points


class _Items(NamedTuple):
    sizes: tuple[Size, ...]
    unsized: int
    item: _Price


class _Compiled(NamedTuple):
    price: _Price
    defaults: Mapping[str, int]


FREE, OBJECT, INTERFACE = _Price(), _Price(OBJECT_POINTS), _Price(INTERFACE_POINTS)


def _get_size(sizes: Iterable[Size], unsized: int, variables: Mapping[str, Any]) -> int:
    for size in sizes:
        given = variables.get(size) if isinstance(size, str) else size
        if given is not None:
            return int(given)
    return unsized


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
        definition = owner.fields.get(name)
        if node.selection_set is None:
            if definition and is_list_type(get_nullable_type(definition.type)):
                return _Price(lists=(self._make_items(owner, node, OBJECT),))
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
        whole = inner + (INTERFACE if is_interface_type(held) else OBJECT)
        if is_list_type(get_nullable_type(returned)):
            return _Price(lists=(self._make_items(owner, node, whole),))
        return whole

    def _make_items(self, owner: FieldsType, node: FieldNode, item: _Price) -> _Items:
        """Returns the items of a list with the sizes that its `limit` can have."""
        argument = owner.fields[node.name.value].args.get("limit")
        default = argument.ast_node.default_value if argument and argument.ast_node else None
        unsized = UNSIZED_LIST
        if isinstance(default, IntValueNode):
            unsized = int(default.value)
        elif argument and owner is self._schema.query_type:
            unsized = DEFAULT_LIMIT
        return _Items(_find_sizes(node, "limit"), unsized, item)

    def _price_connection(
        self, held: FieldsType, node: FieldNode, selected: Iterable[SelectionNode]
    ) -> _Price:
        once: list[SelectionNode] = []
        each: list[SelectionNode] = []
        for chosen in selected:
            is_page_info = isinstance(chosen, FieldNode) and chosen.name.value == "pageInfo"
            (once if is_page_info else each).append(chosen)
        items = _Items(_find_sizes(node, "first", "last"), UNSIZED_LIST, self.price_selection(held, each))
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
