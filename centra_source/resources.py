"""The resources by what they are about, for pages and schedules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from .settings import LOOKBACKS

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

ATTRIBUTES = "attributes.elements"

"""The list of custom attributes, in every query that asks for them."""


@dataclass(frozen=True)
class Resource:
    """How one operation is read and kept.

    Attributes:
        cursor: The timestamp that windows are cut by, or `id` of a list that only grows; None reads the whole
            list on every run and replaces it. A resource on `createdAt` moves to `updatedAt` by itself on a
            shop that has it there.
        key: Columns that identify a row of the main table.
        lists: Table names for the lists in the query, by their dotted path.
        daily: A second table that keeps the rows of the main table, once for every day (UTC).
        event: Centra's name of the object in its event queue; None where nothing there is of use.
        reference: The column by which events name the object.
        lookback: How far each run reads before its bookmark, where the usual length does not fit.
        selected: Whether it is loaded unless other resources are named.
        part_of: The resource of whose objects it reads a part.
        route: Where else its objects stand, for a shop that does not list them: a resource, and the lists
            inside its objects that lead to them.
    """

    cursor: Literal["updatedAt", "createdAt", "id"] | None = None
    key: tuple[str, ...] = ("id",)
    lists: Mapping[str, str] = field(default_factory=dict)
    daily: str | None = None
    event: str | None = None
    reference: str = "id"
    lookback: timedelta | None = None
    selected: bool = True
    part_of: str | None = None
    route: tuple[str, ...] = ()

    @property
    def is_dated(self) -> bool:
        """Whether it is read by ranges of time."""
        return self.cursor in ("updatedAt", "createdAt")

    @property
    def change_types(self) -> tuple[str, ...]:
        """The events that tell what the cursor does not.

        Objects with lists may change without moving `updatedAt`. Those that hold only fields and attributes
        move it; to hear of each of their changes would flood the queue with every nightly import.
        """
        if self.lists.keys() - {ATTRIBUTES} or self.cursor == "createdAt":
            return ("DELETED", "UPDATED", "COMPLETED", "DEPENDENT_DATA_CHANGED")
        return ("DELETED",)


RESOURCES: Mapping[str, Resource] = {
    "products": Resource(cursor="updatedAt", lists={ATTRIBUTES: "product_attributes"}, event="Product"),
    "product_variants": Resource(
        cursor="updatedAt",
        lists={ATTRIBUTES: "product_variant_attributes"},
        event="ProductVariant",
        route=("products", "variants"),
    ),
    "product_sizes": Resource(
        cursor="updatedAt", event="ProductSize", route=("products", "variants", "productSizes")
    ),
    "displays": Resource(
        cursor="updatedAt",
        lists={
            "displayItems": "display_items",
            "categories": "display_categories",
            "markets": "display_markets",
            "media": "display_media",
            "related": "display_relations",
            ATTRIBUTES: "display_attributes",
        },
        event="Display",
    ),
    "product_translations": Resource(
        cursor="updatedAt",
        key=("product_id", "language_id", "field"),
        lists={"translations.fields": "product_translations"},
        selected=False,
        part_of="products",
    ),
    "product_variant_translations": Resource(
        cursor="updatedAt",
        key=("product_variant_id", "language_id", "field"),
        lists={"translations.fields": "product_variant_translations"},
        selected=False,
        part_of="product_variants",
    ),
    "display_translations": Resource(
        cursor="updatedAt",
        key=("display_id", "language_id", "field"),
        lists={"translations.fields": "display_translations"},
        selected=False,
        part_of="displays",
    ),
    "product_media": Resource(lists={"source": "product_media_sources"}),
    "bundles": Resource(
        lists={"sections": "bundle_sections", "sections.productVariants": "bundle_section_variants"}
    ),
    "measurement_charts": Resource(),
    "size_charts": Resource(lists={"sizes": "size_chart_sizes"}),
    "categories": Resource(lists={"childCategories": "category_children"}),
    "brands": Resource(),
    "collections": Resource(),
    "folders": Resource(lists={"childFolders": "folder_children"}),
    "mapped_attributes": Resource(lists={"elements": "mapped_attribute_elements"}),
    "orders": Resource(
        cursor="updatedAt",
        lists={
            "lines": "order_lines",
            "deliveryWindows": "order_delivery_windows",
            "discountsApplied": "order_discounts",
            "paymentHistory": "order_payments",
            ATTRIBUTES: "order_attributes",
        },
        event="Order",
        reference="number",
    ),
    "order_allocations": Resource(
        cursor="updatedAt",
        key=("order_id", "id"),
        lists={"lines.allocations": "order_allocations"},
        selected=False,
        part_of="orders",
    ),
    "order_history": Resource(
        cursor="updatedAt",
        key=("order_id", "id"),
        lists={"history": "order_history"},
        selected=False,
        part_of="orders",
    ),
    "order_emails": Resource(
        cursor="updatedAt",
        key=("order_id", "id"),
        lists={"emailHistory": "order_emails"},
        selected=False,
        part_of="orders",
    ),
    # Holds what payment providers answered, word for word.
    "payment_history": Resource(selected=False),
    "shipments": Resource(
        cursor="updatedAt",
        lists={"lines": "shipment_lines", "discountsApplied": "shipment_discounts"},
        event="Shipment",
    ),
    "returns": Resource(
        cursor="createdAt",
        lists={
            "lines": "return_lines",
            "taxedLines.appliedTaxRules": "return_line_tax_rules",
            "discountsApplied": "return_discounts",
            "refundPaymentHistory": "return_refunds",
            "totals.shippingTaxRules": "return_shipping_tax_rules",
            "totals.handlingTaxRules": "return_handling_tax_rules",
            "totals.discountTaxRules": "return_discount_tax_rules",
            "totals.returnCostTaxRules": "return_cost_tax_rules",
        },
        event="Return",
    ),
    "invoices": Resource(
        cursor="createdAt",
        lists={"lines": "invoice_lines", "payments": "invoice_payments"},
        event="Invoice",
    ),
    "customers": Resource(cursor="updatedAt", lists={ATTRIBUTES: "customer_attributes"}, event="Customer"),
    "newsletter_subscriptions": Resource(cursor="createdAt", event="NewsletterSubscription"),
    "accounts": Resource(
        cursor="updatedAt",
        lists={
            "addressBook": "account_addresses",
            "buyers": "account_buyers",
            "brands": "account_brands",
            "deliveryWindowDiscounts": "account_delivery_window_discounts",
            ATTRIBUTES: "account_attributes",
        },
        event="Account",
    ),
    "buyers": Resource(),
    "gift_certificates": Resource(),
    "subscription_plans": Resource(lists={"intervals": "subscription_plan_intervals"}),
    "subscription_contracts": Resource(),
    "subscriptions": Resource(
        lists={"lines": "subscription_lines", "generatedOrders": "subscription_orders"}
    ),
    "warehouses": Resource(lists={"allocationRules": "warehouse_allocation_rules"}),
    "allocation_rules": Resource(),
    # Stock carries no date and no id: the only true copy is a whole one.
    "stock": Resource(
        key=("warehouse_id", "product_size_id"), lists={"stock": "stock"}, daily="stock_snapshots"
    ),
    # The journal of stock: nothing in it changes or goes, so that no event is of use.
    "stock_changes": Resource(cursor="createdAt", lookback=timedelta(hours=1)),
    "stock_change_lines": Resource(cursor="id"),
    "suppliers": Resource(),
    "purchase_orders": Resource(lists={"lines": "purchase_order_lines"}),
    "purchase_order_deliveries": Resource(
        cursor="createdAt", lists={"lines": "purchase_order_delivery_lines"}, event="PurchaseOrderDelivery"
    ),
    "stores": Resource(),
    "markets": Resource(
        lists={"campaigns": "market_campaigns", "assignedToCountries": "market_countries"},
    ),
    "pricelists": Resource(lists={"assignedToCountries": "pricelist_countries"}),
    # One for each product and pricelist, and none tells when it changed: every run reads them all.
    "prices": Resource(selected=False),
    "price_alterations": Resource(lists={"deliveryWindows": "price_alteration_delivery_windows"}),
    "lowest_prices": Resource(),
    "campaigns": Resource(cursor="updatedAt", event="Campaign"),
    "campaign_variants": Resource(key=("campaign_id", "id"), lists={"campaignVariants": "campaign_variants"}),
    "delivery_windows": Resource(
        lists={
            "markets": "delivery_window_markets",
            "campaigns": "delivery_window_campaigns",
            "deliveryWindowVariants": "delivery_window_variants",
        }
    ),
    "vouchers": Resource(
        cursor="updatedAt",
        lists={
            "markets": "voucher_markets",
            "actions": "voucher_actions",
            "actions.criteria": "voucher_action_criteria",
            ATTRIBUTES: "voucher_attributes",
        },
        event="Voucher",
    ),
    "affiliates": Resource(),
    "languages": Resource(),
    "countries": Resource(lists={"states": "country_states"}),
    "currencies": Resource(),
    "id_conversions": Resource(),
    "counters": Resource(daily="counter_snapshots"),
    # These tell of the API and not of the shop.
    "event_listeners": Resource(key=("integration_name", "object_type"), selected=False),
    "rate_limits": Resource(key=("type", "interval_seconds"), selected=False),
}


def attribute_owners() -> dict[str, str]:
    """The resources whose objects have custom attributes, by what such an object is called (`order`)."""
    tables = {name: resource.lists.get(ATTRIBUTES) for name, resource in RESOURCES.items()}
    return {table.removesuffix("_attributes"): name for name, table in tables.items() if table}


def usual_lookback(name: str, cursor: str) -> timedelta:
    """How far a resource is read before its bookmark unless that is set."""
    return RESOURCES[name].lookback or LOOKBACKS[cursor]
