"""The models about sales: their columns and keys."""

from __future__ import annotations

from ..data_types import DERIVED_PRECISION
from ..tables.table import Column, Reference, Table
from .shared_columns import (
    BASE,
    BASE_CURRENCY,
    CURRENCY,
    GROUPS,
    LABELS,
    PRODUCT,
    PRODUCT_REFERENCES,
    VARIANT_NAME,
    in_both_currencies,
)

STORE_AND_MARKET = (
    Column("store_id", "bigint", description="The store; 0 if none."),
    Column("store_name", "text", description="Name of the store."),
    Column("market_id", "bigint", description="The market of the order; 0 if none."),
    Column("market_name", "text", description="Name of the market."),
)

ORDER_TYPE = Column("order_type", "text", description="DIRECT_TO_CONSUMER or WHOLESALE.")

SALES_DAILY = Table(
    name="sales_daily",
    columns=(
        Column(
            "sales_date", "date", description="Day on which the orders were placed, and the returns made."
        ),
        *STORE_AND_MARKET,
        ORDER_TYPE,
        CURRENCY,
        BASE_CURRENCY,
        Column("orders", "bigint", description="Orders placed that day, without cancelled and deleted ones."),
        Column(
            "units",
            "bigint",
            description="Units ordered, without cancelled ones. A bundle counts as one unit, its items as "
            "none.",
        ),
        Column("returns", "bigint", description="Completed returns made that day."),
        Column(
            "returned_units",
            "bigint",
            description="Units of these returns. A bundle counts as one unit, its items as none.",
        ),
        *in_both_currencies(
            gross_sales="Goods at their original prices.",
            line_discounts="Discounts on order lines: original prices minus prices paid. Positive.",
            order_discounts="Discounts on whole orders, such as vouchers. Positive.",
            discounts="Discounts on lines and on whole orders. Positive.",
            returned_sales="Value of returned goods, minus the discounts on their returns. Positive.",
            net_sales="Gross sales minus discounts and returned sales.",
            shipping="Shipping charged.",
            handling="Handling charged.",
            tax_included="Tax included in the amounts of the orders, as Centra calculates it.",
            tax_added="Tax added to orders.",
            tax_deducted="Tax deducted from orders, with the sign that Centra gives it.",
            order_total="Grand totals of the orders.",
            returned_shipping="Shipping and handling refunded.",
            return_costs="Fees that customers paid for returns.",
            returned_tax_included="Tax included in the amounts of the returns, as Centra calculates it.",
            return_total="Grand totals of the returns.",
        ),
    ),
    key=("sales_date", "store_id", "market_id", "order_type", "currency_code"),
    root_key="sales_date",
    money_precision=DERIVED_PRECISION,
    references=(Reference("store_id", "stores"), Reference("market_id", "markets")),
    description="One row per day, store, market, order type and currency with an order or a return. All "
    "measures can be summed; amounts within one currency. Amounts include tax.",
)

ORDER_LINES_ENRICHED = Table(
    name="order_lines_enriched",
    columns=(
        Column("order_id", "text", description="The order."),
        Column("order_line_id", "bigint", description="The line."),
        Column("order_number", "bigint", description="The order number that people use."),
        ORDER_TYPE,
        Column(
            "order_status",
            "text",
            description="Status such as PENDING, CONFIRMED, PROCESSING, SHIPPED or CANCELLED.",
        ),
        Column("ordered_at", "timestamp", description="When the order was placed, UTC."),
        Column(
            "order_date", "date", description="Day on which it was placed, in the time zone of the models."
        ),
        Column(
            "is_cancelled", "bool", description="Whether the order is cancelled. Its lines are not sales."
        ),
        Column("is_on_hold", "bool", description="Whether the order is on hold."),
        Column("is_internal", "bool", description="Whether the order is internal."),
        Column("line_type", "text", description="Type of line, as in order_lines."),
        Column(
            "is_bundle", "bool", description="Whether the line is a bundle. Its items are separate lines."
        ),
        Column("is_bundle_item", "bool", description="Whether the line is part of a bundle."),
        Column("is_gift_certificate", "bool", description="Whether the line is a gift certificate."),
        Column("has_any_discount", "bool", description="Whether the line itself was discounted."),
        *STORE_AND_MARKET,
        Column("country_code", "text", description="Country of the order, ISO 3166-1 alpha-2 code."),
        Column("country_name", "text", description="Name of the country."),
        Column("customer_id", "bigint", description="The customer. Only for direct-to-consumer orders."),
        Column("account_id", "bigint", description="The account. Only for wholesale orders."),
        Column("pricelist_id", "bigint", description="The pricelist of the order."),
        Column("pricelist_name", "text", description="Name of the pricelist."),
        Column("campaign_id", "bigint", description="The campaign that set the price."),
        Column("campaign_name", "text", description="Name of the campaign."),
        Column("delivery_window_id", "bigint", description="The delivery window."),
        PRODUCT,
        *LABELS,
        Column("product_variant_id", "bigint", description="The variant."),
        Column("variant_number", "text", description="Variant number of the merchant."),
        VARIANT_NAME,
        Column("product_size_id", "bigint", description="The size."),
        Column("size_name", "text", description="Name of the size when it was ordered."),
        Column("sku", "text", description="SKU of the size."),
        Column("ean", "text", description="EAN of the size."),
        Column("brand_id", "bigint", description="Brand of the product."),
        GROUPS[0],
        Column("collection_id", "bigint", description="Collection of the product."),
        GROUPS[1],
        Column("folder_id", "bigint", description="Folder of the product."),
        GROUPS[2],
        Column("display_id", "bigint", description="The display from which it was bought."),
        Column(
            "category_id",
            "bigint",
            description="Canonical category of the display, or its category with the lowest id.",
        ),
        Column("category_name", "text", description="Name of the category."),
        Column("quantity", "bigint", description="Units ordered, without cancelled ones."),
        Column("cancelled_quantity", "bigint", description="Units cancelled."),
        Column(
            "returned_quantity",
            "bigint",
            description="Units of completed returns; Centra's own count if no return of the line is loaded.",
        ),
        Column("shipped_quantity", "bigint", description="Units shipped; null if none or unknown."),
        CURRENCY,
        BASE_CURRENCY,
        Column(
            "currency_base_rate",
            "double",
            description="Units of the base currency for one unit of the order's currency.",
        ),
        Column("discount_percent", "double", description="Discount on the line in percent."),
        Column("tax_percent", "double", description="Tax on the line in percent."),
        *in_both_currencies(
            unit_original_price="Price of one unit before discounts on the line.",
            unit_price="Price of one unit after discounts on the line.",
            line_gross="Original price of all units of the line.",
            line_discount="Discount on the line: gross minus value. Positive.",
            line_value="Price of all units after discounts on the line.",
            line_order_discount="Share of the discounts on the whole order, in proportion to line values. "
            "Positive.",
            line_net="Value minus the share of the order's discounts.",
            line_tax_included="Tax included in line_net, calculated from tax_percent.",
            line_returned="Units of completed returns at the price of the line. Positive.",
        ),
        Column(
            "unit_cost",
            "decimal",
            description="Current cost of one unit. In the currency of unit_cost_currency_code.",
        ),
        Column(
            "line_cost",
            "decimal",
            description="Cost of all units. In the currency of unit_cost_currency_code.",
        ),
        Column("unit_cost_currency_code", "text", description="Currency of the cost, ISO 4217 code."),
        Column(
            "line_cost_base",
            "decimal",
            description=f"Cost of all units; null if its currency is another one. {BASE}",
        ),
    ),
    key=("order_id", "order_line_id"),
    root_key="order_id",
    money_precision=DERIVED_PRECISION,
    references=(
        Reference("order_id", "orders"),
        Reference("store_id", "stores"),
        Reference("market_id", "markets"),
        Reference("customer_id", "customers"),
        Reference("account_id", "accounts"),
        *PRODUCT_REFERENCES,
        Reference("product_size_id", "product_sizes"),
    ),
    description="One row per order line, with the names of its store, product and so on; without the lines "
    "of deleted orders. Amounts per unit start with unit_, those of the whole line with line_. Amounts "
    "include tax.",
)

RETURN_RATES = Table(
    name="return_rates",
    columns=(
        Column(
            "order_month",
            "date",
            description="First day of the month of the order, whenever the goods were returned.",
        ),
        Column("product_variant_id", "bigint", description="The variant; 0 for lines without one."),
        PRODUCT,
        *LABELS,
        VARIANT_NAME,
        *GROUPS,
        Column("orders", "bigint", description="Orders with the variant. Do not sum over variants."),
        Column("units_sold", "bigint", description="Units ordered, without cancelled ones."),
        Column("units_shipped", "bigint", description="Of these, units shipped; null if none or unknown."),
        Column("units_returned", "bigint", description="Of these, units of completed returns."),
        Column(
            "return_rate",
            "double",
            description="units_returned / units_sold; null if none is sold. Divide again after summing rows.",
        ),
        BASE_CURRENCY,
        Column("sold_value_base", "decimal", description=f"Units sold at the price of their line. {BASE}"),
        Column(
            "returned_value_base", "decimal", description=f"Units returned at the price of their line. {BASE}"
        ),
    ),
    key=("order_month", "product_variant_id"),
    root_key="order_month",
    money_precision=DERIVED_PRECISION,
    references=PRODUCT_REFERENCES,
    description="One row per month of the order and product variant. Bundles and their items are both rows. "
    "Centra has no return reasons per line.",
)

CUSTOMER_COHORTS = Table(
    name="customer_cohorts",
    columns=(
        Column("store_id", "bigint", description="The store; 0 if none."),
        Column("store_name", "text", description="Name of the store."),
        Column(
            "cohort_month",
            "date",
            description="First day of the month of a customer's first order in the store.",
        ),
        Column("months_since", "bigint", description="Months since cohort_month; 0 is that month itself."),
        Column(
            "order_month", "date", description="First day of the month of the orders and returns in the row."
        ),
        Column(
            "customers",
            "bigint",
            description="Customers of the cohort, the same in all its rows. Do not sum over months.",
        ),
        Column("active_customers", "bigint", description="Customers of the cohort who ordered in the month."),
        Column("orders", "bigint", description="Their orders in the month."),
        BASE_CURRENCY,
        Column(
            "sales_base", "decimal", description=f"Goods ordered, minus discounts on lines and orders. {BASE}"
        ),
        Column(
            "returned_sales_base",
            "decimal",
            description=f"Goods returned in the month, minus the discounts on their returns. {BASE}",
        ),
        Column("net_sales_base", "decimal", description=f"Sales minus returned sales. {BASE}"),
    ),
    key=("store_id", "cohort_month", "months_since"),
    root_key="store_id",
    money_precision=DERIVED_PRECISION,
    references=(Reference("store_id", "stores"),),
    description="One row per store, month of a customer's first order there, and later month with sales in "
    "the store. Orders without a customer, such as wholesale orders, are excluded.",
)
