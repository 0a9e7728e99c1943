"""A shop whose catalog has nothing to mend, and the ways to spoil it."""

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
"""What a catalog is made of."""

CODES = ("630120", "630130", "630140", "630190", "630251", "630260", "630291")
"""Of blankets and linen, whose names no rule knows."""


def clean_shop(products: int = 40) -> Sandbox:
    """A shop without a fault: nothing blocks, nothing warns, nothing is worth a word."""
    sandbox = Sandbox(products=products, orders=0, seed=7)
    clean(sandbox.shop)
    return sandbox


def clean(shop: Shop) -> None:
    """Mends whatever a rule could find."""
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
            countryOfOrigin=country(shop, "PT"),
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


def country(shop: Shop, code: str) -> Any:
    """A country by its code; it is made where the shop lacks it."""
    known = [one for one in shop.countries if one["code"] == code]
    return known[0] if known else shop.add("Country", name=code, code=code)


def offered_products(shop: Shop) -> list[Any]:
    """The products that have a display in the only consumer store, the oldest first."""
    (store,) = (store for store in shop.stores if store["type"] == "DIRECT_TO_CONSUMER")
    shown = {display["product"]["id"] for display in shop.displays if display["store"] is store}
    return [product for product in shop.products if product["id"] in shown]


def displays(shop: Shop, product: Any) -> list[Any]:
    """The displays of a product in the consumer store."""
    return [
        display
        for display in shop.displays
        if display["product"] is product and display["store"]["type"] == "DIRECT_TO_CONSUMER"
    ]


def sizes(product: Any) -> list[Any]:
    """The sizes of all variants of a product, the oldest first."""
    return sorted(
        (size for variant in product["variants"] for size in variant["productSizes"]),
        key=lambda size: int(size["id"]),
    )
