"""Fits an operation to the schema of one shop: removes what the shop lacks, renames what it names otherwise.

The fitted operation is valid in the shop by construction. A field that this version of Centra lacks can
therefore never make the shop refuse the whole query.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, cast

from graphql import (
    ArgumentNode,
    EnumValueNode,
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    NameNode,
    SelectionNode,
    SelectionSetNode,
    TypeNode,
    ValueNode,
    VariableNode,
    do_types_overlap,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_enum_type,
    is_list_type,
    is_required_argument,
    parse_type,
    print_ast,
)

from ..data_types import DATA_TYPES
from .documents import Operation, get_definition
from .nested_lists import LIMIT, make_limit
from .paging import is_pageable
from .plain_pages import in_plain_pages
from .rewriting import with_selection
from .selections import FieldsType, get_fields_type, response_key

OLDER_NAMES: Mapping[str, tuple[str, ...]] = {
    "EAN": ("GTIN",),
    "translations": ("localized",),
    "fields": ("translations",),
    "languageCode": ("code",),
}
"""Earlier names of fields in Centra, where both names mean the same."""


@dataclass(frozen=True)
class Fit:
    """An operation as a shop can answer it.

    Attributes:
        operation: None if the shop lacks the list itself.
        missing: What the shop lacks of it, as `Product.weight`; or the list, as `Query.vouchers`.
        other_types: The scalars of fields that have another type in this shop, by `Type.field`.
        other_kinds: What this shop has in place of fields that are missing, such as "an object", by the same.
    """

    operation: Operation | None
    missing: tuple[str, ...] = ()
    other_types: Mapping[str, str] = field(default_factory=dict)
    other_kinds: Mapping[str, str] = field(default_factory=dict)


def fit_operation(operation: Operation, shop: GraphQLSchema) -> Fit:
    """Removes from an operation what a shop lacks, and renames what the shop names differently.

    * A connection that the shop lacks is replaced by the plain pages of the same list.
    * A list that cannot be read to its end without what the shop lacks is not read at all.
    * A field is removed with everything below it if the shop lacks it, if it has another kind in the shop (an
      object in place of a value, a list in place of a single one), or if the shop requires an argument that
      the query does not give. A single object in place of a list stays: it is a list of one.
    * An argument that the shop does not know is removed. Of a sort order, only the known values are kept.
    * A list inside an object gets a limit if the shop would cut it without one.
    """
    direct = _fit_as_asked(operation, shop)
    plain = None if direct.operation else in_plain_pages(operation, shop)
    if plain is None:
        return direct
    paged = _fit_as_asked(plain, shop)
    return replace(paged, missing=tuple(dict.fromkeys((*direct.missing, *paged.missing))))


def _fit_as_asked(operation: Operation, shop: GraphQLSchema) -> Fit:
    """Fits an operation to the list that it names."""
    query, shops_query = operation.schema.query_type, shop.query_type
    assert query
    definition = get_definition(operation.document)
    (root,) = definition.selection_set.selections
    assert isinstance(root, FieldNode)
    if not shops_query or root.name.value not in shops_query.fields:
        return Fit(None, (f"Query.{root.name.value}",))
    fitter = _Fitter(operation.schema, shop)
    selected = fitter.fit_selection(definition.selection_set, query, cast(FieldsType, shops_query))
    missing = tuple(fitter.missing)
    if selected is None:
        return Fit(None, missing)
    fitted = with_selection(operation, selected, variable_types=fitter.variable_types)
    return Fit(
        fitted if is_pageable(fitted, operation) else None, missing, fitter.other_types, fitter.other_kinds
    )


def find_filter_type(operation: Operation) -> str | None:
    """Returns the name of the type of an operation's filter. None if it takes no filter."""
    for one in get_definition(operation.document).variable_definitions or ():
        if one.variable.name.value == "where":
            return print_ast(one.type).strip("[]!")
    return None


def can_filter_by(operation: Operation, shop: GraphQLSchema, name: str) -> bool:
    """Whether an operation takes a filter that has a condition of this name in the shop."""
    kind = shop.type_map.get(find_filter_type(operation) or "")
    return isinstance(kind, GraphQLInputObjectType) and name in kind.fields


class _Found(NamedTuple):
    name: str
    definition: GraphQLField


class _Fitter:
    """Walks a query along two schemas at once: the documented one (`ours`) and that of the shop (`shops`)."""

    def __init__(self, ours: GraphQLSchema, shops: GraphQLSchema) -> None:
        self._ours, self._shops = ours, shops
        self.missing: dict[str, None] = {}
        self.other_types: dict[str, str] = {}
        self.other_kinds: dict[str, str] = {}
        self.variable_types: dict[str, TypeNode] = {}

    def fit_selection(
        self, selection: SelectionSetNode, ours: FieldsType, shops: FieldsType
    ) -> SelectionSetNode | None:
        """The selection without what the shop lacks; None if nothing is left."""
        kept = tuple(self._fit_nodes(selection.selections, ours, shops))
        return SelectionSetNode(selections=kept) if kept else None

    def _fit_nodes(
        self, nodes: Iterable[SelectionNode], ours: FieldsType, shops: FieldsType
    ) -> Iterator[SelectionNode]:
        for node in nodes:
            if isinstance(node, FieldNode):
                fitted = node if node.name.value == "__typename" else self._fit_field(node, ours, shops)
                if fitted:
                    yield fitted
            elif isinstance(node, InlineFragmentNode) and node.type_condition:
                yield from self._fit_fragment(node, node.type_condition.name.value, shops)

    def _fit_fragment(
        self, node: InlineFragmentNode, name: str, shops: FieldsType
    ) -> Iterator[SelectionNode]:
        ours, narrowed = (cast(FieldsType, schema.type_map.get(name)) for schema in (self._ours, self._shops))
        if not narrowed or not do_types_overlap(self._shops, shops, narrowed):
            self.missing[name] = None
            return
        selected = self.fit_selection(node.selection_set, ours, narrowed)
        if selected:
            yield InlineFragmentNode(type_condition=node.type_condition, selection_set=selected)

    def _fit_field(self, node: FieldNode, ours: FieldsType, shops: FieldsType) -> FieldNode | None:
        named = f"{ours.name}.{node.name.value}"
        found = _find_field(shops, node.name.value)
        if found is None or not _is_like(ours.fields[node.name.value].type, found.definition.type):
            self.missing[named] = None
            if found:
                self.other_kinds[named] = _describe_kind(found.definition.type)
            return None
        arguments = tuple(self._fit_arguments(node, named, found.definition))
        if ours is not self._ours.query_type:
            arguments = _add_limit(arguments, found.definition)
        given = {argument.name.value for argument in arguments}
        required = (name for name, one in found.definition.args.items() if is_required_argument(one))
        if not given.issuperset(required):
            self.missing[named] = None
            return None
        selected = None
        if node.selection_set:
            below = ours.fields[found.name if found.name in ours.fields else node.name.value]
            selected = self.fit_selection(
                node.selection_set, get_fields_type(below.type), get_fields_type(found.definition.type)
            )
            if selected is None:
                return None
        else:
            self._note_other_type(named, ours.fields[node.name.value].type, found.definition.type)
        is_renamed = found.name != node.name.value
        return FieldNode(
            alias=NameNode(value=response_key(node)) if is_renamed else node.alias,
            name=NameNode(value=found.name),
            arguments=arguments,
            selection_set=selected,
        )

    def _note_other_type(self, named: str, ours: GraphQLOutputType, shops: GraphQLOutputType) -> None:
        """Remembers a field whose values have another type in the shop."""
        known, found = (_name_scalar(one) for one in (ours, shops))
        if DATA_TYPES.get(known, "text") != DATA_TYPES.get(found, "text"):
            self.other_types[named] = found if found in DATA_TYPES else "String"

    def _fit_arguments(self, node: FieldNode, named: str, found: GraphQLField) -> Iterator[ArgumentNode]:
        for argument in node.arguments or ():
            name = argument.name.value
            known = found.args.get(name)
            value = _fit_value(argument.value, known) if known else None
            if known is None or value is None:
                self.missing[f"{named}({name}:)"] = None
                continue
            if isinstance(value, VariableNode):
                self.variable_types[value.name.value] = parse_type(str(known.type), no_location=True)
            yield ArgumentNode(name=argument.name, value=value)


def _add_limit(arguments: tuple[ArgumentNode, ...], found: GraphQLField) -> tuple[ArgumentNode, ...]:
    """The arguments of a field inside an object, with a limit if the shop would cut the list without one."""
    if any(argument.name.value == LIMIT for argument in arguments):
        return arguments
    limit = make_limit(found)
    return (*arguments, limit) if limit else arguments


def _find_field(shops: FieldsType, name: str) -> _Found | None:
    """The field of the shop, by its name or an earlier one."""
    for known in (name, *OLDER_NAMES.get(name, ())):
        if known in shops.fields:
            return _Found(known, shops.fields[known])
    return None


def _is_like(ours: GraphQLOutputType, shops: GraphQLOutputType) -> bool:
    """Whether both types are objects or both values, and lists of the same depth.

    A single object is like a list of one.
    """
    kinds = [(is_composite_type(get_named_type(one)), _count_lists(one)) for one in (ours, shops)]
    return kinds[0] == kinds[1] or kinds == [(True, 1), (True, 0)]


def _describe_kind(kind: GraphQLOutputType) -> str:
    what = "object" if is_composite_type(get_named_type(kind)) else "value"
    return f"a list of {what}s" if _count_lists(kind) else f"{'an' if what == 'object' else 'a'} {what}"


def _fit_value(value: ValueNode, known: GraphQLArgument) -> ValueNode | None:
    """The value as the argument takes it: of enum values, those that it knows; None if it knows none."""
    kind = get_named_type(known.type)
    if not is_enum_type(kind) or isinstance(value, VariableNode):
        return value
    values = value.values if isinstance(value, ListValueNode) else (value,)
    kept = tuple(one for one in values if isinstance(one, EnumValueNode) and one.value in kind.values)
    if not kept:
        return None
    return ListValueNode(values=kept) if isinstance(value, ListValueNode) else kept[0]


def _count_lists(kind: GraphQLOutputType) -> int:
    """How many lists are nested in a type."""
    bare = get_nullable_type(kind)
    return 1 + _count_lists(bare.of_type) if is_list_type(bare) else 0


def _name_scalar(kind: GraphQLOutputType) -> str:
    named = get_named_type(kind)
    return "String" if is_enum_type(named) else named.name
