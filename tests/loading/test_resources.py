"""What every entry of RESOURCES must do. A new entry needs no test code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from graphql import FieldNode, TypeInfo, TypeInfoVisitor, Visitor, get_named_type, validate, visit

from centra_sandbox import Sandbox, Shop
from centra_sandbox.context import Info
from centra_sandbox.data import LISTS, collection_name
from centra_sandbox.nodes import Node
from centra_source import RESOURCES
from centra_source.operations.documents import load_operation, load_schema
from centra_source.operations.fitting import OLDER_NAMES

from ..support.shop_queries import TABLES, Level, NamedList, Query, make_info, prepare_query
from ..support.shop_rows import KEYS, find_differences, list_planned_tables
from ..support.target import Target
from ..support.workplace import Row

API = [
    name for name, resource in RESOURCES.items() if not load_operation(name).variables and not resource.daily
]
"""Resources that describe the API and not the shop: each load changes them, and empty shops have them."""

SHOPS = [table for table in KEYS if TABLES[table][0] not in API]
"""The tables that describe the shop."""

STORED = [table for table in KEYS if collection_name(prepare_query(TABLES[table][0]).type.name) in LISTS]
"""The tables of objects that the shop stores, and does not calculate."""

KEPT = {table: {*key, "created_at", "updated_at"} for table, key in KEYS.items()}
"""The columns of each table that no edit touches."""

EDITABLE = [
    table
    for table in STORED
    if table != TABLES[table][0] or not KEPT[table].issuperset(prepare_query(table).columns(table))
]
"""The tables in which a value can be edited, or a row removed from its list."""

CURSORS = [name for name, resource in RESOURCES.items() if resource.cursor]
WHOLE_LISTS = [name for name, resource in RESOURCES.items() if not resource.cursor and name not in API]
DAILY = {resource.daily: name for name, resource in RESOURCES.items() if resource.daily}
MAX_SHOWN = 5
"""Differences that a failing test shows."""

ANOTHER: dict[str, Callable[[Any], Any]] = {
    "String": lambda value: f"{value} edited",
    "Boolean": lambda value: not value,
    "Int": lambda value: (value or 0) + 1,
    "Float": lambda value: (value or 0.0) + 1.0,
}
"""Another value for a scalar, by its type."""

Problems = dict[str, list[str]]
"""What is wrong, by table or resource."""


@dataclass(frozen=True)
class World:
    """One shop and where it is loaded. The stages of this module run in it one after another."""

    sandbox: Sandbox
    target: Target

    def rows(self) -> dict[str, list[Row]]:
        """Every table."""
        return rows_of(self.target)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A shop with every special case."""
    with Sandbox(products=60, orders=200, seed=7) as sandbox:
        yield World(sandbox, Target(tmp_path_factory.mktemp("resources")))


@pytest.fixture(scope="module")
def first(world: World) -> dict[str, list[Row]]:
    """All tables after a first load of everything, in pages smaller than most lists.

    What describes the API is loaded once more: the load itself has added listeners.
    """
    world.target.load(world.sandbox, *RESOURCES, page_size=60)
    world.target.load(world.sandbox, *API)
    return world.rows()


def load_edits(world: World) -> Problems:
    """Edits objects, loads, and returns where these objects differ from the shop."""
    shop = world.sandbox.shop
    roots = {table: [*changed(shop, table), *shortened(shop, table)] for table in EDITABLE}
    # What moves no timestamp is left to the look-back.
    far = {name: "9999 days" for name, resource in RESOURCES.items() if resource.cursor == "createdAt"}
    world.target.load(world.sandbox, *RESOURCES, lookback=far)
    rows = world.rows()
    return {
        table: [
            line for root in roots[table] for line in find_differences(shop, table, rows[table], root=root)
        ]
        if roots[table]
        else ["the sandbox has nothing to edit"]
        for table in EDITABLE
    }


def load_removals(world: World) -> Problems:
    """Takes an object from each whole list, loads, and returns where these lists differ from the shop."""
    shop = world.sandbox.shop
    for name in WHOLE_LISTS:
        del shop.of(prepare_query(name).type.name)[-1:]
    shop.version += 1
    world.target.load(world.sandbox, *WHOLE_LISTS)
    rows = world.rows()
    return {
        table: find_differences(shop, table, rows[table]) for table in KEYS if TABLES[table][0] in WHOLE_LISTS
    }


def rows_of(target: Target) -> dict[str, list[Row]]:
    """Every table."""
    return target.rows_by_table(*KEYS, *DAILY)


def changed(shop: Shop, table: str) -> list[Node]:
    """Edits a value of one of a resource's own rows, or adds an object where only new ones are read.

    Returns:
        The object that was edited, if any.
    """
    name, path = TABLES[table]
    if table != name:
        return []
    query, info = prepare_query(name), make_info(shop)
    stored = shop.of(query.type.name)
    if stored and RESOURCES[name].cursor == "id":
        newest = max(stored, key=lambda node: node["id"])
        stored.append({**newest, "id": newest["id"] + 1})
        shop.version += 1
        return stored[-1:]
    for root in query.roots(shop):
        found = first_element(root, query, path, info) if path else (query.level, root)
        if found and edit(*found, KEPT[table], info):
            shop.update(root)
            return [root]
    return []


def shortened(shop: Shop, table: str) -> list[Node]:
    """Takes one element out of the longest and out of the shortest list that fill a child table.

    Returns:
        The objects that had them, if any.
    """
    name, path = TABLES[table]
    if not path:
        return []
    query, info = prepare_query(name), make_info(shop)
    counted = [(len(list(query.rows(table, root, info))), root) for root in query.roots(shop)]
    filled = sorted((each for each in counted if each[0]), key=lambda each: each[0])
    roots = [root for _, root in (filled[:1] + filled[1:][-1:])]
    for root in roots:
        take(root, [known for _, known in query.level.way_to(path)], info)
        shop.update(root)
    return roots


def take(node: Node, way: list[NamedList], info: Info) -> bool:
    """Removes the first element at the end of some lists inside each other; whether there was one."""
    known, *rest = way
    for element in known.elements(node, info):
        if not rest:
            known.remove(node, element, info)
            return True
        if take(element, rest, info):
            return True
    return False


def first_element(root: Node, query: Query, path: str, info: Info) -> tuple[Level, Node] | None:
    """The first element at the end of a dotted path, with what is selected of it."""
    level, nodes = query.level, [root]
    for _, known in query.level.way_to(path):
        level, nodes = known.level, [each for node in nodes for each in known.elements(node, info)]
    return (level, nodes[0]) if nodes else None


def edit(level: Level, node: Node, unless: set[str], info: Info) -> bool:
    """Changes the last scalar of an object, or of an object in it, that shows in its row."""
    before = level.row(node, info)
    for column, step, _ in reversed(level.columns):
        another = ANOTHER.get(get_named_type(step.definition.type).name)
        value = node.get(step.name)
        if not another or column in unless or isinstance(value, list) or step.name not in node:
            continue
        node[step.name] = another(value)
        if level.row(node, info)[column] != before[column]:
            return True
        node[step.name] = value
    inner = ((nested, step.of(node, info)) for step, nested in level.objects)
    return any(isinstance(each, dict) and edit(nested, each, unless, info) for nested, each in inner)


def describe(problems: list[str], step: str) -> str:
    """A few of the things that are wrong."""
    return f"{step}: {'; '.join(problems[:MAX_SHOWN])}"


def describe_all(problems: Problems, step: str) -> list[str]:
    """A few of the things that are wrong with each table, and the resource that each belongs to."""
    wrong = {table: found for table, found in problems.items() if found}
    owners = {table: DAILY.get(table) or TABLES[table][0] for table in wrong}
    return [describe(found, f"{owners[table]}: {step}: {table}") for table, found in wrong.items()]


@pytest.mark.parametrize("name", RESOURCES)
def test_query_is_valid_and_named_like_its_resource(name: str) -> None:
    """The names match, and every field, argument and variable exists with its type."""
    operation = load_operation(name)
    problems = [error.message for error in validate(load_schema(), operation.document)]
    assert not problems, describe(problems, f"{name}: query")
    assert operation.name == name, f"{name}: query: its operation is named {operation.name}"


@pytest.mark.parametrize("name", RESOURCES)
def test_tables_can_be_planned(name: str) -> None:
    """Each list has a table, each table a key, and no column is there twice."""
    try:
        tables = list_planned_tables(name)
    except ValueError as error:
        pytest.fail(f"{name}: tables: {error}")
    for table in tables:
        names = [column.name for column in table.columns]
        twice = {column for column in names if names.count(column) > 1}
        assert not twice, f"{name}: tables: {table.name} has {twice} more than once"
        lacking = set(table.key) - set(names)
        assert not lacking, f"{name}: tables: {table.name} has no column for its key {lacking}"


@pytest.mark.parametrize("name", RESOURCES)
def test_alias_is_not_the_name_of_another_field(name: str) -> None:
    """A column that is named like one field and holds another would be misleading.

    It may have the older name of the same field.
    """
    operation, problems = load_operation(name), []
    types = TypeInfo(operation.schema)

    class Reader(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            known = getattr(types.get_parent_type(), "fields", {})
            alias, name = node.alias and node.alias.value, node.name.value
            if alias and alias != name and alias in known and alias not in OLDER_NAMES.get(name, ()):
                problems.append(f"{alias} is {name}")

    visit(operation.document, TypeInfoVisitor(types, Reader()))
    assert not problems, describe(problems, f"{name}: query")


def test_no_table_is_filled_by_two_resources() -> None:
    """One would empty the table that the other has filled."""
    lists = [[*({name} - {*one.lists.values()}), *one.lists.values()] for name, one in RESOURCES.items()]
    names = [*(table for tables in lists for table in tables), *DAILY]
    assert {name for name in names if names.count(name) > 1} == set()


def test_tables_equal_the_shop(world: World, first: dict[str, list[Row]]) -> None:
    """Same keys, same values, no row twice: compared with the sandbox's objects, not with its answers."""
    shop = world.sandbox.shop
    assert describe_all({one: find_differences(shop, one, first[one]) for one in SHOPS}, "first load") == []


@pytest.mark.parametrize("name", API)
def test_what_describes_the_api_is_there(world: World, first: dict[str, list[Row]], name: str) -> None:
    """Every row, by its key: the values change with each request."""
    query, info = prepare_query(name), make_info(world.sandbox.shop)
    rows = [row for root in query.roots(world.sandbox.shop) for row in query.rows(name, root, info)]
    there, found = (
        sorted([row[column] for column in KEYS[name]] for row in each) for each in (rows, first[name])
    )
    assert found == there, f"{name}: first load: has {len(found)} rows of {len(there)}"


def test_every_column_is_filled_somewhere(first: dict[str, list[Row]]) -> None:
    """No column is empty by a misspelt path: the sandbox has a value for each, in some row."""
    problems: Problems = {}
    for table in KEYS:
        rows = first[table]
        empty = {column for column in rows[0] if all(row[column] is None for row in rows)} if rows else set()
        problems[table] = sorted(empty - {"deleted_at"}) if rows else ["no rows at all"]
    assert describe_all(problems, "first load has nothing in") == []


def test_keys_are_stated_unique_and_filled(world: World, first: dict[str, list[Row]]) -> None:
    """The stored schema names the primary key of each table, and every row has one of its own."""
    schema, problems = world.target.pipeline.default_schema, dict[str, list[str]]()
    for table in (*KEYS, *DAILY):
        key = ["snapshot_date", *KEYS[DAILY[table]]] if table in DAILY else KEYS[table]
        columns = schema.get_table_columns(table)
        stated = {column for column in columns if columns[column].get("primary_key")}
        keys = [tuple(row[column] for column in key) for row in first[table]]
        found = {
            f"states {sorted(stated)}": stated != set(key),
            f"has rows that share {key}": len(set(keys)) != len(keys),
            f"has nulls in {key}": any(None in each for each in keys),
        }
        problems[table] = [problem for problem, is_found in found.items() if is_found]
    assert describe_all(problems, "key") == []


@pytest.mark.parametrize("table", DAILY)
def test_snapshot_holds_the_rows_of_the_day(first: dict[str, list[Row]], table: str) -> None:
    """The daily table repeats the resource's own, with the day."""
    name = DAILY[table]
    rows = [{column: row[column] for column in row if column != "snapshot_date"} for row in first[table]]
    problems = sorted({str(row) for row in rows} ^ {str(row) for row in first[name]})
    assert not problems, describe(problems, f"{name}: snapshot: {table}")
    assert len(rows) == len(first[name]), f"{name}: snapshot: {table} has {len(rows)} rows"


@pytest.mark.full
def test_empty_shop_gives_empty_tables_with_all_columns(
    world: World, first: dict[str, list[Row]], tmp_path: Path
) -> None:
    """Queries of analysts run from the first day, and no type depends on what the data happened to be."""
    with Sandbox(empty=True) as sandbox:
        target = Target(tmp_path).load(sandbox, *RESOURCES)
    rows, types, full = rows_of(target), target.types_by_table(), world.target.types_by_table()
    differing = {
        table: list(map(str, sorted(types.get(table, {}).items() ^ full[table].items()))) for table in first
    }
    assert describe_all(differing, "empty shop") == []
    wrong = {table: find_differences(sandbox.shop, table, rows[table]) for table in SHOPS}
    assert describe_all(wrong, "empty shop") == []
    assert [table for table in STORED if rows[table]] == []


@pytest.mark.full
def test_second_run_changes_nothing(world: World, first: dict[str, list[Row]]) -> None:
    """A load of a shop that has not changed leaves every row as it was, and requests no object again."""
    lines = {name: len(world.target.audit(name)) for name in CURSORS}
    before = world.rows()
    world.target.load(world.sandbox, *RESOURCES, lookback="1 hour")
    after = world.rows()
    differing = {table: [*map(str, before[table])] for table in SHOPS if before[table] != after[table]}
    assert describe_all(differing, "second load changes") == []
    brought = {name: world.target.audit(name)[lines[name] :] for name in CURSORS}
    assert {name: [line["loaded"] for line in found] for name, found in brought.items()} == {
        name: [0] for name in CURSORS
    }


@pytest.mark.full
def test_edits_arrive_and_what_was_taken_away_is_gone(world: World, first: dict[str, list[Row]]) -> None:
    """A value that was edited in the shop, and an element that left its list, show after the next load."""
    assert describe_all(load_edits(world), "load after edits") == []


def test_objects_that_left_a_whole_list_are_gone(world: World, first: dict[str, list[Row]]) -> None:
    """Lists that are read whole replace their tables."""
    assert describe_all(load_removals(world), "load after removals") == []
