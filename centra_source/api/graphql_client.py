"""A gql client for queries of your own, with the throttle, the retries and the errors of the loader."""

from __future__ import annotations

from typing import Any

import gql
from gql import GraphQLRequest
from gql.transport import Transport
from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    print_ast,
)

from ..exceptions import InvalidSetting
from ..operations.documents import Operation, load_schema
from .client import Client

UNNAMED = "query"
"""The name that a query without one is sent with."""


def make_gql_client(client: Client) -> gql.Client:
    """Returns a gql client whose requests are sent by `client`."""
    return gql.Client(transport=_ClientTransport(client))


class _ClientTransport(Transport):
    """Has the loader's client execute the requests of a gql client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def execute(self, request: GraphQLRequest, *args: Any, **kwargs: Any) -> ExecutionResult:
        operation = _select_operation(request)
        answer = self._client.execute(operation, request.variable_values or {})
        extensions = {"complexity": answer.complexity, "permissionsUsed": sorted(answer.permissions)}
        return ExecutionResult(answer.data, extensions=extensions)


def _select_operation(request: GraphQLRequest) -> Operation:
    """Returns the query that a request selects, with a name and with the fragments of its document.

    Raises:
        InvalidSetting: There is none, more than one, or it is not a query.
    """
    definitions = request.document.definitions
    chosen = [
        node
        for node in definitions
        if isinstance(node, OperationDefinitionNode)
        and request.operation_name in (None, node.name and node.name.value)
    ]
    if len(chosen) != 1:
        raise InvalidSetting(
            f"The document contains {len(chosen)} operations to choose from: "
            "set operation_name to the name of one."
        )
    if chosen[0].operation is not OperationType.QUERY:
        raise InvalidSetting(
            "This client only sends queries: a mutation that is retried could take effect twice. "
            "Send mutations with a client of your own."
        )
    name = chosen[0].name.value if chosen[0].name else UNNAMED
    query = OperationDefinitionNode(
        operation=chosen[0].operation,
        name=NameNode(value=name),
        variable_definitions=chosen[0].variable_definitions,
        directives=chosen[0].directives,
        selection_set=chosen[0].selection_set,
    )
    fragments = [node for node in definitions if isinstance(node, FragmentDefinitionNode)]
    document = DocumentNode(definitions=(query, *fragments))
    return Operation(name, document, print_ast(document), load_schema())
