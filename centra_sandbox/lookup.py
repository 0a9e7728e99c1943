"""The paths of filters and sort keys in objects, such as `store.id` for `storeId`."""

from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_nullable_type,
    is_list_type,
)

from .nodes import Node
from .schema import load_schema

_SIZE = ("productSize",)
_VARIANT = (*_SIZE, "productVariant")

PATHS: dict[tuple[str, str], tuple[str, ...]] = {
    ("Order", "userIp"): ("userIP",),
    ("Order", "countryStateId"): ("shippingAddress", "state", "id"),
    ("Order", "currencyId"): ("grandTotal", "currency", "id"),
    ("Order", "allocatedWarehouseCount"): (),
    ("Order", "deliveryWindowId"): ("deliveryWindows", "id"),
    ("Order", "paymentMethodId"): ("paymentMethod", "id"),
    ("Order", "salesRepresentativeId"): ("account", "salesRepresentative", "id"),
    ("Product", "harmonizedCommodityDescription"): ("harmonizedCommodityCodeDescription",),
    ("Product", "measurementChartId"): ("measurementTable", "chart", "id"),
    ("ProductVariant", "sizeId"): ("productSizes", "size", "id"),
    ("Shipment", "countryId"): ("shippingAddress", "country", "id"),
    ("Shipment", "currencyId"): ("grandTotal", "currency", "id"),
    ("Shipment", "emailSentAt"): ("shippedAt",),
    ("Return", "orderNumber"): ("order", "number"),
    ("Return", "shipmentNumber"): ("shipment", "number"),
    ("Price", "storeId"): ("pricelist", "store", "id"),
    ("Price", "price"): ("price", "value"),
    ("LowestPrice", "id"): ("id",),
    ("LowestPrice", "productId"): ("productVariant", "product", "id"),
    ("LowestPrice", "storeId"): ("pricelist", "store", "id"),
    ("Pricelist", "assignedToCountryId"): ("assignedToCountries", "id"),
    ("Stock", "productId"): (*_VARIANT, "product", "id"),
    ("Stock", "productVariantId"): (*_VARIANT, "id"),
    ("Stock", "productSizeSort"): (*_SIZE, "id"),
    ("StockChange", "productVariantId"): ("lines", *_VARIANT, "id"),
    ("StockChangeLine", "productVariantId"): (*_VARIANT, "id"),
    ("StockChangeLine", "productSizeName"): (*_SIZE, "size", "name"),
    ("PurchaseOrderDelivery", "productSizeId"): ("lines", *_SIZE, "id"),
    ("PurchaseOrderDelivery", "productVariantId"): ("lines", *_VARIANT, "id"),
    ("Campaign", "updatedAt"): ("updatedAt",),
    ("Category", "customOrder"): ("id",),
    ("CampaignVariant", "value"): ("discountPercent",),
    ("PaymentHistoryEntry", "currencyId"): ("value", "currency", "id"),
    ("CampaignVariant", "storeId"): ("campaign", "store", "id"),
    ("DisplayItem", "customOrder"): ("id",),
    ("DisplayItem", "displayId"): ("display", "id"),
    ("Folder", "customOrder"): ("id",),
    ("Category", "storeId"): ("store", "id"),
    ("Category", "isTopCategory"): ("isTopCategory",),
    ("Language", "isAvailableForLocalization"): ("isActive",),
    ("Currency", "isBase"): ("isBase",),
    ("MappedAttribute", "typeName"): ("type", "name"),
    ("Attribute", "typeName"): ("type", "name"),
    ("LanguageTranslation", "languageId"): ("language", "id"),
    ("SubscriptionPlan", "naturalSort"): ("id",),
    ("Voucher", "adminUserId"): ("adminUser", "id"),
    ("Voucher", "successfulUsages"): ("successfulUsages",),
    ("Voucher", "externalId"): ("externalId",),
    ("Invoice", "currencyId"): ("grandTotal", "currency", "id"),
    ("Invoice", "grandTotalExcludingTax"): ("grandTotal", "valueExcludingTax"),
    ("Invoice", "grandTotalIncludingTax"): ("grandTotal", "value"),
    ("PurchaseOrder", "supplierName"): ("supplier", "name"),
    ("PurchaseOrder", "productSizeId"): ("lines", *_SIZE, "id"),
    ("PurchaseOrder", "productVariantId"): ("lines", *_VARIANT, "id"),
    ("SubscriptionContract", "email"): ("customer", "email"),
    ("Subscription", "customerId"): ("contract", "customer", "id"),
    ("Subscription", "email"): ("contract", "customer", "email"),
    ("Subscription", "marketId"): ("contract", "market", "id"),
    ("Subscription", "originatingOrderId"): ("contract", "originatingOrder", "id"),
    ("Subscription", "pricelistId"): ("contract", "pricelist", "id"),
    ("Subscription", "shippingOptionId"): ("contract", "shippingOption", "id"),
    ("SubscriptionPayment", "createdAt"): ("createdAt",),
    ("DeliveryWindowVariant", "deliveryWindowId"): ("deliveryWindow", "id"),
    ("Customer", "languageId"): (),
    ("Order", "affiliateId"): (),
    ("Order", "languageId"): (),
    ("Display", "taxGroupId"): ("taxGroup", "id"),
}
"""Paths that do not follow from the name. An empty path is a value that shops of the sandbox never have."""

SEARCHED = (
    "name",
    "number",
    "productNumber",
    "SKU",
    "EAN",
    "email",
    "firstName",
    "lastName",
    "code",
    "comment",
)


def get_path(node: Node, path: tuple[str, ...]) -> list[Any]:
    """Returns the values at the end of a path, also through lists. A null on the way ends it."""
    if not path:
        return []
    values: list[Any] = [node]
    for key in path:
        following: list[Any] = []
        for value in values:
            found = value.get(key) if isinstance(value, dict) else None
            following.extend(found if isinstance(found, list) else () if found is None else (found,))
        values = following
    return values


@lru_cache(maxsize=1024)
def find_path(schema: GraphQLSchema, type_name: str, name: str) -> tuple[str, ...]:
    """Returns the path of a condition or sort key in the objects of a type.

    A schema that lacks the field may still have the condition: the objects hold the field all the same.

    Raises:
        GraphQLError: The sandbox does not know where to look.
    """
    if (type_name, name) in PATHS:
        return PATHS[type_name, name]
    stem = name[:-2] if name.endswith("Id") else ""
    for fields in (*_fields_of(schema, type_name), *_fields_of(load_schema(), type_name)):
        if name in fields:
            return (name,)
        if name == "storeType" and "store" in fields:
            return ("store", "type")
        for candidate in (stem, stem + "s") if stem else ():
            if candidate in fields and (
                candidate == stem or is_list_type(get_nullable_type(fields[candidate].type))
            ):
                return (candidate, "id")
    raise GraphQLError(f"The sandbox does not support the condition '{name}' on {type_name}.")


def _fields_of(schema: GraphQLSchema, type_name: str) -> list[dict[str, Any]]:
    graphql_type = schema.type_map.get(type_name)
    if isinstance(graphql_type, GraphQLInterfaceType):
        return [graphql_type.fields, *(t.fields for t in schema.get_possible_types(graphql_type))]
    return [graphql_type.fields] if isinstance(graphql_type, GraphQLObjectType) else []


def searched_texts(node: Node) -> list[str]:
    """Returns the texts in which free-text search looks."""
    return [str(node[key]).lower() for key in SEARCHED if node.get(key) is not None]
