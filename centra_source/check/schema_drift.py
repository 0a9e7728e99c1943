"""Compares the schema that a shop shows with the one that this package knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import cast

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_enum_type,
    is_input_type,
    is_list_type,
)
from graphql.utilities.print_schema import print_input_value

from ..operations.documents import load_operation, load_schema
from ..operations.selections import FieldsType, walk
from ..resources import RESOURCES

ENGINE_QUERIES = ("_events", "_event_listeners", "_rate_limits", "_translations")
"""The queries that are not those of a resource."""

_NUMBER_AT_END = re.compile(r" = -?\d+$")

Names = Mapping[str, tuple[str, ...]]
"""Parts of the schema, by the type that has them."""


@dataclass(frozen=True)
class SchemaDrift:
    """What differs between a shop's schema and ours.

    Only types that the queries of this package reach are compared, and the roots of queries. Neither
    mutations nor inputs are.

    Attributes:
        roots: Lists and objects that the shop can be asked for and that this package does not know.
        lists: New lists of objects in known types.
        fields: Other new fields in known types.
        arguments: New arguments of known fields, such as `variants(limit: Int = 20)`.
        values: New values of known enums.
        kinds: New types of known interfaces and unions.
        lacking: What the shop does not have.
        changed: Fields and arguments of another type, such as `weight: Weight! -> Float`.
        nullability: Those that differ only in whether a value may be null.
    """

    roots: Names = field(default_factory=dict)
    lists: Names = field(default_factory=dict)
    fields: Names = field(default_factory=dict)
    arguments: Names = field(default_factory=dict)
    values: Names = field(default_factory=dict)
    kinds: Names = field(default_factory=dict)
    lacking: Names = field(default_factory=dict)
    changed: Names = field(default_factory=dict)
    nullability: Names = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """The number of differences by the name of the attribute."""
        return {
            one.name: sum(map(len, cast(Names, getattr(self, one.name)).values())) for one in fields(self)
        }

    def __bool__(self) -> bool:
        return any(self.counts.values())


def compare_schemas(shop: GraphQLSchema) -> SchemaDrift:
    """Compares a shop's schema, as introspection shows it, with ours.

    What differs in an interface is not repeated for its types.
    """
    known = load_schema()
    parts = {name: set(_compare_types(name, known, shop)) for name in list_compared_types()}
    found: dict[str, dict[str, list[str]]] = {}
    for name, own in parts.items():
        for interface in getattr(known.type_map[name], "interfaces", ()):
            own = own - parts.get(interface.name, set())  # what an interface shows is shown once
        for group, part in own:
            found.setdefault(group, {}).setdefault(name, []).append(part)
    return SchemaDrift(
        **{
            group: {name: tuple(sorted(parts)) for name, parts in sorted(by_type.items())}
            for group, by_type in found.items()
        }
    )


@cache
def list_compared_types() -> tuple[str, ...]:
    """Returns the names of the types and enums that our queries reach, and of the type of the roots."""
    schema = load_schema()
    assert schema.query_type
    reached: dict[str, None] = {schema.query_type.name: None}
    for name in (*RESOURCES, *ENGINE_QUERIES):
        for owner, node, _ in walk(load_operation(name)):
            reached[owner.name] = None
            if node.name.value != "__typename":
                reached[get_named_type(owner.fields[node.name.value].type).name] = None
    for name in list(reached):
        kind = schema.type_map[name]
        if is_abstract_type(kind):
            reached.update((one.name, None) for one in schema.get_possible_types(kind))
    for name in list(reached):
        for definition in _get_fields(schema.type_map[name]).values():
            held = get_named_type(definition.type)
            if is_enum_type(held):
                reached[held.name] = None
    return tuple(sorted(name for name in reached if _is_compared(schema.type_map[name])))


def _is_compared(kind: GraphQLNamedType) -> bool:
    return is_composite_type(kind) or is_enum_type(kind)


def _compare_types(name: str, ours: GraphQLSchema, shop: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Yields the differences of one type: the group, and the part."""
    known, found = ours.type_map.get(name), shop.type_map.get(name)
    if ours.query_type and shop.query_type and name == ours.query_type.name:
        found = shop.query_type
    if known is None or found is None:
        return  # the fields that hold a type that the shop lacks are lacking too
    if type(known) is not type(found):
        yield "changed", f"{_name_kind(known)} -> {_name_kind(found)}"
    if is_enum_type(known) and is_enum_type(found):
        yield from (("values", value) for value in found.values.keys() - known.values.keys())
        yield from (("lacking", value) for value in known.values.keys() - found.values.keys())
    if is_abstract_type(known) and is_abstract_type(found):
        own = {one.name for one in ours.get_possible_types(known)}
        others = {one.name for one in shop.get_possible_types(found)}
        yield from (("kinds", one) for one in others - own)
        yield from (("lacking", one) for one in own - others)
    is_root = known is ours.query_type
    for field_name, definition in _get_fields(found).items():
        if field_name not in _get_fields(known):
            group = "roots" if is_root else "lists" if _holds_list(definition) else "fields"
            yield group, f"{field_name}: {definition.type}"
    for field_name, definition in _get_fields(known).items():
        other = _get_fields(found).get(field_name)
        if other is None:
            yield "lacking", field_name
        else:
            yield from _compare_fields(field_name, definition, other)


def _compare_fields(name: str, ours: GraphQLField, shop: GraphQLField) -> Iterator[tuple[str, str]]:
    yield from _compare_references(name, str(ours.type), str(shop.type))
    for argument, definition in shop.args.items():
        if argument in ours.args:
            place = f"{name}({argument}:)"
            yield from _compare_references(place, str(ours.args[argument].type), str(definition.type))
        else:
            yield "arguments", f"{name}({_format_argument(argument, definition)})"
    yield from (("lacking", f"{name}({argument}:)") for argument in ours.args.keys() - shop.args.keys())


def _compare_references(name: str, ours: str, shop: str) -> Iterator[tuple[str, str]]:
    if ours != shop:
        is_same_type = ours.replace("!", "") == shop.replace("!", "")
        yield "nullability" if is_same_type else "changed", f"{name}: {ours} -> {shop}"


def _format_argument(name: str, argument: GraphQLArgument) -> str:
    """The argument, with its default if that is a number, such as a limit. Texts can be anything."""
    printed = print_input_value(name, argument)
    return printed if _NUMBER_AT_END.search(printed) else f"{name}: {argument.type}"


def _holds_list(definition: GraphQLField) -> bool:
    held = get_named_type(definition.type)
    is_list = is_list_type(get_nullable_type(definition.type)) or held.name.endswith("Connection")
    return is_list and is_composite_type(held)


def _get_fields(kind: GraphQLNamedType) -> Mapping[str, GraphQLField]:
    is_output = is_composite_type(kind) and not is_input_type(kind)
    return cast(FieldsType, kind).fields if is_output and hasattr(kind, "fields") else {}


def _name_kind(kind: GraphQLNamedType) -> str:
    return type(kind).__name__.removeprefix("GraphQL").removesuffix("Type").lower()
