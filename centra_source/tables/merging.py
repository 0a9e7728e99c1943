"""Merges the rows of a load into the destination, by the hints that dlt gets with them.

Every table is loaded by dlt's delete-insert merge with a primary key. In our tests, only this strategy stayed
exact when a load was killed between two steps and resumed. The hints of every load say for every table which
rows to delete first, so that the hints of an earlier load in the stored schema never apply. These are either
the rows whose value in one column is among the loaded ones (an order, all lines of an order, a day), or all.

If the lines of an order must be deleted although it has no lines any more, a marker row is loaded. It has the
id of the order and a key that no line has. The source filter keeps it out of the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import dlt
import pyarrow as pa
from dlt.common.data_types import TDataType
from dlt.common.schema.typing import TColumnSchema, TTableReference
from dlt.extract.hints import TResourceHints, make_hints
from dlt.extract.items import DataItemWithMeta

from ..data_types import MONEY_SCALE
from ..settings import BATCH_ROWS
from .loader_tables import DELETED_AT
from .table import Column, Reference, Table, arrow_schema

STRATEGY: Final = "delete-insert"

MARKERS: dict[TDataType, Any] = {"bigint": -1, "text": "-"}
"""Values that no key of Centra has, by data type. Not an empty text: some destinations store it as null."""


def merge_hints(table: Table, replaced_by: str | None, *, is_hard: bool = False) -> TResourceHints:
    """Makes the hints that merge a table.

    Args:
        table: The loaded table.
        replaced_by: The column whose loaded values select the rows to replace; None replaces the whole table.
        is_hard: Whether rows that are marked as deleted are removed instead of stored.
    """
    marked = marker_column(table)
    kept = f"{marked.name} <> {MARKERS[marked.data_type]!r}"
    if is_hard and DELETED_AT in table.columns:
        kept += f" AND {DELETED_AT.name} IS NULL"
    scope = f"{replaced_by} IN (SELECT {replaced_by} FROM {{staging_table}})" if replaced_by else "1 = 1"
    return make_hints(
        table_name=table.name,
        primary_key=list(table.key),
        columns={column.name: _column_hint(column, table) for column in table.columns},
        write_disposition={
            "disposition": "merge",
            "strategy": STRATEGY,
            "destination_scope": scope,
            "source_filter": kept,
        },
        references=[_reference_hint(reference) for reference in table.references] or None,
        additional_table_hints={"description": table.description} if table.description else None,
    )


def marker_column(table: Table) -> Column:
    """The last key column: the one in which a marker row has its marker."""
    (column,) = (column for column in table.columns if column.name == table.key[-1])
    return column


def _reference_hint(reference: Reference) -> TTableReference:
    return {
        "columns": [reference.column],
        "referenced_table": reference.table,
        "referenced_columns": [reference.referenced_column],
        "cardinality": "many_to_one",
    }


def _column_hint(column: Column, table: Table) -> TColumnSchema:
    is_key = column.name in table.key
    hint: TColumnSchema = {"name": column.name, "data_type": column.data_type, "nullable": not is_key}
    if column.description:
        hint["description"] = column.description
    if column.data_type == "decimal":
        hint["precision"], hint["scale"] = table.money_precision, MONEY_SCALE
    return hint


Items = Iterator[DataItemWithMeta | None]
"""What a resource yields to dlt. None means that nothing has arrived yet: dlt then asks other resources."""


def declare_table(table: Table) -> Items:
    """Makes an item without rows, which creates the table or keeps its rows; nothing if dlt knows it."""
    known = dlt.current.source().schema.tables.get(table.name, {}).get("columns", {})
    if not known.keys() >= {column.name for column in table.columns}:
        yield make_item(table, arrow_schema(table).empty_table(), table.root_key)


def make_item(
    table: Table, rows: pa.Table, replaced_by: str | None, *, is_hard: bool = False
) -> DataItemWithMeta:
    """Makes an item of some rows of a table, with the hints that merge them: see `merge_hints`."""
    hints = merge_hints(table, replaced_by, is_hard=is_hard)
    return dlt.mark.with_hints(rows, hints, create_table_variant=True)


def make_items(
    table: Table, rows: Iterable[dict[str, Any]], replaced_by: str | None
) -> Iterator[DataItemWithMeta]:
    """Makes items of the rows of a table in batches, with the hints that merge them: see `merge_hints`."""
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH_ROWS)):
        yield make_item(table, pa.Table.from_pylist(batch, schema=arrow_schema(table)), replaced_by)
