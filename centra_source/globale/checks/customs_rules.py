"""Rules about what customs want to know of a row: origin, commodity code, weight."""

from __future__ import annotations

from collections.abc import Iterator

from ..chapters import chapter_contradicts
from ..customs import gtin_problem, in_hs2022, is_country, is_user_assigned, likely_country
from .catalog_facts import Whole, bare_gtin, code_digits, is_long_code, typed_code
from .rows import Row, is_blank, listed, shown
from .rule_kinds import BLOCK, WARN, Finding

UNUSED_CHAPTERS = ("00", "77", "98", "99")
"""Chapters of the Harmonized System without goods: unused, reserved, or left to the countries."""


def origin_is_present(row: Row, whole: Whole) -> Iterator[Finding]:
    """C1."""
    if is_blank(row["country_of_origin"]):
        yield Finding(
            None, "There is no country of origin; Global-e then assumes the merchant's own country."
        )


def origin_is_a_country(row: Row, whole: Whole) -> Iterator[Finding]:
    """C2."""
    origin = row["country_of_origin"]
    if is_blank(origin) or is_country(origin):
        return
    if is_user_assigned(origin):
        yield Finding(
            origin,
            "XK is used for Kosovo, but is no official ISO 3166 code.",
            severity=WARN,
            remedy="Ask Global-e whether it takes XK; nothing to do if it does.",
        )
        return
    likely = likely_country(origin)
    hint = f"; {likely} is probably meant" if likely else ""
    yield Finding(
        shown(origin), f"The country of origin is no current ISO 3166 code of two capital letters{hint}."
    )


def code_or_composition_is_present(row: Row, whole: Whole) -> Iterator[Finding]:
    """H1."""
    if is_blank(row["hs_code_raw"]) and is_blank(row["composition"]):
        yield Finding(
            None,
            "There is neither commodity code nor composition; Global-e then takes a default code.",
        )


def code_is_well_formed(row: Row, whole: Whole) -> Iterator[Finding]:
    """H2."""
    code = typed_code(row["hs_code_raw"])
    if code is None:
        return
    if is_long_code(code.digits):
        message = f"The commodity code has {len(code.digits)} digits; tariffs have 6, 8 or 10."
        yield Finding(shown(row["hs_code_raw"]), message, severity=WARN)
    elif code.problem:
        yield Finding(shown(row["hs_code_raw"]), f"The commodity code {code.problem}.")


def code_exists(row: Row, whole: Whole) -> Iterator[Finding]:
    """H3."""
    digits = code_digits(row)
    if not digits:
        return
    if digits[:2] in UNUSED_CHAPTERS:
        message = f"Chapter {digits[:2]} of the Harmonized System holds no goods."
        yield Finding(shown(row["hs_code_raw"]), message, severity=BLOCK)
    elif not in_hs2022(digits):
        message = f"{digits[:6]} is no subheading of the Harmonized System of 2022."
        yield Finding(shown(row["hs_code_raw"]), message)


def code_suits_the_name(row: Row, whole: Whole) -> Iterator[Finding]:
    """H5."""
    digits, name = code_digits(row), row["display_name"]
    if digits and name and (contradiction := chapter_contradicts(digits, name)):
        message = f"Name and commodity code are of different goods: {contradiction}."
        yield Finding(shown(row["hs_code_raw"]), message)


def weight_is_present(row: Row, whole: Whole) -> Iterator[Finding]:
    """W1."""
    weight, severity = row["weight_value"], BLOCK if whole.options.dangerous_goods else None
    if weight is None:
        yield Finding(None, "There is no weight; Global-e then takes the merchant's default.", severity)
    elif not weight > 0:
        yield Finding(f"{weight:g}", "The weight is not above zero.", severity)


def weight_is_plausible(row: Row, whole: Whole) -> Iterator[Finding]:
    """W2."""
    weight, grams, options = row["weight_value"], row["weight_grams"], whole.options
    if weight is None or not weight > 0:
        return
    value = f"{weight:g} {row['weight_unit'] or ''}".rstrip()
    median = whole.folder_medians.get(row["folder_name"])
    if grams is None:
        yield Finding(value, "The unit of the weight is not known, so there are no grams.")
    elif grams < options.min_weight:
        yield Finding(value, f"The piece weighs less than {options.min_weight:g} g.")
    elif grams > options.max_weight:
        hint = "; were grams typed as kilograms?" if row["weight_unit"] == "KILOGRAMS" else "."
        yield Finding(value, f"The piece weighs more than {options.max_weight / 1000:g} kg{hint}")
    elif median is not None and float(grams) > options.weight_factor * float(median):
        times = f"{options.weight_factor:g} times the median of its folder ({float(median):g} g)"
        message = f"The piece weighs more than {times}."
        yield Finding(value, message)


def gtin_is_right(row: Row, whole: Whole) -> Iterator[Finding]:
    """G1."""
    gtin, size = row["gtin"], row["product_size_id"]
    if is_blank(gtin):
        return
    if problem := gtin_problem(gtin):
        yield Finding(shown(gtin), f"The GTIN {problem}.")
    elif size is not None and (others := whole.gtins.others(bare_gtin(gtin), size)):
        yield Finding(shown(gtin), f"The GTIN is also that of size {listed(others)}.")
