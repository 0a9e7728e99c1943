"""Resolvers of fields that do more than return a value of the object."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLInputObjectType

from .context import Info, Rows, context_of
from .dates import ISO, format_date
from .nodes import Node, make
from .paging import DEFAULT_SIZE, page_list
from .shop import Shop

Resolver = Callable[..., Any]

RATE_LIMIT_FIELDS = {"type": "type", "interval": "intervalSeconds"}
"""The fields of a rate limit by the conditions of its filter."""


def _order_lines(source: Node, info: Info, includeFullyCancelled: bool | None = False) -> list[Node]:
    lines: list[Node] = source["lines"]
    if includeFullyCancelled:
        return lines
    return [line for line in lines if line["quantity"] or not line["cancelledQuantity"]]


def _format_value(source: Node, info: Info) -> str:
    return f"{source['value']:,.2f} {source['currency']['code']}".replace(",", " ")


def _base_value(source: Node, info: Info) -> Node:
    base = next(c for c in context_of(info).shop.currencies if c["isBase"])
    value = round(source["value"] * source["conversionRate"], 2)
    return {**source, "value": value, "valueExcludingTax": value, "currency": base, "conversionRate": 1.0}


def _conversion_date(source: Node, info: Info, format: str | None = ISO) -> str:
    context = context_of(info)
    return format_date(source["conversionDate"] or context.shop.clock.now(), format or ISO, context.zone)


def _events(source: Any, info: Info, **arguments: Any) -> list[Node]:
    context = context_of(info)
    rows = Rows("Event", True, _filter_type(info, "EventFilter"))
    queued = context.select(info.schema, context.shop.events.queue, rows, arguments)
    return page_list(queued, arguments.get("limit") or DEFAULT_SIZE, 1, context.settings.events_maximum)


def _event_listeners(source: Any, info: Info, where: dict[str, Any] | None = None) -> list[Node]:
    wanted = (where or {}).get("objectType")
    listeners = context_of(info).shop.events.listeners
    return [each for name, each in listeners.items() if not wanted or name in wanted]


def _rate_limits(source: Any, info: Info, where: dict[str, Any] | None = None) -> list[Node]:
    wanted = where or {}
    return [
        state
        for state in context_of(info).buckets.state()
        if all(values is None or state[RATE_LIMIT_FIELDS[key]] in values for key, values in wanted.items())
    ]


def _mutation(change: Callable[[Shop, Any], list[Node] | None]) -> Resolver:
    """Returns the resolver of a mutation; `change` returns the events that it confirms, if any."""

    def resolve(source: Any, info: Info, input: Any) -> Node:
        context = context_of(info)
        confirmed = change(context.shop, input)
        listeners = list(context.shop.events.listeners.values())
        return {
            "eventListeners": listeners,
            "events": confirmed or [],
            "userErrors": [],
            "userWarnings": [],
        }

    return resolve


def _sub_units(source: Node, info: Info) -> int:
    cents: int = round(source["value"] * 100)
    return cents


def _needs_no_object(source: Any, info: Info) -> Node:
    return {}


def _list_stock(source: Node) -> list[Node]:
    """The stock of a size, a warehouse, or all sizes of a variant."""
    return [row for one in source.get("productSizes") or [source] for row in one["stock"]]


def _variant_stock(source: Node, info: Info, **arguments: Any) -> list[Node]:
    rows = Rows("Stock", False, _filter_type(info, "StockFilter"))
    stock = context_of(info).select(info.schema, _list_stock(source), rows, arguments)
    return page_list(stock, arguments.get("limit"), arguments.get("page"))


def _stock_totals(source: Node, info: Info, where: dict[str, Any] | None = None) -> Node:
    rows = Rows("Stock", False, _filter_type(info, "StockTotalsFilter"))
    stock = context_of(info).select(info.schema, _list_stock(source), rows, {"where": where})
    return {key: sum(row[key] for row in stock) for key in make("StockTotals") if key != "__typename"}


def _filter_type(info: Info, name: str) -> GraphQLInputObjectType:
    found = info.schema.type_map[name]
    assert isinstance(found, GraphQLInputObjectType)
    return found


SPECIAL: dict[tuple[str, str], Resolver] = {
    ("DirectToConsumerOrder", "lines"): _order_lines,
    ("WholesaleOrder", "lines"): _order_lines,
    ("MonetaryValue", "formattedValue"): _format_value,
    ("MonetaryValue", "valueInCents"): _sub_units,
    ("MonetaryValue", "baseValue"): _base_value,
    ("MonetaryValue", "conversionDate"): _conversion_date,
    ("ProductSize", "GTIN"): lambda source, info: source["EAN"],
    ("ProductSize", "stockTotals"): _stock_totals,
    ("Warehouse", "stockTotals"): _stock_totals,
    ("ProductVariant", "stock"): _variant_stock,
    ("ProductVariant", "stockTotals"): _stock_totals,
    ("Query", "counters"): _needs_no_object,
    ("Query", "events"): _events,
    ("Query", "eventListeners"): _event_listeners,
    ("Query", "rateLimits"): _rate_limits,
    ("Mutation", "setEventListeners"): _mutation(lambda shop, given: shop.events.listen(given)),
    ("Mutation", "unsetEventListeners"): _mutation(lambda shop, given: shop.events.unlisten(given)),
    ("Mutation", "confirmEvents"): _mutation(lambda shop, given: shop.events.confirm(given["eventsIds"])),
}
