"""The expected contents of the models, calculated in Python from the sandbox's objects and not in SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from centra_sandbox import Shop
from centra_sandbox.nodes import Node


class Amounts(dict[str, Any]):
    """Measures by name, with a default of zero."""

    def __missing__(self, name: str) -> int:
        return 0

    def add(self, measures: Mapping[str, Any] | None = None, **others: Any) -> None:
        """Adds measures to those with the same name."""
        for name, value in {**(measures or {}), **others}.items():
            self[name] += value


KINDS = {"DirectToConsumer": "DIRECT_TO_CONSUMER", "Wholesale": "WHOLESALE"}

UTC: Callable[[datetime], date] = datetime.date
"""The day of a moment of the sandbox, which keeps them in UTC."""


def parse_decimal(value: float | None) -> Decimal:
    """Returns an amount or a rate as a decimal of its printed form."""
    return Decimal(str(value or 0))


def get_amount(node: Node | None) -> Decimal:
    """Returns the value of an amount of money."""
    return parse_decimal(node["value"]) if node else Decimal(0)


def convert_to_base(value: Decimal, owner: Node) -> Decimal:
    """Converts an amount by the rate of its order or return, to four decimals."""
    rate = parse_decimal(owner["currencyBaseRate"])
    return (value * rate).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def get_month(day: date) -> date:
    """Returns the first day of a month."""
    return day.replace(day=1)


def get_id(node: Node | None) -> int:
    """Returns the id of an object, and zero for None."""
    return node["id"] if node else 0


def list_sold_orders(shop: Shop) -> list[Node]:
    """Returns the orders that count as sales."""
    return [order for order in shop.orders if order["status"] != "CANCELLED"]


def list_sold_lines(shop: Shop) -> Iterator[tuple[Node, Node]]:
    """Yields the lines of sold orders, each with its order."""
    for order in list_sold_orders(shop):
        for line in order["lines"]:
            yield order, line


def list_completed_returns(shop: Shop) -> list[Node]:
    """Returns the completed returns."""
    return [returned for returned in shop.returns if returned["returnStatus"] == "COMPLETED"]


def get_gross(line: Node) -> Decimal:
    """Returns the value of a line at its original price."""
    pieces: int = line["quantity"]
    return get_amount(line["unitOriginalPrice"]) * pieces


def count_units(line: Node, quantity: int) -> int:
    """Returns the units of a line: a bundle counts, its contents do not."""
    return 0 if line["__typename"] == "BundleItemOrderLine" else quantity


def calculate_order_amounts(order: Node) -> dict[str, Decimal]:
    """Returns the measures of an order, in its own currency."""
    totals = order["totals"]
    lines = sum(map(get_gross, order["lines"]), Decimal(0))
    line_discounts = lines - sum((get_amount(line["lineValue"]) for line in order["lines"]), Decimal(0))
    return {
        "gross_sales": lines,
        "line_discounts": line_discounts,
        "order_discounts": get_amount(totals["discounts"]),
        "shipping": get_amount(totals["shipping"]),
        "handling": get_amount(totals["handling"]),
        "tax_included": get_amount(totals["taxIncluded"]),
        "tax_added": get_amount(totals["taxAdded"]),
        "tax_deducted": get_amount(totals["taxDeducted"]),
        "order_total": get_amount(order["grandTotal"]),
    }


def calculate_return_amounts(returned: Node) -> dict[str, Decimal]:
    """Returns the measures of a return, in its own currency."""
    totals = returned["totals"]
    goods = sum((get_amount(line["lineValue"]) for line in returned["lines"]), Decimal(0))
    return {
        "returned_sales": goods - get_amount(totals["discounts"]),
        "returned_shipping": get_amount(totals["shipping"]) + get_amount(totals["handling"]),
        "return_costs": get_amount(totals["returnCost"]),
        "returned_tax_included": get_amount(totals["taxIncluded"]),
        "return_total": get_amount(returned["grandTotal"]),
    }


def convert_measures_to_base(owner: Node, amounts: dict[str, Decimal]) -> dict[str, Decimal]:
    """Converts measures to the base currency: goods line by line, the rest in one sum."""
    base = {name: convert_to_base(value, owner) for name, value in amounts.items()}
    if "gross_sales" in amounts:
        base["gross_sales"] = sum(
            (convert_to_base(get_gross(line), owner) for line in owner["lines"]), Decimal(0)
        )
        values = sum(
            (convert_to_base(get_amount(line["lineValue"]), owner) for line in owner["lines"]), Decimal(0)
        )
        base["line_discounts"] = base["gross_sales"] - values
    else:
        goods = sum(
            (convert_to_base(get_amount(line["lineValue"]), owner) for line in owner["lines"]), Decimal(0)
        )
        base["returned_sales"] = goods - convert_to_base(get_amount(owner["totals"]["discounts"]), owner)
    return base


def find_order(shop: Shop, returned: Node) -> Node | None:
    """Returns the order of a return, or the order of its lines."""
    if returned["order"]:
        order: Node = returned["order"]
        return order
    owners = {id(line): order for order in shop.orders for line in order["lines"]}
    return next((owners[id(line["orderLine"])] for line in returned["lines"]), None)


def sales_daily(shop: Shop, day_of: Callable[[datetime], date] = UTC) -> dict[tuple[Any, ...], Amounts]:
    """Calculates the measures of each day, store, market, kind of order and currency."""
    days: dict[tuple[Any, ...], Amounts] = defaultdict(Amounts)
    for order in list_sold_orders(shop):
        day = days[_place(order, order, day_of)]
        day.add(orders=1, units=sum(count_units(line, line["quantity"]) for line in order["lines"]))
        _add(day, order, calculate_order_amounts(order))
    for returned in list_completed_returns(shop):
        day = days[_place(returned, find_order(shop, returned), day_of)]
        pieces = sum(count_units(line["orderLine"], line["quantity"]) for line in returned["lines"])
        day.add(returns=1, returned_units=pieces)
        _add(day, returned, calculate_return_amounts(returned))
    for day in days.values():
        for end in ("", "_base"):
            day["discounts" + end] = day["line_discounts" + end] + day["order_discounts" + end]
            sold = day["gross_sales" + end] - day["discounts" + end]
            day["net_sales" + end] = sold - day["returned_sales" + end]
    return days


def _place(node: Node, order: Node | None, day_of: Callable[[datetime], date]) -> tuple[Any, ...]:
    kind = KINDS[node["__typename"].removesuffix("Order").removesuffix("Return")]
    market = get_id(order["market"] if order else None)
    return (
        day_of(node["createdAt"]),
        get_id(node["store"]),
        market,
        kind,
        node["grandTotal"]["currency"]["code"],
    )


def _add(day: Amounts, owner: Node, amounts: dict[str, Decimal]) -> None:
    day.add(amounts)
    day.add({f"{name}_base": value for name, value in convert_measures_to_base(owner, amounts).items()})


def list_returned_lines(shop: Shop) -> Iterator[tuple[Node, Node]]:
    """Yields the lines of completed returns, each with its return."""
    for returned in list_completed_returns(shop):
        for line in returned["lines"]:
            yield returned, line


def sum_returns_by_line(shop: Shop) -> dict[int, Amounts]:
    """Returns the returned units and amounts by order line."""
    found: dict[int, Amounts] = defaultdict(Amounts)
    for returned, line in list_returned_lines(shop):
        value = get_amount(line["lineValue"])
        found[line["orderLine"]["id"]].add(
            units=line["quantity"], value=value, base=convert_to_base(value, returned)
        )
    return found


def return_rates(shop: Shop) -> dict[tuple[date, int], Amounts]:
    """Calculates sold and returned, by month of the order and variant."""
    came_back, rates = sum_returns_by_line(shop), defaultdict[tuple[date, int], Amounts](Amounts)
    orders = defaultdict[tuple[date, int], set[str]](set)
    for order, line in list_sold_lines(shop):
        key = (get_month(order["createdAt"].date()), get_id(line["productVariant"]))
        orders[key].add(order["id"])
        back = came_back.get(line["id"], Amounts())
        rates[key].add(
            units_sold=line["quantity"],
            units_shipped=line["shippedQuantity"] or 0,
            units_returned=back["units"],
            sold_value_base=convert_to_base(get_amount(line["lineValue"]), order),
            returned_value_base=back["base"],
        )
    for key, ids in orders.items():
        rates[key]["orders"] = len(ids)
    return rates


def sell_through(shop: Shop) -> dict[int, Amounts]:
    """Calculates sold, returned, received and in stock, by variant."""
    came_back, variants = sum_returns_by_line(shop), defaultdict[int, Amounts](Amounts)
    for stock in shop.stock:
        kept = {"units_on_hand": stock["physicalQuantity"]}
        kept["units_free_to_allocate"] = stock["freeToAllocateQuantity"]
        variants[stock["productSize"]["productVariant"]["id"]].add(kept)
    for order, line in list_sold_lines(shop):
        if line["productVariant"]:
            back = came_back.get(line["id"], Amounts())
            variants[line["productVariant"]["id"]].add(
                units_sold=line["quantity"],
                units_returned=back["units"],
                sold_value_base=convert_to_base(get_amount(line["lineValue"]), order),
                returned_value_base=back["base"],
            )
    for delivery in shop.purchase_order_deliveries:
        for line in delivery["lines"] if delivery["isAccepted"] else ():
            variants[line["productSize"]["productVariant"]["id"]].add(units_received=line["quantity"])
    return variants


def stock_cover(shop: Shop) -> dict[int, Amounts]:
    """Calculates in stock and recently sold, by size."""
    fields = {
        "physical_quantity": "physicalQuantity",
        "allocated_quantity": "allocatedQuantity",
        "free_to_allocate_quantity": "freeToAllocateQuantity",
        "available_quantity": "availableQuantity",
        "demand_quantity": "demandQuantity",
        "incoming_quantity": "incomingQuantity",
    }
    newest = max((order["createdAt"].date() for order in list_sold_orders(shop)), default=date.min)
    sizes: dict[int, Amounts] = defaultdict(Amounts)
    for stock in shop.stock:
        size = sizes[stock["productSize"]["id"]]
        size.add({name: stock[field] for name, field in fields.items()}, warehouses=1)
    for order, line in list_sold_lines(shop):
        if line["productSize"] and line["quantity"]:
            size = sizes[line["productSize"]["id"]]
            for days in (28, 90):
                if order["createdAt"].date() > newest - timedelta(days=days):
                    size[f"units_sold_{days}_days"] += line["quantity"]
    return sizes


def customer_cohorts(shop: Shop) -> dict[tuple[int, date, int], Amounts]:
    """Calculates customers, orders and sales, by store, month of the first order and months since."""
    orders = [order for order in list_sold_orders(shop) if order.get("customer")]
    first: dict[tuple[int, int], date] = {}
    for order in sorted(orders, key=lambda order: order["createdAt"]):
        first.setdefault(_customer(order), get_month(order["createdAt"].date()))
    cohorts = Counter((store, since) for (store, _), since in first.items())
    found: dict[tuple[int, date, int], Amounts] = {}
    months = {(order["store"]["id"], get_month(order["createdAt"].date())) for order in orders}
    back = [(returned, find_order(shop, returned)) for returned in list_completed_returns(shop)]
    ids = {order["id"] for order in orders}
    known = [(returned, order) for returned, order in back if order is not None and order["id"] in ids]
    months |= {(order["store"]["id"], get_month(returned["createdAt"].date())) for returned, order in known}
    for (store, since), size in cohorts.items():
        for other, now in months:
            if other == store and now >= since:
                found[store, since, _months_between(since, now)] = Amounts(customers=size)
    active = defaultdict[tuple[int, date, int], set[int]](set)
    for order in orders:
        key = _cohort(first, order, order["createdAt"].date())
        base = convert_measures_to_base(order, calculate_order_amounts(order))
        sales = base["gross_sales"] - base["line_discounts"] - base["order_discounts"]
        found[key].add(orders=1, sales_base=sales, net_sales_base=sales)
        active[key].add(order["customer"]["id"])
    for returned, order in known:
        back_base = convert_measures_to_base(returned, calculate_return_amounts(returned))["returned_sales"]
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


def find_differences(
    wanted: dict[Any, Amounts], rows: Iterable[dict[str, Any]], key: Iterable[str], measures: Iterable[str]
) -> list[str]:
    """Returns some of the differences between the rows of a model and the expected rows."""
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
