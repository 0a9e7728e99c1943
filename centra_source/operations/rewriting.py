"""Derives operations from others: with another name, another selection, more fields or fewer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, cast

from graphql import (
    REMOVE,
    DocumentNode,
    FieldNode,
    InlineFragmentNode,
    NameNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    TypeNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    VisitorAction,
    visit,
)

from .documents import Operation, get_definition
from .selections import FieldsType, Path, find_root, response_key, walk

IsUnwanted = Callable[[FieldsType, FieldNode, Path], bool]
"""Decides about one field by the type that has it, the field, and the keys of the answer down to it."""


def with_name(operation: Operation, name: str) -> Operation:
    """Returns the operation with another name."""
    definition = get_definition(operation.document)
    return _with_definition(
        operation,
        OperationDefinitionNode(
            operation=definition.operation,
            name=NameNode(value=name),
            variable_definitions=definition.variable_definitions,
            selection_set=definition.selection_set,
        ),
    )


def with_selection(
    operation: Operation,
    selection: SelectionSetNode,
    *,
    variable_types: Mapping[str, TypeNode] | None = None,
    more_variables: Iterable[VariableDefinitionNode] = (),
) -> Operation:
    """Returns the operation with another whole selection, and without the variables that it does not use.

    Args:
        operation: The operation.
        selection: What to ask for instead.
        variable_types: Other types for some of its variables, by name.
        more_variables: Variables that only the new selection uses.
    """
    definition = get_definition(operation.document)
    used, types = _find_variables(selection), variable_types or {}
    variables = tuple(
        VariableDefinitionNode(
            variable=one.variable,
            type=types.get(one.variable.name.value, one.type),
            default_value=one.default_value,
        )
        for one in (*(definition.variable_definitions or ()), *more_variables)
        if one.variable.name.value in used
    )
    return _with_definition(
        operation,
        OperationDefinitionNode(
            operation=definition.operation,
            name=definition.name,
            variable_definitions=variables,
            selection_set=selection,
        ),
    )


def with_nested_selection(operation: Operation, old: SelectionSetNode, new: SelectionSetNode) -> Operation:
    """Returns the operation with `new` in place of the selection `old`, which is one of its own."""
    return Operation.of(visit(operation.document, _Replacer(old, new)), operation.schema)


def with_fields_only(operation: Operation, selection: SelectionSetNode, fields: Collection[str]) -> Operation:
    """Returns the operation with only some scalar fields in one of its selections."""
    few = SelectionSetNode(selections=tuple(FieldNode(name=NameNode(value=field)) for field in fields))
    return with_nested_selection(operation, selection, few)


def with_fields_added(
    operation: Operation, selection: SelectionSetNode, fields: Iterable[SelectionNode]
) -> Operation:
    """Returns the operation with more fields at the end of one of its selections."""
    more = SelectionSetNode(selections=(*selection.selections, *fields))
    return with_nested_selection(operation, selection, more)


def without_fields(operation: Operation, is_unwanted: IsUnwanted) -> Operation | None:
    """Removes fields from an operation.

    What is below an unwanted field is removed with it. An object or a list with no field left is removed too.

    Args:
        operation: The operation.
        is_unwanted: Called for every field that is not below an unwanted one.

    Returns:
        The operation, or None if nothing is left of it.
    """
    if not any(is_unwanted(*field) for field in walk(operation)):  # the usual case, and much faster
        return operation
    pruner = _Pruner(TypeInfo(operation.schema), is_unwanted)
    definition = get_definition(operation.document)
    kept: OperationDefinitionNode = visit(definition, TypeInfoVisitor(pruner.types, pruner))
    if not kept.selection_set.selections:
        return None
    return with_selection(operation, kept.selection_set)


def without_paths(operation: Operation, unwanted: Collection[Path]) -> Operation | None:
    """Removes fields that are given as paths of keys below the root objects; None if nothing is left."""
    above = find_root(operation).path
    removed = {(*above, *path) for path in unwanted}
    return without_fields(operation, lambda owner, node, path: path in removed)


def _with_definition(operation: Operation, definition: OperationDefinitionNode) -> Operation:
    """The operation with another definition; the fragments of its document stay."""
    definitions = tuple(
        definition if isinstance(node, OperationDefinitionNode) else node
        for node in operation.document.definitions
    )
    return Operation.of(DocumentNode(definitions=definitions), operation.schema)


def _find_variables(selection: SelectionSetNode) -> set[str]:
    collector = _VariableCollector()
    visit(selection, collector)
    return collector.names


class _VariableCollector(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.names.add(node.name.value)


class _Replacer(Visitor):
    """Puts one selection in the place of another, which it knows by identity."""

    def __init__(self, old: SelectionSetNode, new: SelectionSetNode) -> None:
        super().__init__()
        self._old, self._new = old, new

    def enter_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode | None:
        return self._new if node is self._old else None


class _Pruner(Visitor):
    """Removes unwanted fields, and then what has become empty."""

    def __init__(self, types: TypeInfo, is_unwanted: IsUnwanted) -> None:
        super().__init__()
        self.types, self._is_unwanted = types, is_unwanted
        self._path: Path = ()

    def enter_field(self, node: FieldNode, *_: Any) -> VisitorAction:
        path = (*self._path, response_key(node))
        if self._is_unwanted(cast(FieldsType, self.types.get_parent_type()), node, path):
            return REMOVE
        self._path = path
        return None

    def leave_field(self, node: FieldNode, *_: Any) -> VisitorAction:
        self._path = self._path[:-1]
        return REMOVE if node.selection_set and not node.selection_set.selections else None

    def leave_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> VisitorAction:
        return REMOVE if not node.selection_set.selections else None
