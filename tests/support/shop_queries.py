"""Each resource's query, ready to be walked over the sandbox's own objects."""

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
"""What is stored as a moment, and printed by the sandbox."""

TABLES: dict[str, tuple[str, str]] = {
    table: (name, path)
    for name, resource in RESOURCES.items()
    for table, path in {name: "", **{table: path for path, table in resource.lists.items()}}.items()
}
"""Every table with its resource and the dotted path of the list that fills it, empty for the objects."""


class Step(NamedTuple):
    """One selected field: the types it is asked of (None: all), its name in the schema, how it is read."""

    kinds: frozenset[str] | None
    owner: Any
    name: str
    definition: GraphQLField
    read: Callable[[Node, Info], Any]

    def of(self, node: Node, info: Info) -> Any:
        """What an object holds; null where its type is not asked."""
        if self.kinds is not None and node["__typename"] not in self.kinds:
            return None
        return self.read(node, info)

    @property
    def path(self) -> str:
        """Its name in the schema, such as `Order.status`."""
        return f"{self.owner.name}.{self.name}"


class NamedList(NamedTuple):
    """A list of objects: the way to it, and what is selected of its elements."""

    steps: tuple[Step, ...]
    level: Level

    @property
    def type(self) -> Any:
        """The type of its elements."""
        return get_named_type(self.steps[-1].definition.type)

    def elements(self, node: Node, info: Info) -> list[Node]:
        """The elements that an object has in it."""
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
    """What is selected of the objects of one list, with those nested in them."""

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
        """The lists on the way to a dotted path, each with its own path from the list before."""
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
    """One query, ready to be walked.

    Attributes:
        outer: The fields that lead to the objects: `Query.orderConnection`.
        where: What the query itself filters its list by.
    """

    name: str
    outer: list[Step]
    type: Any
    level: Level
    where: Any

    @property
    def root_key(self) -> str:
        """The column by which child tables name the object."""
        return f"{_snake(self.type.name)}_id"

    def roots(self, shop: Shop) -> list[Node]:
        """The objects that are listed."""
        info, (root, *_) = info_of(shop), self.outer
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
        """What identifies an object."""
        step, convert = next((step, convert) for name, step, convert in self.level.columns if name == "id")
        return convert(step.of(root, info), info)

    def rows(self, table: str, root: Node, info: Info) -> Iterator[Row]:
        """What one object becomes in a table."""
        path, lists = TABLES[table][1], RESOURCES[self.name].lists
        if not path:
            yield self.level.row(root, info)
            return
        owner = {self.root_key: self.id_of(root, info)}
        lent = self.level.row(root, info) if self.name in lists.values() else {}
        lent.pop("id", None)
        way = self.level.way_to(path)
        for position, row in enumerate(self._elements(root, way, "", lent, info), 1):
            yield {**owner, "position": position, **row}

    def _elements(
        self, node: Node, way: list[tuple[str, NamedList]], before: str, lent: Row, info: Info
    ) -> Iterator[Row]:
        (relative, known), *rest = way
        here = before + relative
        for element in known.elements(node, info):
            row = {**lent, **known.level.row(element, info)}
            if rest:
                inner = _lent_id(known, row) if here in RESOURCES[self.name].lists else row
                yield from self._elements(element, rest, f"{here}.", inner, info)
            else:
                yield row

    def columns(self, table: str) -> list[str]:
        """The columns that a table has by the query, without the place in a list."""
        path, lists = TABLES[table][1], RESOURCES[self.name].lists
        names = dict(self.level.names)
        if path:
            names.pop("id", None)
            names = {self.root_key: None, **(names if self.name in lists.values() else {})}
            before = ""
            for relative, known in self.level.way_to(path):
                names |= known.level.names
                before += relative
                if before in lists and before != path:
                    names = {self.root_key: None, **_lent_id(known, known.level.names)}
                before += "."
        return list(names)


def _lent_id(known: NamedList, row: Mapping[str, Any]) -> Row:
    """What the rows of a list inside those of another table repeat of these: their id, by its type's name."""
    return {f"{_snake(known.type.name)}_id": row["id"]} if "id" in row else {}


def fields_needing(name: str) -> dict[str, frozenset[str]]:
    """The permissions that the query of a resource needs, each with the fields that need it."""
    needing: dict[str, set[str]] = {}
    for step in query_of(name).steps():
        if step.name != "__typename":
            for permission in field_permissions(step.owner, step.name, step.definition):
                needing.setdefault(permission, set()).add(step.path)
    return {permission: frozenset(fields) for permission, fields in needing.items()}


def info_of(shop: Shop) -> Info:
    """What the sandbox's resolvers know about a request of a token with all permissions."""
    buckets = Buckets(shop.settings.plan, shop.clock)
    context = Context(shop, shop.settings, buckets, shop.settings.timezone, {})
    return cast(Info, SimpleNamespace(context=context, schema=SCHEMA))


@cache
def query_of(name: str, without: frozenset[str] = frozenset()) -> Query:
    """The query of a resource; fields in `without` are read as null."""
    assert SCHEMA.query_type
    (node,) = get_definition(load_operation(name).document).selection_set.selections
    assert isinstance(node, FieldNode)
    ((root, _),) = _fields(SelectionSetNode(selections=(node,)), SCHEMA.query_type, frozenset())
    outer, selection, owner = [root], node.selection_set, get_named_type(root.definition.type)
    assert selection
    for part in ("edges", "node") if owner.name.endswith("Connection") else ():
        fields = _fields(selection, owner, frozenset())
        step, inner = next((step, inner) for step, inner in fields if step.name == part)
        assert inner.selection_set
        outer.append(step)
        selection, owner = inner.selection_set, get_named_type(step.definition.type)
    where = _literal_arguments(root.definition, node).get("where")
    return Query(name, outer, owner, _compile(selection, owner, without), where)


def _compile(
    selection: SelectionSetNode,
    owner: Any,
    without: frozenset[str],
    path: tuple[str, ...] = (),
    steps: tuple[Step, ...] = (),
) -> Level:
    level = Level()
    for step, node in _fields(selection, owner, without):
        here = (*path, (node.alias or node.name).value)
        answered = get_named_type(step.definition.type)
        if not is_composite_type(answered):
            name = _snake("_".join(here))
            level.columns.append((name, step, _conversion(step)))
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


def _fields(
    selection: SelectionSetNode, owner: Any, without: frozenset[str], kinds: frozenset[str] | None = None
) -> Iterator[tuple[Step, FieldNode]]:
    for node in selection.selections:
        if isinstance(node, InlineFragmentNode) and node.type_condition:
            narrowed: Any = SCHEMA.type_map[node.type_condition.name.value]
            types = SCHEMA.get_possible_types(narrowed) if is_abstract_type(narrowed) else [narrowed]
            inner = frozenset(each.name for each in types)
            yield from _fields(node.selection_set, narrowed, without, inner)
        elif isinstance(node, FieldNode):
            name = node.name.value
            definition = TypeNameMetaFieldDef if name == "__typename" else owner.fields[name]
            names = (owner.name, *(each.name for each in getattr(owner, "interfaces", ())))
            is_lost = any(f"{each}.{name}" in without for each in names)
            read = _null if is_lost else _reader(definition, node, owner)
            yield Step(kinds, owner, name, definition, read), node


def _null(node: Node, info: Info) -> None:
    return None


def _reader(definition: GraphQLField, node: FieldNode, owner: Any) -> Callable[[Node, Info], Any]:
    """The stored value, or where there is more to it what the sandbox's resolver makes of it."""
    name = node.name.value
    if name == "__typename":
        return lambda source, info: source.get("__typename", owner.name)
    arguments = _literal_arguments(definition, node)
    resolvers = {each.name: each.fields[name].resolve for each in _types(owner)}
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


def _types(owner: Any) -> list[Any]:
    return list(SCHEMA.get_possible_types(owner)) if is_abstract_type(owner) else [owner]


def _literal_arguments(definition: GraphQLField, node: FieldNode) -> dict[str, Any]:
    """The arguments that a query fixes or leaves at their default; pages are asked for until the end."""
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    variable = {name for name, value in given.items() if isinstance(value, VariableNode)}
    fixed = FieldNode(
        name=node.name,
        arguments=tuple(each for each in node.arguments or () if each.name.value not in variable),
    )
    arguments = get_argument_values(definition, fixed)
    return {name: value for name, value in arguments.items() if name not in variable}


def _conversion(step: Step) -> Convert:
    """From the stored value to that of the column."""
    kind = get_named_type(step.definition.type).name
    if is_list_type(get_nullable_type(step.definition.type)):
        return lambda value, info: json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if kind == "Float" and step.owner.name == "MonetaryValue":
        return lambda value, info: Decimal(str(value)).quantize(Decimal("0.0001"))
    if kind == "DateTimeTz":
        return moment
    if kind == "Date":
        return lambda value, info: (
            value.astimezone(info.context.zone).date() if isinstance(value, datetime) else value
        )
    if kind in ("String", "ID"):
        return lambda value, info: str(value)
    return lambda value, info: value


def moment(value: Any, info: Info) -> datetime | None:
    """A stored date or its printed form as a moment in UTC."""
    if isinstance(value, str):
        return parse_date(value, info.context.zone)
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=info.context.zone)
    moment: datetime = value.astimezone(timezone.utc)
    return moment


_naming = NamingConvention()


def _snake(name: str) -> str:
    return _naming.normalize_identifier(name)
