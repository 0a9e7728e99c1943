"""The data of a shop: a list for each type of object."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cache

from .nodes import Node

COLLECTIONS: dict[str, str] = {
    "Country": "countries",
    "Currency": "currencies",
    "Category": "categories",
    "PaymentHistoryEntry": "payment_history",
    "ProductMedia": "product_media",
    "PurchaseOrderDelivery": "purchase_order_deliveries",
    "Stock": "stock",
    "IdConversionEntry": "id_conversions",
    "AtOnceDeliveryWindow": "delivery_windows",
    "PreorderDeliveryWindow": "delivery_windows",
    "ProductOrderLine": "order_lines",
    "BundleOrderLine": "order_lines",
    "BundleItemOrderLine": "order_lines",
    "GiftCertificateOrderLine": "order_lines",
}
"""The lists whose names do not follow from the type (`ProductSize` -> `product_sizes`)."""


def family(node: Node) -> str:
    """The name of a type in permissions and events: `Order` for both kinds of order."""
    name: str = node["__typename"]
    for prefix in ("DirectToConsumer", "Wholesale"):
        name = name.removeprefix(prefix)
    return "OrderLine" if name.endswith("OrderLine") else name


@cache
def collection_name(type_name: str) -> str:
    """The attribute of Shop with the objects of a type: `ProductSize` -> `product_sizes`."""
    stem = type_name
    for prefix in ("DirectToConsumer", "Wholesale"):
        stem = stem.removeprefix(prefix)
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in stem).lstrip("_")
    return COLLECTIONS.get(type_name, snake + "s")


@dataclass(repr=False)
class ShopData:
    """All objects of a shop, by type. Nodes contain each other, so the data is cyclic."""

    accounts: list[Node] = field(default_factory=list)
    affiliates: list[Node] = field(default_factory=list)
    allocation_rules: list[Node] = field(default_factory=list)
    brands: list[Node] = field(default_factory=list)
    bundles: list[Node] = field(default_factory=list)
    buyers: list[Node] = field(default_factory=list)
    campaign_variants: list[Node] = field(default_factory=list)
    campaigns: list[Node] = field(default_factory=list)
    categories: list[Node] = field(default_factory=list)
    collections: list[Node] = field(default_factory=list)
    countries: list[Node] = field(default_factory=list)
    currencies: list[Node] = field(default_factory=list)
    customers: list[Node] = field(default_factory=list)
    delivery_windows: list[Node] = field(default_factory=list)
    display_items: list[Node] = field(default_factory=list)
    displays: list[Node] = field(default_factory=list)
    folders: list[Node] = field(default_factory=list)
    gift_certificates: list[Node] = field(default_factory=list)
    id_conversions: list[Node] = field(default_factory=list)
    invoices: list[Node] = field(default_factory=list)
    languages: list[Node] = field(default_factory=list)
    lowest_prices: list[Node] = field(default_factory=list)
    mapped_attributes: list[Node] = field(default_factory=list)
    markets: list[Node] = field(default_factory=list)
    measurement_charts: list[Node] = field(default_factory=list)
    newsletter_subscriptions: list[Node] = field(default_factory=list)
    order_lines: list[Node] = field(default_factory=list)
    orders: list[Node] = field(default_factory=list)
    payment_history: list[Node] = field(default_factory=list)
    price_alterations: list[Node] = field(default_factory=list)
    pricelists: list[Node] = field(default_factory=list)
    prices: list[Node] = field(default_factory=list)
    product_media: list[Node] = field(default_factory=list)
    product_sizes: list[Node] = field(default_factory=list)
    product_variants: list[Node] = field(default_factory=list)
    products: list[Node] = field(default_factory=list)
    purchase_order_deliveries: list[Node] = field(default_factory=list)
    purchase_orders: list[Node] = field(default_factory=list)
    return_lines: list[Node] = field(default_factory=list)
    returns: list[Node] = field(default_factory=list)
    shipment_lines: list[Node] = field(default_factory=list)
    shipments: list[Node] = field(default_factory=list)
    shipping_options: list[Node] = field(default_factory=list)
    size_charts: list[Node] = field(default_factory=list)
    stock: list[Node] = field(default_factory=list)
    stock_change_lines: list[Node] = field(default_factory=list)
    stock_changes: list[Node] = field(default_factory=list)
    stores: list[Node] = field(default_factory=list)
    subscription_contracts: list[Node] = field(default_factory=list)
    subscription_plans: list[Node] = field(default_factory=list)
    subscriptions: list[Node] = field(default_factory=list)
    suppliers: list[Node] = field(default_factory=list)
    tax_rules: list[Node] = field(default_factory=list)
    vouchers: list[Node] = field(default_factory=list)
    warehouses: list[Node] = field(default_factory=list)

    def of(self, type_name: str) -> list[Node]:
        """Returns the list of the objects of a GraphQL type or interface."""
        found: list[Node] = getattr(self, collection_name(type_name), [])
        return found

    def lists(self) -> Iterator[tuple[str, list[Node]]]:
        """Returns every list of objects with the name of its attribute."""
        for member in fields(self):
            value = getattr(self, member.name)
            if isinstance(value, list):
                yield member.name, value


LISTS = frozenset(member.name for member in fields(ShopData))
"""The attributes that are lists of objects."""
