"""Reads the `.graphql` files of this package: the schema, and one operation per resource."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from graphql import (
    DocumentNode,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    TokenKind,
    build_schema,
    parse,
    print_ast,
)

DESCRIPTION_MARK = ":"
"""What a comment begins with that is meant for analysts: `#: One row per brand.`"""


@dataclass(frozen=True, eq=False)
class Operation:
    """One query, parsed and printed once; `text` is what travels, `schema` gives its fields their types."""

    name: str
    document: DocumentNode
    text: str
    schema: GraphQLSchema

    @classmethod
    def of(cls, document: DocumentNode, schema: GraphQLSchema) -> Operation:
        """Wraps a document that holds exactly one operation, named like the resource."""
        definition = operation_of(document)
        assert definition.name is not None, "an operation of this package has a name"
        return cls(definition.name.value, document, print_ast(document), schema)

    @cached_property
    def variables(self) -> frozenset[str]:
        """The names of the variables that the operation takes."""
        definitions = operation_of(self.document).variable_definitions or ()
        return frozenset(definition.variable.name.value for definition in definitions)


def operation_of(document: DocumentNode) -> OperationDefinitionNode:
    """The only operation of a document."""
    (definition,) = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return definition


def description_above(node: Node) -> str | None:
    """What the `#:` comment right above an operation or a field says, its lines in one.

    Ordinary comments among its lines do not count.
    """
    lines: list[str] = []
    token = node.loc.start_token.prev if node.loc else None
    while token and token.kind is TokenKind.COMMENT:
        text = token.value or ""
        if text.startswith(DESCRIPTION_MARK):
            lines.insert(0, text.removeprefix(DESCRIPTION_MARK).strip())
        token = token.prev
    return " ".join(lines) or None


@cache
def load_schema() -> GraphQLSchema:
    """The read side of Centra's schema as it is known, built once per process."""
    return build_schema(_read("schema.graphql"), assume_valid=True)


@cache
def load_operation(name: str) -> Operation:
    """The operation that `queries/<name>.graphql` holds."""
    return Operation.of(parse(_read(f"queries/{name}.graphql")), load_schema())


def _read(path: str) -> str:
    return files(__package__.rpartition(".")[0]).joinpath(path).read_text(encoding="utf-8")
