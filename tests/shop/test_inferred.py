"""Nothing that is only inferred about Centra is needed for a load to succeed.

Every part of `schema.graphql` that is marked as inferred is removed from a shop, each alone, and
all at once. What is left of a resource that uses the part is valid in that shop, and names what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from graphql import (
    ArgumentNode,
    EnumValueNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLString,
    InlineFragmentNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    get_named_type,
    parse,
    validate,
    visit,
)
from graphql.execution.values import get_variable_values

from centra_sandbox import Sandbox
from centra_sandbox.schema import load_schema as load_sandbox_schema
from centra_source import RESOURCES
from centra_source.api.answers import get_shape
from centra_source.operations.documents import get_definition, load_operation, load_schema, read_schema_text
from centra_source.operations.schema_marks import INFERRED, load_marks
from centra_source.operations.selections import FieldsType, list_paths
from centra_source.shop.answerable import Answerable
from centra_source.shop.capabilities import Capabilities

from ..support.selection import one_of_each
from ..support.shop_queries import TABLES
from ..support.shop_rows import find_differences
from ..support.target import Target
from ..support.workplace import Workplace

MARKS = load_marks()

INFERRED_PARTS = [
    *MARKS.list_members("inferred", "name inferred", "type inferred"),
    *MARKS.names,
    *(name for name in MARKS.list_definitions(INFERRED) if name not in MARKS.names),
]
"""Every part that is inferred, or its name or type: `Order.lines`, `Order.lines(limit:)`, `Order`."""


class _Uses(Visitor):
    """Collects what a query uses of a schema."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._types = types

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        owner, held = self._types.get_parent_type(), self._types.get_type()
        if not owner or not held or node.name.value.startswith("__"):
            return
        for one in (owner, *getattr(owner, "interfaces", ())):
            self.found.add(f"{one.name}.{node.name.value}")
        self.found.add(get_named_type(held).name)

    def enter_argument(self, node: ArgumentNode, _key: Any, _parent: Any, _path: Any, ancestors: Any) -> None:
        above = next(one for one in reversed(ancestors) if isinstance(one, FieldNode))
        owner, kind = self._types.get_parent_type(), self._types.get_input_type()
        assert owner
        assert kind
        self.found.add(f"{owner.name}.{above.name.value}({node.name.value}:)")
        named = get_named_type(kind)
        self.found.add(named.name)
        if isinstance(named, GraphQLInputObjectType):
            self.found.update(f"{named.name}.{name}" for name in named.fields)

    def enter_enum_value(self, node: EnumValueNode, *_: Any) -> None:
        kind = self._types.get_input_type()
        assert kind
        self.found.add(f"{get_named_type(kind).name}.{node.value}")

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> None:
        assert node.type_condition
        self.found.add(node.type_condition.name.value)


@cache
def list_uses() -> Mapping[str, list[str]]:
    """Returns the resources that use a part, by part."""
    users: dict[str, list[str]] = {}
    for name in RESOURCES:
        types = TypeInfo(load_schema())
        uses = _Uses(types)
        visit(load_operation(name).document, TypeInfoVisitor(types, uses))
        for part in uses.found:
            users.setdefault(part, []).append(name)
    return users


def describe_kind(part: str) -> tuple[str, ...]:
    """Says what a part is, for the choice of cases that others represent."""
    owner, _, member = part.partition(".")
    kind = type(load_schema().type_map[owner]).__name__
    if owner == "Query":
        return ("root", "Connection" if "Connection" in member else "list")
    what = "argument" if "(" in member else "id" if member == "id" else "member" if member else "type"
    return (kind, what)


def is_value_of_data(part: str) -> bool:
    """Whether a part is an enum value that objects of the shop can have: no query names it."""
    owner = load_schema().type_map[part.partition(".")[0]]
    return isinstance(owner, GraphQLEnumType) and "." in part and not owner.name.endswith("Sort")


def as_path(part: str) -> str:
    """The part as the sandbox names it: `Order.lines.limit` for `Order.lines(limit:)`."""
    return part.replace("(", ".").replace(":)", "")


def fit_all(schema: GraphQLSchema, names: list[str]) -> Iterator[Answerable]:
    """Fits resources to a shop with this schema."""
    introspection = SimpleNamespace(
        fitting_schema=lambda: schema, schema=lambda: schema, version="v1", revision=0
    )
    capabilities = Capabilities(cast(Any, None), cast(Any, introspection))
    for name in names:
        yield capabilities.fit_resource(name)


def find_faults(asked: Answerable, schema: GraphQLSchema) -> Iterator[str]:
    """Says why a fitted resource would not be answered, or not be merged as it should."""
    name = asked.plan.name
    if asked.operation is None:
        return
    document = parse(asked.operation.text)
    yield from (f"{name}: {error.message}" for error in validate(schema, document))
    moment = "2026-01-01T00:00:00Z"
    where = {asked.cursor: {"from": moment, "to": moment}} if asked.cursor not in (None, "id") else {}
    known = {one: {"where": where, "after": None}.get(one, 1) for one in asked.operation.variables}
    definitions = list(get_definition(document).variable_definitions or ())
    coerced = get_variable_values(schema, definitions, known)
    yield from (f"{name}: {error.message}" for error in coerced) if isinstance(coerced, list) else ()
    if not asked.can_fill(asked.tables[0]):
        yield f"{name}: its key is not asked for"
    if asked.cursor and (asked.cursor,) not in list_paths(asked.operation):
        yield f"{name}: its cursor {asked.cursor} is not asked for"


API = [name for name in RESOURCES if not load_operation(name).variables]
"""Resources that describe the API, and change with each request."""

CASES = one_of_each(INFERRED_PARTS, lambda part: (*describe_kind(part), part in list_uses()))


def test_every_mark_can_be_read() -> None:
    """Each inferred part is in the schema."""
    assert len(INFERRED_PARTS) > 100
    assert set(MARKS.members) >= {part for part in INFERRED_PARTS if "." in part}


@pytest.mark.parametrize("part", CASES)
def test_inferred_part_is_not_needed(part: str) -> None:
    """Whatever uses it is asked without it, or is reported as not readable."""
    schema = load_sandbox_schema((as_path(part),))
    for asked in fit_all(schema, list_uses().get(part, [])):
        assert list(find_faults(asked, schema)) == []
        assert len([line for line in asked.left_out if " lacks " in line]) <= 1
        assert asked.operation or asked.left_out


@pytest.mark.full
@pytest.mark.parametrize(("introspection", "is_earlier"), [(False, False), (True, False), (False, True)])
def test_nothing_inferred_is_needed(
    target: Target, introspection: bool, is_earlier: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shop without any of it is loaded. Its rows are exact, but for what is missing, which notes name.

    So is a shop with the schema that was documented before, even if its refusals are all that it shows of it.
    """
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))
    parts = () if is_earlier else INFERRED_PARTS
    without = tuple(as_path(part) for part in parts if not is_value_of_data(part))
    switches: dict[str, Any] = {"introspection": introspection, "is_earlier": is_earlier, "without": without}
    with Sandbox(products=6, orders=12, seed=3, **switches) as sandbox:
        target.load(sandbox, *RESOURCES)
        noted = {one["resource"] for one in target.rows("load_audit") if one["kind"] == "left out"}
        loaded = target.types_by_table()
        for table, (resource, _) in TABLES.items():
            rows = target.rows(table) if table in loaded else []
            wrong = find_differences(sandbox.shop, table, rows) if resource not in API else []
            allowed = " is None, should be " if rows else ": missing"
            assert [line for line in wrong if allowed not in line] == []
            assert resource in noted or not wrong


@pytest.mark.full
def test_load_without_what_is_inferred_succeeds_as_a_command(workplace: Workplace) -> None:
    """It ends with exit code 0, and says in one line which resources lack something."""
    without = tuple(as_path(part) for part in INFERRED_PARTS if not is_value_of_data(part))
    with Sandbox(products=5, orders=8, seed=3, introspection=False, without=without) as sandbox:
        done = workplace.load(sandbox, "--resources", "orders,vouchers,stores")
    assert done.returncode == 0, done.stderr
    (line,) = [one for one in done.stdout.splitlines() if "lacks parts of" in one]
    assert "orders, vouchers" in line


OTHER_TYPES: dict[str, GraphQLOutputType] = {
    "text": GraphQLString,
    "number": GraphQLFloat,
    "list of texts": GraphQLList(GraphQLString),
    "object": GraphQLObjectType("Opaque", {"value": GraphQLField(GraphQLString)}),
    "list of objects": GraphQLList(GraphQLObjectType("Opaques", {"value": GraphQLField(GraphQLString)})),
}

FIELDS = [
    part
    for part in INFERRED_PARTS
    if "." in part
    and part in list_uses()
    and not part.startswith("Query.")
    and isinstance(load_schema().type_map[part.partition(".")[0]], GraphQLObjectType | GraphQLInterfaceType)
]
"""The inferred fields that queries use."""

RETYPED = [
    (part, kind)
    for place, part in enumerate(FIELDS)
    for turn, kind in enumerate(OTHER_TYPES)
    if turn == place % len(OTHER_TYPES) or part.endswith(".id")
]
"""Each of these fields with one other type, in turn. Ids with each."""


@pytest.fixture(scope="module")
def changeable() -> GraphQLSchema:
    """A schema whose fields a test changes and puts back."""
    return build_schema(read_schema_text(), assume_valid=True)


@pytest.mark.parametrize(
    ("part", "kind"), one_of_each(RETYPED, lambda case: (*describe_kind(case[0]), case[1]))
)
def test_inferred_field_may_have_another_type(changeable: GraphQLSchema, part: str, kind: str) -> None:
    """It is asked for if its values can be loaded, and the resource is valid and can be merged."""
    owner_name, _, name = part.partition(".")
    owner = cast(FieldsType, changeable.type_map[owner_name])
    types = [owner]
    if isinstance(owner, GraphQLInterfaceType):
        types += cast(list[FieldsType], changeable.get_possible_types(owner))
    before = {one.name: one.fields[name].type for one in types}
    for one in types:
        one.fields[name].type = OTHER_TYPES[kind]
    try:
        for asked in fit_all(changeable, list_uses()[part]):
            assert list(find_faults(asked, changeable)) == []
            assert asked.operation or asked.left_out
            get_shape(asked.operation or asked.plan)
    finally:
        for one in types:
            one.fields[name].type = before[one.name]


@pytest.mark.parametrize(
    ("resource", "without", "variables"),
    [
        ("brands", ("Query.brands.page",), None),
        ("brands", ("Query.brands.limit",), None),
        ("brands", ("Brand.id",), None),
        ("brands", ("Query.brands.limit", "Query.brands.page"), set()),
        ("orders", ("OrderConnection.totalCount",), {"where", "limit", "page"}),
        ("orders", ("PageInfo.endCursor",), {"where", "limit", "page"}),
        ("orders", ("OrderConnection.edges",), {"where", "limit", "page"}),
        ("orders", ("Query.orderConnection.after",), {"where", "limit", "page"}),
        ("orders", ("OrderConnection.totalCount", "Query.orders"), None),
    ],
)
def test_list_is_read_to_its_end_or_not_at_all(
    resource: str, without: tuple[str, ...], variables: set[str] | None
) -> None:
    """A list with half of its arguments for pages would be cut, and without ids it would lose rows."""
    schema = load_sandbox_schema(without)
    (asked,) = fit_all(schema, [resource])
    assert (set(asked.operation.variables) if asked.operation else None) == variables
    assert list(find_faults(asked, schema)) == []
    assert asked.left_out
