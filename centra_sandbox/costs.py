"""The cost of a query and the permissions it needs, calculated before it runs."""

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_directive_values,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_interface_type,
    is_list_type,
)

from .schema import field_permissions

UNLIMITED_LIST = 10
"""Centra counts a list without a limit as ten objects."""
# centra.dev/integration-api/query-complexity-calculation

TOP_LEVEL_LIMIT = 20
"""The default limit of lists at the top of a query, which is then what they cost."""
# centrahq/api-documentation, guides: customers and invoices without a limit

EXPENSIVE = 2
"""Every stock quantity but freeToAllocateQuantity is an expensive scalar."""


@dataclass
class Need:
    """A permission that a query needs, and the first field that needs it."""

    permission: str
    node: FieldNode
    path: list[str]


@dataclass
class Costs:
    """The cost and permissions of a query."""

    complexity: int = 0
    needs: dict[str, Need] = field(default_factory=dict)
    deprecated: list[str] = field(default_factory=list)


def measure(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: dict[str, FragmentDefinitionNode],
    variables: Any,
) -> Costs:
    """Calculates the cost and permissions of an operation by Centra's rules.

    Scalars cost nothing, an object 1 and its fields, or 2 if the type of its field is an interface. A list
    multiplies by its limit and a connection by first or last; `edges` add nothing, and an item of a list of
    scalars costs 1. On an interface the most expensive of the type conditions counts.

    Args:
        schema: The served schema.
        operation: The operation that will run.
        fragments: The document's fragments by name.
        variables: What graphql-core's `get_variable_values` made of the request's variables.
    """
    walk = _Walk(schema, fragments, variables)
    root = schema.get_root_type(operation.operation)
    walk.costs.complexity = walk.selection(root, operation.selection_set, [])
    return walk.costs


class _Walk:
    def __init__(
        self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode], variables: Any
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._values: dict[str, Any] = getattr(variables, "coerced", variables)
        self.costs = Costs()

    def selection(self, parent: Any, selections: SelectionSetNode, path: list[str]) -> int:
        own = 0
        conditional: dict[str, int] = {}
        for node in selections.selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                own += self._field(parent, node, [*path, (node.alias or node.name).value])
                continue
            fragment = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            assert isinstance(fragment, (InlineFragmentNode, FragmentDefinitionNode))
            condition = fragment.type_condition
            name = condition.name.value if condition else parent.name
            cost = self.selection(self._schema.type_map[name], fragment.selection_set, path)
            if name == parent.name:
                own += cost
            else:
                conditional[name] = conditional.get(name, 0) + cost
        return own + max(conditional.values(), default=0)

    def _is_included(self, node: SelectionNode) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (skip and skip["if"]) and not (include and not include["if"])

    def _field(self, parent: Any, node: FieldNode, path: list[str]) -> int:
        name = node.name.value
        if name.startswith("__"):
            return 0
        definition: GraphQLField = parent.fields[name]
        for permission in field_permissions(parent, name, definition):
            self.costs.needs.setdefault(permission, Need(permission, node, path))
        if definition.deprecation_reason:
            self.costs.deprecated.append(f"{parent.name}.{name}: {definition.deprecation_reason}")
        answered = get_named_type(definition.type)
        is_list = is_list_type(get_nullable_type(definition.type))
        if not is_composite_type(answered):
            if is_list:
                return self._size(node, ("limit",), self._unlimited(parent, definition))
            is_expensive = parent.name in ("Stock", "StockTotals") and name != "freeToAllocateQuantity"
            return EXPENSIVE if is_expensive else 0
        assert node.selection_set
        inner = self.selection(answered, node.selection_set, path)
        if answered.name.endswith("Connection"):
            return self._connection(node, answered, inner)
        if parent.name.endswith("Connection") and name == "edges":
            return inner
        whole = (2 if is_interface_type(answered) else 1) + inner
        return whole * (self._size(node, ("limit",), self._unlimited(parent, definition)) if is_list else 1)

    def _connection(self, node: FieldNode, connection: Any, inner: int) -> int:
        """Adds up a connection: `inner` has the cost of one edge, and of `pageInfo`, which occurs once."""
        assert node.selection_set
        chosen = (s.name.value for s in node.selection_set.selections if isinstance(s, FieldNode))
        page_info = list(chosen).count("pageInfo")
        return page_info + (inner - page_info) * self._size(node, ("first", "last"))

    def _unlimited(self, parent: Any, definition: GraphQLField) -> int:
        """What a list counts for whose limit the query does not name: the default of the argument."""
        argument = definition.args.get("limit")
        default = argument.ast_node.default_value if argument and argument.ast_node else None
        if isinstance(default, IntValueNode):
            return int(default.value)
        return TOP_LEVEL_LIMIT if argument and parent is self._schema.query_type else UNLIMITED_LIST

    def _size(self, node: FieldNode, names: tuple[str, ...], unlimited: int = UNLIMITED_LIST) -> int:
        for argument in node.arguments or ():
            if argument.name.value in names:
                value = argument.value
                if isinstance(value, VariableNode):
                    given = self._values.get(value.name.value)
                else:
                    given = int(value.value) if isinstance(value, IntValueNode) else None
                if given is not None:
                    return max(0, int(given))
        return unlimited
