"""The rows that the order tables are made from, by queries over the loaded tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

import dlt
from sqlglot import expressions as sql

from ...destinations.absent_tables import fill_absent_tables
from ...destinations.queries import DIALECT, rows_of
from ...destinations.table_states import find_table_states, find_unknown_tables
from ...exceptions import InvalidSetting
from ..rows import Row
from .configuration import OrdersConfiguration

REQUIRED_TABLES = {"orders": "orders", "order_attributes": "orders", "order_lines": "orders"}
"""The tables that must be loaded, and the resource that loads each."""

OPTIONAL_TABLES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "payments": (
        ("order_payments", "payment_history"),
        "E3 does not see captured payments: neither order_payments nor payment_history is loaded.",
    ),
    "returns": (("returns",), "E6 is not applied: returns are not loaded."),
    "deletions": (
        ("deleted_objects",),
        "E6 does not see deleted returns that are gone from the tables: deleted_objects is not loaded.",
    ),
    "shipments": (("shipments",), "E10R uses only the status of orders: shipments are not loaded."),
    "vouchers": (("vouchers",), "Vouchers have only their names: vouchers are not loaded."),
    "usages": (
        ("voucher_attributes",),
        "Global-e's count of voucher usages is unknown: voucher_attributes are not loaded.",
    ),
    "coupons": (("customer_attributes",), "Coupons are unknown: customer_attributes are not loaded."),
    "sizes": (
        ("product_sizes",),
        "Lines have no SKU, and E4 skips an order if its mappings match none of its lines, because they may "
        "name SKUs: product_sizes are not loaded.",
    ),
}
"""The tables that may be missing, by a name for what they provide, and what is missing without all of
them."""


@dataclass(frozen=True)
class Loaded:
    """The rows of each query, in its order.

    Attributes:
        orders: Global-e's orders, including those that are deleted.
        absent: The names in OPTIONAL_TABLES of what is not loaded.
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
    """Checks that the required tables are loaded.

    Raises:
        InvalidSetting: A table is missing; the message names the resource that loads it.
    """
    missing = find_unknown_tables(dataset, REQUIRED_TABLES)
    if missing:
        resources = ", ".join(sorted({REQUIRED_TABLES[table] for table in missing}))
        reasons = "" if missing.keys() - dataset.tables else f" {' '.join(dict.fromkeys(missing.values()))}"
        raise InvalidSetting(
            f"The tables of Global-e's orders need {', '.join(sorted(missing))}: load the resource "
            f"{resources} first, without excluding them.{reasons}"
        )


def find_absent_parts(dataset: dlt.Dataset) -> frozenset[str]:
    """Returns the names in OPTIONAL_TABLES of what the dataset does not contain."""
    unknown = find_unknown_tables(dataset, _optional_tables())
    return frozenset(name for name, (needed, _) in OPTIONAL_TABLES.items() if unknown.keys() >= set(needed))


def describe_doubts(dataset: dlt.Dataset) -> list[str]:
    """Returns a sentence for each table that failed, that the token may not read, or that is incomplete."""
    states = find_table_states(dataset, [*REQUIRED_TABLES, *_optional_tables()])
    doubts = [state.doubt for state in states.values() if state.doubt and state.kind != "not loaded"]
    return list(dict.fromkeys(doubts))


def _optional_tables() -> list[str]:
    return [table for needed, _ in OPTIONAL_TABLES.values() for table in needed]


def read_tables(dataset: dlt.Dataset, configuration: OrdersConfiguration) -> Loaded:
    """Reads everything about orders of Global-e. Tables and columns that are not loaded are empty.

    Raises:
        InvalidSetting: See `check_tables`.
    """
    check_tables(dataset)
    markets = ", ".join(str(int(market)) for market in configuration.exclusive_markets)
    in_markets = f"orders.market_id in ({markets})" if markets else "1 = 0"
    is_paid = _paid_through(configuration.payment_methods)
    parts = {
        "is_paid_through_globale": is_paid,
        "sold_through_globale": f"({is_paid} or {in_markets})",
        "elements": _read_sql("elements", {}),
    }
    parts["order_ids"] = _read_sql("order_ids", parts)

    def rows(name: str) -> list[Row]:
        return list(rows_of(dataset, fill_absent_tables(dataset, _read_sql(name, parts))))

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
        absent=find_absent_parts(dataset),
    )


def _read_sql(name: str, parts: Mapping[str, str]) -> str:
    """Reads the query of a file, without its comments and with the parts that it names inserted."""
    text = files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return "\n".join(lines).format(**parts)


def _paid_through(payment_methods: Sequence[str]) -> str:
    """The condition that the address, name or plugin of the payment method contains one of the texts."""
    conditions = [
        f"lower(orders.payment_method_{part}) like {sql.Literal.string(f'%{name.lower()}%').sql(DIALECT)}"
        for name in payment_methods
        for part in ("uri", "name", "plugin")
    ]
    return f"coalesce({' or '.join(conditions)}, false)" if conditions else "(1 = 0)"
