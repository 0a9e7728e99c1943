"""An output table: its columns, keys and references."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa
from dlt.common.data_types import TDataType
from dlt.common.normalizers.naming.snake_case import NamingConvention
from graphql import FieldNode, GraphQLField

from ..data_types import ARROW_TYPES
from ..operations.selections import FieldsType, Path

POSITION = "position"

"""Column that numbers the elements of a list from 1 within their root object, where they have no id."""

POSITION_TEXT = "Place in the list, from 1; it has no id of its own."


class Step(NamedTuple):
    """A field of a query on the way to a value: what is asked, its definition, and of which type."""

    node: FieldNode
    definition: GraphQLField
    owner: FieldsType


@dataclass(frozen=True)
class Reference:
    """A column that holds what identifies a row of another table."""

    column: str
    table: str
    referenced_column: str = "id"


@dataclass(frozen=True)
class Column:
    """One column and where its value stands.

    Attributes:
        level: 0 for the root object, n for an element of the n-th list on the way to the rows.
        path: Keys to follow inside the object of that level; empty for the position.
        is_list: The value is a list of scalars, kept as JSON text.
        non_null: The field (`Order.status`) that must not be null, if the schema says so all along the path.
        steps: The fields of the query that lead to the value inside its object.
        fields: The fields on the way from the root object to the value, as `qualify_field` names them.
        hide: Puts other texts in the place of personal ones, as soon as they are read.
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
    hide: Callable[[pa.Array], pa.Array] | None = field(default=None, repr=False)

    @property
    def field(self) -> str | None:
        """The field that the value is from, such as `Address.city`; None for a column of our own."""
        return self.fields[-1] if self.fields else None


@dataclass(frozen=True)
class Table:
    """One output table.

    Attributes:
        columns: In the order of the destination.
        key: The columns that identify a row.
        root_key: The column that holds the root object's id.
        lists: The way from a root object to the rows, one path per list; empty where it is the row itself.
        non_null_lists: For each of these lists the field that must not be null, as in `Column`.
        description: For analysts: what one row is, first of all.
        references: The columns that lead to other tables.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    root_key: str
    lists: tuple[Path, ...] = ()
    non_null_lists: tuple[str | None, ...] = ()
    description: str | None = None
    references: tuple[Reference, ...] = ()

    @property
    def key_path(self) -> Path:
        """The way inside a row to the last column of its key."""
        (path,) = (column.path for column in self.columns if column.name == self.key[-1])
        return path


_naming = NamingConvention()


def snake_case(name: str) -> str:
    """A name as dlt writes those of tables and columns."""
    return _naming.normalize_identifier(name)


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of an output table; key columns are not nullable."""
    return pa.schema(
        [pa.field(c.name, ARROW_TYPES[c.data_type], nullable=c.name not in table.key) for c in table.columns]
    )
