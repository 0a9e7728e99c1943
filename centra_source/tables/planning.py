"""Plans the tables that one operation fills: their columns, types and keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..operations.documents import Operation, get_definition, read_description
from ..operations.selections import OCCURRENCE, find_root
from .descriptions import column_description
from .levels import Level, NestedList, add_column, read_level
from .table import OCCURRENCE_TEXT, POSITION, POSITION_TEXT, Column, Table, snake_case


def plan_tables(operation: Operation, list_tables: Mapping[str, str], key: tuple[str, ...]) -> list[Table]:
    """Plans the tables of one operation; the first is the resource's own.

    * The fields of a nested object become columns with its name as prefix.
    * A list of objects becomes a table, whose rows repeat the root object's id.
    * A list without a table name only leads to the named lists inside it: their rows repeat its columns.
    * Rows of a list inside a named list repeat the id of their element, as `bundle_section_id`.
    * The ids on the way to a list are part of the key of its table.
    * Rows of a list in objects without an id repeat all columns of their key.
    * A list of scalars becomes JSON text, the only form that every destination takes from Arrow.

    Args:
        operation: The query whose selection defines the tables.
        list_tables: Table names by the dotted path of their list, such as `attributes.elements`. If one of
            them is the operation's own name, the elements of that list are the rows of the resource's own
            table, and the root objects have none.
        key: Key columns of the resource's own table.

    Raises:
        ValueError: A list has no table name, a name has no list, or two fields become one column.
    """
    planner = _Planner(operation, list_tables, key)
    tables = planner.plan()
    if planner.unused:
        lists = ", ".join(planner.unused)
        raise ValueError(
            f"{operation.name} has no list {lists}: correct its table names in centra_source/resources.py."
        )
    return [_with_descriptions(table, tables[0], operation) for table in tables]


@dataclass(frozen=True)
class _Above:
    """What is above a level, and what the rows below repeat of it.

    Attributes:
        lists: The lists on the way down, outermost first.
        columns: The columns that rows below repeat, by name.
        ids: The names of those that are part of their key.
        description: That of a list without a table, for the tables of the lists inside it.
    """

    lists: tuple[NestedList, ...] = ()
    columns: Mapping[str, Column] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    description: str | None = None


class _Planner:
    """Plans one operation's tables, from the root objects down through their lists."""

    def __init__(self, operation: Operation, list_tables: Mapping[str, str], key: tuple[str, ...]) -> None:
        root = find_root(operation)
        self._name, self._schema, self._key = operation.name, operation.schema, key
        self._top = read_level(root.selection, root.type, operation.schema)
        if POSITION in key:
            text = OCCURRENCE_TEXT.format(key=" and ".join(name for name in key if name != POSITION))
            add_column(self._top.columns, Column(POSITION, "bigint", 0, OCCURRENCE, text))
        self._owner = self._find_owner(f"{snake_case(root.type.name)}_id")
        self._description = read_description(get_definition(operation.document))
        self._tables: list[Table] = []
        self.unused = dict(list_tables)

    def plan(self) -> list[Table]:
        """The tables of the operation, without the descriptions of their columns."""
        if self._name in self.unused.values():
            repeated = {name: one for name, one in self._top.columns.items() if name != "id"}
            self._plan_lists(self._top, _Above(columns=repeated))
        else:
            columns = tuple(self._top.columns.values())
            root_key = "id" if "id" in self._top.columns else self._key[0]
            main = Table(self._name, columns, self._key, root_key, description=self._description)
            self._tables.append(main)
            self._plan_lists(self._top, _Above())
        return self._tables

    def _find_owner(self, id_name: str) -> tuple[Column, ...]:
        """The columns by which rows of child tables refer to their root object: its id, or its whole key."""
        columns = self._top.columns
        if "id" in columns:
            return (replace(columns["id"], name=id_name, non_null=None),)
        return tuple(replace(columns[name], non_null=None) for name in self._key if name in columns)

    def _plan_lists(self, level: Level, above: _Above) -> None:
        for nested in level.lists.values():
            lists = (*above.lists, nested)
            path = ".".join(key for one in lists for key in one.path)
            inner = read_level(nested.selection, nested.element, self._schema, len(lists), nested.fields)
            table_name = self.unused.pop(path, None)
            if table_name is None and not inner.lists:
                raise ValueError(
                    f"{self._name}.{path} is a list: name its table in centra_source/resources.py."
                )
            columns = dict(above.columns)
            for column in inner.columns.values():
                add_column(columns, column)
            ids = (*above.ids, inner.id_column) if inner.id_column else above.ids
            description = read_description(nested.steps[-1].node) or above.description
            below = _Above(lists, columns, ids, description)
            if table_name is None:
                self._plan_lists(inner, below)
            else:
                key = ids if inner.id_column else (*above.ids, POSITION)
                self._tables.append(self._plan_list_table(table_name, below, key))
                self._plan_lists(inner, _repeat_id(lists, inner))

    def _plan_list_table(self, name: str, rows: _Above, key: tuple[str, ...]) -> Table:
        is_main = name == self._name
        columns = list(self._owner)
        if POSITION in key and not is_main:
            columns.append(Column(POSITION, "bigint", len(rows.lists), (), POSITION_TEXT))
        return Table(
            name,
            (*columns, *rows.columns.values()),
            self._key if is_main else (*(column.name for column in self._owner), *key),
            self._owner[0].name,
            lists=tuple(one.path for one in rows.lists),
            non_null_lists=tuple(one.non_null for one in rows.lists),
            description=self._description if is_main else rows.description,
        )


def _repeat_id(lists: tuple[NestedList, ...], level: Level) -> _Above:
    """What rows repeat of a list that has a table: the id of its elements, if they have one."""
    if level.id_column is None:
        return _Above(lists)
    name = f"{snake_case(lists[-1].element.name)}_id"
    return _Above(lists, {name: replace(level.columns[level.id_column], name=name)}, (name,))


def _with_descriptions(table: Table, main: Table, operation: Operation) -> Table:
    columns = [
        replace(column, description=column_description(column, table, main, operation.schema))
        if column.steps
        else column
        for column in table.columns
    ]
    return replace(table, columns=tuple(columns))
