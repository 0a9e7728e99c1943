"""The earlier generation of Centra's schema that the sandbox serves, and what queries lack in it."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLField,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    parse,
)

from centra_sandbox.schema import load_schema
from centra_sandbox.settings import EARLIER_FILE
from centra_source import RESOURCES
from centra_source.operations.fitting import OLDER_NAMES

from .shop_queries import TABLES, prepare_query
from .shop_rows import list_planned_tables

EARLIER = load_schema(is_earlier=True)


def list_differing_resources() -> list[str]:
    """Returns the resources whose query asks for something that the earlier generation lacks."""
    return [name for name in RESOURCES if list_lacking_fields(name)]


def list_replaced_types() -> dict[str, set[str]]:
    """Returns the objects and interfaces that the earlier generation defines in another way.

    Each has the names that its fields can be asked by: its own and those of its interfaces.
    """
    kinds = (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode)
    definitions = [
        each
        for each in parse(EARLIER_FILE.read_text(encoding="utf-8")).definitions
        if isinstance(each, kinds)
    ]
    return {
        each.name.value: {each.name.value, *(one.name.value for one in each.interfaces or ())}
        for each in definitions
    }


def list_owners_of_differing_fields() -> set[str]:
    """Returns the types in which a field that queries ask for differs between the generations."""
    return {
        step.owner.name
        for name in RESOURCES
        for step in prepare_query(name).steps()
        if step.name != "__typename" and _differs(step.owner.name, step.name, step.definition)
    }


def list_tables(names: list[str]) -> list[str]:
    """Returns the tables of some resources."""
    return [table for table, (name, _) in TABLES.items() if name in names]


def list_lacking_fields(name: str) -> frozenset[str]:
    """Returns the fields (`LowestPrice.markets`) of a query that the earlier generation lacks."""
    return frozenset(
        step.path
        for step in prepare_query(name).steps()
        if step.name != "__typename" and not _has(step.owner.name, step.name, step.definition)
    )


def is_unreadable(table: str) -> bool:
    """Whether the earlier generation lacks the whole list of a table, or a part of its key."""
    name = TABLES[table][0]
    query, lacking = prepare_query(name), list_lacking_fields(name)
    root = query.outer[0]
    roots = EARLIER.query_type.fields if EARLIER.query_type else {}
    if root.name not in roots and query.type.name not in {
        get_named_type(one.type).name for one in roots.values()
    }:
        return True
    planned = next(each for each in list_planned_tables(name) if each.name == table)
    keys = {field for column in planned.columns if column.name in planned.key for field in column.fields}
    return bool(keys & lacking)


def _has(owner: str, name: str, definition: GraphQLField) -> bool:
    fields: dict[str, Any] = getattr(EARLIER.type_map.get(owner), "fields", {})
    known = [fields[each] for each in (name, *OLDER_NAMES.get(name, ())) if each in fields]
    return bool(known) and _kind(known[0]) == _kind(definition)


def _differs(owner: str, name: str, definition: GraphQLField) -> bool:
    found = getattr(EARLIER.type_map.get(owner), "fields", {}).get(name)
    known = [(str(each.type), [*each.args]) for each in (found, definition) if each]
    return known[0] != known[-1] or len(known) == 1


def _kind(field: GraphQLField) -> tuple[bool, bool]:
    """Whether a field holds objects, and whether it holds a list of them."""
    return is_composite_type(get_named_type(field.type)), is_list_type(get_nullable_type(field.type))
