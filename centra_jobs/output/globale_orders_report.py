"""What a person wants to see of Global-e's orders: derived tables, and where Centra and Global-e differ."""

from __future__ import annotations

from collections.abc import Iterator

import dlt
from rich.console import Console

from centra_source.globale.orders import ORDER_TABLES, TITLES, OrdersConfiguration, describe_limitations

EXCEPTIONS = """
select rule, severity, count(*) as findings
from globale_exceptions
group by rule, severity
"""


def show_orders(
    console: Console, dataset: dlt.Dataset, configuration: OrdersConfiguration, *, has_reports: bool
) -> None:
    """Prints the rows of each table, the findings of each rule, and what could not be compared."""
    for line in _summary(dataset):
        console.print(line, soft_wrap=True)
    for sentence in describe_limitations(dataset, configuration, has_reports):
        console.print(f"Note: {sentence}", soft_wrap=True)


def _summary(dataset: dlt.Dataset) -> Iterator[str]:
    width = max(len(table.name) for table in ORDER_TABLES)
    for table in ORDER_TABLES:
        ((count,),) = dataset(f"select count(*) as rows_in_all from {table.name}").fetchall()
        yield f"{table.name:{width}} {count:>9,} rows"
    found = {rule: (severity, count) for rule, severity, count in dataset(EXCEPTIONS).fetchall()}
    yield ""
    if not found:
        yield "No exceptions: the orders of Global-e agree with Centra."
    for rule, title in TITLES.items():
        if rule in found:
            severity, count = found[rule]
            yield f"{severity:5} {rule:4} {count:>7,}  {title}"
    yield ""
