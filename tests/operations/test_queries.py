"""Rules that every query file follows, checked on its parsed selection."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

import pytest
from graphql import (
    FieldNode,
    IntValueNode,
    OperationDefinitionNode,
    VariableNode,
    parse,
    print_ast,
    validate,
)

from centra_source import RESOURCES
from centra_source.operations.documents import get_definition, load_operation, load_schema, parse_operation
from centra_source.operations.selections import find_root, response_key, walk

FILES = sorted(
    file.name.removesuffix(".graphql")
    for file in files("centra_source").joinpath("queries").iterdir()
    if file.name.endswith(".graphql")
)


def selected(name: str) -> list[str]:
    """The fields that a query selects of each object, by their keys in the answer."""
    root = find_root(load_operation(name))
    return [response_key(node) for node in root.selection.selections if isinstance(node, FieldNode)]


def test_every_resource_cites_its_source() -> None:
    """The query says above itself where its root type is from: a page of Centra, or else in words."""
    folder = files("centra_source").joinpath("queries")
    heads = {
        name: folder.joinpath(f"{name}.graphql").read_text("utf-8").partition("query ")[0]
        for name in RESOURCES
    }
    cited = re.compile(r"^# (?:Source: |.*\bcentra\.dev/|.*public client code)", re.MULTILINE)
    assert [name for name, head in heads.items() if not cited.search(head)] == []


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("_")])
def test_query_of_the_engine_is_valid_against_the_schema(name: str) -> None:
    """Every field, argument and variable exists, with its type; see test_resources.py for the others."""
    assert validate(load_schema(), load_operation(name).document) == []


def test_every_file_has_its_resource_and_every_resource_its_file() -> None:
    """A resource has the name of its file; the engine uses the files that start with _."""
    assert [name for name in FILES if not name.startswith("_")] == sorted(RESOURCES)


@pytest.mark.parametrize("name", RESOURCES)
def test_query_selects_key_and_cursor(name: str) -> None:
    """A row without its id cannot be merged, and without its cursor it is unknown how fresh it is."""
    assert "id" in selected(name) or RESOURCES[name].key != ("id",)
    cursor = RESOURCES[name].cursor
    assert cursor is None or cursor in selected(name)


@pytest.mark.parametrize("name", [name for name in RESOURCES if "first" in load_operation(name).variables])
def test_connection_selects_what_proves_it_complete(name: str) -> None:
    """Total, next page and cursor are needed to read a window to its end, and to prove it complete."""
    asked = {field.name.value for field in _fields(name)}
    assert {"totalCount", "pageInfo", "hasNextPage", "endCursor", "edges", "node"} <= asked
    assert {"where", "first", "after"} == load_operation(name).variables


@pytest.mark.parametrize("name", [name for name in RESOURCES if "limit" in load_operation(name).variables])
def test_page_list_has_the_variables_that_its_reader_sets(name: str) -> None:
    """Pages are requested by size and number; lists with a cursor also by filter and in order of id."""
    operation, is_dated = load_operation(name), bool(RESOURCES[name].cursor)
    assert operation.variables == {"limit", "page"} | ({"where"} if is_dated else set())
    (listed,) = get_definition(operation.document).selection_set.selections
    assert isinstance(listed, FieldNode)
    given = {argument.name.value: print_ast(argument.value) for argument in listed.arguments or ()}
    assert given.get("sort", "[id_ASC]" if not is_dated else None) == "[id_ASC]"


@pytest.mark.parametrize("name", RESOURCES)
def test_every_list_has_a_limit(name: str) -> None:
    """Without a limit, Centra cuts a list at twenty elements and prices it as ten."""
    for field, limits in _limited_lists(name):
        given = {argument.name.value: argument.value for argument in field.arguments or ()}
        assert limits & given.keys(), f"{name}: give {field.name.value} a limit"
        assert all(isinstance(given[one], (VariableNode, IntValueNode)) for one in limits & given.keys())


def _fields(name: str) -> Iterator[FieldNode]:
    return (field.node for field in walk(load_operation(name)))


def _limited_lists(name: str) -> Iterator[tuple[FieldNode, set[str]]]:
    """The lists of a query that Centra pages: those with a default limit, and connections."""
    schema = load_schema()
    paged = {
        field: {"limit"} if "limit" in definition.args else {"first"}
        for kind in schema.type_map.values()
        for field, definition in getattr(kind, "fields", {}).items()
        if getattr(definition, "args", None)
        and ("first" in definition.args or getattr(definition.args.get("limit"), "default_value", None) == 20)
    }
    for field in _fields(name):
        if field.name.value in paged:
            yield field, paged[field.name.value]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("query q {\n  taxGroups { id }\n}", 2, "Cannot query field 'taxGroups' on type 'Query'"),
        ("query q {\n  brands {\n    colour\n  }\n}", 3, "Cannot query field 'colour' on type 'Brand'"),
        ("query q {\n  brands(size: 1) { id }\n}", 2, "Unknown argument 'size' on field 'Query.brands'"),
        ("query q($where: TaxFilter) {\n  brands { id }\n}", 1, "Unknown type 'TaxFilter'"),
        ("query q {\n  orders(limit: 1) { ... on TaxOrder { id } }\n}", 2, "Unknown type 'TaxOrder'"),
    ],
    ids=["root field", "field", "argument", "type of a variable", "type of a fragment"],
)
def test_name_that_the_schema_lacks_is_reported(text: str, line: int, message: str) -> None:
    """The message names the file, the line and both ways to fix it."""
    with pytest.raises(ValueError, match="correct the query, or add what is missing to the schema") as error:
        parse_operation(text, load_schema(), "queries/tax_groups.graphql")
    assert str(error.value).startswith(
        f"centra_source/queries/tax_groups.graphql, line {line} does not fit centra_source/schema.graphql"
    )
    assert message in str(error.value)


def test_operations_hold_one_operation_each() -> None:
    """A second operation in a file would be sent without being used."""
    for name in FILES:
        text = files("centra_source").joinpath(f"queries/{name}.graphql").read_text(encoding="utf-8")
        operations = [one for one in parse(text).definitions if isinstance(one, OperationDefinitionNode)]
        assert len(operations) == 1
        assert get_definition(load_operation(name).document).name
