"""What the merge hints of a table ask for, and the rows of one load that they concern."""

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

from ...exceptions import InvalidSetting
from ...tables.merging import STRATEGY

SCOPE, FILTER = "x-merge-destination-scope", "x-merge-source-filter"
HINTS = "x-lake-merge"
"""Where a prepared table has both. dlt knows what its own destination makes of them, and would refuse."""

ROWS_PER_BATCH = 100_000


@dataclass(frozen=True)
class Merge:
    """How the rows of a load replace those of a table.

    Attributes:
        scope: The column whose loaded values name the rows that go; None: all rows go.
        condition: SQL; the loaded rows that are to come. The others only name what goes.
        key: Columns of which no two rows have the same values.
    """

    scope: str | None
    condition: str
    key: tuple[str, ...]


def is_exact(table: Mapping[str, Any]) -> bool:
    """Whether a prepared table is merged in the way of this package."""
    return table["write_disposition"] == "merge" and table.get("x-merge-strategy") == STRATEGY


def merge_of(table: PreparedTableSchema) -> Merge:
    """What the hints of a prepared table ask for.

    Raises:
        InvalidSetting: It is more than can be done exactly with files.
    """
    name = str(table["name"])
    if "parent" in table:
        raise InvalidSetting(
            f"{name} is a nested table of {table['parent']}, and a lake merges only tables that stand alone: "
            "load its rows as a resource of their own."
        )
    hints = cast(dict[str, "str | None"], table.get(HINTS, {}))
    scope = hints.get(SCOPE)
    if scope is None:
        raise InvalidSetting(
            f"{name} has no destination_scope, and a lake replaces rows by nothing else: give it one in its "
            "write_disposition."
        )
    parsed = _parsed(name, scope.format(table=name, staging_table="staged"))
    column = parsed.this.name if isinstance(parsed, sql.In) else None
    if column not in table["columns"] or parsed != _in_staged(column):
        column = None
        if parsed not in (_parsed(name, "1 = 1"), sql.true()):
            raise InvalidSetting(
                f"The destination_scope of {name} is '{scope}', and a lake can do only "
                "'column IN (SELECT column FROM {staging_table})' and '1 = 1'."
            )
    condition = (hints.get(FILTER) or "true").format(staging_table="staged")
    return Merge(
        scope=column,
        condition=_parsed(name, condition).sql("duckdb", identify=True),
        key=tuple(get_columns_names_with_prop(cast(TTableSchema, table), "primary_key")),
    )


def _parsed(table: str, condition: str) -> sql.Expression:
    try:
        parsed = sqlglot.parse_one(condition, dialect="duckdb")
        # dlt's names are in lower case, and the database that has them here takes them in any.
        return parsed.transform(
            lambda node: sql.to_identifier(node.name.lower()) if isinstance(node, sql.Identifier) else node
        )
    except ParseError as error:
        raise InvalidSetting(f"A merge condition of {table} is no SQL: {condition}") from error


def _in_staged(column: str) -> sql.Expression:
    return sql.column(column).isin(query=sql.select(sql.column(column)).from_("staged"))


class Staged:
    """The rows that one load has for one table, from all its files.

    Attributes:
        schema: Of the rows.
        values: What the scope column holds, each value once; None where all rows go.
    """

    def __init__(self, files: Sequence[str], merge: Merge, connection: duckdb.DuckDBPyConnection) -> None:
        self.merge = merge
        self._files = sorted(files)
        self._connection = connection
        self.schema = united(*(plain(pq.read_schema(file)) for file in self._files))
        self.values = None if merge.scope is None else self._values(merge.scope)

    def rows(self) -> pa.RecordBatchReader:
        """The rows that are to come; of several with the same key, the last."""
        key = ", ".join(map(_quoted, self.merge.key))
        newest = f"row_number() over (partition by {key} order by _file desc, file_row_number desc)"
        number = newest if key else "1"
        columns = ", ".join(map(_quoted, self.schema.names))
        query = (
            f"select {columns} from (select *, {number} as _number from ({self._read()})) as staged "
            f"where _number = 1 and ({self.merge.condition})"
        )
        reader = self._connection.execute(query, [self._files]).to_arrow_reader(ROWS_PER_BATCH)
        return reader.cast(self.schema)

    def _values(self, scope: str) -> pa.Array:
        column = _quoted(scope)
        query = f"select distinct {column} from ({self._read()}) as read where {column} is not null"
        found = self._connection.execute(query, [self._files]).to_arrow_table().column(0)
        return pa.array(found.to_pylist(), self.schema.field(scope).type)

    def _read(self) -> str:
        return "from read_parquet(?, union_by_name = true, filename = '_file', file_row_number = true)"


@contextmanager
def staged_rows(files: Sequence[str], merge: Merge) -> Iterator[Staged]:
    """The rows of some Parquet files on this machine; more than fits into memory is kept on disk."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        yield Staged(files, merge, connection)


def united(*schemas: pa.Schema) -> pa.Schema:
    """All columns of some schemas; one that is not in each of them may be null."""
    fields = pa.unify_schemas([schema.remove_metadata() for schema in schemas])
    everywhere = set.intersection(*(set(schema.names) for schema in schemas))
    return pa.schema([field if field.name in everywhere else field.with_nullable(True) for field in fields])


def plain(schema: pa.Schema) -> pa.Schema:
    """The schema without dictionaries, which are a way to store values."""
    kinds = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in schema
    ]
    return pa.schema(kinds)


def _quoted(name: str) -> str:
    return sql.to_identifier(name, quoted=True).sql("duckdb")
