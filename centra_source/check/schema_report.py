"""Writes a shop's schema as a text for a bug report: names and types, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLSchema,
    Node,
    StringValueNode,
    Visitor,
    build_client_schema,
    execute_sync,
    parse,
    print_ast,
    print_schema,
    visit,
)

from ..operations.documents import load_operation
from ..shop.connect import connect
from ..shop.introspection import UNKNOWN_VERSION
from ..source import configured_settings
from .schema_drift import SchemaDrift, compare_schemas

HEADER = """\
# The schema of a shop, written by `centra check --schema-report`. Centra's version: {version}
# It holds names and types only: no data, no address, no token, no descriptions.
"""

_VERSION = re.compile(r"v?\d+(\.\d+)*")


@dataclass(frozen=True)
class SchemaReport:
    """A shop's schema as a text for a bug report.

    Attributes:
        text: In GraphQL's schema language.
        version: The number of Centra's version.
        drift: What differs between the shop's schema and the documented one.
    """

    text: str
    version: str
    drift: SchemaDrift


def make_schema_report(**settings: Any) -> SchemaReport | None:
    """Requests a shop's schema, and returns it as a text for a bug report. None if the shop does not show it.

    Args:
        settings: Any of the arguments of `centra_source`. dlt fills in the others.

    Raises:
        CentraError: A setting, the token or the network.
    """
    introspection = connect(configured_settings(**settings)).introspection
    introspection.schema()
    introspection.refresh()
    schema = introspection.schema()
    if schema is None:
        return None
    number = _VERSION.match(introspection.version)
    version = number[0] if number else UNKNOWN_VERSION
    return SchemaReport(format_schema_report(schema, version), version, compare_schemas(schema))


def format_schema_report(schema: GraphQLSchema, version: str) -> str:
    """Returns a schema in GraphQL's schema language, without any text besides names.

    Descriptions and deprecations are left out, and texts among the default values of arguments are empty.

    Args:
        schema: The shop's schema.
        version: The number of Centra's version.
    """
    # The query for a shop's schema asks for nothing but names and types.
    shown = execute_sync(schema, load_operation("_schema").document).data
    bare = build_client_schema(shown, assume_valid=True)  # type: ignore[arg-type]  # partial on purpose
    document = visit(parse(print_schema(bare), no_location=True), _TextRemover())
    return f"{HEADER.format(version=version)}\n{print_ast(document)}\n"


class _TextRemover(Visitor):
    """Empties the texts among the default values of a schema document."""

    def enter_string_value(self, _node: Node, *_: Any) -> StringValueNode:
        """Returns an empty text in place of any."""
        return StringValueNode(value="", block=False)
