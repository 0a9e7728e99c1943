"""Builds the query of a model from its SQL files, for the tables that are loaded."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import dlt
import sqlglot
from sqlglot import expressions as sql

from ..data_types import DERIVED_PRECISION
from ..destinations.absent_tables import NO_ROWS, replace_absent_tables
from ..destinations.derived_tables import derived_precision
from ..destinations.queries import DIALECT
from ..resources import RESOURCES
from ..tables.loader_tables import DELETED_AT
from .safe_numbers import expand_functions

ROW_COUNTS = "row_counts"
"""A table that models can select from: one row per loaded resource with the number of rows in its table."""


def model_statement(dataset: dlt.Dataset, name: str, time_zone: str = "UTC") -> str:
    """Returns the query of a model, in `DIALECT`.

    The files in `parts` that it selects from become common table expressions. Tables and columns that are not
    loaded are replaced, see `absent_tables`.

    Args:
        dataset: A loaded shop.
        name: Name of the model and its file.
        time_zone: Time zone of days and months.
    """
    statement = _parse_file(f"{name}.sql").copy()
    expressions = [one.copy() for part in _parts(statement) for one in _as_expressions(part)]
    for one in (*expressions, *_detach_expressions(statement)):
        statement = statement.with_(one.alias, one.this, copy=False)
    for zone in statement.find_all(sql.AtTimeZone):
        zone.set("zone", sql.Literal.string(time_zone))
    expand_functions(statement)
    _limit_precision(statement, derived_precision(str(dataset.destination_dialect)))
    replace_absent_tables(dataset, statement)
    _replace_row_counts(statement, dataset)
    return statement.sql(dialect=DIALECT, comments=False)


def _limit_precision(statement: sql.Select, precision: int) -> None:
    """Gives the widest decimals of a statement as many digits as the destination has."""
    for kind in statement.find_all(sql.DataType):
        digits = kind.find(sql.DataTypeParam)
        if digits and digits.name == str(DERIVED_PRECISION):
            digits.set("this", sql.Literal.number(precision))


def read_query(path: str) -> str:
    """Returns the query of a file in this folder, in `DIALECT`, without its comments."""
    return _parse_file(path).sql(dialect=DIALECT, comments=False)


def read_tables(name: str) -> list[str]:
    """Returns the tables that a model reads, those of its parts included."""
    statement = _parse_file(f"{name}.sql")
    selects = [statement, *map(_part, _parts(statement))]
    return sorted({table for one in selects for table in _named_tables(one) if not _is_part(table)})


def guarded_columns(name: str) -> list[str]:
    """Returns the columns of a model that are null only if a number has more than 64 bits."""
    columns = [one for one in _parse_file(f"{name}.sql").expressions if isinstance(one, sql.Alias)]
    return [
        one.alias
        for one in columns
        if isinstance(one.this, sql.Anonymous) and isinstance(one.this.expressions[0], sql.Coalesce)
        if isinstance(one.this.expressions[0].expressions[0], sql.Literal)
    ]


@cache
def _parse_file(path: str) -> sql.Select:
    text = files(__package__).joinpath(path).read_text(encoding="utf-8")
    statement = sqlglot.parse_one(text, read=DIALECT)
    assert isinstance(statement, sql.Select), path
    return statement


def _part(name: str) -> sql.Select:
    return _parse_file(f"parts/{name}.sql")


def _is_part(name: str) -> bool:
    return files(__package__).joinpath(f"parts/{name}.sql").is_file()


def _named_tables(statement: sql.Select) -> Iterator[str]:
    """The tables that a statement reads, without its own common table expressions."""
    own = {one.alias for one in statement.ctes}
    yield from (table.name for table in statement.find_all(sql.Table) if table.name not in own)


def _parts(statement: sql.Select) -> list[str]:
    """The parts that a statement reads, each after the parts that it reads itself."""
    found: list[str] = []
    for table in _named_tables(statement):
        if table not in found and _is_part(table):
            found += [one for one in (*_parts(_part(table)), table) if one not in found]
    return found


def _as_expressions(part: str) -> list[sql.CTE]:
    """A part as common table expressions: first its own ones, then the part."""
    select = _part(part).copy()
    return [
        *_detach_expressions(select),
        sql.CTE(this=select, alias=sql.TableAlias(this=sql.to_identifier(part))),
    ]


def _detach_expressions(statement: sql.Select) -> list[sql.CTE]:
    """Removes the common table expressions from a statement and returns them."""
    expressions = statement.ctes
    for one in list(statement.find_all(sql.With)):
        if one.parent is statement:
            one.pop()
    return expressions


def _replace_row_counts(statement: sql.Select, dataset: dlt.Dataset) -> None:
    """Replaces the name ROW_COUNTS by its query."""
    for table in list(statement.find_all(sql.Table)):
        if table.name == ROW_COUNTS:
            query = sqlglot.parse_one(_row_counts(dataset), read=DIALECT)
            assert isinstance(query, sql.Query)
            table.replace(query.subquery(table.alias or table.name))


def _row_counts(dataset: dlt.Dataset) -> str:
    """The query of ROW_COUNTS. Rows of objects that are deleted in the shop are counted separately."""
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
