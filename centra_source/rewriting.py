"""Makes other operations of an operation: with fewer fields, or with the row before each of its pages."""

from __future__ import annotations

from collections.abc import Collection, Iterable
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

ROW_BEFORE = "rowBefore"
"""Alias of the row before a page, and the ending of the variable that says where it stands."""

Path = tuple[str, ...]


def with_fields_only(operation: Operation, selection: SelectionSetNode, fields: Collection[str]) -> Operation:
    """The operation with nothing but some scalar fields in the selection of its objects."""
    few = SelectionSetNode(selections=tuple(FieldNode(name=NameNode(value=field)) for field in fields))
    return with_selection(operation, selection, few)


def with_selection(operation: Operation, old: SelectionSetNode, new: SelectionSetNode) -> Operation:
    """The operation with another selection in place of one of its own."""
    return Operation.of(visit(operation.document, _Replacer(old, new)), operation.schema)


def renamed(operation: Operation, name: str) -> Operation:
    """The operation under another name."""
    return Operation.of(visit(operation.document, _Renamer(name)), operation.schema)


def with_fields_added(
    operation: Operation, selection: SelectionSetNode, fields: Iterable[SelectionNode]
) -> Operation:
    """The operation with some more fields in the selection of its objects."""
    more = SelectionSetNode(selections=(*selection.selections, *fields))
    return Operation.of(visit(operation.document, _Replacer(selection, more)), operation.schema)


def with_row_before(operation: Operation, page_variable: str, path: Path) -> Operation:
    """The operation, asking beside each page of a list for the row that stands before it.

    Pages of a list shift when a row before them comes or goes; whether the row before a page is still the
    last one of the page before it tells exactly that, for the price of one object.

    Args:
        operation: Pages a list by `page: $<page_variable>`.
        page_variable: The row before is the one at `$<page_variable>RowBefore`, counted from 1.
        path: The field of a row that identifies it.
    """
    return Operation.of(visit(operation.document, _RowBefore(page_variable, path)), operation.schema)


def _nested(path: Path) -> SelectionSetNode:
    inner = _nested(path[1:]) if path[1:] else None
    return SelectionSetNode(selections=(FieldNode(name=NameNode(value=path[0]), selection_set=inner),))


class _Renamer(Visitor):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def leave_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> OperationDefinitionNode:
        return OperationDefinitionNode(
            operation=node.operation,
            name=NameNode(value=self._name),
            variable_definitions=node.variable_definitions,
            selection_set=node.selection_set,
        )


class _Replacer(Visitor):
    def __init__(self, replaced: SelectionSetNode, replacement: SelectionSetNode) -> None:
        super().__init__()
        self._replaced, self._replacement = replaced, replacement

    def enter_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode | None:
        return self._replacement if node is self._replaced else None


class _RowBefore(Visitor):
    def __init__(self, page_variable: str, path: Path) -> None:
        super().__init__()
        self._page_variable, self._path = page_variable, path
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
        added = [self._sibling(field) for field in node.selections if self._is_paged(field)]
        return SelectionSetNode(selections=(*node.selections, *added)) if added else None

    def _is_paged(self, node: SelectionNode) -> bool:
        return isinstance(node, FieldNode) and any(
            argument.name.value == "page"
            and isinstance(argument.value, VariableNode)
            and argument.value.name.value == self._page_variable
            for argument in node.arguments or ()
        )

    def _sibling(self, node: SelectionNode) -> FieldNode:
        assert isinstance(node, FieldNode)
        own = {"limit": IntValueNode(value="1"), "page": self._variable}
        arguments = tuple(
            ArgumentNode(name=argument.name, value=own.get(argument.name.value, argument.value))
            for argument in node.arguments or ()
        )
        alias = NameNode(value=ROW_BEFORE)
        return FieldNode(alias=alias, name=node.name, arguments=arguments, selection_set=_nested(self._path))
