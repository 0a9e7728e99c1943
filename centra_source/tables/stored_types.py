"""Keeps the types of columns that are at the destination: no destination changes them with a load."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from dlt.common.data_types import TDataType

from .table import Column, Table

StoredType = Callable[[str, str], TDataType | None]
"""Returns the type of a column by the names of its table and of itself; None if it is not there yet."""


class KeptType(NamedTuple):
    """A column whose type differs from that of its field in the shop.

    Attributes:
        column: Its table and its name, such as `orders.number`.
        field: The field, such as `Order.number`.
        stored: Its type.
        planned: The type that a new column would have.
    """

    column: str
    field: str
    stored: TDataType
    planned: TDataType

    def describe(self) -> str:
        """Says what the owner of the token should know."""
        return (
            f"{self.field} would be {self.planned} in a new table, but {self.column} is {self.stored} and "
            "keeps that type: what does not fit is null. For the new type, drop the table and run a full "
            "refresh."
        )


def keep_stored_types(tables: Sequence[Table], find_type: StoredType) -> list[Table]:
    """Returns tables whose columns have the types that they have at the destination."""

    def keep(table: Table, column: Column) -> Column:
        stored = find_type(table.name, column.name)
        # A hash is a text: a column that would become one is refused.
        return column if stored is None or column.hide else replace(column, data_type=stored)

    return [replace(one, columns=tuple(keep(one, column) for column in one.columns)) for one in tables]


def find_kept_types(tables: Sequence[Table], find_type: StoredType) -> list[KeptType]:
    """Finds the columns of planned tables to which `keep_stored_types` gives another type."""
    return [
        KeptType(
            f"{table.name}.{column.name}",
            column.non_null or column.field or column.name,
            kept.data_type,
            column.data_type,
        )
        for table, fitted in zip(tables, keep_stored_types(tables, find_type), strict=True)
        for column, kept in zip(table.columns, fitted.columns, strict=True)
        if kept.data_type != column.data_type
    ]
