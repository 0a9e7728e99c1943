"""One query that asks for something behind each of some permissions, to see which of them a token has."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from heapq import heappop, heappush
from itertools import count
from typing import cast

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_object_type,
    is_required_argument,
)

from ..operations.documents import Operation, get_definition, load_schema
from ..operations.fitting import fit_operation
from ..operations.permissions import find_field_permissions, find_permissions
from ..operations.rewriting import with_selection
from ..operations.selections import FieldsType

NAME = "permissions"
"""The name of the operation."""

SIZES = ("limit", "first", "innerLimit")
"""Arguments that say how many objects are wanted."""


@dataclass(frozen=True)
class Way:
    """From the query to a field: fields by their definitions, and names of types that narrow a selection.

    Attributes:
        steps: Outermost first.
        permissions: What a token needs to go it.
    """

    steps: tuple[tuple[str, GraphQLField] | str, ...] = ()
    permissions: frozenset[str] = frozenset()

    @property
    def cost(self) -> tuple[int, int]:
        """The fewer permissions the better, then the shorter."""
        return len(self.permissions), len(self.steps)


def probe(permissions: Collection[str], shop: GraphQLSchema | None) -> Operation | None:
    """A query that needs every one of some permissions and as few others as possible.

    Args:
        permissions: What is to be needed. Those of mutations, and those that nothing in the shop's schema
            needs, are left out.
        shop: The shop's schema; None: as documented.

    Returns:
        The query for one object each; None if there is nothing to ask for.
    """
    ways = ways_to_permissions()
    found: list[Operation] = []
    for number, permission in enumerate(sorted(permissions)):
        if permission not in ways:
            continue
        operation = _operation(ways[permission], f"p{number}")
        fitted = fit_operation(operation, shop).operation if shop else operation
        if fitted and permission in find_permissions(fitted):
            found.append(fitted)
    if not found:
        return None
    definitions = [get_definition(one.document) for one in found]
    together = tuple(node for one in definitions for node in one.selection_set.selections)
    return with_selection(found[0], SelectionSetNode(selections=together))


@cache
def ways_to_permissions() -> dict[str, Way]:
    """Every permission that a query can need by the notes in our schema, and the best way to need it."""
    schema, number = load_schema(), count()
    query = schema.query_type
    assert query
    best: dict[str, Way] = {}
    seen: set[str] = set()
    waiting: list[tuple[tuple[int, int], int, FieldsType, Way]] = [((0, 0), next(number), query, Way())]
    while waiting:
        _, _, owner, way = heappop(waiting)
        if owner.name in seen:
            continue
        seen.add(owner.name)
        for following, held, needed in _steps(owner, way, schema):
            for permission in needed:
                if permission not in best or following.cost < best[permission].cost:
                    best[permission] = following
            if held:
                heappush(waiting, (following.cost, next(number), held, following))
    return best


def _steps(
    owner: FieldsType, way: Way, schema: GraphQLSchema
) -> Iterator[tuple[Way, FieldsType | None, list[str]]]:
    """Where one can go from a type: the longer way, the type at its end, and what the step needs."""
    if is_abstract_type(owner):
        for one in schema.get_possible_types(owner):
            yield Way((*way.steps, one.name), way.permissions), one, []
    for name, definition in getattr(owner, "fields", {}).items():
        if any(is_required_argument(one) for one in definition.args.values()):
            continue
        needed = list(find_field_permissions(owner, FieldNode(name=NameNode(value=name))))
        held = get_named_type(definition.type)
        longer = Way((*way.steps, (name, definition)), way.permissions.union(needed))
        yield longer, cast(FieldsType, held) if is_composite_type(held) else None, needed


def _operation(way: Way, alias: str) -> Operation:
    last = next(step for step in reversed(way.steps) if not isinstance(step, str))
    node = _nodes(way, _leaf(last[1]))
    assert isinstance(node, FieldNode)
    root = FieldNode(
        alias=NameNode(value=alias),
        name=node.name,
        arguments=node.arguments,
        selection_set=node.selection_set,
    )
    definition = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=NameNode(value=NAME),
        variable_definitions=(),
        selection_set=SelectionSetNode(selections=(root,)),
    )
    return Operation.of(DocumentNode(definitions=(definition,)), load_schema())


def _nodes(way: Way, below: SelectionSetNode | None) -> SelectionNode:
    node: SelectionNode | None = None
    for step in reversed(way.steps):
        inner = SelectionSetNode(selections=(node,)) if node else below
        if isinstance(step, str):
            assert inner
            kind = NamedTypeNode(name=NameNode(value=step))
            node = InlineFragmentNode(type_condition=kind, selection_set=inner)
            continue
        name, definition = step
        sizes = [argument for argument in SIZES if argument in definition.args]
        node = FieldNode(
            name=NameNode(value=name),
            arguments=tuple(
                ArgumentNode(name=NameNode(value=size), value=IntValueNode(value="1")) for size in sizes
            ),
            selection_set=inner,
        )
    assert node
    return node


def _leaf(definition: GraphQLField) -> SelectionSetNode | None:
    """The least that can be asked of what a field holds."""
    held = get_named_type(definition.type)
    if not is_composite_type(held):
        return None
    fields = getattr(held, "fields", {})
    if is_object_type(held) and {"edges", "pageInfo"} <= fields.keys():
        node = FieldNode(name=NameNode(value="node"), selection_set=_leaf_named("__typename"))
        edges = FieldNode(name=NameNode(value="edges"), selection_set=SelectionSetNode(selections=(node,)))
        return SelectionSetNode(selections=(edges,))
    return _leaf_named("id" if "id" in fields else "__typename")


def _leaf_named(name: str) -> SelectionSetNode:
    return SelectionSetNode(selections=(FieldNode(name=NameNode(value=name)),))
