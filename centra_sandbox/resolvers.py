"""The resolver of each field of the schema, chosen once by the type of the field."""

from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from .conformance import conform
from .context import Info, Rows, context_of, select_all
from .dates import ISO, format_date
from .list_limits import limit_lists
from .nodes import Node
from .paging import Sorter, connection, find_maximum, page_list, read_order
from .schema import connection_node, load_schema
from .settings import ListLimits
from .special import SPECIAL, Resolver


@lru_cache(maxsize=32)
def attach_resolvers(
    without: tuple[str, ...] = (),
    extra_sdl: str = "",
    *,
    is_earlier: bool = False,
    text: str = "",
    limits: ListLimits | None = None,
) -> GraphQLSchema:
    """Returns the schema of a shop's version with resolvers. The arguments are those of `load_schema`."""
    # A copy of its own: the limits change the schema.
    build = load_schema.__wrapped__ if limits else load_schema
    schema: GraphQLSchema = build(without, extra_sdl, is_earlier=is_earlier, text=text)
    for parent in schema.type_map.values():
        if isinstance(parent, GraphQLObjectType) and not parent.name.startswith("__"):
            for name, field in parent.fields.items():
                resolver = SPECIAL.get((parent.name, name)) or _by_shape(parent, name, field)
                field.resolve = conform(resolver or resolve_member, field, schema) if text else resolver
    if limits:
        limit_lists(schema, limits)
    return schema


def _by_shape(parent: GraphQLObjectType, name: str, field: GraphQLField) -> Resolver | None:
    answered = get_named_type(field.type)
    at_root = parent.name == "Query"
    if answered.name in ("DateTimeTz", "Date"):
        return _date(name)
    if answered.name == "MonetaryValue":
        return _money(name)
    if answered.name.endswith("Connection"):
        return _connection(_rows(connection_node(answered), field))
    if is_list_type(get_nullable_type(field.type)) and is_composite_type(answered):
        rows = _rows(answered, field)
        if at_root:
            return _root_list(rows)
        return _nested_list(name, rows, find_maximum(field.description)) if field.args else _whole_list(name)
    if at_root and list(field.args) == ["id"]:
        return _by_id(answered.name)
    if parent.name == "Counters":
        return _counter(name, _where_type(field))
    return None


def _where_type(field: GraphQLField) -> GraphQLInputObjectType | None:
    named = get_named_type(field.args["where"].type) if "where" in field.args else None
    return named if isinstance(named, GraphQLInputObjectType) else None


def _rows(answered: Any, field: GraphQLField) -> Rows:
    return Rows(answered.name, "id" in getattr(answered, "fields", {}), _where_type(field))


def _date(name: str) -> Resolver:
    def resolve(source: Node, info: Info, format: str | None = ISO) -> str | None:
        value = source.get(name)
        return None if value is None else format_date(value, format or ISO, context_of(info).zone)

    return resolve


def _money(name: str) -> Resolver:
    def resolve(source: Node, info: Info, includingTax: bool = True) -> Node | None:
        amount: Node | None = source.get(name)
        if amount is None or includingTax or amount["valueExcludingTax"] == amount["value"]:
            return amount
        return {**amount, "value": amount["valueExcludingTax"]}

    return resolve


def _root_list(rows: Rows) -> Resolver:
    def resolve(source: Any, info: Info, **arguments: Any) -> list[Node]:
        return page_list(select_all(info, rows, arguments), arguments.get("limit"), arguments.get("page"))

    return resolve


def _connection(rows: Rows) -> Resolver:
    def resolve(source: Any, info: Info, **arguments: Any) -> Node:
        sorter = Sorter(info.schema, rows.type_name, read_order(rows.type_name, arguments.get("sort")))
        return connection(select_all(info, rows, arguments), sorter, arguments)

    return resolve


def _nested_list(name: str, rows: Rows, maximum: int) -> Resolver:
    def resolve(source: Node, info: Info, **arguments: Any) -> list[Node]:
        nodes = source.get(name) or []
        if arguments.get("where") or arguments.get("sort") or context_of(info).settings.store_ids is not None:
            nodes = context_of(info).select(info.schema, nodes, rows, arguments)
        return page_list(nodes, arguments.get("limit"), arguments.get("page"), maximum)

    return resolve


def _whole_list(name: str) -> Resolver:
    def resolve(source: Node, info: Info) -> list[Node] | None:
        nodes = source.get(name)
        return nodes if nodes is None else context_of(info).visible(nodes)

    return resolve


def _by_id(type_name: str) -> Resolver:
    def resolve(source: Any, info: Info, id: Any) -> Node | None:
        context = context_of(info)
        found = [node for node in context.shop.of(type_name) if node["id"] == id]
        return next(iter(context.visible(found)), None)

    return resolve


def _counter(name: str, where_type: GraphQLInputObjectType | None) -> Resolver:
    type_name = name.removesuffix("s").capitalize()

    def resolve(source: Any, info: Info, **arguments: Any) -> int:
        return len(select_all(info, Rows(type_name, True, where_type), arguments))

    return resolve


def resolve_member(source: Any, info: Info, **arguments: Any) -> Any:
    """The default resolver: the value of the dict by the name of the field."""
    return source.get(info.field_name)
