"""Makes one query that needs each of some permissions, to find out which of them a token has."""

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
"""Arguments for the number of objects."""


@dataclass(frozen=True)
class SchemaPath:
    """A path from the query to a field: fields with their definitions, and types that narrow a selection.

    Attributes:
        steps: The outermost one first.
        permissions: The permissions that the path needs.
    """

    steps: tuple[tuple[str, GraphQLField] | str, ...] = ()
    permissions: frozenset[str] = frozenset()

    @property
    def cost(self) -> tuple[int, int]:
        """Sorts paths: fewer permissions first, then shorter ones."""
        return len(self.permissions), len(self.steps)


def make_probe(permissions: Collection[str], shop: GraphQLSchema | None) -> Operation | None:
    """Makes a query that needs each of some permissions, and as few others as possible.

    Args:
        permissions: The permissions to need. Those of mutations, and those that nothing in the shop's schema
            needs, are left out.
        shop: The shop's schema. None: the documented one.

    Returns:
        The query, for one object of each kind. None if no permission is left.
    """
    paths = find_paths_to_permissions()
    found: list[Operation] = []
    for number, permission in enumerate(sorted(permissions)):
        if permission not in paths:
            continue
        operation = _make_operation(paths[permission], f"p{number}")
        fitted = fit_operation(operation, shop).operation if shop else operation
        if fitted and permission in find_permissions(fitted):
            found.append(fitted)
    if not found:
        return None
    definitions = [get_definition(one.document) for one in found]
    together = tuple(node for one in definitions for node in one.selection_set.selections)
    return with_selection(found[0], SelectionSetNode(selections=together))


@cache
def find_paths_to_permissions() -> dict[str, SchemaPath]:
    """Returns every permission that a query can need by our schema, with the best path that needs it."""
    schema, number = load_schema(), count()
    query = schema.query_type
    assert query
    best: dict[str, SchemaPath] = {}
    seen: set[str] = set()
    waiting: list[tuple[tuple[int, int], int, FieldsType, SchemaPath]] = [
        ((0, 0), next(number), query, SchemaPath())
    ]
    while waiting:
        _, _, owner, path = heappop(waiting)
        if owner.name in seen:
            continue
        seen.add(owner.name)
        for following, held, needed in _list_steps(owner, path, schema):
            for permission in needed:
                if permission not in best or following.cost < best[permission].cost:
                    best[permission] = following
            if held:
                heappush(waiting, (following.cost, next(number), held, following))
    return best


def _list_steps(
    owner: FieldsType, path: SchemaPath, schema: GraphQLSchema
) -> Iterator[tuple[SchemaPath, FieldsType | None, list[str]]]:
    """Yields the next steps from a type: the longer path, the type at its end, and what the step needs."""
    if is_abstract_type(owner):
        for one in schema.get_possible_types(owner):
            yield SchemaPath((*path.steps, one.name), path.permissions), one, []
    for name, definition in getattr(owner, "fields", {}).items():
        if any(is_required_argument(one) for one in definition.args.values()):
            continue
        needed = list(find_field_permissions(owner, FieldNode(name=NameNode(value=name))))
        held = get_named_type(definition.type)
        longer = SchemaPath((*path.steps, (name, definition)), path.permissions.union(needed))
        yield longer, cast(FieldsType, held) if is_composite_type(held) else None, needed


def _make_operation(path: SchemaPath, alias: str) -> Operation:
    last = next(step for step in reversed(path.steps) if not isinstance(step, str))
    node = _make_nodes(path, _select_least(last[1]))
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


def _make_nodes(path: SchemaPath, below: SelectionSetNode | None) -> SelectionNode:
    node: SelectionNode | None = None
    for step in reversed(path.steps):
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


def _select_least(definition: GraphQLField) -> SelectionSetNode | None:
    """Returns the smallest selection of a field's type."""
    held = get_named_type(definition.type)
    if not is_composite_type(held):
        return None
    fields = getattr(held, "fields", {})
    if is_object_type(held) and {"edges", "pageInfo"} <= fields.keys():
        node = FieldNode(name=NameNode(value="node"), selection_set=_select_field("__typename"))
        edges = FieldNode(name=NameNode(value="edges"), selection_set=SelectionSetNode(selections=(node,)))
        return SelectionSetNode(selections=(edges,))
    return _select_field("id" if "id" in fields else "__typename")


def _select_field(name: str) -> SelectionSetNode:
    return SelectionSetNode(selections=(FieldNode(name=NameNode(value=name)),))
