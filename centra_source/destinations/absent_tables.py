"""Queries over tables and columns that may not be loaded.

The tables of a dataset depend on the resources that were loaded, their columns on what the token may read.
With `fill_absent_tables`, a query for the whole shop runs on any dataset: a missing table has no rows, and
a missing column is null. Names and types of what is missing come from the registry of resources, so that
no query has to list them again.
"""

from __future__ import annotations

from functools import cache

import dlt
import sqlglot
from dlt.common.data_types import TDataType
from sqlglot import expressions as sql

from ..data_types import SQL_TYPES
from ..operations.documents import load_operation
from ..resources import RESOURCES
from ..tables.loader_tables import DELETED_AT, DELETED_OBJECTS, LOAD_AUDIT
from ..tables.planning import plan_tables
from ..tables.table import Table
from .queries import DIALECT

NO_ROWS = "(select 1 as one) as nothing where one = 0"
"""What follows `from` in a query without rows."""


def fill_absent_tables(dataset: dlt.Dataset, statement: str) -> str:
    """Replaces the tables of a query that are not loaded as a whole by subqueries with all columns.

    Tables that neither Centra nor the loader fills, such as derived ones, stay as they are.

    Args:
        dataset: A loaded shop.
        statement: A query in `DIALECT` that names its columns: from an absent table, `select *` would find
            only the columns that the query names elsewhere.

    Returns:
        The query in `DIALECT`, without its comments.
    """
    parsed = sqlglot.parse_one(statement, read=DIALECT)
    assert isinstance(parsed, sql.Query), statement
    replace_absent_tables(dataset, parsed)
    return parsed.sql(dialect=DIALECT, comments=False)


def replace_absent_tables(dataset: dlt.Dataset, statement: sql.Query) -> None:
    """Does the same as `fill_absent_tables` in place, for a query that is parsed already."""
    own = {expression.alias for expression in statement.find_all(sql.CTE)}
    mentioned = {column.name for column in statement.find_all(sql.Column)}
    stored = {table: set(dataset.schema.tables[table]["columns"]) for table in dataset.tables}
    for table in list(statement.find_all(sql.Table)):
        if table.name not in own and (
            query := _complete_table(table.name, mentioned, stored.get(table.name))
        ):
            table.replace(query.subquery(table.alias or table.name))


def _complete_table(table: str, mentioned: set[str], columns: set[str] | None) -> sql.Query | None:
    """A query that finds all mentioned columns of a table; None if the table has them itself.

    Args:
        table: Its name.
        mentioned: Names of columns in the statement, of this table or another.
        columns: Those that the table has; None: it is not loaded.
    """
    is_loaded, stored, expected = columns is not None, columns or set(), columns_of(table)
    missing = [name for name in expected if name in mentioned and name not in stored]
    if not expected or (is_loaded and not missing):
        return None
    nulls = [f'cast(null as {SQL_TYPES[expected[name]]}) as "{name}"' for name in missing]
    selected = [*(f'"{name}"' for name in sorted(mentioned & stored)), *nulls]
    query = f"select {', '.join(selected) or 'one'} from {table if is_loaded else NO_ROWS}"
    parsed = sqlglot.parse_one(query, read=DIALECT)
    assert isinstance(parsed, sql.Query)
    return parsed


@cache
def columns_of(table: str) -> dict[str, TDataType]:
    """The columns of a table when everything is loaded, with their types; empty for any other table."""
    for own in (LOAD_AUDIT, DELETED_OBJECTS):
        if table == own.name:
            return {column.name: column.data_type for column in own.columns}
    for name, resource in RESOURCES.items():
        if planned := _planned_table(name, table):
            marks = (DELETED_AT,) if resource.event or resource.part_of else ()
            return {column.name: column.data_type for column in (*planned.columns, *marks)}
    return {}


def key_of(table: str) -> tuple[str, ...]:
    """The columns that identify a row of a table of the shop."""
    return next(planned.key for name in RESOURCES if (planned := _planned_table(name, table)))


@cache
def _planned_table(name: str, table: str) -> Table | None:
    """A table of a resource when everything is loaded; None if the resource does not fill it."""
    resource = RESOURCES[name]
    if table != name and table not in resource.lists.values():
        return None
    planned = plan_tables(load_operation(name), resource.lists, resource.key)
    return next(one for one in planned if one.name == table)
