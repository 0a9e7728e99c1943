"""Columns that several models share."""

from __future__ import annotations

from ..tables.table import Column, Reference

ORDER_CURRENCY, BASE = "In the currency of currency_code.", "In the currency of base_currency_code."

BASE_CURRENCY = Column(
    "base_currency_code",
    "text",
    description="Base currency of the shop, ISO 4217 code; null if currencies are not loaded.",
)

CURRENCY = Column(
    "currency_code", "text", description="Currency of the order, ISO 4217 code; (none) if unknown."
)

PRODUCT = Column("product_id", "bigint", description="The product.")

LABELS = (
    Column("product_number", "text", description="Product number of the merchant."),
    Column("product_name", "text", description="Name of the product."),
)

GROUPS = (
    Column("brand_name", "text", description="Brand of the product."),
    Column("collection_name", "text", description="Collection of the product."),
    Column("folder_name", "text", description="Folder of the product."),
)

VARIANT_NAME = Column("variant_name", "text", description="Name of the variant.")

PRODUCT_REFERENCES = (
    Reference("product_id", "products"),
    Reference("product_variant_id", "product_variants"),
)


def in_both_currencies(**texts: str) -> tuple[Column, ...]:
    """Returns amounts in the currency of the order, then the same amounts in the base currency.

    Args:
        texts: The description of each amount by the name of its column.
    """
    own = [Column(name, "decimal", description=f"{text} {ORDER_CURRENCY}") for name, text in texts.items()]
    base = [Column(f"{name}_base", "decimal", description=f"{text} {BASE}") for name, text in texts.items()]
    return (*own, *base)
