"""Rules about the country of origin, the commodity code and the manufacturer, which customs asks for."""

from __future__ import annotations

from collections.abc import Iterator

from ...chapters import find_contradiction
from ...customs import in_hs2022, is_country, is_user_assigned, likely_country
from ...rows import Row
from ...rule_engine import Finding, rule
from ..catalog_facts import FEWEST_PRODUCTS, CatalogFacts, code_digits, is_long_code, parse_code
from ..rows import is_blank, show_text
from ..severities import BLOCK, CATALOG, INFO, SOLD_ROWS, WARN
from .places import CODE, PRODUCT

UNUSED_CHAPTERS = ("00", "77", "98", "99")
"""Chapters of the Harmonized System without goods: unused, reserved, or left to the countries."""

SAME_CODE_SHARE = 0.5
"""A commodity code of a larger share of all products looks like a placeholder."""

SAME_CODE_FOLDERS = 5
"""A commodity code in this many folders looks like a placeholder."""

_ORIGIN = f"{PRODUCT}, country of origin: choose the country where the goods were made."


@rule("C1", BLOCK, "Country of origin is missing", _ORIGIN, scope=SOLD_ROWS)
def check_origin_is_present(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """Global-e replaces a missing country of origin by the merchant's own country."""
    if is_blank(row["country_of_origin"]):
        message = "The product has no country of origin; Global-e then assumes the merchant's own country."
        yield Finding(None, message)


@rule("C2", BLOCK, "Country of origin is not a valid country code", _ORIGIN, scope=SOLD_ROWS)
def check_origin_is_a_country(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """ISO 3166-1 alpha-2; XK (Kosovo) is a warning."""
    origin = row["country_of_origin"]
    if is_blank(origin) or is_country(origin):
        return
    if is_user_assigned(origin):
        yield Finding(
            origin,
            "XK is used for Kosovo, but is not an official ISO 3166 code.",
            WARN,
            "Ask Global-e whether it accepts XK. If it does, there is nothing to do.",
        )
        return
    likely = likely_country(origin)
    hint = f"; {likely} is probably meant" if likely else ""
    message = f"The country of origin is not a current ISO 3166 code of two capital letters{hint}."
    yield Finding(show_text(origin), message)


@rule(
    "C3",
    INFO,
    "Products of one supplier and collection come from several countries",
    f"{PRODUCT}, country of origin: check the rarer one.",
    scope=CATALOG,
)
def check_origins_agree(facts: CatalogFacts) -> Iterator[Finding]:
    """Yields one finding per supplier and collection, at a product of the rarest origin."""
    for (supplier, collection), origins in facts.origins.items():
        if len(origins) < 2:
            continue
        ordered = sorted(origins.items(), key=lambda item: (-len(item[1].products), item[0]))
        counts = ", ".join(f"{country}: {len(origin.products)}" for country, origin in ordered)
        place = f"collection {collection}" if collection else "no collection"
        message = f"Products of supplier {supplier} in {place} come from {len(origins)} countries."
        yield Finding(counts, message, row=ordered[-1][1].row)


@rule(
    "H1",
    BLOCK,
    "Commodity code and composition are both missing",
    f"{CODE}: enter the code of the customs tariff, or fill in the attribute with the composition.",
    scope=SOLD_ROWS,
)
def check_code_is_present(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """One of the two is enough for Global-e to classify a product."""
    if is_blank(row["hs_code_raw"]) and is_blank(row["composition"]):
        message = (
            "The product has neither a commodity code nor a composition; Global-e then uses a default code."
        )
        yield Finding(None, message)


@rule(
    "H2",
    BLOCK,
    "Commodity code does not have 6, 8 or 10 digits",
    f"{CODE}: look up the code in the customs tariff. Do not pad it with zeros.",
    scope=SOLD_ROWS,
)
def check_code_is_well_formed(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """More digits than any tariff has are a warning: national digits may follow the code."""
    code = parse_code(row["hs_code_raw"])
    if code is None:
        return
    if is_long_code(code.digits):
        message = f"The commodity code has {len(code.digits)} digits; tariffs have 6, 8 or 10."
        yield Finding(show_text(row["hs_code_raw"]), message, WARN)
    elif code.problem:
        yield Finding(show_text(row["hs_code_raw"]), f"The commodity code {code.problem}.")


@rule(
    "H3",
    WARN,
    "Commodity code is not in the Harmonized System of 2022",
    f"{CODE}: look up the code in the current customs tariff.",
    scope=SOLD_ROWS,
)
def check_code_exists(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """A code of a chapter without goods blocks."""
    digits = code_digits(row)
    if not digits:
        return
    if digits[:2] in UNUSED_CHAPTERS:
        message = f"Chapter {digits[:2]} of the Harmonized System contains no goods."
        yield Finding(show_text(row["hs_code_raw"]), message, BLOCK)
    elif not in_hs2022(digits):
        message = f"{digits[:6]} is not a subheading of the Harmonized System of 2022."
        yield Finding(show_text(row["hs_code_raw"]), message)


@rule(
    "H4",
    WARN,
    "Commodity code looks like a placeholder",
    f"{CODE}: check whether it was entered as a placeholder.",
    scope=CATALOG,
)
def check_codes_differ(facts: CatalogFacts) -> Iterator[Finding]:
    """Yields one finding per commodity code."""
    products = len(facts.products)
    for digits, sharing in sorted(facts.codes.items()):
        alike, folders = len(sharing.products), len(sharing.folders)
        if products >= FEWEST_PRODUCTS and alike > SAME_CODE_SHARE * products:
            yield Finding(digits, f"{alike} of {products} products have this commodity code.")
        elif folders >= SAME_CODE_FOLDERS:
            yield Finding(digits, f"Products of {folders} folders have this commodity code.")


@rule(
    "H5",
    INFO,
    "Commodity code does not match the name",
    f"{CODE}: check whether code and name describe the same product.",
    scope=SOLD_ROWS,
)
def check_code_matches_the_name(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """Such as a shirt with a code of footwear."""
    digits, name = code_digits(row), row["display_name"]
    if digits and name and (contradiction := find_contradiction(digits, name)):
        message = f"Name and commodity code describe different goods: {contradiction}."
        yield Finding(show_text(row["hs_code_raw"]), message)


@rule(
    "M1",
    INFO,
    "Products made in China or Hong Kong need a manufacturer id",
    "Have the manufacturer ids (MID) of these products ready for orders to the United States.",
    scope=CATALOG,
)
def check_manufacturers(facts: CatalogFacts) -> Iterator[Finding]:
    """Yields one finding per country."""
    for country, products in sorted(facts.mid_products.items()):
        message = (
            f"{len(products)} products are made in {country}. The United States ask for their manufacturer."
        )
        yield Finding(country, message)
