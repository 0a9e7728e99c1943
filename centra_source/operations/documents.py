"""Reads the `.graphql` files of this package: the schema, and one operation per resource."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from graphql import (
    DocumentNode,
    FieldsOnCorrectTypeRule,
    GraphQLSchema,
    KnownArgumentNamesRule,
    KnownTypeNamesRule,
    Node,
    OperationDefinitionNode,
    TokenKind,
    build_schema,
    parse,
    print_ast,
    validate,
)

DESCRIPTION_MARK = ":"
"""First character of a comment that is meant for analysts: `#: One row per brand.`"""

NAME_RULES = (FieldsOnCorrectTypeRule, KnownArgumentNamesRule, KnownTypeNamesRule)
"""GraphQL's rules that find names which the schema lacks. The tests check all rules, which takes longer."""


@dataclass(frozen=True, eq=False)
class Operation:
    """One query, parsed and printed once.

    Attributes:
        name: The name of the resource, or of the operation of the engine.
        document: The parsed query.
        text: The query as it is sent.
        schema: Gives the fields of the query their types.
    """

    name: str
    document: DocumentNode
    text: str
    schema: GraphQLSchema

    @classmethod
    def of(cls, document: DocumentNode, schema: GraphQLSchema) -> Operation:
        """Wraps a document that holds exactly one operation, named like the resource."""
        definition = get_definition(document)
        assert definition.name is not None, "an operation of this package has a name"
        return cls(definition.name.value, document, print_ast(document), schema)

    @cached_property
    def variables(self) -> frozenset[str]:
        """The names of the variables that the operation takes."""
        definitions = get_definition(self.document).variable_definitions or ()
        return frozenset(definition.variable.name.value for definition in definitions)


def get_definition(document: DocumentNode) -> OperationDefinitionNode:
    """The only operation of a document."""
    (definition,) = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return definition


def read_description(node: Node) -> str | None:
    """Reads the `#:` comment right above an operation or a field, its lines joined by blanks.

    Ordinary comments between its lines are skipped.
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
    """The part of Centra's schema that this package knows, built once per process."""
    return build_schema(read_schema_text(), assume_valid=True)


def read_schema_text() -> str:
    """Returns `schema.graphql` as it is written, with its comments."""
    return _read_file("schema.graphql")


@cache
def load_operation(name: str) -> Operation:
    """The operation in `queries/<name>.graphql`.

    Raises:
        ValueError: The query names a field, an argument or a type that `schema.graphql` lacks.
    """
    path = f"queries/{name}.graphql"
    return parse_operation(_read_file(path), load_schema(), path)


def parse_operation(text: str, schema: GraphQLSchema, path: str) -> Operation:
    """Parses a query, and checks that the schema has every name in it.

    Args:
        text: The query.
        schema: Has the types of the query.
        path: The file of the query, for the message.

    Raises:
        ValueError: The query names a field, an argument or a type that the schema lacks.
    """
    document = parse(text)
    for error in validate(schema, document, NAME_RULES, max_errors=1):
        line = f", line {error.locations[0].line}" if error.locations else ""
        reason = error.message.rstrip(".")
        raise ValueError(
            f"centra_source/{path}{line} does not fit centra_source/schema.graphql ({reason}): "
            "correct the query, or add what is missing to the schema."
        )
    return Operation.of(document, schema)


def _read_file(path: str) -> str:
    return files(__package__.rpartition(".")[0]).joinpath(path).read_text(encoding="utf-8")
