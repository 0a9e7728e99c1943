"""Gives lists inside objects the arguments `limit` and `page`, and cuts them as Centra does."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from .context import Info
from .nodes import Node
from .paging import page_list
from .settings import ListLimits
from .special import Resolver

ALL = "all"


def limit_lists(schema: GraphQLSchema, limits: ListLimits) -> None:
    """Changes a schema with resolvers: the limited lists get the arguments, and their resolvers page them."""
    for name, field in list_nested_lists(schema):
        if ALL not in limits.fields and name not in limits.fields:
            continue
        default = Undefined if limits.default is None else limits.default
        field.args["limit"] = GraphQLArgument(GraphQLInt, default_value=default)
        field.args.pop("page", None)
        if limits.has_pages:
            field.args["page"] = GraphQLArgument(GraphQLInt, default_value=1)
        field.resolve = _page(name.partition(".")[2], field.resolve, limits)


def list_nested_lists(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField]]:
    """Yields the lists of objects inside objects, as `Order.lines`."""
    roots = {kind.name for kind in (schema.query_type, schema.mutation_type) if kind}
    for parent in schema.type_map.values():
        if not isinstance(parent, (GraphQLObjectType, GraphQLInterfaceType)) or parent.name in roots:
            continue
        if parent.name.startswith("__") or parent.name.endswith(("Connection", "Payload")):
            continue
        for name, field in parent.fields.items():
            if is_list_type(get_nullable_type(field.type)) and is_composite_type(get_named_type(field.type)):
                yield f"{parent.name}.{name}", field


def _page(name: str, resolve: Resolver | None, limits: ListLimits) -> Resolver:
    def resolve_page(
        source: Node, info: Info, limit: int | None = limits.cut, page: int | None = 1, **arguments: Any
    ) -> list[Node] | None:
        nodes = resolve(source, info, **arguments) if resolve else source.get(name)
        return nodes if nodes is None else page_list(nodes, limit, page, limits.maximum)

    return resolve_page
