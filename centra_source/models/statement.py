"""From the SQL of a model to a statement over the tables that a shop has loaded."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import dlt
import sqlglot
from sqlglot import expressions as sql

from ..destinations.absent_tables import NO_ROWS, replace_absent_tables
from ..destinations.queries import DIALECT
from ..resources import RESOURCES
from ..tables.loader_tables import DELETED_AT

ROW_COUNTS = "row_counts"
"""Table that a model may name: one row per loaded resource with the rows that its table holds."""


def model_statement(dataset: dlt.Dataset, name: str, time_zone: str = "UTC") -> str:
    """The statement of a model, in the dialect in which all are written.

    The parts that it names become common table expressions before its own. What is not loaded is empty: a
    column is null, a table has no rows.

    Args:
        dataset: A loaded shop.
        name: Of the model, and of its file.
        time_zone: Whose days and months it counts in.
    """
    statement = _parsed(f"{name}.sql").copy()
    expressions = [one.copy() for part in _parts(statement) for one in _as_expressions(part)]
    for one in (*expressions, *_taken_off(statement)):
        statement = statement.with_(one.alias, one.this, copy=False)
    for zone in statement.find_all(sql.AtTimeZone):
        zone.set("zone", sql.Literal.string(time_zone))
    replace_absent_tables(dataset, statement)
    _put_row_counts(statement, dataset)
    return statement.sql(dialect=DIALECT, comments=False)


@cache
def _parsed(path: str) -> sql.Select:
    text = files(__package__).joinpath(path).read_text(encoding="utf-8")
    statement = sqlglot.parse_one(text, read=DIALECT)
    assert isinstance(statement, sql.Select), path
    return statement


def _part(name: str) -> sql.Select:
    return _parsed(f"parts/{name}.sql")


def _is_part(name: str) -> bool:
    return files(__package__).joinpath(f"parts/{name}.sql").is_file()


def _named_tables(statement: sql.Select) -> Iterator[str]:
    """The tables that a statement reads, but for its own common table expressions."""
    own = {one.alias for one in statement.ctes}
    yield from (table.name for table in statement.find_all(sql.Table) if table.name not in own)


def _parts(statement: sql.Select) -> list[str]:
    """The parts that a statement is made of, each after those that it is made of itself."""
    found: list[str] = []
    for table in _named_tables(statement):
        if table not in found and _is_part(table):
            found += [one for one in (*_parts(_part(table)), table) if one not in found]
    return found


def _as_expressions(part: str) -> list[sql.CTE]:
    """A part as common table expressions: its own ones, then itself."""
    select = _part(part).copy()
    return [*_taken_off(select), sql.CTE(this=select, alias=sql.TableAlias(this=sql.to_identifier(part)))]


def _taken_off(statement: sql.Select) -> list[sql.CTE]:
    """Takes the common table expressions off a statement."""
    expressions = statement.ctes
    for one in list(statement.find_all(sql.With)):
        if one.parent is statement:
            one.pop()
    return expressions


def _put_row_counts(statement: sql.Select, dataset: dlt.Dataset) -> None:
    """Puts the query of ROW_COUNTS in the place of its name."""
    for table in list(statement.find_all(sql.Table)):
        if table.name == ROW_COUNTS:
            query = sqlglot.parse_one(_row_counts(dataset), read=DIALECT)
            assert isinstance(query, sql.Query)
            table.replace(query.subquery(table.alias or table.name))


def _row_counts(dataset: dlt.Dataset) -> str:
    """The rows that the table of each resource holds, told apart by whether the shop has deleted them."""
    counts = [
        "select cast(null as varchar) as resource, cast(0 as bigint) as rows_held, "
        f"cast(0 as bigint) as rows_deleted from {NO_ROWS}"
    ]
    for name in sorted(RESOURCES.keys() & set(dataset.tables)):
        has_marks = DELETED_AT.name in dataset.schema.tables[name]["columns"]
        deleted = f"count({DELETED_AT.name})" if has_marks else "0"
        counts.append(
            f"select '{name}' as resource, cast(count(*) - {deleted} as bigint) as rows_held, "
            f"cast({deleted} as bigint) as rows_deleted from {name}"
        )
    return " union all ".join(counts)
