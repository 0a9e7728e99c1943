"""One operation with its variables, ready to be sent: its text, its costs and the keys of its answer."""

from __future__ import annotations

from typing import Any

from gql import GraphQLRequest
from graphql import FieldNode, OperationType

from ..operations.complexity import calculate_complexity
from ..operations.documents import Operation, get_definition
from .throttle import MUTATION_COUNT, QUERY_COMPLEXITY, REQUEST_COUNT

Variables = dict[str, Any]


class OperationRequest(GraphQLRequest):
    """A GraphQL request that sends text printed once, where gql prints the document of each request.

    Attributes:
        name: The operation's name.
        response_keys: The keys of the answer's `data`. None if fragments or directives at the top decide.
        costs: What the throttle takes for it, by kind.
    """

    def __init__(self, operation: Operation, variables: Variables) -> None:
        # An operation that was fitted to a shop may have lost some of its variables.
        known = {name: value for name, value in variables.items() if name in operation.variables}
        super().__init__(operation.document, variable_values=known, operation_name=operation.name)
        self.name = operation.name
        self._text = operation.text
        definition = get_definition(operation.document)
        fields = [
            node
            for node in definition.selection_set.selections
            if isinstance(node, FieldNode) and not node.directives
        ]
        is_plain = len(fields) == len(definition.selection_set.selections)
        self.response_keys = {(node.alias or node.name).value for node in fields} if is_plain else None
        self.costs = {
            REQUEST_COUNT: 1,
            QUERY_COMPLEXITY: _expect_complexity(operation, variables),
            MUTATION_COUNT: int(definition.operation is OperationType.MUTATION),
        }

    @property
    def payload(self) -> dict[str, Any]:
        """The body to post."""
        return {"query": self._text, "variables": self.variable_values, "operationName": self.name}


def _expect_complexity(operation: Operation, variables: Variables) -> int:
    """Returns the points that Centra will charge. 0 for a query with fields that our schema does not have:
    the throttle then corrects its levels by the points in the answer.
    """
    try:
        return calculate_complexity(operation, variables)
    except KeyError:
        return 0
