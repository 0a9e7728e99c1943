"""Fits an operation to the schema of one shop: what the shop lacks goes, what it names otherwise is renamed.

The result is valid in the shop by construction, so that no field of another version of Centra can make it
refuse the whole query.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, cast

from graphql import (
    ArgumentNode,
    EnumValueNode,
    FieldDefinitionNode,
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    ListTypeNode,
    ListValueNode,
    NamedTypeNode,
    NameNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    TypeNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    build_ast_schema,
    do_types_overlap,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_enum_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    parse,
    print_schema,
    visit,
)

from ..data_types import DATA_TYPES
from .documents import Operation, operation_of
from .rewriting import definition_with, replaced
from .selections import FieldsType, response_key, root_of

OLDER_NAMES: Mapping[str, tuple[str, ...]] = {
    "EAN": ("GTIN",),
    "translations": ("localized",),
    "fields": ("translations",),
    "languageCode": ("code",),
}
"""What Centra called a field before, where both mean the same."""


@dataclass(frozen=True)
class Fit:
    """An operation as a shop can answer it.

    Attributes:
        operation: None if the shop lacks the list itself.
        missing: What the shop lacks of it, as `Product.weight`; or the list, as `Query.vouchers`.
        other_types: Scalars that the shop types otherwise, by field.
    """

    operation: Operation | None
    missing: tuple[str, ...] = ()
    other_types: Mapping[str, str] = field(default_factory=dict)


def fit(operation: Operation, shop: GraphQLSchema) -> Fit:
    """Prunes and renames what an operation asks for.

    A list whose connection the shop lacks is asked for in plain pages. A field goes with everything below it
    if the shop has it not, as another kind (an object in place of a value, a list in place of one), or only
    with an argument that nobody knows. An argument goes if the shop does not know it; of a sort order, the
    values that it does not know.
    """
    query, shops_query = operation.schema.query_type, shop.query_type
    assert query
    (root,) = operation_of(operation.document).selection_set.selections
    assert isinstance(root, FieldNode)
    asked, name = operation, root.name.value
    if not shops_query or name not in shops_query.fields:
        plain = _plain_list(operation, shop)
        if plain is None:
            return Fit(None, (f"Query.{name}",))
        asked = plain
    fitter = _Fitter(asked.schema, shop)
    definition = operation_of(asked.document)
    selected = fitter.selection(definition.selection_set, query, cast(FieldsType, shops_query))
    if selected is None:
        return Fit(None, tuple(fitter.missing))
    fitted = definition_with(definition, selected, fitter.variable_types)
    return Fit(replaced(asked, fitted), tuple(fitter.missing), fitter.other_types)


@lru_cache(maxsize=16)
def _retyped(schema: GraphQLSchema, types: tuple[tuple[str, str], ...]) -> GraphQLSchema:
    document = parse(print_schema(schema), no_location=True)
    return build_ast_schema(visit(document, _Retyper(dict(types))), assume_valid=True)


def retyped(schema: GraphQLSchema, types: Mapping[str, str]) -> GraphQLSchema:
    """The schema with other scalars for some fields, given as `Type.field` and the scalar's name."""
    return _retyped(schema, tuple(sorted(types.items())))


class _Found(NamedTuple):
    name: str
    definition: GraphQLField


class _Fitter:
    def __init__(self, ours: GraphQLSchema, shops: GraphQLSchema) -> None:
        self._ours, self._shops = ours, shops
        self.missing: dict[str, None] = {}
        self.other_types: dict[str, str] = {}
        self.variable_types: dict[str, TypeNode] = {}

    def selection(
        self, selection: SelectionSetNode, ours: FieldsType, shops: FieldsType
    ) -> SelectionSetNode | None:
        """What is left of a selection; None if that is nothing."""
        kept = tuple(self._kept(selection.selections, ours, shops))
        return SelectionSetNode(selections=kept) if kept else None

    def _kept(
        self, nodes: Iterable[SelectionNode], ours: FieldsType, shops: FieldsType
    ) -> Iterator[SelectionNode]:
        for node in nodes:
            if isinstance(node, FieldNode):
                fitted = node if node.name.value == "__typename" else self._field(node, ours, shops)
                if fitted:
                    yield fitted
            elif isinstance(node, InlineFragmentNode) and node.type_condition:
                yield from self._fragment(node, node.type_condition.name.value, shops)

    def _fragment(self, node: InlineFragmentNode, name: str, shops: FieldsType) -> Iterator[SelectionNode]:
        ours, narrowed = (cast(FieldsType, schema.type_map.get(name)) for schema in (self._ours, self._shops))
        if not narrowed or not do_types_overlap(self._shops, shops, narrowed):
            self.missing[name] = None
            return
        selected = self.selection(node.selection_set, ours, narrowed)
        if selected:
            yield InlineFragmentNode(type_condition=node.type_condition, selection_set=selected)

    def _field(self, node: FieldNode, ours: FieldsType, shops: FieldsType) -> FieldNode | None:
        named = f"{ours.name}.{node.name.value}"
        found = _found(shops, node.name.value)
        if found is None or not self._is_like(ours.fields[node.name.value].type, found.definition.type):
            self.missing[named] = None
            return None
        arguments = tuple(self._arguments(node, named, found.definition))
        given = {argument.name.value for argument in arguments}
        required = (name for name, one in found.definition.args.items() if is_required_argument(one))
        if not given.issuperset(required):
            self.missing[named] = None
            return None
        selected = None
        if node.selection_set:
            below, shops_below = (
                cast(FieldsType, get_named_type(definition.type))
                for definition in (
                    ours.fields[found.name if found.name in ours.fields else node.name.value],
                    found.definition,
                )
            )
            selected = self.selection(node.selection_set, below, shops_below)
            if selected is None:
                return None
        else:
            self._compare(named, ours.fields[node.name.value].type, found.definition.type)
        is_renamed = found.name != node.name.value
        return FieldNode(
            alias=NameNode(value=response_key(node)) if is_renamed else node.alias,
            name=NameNode(value=found.name),
            arguments=arguments,
            selection_set=selected,
        )

    def _is_like(self, ours: GraphQLOutputType, shops: GraphQLOutputType) -> bool:
        """Whether both are objects or both are values, and both lists or both single ones."""
        kinds = [(is_composite_type(get_named_type(one)), _lists(one)) for one in (ours, shops)]
        return kinds[0] == kinds[1]

    def _compare(self, named: str, ours: GraphQLOutputType, shops: GraphQLOutputType) -> None:
        """Notes a value that is of another type here."""
        known, found = (_scalar(one) for one in (ours, shops))
        if DATA_TYPES.get(known, "text") != DATA_TYPES.get(found, "text"):
            self.other_types[named] = found if found in DATA_TYPES else "String"

    def _arguments(self, node: FieldNode, named: str, found: GraphQLField) -> Iterator[ArgumentNode]:
        for argument in node.arguments or ():
            name = argument.name.value
            known = found.args.get(name)
            value = self._value(argument.value, known) if known else None
            if known is None or value is None:
                self.missing[f"{named}({name}:)"] = None
                continue
            if isinstance(value, VariableNode):
                self.variable_types[value.name.value] = _type_node(known.type)
            yield ArgumentNode(name=argument.name, value=value)

    def _value(self, value: ValueNode, known: GraphQLArgument) -> ValueNode | None:
        """A value that the argument takes; of a list of enum values those that it knows."""
        kind = get_named_type(known.type)
        if not is_enum_type(kind) or isinstance(value, VariableNode):
            return value
        values = value.values if isinstance(value, ListValueNode) else (value,)
        kept = tuple(one for one in values if isinstance(one, EnumValueNode) and one.value in kind.values)
        if not kept:
            return None
        return ListValueNode(values=kept) if isinstance(value, ListValueNode) else kept[0]


def _found(shops: FieldsType, name: str) -> _Found | None:
    for known in (name, *OLDER_NAMES.get(name, ())):
        if known in shops.fields:
            return _Found(known, shops.fields[known])
    return None


def _plain_list(operation: Operation, shop: GraphQLSchema) -> Operation | None:
    """The same list in plain pages, if the operation reads a connection and the shop has that list."""
    query, shops_query = operation.schema.query_type, shop.query_type
    assert query
    if "first" not in operation.variables or not shops_query:
        return None
    root = root_of(operation)
    name = next(
        (
            name
            for name, one in query.fields.items()
            if {"limit", "page"} <= one.args.keys()
            and get_named_type(one.type) is root.type
            and name in shops_query.fields
        ),
        None,
    )
    if name is None:
        return None
    definition = operation_of(operation.document)
    (connection,) = definition.selection_set.selections
    assert isinstance(connection, FieldNode)
    paged = {argument: VariableNode(name=NameNode(value=argument)) for argument in ("limit", "page")}
    arguments = [one for one in connection.arguments or () if one.name.value not in ("first", "after")]
    arguments += [ArgumentNode(name=NameNode(value=known), value=value) for known, value in paged.items()]
    plain = FieldNode(
        name=NameNode(value=name),
        arguments=tuple(one for one in arguments if one.name.value in query.fields[name].args),
        selection_set=root.selection,
    )
    number = NonNullTypeNode(type=NamedTypeNode(name=NameNode(value="Int")))
    declared = (
        *(definition.variable_definitions or ()),
        *(VariableDefinitionNode(variable=variable, type=number) for variable in paged.values()),
    )
    wider = OperationDefinitionNode(
        operation=definition.operation,
        name=definition.name,
        variable_definitions=declared,
        selection_set=definition.selection_set,
    )
    listed = definition_with(wider, SelectionSetNode(selections=(plain,)))
    return replaced(operation, listed)


def filters_by(operation: Operation, shop: GraphQLSchema, name: str) -> bool:
    """Whether an operation hands on a filter, which has a condition of this name in the shop."""
    for one in operation_of(operation.document).variable_definitions or ():
        if one.variable.name.value == "where":
            kind = shop.type_map.get(_named(one.type))
            return isinstance(kind, GraphQLInputObjectType) and name in kind.fields
    return False


def _named(node: TypeNode) -> str:
    return node.name.value if isinstance(node, NamedTypeNode) else _named(cast(Any, node).type)


def _lists(kind: GraphQLOutputType) -> int:
    """How many lists a type is deep."""
    bare = get_nullable_type(kind)
    return 1 + _lists(bare.of_type) if is_list_type(bare) else 0


def _scalar(kind: GraphQLOutputType) -> str:
    named = get_named_type(kind)
    return "String" if is_enum_type(named) else named.name


def _type_node(kind: Any) -> TypeNode:
    if is_non_null_type(kind):
        return NonNullTypeNode(type=cast(Any, _type_node(kind.of_type)))
    if is_list_type(kind):
        return ListTypeNode(type=_type_node(kind.of_type))
    return NamedTypeNode(name=NameNode(value=kind.name))


class _Retyper(Visitor):
    """Gives fields of a schema document other scalars."""

    def __init__(self, types: Mapping[str, str]) -> None:
        super().__init__()
        self._types = types

    def enter_field_definition(
        self, node: FieldDefinitionNode, _key: Any, _parent: Any, _path: Any, ancestors: list[Any]
    ) -> FieldDefinitionNode | None:
        owner = next((one.name.value for one in reversed(ancestors) if hasattr(one, "name")), "")
        scalar = self._types.get(f"{owner}.{node.name.value}")
        if scalar is None:
            return None
        return FieldDefinitionNode(
            name=node.name,
            arguments=node.arguments,
            type=_with_name(node.type, scalar),
            description=node.description,
        )


def _with_name(node: TypeNode, name: str) -> TypeNode:
    if isinstance(node, NonNullTypeNode):
        return NonNullTypeNode(type=cast(Any, _with_name(node.type, name)))
    if isinstance(node, ListTypeNode):
        return ListTypeNode(type=_with_name(node.type, name))
    return NamedTypeNode(name=NameNode(value=name))
