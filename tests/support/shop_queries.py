"""The query of each resource, prepared to be applied to the sandbox's own objects."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from dlt.common.normalizers.naming.snake_case import NamingConvention
from graphql import (
    FieldNode,
    GraphQLField,
    InlineFragmentNode,
    SelectionSetNode,
    TypeNameMetaFieldDef,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
)
from graphql.execution.values import get_argument_values

from centra_sandbox import Shop
from centra_sandbox.context import Context, Info, Rows
from centra_sandbox.dates import parse_date
from centra_sandbox.limits import Buckets
from centra_sandbox.nodes import Node
from centra_sandbox.resolvers import attach_resolvers
from centra_sandbox.schema import field_permissions
from centra_sandbox.special import SPECIAL
from centra_source import RESOURCES
from centra_source.operations.documents import get_definition, load_operation

Row = dict[str, Any]
Convert = Callable[[Any, Info], Any]

SCHEMA = attach_resolvers((), "")

DATES = ("DateTimeTz", "Date")
"""Types that are stored as a moment and printed by the sandbox."""

TABLES: dict[str, tuple[str, str]] = {
    table: (name, path)
    for name, resource in RESOURCES.items()
    for table, path in {name: "", **{table: path for path, table in resource.lists.items()}}.items()
}
"""Every table with its resource and the dotted path of the list that fills it, empty for the objects."""


class Step(NamedTuple):
    """One selected field: the types that have it (None: all), its name in the schema, and its reader."""

    kinds: frozenset[str] | None
    owner: Any
    name: str
    definition: GraphQLField
    read: Callable[[Node, Info], Any]

    def of(self, node: Node, info: Info) -> Any:
        """Returns the value of an object, and null for other types."""
        if self.kinds is not None and node["__typename"] not in self.kinds:
            return None
        return self.read(node, info)

    @property
    def path(self) -> str:
        """The name in the schema, such as `Order.status`."""
        return f"{self.owner.name}.{self.name}"


class NamedList(NamedTuple):
    """A list of objects: the steps to it, and the selection on its elements."""

    steps: tuple[Step, ...]
    level: Level

    @property
    def type(self) -> Any:
        """The type of the elements."""
        return get_named_type(self.steps[-1].definition.type)

    def elements(self, node: Node, info: Info) -> list[Node]:
        """Returns the elements of the list in an object."""
        found: Any = node
        for step in self.steps:
            found = None if found is None else step.of(found, info)
        return found or []

    def remove(self, node: Node, element: Node, info: Info) -> None:
        """Takes an element out of the list as it is stored."""
        *way, last = self.steps
        holder = node
        for step in way:
            holder = step.of(holder, info)
        holder[last.name] = [each for each in holder[last.name] if each is not element]


@dataclass
class Level:
    """The selection on the objects of one list, with the lists nested in them."""

    columns: list[tuple[str, Step, Convert]] = field(default_factory=list)
    objects: list[tuple[Step, Level]] = field(default_factory=list)
    lists: dict[str, NamedList] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)

    def row(self, node: Node, info: Info) -> Row:
        """The columns of one object."""
        row: Row = dict.fromkeys(self.names)
        self._fill(row, node, info)
        return row

    def _fill(self, row: Row, node: Node, info: Info) -> None:
        for name, step, convert in self.columns:
            value = step.of(node, info)
            if value is not None:
                row[name] = convert(value, info)
        for step, level in self.objects:
            inner = step.of(node, info)
            if inner is not None:
                level._fill(row, inner, info)

    def steps(self) -> Iterator[Step]:
        """Every field that is selected here and below."""
        for _, step, _ in self.columns:
            yield step
        for step, level in self.objects:
            yield step
            yield from level.steps()
        for known in self.lists.values():
            yield from known.steps
            yield from known.level.steps()

    def way_to(self, path: str) -> list[tuple[str, NamedList]]:
        """Returns the lists on the way to a dotted path, each with its own path from the previous list."""
        for relative, known in self.lists.items():
            if path == relative:
                return [(relative, known)]
            if path.startswith(f"{relative}."):
                rest = known.level.way_to(path.removeprefix(f"{relative}."))
                if rest:
                    return [(relative, known), *rest]
        return []


@dataclass(frozen=True)
class Query:
    """One query, prepared to be applied to objects.

    Attributes:
        outer: The fields that lead to the objects: `Query.orderConnection`.
        where: The filter of the query on its list.
    """

    name: str
    outer: list[Step]
    type: Any
    level: Level
    where: Any

    @property
    def root_key(self) -> str:
        """The column by which child tables refer to the object."""
        return f"{_to_snake_case(self.type.name)}_id"

    def roots(self, shop: Shop) -> list[Node]:
        """Returns the objects of the query's list."""
        info, (root, *_) = make_info(shop), self.outer
        special = SPECIAL.get(("Query", root.name))
        if special:
            found = special({}, info)
            return found if isinstance(found, list) else [found]
        nodes = shop.of(self.type.name)
        if not self.where:
            return info.context.visible(nodes)
        where_type = cast(Any, get_named_type(root.definition.args["where"].type))
        rows = Rows(self.type.name, "id" in self.type.fields, where_type)
        return info.context.select(SCHEMA, nodes, rows, {"where": self.where})

    def steps(self) -> Iterator[Step]:
        """Every field of the query."""
        yield from self.outer
        yield from self.level.steps()

    def id_of(self, root: Node, info: Info) -> Any:
        """Returns the id of an object."""
        step, convert = next((step, convert) for name, step, convert in self.level.columns if name == "id")
        return convert(step.of(root, info), info)

    def rows(self, table: str, root: Node, info: Info) -> Iterator[Row]:
        """What one object becomes in a table."""
        path, lists = TABLES[table][1], RESOURCES[self.name].lists
        if not path:
            yield {**self._number(root, info), **self.level.row(root, info)}
            return
        owner = self.owner(root, info)
        lent = self.level.row(root, info) if self.name in lists.values() else {}
        lent.pop("id", None)
        way = self.level.way_to(path)
        for position, row in enumerate(self._elements(root, way, "", lent, info), 1):
            yield {"position": position, **owner, **row}

    def owner(self, root: Node, info: Info) -> Row:
        """The columns by which child rows refer to an object: its id, or the key of one without an id."""
        if "id" in self.level.names:
            return {self.root_key: self.id_of(root, info)}
        row = {**self.level.row(root, info), **self._number(root, info)}
        return {name: row[name] for name in RESOURCES[self.name].key}

    def _number(self, root: Node, info: Info) -> Row:
        """The number of an object without an id among those that are equal in the rest of the key."""
        *same, last = RESOURCES[self.name].key
        if last != "position":
            return {}
        wanted = [self.level.row(root, info)[name] for name in same]
        number = 0
        for each in self.roots(info.context.shop):
            number += [self.level.row(each, info)[name] for name in same] == wanted
            if each is root:
                break
        return {last: number}

    def _elements(
        self, node: Node, way: list[tuple[str, NamedList]], before: str, lent: Row, info: Info
    ) -> Iterator[Row]:
        (relative, known), *rest = way
        here = before + relative
        for element in known.elements(node, info):
            row = {**lent, **known.level.row(element, info)}
            if rest:
                inner = _build_parent_id(known, row) if here in RESOURCES[self.name].lists else row
                yield from self._elements(element, rest, f"{here}.", inner, info)
            else:
                yield row

    def columns(self, table: str) -> list[str]:
        """Returns the columns of a table by the query, without the position in a list."""
        path, lists = TABLES[table][1], RESOURCES[self.name].lists
        names = dict(self.level.names)
        if path:
            owner = (self.root_key,) if names.pop("id", names) is None else RESOURCES[self.name].key
            names = {**dict.fromkeys(owner), **(names if self.name in lists.values() else {})}
            before = ""
            for relative, known in self.level.way_to(path):
                names |= known.level.names
                before += relative
                if before in lists and before != path:
                    names = {self.root_key: None, **_build_parent_id(known, known.level.names)}
                before += "."
        return list(names)


def _build_parent_id(known: NamedList, row: Mapping[str, Any]) -> Row:
    """Returns the id that the rows of a nested list repeat from its table, by the name of its type."""
    return {f"{_to_snake_case(known.type.name)}_id": row["id"]} if "id" in row else {}


def map_fields_by_permission(name: str) -> dict[str, frozenset[str]]:
    """Returns the permissions that a resource's query needs, each with its fields."""
    needing: dict[str, set[str]] = {}
    for step in prepare_query(name).steps():
        if step.name != "__typename":
            for permission in field_permissions(step.owner, step.name, step.definition):
                needing.setdefault(permission, set()).add(step.path)
    return {permission: frozenset(fields) for permission, fields in needing.items()}


def make_info(shop: Shop) -> Info:
    """Returns the context of the sandbox's resolvers, for a token with all permissions."""
    buckets = Buckets(shop.settings.plan, shop.clock)
    context = Context(shop, shop.settings, buckets, shop.settings.timezone, {})
    return cast(Info, SimpleNamespace(context=context, schema=SCHEMA))


@cache
def prepare_query(name: str, without: frozenset[str] = frozenset()) -> Query:
    """Returns the query of a resource, where the fields in `without` are read as null."""
    assert SCHEMA.query_type
    (node,) = get_definition(load_operation(name).document).selection_set.selections
    assert isinstance(node, FieldNode)
    ((root, _),) = _compile_fields(SelectionSetNode(selections=(node,)), SCHEMA.query_type, frozenset())
    outer, selection, owner = [root], node.selection_set, get_named_type(root.definition.type)
    assert selection
    for part in ("edges", "node") if owner.name.endswith("Connection") else ():
        fields = _compile_fields(selection, owner, frozenset())
        step, inner = next((step, inner) for step, inner in fields if step.name == part)
        assert inner.selection_set
        outer.append(step)
        selection, owner = inner.selection_set, get_named_type(step.definition.type)
    where = _build_arguments(root.definition, node).get("where")
    return Query(name, outer, owner, _compile(selection, owner, without), where)


def _compile(
    selection: SelectionSetNode,
    owner: Any,
    without: frozenset[str],
    path: tuple[str, ...] = (),
    steps: tuple[Step, ...] = (),
) -> Level:
    level = Level()
    for step, node in _compile_fields(selection, owner, without):
        here = (*path, (node.alias or node.name).value)
        answered = get_named_type(step.definition.type)
        if not is_composite_type(answered):
            name = _to_snake_case("_".join(here))
            level.columns.append((name, step, _choose_conversion(step)))
            level.names[name] = None
            continue
        assert node.selection_set
        if is_list_type(get_nullable_type(step.definition.type)):
            inner = _compile(node.selection_set, answered, without)
            level.lists[".".join(here)] = NamedList((*steps, step), inner)
        else:
            inner = _compile(node.selection_set, answered, without, here, (*steps, step))
            level.objects.append((step, inner))
            level.names |= inner.names
            level.lists |= inner.lists
    return level


def _compile_fields(
    selection: SelectionSetNode, owner: Any, without: frozenset[str], kinds: frozenset[str] | None = None
) -> Iterator[tuple[Step, FieldNode]]:
    for node in selection.selections:
        if isinstance(node, InlineFragmentNode) and node.type_condition:
            narrowed: Any = SCHEMA.type_map[node.type_condition.name.value]
            types = SCHEMA.get_possible_types(narrowed) if is_abstract_type(narrowed) else [narrowed]
            inner = frozenset(each.name for each in types)
            yield from _compile_fields(node.selection_set, narrowed, without, inner)
        elif isinstance(node, FieldNode):
            name = node.name.value
            definition = TypeNameMetaFieldDef if name == "__typename" else owner.fields[name]
            names = (owner.name, *(each.name for each in getattr(owner, "interfaces", ())))
            is_lost = any(f"{each}.{name}" in without for each in names)
            read = _read_null if is_lost else _make_reader(definition, node, owner)
            yield Step(kinds, owner, name, definition, read), node


def _read_null(node: Node, info: Info) -> None:
    return None


def _make_reader(definition: GraphQLField, node: FieldNode, owner: Any) -> Callable[[Node, Info], Any]:
    """Returns a function that reads the stored value, or the result of a sandbox resolver if one exists."""
    name = node.name.value
    if name == "__typename":
        return lambda source, info: source.get("__typename", owner.name)
    arguments = _build_arguments(definition, node)
    resolvers = {each.name: each.fields[name].resolve for each in _list_types(owner)}
    is_special = any((each, name) in SPECIAL for each in resolvers)
    kind = get_nullable_type(definition.type)
    is_counted = is_leaf_type(kind) and kind.name not in DATES and any(resolvers.values())
    is_more = is_special or is_list_type(kind) or is_counted or arguments.keys() - {"format"}
    if not is_more or not all(resolvers.values()):
        return lambda source, info: source.get(name)

    def resolve(source: Node, info: Info) -> Any:
        resolver = resolvers[source.get("__typename", owner.name)]
        return resolver(source, info, **arguments) if resolver else None

    return resolve


def _list_types(owner: Any) -> list[Any]:
    return list(SCHEMA.get_possible_types(owner)) if is_abstract_type(owner) else [owner]


def _build_arguments(definition: GraphQLField, node: FieldNode) -> dict[str, Any]:
    """Returns the fixed and default arguments of a query; lists are requested without pages."""
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    variable = {name for name, value in given.items() if isinstance(value, VariableNode)}
    fixed = FieldNode(
        name=node.name,
        arguments=tuple(each for each in node.arguments or () if each.name.value not in variable),
    )
    arguments = get_argument_values(definition, fixed)
    paging = {"limit", "page"}
    return {name: value for name, value in arguments.items() if name not in variable | paging}


def _choose_conversion(step: Step) -> Convert:
    """Returns the conversion from the stored value to the value of the column."""
    kind = get_named_type(step.definition.type).name
    if is_list_type(get_nullable_type(step.definition.type)):
        return lambda value, info: json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if kind == "Float" and step.owner.name == "MonetaryValue":
        return lambda value, info: Decimal(str(value)).quantize(Decimal("0.0001"))
    if kind == "DateTimeTz":
        return parse_moment
    if kind == "Date":
        return lambda value, info: (
            value.astimezone(info.context.zone).date() if isinstance(value, datetime) else value
        )
    if kind in ("String", "ID"):
        return lambda value, info: str(value)
    return lambda value, info: value


def parse_moment(value: Any, info: Info) -> datetime | None:
    """Returns a stored date, or its printed form, as a moment in UTC."""
    if isinstance(value, str):
        return parse_date(value, info.context.zone)
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=info.context.zone)
    moment: datetime = value.astimezone(timezone.utc)
    return moment


_naming = NamingConvention()


def _to_snake_case(name: str) -> str:
    return _naming.normalize_identifier(name)
