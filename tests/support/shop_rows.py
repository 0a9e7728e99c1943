"""The rows that must be loaded from a shop: each query applied to the sandbox's own objects.

The query says what is requested, the objects say what must arrive. Neither the sandbox's answers nor
the loader's way from answers to rows has a part in it. Where a field is more than the stored value, such as a
list that is filtered or cut, the sandbox's own resolver is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from centra_sandbox import Shop
from centra_sandbox.context import Info
from centra_sandbox.nodes import Node
from centra_source import RESOURCES
from centra_source.operations.documents import load_operation
from centra_source.tables.planning import plan_tables
from centra_source.tables.table import Table

from .shop_queries import TABLES, Query, Row, make_info, parse_moment, prepare_query

__all__ = ["KEYS", "Row", "find_differences", "list_planned_tables"]


def list_planned_tables(name: str) -> list[Table]:
    """Returns the tables of a resource as planned by the loader."""
    resource = RESOURCES[name]
    return plan_tables(load_operation(name), resource.lists, resource.key)


def _list_plannable_tables() -> Iterator[Table]:
    for name in RESOURCES:
        try:
            yield from list_planned_tables(name)
        except Exception:  # test_resources.py reports it; here it would prevent all tests
            continue


KEYS = {table.name: list(table.key) for table in _list_plannable_tables()}
"""Every table of the shop with the columns that identify a row."""


def find_differences(
    shop: Shop,
    table: str,
    rows: list[Row],
    *,
    without: Collection[str] = (),
    root: Node | None = None,
) -> list[str]:
    """Returns the differences between the loaded rows of a table and the shop.

    Rows are matched by key; a row that is missing, extra, duplicated or different in a value is reported.

    Args:
        shop: The loaded shop.
        table: A name of KEYS.
        rows: The loaded rows.
        without: Fields (`Order.status`) that could not be read: their columns must be null.
        root: Compare only the rows of this object.
    """
    key, query, info = KEYS[table], prepare_query(TABLES[table][0], frozenset(without)), make_info(shop)
    roots = query.roots(shop) if root is None else [root]
    wanted_rows = [row for each in roots for row in _add_updated_at(query, table, each, info)]
    if root is not None:
        owner = query.owner(root, info)
        if query.root_key in owner and not TABLES[table][1]:
            owner = {"id": owner[query.root_key]}
        rows = [row for row in rows if all(row[name] == value for name, value in owner.items())]
    columns = list(rows[0]) if rows else key
    wanted = _group_by_key([{name: row.get(name) for name in (*columns, *key)} for row in wanted_rows], key)
    found = _group_by_key(rows, key)
    wrong = [f"{table}: no column {name}" for name in query.columns(table) if rows and name not in columns]
    wrong += [f"{table} {one}: missing" for one in wanted.keys() - found.keys()]
    wrong += [f"{table} {one}: not in the shop" for one in found.keys() - wanted.keys()]
    wrong += [f"{table} {one}: {len(same)} times" for one, same in found.items() if len(same) > 1]
    for one in found.keys() & wanted.keys():
        loaded, true = found[one][0], wanted[one][0]
        wrong += [
            f"{table} {one}: {name} is {loaded[name]!r}, should be {true[name]!r}"
            for name in columns
            if loaded[name] != true[name]
        ]
    return wrong


def _add_updated_at(query: Query, table: str, root: Node, info: Info) -> Iterator[Row]:
    """Adds `updatedAt` to rows of resources on `createdAt`, if the shop has it."""
    for row in query.rows(table, root, info):
        if table == query.name and RESOURCES[query.name].cursor == "createdAt" and root.get("updatedAt"):
            row.setdefault("updated_at", parse_moment(root["updatedAt"], info))
        yield row


def _group_by_key(rows: list[Row], key: list[str]) -> dict[tuple[Any, ...], list[Row]]:
    grouped: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        grouped.setdefault(tuple(row[name] for name in key), []).append(row)
    return grouped
