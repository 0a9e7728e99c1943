"""What a person wants to see of Global-e's orders: derived tables, and where Centra and Global-e differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import dlt
from rich.console import Console

from centra_source.globale.orders import ORDER_TABLES, TITLES, OrdersConfiguration, describe_limitations
from centra_source.globale.orders.tables import GLOBALE_EXCEPTIONS, GLOBALE_ORDERS

EXCEPTIONS = """
select rule, severity, count(*) as findings
from globale_exceptions
group by rule, severity
"""


def show_orders(
    console: Console,
    dataset: dlt.Dataset,
    configuration: OrdersConfiguration,
    *,
    has_reports: bool,
    failed: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Prints the rows of each table, the findings of each rule, what failed and what is left out."""
    for line in _summary(dataset, failed):
        console.print(line, soft_wrap=True)
    for sentence in failed.values():
        console.print(sentence, soft_wrap=True)
    for sentence in describe_limitations(dataset, configuration, has_reports):
        console.print(f"Note: {sentence}", soft_wrap=True)


def _summary(dataset: dlt.Dataset, failed: Mapping[str, str]) -> Iterator[str]:
    width = max(len(table.name) for table in ORDER_TABLES)
    counts = {}
    for table in ORDER_TABLES:
        if table.name in failed:
            yield f"{table.name:{width}} failed: see below"
            continue
        ((count,),) = dataset(f"select count(*) as rows_in_all from {table.name}").fetchall()
        yield f"{table.name:{width}} {count:>9,} rows"
        counts[table.name] = count
    yield ""
    if GLOBALE_EXCEPTIONS.name in failed:
        yield "Centra and Global-e were not compared: globale_exceptions could not be made."
        return
    found = {rule: (severity, count) for rule, severity, count in dataset(EXCEPTIONS).fetchall()}
    if not found:
        yield _say_nothing_found(counts.get(GLOBALE_ORDERS.name))
    for rule, title in TITLES.items():
        if rule in found:
            severity, count = found[rule]
            yield f"{severity:5} {rule:4} {count:>7,}  {title}"
    yield ""


def _say_nothing_found(orders: int | None) -> str:
    """What it means that there are no exceptions, by the number of Global-e's orders; None: unknown."""
    if orders == 0:
        return (
            "Nothing was compared: none of the loaded orders is of Global-e. If the shop sells through "
            "Global-e, check that orders and order_attributes are loaded, and payment_methods and "
            "exclusive_markets in [globale.orders]."
        )
    some = "orders" if orders is None else f"{orders:,} orders"
    return f"No exceptions in {some} of Global-e, as far as they could be compared."
