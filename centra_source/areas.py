"""The resources by what they are about, for pages and schedules."""

from __future__ import annotations

from collections.abc import Mapping

AREAS: Mapping[str, tuple[str, ...]] = {
    "Catalogue": (
        "products",
        "product_variants",
        "product_sizes",
        "product_media",
        "bundles",
        "brands",
        "collections",
        "folders",
        "size_charts",
        "measurement_charts",
        "mapped_attributes",
        "product_translations",
        "product_variant_translations",
    ),
    "Displays and campaigns": (
        "displays",
        "display_translations",
        "categories",
        "campaigns",
        "campaign_variants",
    ),
    "Prices and promotions": (
        "pricelists",
        "prices",
        "price_alterations",
        "lowest_prices",
        "vouchers",
        "affiliates",
    ),
    "Orders and payments": (
        "orders",
        "order_allocations",
        "order_history",
        "order_emails",
        "payment_history",
        "gift_certificates",
    ),
    "Shipments, returns and invoices": ("shipments", "returns", "invoices"),
    "Customers and accounts": (
        "customers",
        "newsletter_subscriptions",
        "subscription_plans",
        "subscription_contracts",
        "subscriptions",
        "accounts",
        "buyers",
    ),
    "Stock and warehouses": (
        "stock",
        "stock_changes",
        "stock_change_lines",
        "warehouses",
        "allocation_rules",
    ),
    "Purchases": ("suppliers", "purchase_orders", "purchase_order_deliveries"),
    "Shop and countries": (
        "stores",
        "markets",
        "delivery_windows",
        "countries",
        "currencies",
        "languages",
    ),
    "Of the API": ("counters", "event_listeners", "id_conversions", "rate_limits"),
}
"""The resources by what they are about: one diagram of docs/tables.md each."""
