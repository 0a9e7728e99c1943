"""What the models should hold, worked out in Python from the sandbox's own objects and never from SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from centra_sandbox import Shop
from centra_sandbox.nodes import Node


class Amounts(dict[str, Any]):
    """Measures by name; zero where nothing was added."""

    def __missing__(self, name: str) -> int:
        return 0

    def add(self, measures: Mapping[str, Any] | None = None, **others: Any) -> None:
        """Adds up, name by name."""
        for name, value in {**(measures or {}), **others}.items():
            self[name] += value


KINDS = {"DirectToConsumer": "DIRECT_TO_CONSUMER", "Wholesale": "WHOLESALE"}

UTC: Callable[[datetime], date] = datetime.date
"""The day of a moment of the sandbox, which keeps them in UTC."""


def exact(value: float | None) -> Decimal:
    """An amount or a rate as it is printed."""
    return Decimal(str(value or 0))


def amount(node: Node | None) -> Decimal:
    """The value of an amount of money."""
    return exact(node["value"]) if node else Decimal(0)


def in_base(value: Decimal, owner: Node) -> Decimal:
    """An amount in the base currency by the rate of its order or return, to four decimals."""
    rate = exact(owner["currencyBaseRate"])
    return (value * rate).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def month(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def id_of(node: Node | None) -> int:
    """The id of an object; zero for None."""
    return node["id"] if node else 0


def sold_orders(shop: Shop) -> list[Node]:
    """The orders that count as sales."""
    return [order for order in shop.orders if order["status"] != "CANCELLED"]


def sold_lines(shop: Shop) -> Iterator[tuple[Node, Node]]:
    """Their lines, each with its order."""
    for order in sold_orders(shop):
        for line in order["lines"]:
            yield order, line


def completed_returns(shop: Shop) -> list[Node]:
    """The returns that count."""
    return [returned for returned in shop.returns if returned["returnStatus"] == "COMPLETED"]


def gross(line: Node) -> Decimal:
    """The line at its original price."""
    pieces: int = line["quantity"]
    return amount(line["unitOriginalPrice"]) * pieces


def units(line: Node, quantity: int) -> int:
    """A bundle is a unit, what is in it is none."""
    return 0 if line["__typename"] == "BundleItemOrderLine" else quantity


def order_amounts(order: Node) -> dict[str, Decimal]:
    """What an order adds to its day, in its own currency."""
    totals = order["totals"]
    lines = sum(map(gross, order["lines"]), Decimal(0))
    line_discounts = lines - sum((amount(line["lineValue"]) for line in order["lines"]), Decimal(0))
    return {
        "gross_sales": lines,
        "line_discounts": line_discounts,
        "order_discounts": amount(totals["discounts"]),
        "shipping": amount(totals["shipping"]),
        "handling": amount(totals["handling"]),
        "tax_included": amount(totals["taxIncluded"]),
        "tax_added": amount(totals["taxAdded"]),
        "tax_deducted": amount(totals["taxDeducted"]),
        "order_total": amount(order["grandTotal"]),
    }


def return_amounts(returned: Node) -> dict[str, Decimal]:
    """What a return adds to its day, in its own currency."""
    totals = returned["totals"]
    goods = sum((amount(line["lineValue"]) for line in returned["lines"]), Decimal(0))
    return {
        "returned_sales": goods - amount(totals["discounts"]),
        "returned_shipping": amount(totals["shipping"]) + amount(totals["handling"]),
        "return_costs": amount(totals["returnCost"]),
        "returned_tax_included": amount(totals["taxIncluded"]),
        "return_total": amount(returned["grandTotal"]),
    }


def in_base_by_parts(owner: Node, amounts: dict[str, Decimal]) -> dict[str, Decimal]:
    """The same in the base currency: goods are converted line by line, all else at once."""
    base = {name: in_base(value, owner) for name, value in amounts.items()}
    if "gross_sales" in amounts:
        base["gross_sales"] = sum((in_base(gross(line), owner) for line in owner["lines"]), Decimal(0))
        values = sum((in_base(amount(line["lineValue"]), owner) for line in owner["lines"]), Decimal(0))
        base["line_discounts"] = base["gross_sales"] - values
    else:
        goods = sum((in_base(amount(line["lineValue"]), owner) for line in owner["lines"]), Decimal(0))
        base["returned_sales"] = goods - in_base(amount(owner["totals"]["discounts"]), owner)
    return base


def order_of(shop: Shop, returned: Node) -> Node | None:
    """The order of a return; if it has none, the order of its lines."""
    if returned["order"]:
        order: Node = returned["order"]
        return order
    owners = {id(line): order for order in shop.orders for line in order["lines"]}
    return next((owners[id(line["orderLine"])] for line in returned["lines"]), None)


def sales_daily(shop: Shop, day_of: Callable[[datetime], date] = UTC) -> dict[tuple[Any, ...], Amounts]:
    """The measures of each day, store, market, kind of order and currency."""
    days: dict[tuple[Any, ...], Amounts] = defaultdict(Amounts)
    for order in sold_orders(shop):
        day = days[_place(order, order, day_of)]
        day.add(orders=1, units=sum(units(line, line["quantity"]) for line in order["lines"]))
        _add(day, order, order_amounts(order))
    for returned in completed_returns(shop):
        day = days[_place(returned, order_of(shop, returned), day_of)]
        pieces = sum(units(line["orderLine"], line["quantity"]) for line in returned["lines"])
        day.add(returns=1, returned_units=pieces)
        _add(day, returned, return_amounts(returned))
    for day in days.values():
        for end in ("", "_base"):
            day["discounts" + end] = day["line_discounts" + end] + day["order_discounts" + end]
            sold = day["gross_sales" + end] - day["discounts" + end]
            day["net_sales" + end] = sold - day["returned_sales" + end]
    return days


def _place(node: Node, order: Node | None, day_of: Callable[[datetime], date]) -> tuple[Any, ...]:
    kind = KINDS[node["__typename"].removesuffix("Order").removesuffix("Return")]
    market = id_of(order["market"] if order else None)
    return (
        day_of(node["createdAt"]),
        id_of(node["store"]),
        market,
        kind,
        node["grandTotal"]["currency"]["code"],
    )


def _add(day: Amounts, owner: Node, amounts: dict[str, Decimal]) -> None:
    day.add(amounts)
    day.add({f"{name}_base": value for name, value in in_base_by_parts(owner, amounts).items()})


def returned_lines(shop: Shop) -> Iterator[tuple[Node, Node]]:
    """The lines of completed returns, each with its return."""
    for returned in completed_returns(shop):
        for line in returned["lines"]:
            yield returned, line


def returned_by_line(shop: Shop) -> dict[int, Amounts]:
    """Units and amounts that came back, by order line."""
    found: dict[int, Amounts] = defaultdict(Amounts)
    for returned, line in returned_lines(shop):
        value = amount(line["lineValue"])
        found[line["orderLine"]["id"]].add(units=line["quantity"], value=value, base=in_base(value, returned))
    return found


def return_rates(shop: Shop) -> dict[tuple[date, int], Amounts]:
    """Sold and returned, by month of the order and variant."""
    came_back, rates = returned_by_line(shop), defaultdict[tuple[date, int], Amounts](Amounts)
    orders = defaultdict[tuple[date, int], set[str]](set)
    for order, line in sold_lines(shop):
        key = (month(order["createdAt"].date()), id_of(line["productVariant"]))
        orders[key].add(order["id"])
        back = came_back.get(line["id"], Amounts())
        rates[key].add(
            units_sold=line["quantity"],
            units_shipped=line["shippedQuantity"] or 0,
            units_returned=back["units"],
            sold_value_base=in_base(amount(line["lineValue"]), order),
            returned_value_base=back["base"],
        )
    for key, ids in orders.items():
        rates[key]["orders"] = len(ids)
    return rates


def sell_through(shop: Shop) -> dict[int, Amounts]:
    """Sold, returned, received and kept, by variant."""
    came_back, variants = returned_by_line(shop), defaultdict[int, Amounts](Amounts)
    for stock in shop.stock:
        kept = {"units_on_hand": stock["physicalQuantity"]}
        kept["units_free_to_allocate"] = stock["freeToAllocateQuantity"]
        variants[stock["productSize"]["productVariant"]["id"]].add(kept)
    for order, line in sold_lines(shop):
        if line["productVariant"]:
            back = came_back.get(line["id"], Amounts())
            variants[line["productVariant"]["id"]].add(
                units_sold=line["quantity"],
                units_returned=back["units"],
                sold_value_base=in_base(amount(line["lineValue"]), order),
                returned_value_base=back["base"],
            )
    for delivery in shop.purchase_order_deliveries:
        for line in delivery["lines"] if delivery["isAccepted"] else ():
            variants[line["productSize"]["productVariant"]["id"]].add(units_received=line["quantity"])
    return variants


def stock_cover(shop: Shop) -> dict[int, Amounts]:
    """Kept and lately sold, by size."""
    fields = {
        "physical_quantity": "physicalQuantity",
        "allocated_quantity": "allocatedQuantity",
        "free_to_allocate_quantity": "freeToAllocateQuantity",
        "available_quantity": "availableQuantity",
        "demand_quantity": "demandQuantity",
        "incoming_quantity": "incomingQuantity",
    }
    newest = max((order["createdAt"].date() for order in sold_orders(shop)), default=date.min)
    sizes: dict[int, Amounts] = defaultdict(Amounts)
    for stock in shop.stock:
        size = sizes[stock["productSize"]["id"]]
        size.add({name: stock[field] for name, field in fields.items()}, warehouses=1)
    for order, line in sold_lines(shop):
        if line["productSize"] and line["quantity"]:
            size = sizes[line["productSize"]["id"]]
            for days in (28, 90):
                if order["createdAt"].date() > newest - timedelta(days=days):
                    size[f"units_sold_{days}_days"] += line["quantity"]
    return sizes


def customer_cohorts(shop: Shop) -> dict[tuple[int, date, int], Amounts]:
    """Customers, orders and sales, by store, month of the first order and months since."""
    orders = [order for order in sold_orders(shop) if order.get("customer")]
    first: dict[tuple[int, int], date] = {}
    for order in sorted(orders, key=lambda order: order["createdAt"]):
        first.setdefault(_customer(order), month(order["createdAt"].date()))
    cohorts = Counter((store, since) for (store, _), since in first.items())
    found: dict[tuple[int, date, int], Amounts] = {}
    months = {(order["store"]["id"], month(order["createdAt"].date())) for order in orders}
    back = [(returned, order_of(shop, returned)) for returned in completed_returns(shop)]
    ids = {order["id"] for order in orders}
    known = [(returned, order) for returned, order in back if order is not None and order["id"] in ids]
    months |= {(order["store"]["id"], month(returned["createdAt"].date())) for returned, order in known}
    for (store, since), size in cohorts.items():
        for other, now in months:
            if other == store and now >= since:
                found[store, since, _months_between(since, now)] = Amounts(customers=size)
    active = defaultdict[tuple[int, date, int], set[int]](set)
    for order in orders:
        key = _cohort(first, order, order["createdAt"].date())
        base = in_base_by_parts(order, order_amounts(order))
        sales = base["gross_sales"] - base["line_discounts"] - base["order_discounts"]
        found[key].add(orders=1, sales_base=sales, net_sales_base=sales)
        active[key].add(order["customer"]["id"])
    for returned, order in known:
        back_base = in_base_by_parts(returned, return_amounts(returned))["returned_sales"]
        key = _cohort(first, order, returned["createdAt"].date())
        found[key].add(returned_sales_base=back_base, net_sales_base=-back_base)
    for key, customers in active.items():
        found[key]["active_customers"] = len(customers)
    return found


def _customer(order: Node) -> tuple[int, int]:
    return order["store"]["id"], order["customer"]["id"]


def _cohort(first: dict[tuple[int, int], date], order: Node, day: date) -> tuple[int, date, int]:
    since = first[_customer(order)]
    return order["store"]["id"], since, _months_between(since, day)


def _months_between(since: date, day: date) -> int:
    return (day.year - since.year) * 12 + day.month - since.month


def differences(
    wanted: dict[Any, Amounts], rows: Iterable[dict[str, Any]], key: Iterable[str], measures: Iterable[str]
) -> list[str]:
    """Where the rows of a model differ from what they should be, some of it; nothing, if all is well."""
    names = list(key)
    found: dict[Any, dict[str, Any]] = {}
    wrong = []
    for row in rows:
        values = tuple(row[name] for name in names)
        one = values if len(values) > 1 else values[0]
        wrong += [f"{one}: twice"] if one in found else []
        found[one] = row
    wrong += [f"{one}: missing" for one in wanted.keys() - found.keys()]
    wrong += [f"{one}: not in the shop" for one in found.keys() - wanted.keys()]
    for one in wanted.keys() & found.keys():
        wrong += [
            f"{one}: {name} is {found[one][name]}, should be {wanted[one][name]}"
            for name in measures
            if (found[one][name] or 0) != wanted[one][name]
        ]
    return wrong[:20]
