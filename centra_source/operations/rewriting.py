"""Derives operations from others: fields removed or added, another name, the row before each page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from graphql import (
    ArgumentNode,
    FieldNode,
    InlineFragmentNode,
    IntValueNode,
    NamedTypeNode,
    NameNode,
    NonNullTypeNode,
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
from .selections import FieldsType, response_key, root_of

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


@lru_cache(maxsize=256)
def asked_paths(operation: Operation) -> frozenset[Path]:
    """The fields that an operation asks of its root objects, as keys of the answer."""
    depth = len(_keys_above(operation))
    paths: set[Path] = set()

    def note(owner: FieldsType, node: FieldNode, path: Path) -> bool:
        if len(path) > depth:
            paths.add(path[depth:])
        return False

    without_fields(operation, note)
    # What stands beside the root objects, such as a connection's count, is no deeper than they are.
    return frozenset(paths)


def without_paths(operation: Operation, unwanted: Collection[Path]) -> Operation | None:
    """An operation without some fields, given as paths of keys below its root objects."""
    above = _keys_above(operation)
    gone = {(*above, *path) for path in unwanted}
    return without_fields(operation, lambda owner, node, path: path in gone)[0]


def _keys_above(operation: Operation) -> Path:
    """The keys of the answer down to the root objects."""
    root = root_of(operation)
    found: list[Path] = []

    def note(owner: FieldsType, node: FieldNode, path: Path) -> bool:
        if node.selection_set is root.selection:
            found.append(path)
        return False

    without_fields(operation, note)
    return found[0]
