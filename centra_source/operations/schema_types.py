"""Changes a schema to what one shop has: without some of its parts, or with other types."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import (
    REMOVE,
    DocumentNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    GraphQLSchema,
    InputValueDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    Node,
    NonNullTypeNode,
    TypeDefinitionNode,
    Visitor,
    build_ast_schema,
    parse,
    parse_type,
    print_ast,
    print_schema,
    visit,
)


@dataclass(frozen=True)
class Changes:
    """How the schema of a shop differs from another one.

    Attributes:
        lacking: What it does not have: a type (`Order`), a field, a condition or an enum value
            (`Order.number`), or an argument (`Query.orders.sort`).
        input_types: The types of arguments that have another one, by `Type.field.argument`.
    """

    lacking: frozenset[str] = frozenset()
    input_types: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.lacking or self.input_types)

    def add(self, other: Changes) -> Changes:
        """Returns these changes and some more, of which the latest count."""
        return Changes(self.lacking | other.lacking, {**self.input_types, **other.input_types})


def with_changes(schema: GraphQLSchema, changes: Changes) -> GraphQLSchema:
    """Returns the schema with changes. What has a missing type is missing too."""
    return _with_changes(schema, changes.lacking, tuple(sorted(changes.input_types.items())))


def with_scalars(schema: GraphQLSchema, scalars: Mapping[str, str]) -> GraphQLSchema:
    """Returns the schema with other scalars for some fields, given as `Type.field` and the scalar's name."""
    return _with_scalars(schema, tuple(sorted(scalars.items())))


@lru_cache(maxsize=16)
def _with_changes(
    schema: GraphQLSchema, lacking: frozenset[str], input_types: tuple[tuple[str, str], ...]
) -> GraphQLSchema:
    document = visit(parse(print_schema(schema), no_location=True), _Changer(lacking, dict(input_types)))
    return build_ast_schema(_without_empty_types(document), assume_valid=True)


def _without_empty_types(document: DocumentNode) -> DocumentNode:
    """Removes types that have lost their last member, and what has these types, until there is none."""
    while True:
        empty = {
            node.name.value
            for node in document.definitions
            if isinstance(node, TypeDefinitionNode)
            and any(getattr(node, members, None) == () for members in ("fields", "values", "types"))
        }
        if not empty - {"Query", "Mutation"}:
            return document
        document = visit(document, _Changer(empty, {}))


@lru_cache(maxsize=16)
def _with_scalars(schema: GraphQLSchema, scalars: tuple[tuple[str, str], ...]) -> GraphQLSchema:
    document = parse(print_schema(schema), no_location=True)
    return build_ast_schema(visit(document, _ScalarReplacer(dict(scalars))), assume_valid=True)


class _Changer(Visitor):
    """Removes what is lacking, and gives arguments other types."""

    def __init__(self, lacking: Collection[str], input_types: Mapping[str, str]) -> None:
        super().__init__()
        self._lacking, self._input_types = lacking, input_types

    def enter(self, node: Node, _key: Any, _parent: Any, _path: Any, ancestors: list[Any]) -> Any:
        if isinstance(node, TypeDefinitionNode):
            return REMOVE if node.name.value in self._lacking else None
        if isinstance(node, NamedTypeNode):  # an interface or a member of a union
            return REMOVE if node.name.value in self._lacking else None
        if not isinstance(node, (FieldDefinitionNode, InputValueDefinitionNode, EnumValueDefinitionNode)):
            return None
        owners = [one.name.value for one in ancestors if isinstance(one, Node) and hasattr(one, "name")]
        name = ".".join((*owners, node.name.value))
        if name in self._lacking:
            return REMOVE
        if isinstance(node, EnumValueDefinitionNode):
            return None
        if _find_name(node.type) in self._lacking:
            return REMOVE
        if isinstance(node, InputValueDefinitionNode) and name in self._input_types:
            return InputValueDefinitionNode(
                name=node.name,
                type=parse_type(self._input_types[name], no_location=True),
                description=node.description,
            )
        return None


class _ScalarReplacer(Visitor):
    def __init__(self, scalars: Mapping[str, str]) -> None:
        super().__init__()
        self._scalars = scalars

    def enter_field_definition(
        self, node: FieldDefinitionNode, _key: Any, _parent: Any, _path: Any, ancestors: list[Any]
    ) -> FieldDefinitionNode | None:
        owner = next((one.name.value for one in reversed(ancestors) if hasattr(one, "name")), "")
        scalar = self._scalars.get(f"{owner}.{node.name.value}")
        if scalar is None:
            return None
        return FieldDefinitionNode(
            name=node.name,
            arguments=node.arguments,
            type=parse_type(re.sub(r"\w+", scalar, print_ast(node.type)), no_location=True),
            description=node.description,
        )


def _find_name(kind: Any) -> str:
    """The name of a type below lists and non-nulls."""
    while isinstance(kind, (ListTypeNode, NonNullTypeNode)):
        kind = kind.type
    return str(kind.name.value)
