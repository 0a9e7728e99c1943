"""An output table: its columns, keys and references."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa
from dlt.common.data_types import TDataType
from dlt.common.normalizers.naming.snake_case import NamingConvention
from graphql import FieldNode, GraphQLField

from ..data_types import ARROW_TYPES, MONEY_PRECISION, MONEY_SCALE
from ..operations.selections import FieldsType, Path

POSITION = "position"
"""The column that numbers the elements of a list without ids, from 1 within their root object."""

TYPENAME = "__typename"
"""The field that every object has: the name of its type."""

POSITION_TEXT = "Position in the list, from 1. The elements of the list have no id."

OCCURRENCE_TEXT = "Number, from 1, among the rows with the same {key}: Centra gives them no id."


class Step(NamedTuple):
    """A field of a query on the way to a value: its node, its definition, and the type that has it."""

    node: FieldNode
    definition: GraphQLField
    owner: FieldsType


@dataclass(frozen=True)
class Reference:
    """A column that holds the key of a row of another table."""

    column: str
    table: str
    referenced_column: str = "id"


@dataclass(frozen=True)
class Column:
    """One column, and where to find its values.

    Attributes:
        level: 0 for the root object, n for an element of the n-th list on the way to the rows.
        path: Keys to follow inside the object of that level; empty for the position.
        description: For analysts.
        is_list: Whether the value is a list of scalars, kept as JSON text.
        non_null: The field (`Order.status`) that must not be null, if the schema says so all along the path.
        steps: The fields of the query that lead to the value inside its object.
        fields: The fields on the way from the root object to the value, as `qualify_field` names them.
        known: The values that are documented, if the field is an enum or the name of a type.
        hide: Replaces personal values as soon as they are read.
        is_personal: Whether notes and errors must not show its values.
    """

    name: str
    data_type: TDataType
    level: int = 0
    path: Path = ()
    description: str | None = None
    is_list: bool = False
    non_null: str | None = None
    steps: tuple[Step, ...] = field(default=(), compare=False, repr=False)
    fields: tuple[str, ...] = ()
    known: frozenset[str] | None = field(default=None, compare=False, repr=False)
    hide: Callable[[pa.Array], pa.Array] | None = field(default=None, repr=False)
    is_personal: bool = False

    @property
    def field(self) -> str | None:
        """The field of the value, such as `Address.city`; None for a column of the loader."""
        return self.fields[-1] if self.fields else None


@dataclass(frozen=True)
class Table:
    """One output table.

    Attributes:
        columns: In the order of the destination.
        key: The columns that identify a row.
        root_key: The column that holds the root object's id.
        lists: The way from a root object to the rows, one path per list; empty if it is the row itself.
        non_null_lists: For each of these lists the field that must not be null, as in `Column`.
        description: For analysts. The first sentence is the grain: "One row per ...".
        references: The columns that refer to other tables.
        money_precision: Digits of its amounts; more in derived tables, whose amounts are products and sums.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    root_key: str
    lists: tuple[Path, ...] = ()
    non_null_lists: tuple[str | None, ...] = ()
    description: str | None = None
    references: tuple[Reference, ...] = ()
    money_precision: int = MONEY_PRECISION

    @property
    def key_path(self) -> Path:
        """The path inside a row to the last column of its key."""
        (path,) = (column.path for column in self.columns if column.name == self.key[-1])
        return path


_naming = NamingConvention()


def snake_case(name: str) -> str:
    """Converts a name as dlt does with the names of tables and columns."""
    return _naming.normalize_identifier(name)


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of an output table; key columns are not nullable."""
    kinds = {**ARROW_TYPES, "decimal": pa.decimal128(table.money_precision, MONEY_SCALE)}
    return pa.schema(
        [pa.field(c.name, kinds[c.data_type], nullable=c.name not in table.key) for c in table.columns]
    )
