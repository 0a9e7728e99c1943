"""The context of one request: the shop as its token sees it, filtered and sorted."""

from dataclasses import dataclass
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from graphql import GraphQLInputObjectType, GraphQLResolveInfo, GraphQLSchema

from .filters import Filter
from .limits import Buckets
from .nodes import Node
from .paging import Sorter, read_order
from .settings import Settings
from .shop import Shop

REMEMBERED = 8


@dataclass(frozen=True)
class Rows:
    """A listed type, and the type of its `where`."""

    type_name: str
    has_id: bool
    where_type: GraphQLInputObjectType | None


@dataclass
class Context:
    """The shop as one request sees it."""

    shop: Shop
    settings: Settings
    buckets: Buckets
    zone: ZoneInfo
    cache: dict[Any, list[Node]]

    def visible(self, nodes: list[Node]) -> list[Node]:
        """The objects of the stores that the token may see."""
        allowed = self.settings.store_ids
        if allowed is None:
            return nodes
        return [node for node in nodes if (store := _store_of(node)) is None or store["id"] in allowed]

    def select(
        self, schema: GraphQLSchema, nodes: list[Node], rows: Rows, arguments: dict[str, Any]
    ) -> list[Node]:
        """Filters and sorts objects by the `where` and `sort` of a field."""
        nodes = self.visible(nodes)
        where = arguments.get("where")
        if where and rows.where_type:
            conditions = Filter(schema, self.zone, self.settings.bounds_inclusive).compile(
                rows.type_name, rows.where_type, where
            )
            nodes = [node for node in nodes if all(condition(node) for condition in conditions)]
        order = read_order(rows.type_name, arguments.get("sort"), unique=rows.has_id)
        return Sorter(schema, rows.type_name, order).sort(nodes) if order else nodes


def _store_of(node: Node) -> Node | None:
    if node.get("__typename") == "Store":
        return node
    for owner in (node, node.get("market"), node.get("pricelist"), node.get("account")):
        if owner and owner.get("store"):
            found: Node = owner["store"]
            return found
    return None


Info: TypeAlias = "GraphQLResolveInfo[Context]"


def context_of(info: Info) -> Context:
    """The typed context of a resolver."""
    return info.context


def select_all(info: Info, rows: Rows, arguments: dict[str, Any]) -> list[Node]:
    """A filtered and sorted collection, cached until the shop changes for the requests of its next pages."""
    context = context_of(info)
    selection = (_freeze(arguments.get("where")), _freeze(arguments.get("sort")))
    key = (rows.type_name, context.shop.version, context.settings, *selection)
    if key not in context.cache:
        while len(context.cache) >= REMEMBERED:
            del context.cache[next(iter(context.cache))]
        context.cache[key] = context.select(info.schema, context.shop.of(rows.type_name), rows, arguments)
    return context.cache[key]


def _freeze(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((key, _freeze(each)) for key, each in value.items())
    return tuple(map(_freeze, value)) if isinstance(value, list) else value
