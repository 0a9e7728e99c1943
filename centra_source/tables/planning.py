"""From one operation and the schema to the tables it fills: their columns, types and keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from dlt.common.data_types import TDataType
from graphql import (
    GraphQLOutputType,
    GraphQLSchema,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_enum_type,
    is_list_type,
    is_non_null_type,
)

from ..data_types import DATA_TYPES
from ..operations.documents import Operation, get_definition, read_description
from ..operations.selections import (
    FieldsType,
    Path,
    find_root,
    get_fields_type,
    iterate_fields,
    qualify_field,
    response_key,
)
from .descriptions import column_description
from .table import POSITION, POSITION_TEXT, Column, Step, Table, snake_case


class _List(NamedTuple):
    path: Path
    selection: SelectionSetNode
    element: FieldsType
    non_null: str | None
    steps: tuple[Step, ...]
    fields: tuple[str, ...]


@dataclass
class _Level:
    """What one selection holds: columns by name, and the lists below it by their dotted path."""

    columns: dict[str, Column] = field(default_factory=dict)
    lists: dict[str, _List] = field(default_factory=dict)
    id_column: str | None = None

    def add(self, column: Column) -> None:
        known = self.columns.setdefault(column.name, column)
        if (known.level, known.path) != (column.level, column.path):
            raise ValueError(f"Two fields become the column {column.name}: give one of them an alias.")


def plan_tables(operation: Operation, list_tables: Mapping[str, str], key: tuple[str, ...]) -> list[Table]:
    """Lays out the tables of one operation; the first is the resource's own.

    A nested object becomes columns with its name as prefix. A list of objects becomes a table that repeats
    the root object's id. A list that is only the way to a named list inside it lends its columns to that
    one's rows; a named list lends its id, as `bundle_section_id`. Ids on the way are part of the key. A list
    of scalars becomes JSON text: the one form that every destination takes from Arrow.

    Args:
        operation: What is asked; its selection is the table definition.
        list_tables: Table names by the dotted path of their list, such as `attributes.elements`. A list that
            bears the operation's own name supplies the resource's rows in place of the root objects.
        key: Key columns of the resource's own table.

    Raises:
        ValueError: A list has no table name, a name has no list, or two fields become one column.
    """
    name, schema, root = operation.name, operation.schema, find_root(operation)
    top = _read_level(root.selection, root.type, 0, schema)
    root_id = top.columns.get("id") or top.columns[key[0]]
    root_key = f"{snake_case(root.type.name)}_id"
    above = read_description(get_definition(operation.document))
    unused = dict(list_tables)
    tables: list[Table] = []

    def plan_lists(
        level: _Level,
        way: tuple[_List, ...],
        dotted: str,
        lent: Mapping[str, Column],
        ids: tuple[str, ...],
        said: str | None,
    ) -> None:
        for relative, known in level.lists.items():
            here = f"{dotted}{relative}"
            inner = _read_level(known.selection, known.element, len(way) + 1, schema, known.fields)
            table_name = unused.pop(here, None)
            if table_name is None and not inner.lists:
                raise ValueError(f"{name}.{here} is a list: name its table in resources.py.")
            text = read_description(known.steps[-1].node) or said
            columns = _Level(dict(lent))
            for column in inner.columns.values():
                columns.add(column)
            own_ids = (*ids, inner.id_column) if inner.id_column else ids
            if table_name is None:
                plan_lists(inner, (*way, known), f"{here}.", columns.columns, own_ids, text)
                continue
            own_key = own_ids if inner.id_column else (*ids, POSITION)
            tables.append(list_table(table_name, (*way, known), columns, own_key, text))
            plan_lists(inner, (*way, known), f"{here}.", *_lent_id(known, inner), None)

    def list_table(
        table_name: str,
        way: tuple[_List, ...],
        level: _Level,
        own_key: tuple[str, ...],
        text: str | None,
    ) -> Table:
        columns = [replace(root_id, name=root_key, non_null=None)]
        own_key = key if table_name == name else (root_key, *own_key)
        if POSITION in own_key:
            columns.append(Column(POSITION, "bigint", len(way), (), POSITION_TEXT))
        return Table(
            table_name,
            (*columns, *level.columns.values()),
            own_key,
            root_key,
            tuple(known.path for known in way),
            tuple(known.non_null for known in way),
            above if table_name == name else text,
        )

    if name in list_tables.values():
        lent = {known: column for known, column in top.columns.items() if column != root_id}
        plan_lists(top, (), "", lent, (), None)
    else:
        tables.append(Table(name, tuple(top.columns.values()), key, root_id.name, description=above))
        plan_lists(top, (), "", {}, (), None)
    if unused:
        raise ValueError(f"{name} has no list {', '.join(unused)}: correct its table names in resources.py.")
    return [_described(table, tables[0], schema) for table in tables]


def _described(table: Table, main: Table, schema: GraphQLSchema) -> Table:
    columns = [
        replace(column, description=column_description(column, table, main, schema))
        if column.steps
        else column
        for column in table.columns
    ]
    return replace(table, columns=tuple(columns))


def _lent_id(known: _List, level: _Level) -> tuple[dict[str, Column], tuple[str, ...]]:
    """The id of a list's elements, as the rows of a list inside them repeat it."""
    if level.id_column is None:
        return {}, ()
    name = f"{snake_case(known.element.name)}_id"
    column = replace(level.columns[level.id_column], name=name)
    return {name: column}, (name,)


def _read_level(
    selection: SelectionSetNode,
    owner: FieldsType,
    level: int,
    schema: GraphQLSchema,
    fields: tuple[str, ...] = (),
) -> _Level:
    result = _Level()

    def read(
        selection: SelectionSetNode,
        owner: FieldsType,
        steps: tuple[Step, ...],
        is_sure: bool,
        trail: tuple[str, ...],
    ) -> None:
        for node, definition, holder in iterate_fields(selection, owner, schema):
            way = (*steps, Step(node, definition, holder))
            here = tuple(response_key(step.node) for step in way)
            named = (*trail, qualify_field(holder, node.name.value))
            is_list = is_list_type(get_nullable_type(definition.type))
            # What an inline fragment asks for is there in objects of its type only.
            is_there = is_sure and holder is owner and is_non_null_type(definition.type)
            non_null = f"{holder.name}.{node.name.value}" if is_there else None
            if not is_composite_type(get_named_type(definition.type)):
                data_type = "text" if is_list else _data_type(definition.type, owner)
                name = snake_case("_".join(here))
                result.add(Column(name, data_type, level, here, None, is_list, non_null, way, named))
                if node.name.value == "id" and not steps:
                    result.id_column = name
                continue
            assert node.selection_set
            element = get_fields_type(definition.type)
            if is_list:
                result.lists[".".join(here)] = _List(here, node.selection_set, element, non_null, way, named)
            else:
                read(node.selection_set, element, way, is_there, named)

    read(selection, owner, (), True, fields)
    return result


def _data_type(output: GraphQLOutputType, owner: FieldsType) -> TDataType:
    named = get_named_type(output)
    if is_enum_type(named):
        return "text"
    # Centra's amounts are floats on the wire and money in meaning.
    if owner.name == "MonetaryValue" and named.name == "Float":
        return "decimal"
    return DATA_TYPES[named.name]
