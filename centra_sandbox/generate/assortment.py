"""Completes the catalog: charts, images, relations, and values that earlier modules left blank."""

import json

from ..nodes import Node, make
from ..shop import Shop
from . import words
from .attributes import choice_attribute, image_attribute, text_attribute, translation
from .dice import Dice

PICTURE_SIZES = (("thumb", 300, 400, 80), ("full", 1600, None, None))
"""Name, maximum width and height, quality."""


def fill(shop: Shop, dice: Dice) -> None:
    """Completes the catalog. The objects that refer to it exist already."""
    _charts(shop, dice)
    for product in shop.products:
        _media(shop, dice, product)
    for display in shop.displays:
        _relations(dice, display)
    _translations(shop, dice)
    _mapped_attributes(shop, dice)
    for category in shop.categories:
        category["metaDescription"] = dice.maybe(dice.pick(words.META_DESCRIPTIONS), 0.6)
    _first_category(shop.categories[0])
    _attributes(shop)


def _first_category(category: Node) -> None:
    """Gives a category everything that it can have."""
    category.update(metaDescription=words.META_DESCRIPTIONS[0], metaTitle="Kläder | Shop", metaKeywords="ull")
    category["attributes"] = [
        image_attribute("cat_banner", "Category", "https://cdn.example.com/banner.png"),
        choice_attribute("cat_layout", "Category", "layout", "Wide"),
        text_attribute("cat_intro", "Category", False, {"intro": "Nyheter & “klassiker”", "link": None}),
    ]


def _charts(shop: Shop, dice: Dice) -> None:
    measures = {
        place: {size: f"{dice.number(80, 120) / 2:g}" for size in words.SIZES} for place in words.PLACES
    }
    shop.measurement_charts[0].update(
        horizontalLabels=list(words.SIZES),
        verticalLabels=list(words.PLACES),
        contentJSON=json.dumps(measures, ensure_ascii=False),
    )
    shop.add("MeasurementChart", id=dice.id("MeasurementChart", 5), name="Trousers ½", contentJSON=None)
    jeans = shop.add("SizeChart", id=dice.id("SizeChart", 21), name="Jeans", dividerSymbol="/")
    jeans.update(horizontalLabels=["30", "32"], verticalLabels=["32", "34"], displayUnit="in")
    jeans.update(displayDividedBy="length", externalId="pim-jeans")
    jeans["sizes"] = [
        make("Size", id=dice.id("Size", 51), name=f"{waist}/{length}")
        for waist in jeans["horizontalLabels"]
        for length in jeans["verticalLabels"]
    ]
    for name in ("Clothing", "One size"):
        next(chart for chart in shop.size_charts if chart["name"] == name)["verticalLabels"] = None


def _media(shop: Shop, dice: Dice, product: Node) -> None:
    """Adds up to four images of a product. Each of its displays shows some of them, in its own order."""
    pictures = [_picture(shop, dice, product) for _ in range(dice.pick((0, 1, 2, 2, 4)))]
    product["media"] = pictures
    for variant in product["variants"]:
        variant["media"] = pictures[:1]
    for display in product["displays"]:
        chosen = dice.some(pictures, 0, 4)
        display["media"] = chosen[::-1] if dice.chance(0.3) else chosen


def _picture(shop: Shop, dice: Dice, product: Node) -> Node:
    number = dice.id("ProductMedia", 301)
    media = shop.add("ProductMedia", id=number, product=product)
    is_film = dice.chance(0.05)
    if number % 3 == 0:
        media["metaDataJSON"] = json.dumps({"photographer": "Åsa"}, ensure_ascii=False)
    if number % 20 == 0:
        _credit(media)
    for name, width, height, quality in PICTURE_SIZES if dice.chance(0.97) else ():
        ending = "mp4" if is_film else "jpg"
        media["source"].append(
            make(
                "MediaSource",
                type="VIDEO" if is_film else "IMAGE",
                url=f"https://cdn.example.com/{number}/{name}.{ending}",
                mediaSize=make(
                    "MediaSize",
                    name=name,
                    maxWidth=width,
                    maxHeight=height,
                    quality=quality,
                ),
                mimeType="video/mp4" if is_film else "image/jpeg",
            )
        )
    return media


def _credit(media: Node) -> None:
    """Adds custom attributes of each kind to an image."""
    media["attributes"] = [
        text_attribute("med_credit", "ProductMedia", False, {"name": "Åsa “Ö” Berg", "agency": None}),
        choice_attribute("med_use", "ProductMedia", "use", "Web"),
        image_attribute("med_mask", "ProductMedia", "https://cdn.example.com/mask.png"),
    ]


def _relations(dice: Dice, display: Node) -> None:
    others = [other for other in display["product"]["displays"] if other is not display]
    for other in others if dice.chance(0.5) else []:
        relation = make("DisplayRelation", id=dice.id("DisplayRelation"), targetDisplay=other)
        relation["type"] = dice.pick(("standard", "variant", ""))
        display["related"].append(relation)


def _translations(shop: Shop, dice: Dice) -> None:
    """Translates variants into one or two languages. Texts of an inactive language stay."""
    for variant in shop.product_variants:
        if variant["name"] and dice.chance(0.3):
            for language in dice.some(shop.languages[1:], 1, 2):
                texts = {"name": dice.maybe(words.TRANSLATED_COLOURS.get(variant["name"], ""), 0.8)}
                variant["translations"].append(translation(language, texts))
    sweden = shop.countries[0]
    sweden["translations"] = [translation(shop.languages[1], {"name": "Sverige"})]
    for attribute in shop.mapped_attributes[:1]:
        attribute["translations"] = [translation(shop.languages[1], {"desc": "Bomull"})]
    for category in shop.categories[:3]:
        texts = {"name": "Kläder", "metaTitle": None}
        category["translations"] = [translation(language, texts) for language in shop.languages[1:]]


def _mapped_attributes(shop: Shop, dice: Dice) -> None:
    """Adds a label with all kinds of elements, besides the mapped attributes."""
    kind = make("AttributeType", name="pr_label", isMapped=True)
    for name, text in (("Eco", "Återvunnet ♻"), ("Fair", None)):
        url = f"https://cdn.example.com/labels/{name.lower()}"
        elements = [
            make(
                "AttributeStringElement",
                key="text",
                description="Text on the label",
                kind="INPUT",
                value=text,
            ),
            make(
                "AttributeImageElement",
                key="image",
                kind="IMAGE",
                url=f"{url}.png",
                width=64,
                height=64,
                mimeType="image/png",
            ),
            make("AttributeFileElement", key="certificate", kind="FILE", url=dice.maybe(f"{url}.pdf", 0.5)),
        ]
        shop.add(
            "MappedAttribute",
            id=dice.id("MappedAttribute", 31),
            name=name,
            description="Labels of trust" if name == "Eco" else None,
            objectType="Product",
            type=kind,
            elements=elements,
        )


def _attributes(shop: Shop) -> None:
    """Adds a few attributes of each kind to lists that are long enough."""
    for product in shop.products[15::40]:
        url = f"https://cdn.example.com/care/{product['id']}.png"
        product["attributes"].append(image_attribute("pr_care", "Product", url))
    for variant in shop.product_variants[30::40]:
        image = image_attribute("var_swatch", "ProductVariant", "https://cdn.example.com/swatch.png")
        note = text_attribute(
            "var_note", "ProductVariant", False, {"note": "Färgen kan avvika", "source": None}
        )
        variant["attributes"] += [image, note]
    for variant in shop.product_variants[35::40]:
        variant["attributes"] += [
            choice_attribute("var_season", "ProductVariant", "season", name) for name in ("Summer", "Fall")
        ]
    for display in shop.displays[30::40]:
        display["attributes"] += [
            choice_attribute("dsp_label", "Display", "label", "New in"),
            text_attribute("dsp_text", "Display", False, {"text": "“Bäst i test”", "link": None}),
        ]
