"""What the tables of Global-e's orders hold: their columns, keys and descriptions."""

from __future__ import annotations

from ...tables.table import Column, Reference, Table

ORDER_ID = Column("order_id", "text", description="Id of the Centra order.")
ORDER_NUMBER = Column("order_number", "bigint", description="Number of the Centra order.")
GE_ORDER_ID = Column(
    "ge_order_id", "text", description="Global-e's id of the order, such as GE927127; null if not known."
)
CURRENCY = Column("currency", "text", description="Currency of the Centra order, ISO 4217 code.")

OF_ORDER = Reference("order_id", "orders")

GLOBALE_ORDERS = Table(
    name="globale_orders",
    columns=(
        ORDER_ID,
        ORDER_NUMBER,
        GE_ORDER_ID,
        Column(
            "recognised_by",
            "text",
            description="What makes it an order of Global-e: ge_order_details, payment_method or market.",
        ),
        Column("store_id", "bigint", description="Id of the store."),
        Column("store_name", "text", description="Name of the store; null where stores are not loaded."),
        Column("status", "text", description="Status of the Centra order."),
        Column("is_on_hold", "bool", description="Whether the Centra order is on hold."),
        Column("is_shipped", "bool", description="Whether a shipment has left; null where none are loaded."),
        Column("created_at", "timestamp", description="When the Centra order was created, UTC."),
        Column("updated_at", "timestamp", description="When the Centra order was last changed, UTC."),
        Column("ship_country", "text", description="Country of delivery, ISO 3166-1 alpha-2 code."),
        Column("market_id", "bigint", description="Id of the market."),
        Column("market_name", "text", description="Name of the market; null where markets are not loaded."),
        Column(
            "pricelist_id",
            "bigint",
            description="Id of the pricelist. Orders of Global-e always have the default one.",
        ),
        Column("pricelist_name", "text", description="Name of the pricelist; null where not loaded."),
        Column("payment_method", "text", description="Address of the payment method, else its name."),
        CURRENCY,
        Column(
            "centra_grand_total", "decimal", description="Grand total in Centra, tax included. In currency."
        ),
        Column("centra_shipping", "decimal", description="Shipping in Centra. In currency."),
        Column("centra_discounts", "decimal", description="Discounts in Centra. In currency."),
        Column("centra_tax_included", "decimal", description="Tax that is in the grand total. In currency."),
        Column("ge_total_raw", "text", description="ge_order_total, as Global-e wrote it."),
        Column("ge_total", "decimal", description="The same as a number. In ge_currency."),
        Column("ge_shipping_raw", "text", description="ge_order_shipping, as Global-e wrote it."),
        Column("ge_shipping", "decimal", description="The same as a number. In ge_currency."),
        Column("ge_duties_raw", "text", description="ge_order_duties, as Global-e wrote it."),
        Column("ge_duties", "decimal", description="The same as a number. In ge_currency."),
        Column(
            "ge_currency",
            "text",
            description="Currency of Global-e's amounts, ISO 4217 code: named in them, else as configured. "
            "Null is unknown, as Global-e does not document it, or several.",
        ),
        Column("ge_delivery_days_raw", "text", description="ge_order_delivery_days, as Global-e wrote it."),
        Column("ge_delivery_days", "bigint", description="The same, where it is one whole number of days."),
        Column("canceled_by_ge", "bool", description="Whether Global-e cancelled it; null if unreadable."),
        Column("free_shipping", "bool", description="Whether shipping is free; null if unreadable."),
        Column("code_vouchers", "text", description="Vouchers by code, as Global-e wrote them."),
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
            description="Further elements of ge_order_details with their texts, a JSON object; null if none.",
        ),
        Column(
            "parse_errors",
            "text",
            description="Elements that cannot be read without doubt, each with the reason, a JSON object; "
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
        Column("orders", "bigint", description="Centra orders in this currency."),
        Column(
            "orders_in_all", "bigint", description="Centra orders of the Global-e order, in any currency."
        ),
        Column("is_split", "bool", description="Whether Global-e's order is several orders in Centra."),
        Column("order_numbers", "text", description="Numbers of the orders in this currency, a JSON list."),
        Column("statuses", "text", description="Their different statuses in Centra, a JSON list."),
        Column(
            "centra_total", "decimal", description="Sum of their grand totals, tax included. In currency."
        ),
        Column(
            "ge_total",
            "decimal",
            description="Global-e's total, once for the Global-e order. In ge_currency. Null where its "
            "Centra orders name different totals, or none can be read.",
        ),
        Column("ge_currency", "text", description="Currency of ge_total, ISO 4217 code; null is unknown."),
        Column(
            "ratio",
            "double",
            description="ge_total by centra_total. About 1 speaks for the same currency, an exchange rate "
            "for another one. Null where the Global-e order is in several currencies.",
        ),
        Column(
            "ge_lines_total",
            "decimal",
            description="Sum of Global-e's prices of the cart items. In ge_currency. Null where one cannot "
            "be read, or they name several currencies.",
        ),
        Column(
            "lines_ratio",
            "double",
            description="ge_lines_total by ge_total less shipping and duties: 1 where Global-e's amounts "
            "add up and its prices are those of whole lines.",
        ),
    ),
    key=("ge_order_id", "currency"),
    root_key="ge_order_id",
    description="One row per Global-e order and currency of its Centra orders, of which there may be "
    "several. Amounts are added within one currency only.",
)

GLOBALE_ORDER_LINES = Table(
    name="globale_order_lines",
    columns=(
        ORDER_ID,
        Column("line_id", "bigint", description="Id of the Centra order line."),
        Column("cart_item", "bigint", description="Place among the cart items of the line, from 1."),
        ORDER_NUMBER,
        GE_ORDER_ID,
        Column("line_type", "text", description="Kind of order line."),
        Column("product_size_id", "bigint", description="Id of the size: Global-e's product identifier."),
        Column("sku", "text", description="SKU of the size; null where product_sizes are not loaded."),
        Column("quantity", "bigint", description="Units ordered, less cancelled ones."),
        Column("cancelled_quantity", "bigint", description="Units cancelled."),
        CURRENCY,
        Column("unit_price", "decimal", description="Price of a unit in Centra, tax included. In currency."),
        Column("line_value", "decimal", description="Value of the line in Centra. In currency."),
        Column("ge_cart_item_id", "text", description="Global-e's id of the cart item; null if not known."),
        Column("ge_price_raw", "text", description="Global-e's price of the cart item, as written."),
        Column(
            "ge_price",
            "decimal",
            description="The same as a number, in the order's ge_currency. Whether of a unit or of all "
            "units is not documented.",
        ),
        Column(
            "match_method",
            "text",
            description="How line and cart item were brought together: mapping (centra_to_ge_cart_mapping), "
            "cart_item_ids (ge_cart_item_ids_mapping), sku (prices by SKU) or none.",
        ),
        Column(
            "matched_by",
            "text",
            description="What the mapping names Centra's side by: line_id, item, product_size_id or sku.",
        ),
    ),
    key=("order_id", "line_id", "cart_item"),
    root_key="order_id",
    description="One row per line of an order of Global-e and cart item that it is mapped to; one row, "
    "without a cart item, for a line that is mapped to none.",
    references=(OF_ORDER, Reference("line_id", "order_lines"), Reference("product_size_id", "product_sizes")),
)

GLOBALE_VOUCHERS = Table(
    name="globale_vouchers",
    columns=(
        ORDER_ID,
        Column("position", "bigint", description="Place among the vouchers of the order, from 1."),
        ORDER_NUMBER,
        GE_ORDER_ID,
        Column("code", "text", description="Code or name, as Global-e wrote it; else as Centra has it."),
        Column("source", "text", description="Where Global-e lists it: code or automatic; null if nowhere."),
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

GLOBALE_CANCELLATIONS = Table(
    name="globale_cancellations",
    columns=(
        ORDER_ID,
        ORDER_NUMBER,
        GE_ORDER_ID,
        Column("status", "text", description="Status of the Centra order."),
        Column("is_cancelled_in_centra", "bool", description="Whether that is CANCELLED."),
        Column("canceled_by_ge", "bool", description="Whether Global-e cancelled it; null if unreadable."),
        Column(
            "payment_cancelled_at",
            "timestamp",
            description="When the payment was cancelled in Centra, UTC; null if not known.",
        ),
        Column(
            "has_authorization",
            "bool",
            description="Whether one succeeded; null where no step of the payment is known.",
        ),
        Column(
            "has_capture",
            "bool",
            description="Whether one succeeded; null where no step of the payment is known.",
        ),
        Column("contradiction", "text", description="In what the two sides disagree; null if in nothing."),
    ),
    key=("order_id",),
    root_key="order_id",
    description="One row per order of Global-e that is cancelled in Centra or by Global-e.",
    references=(OF_ORDER,),
)

GLOBALE_RETURNS = Table(
    name="globale_returns",
    columns=(
        Column("return_id", "bigint", description="Id of the Centra return. Its refund lives in Global-e."),
        ORDER_ID,
        ORDER_NUMBER,
        GE_ORDER_ID,
        Column("shipment_id", "bigint", description="Id of the shipment."),
        Column("shipment_number", "text", description="Number of the shipment."),
        Column("return_status", "text", description="Status of the return; its last one, if it is deleted."),
        Column("created_at", "timestamp", description="When the return was created, UTC."),
        Column("is_completed", "bool", description="Whether it is completed now, and not deleted."),
        Column(
            "was_completed",
            "bool",
            description="Whether it is, or was at an earlier making of this table: Centra itself forgets.",
        ),
        Column(
            "completed_seen_at",
            "timestamp",
            description="When this table was made with the return completed for the first time, UTC.",
        ),
        Column(
            "is_reopened", "bool", description="Whether it was completed, is no longer, and is not deleted."
        ),
        Column(
            "deleted_at", "timestamp", description="When the shop deleted it, UTC; null while it is there."
        ),
        Column("total_quantity", "bigint", description="Units returned."),
        Column("currency", "text", description="Currency of the return, ISO 4217 code."),
        Column("value", "decimal", description="Grand total of the return, tax included. In currency."),
        Column("lines_value", "decimal", description="Value of the returned lines. In currency."),
        Column("shipping", "decimal", description="Shipping that is returned. In currency."),
        Column("return_cost", "decimal", description="What the return costs the customer. In currency."),
    ),
    key=("return_id",),
    root_key="return_id",
    description="One row per return of an order of Global-e, with those that the shop has deleted.",
    references=(OF_ORDER, Reference("return_id", "returns"), Reference("shipment_id", "shipments")),
)

GLOBALE_EXCEPTIONS = Table(
    name="globale_exceptions",
    columns=(
        Column("rule", "text", description="Id of the rule, E1 to E10; E10R is the reverse of E10."),
        Column("number", "bigint", description="Running number within the rule, from 1."),
        Column("severity", "text", description="ERROR, WARN or INFO."),
        ORDER_NUMBER,
        ORDER_ID,
        GE_ORDER_ID,
        Column("return_id", "bigint", description="Id of the return, where the finding is about one."),
        Column("value", "text", description="What was found, as it is written."),
        Column("message", "text", description="What is wrong, and what it may mean."),
    ),
    key=("rule", "number"),
    root_key="rule",
    description="One row per finding about an order of Global-e: what does not agree between the two sides.",
    references=(OF_ORDER, Reference("return_id", "returns")),
)

GLOBALE_VOUCHER_USAGES = Table(
    name="globale_voucher_usages",
    columns=(
        Column("voucher_id", "bigint", description="Id of the voucher."),
        Column("name", "text", description="Name of the voucher."),
        Column("code", "text", description="Code of the voucher; null if it is not called for by one."),
        Column("method", "text", description="How it is called for: CODE, URL or AUTO."),
        Column("status", "text", description="Status of the voucher."),
        Column("centra_usages", "bigint", description="Orders of Global-e to which Centra applied it."),
        Column("ge_usages", "bigint", description="Orders of Global-e on which Global-e lists it."),
        Column(
            "ge_successful_usages",
            "bigint",
            description="Global-e's own count, ge_voucher_details; null if not known.",
        ),
        Column("ge_successful_usages_raw", "text", description="The same, as Global-e wrote it."),
    ),
    key=("voucher_id",),
    root_key="voucher_id",
    description="One row per voucher that an order of Global-e names or Global-e counts. Cancelled orders "
    "are not counted in Centra's numbers.",
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
            description="The same as tidy JSON; null where it is none. Global-e does not document its shape.",
        ),
    ),
    key=("customer_id",),
    root_key="customer_id",
    description="One row per customer for whom Global-e keeps the use of coupons (ge_customer_coupon).",
    references=(Reference("customer_id", "customers"),),
)

GLOBALE_REPORT_ROWS = Table(
    name="globale_report_rows",
    columns=(
        Column("report", "text", description="Name of the file."),
        Column("tab", "text", description="Name of the sheet; of the file, if that is a CSV."),
        Column("row_number", "bigint", description="Number of the row in the sheet, from 1."),
        GE_ORDER_ID,
        Column("amount_raw", "text", description="The first amount that is recognised, as it is written."),
        Column("amount", "decimal", description="The same as a number, in the currency of the row."),
        Column(
            "currency", "text", description="Currency of the row, as it is written; null if none is told."
        ),
        Column("cells", "text", description="All cells by their header, a JSON object of texts."),
    ),
    key=("report", "tab", "row_number"),
    root_key="report",
    description="One row per row of the reconciliation reports that were ever given; of those of one name, "
    "the last.",
)

ORDER_TABLES = (
    GLOBALE_ORDERS,
    GLOBALE_ORDER_GROUPS,
    GLOBALE_ORDER_LINES,
    GLOBALE_VOUCHERS,
    GLOBALE_CANCELLATIONS,
    GLOBALE_RETURNS,
    GLOBALE_EXCEPTIONS,
    GLOBALE_VOUCHER_USAGES,
    GLOBALE_CUSTOMER_COUPONS,
    GLOBALE_REPORT_ROWS,
)
