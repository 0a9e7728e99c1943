"""What the order tables are made from: rows of SQL over the loaded tables, none for those that are absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import dlt
from sqlglot import expressions as sql

from ...destinations.queries import rows_of
from ...exceptions import InvalidSetting
from .configuration import OrdersConfiguration

Row = dict[str, Any]

NEEDED = {"orders": "orders", "order_attributes": "orders", "order_lines": "orders"}
"""The tables without which there is nothing to tell, and the resource that loads each."""

WITHOUT: Mapping[str, tuple[tuple[str, ...], str]] = {
    "payments": (
        ("order_payments", "payment_history"),
        "E3 does not see captured payments: neither order_payments nor payment_history is loaded.",
    ),
    "returns": (("returns",), "E6 is not applied: returns are not loaded."),
    "deletions": (("deleted_objects",), "E6 does not see deleted returns that the tables have lost."),
    "shipments": (("shipments",), "E10R goes by the status of orders alone: shipments are not loaded."),
    "vouchers": (("vouchers",), "Vouchers are told by their names alone: vouchers are not loaded."),
    "usages": (
        ("voucher_attributes",),
        "Global-e's count of voucher usages is not known: there is no table voucher_attributes.",
    ),
    "coupons": (("customer_attributes",), "Coupons are not known: customer_attributes are not loaded."),
    "sizes": (
        ("product_sizes",),
        "Lines have no SKU, and E4 does not judge an order whose mappings fit none of its lines, as they may "
        "name SKUs: product_sizes are not loaded.",
    ),
}
"""What may be absent, by what is missed then."""

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "orders": {
        "id": "varchar",
        "number": "bigint",
        "status": "varchar",
        "is_on_hold": "boolean",
        "created_at": "timestamptz",
        "updated_at": "timestamptz",
        "deleted_at": "timestamptz",
        "store_id": "bigint",
        "market_id": "bigint",
        "pricelist_id": "bigint",
        "shipping_address_country_code": "varchar",
        "country_code": "varchar",
        "payment_method_uri": "varchar",
        "payment_method_name": "varchar",
        "payment_method_plugin": "varchar",
        "grand_total_currency_code": "varchar",
        "grand_total_value": "decimal(18, 4)",
        "totals_shipping_value": "decimal(18, 4)",
        "totals_discounts_value": "decimal(18, 4)",
        "totals_tax_included_value": "decimal(18, 4)",
    },
    "order_attributes": {
        "order_id": "varchar",
        "type_name": "varchar",
        "key": "varchar",
        "value": "varchar",
        "selected_value": "varchar",
    },
    "order_lines": {
        "order_id": "varchar",
        "id": "bigint",
        "line_type": "varchar",
        "product_size_id": "bigint",
        "frontend_item_id": "varchar",
        "quantity": "bigint",
        "cancelled_quantity": "bigint",
        "unit_price_value": "decimal(18, 4)",
        "line_value": "decimal(18, 4)",
        "deleted_at": "timestamptz",
    },
    "order_payments": {
        "order_id": "varchar",
        "entry_type": "varchar",
        "status": "varchar",
        "created_at": "timestamptz",
    },
    "payment_history": {
        "order_id": "varchar",
        "entry_type": "varchar",
        "status": "varchar",
        "created_at": "timestamptz",
    },
    "order_discounts": {
        "order_id": "varchar",
        "position": "bigint",
        "discount_type": "varchar",
        "voucher_id": "bigint",
        "voucher_name": "varchar",
        "discount_value": "decimal(18, 4)",
    },
    "shipments": {"order_id": "varchar", "is_shipped": "boolean", "deleted_at": "timestamptz"},
    "returns": {
        "id": "bigint",
        "order_id": "varchar",
        "order_number": "bigint",
        "shipment_id": "bigint",
        "shipment_number": "varchar",
        "return_status": "varchar",
        "status": "varchar",
        "created_at": "timestamptz",
        "deleted_at": "timestamptz",
        "total_quantity": "bigint",
        "grand_total_currency_code": "varchar",
        "grand_total_value": "decimal(18, 4)",
        "totals_lines_value": "decimal(18, 4)",
        "totals_shipping_value": "decimal(18, 4)",
        "totals_return_cost_value": "decimal(18, 4)",
    },
    "deleted_objects": {"resource": "varchar", "reference": "varchar", "deleted_at": "timestamptz"},
    "stores": {"id": "bigint", "name": "varchar"},
    "markets": {"id": "bigint", "name": "varchar"},
    "pricelists": {"id": "bigint", "name": "varchar"},
    "product_sizes": {"id": "bigint", "sku": "varchar"},
    "vouchers": {
        "id": "bigint",
        "name": "varchar",
        "code": "varchar",
        "method": "varchar",
        "status": "varchar",
        "deleted_at": "timestamptz",
    },
    "voucher_attributes": {
        "voucher_id": "bigint",
        "type_name": "varchar",
        "key": "varchar",
        "value": "varchar",
        "selected_value": "varchar",
    },
    "customer_attributes": {
        "customer_id": "bigint",
        "type_name": "varchar",
        "key": "varchar",
        "value": "varchar",
        "selected_value": "varchar",
        "deleted_at": "timestamptz",
    },
}
"""What the queries read: columns and their types by table. One that is not loaded is null."""


@dataclass(frozen=True)
class Loaded:
    """The rows of each query, in its order.

    Attributes:
        orders: Those of Global-e, with `deleted_at` of those that are deleted.
        absent: The names in WITHOUT of what is not loaded.
    """

    orders: list[Row]
    other_elements: list[Row]
    lines: list[Row]
    payments: list[Row]
    applied_vouchers: list[Row]
    returns: list[Row]
    deleted_returns: list[Row]
    vouchers: list[Row]
    customer_coupons: list[Row]
    absent: frozenset[str] = field(default=frozenset())


def check_tables(dataset: dlt.Dataset) -> None:
    """Refuses a dataset without orders.

    Raises:
        InvalidSetting: A table that is needed is not loaded; the text names the resource that loads it.
    """
    missing = sorted(set(NEEDED) - set(dataset.tables))
    if missing:
        resources = ", ".join(sorted({NEEDED[table] for table in missing}))
        raise InvalidSetting(
            f"The tables of Global-e's orders need {', '.join(missing)}: load the resource {resources} "
            "first, without leaving them out."
        )


def absent_parts(dataset: dlt.Dataset) -> frozenset[str]:
    """The names in WITHOUT of what this dataset does not hold."""
    tables = set(dataset.tables)
    return frozenset(name for name, (needed, _) in WITHOUT.items() if not tables & set(needed))


def read(dataset: dlt.Dataset, configuration: OrdersConfiguration) -> Loaded:
    """Reads everything that concerns orders of Global-e.

    Raises:
        InvalidSetting: See `check_tables`.
    """
    check_tables(dataset)
    values = {table: _source(dataset, table) for table in COLUMNS}
    values["is_paid_through_globale"] = _paid_through(configuration.payment_methods)
    markets = ", ".join(str(int(market)) for market in configuration.exclusive_markets)
    in_markets = f"orders.market_id in ({markets})" if markets else "1 = 0"
    values["sold_through_globale"] = f"({values['is_paid_through_globale']} or {in_markets})"
    values["elements"] = _text("elements", values)
    values["order_ids"] = _text("order_ids", values)

    def rows(name: str) -> list[Row]:
        return list(rows_of(dataset, _text(name, values)))

    return Loaded(
        orders=rows("orders"),
        other_elements=rows("other_elements"),
        lines=rows("lines"),
        payments=rows("payments"),
        applied_vouchers=rows("applied_vouchers"),
        returns=rows("returns"),
        deleted_returns=rows("deleted_returns"),
        vouchers=rows("vouchers"),
        customer_coupons=rows("customer_coupons"),
        absent=absent_parts(dataset),
    )


def _text(name: str, values: Mapping[str, str]) -> str:
    """The statement of a file without its comments, with tables and conditions put in."""
    text = files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return "\n".join(lines).format(**values)


def _source(dataset: dlt.Dataset, table: str) -> str:
    """A table with all columns that are read of it; null in place of what is not loaded.

    An absent table is no row of orders, which are always there: BigQuery has no condition without a table.
    """
    known = dataset.schema.tables.get(table, {}).get("columns", {}) if table in dataset.tables else {}
    columns = [
        f'"{name}"' if name in known else f'cast(null as {kind}) as "{name}"'
        for name, kind in COLUMNS[table].items()
    ]
    return f"(select {', '.join(columns)} from {table if known else 'orders where 1 = 0'})"


def _paid_through(payment_methods: Sequence[str]) -> str:
    """The condition that one of these stands in the address, name or plugin of the payment method."""
    conditions = [
        f"lower(orders.payment_method_{part}) like {sql.Literal.string(f'%{name.lower()}%').sql('duckdb')}"
        for name in payment_methods
        for part in ("uri", "name", "plugin")
    ]
    return f"coalesce({' or '.join(conditions)}, false)" if conditions else "(1 = 0)"
