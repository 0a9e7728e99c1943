"""Reads one selection into columns and nested lists, down to the next lists of objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from dlt.common.data_types import TDataType
from graphql import (
    GraphQLField,
    GraphQLOutputType,
    GraphQLSchema,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_enum_type,
    is_list_type,
    is_non_null_type,
)

from ..data_types import DATA_TYPES
from ..operations.selections import (
    FieldsType,
    Path,
    get_fields_type,
    iterate_fields,
    qualify_field,
    response_key,
)
from .table import TYPENAME, Column, Step, snake_case


class NestedList(NamedTuple):
    """A list of objects inside the objects of a level.

    Attributes:
        path: Keys from an object of the level to the list.
        selection: What is selected of each element.
        element: The type of the elements.
        non_null: The field that must not be null, as in `Column`.
        steps: The fields of the query that lead from an object of the level to the list.
        fields: The fields from the root object to the list, as in `Column`.
    """

    path: Path
    selection: SelectionSetNode
    element: FieldsType
    non_null: str | None
    steps: tuple[Step, ...]
    fields: tuple[str, ...]


@dataclass
class Level:
    """The objects that one selection describes.

    Attributes:
        number: 0 for the root objects, n for the elements of the n-th list on the way down.
        columns: Their values by column name, those of nested objects included.
        lists: The lists inside them, by path.
        id_column: The column of their `id`, if it is selected and never null.
    """

    number: int
    columns: dict[str, Column] = field(default_factory=dict)
    lists: dict[Path, NestedList] = field(default_factory=dict)
    id_column: str | None = None


def read_level(
    selection: SelectionSetNode,
    owner: FieldsType,
    schema: GraphQLSchema,
    number: int = 0,
    fields: tuple[str, ...] = (),
) -> Level:
    """Reads the selection of some objects.

    Args:
        selection: What is selected of each object.
        owner: The type of the objects.
        schema: Has the types of the fields.
        number: The number of the level.
        fields: The fields from the root object to these objects, as in `Column`.

    Raises:
        ValueError: Two fields become one column.
    """
    level = Level(number)
    _read_fields(level, selection, _Place(owner, (), fields, is_certain=True), schema)
    return level


def add_column(columns: dict[str, Column], column: Column) -> None:
    """Adds a column, unless it is known from another inline fragment.

    Raises:
        ValueError: Another field has the same column name.
    """
    known = columns.setdefault(column.name, column)
    if (known.level, known.path) != (column.level, column.path):
        raise ValueError(f"Two fields become the column {column.name}: give one of them an alias.")


class _Place(NamedTuple):
    """A nested object inside the objects of a level.

    Attributes:
        owner: Its type.
        steps: The fields of the query that lead to it.
        fields: The fields from the root object to it.
        is_certain: Whether it is there in every object of the level.
    """

    owner: FieldsType
    steps: tuple[Step, ...]
    fields: tuple[str, ...]
    is_certain: bool


def _read_fields(level: Level, selection: SelectionSetNode, place: _Place, schema: GraphQLSchema) -> None:
    for node, definition, holder in iterate_fields(selection, place.owner, schema):
        steps = (*place.steps, Step(node, definition, holder))
        fields = (*place.fields, qualify_field(holder, node.name.value))
        # Only objects of its own type have what an inline fragment asks for.
        is_certain = place.is_certain and holder is place.owner and is_non_null_type(definition.type)
        non_null = f"{holder.name}.{node.name.value}" if is_certain else None
        if not is_composite_type(get_named_type(definition.type)):
            column = _make_column(level.number, definition, steps, fields, non_null, place.owner, schema)
            add_column(level.columns, column)
            # An id that can be null identifies nothing, as that of an entry in an address book:
            # centra.dev/graphql/addressbookentry.html. Such rows are identified by their position.
            if node.name.value == "id" and not place.steps and is_non_null_type(definition.type):
                level.id_column = column.name
            continue
        assert node.selection_set
        held = get_fields_type(definition.type)
        if _is_list(definition):
            path = tuple(response_key(step.node) for step in steps)
            level.lists[path] = NestedList(path, node.selection_set, held, non_null, steps, fields)
        else:
            _read_fields(level, node.selection_set, _Place(held, steps, fields, is_certain), schema)


def _make_column(
    level: int,
    definition: GraphQLField,
    steps: tuple[Step, ...],
    fields: tuple[str, ...],
    non_null: str | None,
    owner: FieldsType,
    schema: GraphQLSchema,
) -> Column:
    path, is_list = tuple(response_key(step.node) for step in steps), _is_list(definition)
    return Column(
        snake_case("_".join(path)),
        "text" if is_list else _get_data_type(definition.type, owner),
        level,
        path,
        is_list=is_list,
        non_null=non_null,
        steps=steps,
        fields=fields,
        known=None if is_list else _list_known_values(steps[-1], schema),
    )


def _list_known_values(step: Step, schema: GraphQLSchema) -> frozenset[str] | None:
    """The documented values of an enum, or of the name of an object's type. None if any value will do."""
    kind = get_named_type(step.definition.type)
    if step.node.name.value == TYPENAME:
        owner = step.owner
        types = schema.get_possible_types(owner) if is_abstract_type(owner) else [owner]
        return frozenset(one.name for one in types)
    return frozenset(kind.values) if is_enum_type(kind) else None


def _is_list(definition: GraphQLField) -> bool:
    return is_list_type(get_nullable_type(definition.type))


def _get_data_type(output: GraphQLOutputType, owner: FieldsType) -> TDataType:
    named = get_named_type(output)
    if is_enum_type(named):
        return "text"
    # Centra sends amounts of money as floats.
    if owner.name == "MonetaryValue" and named.name == "Float":
        return "decimal"
    return DATA_TYPES[named.name]
