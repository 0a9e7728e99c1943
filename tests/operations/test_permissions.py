"""What a denied permission removes from an operation."""

from __future__ import annotations

import pytest

from centra_sandbox.costs import measure
from centra_sandbox.schema import load_schema as load_served_schema
from centra_source import RESOURCES
from centra_source.check.permission_probe import find_paths_to_permissions
from centra_source.exceptions import Denial
from centra_source.operations.documents import get_definition, load_operation
from centra_source.operations.fitting import fit_operation
from centra_source.operations.permissions import (
    find_permissions,
    list_inferred_permissions,
    without_denied,
)
from centra_source.operations.selections import walk


@pytest.mark.parametrize("name", RESOURCES)
def test_denied_permission_is_removed_wherever_it_is_needed(name: str) -> None:
    """One denial without a place is enough: no second request meets the same permission again."""
    operation = load_operation(name)
    for permission, paths in find_permissions(operation).items():
        readable, reasons = without_denied(operation, [Denial(permission, ())])
        assert readable is None or permission not in find_permissions(readable)
        assert set(reasons) <= set(paths)
        assert set(reasons.values()) == {permission}


@pytest.mark.parametrize("name", RESOURCES)
def test_other_fields_stay(name: str) -> None:
    """Only what needs the permission is removed, with what is below it and with what would be left empty."""
    operation = load_operation(name)
    before = {path for _, _, path in walk(operation)}
    for permission in find_permissions(operation):
        readable, reasons = without_denied(operation, [Denial(permission, ())])
        after = {path for _, _, path in walk(readable)} if readable else set()
        denied = {path for path in before if any(path[: len(reason)] == reason for reason in reasons)}
        leaves = {path for path in before if not any(other[:-1] == path for other in before)}
        assert leaves - denied <= after
        assert not denied & after


SEEN = (
    "Account.internalComment", "Account", "AdminUser.email", "AdminUser", "AllocationRule", "Allocation",
    "Attribute", "Brand", "BrickAndMortar", "Bundle", "Buyer.billingAddress", "Buyer.totalOrders", "Buyer",
    "Campaign", "Category.attributes", "Category", "Collection", "Commission", "Country",
    "Customer.attributes", "Customer.billingAddress", "Customer.totalOrders", "Customer", "DeliveryWindow",
    "Display.attributes", "Display.comment", "Display", "EmailHistory", "Event", "Folder",
    "GiftCertificateGenerator", "Invoice.billingAddress", "Invoice", "Market.comment", "Market",
    "Order.attributes", "Order.billingAddress", "Order.internalComment", "Order.shippingAddress",
    "Order.userIP", "Order", "OrderHistory", "PaymentHistory", "PaymentTerms", "Price", "Pricelist.comment",
    "Pricelist", "Product.attributes", "Product.countryOfOrigin", "Product.internalComment",
    "Product.measurementTable", "Product", "ProductMedia.attributes", "ProductMedia", "ProductSize.stock",
    "ProductSize.stockTotals", "ProductSize", "ProductVariant.attributes", "ProductVariant.internalName",
    "ProductVariant.stock", "ProductVariant.stockTotals", "ProductVariant", "ProductVariantSupply",
    "PurchaseOrder.internalComment", "PurchaseOrder", "PurchaseOrderDelivery", "Return.comment", "Return",
    "Shipment.shippingAddress", "Shipment", "ShippingOption", "ShippingTerms", "Size", "SizeChart",
    "StockChange", "Store", "StorePlugin", "Subscription.internalComment",
    "SubscriptionPlan.internalComment", "Supplier.address", "Supplier.comment", "TaxRule", "Translation",
    "Voucher.attributes", "Voucher", "Warehouse.stock", "Warehouse.stockTotals", "Warehouse",
)  # fmt: skip
"""What is known to be followed by `:read` in the names of permissions."""
# centra.dev/graphql/ (the pages of the types), docs.dema.ai/integrations/ecommerce/centra


def test_permissions_that_were_never_seen_are_marked() -> None:
    """And no other one is: who ticks the list in Centra looks in vain for a name that is a guess."""
    known = {one for one in find_paths_to_permissions() if one.endswith(":read")}
    assert list_inferred_permissions() & known == known - {f"{name}:read" for name in SEEN}


@pytest.mark.parametrize("name", RESOURCES)
def test_permissions_are_those_that_the_sandbox_requires(name: str) -> None:
    """The sandbox reads the notes in the schema with code of its own."""
    operation = load_operation(name)
    for is_earlier in (False, True):
        served = load_served_schema(is_earlier=is_earlier)
        fitted = fit_operation(operation, served).operation
        if fitted:
            costs = measure(served, get_definition(fitted.document), {}, {})
            assert set(costs.needs) <= set(find_permissions(operation))
