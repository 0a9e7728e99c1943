"""What an operation selects: its root list, and its fields with their definitions and types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, cast

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    TypeNameMetaFieldDef,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from .documents import Operation, get_definition

FieldsType = GraphQLObjectType | GraphQLInterfaceType
"""A type that has fields."""

Path = tuple[str, ...]
"""Keys to follow in an answer, outermost first."""

_TRAIT_PREFIX = "ObjectWith"
"""Interfaces with this prefix say what an object has (`ObjectWithAttributes`), and not what it is."""


@dataclass(frozen=True)
class Root:
    """The list that an operation reads.

    Attributes:
        response_key: The key of the list in the answer.
        type: The type of the listed objects.
        selection: What is selected of each object.
        path: The keys of the answer down to the objects, `edges` and `node` of a connection included.
    """

    response_key: str
    type: FieldsType
    selection: SelectionSetNode = field(repr=False)
    path: Path


class SelectedField(NamedTuple):
    """One field that an operation asks for.

    Attributes:
        owner: The type that has the field.
        node: The field in the query.
        path: The keys of the answer down to its value.
    """

    owner: FieldsType
    node: FieldNode
    path: Path


def find_root(operation: Operation) -> Root:
    """Finds the one list that an operation reads, through `edges { node }` if it is a connection."""
    schema = operation.schema
    (root,) = get_definition(operation.document).selection_set.selections
    assert isinstance(root, FieldNode)
    assert schema.query_type
    returned = schema.query_type.fields[root.name.value].type
    node, owner = root, get_fields_type(returned)
    path: Path = (response_key(root),)
    is_connection = "edges" in owner.fields and "pageInfo" in owner.fields
    for step in ("edges", "node") if is_connection else ():
        assert node.selection_set
        node, definition, _ = next(
            found
            for found in iterate_fields(node.selection_set, owner, schema)
            if found[0].name.value == step
        )
        owner, path = get_fields_type(definition.type), (*path, response_key(node))
    assert node.selection_set
    return Root(path[0], owner, node.selection_set, path)


def walk(operation: Operation) -> Iterator[SelectedField]:
    """Visits every field that an operation selects, each before the fields below it."""
    definition = get_definition(operation.document)
    owner = operation.schema.get_root_type(definition.operation)
    assert owner, "the schema has the operation's root type"
    yield from _walk(definition.selection_set, owner, operation.schema, ())


def iterate_fields(
    selection: SelectionSetNode, owner: FieldsType, schema: GraphQLSchema
) -> Iterator[tuple[FieldNode, GraphQLField, FieldsType]]:
    """Yields the fields of one selection, each with its definition and the type that has it.

    The fields of inline fragments are among them, but not those of nested selections: see `walk`.
    """
    for node in selection.selections:
        if isinstance(node, FieldNode):
            is_typename = node.name.value == "__typename"
            yield node, TypeNameMetaFieldDef if is_typename else owner.fields[node.name.value], owner
        elif isinstance(node, InlineFragmentNode) and node.type_condition:
            narrowed = cast(FieldsType, schema.type_map[node.type_condition.name.value])
            yield from iterate_fields(node.selection_set, narrowed, schema)


@lru_cache(maxsize=256)
def list_paths(operation: Operation) -> frozenset[Path]:
    """The fields that an operation asks of its root objects, as keys of the answer below them."""
    above = find_root(operation).path
    # Fields next to the root objects, such as the total of a connection, are not deeper than these.
    return frozenset(path[len(above) :] for _, _, path in walk(operation) if len(path) > len(above))


OCCURRENCE: Path = ("occurrence",)
"""Where a row without an id holds its number, from 1, among the rows that refer to the same objects."""


@lru_cache(maxsize=256)
def find_identity(operation: Operation) -> tuple[Path, ...]:
    """The fields that identify the rows of a root list: their `id`, or the ids of what they refer to."""
    asked = list_paths(operation)
    if ("id",) in asked:
        return (("id",),)
    root = find_root(operation)
    single = [
        response_key(node)
        for node, definition, _ in iterate_fields(root.selection, root.type, operation.schema)
        if not is_list_type(get_nullable_type(definition.type))
    ]
    return tuple((key, "id") for key in single if (key, "id") in asked)


def qualify_field(owner: FieldsType, name: str) -> str:
    """Names a field `Type.field`, after the interface if the type has the field from one: `Order.status`."""
    for interface in list_kinds(owner):
        if name in interface.fields:
            return f"{interface.name}.{name}"
    return f"{owner.name}.{name}"


def list_kinds(owner: FieldsType) -> list[GraphQLInterfaceType]:
    """The interfaces that say what an object of a type is: `Order` for `DirectToConsumerOrder`."""
    interfaces = getattr(owner, "interfaces", ())  # `__typename` can be asked of a union, which has none
    return [one for one in interfaces if not one.name.startswith(_TRAIT_PREFIX)]


def get_fields_type(output: GraphQLOutputType) -> FieldsType:
    """The object or interface type below lists and non-nulls."""
    return cast(FieldsType, get_named_type(output))


def response_key(node: FieldNode) -> str:
    """The key of a field in the answer."""
    return node.alias.value if node.alias else node.name.value


def _walk(
    selection: SelectionSetNode, owner: FieldsType, schema: GraphQLSchema, above: Path
) -> Iterator[SelectedField]:
    for node, definition, holder in iterate_fields(selection, owner, schema):
        path = (*above, response_key(node))
        yield SelectedField(holder, node, path)
        if node.selection_set:
            yield from _walk(node.selection_set, get_fields_type(definition.type), schema, path)
