"""The tables of Global-e's orders and their lines."""

from __future__ import annotations

from ....data_types import DERIVED_PRECISION
from ....tables.table import Column, Reference, Table
from .columns import CURRENCY, GE_ORDER_ID, OF_ORDER, ORDER_ID, ORDER_NUMBER

GLOBALE_ORDERS = Table(
    name="globale_orders",
    columns=(
        ORDER_ID,
        ORDER_NUMBER,
        GE_ORDER_ID,
        Column(
            "recognised_by",
            "text",
            description="Why it counts as an order of Global-e: ge_order_details, payment_method or market.",
        ),
        Column("store_id", "bigint", description="Id of the store."),
        Column("store_name", "text", description="Name of the store; null if stores are not loaded."),
        Column("status", "text", description="Status of the Centra order."),
        Column("is_on_hold", "bool", description="Whether the Centra order is on hold."),
        Column(
            "is_shipped", "bool", description="Whether a shipment was sent; null if shipments are not loaded."
        ),
        Column("created_at", "timestamp", description="When the Centra order was created, UTC."),
        Column("updated_at", "timestamp", description="When the Centra order was last changed, UTC."),
        Column("ship_country", "text", description="Country of delivery, ISO 3166-1 alpha-2 code."),
        Column("market_id", "bigint", description="Id of the market."),
        Column("market_name", "text", description="Name of the market; null if markets are not loaded."),
        Column(
            "pricelist_id",
            "bigint",
            description="Id of the pricelist. Orders of Global-e always have the default one.",
        ),
        Column("pricelist_name", "text", description="Name of the pricelist; null if not loaded."),
        Column("payment_method", "text", description="URI of the payment method, or else its name."),
        CURRENCY,
        Column(
            "centra_grand_total", "decimal", description="Grand total in Centra, tax included. In currency."
        ),
        Column("centra_shipping", "decimal", description="Shipping in Centra. In currency."),
        Column("centra_discounts", "decimal", description="Discounts in Centra. In currency."),
        Column("centra_tax_included", "decimal", description="Tax included in the grand total. In currency."),
        Column("ge_total_raw", "text", description="ge_order_total, as Global-e wrote it."),
        Column("ge_total", "decimal", description="The same as a number. In ge_currency."),
        Column("ge_shipping_raw", "text", description="ge_order_shipping, as Global-e wrote it."),
        Column("ge_shipping", "decimal", description="The same as a number. In ge_currency."),
        Column("ge_duties_raw", "text", description="ge_order_duties, as Global-e wrote it."),
        Column("ge_duties", "decimal", description="The same as a number. In ge_currency."),
        Column(
            "ge_currency",
            "text",
            description="Currency of Global-e's amounts, ISO 4217 code: the one that they name, or else the "
            "configured one. Null if unknown (Global-e does not document it) or if there are several.",
        ),
        Column("ge_delivery_days_raw", "text", description="ge_order_delivery_days, as Global-e wrote it."),
        Column(
            "ge_delivery_days",
            "bigint",
            description="The same as a number; null if it is not a whole number of days.",
        ),
        Column(
            "canceled_by_ge", "bool", description="Whether Global-e cancelled the order; null if unreadable."
        ),
        Column("free_shipping", "bool", description="Whether shipping is free; null if unreadable."),
        Column("code_vouchers", "text", description="Vouchers entered by code, as Global-e wrote them."),
        Column("automatic_vouchers", "text", description="Automatic vouchers, as Global-e wrote them."),
        Column("cart_item_ids_raw", "text", description="ge_cart_item_ids_mapping, as Global-e wrote it."),
        Column(
            "cart_item_prices_raw",
            "text",
            description="ge_cart_item_id_to_price_mapping, as Global-e wrote it.",
        ),
        Column(
            "centra_to_ge_cart_raw", "text", description="centra_to_ge_cart_mapping, as Global-e wrote it."
        ),
        Column(
            "other_elements",
            "text",
            description="Other elements of ge_order_details with their texts, a JSON object; null if none.",
        ),
        Column(
            "parse_errors",
            "text",
            description="Elements that cannot be read with certainty, each with the reason, a JSON object; "
            "null if none.",
        ),
    ),
    key=("order_id",),
    root_key="order_id",
    description="One row per Centra order that Global-e placed, or should have placed by its payment method "
    "or market. Orders that the shop has deleted are left out.",
    references=(
        OF_ORDER,
        Reference("store_id", "stores"),
        Reference("market_id", "markets"),
        Reference("pricelist_id", "pricelists"),
    ),
)

GLOBALE_ORDER_GROUPS = Table(
    name="globale_order_groups",
    columns=(
        Column("ge_order_id", "text", description="Global-e's id of the order."),
        CURRENCY,
        Column("orders", "bigint", description="Number of Centra orders in this currency."),
        Column(
            "orders_in_all",
            "bigint",
            description="Number of Centra orders of the Global-e order, in any currency.",
        ),
        Column("is_split", "bool", description="Whether the Global-e order is several orders in Centra."),
        Column("order_numbers", "text", description="Numbers of the orders in this currency, a JSON list."),
        Column(
            "statuses", "text", description="The different statuses of these orders in Centra, a JSON list."
        ),
        Column(
            "centra_total",
            "decimal",
            description="Sum of the grand totals of these orders, tax included. In currency.",
        ),
        Column(
            "ge_total",
            "decimal",
            description="Global-e's total of the whole order. In ge_currency. Null if its Centra orders "
            "have different totals, or none can be read.",
        ),
        Column("ge_currency", "text", description="Currency of ge_total, ISO 4217 code; null if unknown."),
        Column(
            "ratio",
            "double",
            description="ge_total divided by centra_total. About 1 suggests the same currency, an exchange "
            "rate another one. Null if the Global-e order is in several currencies.",
        ),
        Column(
            "ge_lines_total",
            "decimal",
            description="Sum of Global-e's prices of the cart items. In ge_currency. Null if one cannot be "
            "read, or they name several currencies.",
        ),
        Column(
            "lines_ratio",
            "double",
            description="ge_lines_total divided by ge_total without shipping and duties. 1 if the amounts "
            "add up and its prices are of whole lines.",
        ),
    ),
    key=("ge_order_id", "currency"),
    root_key="ge_order_id",
    money_precision=DERIVED_PRECISION,
    description="One row per Global-e order and currency of its Centra orders; there can be several. "
    "Amounts are added within one currency only.",
)

GLOBALE_ORDER_LINES = Table(
    name="globale_order_lines",
    columns=(
        ORDER_ID,
        Column("line_id", "bigint", description="Id of the Centra order line."),
        Column("cart_item", "bigint", description="Position among the cart items of the line, from 1."),
        ORDER_NUMBER,
        GE_ORDER_ID,
        Column("line_type", "text", description="Kind of order line."),
        Column(
            "product_size_id", "bigint", description="Id of the size, which is Global-e's product identifier."
        ),
        Column("sku", "text", description="SKU of the size; null if product_sizes are not loaded."),
        Column("quantity", "bigint", description="Units ordered, without cancelled ones."),
        Column("cancelled_quantity", "bigint", description="Units cancelled."),
        CURRENCY,
        Column("unit_price", "decimal", description="Price of a unit in Centra, tax included. In currency."),
        Column("line_value", "decimal", description="Value of the line in Centra. In currency."),
        Column("ge_cart_item_id", "text", description="Global-e's id of the cart item; null if unknown."),
        Column(
            "ge_price_raw", "text", description="Global-e's price of the cart item, as Global-e wrote it."
        ),
        Column(
            "ge_price",
            "decimal",
            description="The same as a number, in the ge_currency of the order. Global-e does not document "
            "whether it is the price of one unit or of all units.",
        ),
        Column(
            "match_method",
            "text",
            description="How line and cart item were matched: mapping (centra_to_ge_cart_mapping), "
            "cart_item_ids (ge_cart_item_ids_mapping), sku (prices by SKU) or none.",
        ),
        Column(
            "matched_by",
            "text",
            description="What identifies the line in the mapping: line_id, item, product_size_id or sku.",
        ),
    ),
    key=("order_id", "line_id", "cart_item"),
    root_key="order_id",
    description="One row per line of an order of Global-e and cart item that it is mapped to; one row "
    "without a cart item for a line that is mapped to none.",
    references=(OF_ORDER, Reference("line_id", "order_lines"), Reference("product_size_id", "product_sizes")),
)
