"""The tables of Global-e's orders as a dlt resource, made anew from the loaded tables on every run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

import dlt
import pyarrow as pa
from dlt.extract.items import DataItemWithMeta

from ...destinations.queries import rows_of
from ...destinations.stored_rows import read_stored_rows, read_stored_values
from ...tables.merging import make_item
from ...tables.table import Table, arrow_schema
from .cancellations_and_returns import cancellation_rows, return_rows
from .configuration import OrdersConfiguration, orders_configuration
from .groups import group_rows
from .lines import groups_of
from .order_details import folded_id, ge_order_id, read_orders
from .reading import WITHOUT, Row, absent_parts, check_tables, read
from .report import Report, read_reports
from .rules import Facts, exception_rows, rules_left_out
from .tables import (
    GLOBALE_CANCELLATIONS,
    GLOBALE_CUSTOMER_COUPONS,
    GLOBALE_EXCEPTIONS,
    GLOBALE_ORDER_GROUPS,
    GLOBALE_ORDER_LINES,
    GLOBALE_ORDERS,
    GLOBALE_REPORT_ROWS,
    GLOBALE_RETURNS,
    GLOBALE_VOUCHER_USAGES,
    GLOBALE_VOUCHERS,
    ORDER_TABLES,
)
from .vouchers import coupon_rows, usage_rows, voucher_rows


@dlt.resource(name=GLOBALE_ORDERS.name)
def globale_orders_tables(
    dataset: dlt.Dataset,
    configuration: OrdersConfiguration | None = None,
    reports: Sequence[str | Path] = (),
) -> Iterator[DataItemWithMeta]:
    """The tables `globale_orders`, `globale_order_groups` and so on: all ORDER_TABLES, replaced as a whole.

    Only of `globale_report_rows` the rows of other reports than these stay, and count as given, too. Amounts
    are never added across currencies, and every text that they are read from is kept. That a return was
    completed once is remembered from the last making of `globale_returns` at the same destination.

    Args:
        dataset: A loaded shop, of the pipeline that runs this.
        configuration: Instead of the section `[globale.orders]`.
        reports: Files of Global-e's weekly reconciliation report, CSV or XLSX.

    Raises:
        InvalidSetting: A table, a setting or a report cannot be used; the text says which.
    """
    chosen = orders_configuration(configuration)
    check_tables(dataset)
    given = read_reports(reports, chosen)
    report = given.beside(_earlier_report_rows())
    earlier = {row["return_id"]: row for row in _earlier_returns()}
    rows = derived_rows(dataset, chosen, report, earlier, datetime.now(timezone.utc))
    for table in ORDER_TABLES:
        if table is not GLOBALE_REPORT_ROWS:
            yield make_item(table, arrow_table(table, rows[table.name]), replaced_by=None)
    yield make_item(GLOBALE_REPORT_ROWS, arrow_table(GLOBALE_REPORT_ROWS, given.rows), replaced_by="report")


def derived_rows(
    dataset: dlt.Dataset,
    configuration: OrdersConfiguration,
    report: Report,
    earlier_returns: Mapping[int, Row],
    now: datetime,
) -> dict[str, list[Row]]:
    """The rows of every table but globale_report_rows, by its name.

    Args:
        dataset: A loaded shop.
        configuration: Checked.
        report: What Global-e reports, now and earlier.
        earlier_returns: Rows of globale_returns as it is, by return id.
        now: Moment of the making, UTC.
    """
    loaded = read(dataset, configuration)
    orders = read_orders(loaded, configuration)
    groups = groups_of(orders, loaded.lines)
    vouchers = list(voucher_rows(orders, loaded))
    cancellations = list(cancellation_rows(orders, loaded))
    returns = list(return_rows(orders, loaded, earlier_returns, now))
    deleted = (ge_order_id(row) for row in loaded.orders if row["deleted_at"])
    facts = Facts(
        orders=orders,
        groups=groups,
        cancellations=cancellations,
        returns=returns,
        report=report,
        configuration=configuration,
        now=now,
        deleted=frozenset(folded_id(one) for one in deleted if one),
        absent=loaded.absent,
    )
    return {
        GLOBALE_ORDERS.name: [order.row for order in orders],
        GLOBALE_ORDER_GROUPS.name: list(group_rows(groups)),
        GLOBALE_ORDER_LINES.name: [row for group in groups for row in group.rows],
        GLOBALE_VOUCHERS.name: vouchers,
        GLOBALE_CANCELLATIONS.name: cancellations,
        GLOBALE_RETURNS.name: returns,
        GLOBALE_EXCEPTIONS.name: list(exception_rows(facts)),
        GLOBALE_VOUCHER_USAGES.name: list(usage_rows(orders, vouchers, loaded)),
        GLOBALE_CUSTOMER_COUPONS.name: list(coupon_rows(loaded)),
    }


def what_is_missed(dataset: dlt.Dataset, configuration: OrdersConfiguration, has_reports: bool) -> list[str]:
    """A sentence for everything that these tables and settings do not allow to tell."""
    absent = absent_parts(dataset)
    missed = [sentence for name, (_, sentence) in WITHOUT.items() if name in absent]
    return [*missed, *rules_left_out(configuration, has_reports or _has_report_rows(dataset))]


def arrow_table(table: Table, rows: Iterable[Row]) -> pa.Table:
    """Rows in the shape of a table; what it has no column for is left out."""
    return pa.Table.from_pylist(list(rows), schema=arrow_schema(table))


def _earlier_returns() -> Iterator[Row]:
    """The rows of globale_returns as the last run left them; none before the first run."""
    yield from read_stored_rows(GLOBALE_RETURNS, "was_completed", [True, False]).to_pylist()


def _earlier_report_rows() -> Iterator[Row]:
    """The rows of the reports that earlier runs were given."""
    # No row of this table is ever marked as deleted.
    names = set(read_stored_values(GLOBALE_REPORT_ROWS, "report", unless="deleted_at"))
    yield from read_stored_rows(GLOBALE_REPORT_ROWS, "report", names).to_pylist()


def _has_report_rows(dataset: dlt.Dataset) -> bool:
    name = GLOBALE_REPORT_ROWS.name
    return name in dataset.tables and any(rows_of(dataset, f"select report from {name} limit 1"))
