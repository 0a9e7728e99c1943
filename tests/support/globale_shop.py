"""A shop whose catalog has no defects, and helpers to add some."""

from __future__ import annotations

from typing import Any

from centra_sandbox import Sandbox, Shop
from centra_sandbox.generate.attributes import text_attribute
from centra_sandbox.generate.catalog import make_weight
from centra_sandbox.generate.words import ean

RESOURCES = (
    *("products", "product_variants", "product_sizes", "displays", "stores", "brands", "folders"),
    *("collections", "bundles", "suppliers", "purchase_orders"),
)
"""The resources that a catalog uses."""

CODES = ("630120", "630130", "630140", "630190", "630251", "630260", "630291")
"""Codes of blankets and linen, for which the rules have no words."""


def make_clean_shop(products: int = 40) -> Sandbox:
    """Returns a shop in which no rule finds anything."""
    sandbox = Sandbox(products=products, orders=0, seed=7)
    remove_defects(sandbox.shop)
    return sandbox


def remove_defects(shop: Shop) -> None:
    """Fixes everything that a rule could find."""
    (store,) = (store for store in shop.stores if store["type"] == "DIRECT_TO_CONSUMER")
    folders = shop.folders[1:]
    for place, product in enumerate(shop.products):
        product.update(
            name=f"Blanket {place}",
            status="ACTIVE",
            isBundle=False,
            bundle=None,
            harmonizedCommodityCode=CODES[place % len(CODES)],
            harmonizedCommodityCodeDescription="Blankets and linen",
            countryOfOrigin=find_or_add_country(shop, "PT"),
            brand=shop.brands[0],
            folder=folders[place % 2],
            collection=shop.collections[0],
            weight=make_weight(round(1.2 + place / 1000, 3), "KILOGRAMS"),
        )
        product["attributes"][:] = [
            text_attribute("pr_composition", "Product", False, {"text": "100 % wool"})
        ]
        for variant in product["variants"]:
            variant["status"] = "ACTIVE"
            for size in variant["productSizes"]:
                number = size["id"]
                size.update(
                    isActive=True,
                    preorder=False,
                    weight=None,
                    SKU=f"NL-{number}-X",
                    EAN=ean(number),
                    UPC=None,
                )
    for display in shop.displays:
        if display["store"] is store:
            display.update(
                name=display["product"]["name"],
                status="ACTIVE",
                description="A blanket woven of wool that keeps its shape.",
            )


def find_or_add_country(shop: Shop, code: str) -> Any:
    """Returns a country by its code, and adds it if the shop lacks it."""
    known = [one for one in shop.countries if one["code"] == code]
    return known[0] if known else shop.add("Country", name=code, code=code)


def list_offered_products(shop: Shop) -> list[Any]:
    """Returns the products with a display in the only consumer store, the oldest first."""
    (store,) = (store for store in shop.stores if store["type"] == "DIRECT_TO_CONSUMER")
    shown = {display["product"]["id"] for display in shop.displays if display["store"] is store}
    return [product for product in shop.products if product["id"] in shown]


def list_displays(shop: Shop, product: Any) -> list[Any]:
    """Returns the displays of a product in the consumer store."""
    return [
        display
        for display in shop.displays
        if display["product"] is product and display["store"]["type"] == "DIRECT_TO_CONSUMER"
    ]


def list_sizes(product: Any) -> list[Any]:
    """Returns the sizes of all variants of a product, the oldest first."""
    return sorted(
        (size for variant in product["variants"] for size in variant["productSizes"]),
        key=lambda size: int(size["id"]),
    )
