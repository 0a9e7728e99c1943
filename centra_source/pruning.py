"""Takes fields out of an operation, and whatever is empty or unused without them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from graphql import (
    FieldNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    TypeNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    visit,
)

from .documents import Operation, operation_of
from .tables import FieldsType, Path, response_key

IsUnwanted = Callable[[FieldsType, FieldNode, Path], bool]
"""Asked for every field: the type that it is asked of, the field, and the keys of the answer down to it."""


def without_fields(operation: Operation, is_unwanted: IsUnwanted) -> tuple[Operation | None, list[Path]]:
    """An operation without some of its fields, and the paths of these.

    What lies below an unwanted field goes with it, and an object of which nothing is left goes, too. Nothing
    may be left of the operation.
    """
    query = operation.schema.query_type
    assert query
    definition = operation_of(operation.document)
    pruner = _Pruner(operation, is_unwanted)
    kept = pruner.selection(definition.selection_set, query, ())
    if kept is None or not pruner.gone:
        return (operation if kept else None), pruner.gone
    return replaced(operation, definition_with(definition, kept)), pruner.gone


def definition_with(
    definition: OperationDefinitionNode,
    selection: SelectionSetNode,
    variable_types: Mapping[str, TypeNode] | None = None,
) -> OperationDefinitionNode:
    """An operation's definition with another selection, and without the variables that this does not use.

    Args:
        definition: The operation.
        selection: What it is to ask for.
        variable_types: Other types for some of its variables.
    """
    used = set(_variables(selection))
    types = variable_types or {}
    return OperationDefinitionNode(
        operation=definition.operation,
        name=definition.name,
        variable_definitions=tuple(
            VariableDefinitionNode(
                variable=one.variable,
                type=types.get(one.variable.name.value, one.type),
                default_value=one.default_value,
            )
            for one in definition.variable_definitions or ()
            if one.variable.name.value in used
        ),
        selection_set=selection,
    )


def replaced(operation: Operation, definition: OperationDefinitionNode) -> Operation:
    """The operation with another definition; fragments beside it stay."""
    document = visit(operation.document, _DefinitionReplacer(operation_of(operation.document), definition))
    return Operation.of(document, operation.schema)


class _Pruner:
    def __init__(self, operation: Operation, is_unwanted: IsUnwanted) -> None:
        self._schema, self._is_unwanted = operation.schema, is_unwanted
        self.gone: list[Path] = []

    def selection(
        self, selection: SelectionSetNode, owner: FieldsType, path: Path
    ) -> SelectionSetNode | None:
        kept = tuple(self._kept(selection.selections, owner, path))
        return SelectionSetNode(selections=kept) if kept else None

    def _kept(self, nodes: Iterable[SelectionNode], owner: FieldsType, path: Path) -> Iterator[SelectionNode]:
        for node in nodes:
            if isinstance(node, FieldNode):
                kept = self._field(node, owner, (*path, response_key(node)))
                if kept:
                    yield kept
            elif isinstance(node, InlineFragmentNode) and node.type_condition:
                narrowed = cast(FieldsType, self._schema.type_map[node.type_condition.name.value])
                selected = self.selection(node.selection_set, narrowed, path)
                if selected:
                    yield InlineFragmentNode(type_condition=node.type_condition, selection_set=selected)

    def _field(self, node: FieldNode, owner: FieldsType, path: Path) -> FieldNode | None:
        if self._is_unwanted(owner, node, path):
            self.gone.append(path)
            return None
        if not node.selection_set:
            return node
        held = cast(FieldsType, get_named_type(owner.fields[node.name.value].type))
        selected = self.selection(node.selection_set, held, path)
        if selected is None:
            return None
        return FieldNode(alias=node.alias, name=node.name, arguments=node.arguments, selection_set=selected)


class _DefinitionReplacer(Visitor):
    def __init__(self, replaced: OperationDefinitionNode, replacement: OperationDefinitionNode) -> None:
        super().__init__()
        self._replaced, self._replacement = replaced, replacement

    def enter_operation_definition(
        self, node: OperationDefinitionNode, *_: Any
    ) -> OperationDefinitionNode | None:
        return self._replacement if node is self._replaced else None


def _variables(selection: SelectionSetNode) -> Iterator[str]:
    found: list[str] = []

    class Collector(Visitor):
        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            found.append(node.name.value)

    visit(selection, Collector())
    return iter(found)
