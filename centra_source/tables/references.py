"""Which columns lead to which tables: what the queries select as `product { id }` is a row of `products`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cache

from ..operations.documents import load_operation
from ..resources import RESOURCES
from .planning import plan_tables
from .table import Column, Reference, Table


def with_references(tables: Iterable[Table]) -> list[Table]:
    """The tables of a resource, each with its references, which the descriptions of their columns name."""
    return [_with_references(table) for table in tables]


def references_of(table: Table) -> tuple[Reference, ...]:
    """The columns of a table that hold the id of a row elsewhere.

    The id of an object whose type is the root type of a resource leads to that resource's table, and the id
    of an object that is listed in one child table only (an order line) to that one. Numbers and codes are no
    references, since nothing says that they are unique.
    """
    homes = _homes()
    found = []
    for column in table.columns:
        home = _home(column, homes)
        if home and home != (table.name, column.name):
            found.append(Reference(column.name, *home))
    return tuple(found)


def present_references(table: Table, present: Collection[str]) -> tuple[Reference, ...]:
    """The references that a destination may be told of: one for each pair of tables, to a whole key.

    dlt keeps one for each referenced table, draws no schema that refers to a table it lacks, and makes
    foreign keys of them on destinations that want the key of the other table for it (Databricks).

    Args:
        table: Has references.
        present: The tables that the destination has or gets.
    """
    single: dict[str, Reference] = {}
    for reference in table.references:
        is_key = reference.table in RESOURCES and RESOURCES[reference.table].key == (
            reference.referenced_column,
        )
        if is_key and reference.table in present:
            single.setdefault(reference.table, reference)
    return tuple(single.values())


def _with_references(table: Table) -> Table:
    references = references_of(table)
    told = {reference.column: f"See {reference.table}." for reference in references}
    columns = [
        replace(column, description=f"{column.description} {told[column.name]}")
        if column.name in told
        else column
        for column in table.columns
    ]
    return replace(table, columns=tuple(columns), references=references)


def _home(column: Column, homes: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    """The table and the column that hold each object of the type whose id a column has."""
    if not column.steps or column.steps[-1].node.name.value != "id":
        return None
    owner = column.steps[-1].owner
    names = [owner.name, *(shared.name for shared in owner.interfaces)]
    return next((homes[name] for name in names if name in homes), None)


@cache
def _homes() -> Mapping[str, tuple[str, str]]:
    """For each type of Centra's the table that has a row for each of its objects, and its id column."""
    roots: dict[str, tuple[str, str]] = {}
    listed: dict[str, list[tuple[str, str]]] = {}
    for name, resource in RESOURCES.items():
        if resource.part_of:
            continue
        for table in plan_tables(load_operation(name), resource.lists, resource.key):
            kind = _identified_type(table)
            if kind and table.lists:
                listed.setdefault(kind, []).append((table.name, "id"))
            elif kind:
                roots.setdefault(kind, (table.name, "id"))
    return {kind: homes[0] for kind, homes in listed.items() if len(homes) == 1} | roots


def _identified_type(table: Table) -> str | None:
    """The type of whose objects a table's rows are; none where it only links them to others."""
    for column in table.columns:
        is_own = column.level == len(table.lists) and len(column.steps) == 1
        if column.name == "id" == table.key[-1] and is_own:
            return column.steps[0].owner.name
    return None
