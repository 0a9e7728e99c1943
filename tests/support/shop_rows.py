"""The rows that a shop should become: each query walked over the sandbox's own objects.

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

from .shop_queries import TABLES, Query, Row, info_of, moment, query_of

__all__ = ["KEYS", "Row", "differences", "planned_tables"]


def planned_tables(name: str) -> list[Table]:
    """The tables of a resource as the loader plans them."""
    resource = RESOURCES[name]
    return plan_tables(load_operation(name), resource.lists, resource.key)


def _plannable() -> Iterator[Table]:
    for name in RESOURCES:
        try:
            yield from planned_tables(name)
        except Exception:  # test_resources.py says what is wrong; here it would keep every test from running
            continue


KEYS = {table.name: list(table.key) for table in _plannable()}
"""Every table of the shop with the columns that identify a row."""


def differences(
    shop: Shop,
    table: str,
    rows: list[Row],
    *,
    without: Collection[str] = (),
    root: Node | None = None,
) -> list[str]:
    """Where the loaded rows of a table differ from the shop: nothing, if all is well.

    Rows are matched by key; a row that is missing, extra, duplicated or different in a value is reported.

    Args:
        shop: What was loaded.
        table: Any of KEYS.
        rows: What has arrived.
        without: Fields (`Order.status`) that could not be read: their columns should be null.
        root: Compare only what this object becomes.
    """
    key, query, info = KEYS[table], query_of(TABLES[table][0], frozenset(without)), info_of(shop)
    roots = query.roots(shop) if root is None else [root]
    wanted_rows = [row for each in roots for row in _with_updated_at(query, table, each, info)]
    if root is not None:
        column = query.root_key if TABLES[table][1] else "id"
        rows = [row for row in rows if row[column] == query.id_of(root, info)]
    columns = list(rows[0]) if rows else key
    wanted = _by_key([{name: row.get(name) for name in (*columns, *key)} for row in wanted_rows], key)
    found = _by_key(rows, key)
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


def _with_updated_at(query: Query, table: str, root: Node, info: Info) -> Iterator[Row]:
    """Resources on `createdAt` bring `updatedAt` along from a shop that has it."""
    for row in query.rows(table, root, info):
        if table == query.name and RESOURCES[query.name].cursor == "createdAt" and root.get("updatedAt"):
            row.setdefault("updated_at", moment(root["updatedAt"], info))
        yield row


def _by_key(rows: list[Row], key: list[str]) -> dict[tuple[Any, ...], list[Row]]:
    grouped: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        grouped.setdefault(tuple(row[name] for name in key), []).append(row)
    return grouped
