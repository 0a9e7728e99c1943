"""Products, variants and sizes."""

from datetime import datetime

from ..nodes import Node, make, money
from ..shop import Shop
from . import words
from .attributes import choice_attribute, text_attribute, translation
from .dice import BULK_EDIT, END, START, Dice

SHARED_SECOND = 0.06
"""Share of sizes that an import edited in one second."""


def fill(shop: Shop, dice: Dice) -> None:
    """Generates the catalog."""
    _groups(shop, dice)
    for number in range(shop.settings.products):
        _product(shop, dice, number)
    ordinary = [p for p in shop.products if not p["isBundle"]]
    for product in shop.products:
        if product["isBundle"]:
            product["bundle"] = _bundle(shop, dice, product, ordinary)
    _mapped_attributes(shop, dice)


def _groups(shop: Shop, dice: Dice) -> None:
    for name in words.BRANDS:
        shop.add("Brand", id=dice.id("Brand"), name=name, uri=name.split()[0].lower())
    for name in words.COLLECTIONS:
        status = "INACTIVE" if name == "AW24" else "ACTIVE"
        shop.add("Collection", id=dice.id("Collection"), name=name, status=status, uri=name.lower())
    top = shop.add("Folder", id=dice.id("Folder"), name="All products", isTopFolder=True)
    for name in words.FOLDERS:
        child = shop.add("Folder", id=dice.id("Folder"), name=name, parentFolder=top)
        child["externalId"] = f"pim-{name.lower()}"
        top["childFolders"].append(child)
    chart = shop.add(
        "SizeChart", id=dice.id("SizeChart"), name="Clothing", horizontalLabels=list(words.SIZES)
    )
    chart["sizes"] = [make("Size", id=dice.id("Size"), name=name) for name in words.SIZES]
    one = shop.add("SizeChart", id=dice.id("SizeChart"), name="One size")
    one["sizes"] = [make("Size", id=dice.id("Size"), name="One size")]
    shop.add(
        "MeasurementChart", id=dice.id("MeasurementChart"), name="Tops", displayUnit="cm", contentJSON="{}"
    )


def _product(shop: Shop, dice: Dice, number: int) -> None:
    name = f"{dice.pick(words.ADJECTIVES)} {dice.pick(words.GARMENTS)}"
    created = dice.moment(START, END)
    weight = dice.pick(words.WEIGHTS)
    has_chart = dice.chance(0.2)
    product = shop.add(
        "Product",
        id=dice.id("Product", 11),
        name=f"{name} 🌿" if number % 37 == 5 else name,
        status="INACTIVE" if dice.chance(0.08) else "ACTIVE",
        productNumber=f"{1000 + number}" if number % 5 else f"P {1000 + number}",
        harmonizedCommodityCode=dice.pick(words.HS_CODES),
        harmonizedCommodityCodeDescription=dice.pick(words.HS_DESCRIPTIONS),
        internalComment=dice.maybe("Check margin", 0.2),
        isBundle=number % 30 == 29,
        isSerializableProduct=dice.chance(0.02),
        createdAt=created,
        updatedAt=_edit_time(dice, created),
        weight=weight and make_weight(*weight),
        brand=dice.maybe(dice.pick(shop.brands), 0.9),
        collection=dice.maybe(dice.pick(shop.collections), 0.8),
        folder=dice.maybe(dice.pick(shop.folders[1:]), 0.95),
        countryOfOrigin=dice.maybe(dice.pick(shop.countries), 0.8),
        measurementTable=make("MeasurementTable", chart=shop.measurement_charts[0]) if has_chart else None,
        externalId=dice.maybe(f"pim-{number}", 0.3),
    )
    for group in (product["folder"], product["collection"]):
        if group:
            group["products"].append(product)
    _describe(shop, dice, product)
    for position in range(dice.number(1, 3)):
        _variant(shop, dice, product, position)


def _describe(shop: Shop, dice: Dice, product: Node) -> None:
    if dice.chance(0.4):
        product["attributes"].append(
            text_attribute(
                "pr_composition", "Product", False, {"text": dice.pick(("100% cotton", "80 % wool", ""))}
            )
        )
    if dice.chance(0.3):
        for material in dice.some(("Cotton", "Wool", "Elastane"), 1, 3):
            product["attributes"].append(choice_attribute("pr_materials", "Product", "material", material))
    if dice.chance(0.3):
        texts = {"name": f"{product['name']} (sv)", "harmonizedCommodityCodeDescription": None}
        product["translations"].append(translation(shop.languages[1], texts))


def _variant(shop: Shop, dice: Dice, product: Node, position: int) -> None:
    base = shop.currencies[0]
    clothing = dice.chance(0.8)
    variant = shop.add(
        "ProductVariant",
        id=dice.id("ProductVariant", 101),
        name=dice.maybe(dice.pick(words.COLOURS), 0.95),
        status="INACTIVE" if dice.chance(0.1) else "ACTIVE",
        variantNumber=dice.maybe(f"{position + 1:02}", 0.95),
        internalName=dice.maybe(f"internal {position}", 0.3),
        unitCost=dice.maybe(money(dice.number(2000, 39999) / 100, base, 1.0, product["createdAt"]), 0.7),
        updatedAt=_edit_time(dice, product["createdAt"]),
        stockOffset=dice.pick((0, 0, 0, 2)),
        product=product,
        sizeChart=shop.size_charts[0 if clothing else 1],
        externalId=dice.maybe(f"pim-{product['id']}-{position}", 0.2),
    )
    product["variants"].append(variant)
    sizes = variant["sizeChart"]["sizes"]
    for size in dice.some(sizes, 1, 6):
        _size(shop, dice, variant, size)


def _size(shop: Shop, dice: Dice, variant: Node, size: Node) -> None:
    product = variant["product"]
    number = size["name"] if dice.chance(0.97) else None
    sku: str | None = f"{product['productNumber']}{variant['variantNumber'] or ''}{number or ''}"
    if dice.chance(0.02):
        sku = None
    elif dice.chance(0.02) and shop.product_sizes:
        sku = shop.product_sizes[-1]["SKU"]
    weight = dice.maybe(dice.pick(words.WEIGHTS), 0.3)
    identifier = dice.id("ProductSize", 1001)
    variant["productSizes"].append(
        shop.add(
            "ProductSize",
            id=identifier,
            description=dice.maybe(size["name"], 0.8),
            sizeNumber=number,
            EAN=dice.pick((words.ean(identifier),) * 12 + (None, None, "EAN000111", "5678902338761")),
            UPC=dice.maybe(f"{identifier:012}", 0.1),
            SKU=sku,
            preorder=dice.chance(0.05),
            comment=dice.maybe("last season", 0.05),
            weight=weight and make_weight(*weight),
            updatedAt=BULK_EDIT if dice.chance(SHARED_SECOND) else _edit_time(dice, product["createdAt"]),
            isActive=not dice.chance(0.07),
            size=size,
            productVariant=variant,
        )
    )


def _edit_time(dice: Dice, created: datetime) -> datetime:
    return dice.later(created, 60)


def make_weight(value: float, unit: str) -> Node:
    """Returns a Weight. The unit is kg or lb."""
    short = "kg" if unit == "KILOGRAMS" else "lb"
    return make("Weight", value=value, unit=unit, formattedValue=f"{value:.3f} {short}")


def _bundle(shop: Shop, dice: Dice, product: Node, others: list[Node]) -> Node:
    sections = [
        make(
            "BundleSection",
            id=dice.id("BundleSection"),
            quantity=dice.number(1, 2),
            createdAt=product["createdAt"],
            updatedAt=product["updatedAt"],
            productVariants=list(dice.pick(others)["variants"]) if others else [],
        )
        for _ in range(2)
    ]
    bundle = shop.add("Bundle", id=dice.id("Bundle"), sections=sections, product=product)
    bundle.update(createdAt=product["createdAt"], updatedAt=product["updatedAt"], priceType="DYNAMIC")
    bundle["sizeChart"] = product["variants"][0]["sizeChart"]
    bundle["sizes"] = [size["size"] for size in product["variants"][0]["productSizes"]]
    return bundle


def _mapped_attributes(shop: Shop, dice: Dice) -> None:
    for material in ("Cotton", "Wool", "Elastane"):
        attribute = choice_attribute("pr_materials", "Product", "material", material)
        shop.add(
            "MappedAttribute",
            id=dice.id("MappedAttribute"),
            name=material,
            objectType="Product",
            type=attribute["type"],
            elements=attribute["elements"],
        )
