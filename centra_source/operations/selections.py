"""What an operation selects: its root list, and the fields with their definitions and types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

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
)

from .documents import Operation, operation_of

FieldsType = GraphQLObjectType | GraphQLInterfaceType

Path = tuple[str, ...]

TRAITS = "ObjectWith"

"""Interfaces named so tell what an object has besides its fields, and not what it is."""


@dataclass(frozen=True)
class Root:
    """The list that an operation reads: its key in the answer, and what is selected of which type."""

    response_key: str
    type: FieldsType
    selection: SelectionSetNode = field(repr=False)


def root_of(operation: Operation) -> Root:
    """Finds the one list that an operation reads, through `edges { node }` where it is a connection."""
    schema = operation.schema
    (root,) = operation_of(operation.document).selection_set.selections
    assert isinstance(root, FieldNode)
    assert schema.query_type
    returned = schema.query_type.fields[root.name.value].type
    selection, owner = root.selection_set, fields_type(returned)
    is_connection = "edges" in owner.fields and "pageInfo" in owner.fields
    assert selection
    for step in ("edges", "node") if is_connection else ():
        node, definition, _ = next(
            found for found in fields_of(selection, owner, schema) if found[0].name.value == step
        )
        selection, owner = node.selection_set, fields_type(definition.type)
        assert selection
    return Root(response_key(root), owner, selection)


def fields_of(
    selection: SelectionSetNode, owner: FieldsType, schema: GraphQLSchema
) -> Iterator[tuple[FieldNode, GraphQLField, FieldsType]]:
    """The fields of a selection, each with its definition and the type that was asked for it.

    Those of inline fragments stand among them.
    """
    for node in selection.selections:
        if isinstance(node, FieldNode):
            is_typename = node.name.value == "__typename"
            yield node, TypeNameMetaFieldDef if is_typename else owner.fields[node.name.value], owner
        elif isinstance(node, InlineFragmentNode) and node.type_condition:
            narrowed = cast(FieldsType, schema.type_map[node.type_condition.name.value])
            yield from fields_of(node.selection_set, narrowed, schema)


def named_field(holder: FieldsType, name: str) -> str:
    """The field as `Type.field`; one that a type has from an interface is named by that: `Order.status`."""
    for interface in getattr(holder, "interfaces", ()):  # a union, of which __typename can be asked, has none
        if name in interface.fields and not interface.name.startswith(TRAITS):
            return f"{interface.name}.{name}"
    return f"{holder.name}.{name}"


def fields_type(output: GraphQLOutputType) -> FieldsType:
    """The object or interface type below lists and non-nulls."""
    return cast(FieldsType, get_named_type(output))


def response_key(node: FieldNode) -> str:
    """The key of a field in the answer."""
    return node.alias.value if node.alias else node.name.value
