"""The earlier generation of Centra's schema that the sandbox serves, and what queries lack in it."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLField, get_named_type, get_nullable_type, is_composite_type, is_list_type, parse

from centra_sandbox.schema import load_schema
from centra_sandbox.settings import EARLIER_FILE
from centra_source import RESOURCES
from centra_source.operations.fitting import OLDER_NAMES

from .shop_queries import TABLES, prepare_query

EARLIER = load_schema(is_earlier=True)

REPLACED = frozenset(
    definition.name.value
    for definition in parse(EARLIER_FILE.read_text(encoding="utf-8")).definitions
    if hasattr(definition, "name")
)
"""The types that the earlier generation defines in another way."""


def list_differing_resources() -> list[str]:
    """Returns the resources whose query reads a type that the generations define in different ways."""
    return [
        name
        for name in RESOURCES
        if any(
            {step.owner.name, get_named_type(step.definition.type).name} & (REPLACED - {"Query"})
            for step in prepare_query(name).steps()
        )
    ]


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


def _has(owner: str, name: str, definition: GraphQLField) -> bool:
    fields: dict[str, Any] = getattr(EARLIER.type_map.get(owner), "fields", {})
    known = [fields[each] for each in (name, *OLDER_NAMES.get(name, ())) if each in fields]
    return bool(known) and _kind(known[0]) == _kind(definition)


def _kind(field: GraphQLField) -> tuple[bool, bool]:
    """Whether a field holds objects, and whether it holds a list of them."""
    return is_composite_type(get_named_type(field.type)), is_list_type(get_nullable_type(field.type))
