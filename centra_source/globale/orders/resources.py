"""The tables of Global-e's orders as a dlt resource. Each run derives them again from the loaded tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

import dlt
import pyarrow as pa
from dlt.extract.items import DataItemWithMeta

from ...destinations.derived_tables import derive_separately, fit_table, record_failures, run_derived
from ...destinations.queries import rows_of
from ...destinations.stored_rows import read_stored_rows, read_stored_values
from ...tables.merging import make_item
from ...tables.table import Table, arrow_schema
from ..rows import Row
from .cancellations_and_returns import cancellation_rows, return_rows
from .configuration import OrdersConfiguration, read_configuration
from .facts import OrderFacts
from .findings import describe_inactive_rules, exception_rows, parse_order_severities
from .groups import group_rows
from .lines import groups_of
from .order_details import ge_order_id, normalize_order_id, read_orders
from .queries import OPTIONAL_TABLES, check_tables, describe_doubts, find_absent_parts, read_tables
from .report import Report, read_reports
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


def orders_configuration(configuration: OrdersConfiguration | None = None) -> OrdersConfiguration:
    """Returns the given settings, or else those of `[globale.orders]`, after checking them.

    Raises:
        InvalidSetting: A severity, rule, country or currency does not exist.
    """
    chosen = read_configuration(configuration)
    parse_order_severities(chosen)
    return chosen


@dlt.resource(name=GLOBALE_ORDERS.name)
def globale_orders_tables(
    dataset: dlt.Dataset,
    configuration: OrdersConfiguration | None = None,
    reports: Sequence[str | Path] = (),
    only: Collection[str] = (),
) -> Iterator[DataItemWithMeta]:
    """Derives `globale_orders`, `globale_order_groups` and all other ORDER_TABLES, and replaces them.

    `globale_report_rows` keeps the rows of earlier reports with other names, and the rules use them as well.
    Amounts of different currencies are never added, and each text that an amount is read from is kept.
    Whether a return was completed once is taken from the last `globale_returns` at the same destination.

    Args:
        dataset: A loaded shop of the pipeline that runs this resource.
        configuration: None takes the settings of `[globale.orders]`.
        reports: Files of Global-e's weekly reconciliation report, CSV or XLSX.
        only: Names of the tables to replace; default: all.

    Raises:
        InvalidSetting: A table is not loaded, or a setting or a report cannot be used.
    """
    chosen = orders_configuration(configuration)
    wanted = only or [table.name for table in ORDER_TABLES]
    check_tables(dataset)
    given = read_reports(reports, chosen)
    report = given.add_earlier(_earlier_report_rows())
    earlier = {row["return_id"]: row for row in _earlier_returns()}
    rows = derived_rows(dataset, chosen, report, earlier, datetime.now(timezone.utc))
    for table in ORDER_TABLES:
        if table.name not in wanted:
            continue
        fitting = fit_table(table, str(dataset.destination_dialect))
        if table is GLOBALE_REPORT_ROWS:
            yield make_item(fitting, arrow_table(fitting, given.rows), replaced_by="report")
        else:
            yield make_item(fitting, arrow_table(fitting, rows[table.name]), replaced_by=None)


def derive_orders(
    pipeline: dlt.Pipeline, configuration: OrdersConfiguration, reports: Sequence[str | Path] = ()
) -> dict[str, str]:
    """Derives the tables of Global-e's orders; if one of them fails, each alone, so that it stops no other.

    Args:
        pipeline: The pipeline that loaded the shop.
        configuration: The settings, checked.
        reports: As for `globale_orders_tables`.

    Returns:
        A sentence by name of each table that could not be derived; it stays as it was.

    Raises:
        InvalidSetting: As `globale_orders_tables`.
    """

    def derive(names: Sequence[str]) -> None:
        resource = globale_orders_tables(pipeline.dataset(), configuration, reports, names)
        run_derived(pipeline, resource, ORDER_TABLES)

    failed = derive_separately([table.name for table in ORDER_TABLES], derive)
    record_failures(pipeline, "globale_orders", failed)
    return failed


def derived_rows(
    dataset: dlt.Dataset,
    configuration: OrdersConfiguration,
    report: Report,
    earlier_returns: Mapping[int, Row],
    now: datetime,
) -> dict[str, list[Row]]:
    """Returns the rows of every table but globale_report_rows, by table name.

    Args:
        dataset: A loaded shop.
        configuration: The settings, checked.
        report: The rows of Global-e's reports, those of earlier runs included.
        earlier_returns: The present rows of globale_returns, by return id.
        now: The time of the run, UTC.
    """
    loaded = read_tables(dataset, configuration)
    orders = read_orders(loaded, configuration)
    groups = groups_of(orders, loaded.lines)
    vouchers = list(voucher_rows(orders, loaded))
    cancellations = list(cancellation_rows(orders, loaded))
    returns = list(return_rows(orders, loaded, earlier_returns, now))
    deleted = (ge_order_id(row) for row in loaded.orders if row["deleted_at"])
    facts = OrderFacts(
        orders=orders,
        groups=groups,
        cancellations=cancellations,
        returns=returns,
        report=report,
        configuration=configuration,
        now=now,
        deleted=frozenset(normalize_order_id(one) for one in deleted if one),
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


def describe_limitations(
    dataset: dlt.Dataset, configuration: OrdersConfiguration, has_reports: bool
) -> list[str]:
    """Returns a sentence for everything that the loaded tables and the settings leave out.

    Args:
        dataset: A loaded shop.
        configuration: The settings, checked.
        has_reports: Whether this run has reports of Global-e.
    """
    absent = find_absent_parts(dataset)
    missing = [sentence for name, (_, sentence) in OPTIONAL_TABLES.items() if name in absent]
    inactive = describe_inactive_rules(configuration, has_reports or _has_report_rows(dataset))
    return [*missing, *describe_doubts(dataset), *inactive]


def arrow_table(table: Table, rows: Iterable[Row]) -> pa.Table:
    """Converts rows to Arrow. Keys that are not columns of the table are left out."""
    return pa.Table.from_pylist(list(rows), schema=arrow_schema(table))


def _earlier_returns() -> Iterator[Row]:
    """Yields the rows of globale_returns of the last run; none before the first run."""
    yield from read_stored_rows(GLOBALE_RETURNS, "was_completed", [True, False]).to_pylist()


def _earlier_report_rows() -> Iterator[Row]:
    """Yields the rows of the reports of earlier runs."""
    # No row of this table is ever marked as deleted.
    names = set(read_stored_values(GLOBALE_REPORT_ROWS, "report", unless="deleted_at"))
    yield from read_stored_rows(GLOBALE_REPORT_ROWS, "report", names).to_pylist()


def _has_report_rows(dataset: dlt.Dataset) -> bool:
    name = GLOBALE_REPORT_ROWS.name
    return name in dataset.tables and any(rows_of(dataset, f"select report from {name} limit 1"))
