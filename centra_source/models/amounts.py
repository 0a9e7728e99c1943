"""Columns that several models have: amounts in two currencies, and what a product is called by."""

from __future__ import annotations

from ..tables.table import Column, Reference

OWN, BASE = "In the currency of currency_code.", "In base_currency_code."

BASE_CURRENCY = Column(
    "base_currency_code", "text", description="The shop's base currency; null if currencies are not loaded."
)

CURRENCY = Column(
    "currency_code", "text", description="Currency of the order, ISO 4217 code; (none): unknown."
)

PRODUCT = Column("product_id", "bigint", description="The product.")

LABELS = (
    Column("product_number", "text", description="The merchant's number of the product."),
    Column("product_name", "text", description="Name of the product."),
)

GROUPS = (
    Column("brand_name", "text", description="Brand of the product."),
    Column("collection_name", "text", description="Collection of the product."),
    Column("folder_name", "text", description="Folder in which the merchant keeps the product."),
)

VARIANT_NAME = Column("variant_name", "text", description="Name of the variant.")

PRODUCT_REFERENCES = (
    Reference("product_id", "products"),
    Reference("product_variant_id", "product_variants"),
)


def in_both_currencies(**texts: str) -> tuple[Column, ...]:
    """Amounts in the order's currency, then the same in the base currency, by name and what they are."""
    own = [Column(name, "decimal", description=f"{text} {OWN}") for name, text in texts.items()]
    base = [Column(f"{name}_base", "decimal", description=f"{text} {BASE}") for name, text in texts.items()]
    return (*own, *base)
