"""Rules about weights."""

from __future__ import annotations

from collections.abc import Iterator

from ...rows import Row
from ...rule_engine import Finding, rule
from ..catalog_facts import FEWEST_PRODUCTS, CatalogFacts
from ..severities import BLOCK, CATALOG, SOLD_ROWS, WARN
from .places import PRODUCT

MIN_GRAMS = 1
"""A lighter piece is not plausible."""

MAX_GRAMS = 30_000
"""A heavier piece is not plausible."""

MAX_TIMES_MEDIAN = 5
"""A piece that is heavier than so many times the median of its folder is not plausible."""

_WEIGHT = f"{PRODUCT}, weight: enter the weight of one piece with its packaging"


@rule("W1", WARN, "Weight is missing", f"{_WEIGHT}.", scope=SOLD_ROWS)
def check_weight_is_present(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """Blocks for a shop that sells dangerous goods: Global-e must know all its weights."""
    weight, severity = row["weight_value"], BLOCK if facts.options.dangerous_goods else None
    if weight is None:
        yield Finding(None, "The product has no weight; Global-e then uses the merchant's default.", severity)
    elif not weight > 0:
        yield Finding(f"{weight:g}", "The weight is not above zero.", severity)


@rule("W2", WARN, "Weight is not plausible", f"{_WEIGHT}, and check its unit.", scope=SOLD_ROWS)
def check_weight_is_plausible(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """Compares with fixed limits and with the other products of the folder."""
    weight, grams = row["weight_value"], row["weight_grams"]
    if weight is None or not weight > 0:
        return
    value = f"{weight:g} {row['weight_unit'] or ''}".rstrip()
    median = facts.folder_medians.get(row["folder_name"])
    if grams is None:
        yield Finding(value, "The unit of the weight is unknown, so it cannot be converted to grams.")
    elif grams < MIN_GRAMS:
        yield Finding(value, f"The piece weighs less than {MIN_GRAMS:g} g.")
    elif grams > MAX_GRAMS:
        hint = "; were grams entered as kilograms?" if row["weight_unit"] == "KILOGRAMS" else "."
        yield Finding(value, f"The piece weighs more than {MAX_GRAMS / 1000:g} kg{hint}")
    elif median is not None and float(grams) > MAX_TIMES_MEDIAN * float(median):
        times = f"{MAX_TIMES_MEDIAN:g} times the median of its folder ({float(median):g} g)"
        yield Finding(value, f"The piece weighs more than {times}.")


@rule(
    "W3",
    WARN,
    "All products have the same weight",
    f"{_WEIGHT}; the present one looks like a placeholder.",
    scope=CATALOG,
)
def check_weights_differ(facts: CatalogFacts) -> Iterator[Finding]:
    """Only if enough products have a weight to draw a conclusion."""
    products = len(facts.weighed_products)
    if len(facts.weights) == 1 and products >= FEWEST_PRODUCTS:
        (grams,) = facts.weights
        yield Finding(f"{float(grams):g} g", f"All {products} products with a weight have this one.")
