"""The queries for further pages of a list inside objects: one list, of the objects that have more of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    NameNode,
    SelectionNode,
    SelectionSetNode,
    TypeNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    parse_type,
)

from .documents import Operation, get_definition
from .nested_lists import LIMIT, PAGE, NestedList
from .rewriting import with_selection
from .row_before import ROW_BEFORE
from .selections import FieldsType, Path, find_root, get_fields_type, iterate_fields, response_key

FILTER, COUNT, PLACE, LIST_LIMIT, LIST_PAGE, LIST_BEFORE = (
    "nestedFilter",
    "nestedCount",
    "nestedPlace",
    "nestedLimit",
    "nestedPage",
    "nestedPageRowBefore",
)
"""The variables of these queries, besides those of `NestedPages.pins`."""

NUMBER = parse_type("Int!", no_location=True)


class Location(Enum):
    """How the parents of a list are asked for again."""

    IDS = "by a filter"
    PLACE = "by their place in the list of objects, one at a time"
    ALL = "all of them: the list of objects takes no arguments"


@dataclass(frozen=True)
class NestedPages:
    """The queries that complete one list inside objects.

    Attributes:
        nested: The list.
        location: How its parents are asked for.
        operation: Asks for one page of the list.
        whole: Asks for the whole objects again; the same variables as far as it has them.
        pins: The variables for the place of the parent in each outer list that is cut itself, by the path of
            that list.
        levels: How many lists are above each of these outer lists.
    """

    nested: NestedList
    location: Location
    operation: Operation
    whole: Operation
    pins: Mapping[Path, str]
    levels: Mapping[Path, int]


def make_nested_pages(
    operation: Operation, shop: GraphQLSchema, nested: NestedList, lists: Iterable[NestedList]
) -> NestedPages | None:
    """Makes the queries for further pages of a list.

    Args:
        operation: As it is sent.
        shop: The shop's schema.
        nested: The list.
        lists: All lists of the operation that the shop may cut.

    Returns:
        None if the shop has no way to ask for single objects again.
    """
    (root,) = get_definition(operation.document).selection_set.selections
    assert isinstance(root, FieldNode)
    assert shop.query_type
    found = find_root(Operation.of(operation.document, shop))
    located = _locate(root, shop.query_type.fields[root.name.value], found.selection)
    if located is None:
        return None
    location, arguments, declared = located
    cut = [one.path for one in lists if one.is_paged and len(one.path) < len(nested.path)]
    outer = [path for path in cut if path == nested.path[: len(path)]]
    pins = {path: f"nestedPlace{number}" for number, path in enumerate(outer, 1)}
    above = found.path
    narrow = _Narrower(shop, nested, {(*above, *path): name for path, name in pins.items()}, above)
    selected = narrow.narrow(
        SelectionSetNode(selections=(root,)), shop.query_type, (*above, *nested.path), ()
    )
    own = [LIST_LIMIT, *((LIST_PAGE, LIST_BEFORE) if nested.is_paged else ()), *pins.values()]
    variables = [*declared, *(_declare(name, NUMBER) for name in own)]
    narrowed, whole = (
        with_selection(
            operation,
            SelectionSetNode(selections=(_with_arguments(node, arguments),)),
            more_variables=variables,
        )
        for node in (selected[0], root)
    )
    levels = {path: narrow.lists.index((*above, *path)) for path in pins}
    return NestedPages(nested, location, narrowed, whole, pins, levels)


def _locate(
    root: FieldNode, definition: GraphQLField, selection: SelectionSetNode
) -> tuple[Location, tuple[ArgumentNode, ...], list[VariableDefinitionNode]] | None:
    """Returns how to ask for single objects of a list: its arguments, and the variables in them."""
    given = {one.name.value: one for one in root.arguments or ()}
    paging = given.keys() & {"first", "after", LIMIT, PAGE}
    size = next((name for name in ("first", LIMIT) if name in given), None)
    rest = tuple(one for name, one in given.items() if name not in (*paging, "where"))
    fields = (node for node in selection.selections if isinstance(node, FieldNode))
    kind = _find_filter_type(definition) if "id" in map(response_key, fields) else None
    if not paging:
        return Location.ALL, tuple(given.values()), []
    if kind and size:
        arguments = (_argument("where", _variable(FILTER)), _argument(size, _variable(COUNT)), *rest)
        return Location.IDS, arguments, [_declare(FILTER, kind), _declare(COUNT, NUMBER)]
    if {LIMIT, PAGE} <= given.keys():
        filters = (given["where"],) if "where" in given else ()
        one = (_argument(LIMIT, IntValueNode(value="1")), _argument(PAGE, _variable(PLACE)))
        return Location.PLACE, (*filters, *one, *rest), [_declare(PLACE, NUMBER)]
    return None


def _find_filter_type(definition: GraphQLField) -> TypeNode | None:
    """The type of the filter of a list, if it filters by several ids."""
    where = definition.args.get("where")
    kind = get_named_type(where.type) if where else None
    ids = kind.fields.get("id") if isinstance(kind, GraphQLInputObjectType) else None
    if where is None or ids is None or not is_list_type(get_nullable_type(ids.type)):
        return None
    return parse_type(str(where.type), no_location=True)


class _Narrower:
    """Reduces a query to one of its lists, and to the ids of what is above it.

    Attributes:
        lists: The lists inside the root objects on the way, outermost first.
    """

    def __init__(self, shop: GraphQLSchema, nested: NestedList, pins: Mapping[Path, str], root: Path) -> None:
        self._shop, self._nested, self._pins, self._root = shop, nested, pins, root
        self.lists: list[Path] = []

    def narrow(
        self, selection: SelectionSetNode, owner: FieldsType, keys: Path, above: Path
    ) -> tuple[SelectionNode, ...]:
        """The fields of a selection that lead to the list, and the ids next to them."""
        kept: list[SelectionNode] = []
        has_list = False
        for node in selection.selections:
            if isinstance(node, FieldNode):
                if response_key(node) == keys[0]:
                    has_list = True
                    kept += self._narrow_field(node, owner, keys, above)
                elif node.name.value == "id" and above:
                    kept.append(node)
            elif isinstance(node, InlineFragmentNode) and node.type_condition:
                held = self._shop.type_map[node.type_condition.name.value]
                inner = self.narrow(node.selection_set, held, keys, above)  # type: ignore[arg-type]
                if inner:
                    has_list = True
                    chosen = SelectionSetNode(selections=inner)
                    kept.append(InlineFragmentNode(type_condition=node.type_condition, selection_set=chosen))
        return tuple(kept) if has_list else ()

    def _narrow_field(
        self, node: FieldNode, owner: FieldsType, keys: Path, above: Path
    ) -> Iterator[FieldNode]:
        definition = owner.fields[node.name.value]
        assert node.selection_set
        here = (*above, keys[0])
        is_inside = len(here) > len(self._root)
        if is_inside and here not in self.lists and is_list_type(get_nullable_type(definition.type)):
            self.lists.append(here)
        if keys[1:]:
            inner = self.narrow(node.selection_set, get_fields_type(definition.type), keys[1:], here)
            one = [_argument(LIMIT, IntValueNode(value="1"))]
            paged = [*one, _argument(PAGE, _variable(self._pins[here]))] if here in self._pins else []
            yield _with_selection(_page(node, paged) if paged else node, inner)
            return
        limit = _argument(LIMIT, _variable(LIST_LIMIT))
        if not self._nested.is_paged:
            yield _page(node, [limit])
            return
        yield _page(node, [limit, _argument(PAGE, _variable(LIST_PAGE))])
        before = [_argument(LIMIT, IntValueNode(value="1")), _argument(PAGE, _variable(LIST_BEFORE))]
        identity = tuple(self._identify(node.selection_set, get_fields_type(definition.type)))
        sibling = _with_selection(_page(node, before), identity)
        yield FieldNode(
            alias=NameNode(value=ROW_BEFORE),
            name=sibling.name,
            arguments=sibling.arguments,
            selection_set=sibling.selection_set,
        )

    def _identify(self, selection: SelectionSetNode, owner: FieldsType) -> Iterator[SelectionNode]:
        """What identifies a row: its id; without one, everything but the lists inside it."""
        fields = [node for node in selection.selections if isinstance(node, FieldNode)]
        ids = [node for node in fields if node.name.value == "id"]
        yield from ids or self._without_lists(selection, owner) or selection.selections

    def _without_lists(self, selection: SelectionSetNode, owner: FieldsType) -> list[SelectionNode]:
        kept: list[SelectionNode] = []
        for node, definition, holder in iterate_fields(selection, owner, self._shop):
            if holder is not owner:
                continue
            if not node.selection_set:
                kept.append(node)
            elif not is_list_type(get_nullable_type(definition.type)):
                inner = self._without_lists(node.selection_set, get_fields_type(definition.type))
                kept += [_with_selection(node, tuple(inner))] if inner else []
        return kept


def _page(node: FieldNode, paging: Iterable[ArgumentNode]) -> FieldNode:
    """The field with other paging arguments."""
    rest = (one for one in node.arguments or () if one.name.value not in (LIMIT, PAGE))
    return _with_arguments(node, (*rest, *paging))


def _with_arguments(node: SelectionNode, arguments: Iterable[ArgumentNode]) -> FieldNode:
    assert isinstance(node, FieldNode)
    return FieldNode(
        alias=node.alias, name=node.name, arguments=tuple(arguments), selection_set=node.selection_set
    )


def _with_selection(node: FieldNode, selected: tuple[SelectionNode, ...]) -> FieldNode:
    return FieldNode(
        alias=node.alias,
        name=node.name,
        arguments=node.arguments,
        selection_set=SelectionSetNode(selections=selected),
    )


def _variable(name: str) -> VariableNode:
    return VariableNode(name=NameNode(value=name))


def _argument(name: str, value: ValueNode) -> ArgumentNode:
    return ArgumentNode(name=NameNode(value=name), value=value)


def _declare(name: str, kind: TypeNode) -> VariableDefinitionNode:
    return VariableDefinitionNode(variable=_variable(name), type=kind)
