"""The merge that the hints of a table describe, with the rows that one load has for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from dlt.common.destination.typing import PreparedTableSchema
from dlt.common.schema.typing import TTableSchema
from dlt.common.schema.utils import get_columns_names_with_prop
from sqlglot import expressions as sql
from sqlglot.errors import ParseError

from ....exceptions import InvalidSetting
from ....tables.merging import STRATEGY

SCOPE, FILTER = "x-merge-destination-scope", "x-merge-source-filter"
HINTS = "x-lake-merge"
"""The key of both in a prepared table. dlt would refuse them in their usual place, because its own filesystem
destination does not support them."""

ROWS_PER_BATCH = 100_000


@dataclass(frozen=True)
class Merge:
    """How the rows of a load replace those of a table.

    Attributes:
        scope: The column whose loaded values select the rows to remove; None removes all rows.
        condition: The loaded rows to add, in DuckDB's SQL. Other loaded rows only select rows to remove.
        key: Columns that identify a row.
    """

    scope: str | None
    condition: str
    key: tuple[str, ...]


def is_exact(table: Mapping[str, Any]) -> bool:
    """Whether a prepared table is merged by the jobs of this package."""
    return table["write_disposition"] == "merge" and table.get("x-merge-strategy") == STRATEGY


def parse_merge(table: PreparedTableSchema) -> Merge:
    """Returns the merge that the hints of a prepared table describe.

    Raises:
        InvalidSetting: The merge cannot be exact with files.
    """
    name = str(table["name"])
    if "parent" in table:
        raise InvalidSetting(
            f"{name} is a nested table of {table['parent']}, and the lake destination cannot merge nested "
            "tables: load its rows as a separate resource."
        )
    hints = cast(dict[str, "str | None"], table.get(HINTS, {}))
    scope = hints.get(SCOPE)
    if scope is None:
        raise InvalidSetting(
            f"{name} has no destination_scope, which the lake destination needs to replace rows: add one to "
            "its write_disposition."
        )
    parsed = _parse_condition(name, scope.format(table=name, staging_table="staged"))
    column = parsed.this.name if isinstance(parsed, sql.In) else None
    if column not in table["columns"] or parsed != _staged_condition(column):
        column = None
        if parsed not in (_parse_condition(name, "1 = 1"), sql.true()):
            raise InvalidSetting(
                f"The lake destination does not support the destination_scope '{scope}' of {name}: write "
                "'column IN (SELECT column FROM {staging_table})' or '1 = 1'."
            )
    condition = (hints.get(FILTER) or "true").format(staging_table="staged")
    return Merge(
        scope=column,
        condition=_parse_condition(name, condition).sql("duckdb", identify=True),
        key=tuple(get_columns_names_with_prop(cast(TTableSchema, table), "primary_key")),
    )


def _parse_condition(table: str, condition: str) -> sql.Expression:
    try:
        parsed = sqlglot.parse_one(condition, dialect="duckdb")
        # dlt's names are in lower case, and DuckDB, which reads them here, ignores case.
        return parsed.transform(
            lambda node: sql.to_identifier(node.name.lower()) if isinstance(node, sql.Identifier) else node
        )
    except ParseError as error:
        raise InvalidSetting(
            f"A merge condition of {table} is not valid SQL: {condition}. Write it in DuckDB's SQL."
        ) from error


def _staged_condition(column: str) -> sql.Expression:
    return sql.column(column).isin(query=sql.select(sql.column(column)).from_("staged"))


class Staged:
    """The rows that one load has for one table, from all its files.

    Attributes:
        merge: How they are merged.
        schema: Schema of the rows.
        values: The distinct values of the scope column; None if all rows of the table are removed.
    """

    def __init__(self, files: Sequence[str], merge: Merge, connection: duckdb.DuckDBPyConnection) -> None:
        self.merge = merge
        self._files = sorted(files)
        self._connection = connection
        self.schema = unite_schemas(*(plain_schema(pq.read_schema(file)) for file in self._files))
        self.values = None if merge.scope is None else self._scope_values(merge.scope)

    def rows(self) -> pa.RecordBatchReader:
        """Returns the rows to add; of several with the same key, the last."""
        key = ", ".join(map(_quote, self.merge.key))
        newest = f"row_number() over (partition by {key} order by _file desc, file_row_number desc)"
        number = newest if key else "1"
        columns = ", ".join(map(_quote, self.schema.names))
        query = (
            f"select {columns} from (select *, {number} as _number from ({self._files_query()})) as staged "
            f"where _number = 1 and ({self.merge.condition})"
        )
        reader = self._connection.execute(query, [self._files]).to_arrow_reader(ROWS_PER_BATCH)
        return reader.cast(self.schema)

    def _scope_values(self, scope: str) -> pa.Array:
        column = _quote(scope)
        query = f"select distinct {column} from ({self._files_query()}) as read where {column} is not null"
        found = self._connection.execute(query, [self._files]).to_arrow_table().column(0)
        return pa.array(found.to_pylist(), self.schema.field(scope).type)

    def _files_query(self) -> str:
        return "from read_parquet(?, union_by_name = true, filename = '_file', file_row_number = true)"


@contextmanager
def open_staged_rows(files: Sequence[str], merge: Merge) -> Iterator[Staged]:
    """Opens Parquet files on this machine; DuckDB spills to disk what does not fit into memory."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        yield Staged(files, merge, connection)


def unite_schemas(*schemas: pa.Schema) -> pa.Schema:
    """Returns a schema with all columns of some schemas; those that are not in each of them are nullable."""
    fields = pa.unify_schemas([schema.remove_metadata() for schema in schemas])
    everywhere = set.intersection(*(set(schema.names) for schema in schemas))
    return pa.schema([field if field.name in everywhere else field.with_nullable(True) for field in fields])


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Returns the schema without dictionary encodings."""
    kinds = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in schema
    ]
    return pa.schema(kinds)


def _quote(name: str) -> str:
    return sql.to_identifier(name, quoted=True).sql("duckdb")
