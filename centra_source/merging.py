"""How the rows of a load replace what the destination holds.

Every table is loaded by dlt's delete-insert merge with a primary key, the one way that was seen to stay exact
when a load is killed between two steps and resumed. What goes first is stated for every table on every load,
so that no statement of an earlier load lives on in the stored schema: either the rows whose value in one
column is among the loaded ones (an order, all lines of an order, a day), or the whole table.

Where the lines of an order must go although none come in their place, a marker row is loaded: it names the
order, says by a key that no line has that there is none, and is kept out by the source filter.
"""

from __future__ import annotations

from typing import Any, Final

import dlt
from dlt.common.data_types import TDataType
from dlt.common.schema.typing import TColumnSchema, TTableReference, TTableSchema
from dlt.extract.hints import TResourceHints, make_hints

from .exceptions import InvalidSetting
from .tables import Column, Reference, Table

STRATEGY: Final = "delete-insert"
FILESYSTEM = "dlt.destinations.filesystem"

MONEY_PRECISION, MONEY_SCALE = 18, 4
"""Amounts are exact to the fourth decimal up to 10^11, as the floats are that bring them."""

MARKERS: dict[TDataType, Any] = {"bigint": -1, "text": "-"}
"""Values that no Centra key has, by type. No empty text: some destinations take that for null."""


DELETED_AT = Column(
    "deleted_at",
    "timestamp",
    path=("deletedAt",),  # no field of Centra's: only rows that are marked have it
    description="When the shop deleted the object, UTC; null while it is there.",
)


def merge_hints(table: Table, replaced_by: str | None, *, is_hard: bool = False) -> TResourceHints:
    """The dlt hints that merge `table`.

    Args:
        table: What is loaded.
        replaced_by: The column whose loaded values name the rows to replace; None replaces the whole table.
        is_hard: Loaded rows that are marked as deleted replace the stored ones by nothing.
    """
    marked = marked_column(table)
    kept = f"{marked.name} <> {MARKERS[marked.data_type]!r}"
    if is_hard and DELETED_AT in table.columns:
        kept += f" AND {DELETED_AT.name} IS NULL"
    scope = f"{replaced_by} IN (SELECT {replaced_by} FROM {{staging_table}})" if replaced_by else "1 = 1"
    return make_hints(
        table_name=table.name,
        primary_key=list(table.key),
        columns={column.name: _column_hint(column, column.name in table.key) for column in table.columns},
        write_disposition={
            "disposition": "merge",
            "strategy": STRATEGY,
            "destination_scope": scope,
            "source_filter": kept,
        },
        references=[_reference_hint(reference) for reference in table.references] or None,
        additional_table_hints={"description": table.description} if table.description else None,
    )


def marked_column(table: Table) -> Column:
    """The last key column: the one in which a marker row holds its marker."""
    (column,) = (column for column in table.columns if column.name == table.key[-1])
    return column


def refuse_inexact_merges(pipeline: dlt.Pipeline) -> None:
    """Refuses a destination that would take the hints above for less than they say.

    Raises:
        InvalidSetting: It adds the rows to the old ones, or leaves those that nothing replaces.
    """
    if pipeline.destination is None:
        return
    can = pipeline.destination.capabilities()
    strategies = can.supported_merge_strategies or []
    if can.merge_strategies_selector:
        table: TTableSchema = {"name": "orders", "columns": {}, "table_format": can.preferred_table_format}
        strategies = can.merge_strategies_selector(strategies, table_schema=table)
    if STRATEGY in strategies:
        return
    if pipeline.destination.destination_type == FILESYSTEM:
        raise InvalidSetting(
            "dlt's filesystem destination cannot replace rows, and changed ones would be there twice: write "
            "`from centra_source.lake import lake` and destination=lake(), which takes the same settings."
        )
    raise InvalidSetting(
        f"The destination {pipeline.destination.destination_name} has no {STRATEGY} merge, and its tables "
        "would keep what has changed or gone: use another, see docs/destinations.md."
    )


def _reference_hint(reference: Reference) -> TTableReference:
    return {
        "columns": [reference.column],
        "referenced_table": reference.table,
        "referenced_columns": [reference.referenced_column],
        "cardinality": "many_to_one",
    }


def _column_hint(column: Column, is_key: bool) -> TColumnSchema:
    hint: TColumnSchema = {"name": column.name, "data_type": column.data_type, "nullable": not is_key}
    if column.description:
        hint["description"] = column.description
    if column.data_type == "decimal":
        hint["precision"], hint["scale"] = MONEY_PRECISION, MONEY_SCALE
    return hint
