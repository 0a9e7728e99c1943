"""Asks for the row before each page, which shows whether the list has shifted between two pages."""

from __future__ import annotations

from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    IntValueNode,
    NamedTypeNode,
    NameNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)

from .documents import Operation
from .selections import Path

ROW_BEFORE = "rowBefore"
"""Alias of the row before a page. Its variable is named after that of the page: `pageRowBefore`."""


def with_row_before(operation: Operation, page_variable: str, *identity: Path) -> Operation:
    """Returns the operation with the row before each page of a list.

    The pages of a list shift when a row before them is added or removed. The list has not shifted exactly if
    the row before a page is still the last row of the previous page. This check costs one object per page.

    Args:
        operation: Pages a list by `page: $<page_variable>`.
        page_variable: The row before is the one at `$<page_variable>RowBefore`, counted from 1.
        identity: The fields of a row that identify it. None: all that are selected of it.
    """
    return Operation.of(visit(operation.document, _RowBefore(page_variable, identity)), operation.schema)


class _RowBefore(Visitor):
    """Declares the variable, and adds the row before next to each list that is paged by the page variable."""

    def __init__(self, page_variable: str, identity: tuple[Path, ...]) -> None:
        super().__init__()
        self._page_variable, self._identity = page_variable, identity
        self._variable = VariableNode(name=NameNode(value=f"{page_variable}RowBefore"))

    def leave_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> OperationDefinitionNode:
        kind = NonNullTypeNode(type=NamedTypeNode(name=NameNode(value="Int")))
        declared = VariableDefinitionNode(variable=self._variable, type=kind)
        return OperationDefinitionNode(
            operation=node.operation,
            name=node.name,
            variable_definitions=(*(node.variable_definitions or ()), declared),
            selection_set=node.selection_set,
        )

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode | None:
        added = [self._make_sibling(field) for field in node.selections if self._is_paged(field)]
        return SelectionSetNode(selections=(*node.selections, *added)) if added else None

    def _is_paged(self, node: SelectionNode) -> bool:
        return isinstance(node, FieldNode) and any(
            argument.name.value == "page"
            and isinstance(argument.value, VariableNode)
            and argument.value.name.value == self._page_variable
            for argument in node.arguments or ()
        )

    def _make_sibling(self, node: SelectionNode) -> FieldNode:
        assert isinstance(node, FieldNode)
        own = {"limit": IntValueNode(value="1"), "page": self._variable}
        arguments = tuple(
            ArgumentNode(name=argument.name, value=own.get(argument.name.value, argument.value))
            for argument in node.arguments or ()
        )
        alias = NameNode(value=ROW_BEFORE)
        selected = node.selection_set
        if self._identity:
            selected = SelectionSetNode(selections=tuple(_nest(path) for path in self._identity))
        return FieldNode(alias=alias, name=node.name, arguments=arguments, selection_set=selected)


def _nest(path: Path) -> FieldNode:
    inner = SelectionSetNode(selections=(_nest(path[1:]),)) if path[1:] else None
    return FieldNode(name=NameNode(value=path[0]), selection_set=inner)
