"""Gives fields of a schema other scalars: those that a shop has in place of the documented ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from graphql import (
    FieldDefinitionNode,
    GraphQLSchema,
    Visitor,
    build_ast_schema,
    parse,
    parse_type,
    print_ast,
    print_schema,
    visit,
)


def with_scalars(schema: GraphQLSchema, scalars: Mapping[str, str]) -> GraphQLSchema:
    """Returns the schema with other scalars for some fields, given as `Type.field` and the scalar's name."""
    return _with_scalars(schema, tuple(sorted(scalars.items())))


@lru_cache(maxsize=16)
def _with_scalars(schema: GraphQLSchema, scalars: tuple[tuple[str, str], ...]) -> GraphQLSchema:
    document = parse(print_schema(schema), no_location=True)
    return build_ast_schema(visit(document, _ScalarReplacer(dict(scalars))), assume_valid=True)


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
