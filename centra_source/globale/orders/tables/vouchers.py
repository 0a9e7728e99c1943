"""The tables of vouchers and coupons."""

from __future__ import annotations

from ....tables.table import Column, Reference, Table
from .columns import CURRENCY, GE_ORDER_ID, OF_ORDER, ORDER_ID, ORDER_NUMBER

GLOBALE_VOUCHERS = Table(
    name="globale_vouchers",
    columns=(
        ORDER_ID,
        Column("position", "bigint", description="Position among the vouchers of the order, from 1."),
        ORDER_NUMBER,
        GE_ORDER_ID,
        Column("code", "text", description="Code or name as Global-e wrote it, or else as Centra has it."),
        Column(
            "source", "text", description="Where Global-e lists it: code or automatic; null if it does not."
        ),
        Column("in_ge", "bool", description="Whether Global-e lists it on the order."),
        Column("in_centra", "bool", description="Whether Centra applied it to the order."),
        Column("voucher_id", "bigint", description="Id of the voucher in Centra; null if not found."),
        Column("voucher_name", "text", description="Name of the voucher in Centra."),
        Column("centra_amount", "decimal", description="Discount that Centra gave for it. In currency."),
        CURRENCY,
    ),
    key=("order_id", "position"),
    root_key="order_id",
    description="One row per order of Global-e and voucher that Global-e lists or Centra applied.",
    references=(OF_ORDER, Reference("voucher_id", "vouchers")),
)

GLOBALE_VOUCHER_USAGES = Table(
    name="globale_voucher_usages",
    columns=(
        Column("voucher_id", "bigint", description="Id of the voucher."),
        Column("name", "text", description="Name of the voucher."),
        Column("code", "text", description="Code of the voucher; null if it has none."),
        Column("method", "text", description="How customers apply it: CODE, URL or AUTO."),
        Column("status", "text", description="Status of the voucher."),
        Column(
            "centra_usages", "bigint", description="Number of Global-e's orders to which Centra applied it."
        ),
        Column("ge_usages", "bigint", description="Number of Global-e's orders on which Global-e lists it."),
        Column(
            "ge_successful_usages",
            "bigint",
            description="Global-e's own count, from ge_voucher_details; null if unknown.",
        ),
        Column("ge_successful_usages_raw", "text", description="The same, as Global-e wrote it."),
    ),
    key=("voucher_id",),
    root_key="voucher_id",
    description="One row per voucher that an order of Global-e names or that Global-e counts. "
    "centra_usages does not count cancelled orders.",
    references=(Reference("voucher_id", "vouchers"),),
)

GLOBALE_CUSTOMER_COUPONS = Table(
    name="globale_customer_coupons",
    columns=(
        Column("customer_id", "bigint", description="Id of the customer."),
        Column("ge_coupon_usage_raw", "text", description="ge_coupon_usage, as Global-e wrote it."),
        Column(
            "ge_coupon_usage",
            "text",
            description="The same as formatted JSON; null if it is not JSON.",
        ),
    ),
    key=("customer_id",),
    root_key="customer_id",
    description="One row per customer whose use of coupons Global-e records (ge_customer_coupon).",
    references=(Reference("customer_id", "customers"),),
)
