"""The models about stock: their columns and keys."""

from __future__ import annotations

from ..data_types import DERIVED_PRECISION
from ..tables.table import Column, Reference, Table
from .shared_columns import BASE, BASE_CURRENCY, GROUPS, LABELS, PRODUCT, PRODUCT_REFERENCES, VARIANT_NAME

STOCK_COVER = Table(
    name="stock_cover",
    columns=(
        Column("product_size_id", "bigint", description="The size."),
        Column("sku", "text", description="SKU of the size."),
        Column("ean", "text", description="EAN of the size."),
        PRODUCT,
        *LABELS,
        Column("product_variant_id", "bigint", description="The variant."),
        VARIANT_NAME,
        Column("size_name", "text", description="Name of the size."),
        *GROUPS,
        Column("product_status", "text", description="ACTIVE, INACTIVE or CANCELLED."),
        Column("warehouses", "bigint", description="Number of warehouses that keep it."),
        Column("physical_quantity", "bigint", description="Units in these warehouses."),
        Column("allocated_quantity", "bigint", description="Units that are allocated to orders."),
        Column(
            "free_to_allocate_quantity", "bigint", description="Units that can still be allocated to orders."
        ),
        Column("available_quantity", "bigint", description="Available quantity, as Centra calculates it."),
        Column("demand_quantity", "bigint", description="Units that orders demand."),
        Column("incoming_quantity", "bigint", description="Units on their way."),
        Column(
            "as_of_date",
            "date",
            description="Day of the newest order in the shop: the last day of the sales periods.",
        ),
        Column("units_sold_28_days", "bigint", description="Units ordered in the 28 days up to as_of_date."),
        Column("units_sold_90_days", "bigint", description="Units ordered in the 90 days up to as_of_date."),
        Column(
            "days_of_cover",
            "double",
            description="Days that the units free to allocate last at the sales of the 28 days; null if "
            "none is sold.",
        ),
        Column("first_sale_date", "date", description="Day of its first order."),
        Column("last_sale_date", "date", description="Day of its last order."),
        Column(
            "unit_cost",
            "decimal",
            description="Cost of one unit. In the currency of unit_cost_currency_code.",
        ),
        Column("unit_cost_currency_code", "text", description="Currency of the cost, ISO 4217 code."),
        Column(
            "stock_value",
            "decimal",
            description="Physical units at unit cost. In the currency of unit_cost_currency_code.",
        ),
    ),
    key=("product_size_id",),
    root_key="product_size_id",
    money_precision=DERIVED_PRECISION,
    references=(Reference("product_size_id", "product_sizes"), *PRODUCT_REFERENCES),
    description="One row per product size that is kept in stock or was sold, for all warehouses together. "
    "Sales of a bundle count for its items, and for the bundle's own size.",
)

SELL_THROUGH = Table(
    name="sell_through",
    columns=(
        Column("product_variant_id", "bigint", description="The variant."),
        PRODUCT,
        *LABELS,
        Column("variant_number", "text", description="Variant number of the merchant."),
        VARIANT_NAME,
        *GROUPS,
        Column("product_status", "text", description="ACTIVE, INACTIVE or CANCELLED."),
        Column("variant_status", "text", description="ACTIVE, INACTIVE or CANCELLED."),
        Column("units_sold", "bigint", description="Units ordered, without cancelled ones."),
        Column("units_returned", "bigint", description="Of these, units of completed returns."),
        Column("units_net_sold", "bigint", description="Units sold minus units returned."),
        Column("units_on_hand", "bigint", description="Units in all warehouses."),
        Column(
            "units_free_to_allocate", "bigint", description="Units that can still be allocated to orders."
        ),
        Column(
            "units_received",
            "bigint",
            description="Units of accepted deliveries of purchase orders; null if no such delivery is "
            "loaded.",
        ),
        Column(
            "units_available",
            "bigint",
            description="Units net sold plus units on hand.",
        ),
        Column(
            "sell_through_rate",
            "double",
            description="units_net_sold / units_available; null if none is available. Divide again after "
            "summing rows.",
        ),
        BASE_CURRENCY,
        Column("sold_value_base", "decimal", description=f"Units sold at the price of their line. {BASE}"),
        Column(
            "returned_value_base", "decimal", description=f"Units returned at the price of their line. {BASE}"
        ),
        Column("first_sale_date", "date", description="Day of its first order."),
        Column("last_sale_date", "date", description="Day of its last order."),
    ),
    key=("product_variant_id",),
    root_key="product_variant_id",
    money_precision=DERIVED_PRECISION,
    references=PRODUCT_REFERENCES,
    description="One row per product variant that is kept in stock, was sold, or was delivered. Bundles and "
    "their items are both rows.",
)
