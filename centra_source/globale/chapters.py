"""Words for goods, and the chapters of the Harmonized System that can contain them."""

from __future__ import annotations

import re
from typing import NamedTuple


class _Family(NamedTuple):
    """Goods that the Harmonized System groups together."""

    name: str
    places: tuple[str, ...]
    """Chapters and headings that can contain them; the first is the usual one."""
    words: str
    """Words that always name such goods."""
    hints: str
    """Words that can name such goods, or a feature, or something else in another language."""


_FAMILIES = (
    _Family(
        "clothing",
        ("61", "62", "3926", "4015", "4203", "43"),
        """
        anorak anoraks blazer blazers blouse blouses cardigan cardigans chinos dress dresses hoodie hoodies
        jacket jackets jeans joggers jumper jumpers jumpsuit jumpsuits leggings pajamas pants parka parkas
        pullover pullovers pyjamas raincoat shirt shirts shorts skirt skirts socks sweater sweaters sweatpants
        sweatshirt sweatshirts swimsuit swimsuits trousers tshirt tshirts underwear
        """,
        """
        belt belts bikini bodysuit boxer boxers bra bras brief briefs coat coats denim dungarees glove gloves
        headband kimono mitten mittens overalls polo robe scarf scarves shawl sock stockings suit tank tee
        tees tie ties tights top tops tunic vest
        """,
    ),
    _Family(
        "footwear",
        ("64",),
        "espadrilles flipflops loafers sandals shoe shoes sneaker sneakers slippers stilettos trainers",
        """
        boot boots clog clogs flats flops heel heels loafer mule mules pump pumps sandal slides slipper
        trainer
        """,
    ),
    _Family(
        "bags and small leather goods",
        ("4202",),
        "backpack backpacks briefcase handbag handbags rucksack rucksacks suitcase suitcases wallet wallets",
        "bag bags baguette bucket case clutch cardholder duffel duffle pouch purse purses satchel tote totes",
    ),
    _Family(
        "headgear",
        ("65",),
        "beanie beanies beret berets fedora fedoras hats",
        "cap caps hat headband helmet hood visor balaclava",
    ),
    _Family(
        "jewellery",
        ("71",),
        "bracelet bracelets earring earrings necklace necklaces",
        "anklet bangle bangles brooch chain charm charms choker cufflinks pendant ring rings stud studs",
    ),
    _Family("watches", ("91",), "wristwatch wristwatches", "chronograph watch watches"),
    _Family("eyewear", ("9003", "9004"), "sunglasses", "glasses goggles shades"),
    _Family(
        "perfume and cosmetics",
        ("33",),
        "lipstick mascara parfum perfume shampoo",
        "balm body cologne cream fragrance lotion oil scent toilette",
    ),
)
_DOUBTS = """
    bundle care cleaner costume cover doll dolls embroidered hanger hangers holder insole insoles kit laces
    motif pattern pet print printed set spray strap straps style toy without
"""
"""Words that change what their neighbour means: a shoe spray, a doll's dress."""

_NAMED = {word: family for family in _FAMILIES for word in family.words.split()}
_DOUBTFUL = frozenset(_DOUBTS.split())
_WORDS = re.compile(r"[^\W\d_]+")


def find_contradiction(digits: str, text: str) -> str | None:
    """Finds a code and a text that name different goods, such as chapter 64 (footwear) and a shirt.

    It knows common English words for clothing, shoes, bags and what is sold with them. In doubt, it finds
    nothing.

    Args:
        digits: A commodity code.
        text: The product's name or description.

    Returns:
        The contradiction as a clause; None if the two agree or nothing is known.
    """
    coded = [family for family in _FAMILIES if digits.startswith(family.places)]
    words = _WORDS.findall(text.casefold())
    named = next((word for word in words if word in _NAMED), None)
    if not coded or named is None or not _DOUBTFUL.isdisjoint(words):
        return None
    if any(not set(words).isdisjoint(f"{family.words} {family.hints}".split()) for family in coded):
        return None
    family = _NAMED[named]
    return f"'{named}' is {family.name} ({_chapters(family)}), the code means {coded[0].name} ({digits[:4]})"


def _chapters(family: _Family) -> str:
    """The usual chapters of the goods, as text."""
    return " or ".join(place for place in family.places[:2] if len(place) == 2) or family.places[0]
