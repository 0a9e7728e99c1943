"""Finds the columns that refer to rows of other tables: `product { id }` in a query refers to `products`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cache

from ..operations.documents import load_operation
from ..resources import RESOURCES
from .planning import plan_tables
from .table import Column, Reference, Table


def with_references(tables: Iterable[Table]) -> list[Table]:
    """Adds the references to the tables of a resource, and to the descriptions of their columns."""
    return [_with_references(table) for table in tables]


def find_references(table: Table) -> tuple[Reference, ...]:
    """Finds the columns of a table that hold the id of a row of another table.

    The id of an object whose type is the root type of a resource refers to that resource's table. The id of
    an object that is listed in only one child table (an order line) refers to that table. Numbers and codes
    are not references, because they may not be unique. Nor is the id of a row itself: that a price of a price
    alteration is among the prices is not known.
    """
    homes = _find_homes()
    found = []
    for column in table.columns:
        if column.name == "id" == table.key[-1]:
            continue
        home = _find_home(column, homes)
        if home and home != (table.name, column.name):
            found.append(Reference(column.name, *home))
    return tuple(found)


def select_references(table: Table, present: Collection[str]) -> tuple[Reference, ...]:
    """Selects the references to declare at a destination: one for each pair of tables, to a whole key.

    dlt keeps one reference for each referenced table, and draws no schema that refers to a missing one. On
    some destinations (Databricks), dlt makes foreign keys of them, which must refer to a whole key.

    Args:
        table: A table with references.
        present: The tables that the destination has, or gets in this load.
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
    references = find_references(table)
    notes = {reference.column: f"See {reference.table}." for reference in references}
    columns = [
        replace(column, description=f"{column.description} {notes[column.name]}")
        if column.name in notes
        else column
        for column in table.columns
    ]
    return replace(table, columns=tuple(columns), references=references)


def _find_home(column: Column, homes: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    """The table and the id column of the objects that a column refers to."""
    if not column.steps or column.steps[-1].node.name.value != "id":
        return None
    owner = column.steps[-1].owner
    names = [owner.name, *(shared.name for shared in owner.interfaces)]
    return next((homes[name] for name in names if name in homes), None)


@cache
def _find_homes() -> Mapping[str, tuple[str, str]]:
    """By type of Centra: the table with one row per object of the type, and its id column."""
    roots: dict[str, tuple[str, str]] = {}
    listed: dict[str, list[tuple[str, str]]] = {}
    for name, resource in RESOURCES.items():
        if resource.part_of:
            continue
        for table in plan_tables(load_operation(name), resource.lists, resource.key):
            kind = _find_type(table)
            if kind and table.lists:
                listed.setdefault(kind, []).append((table.name, "id"))
            elif kind:
                roots.setdefault(kind, (table.name, "id"))
    return {kind: homes[0] for kind, homes in listed.items() if len(homes) == 1} | roots


def _find_type(table: Table) -> str | None:
    """The type of the objects in a table's rows; None if the rows only link objects."""
    for column in table.columns:
        is_own = column.level == len(table.lists) and len(column.steps) == 1
        if column.name == "id" == table.key[-1] and is_own:
            return column.steps[0].owner.name
    return None
