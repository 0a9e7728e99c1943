"""The registry of resources: what is read from Centra.

A resource is one query in `queries/<name>.graphql`, and one entry here. The entry says how the query is read,
and names the tables of its lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, get_args

from .settings import LOOKBACKS

Area = Literal[
    "Catalogue",
    "Displays and campaigns",
    "Prices and promotions",
    "Orders and payments",
    "Shipments, returns and invoices",
    "Customers and accounts",
    "Stock and warehouses",
    "Purchases",
    "Shop and countries",
    "About the API",
]
"""What a resource is about. Each area is a chapter of docs/tables.md and in one group of the schedules."""

ATTRIBUTES = "attributes.elements"
"""The path of the list of custom attributes, the same in every query that asks for them."""


@dataclass(frozen=True)
class Resource:
    """How one query is read, and how its rows are kept.

    Attributes:
        area: What it is about.
        cursor: The timestamp that windows are cut by, or `id` for a list that only grows. None: every run
            reads the whole list and replaces the table. A resource on `createdAt` switches to `updatedAt` on
            a shop that has this field.
        key: The columns that identify a row of the main table. With `position`, rows without an id
            are numbered among those that are equal in the other columns.
        lists: Table names for the lists in the query, by their dotted path.
        daily: The name of a second table, which keeps the rows of the main table for every day (UTC).
        event: Centra's name of the object in its event queue; None if the queue does not help here.
        reference: The column whose value events name the object by.
        can_be_backdated: Whether who creates an object can give it an earlier `createdAt`, so that a window
            can miss it. Its event brings it then, or a sweep.
        lookback: How far each run reads before its bookmark, if not the default of its cursor.
        selected: Whether it is loaded by default. If not, it must be named.
        part_of: The resource whose objects it reads a part of.
        route: Where to find its objects in a shop that does not list them: a resource, and the lists inside
            its objects that lead to them.
    """

    area: Area
    cursor: Literal["updatedAt", "createdAt", "id"] | None = None
    key: tuple[str, ...] = ("id",)
    lists: Mapping[str, str] = field(default_factory=dict)
    daily: str | None = None
    event: str | None = None
    reference: str = "id"
    can_be_backdated: bool = False
    lookback: timedelta | None = None
    selected: bool = True
    part_of: str | None = None
    route: tuple[str, ...] = ()

    @property
    def is_dated(self) -> bool:
        """Whether it is read in ranges of time."""
        return self.cursor in ("updatedAt", "createdAt")

    @property
    def change_types(self) -> tuple[str, ...]:
        """The types of events that report changes which the cursor misses.

        Objects with lists can change without a new `updatedAt`. A change of objects that hold only fields and
        attributes always sets it: their change events would only fill the queue with every nightly import.
        """
        created = ("CREATED",) if self.can_be_backdated else ()
        if self.lists.keys() - {ATTRIBUTES} or self.cursor == "createdAt":
            return ("DELETED", *created, "UPDATED", "COMPLETED", "DEPENDENT_DATA_CHANGED")
        return ("DELETED", *created)


RESOURCES: Mapping[str, Resource] = {
    "products": Resource(
        area="Catalogue", cursor="updatedAt", lists={ATTRIBUTES: "product_attributes"}, event="Product"
    ),
    "product_variants": Resource(
        area="Catalogue",
        cursor="updatedAt",
        lists={ATTRIBUTES: "product_variant_attributes", "media": "product_variant_media"},
        event="ProductVariant",
        route=("products", "variants"),
    ),
    "product_sizes": Resource(
        area="Catalogue",
        cursor="updatedAt",
        event="ProductSize",
        route=("products", "variants", "productSizes"),
    ),
    "displays": Resource(
        area="Displays and campaigns",
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
        area="Catalogue",
        cursor="updatedAt",
        key=("product_id", "language_id", "field"),
        lists={"translations.fields": "product_translations"},
        selected=False,
        part_of="products",
    ),
    "product_variant_translations": Resource(
        area="Catalogue",
        cursor="updatedAt",
        key=("product_variant_id", "language_id", "field"),
        lists={"translations.fields": "product_variant_translations"},
        selected=False,
        part_of="product_variants",
    ),
    "display_translations": Resource(
        area="Displays and campaigns",
        cursor="updatedAt",
        key=("display_id", "language_id", "field"),
        lists={"translations.fields": "display_translations"},
        selected=False,
        part_of="displays",
    ),
    "mapped_attribute_translations": Resource(
        area="Catalogue",
        key=("mapped_attribute_id", "language_id", "field"),
        lists={"translations.fields": "mapped_attribute_translations"},
        selected=False,
        part_of="mapped_attributes",
    ),
    "category_translations": Resource(
        area="Displays and campaigns",
        key=("category_id", "language_id", "field"),
        lists={"translations.fields": "category_translations"},
        selected=False,
        part_of="categories",
    ),
    "country_translations": Resource(
        area="Shop and countries",
        key=("country_id", "language_id", "field"),
        lists={"translations.fields": "country_translations"},
        selected=False,
        part_of="countries",
    ),
    "product_media": Resource(
        area="Catalogue",
        lists={"source": "product_media_sources", ATTRIBUTES: "product_media_attributes"},
        route=("products", "media"),
    ),
    "bundles": Resource(
        area="Catalogue",
        cursor="updatedAt",
        lists={
            "sizes": "bundle_sizes",
            "sections": "bundle_sections",
            "sections.productVariants": "bundle_section_variants",
        },
        event="Bundle",
    ),
    "measurement_charts": Resource(area="Catalogue"),
    "size_charts": Resource(area="Catalogue", lists={"sizes": "size_chart_sizes"}),
    "categories": Resource(
        area="Displays and campaigns",
        lists={"childCategories": "category_children", ATTRIBUTES: "category_attributes"},
    ),
    "brands": Resource(area="Catalogue"),
    "collections": Resource(area="Catalogue"),
    "folders": Resource(area="Catalogue", lists={"childFolders": "folder_children"}),
    "mapped_attributes": Resource(area="Catalogue", lists={"elements": "mapped_attribute_elements"}),
    "orders": Resource(
        area="Orders and payments",
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
        area="Orders and payments",
        cursor="updatedAt",
        key=("order_id", "id"),
        lists={"lines.allocations": "order_allocations"},
        selected=False,
        part_of="orders",
    ),
    "order_history": Resource(
        area="Orders and payments",
        cursor="updatedAt",
        key=("order_id", "id"),
        lists={"history": "order_history"},
        selected=False,
        part_of="orders",
    ),
    "order_emails": Resource(
        area="Orders and payments",
        cursor="updatedAt",
        key=("order_id", "id"),
        lists={"emailHistory": "order_emails"},
        selected=False,
        part_of="orders",
    ),
    # Contains the raw answers of payment providers.
    # centra.dev/graphql/paymenthistoryentryfilter.html: filtered by createdAt, and not by updatedAt.
    "payment_history": Resource(
        area="Orders and payments", cursor="createdAt", event="PaymentHistoryEntry", selected=False
    ),
    "shipments": Resource(
        area="Shipments, returns and invoices",
        cursor="updatedAt",
        lists={"lines": "shipment_lines", "discountsApplied": "shipment_discounts"},
        event="Shipment",
        can_be_backdated=True,  # centra.dev/graphql/shipmentcreateinput.html
    ),
    "returns": Resource(
        area="Shipments, returns and invoices",
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
        can_be_backdated=True,  # centra.dev/graphql/returncreateinput.html
    ),
    "invoices": Resource(
        area="Shipments, returns and invoices",
        cursor="updatedAt",
        lists={
            "lines": "invoice_lines",
            "payments": "invoice_payments",
            "orders": "invoice_orders",
            "shipments": "invoice_shipments",
        },
        event="Invoice",
    ),
    "customers": Resource(
        area="Customers and accounts",
        cursor="updatedAt",
        lists={ATTRIBUTES: "customer_attributes"},
        event="Customer",
        can_be_backdated=True,  # centra.dev/graphql/customercreateinput.html
    ),
    # Centra cannot filter them by date: centra.dev/graphql/newslettersubscriptionfilter.html
    "newsletter_subscriptions": Resource(area="Customers and accounts"),
    "accounts": Resource(
        area="Customers and accounts",
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
    "buyers": Resource(area="Customers and accounts"),
    "gift_certificates": Resource(area="Orders and payments"),
    "subscription_plans": Resource(
        area="Customers and accounts",
        cursor="updatedAt",
        lists={
            "displayItems": "subscription_plan_display_items",
            "productVariants": "subscription_plan_variants",
        },
        event="SubscriptionPlan",
    ),
    "subscription_contracts": Resource(
        area="Customers and accounts",
        cursor="updatedAt",
        lists={"subscriptionPayment": "subscription_payments"},
        event="SubscriptionContract",
    ),
    "subscriptions": Resource(
        area="Customers and accounts",
        cursor="updatedAt",
        lists={"lines": "subscription_lines", "generatedOrders": "subscription_orders"},
        event="Subscription",
    ),
    "warehouses": Resource(
        area="Stock and warehouses", lists={"allocationRules": "warehouse_allocation_rules"}
    ),
    "allocation_rules": Resource(area="Stock and warehouses"),
    # Stock has no date and no id: only the whole list makes a true copy.
    "stock": Resource(
        area="Stock and warehouses",
        key=("warehouse_id", "product_size_id"),
        lists={"stock": "stock"},
        daily="stock_snapshots",
    ),
    # A journal: its rows never change and are never deleted, so events would not help.
    "stock_changes": Resource(area="Stock and warehouses", cursor="createdAt", lookback=timedelta(hours=1)),
    "stock_change_lines": Resource(area="Stock and warehouses", cursor="id"),
    "suppliers": Resource(area="Purchases"),
    "purchase_orders": Resource(
        area="Purchases",
        cursor="updatedAt",
        lists={"lines": "purchase_order_lines"},
        event="PurchaseOrder",
    ),
    "purchase_order_deliveries": Resource(
        area="Purchases",
        cursor="createdAt",
        lists={"lines": "purchase_order_delivery_lines"},
        event="PurchaseOrderDelivery",
    ),
    "stores": Resource(area="Shop and countries"),
    "markets": Resource(
        area="Shop and countries",
        lists={"campaigns": "market_campaigns", "assignedToCountries": "market_countries"},
    ),
    "pricelists": Resource(
        area="Prices and promotions", lists={"assignedToCountries": "pricelist_countries"}
    ),
    # One row for each product and pricelist, without a date of change: every run reads all of them.
    "prices": Resource(area="Prices and promotions", selected=False),
    "price_alterations": Resource(
        area="Prices and promotions", lists={"deliveryWindows": "price_alteration_delivery_windows"}
    ),
    "price_alteration_prices": Resource(
        area="Prices and promotions",
        key=("price_alteration_id", "id"),
        lists={"prices": "price_alteration_prices"},
        selected=False,
    ),
    # One by variant, pricelist and market, without an id: centra.dev/storefront-api/catalog/lowest-price
    "lowest_prices": Resource(
        area="Prices and promotions",
        key=("product_variant_id", "pricelist_id", "position"),
        lists={"markets": "lowest_price_markets"},
    ),
    "campaigns": Resource(
        area="Displays and campaigns",
        cursor="updatedAt",
        lists={
            "markets": "campaign_markets",
            "pricelists": "campaign_pricelists",
            "deliveryWindows": "campaign_delivery_windows",
        },
        event="Campaign",
    ),
    "campaign_variants": Resource(
        area="Displays and campaigns",
        key=("campaign_id", "id"),
        lists={"campaignVariants": "campaign_variants"},
    ),
    "delivery_windows": Resource(
        area="Shop and countries",
        lists={
            "markets": "delivery_window_markets",
            "campaigns": "delivery_window_campaigns",
            "deliveryWindowVariants": "delivery_window_variants",
        },
    ),
    "vouchers": Resource(
        area="Prices and promotions",
        cursor="updatedAt",
        lists={
            "markets": "voucher_markets",
            "actions": "voucher_actions",
            "actions.criteria": "voucher_action_criteria",
            "actions.result.reusableValues": "voucher_remaining_values",
            ATTRIBUTES: "voucher_attributes",
        },
        event="Voucher",
    ),
    "affiliates": Resource(area="Prices and promotions"),
    "tax_rules": Resource(
        area="Shop and countries", lists={"countries": "tax_rule_countries", "states": "tax_rule_states"}
    ),
    "shipping_options": Resource(area="Shop and countries"),
    "languages": Resource(area="Shop and countries"),
    "countries": Resource(area="Shop and countries", lists={"states": "country_states"}),
    "currencies": Resource(area="Shop and countries"),
    "id_conversions": Resource(area="About the API"),
    "counters": Resource(area="About the API", daily="counter_snapshots"),
    # These two describe only the API, and not the shop.
    "event_listeners": Resource(
        area="About the API", key=("integration_name", "object_type"), selected=False
    ),
    "rate_limits": Resource(area="About the API", key=("type", "interval_seconds"), selected=False),
}


def group_by_area() -> dict[str, list[str]]:
    """The names of all resources by area, in the order of the areas."""
    return {area: [name for name, one in RESOURCES.items() if one.area == area] for area in get_args(Area)}


def attribute_owners() -> dict[str, str]:
    """The resources whose objects have custom attributes, by the name of one object (`order`)."""
    tables = {name: resource.lists.get(ATTRIBUTES) for name, resource in RESOURCES.items()}
    return {table.removesuffix("_attributes"): name for name, table in tables.items() if table}


def default_lookback(name: str, cursor: str) -> timedelta:
    """How far a resource is read before its bookmark if no setting says otherwise."""
    return RESOURCES[name].lookback or LOOKBACKS[cursor]


def list_table_names(resource: str) -> set[str]:
    """Returns the names of the tables that a resource fills."""
    entry = RESOURCES[resource]
    return {resource, *entry.lists.values(), *([entry.daily] if entry.daily else ())}


def find_owner(table: str | None) -> str | None:
    """Returns the resource that fills a table; None if none does."""
    return next((name for name in RESOURCES if table in list_table_names(name)), None)
