"""Customs data of a product: commodity codes, countries, weights, GTINs."""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files

import pytest

from centra_source.globale.chapters import find_contradiction
from centra_source.globale.customs import (
    convert_to_grams,
    in_hs2022,
    is_country,
    is_user_assigned,
    likely_country,
    parse_hs_code,
)
from centra_source.globale.gtin import gtin_problem


@pytest.mark.parametrize(
    ("raw", "digits"),
    [
        ("610910", "610910"),
        ("6109.10", "610910"),
        ("6109 10 00", "61091000"),
        ("6109.10.00.90", "6109100090"),
        ("6109-10\xa000 90 ", "6109100090"),
    ],
)
def test_codes_of_6_8_and_10_digits_are_well_formed(raw: str, digits: str) -> None:
    """Dots, dashes and spaces in a code are ignored."""
    assert parse_hs_code(raw) == (digits, None)


@pytest.mark.parametrize("raw", [None, "", "  ", "\xa0"])
def test_empty_code_is_none(raw: str | None) -> None:
    """An empty code is a missing code and not a wrong one."""
    assert parse_hs_code(raw) is None


@pytest.mark.parametrize(
    ("raw", "digits", "problem"),
    [
        ("HCC123", "", "contains something other than digits"),
        ("６１０９１０", "", "contains something other than digits"),  # noqa: RUF001
        ("-", "", "contains something other than digits"),
        ("6109/10", "", "contains something other than digits"),
        ("6.20630009E9", "", "was turned into a rounded number by a spreadsheet"),
        ("61", "61", "has 2 digits, too few to identify the goods: it must have 6, 8 or 10"),
        ("6", "6", "has 1 digit, too few to identify the goods: it must have 6, 8 or 10"),
        ("40900", "40900", "has 5 digits, but must have 6, 8 or 10: a leading zero may be lost (040900)"),
        (
            "4090000",
            "4090000",
            "has 7 digits, but must have 6, 8 or 10: a leading zero may be lost (04090000)",
        ),
        ("61091", "61091", "has 5 digits, but must have 6, 8 or 10"),
        ("610910009", "610910009", "has 9 digits, but must have 6, 8 or 10"),
        (
            "61091000901",
            "61091000901",
            "has 11 digits, more than the 10 of the tariffs of the EU, the UK and the US",
        ),
    ],
)
def test_wrong_codes_keep_their_digits_and_give_the_problem(raw: str, digits: str, problem: str) -> None:
    """A wrong code is never padded or cut, because a wrong but well-formed code would be declared."""
    assert parse_hs_code(raw) == (digits, problem)


@pytest.mark.parametrize("digits", ["010121", "610910", "6109100090", "620130", "852499", "970690"])
def test_codes_of_the_2022_edition_are_known(digits: str) -> None:
    """The first six digits decide whether a code is in HS 2022."""
    assert in_hs2022(digits)


@pytest.mark.parametrize(
    "digits", ["620293", "610911", "770100", "980100", "999999", "000000", "6109", "12345", ""]
)
def test_codes_outside_the_2022_edition_are_unknown(digits: str) -> None:
    """Codes removed since 2017, headings, and codes of chapters 77, 98 and 99 are unknown."""
    assert not in_hs2022(digits)


def test_list_contains_the_whole_2022_edition() -> None:
    """The list has 5,612 sorted subheadings of 1,228 headings, in chapters 01 to 97 except 77."""
    text = files("centra_source.globale").joinpath("hs2022.txt").read_text(encoding="ascii")
    rows = [line.split() for line in text.splitlines() if not line.startswith("#")]
    codes = [heading + ending for heading, *endings in rows for ending in endings]
    assert len(rows) == 1228
    assert len(codes) == 5612
    assert codes == sorted(set(codes))
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert {int(code[:2]) for code in codes} == set(range(1, 98)) - {77}


@pytest.mark.parametrize("code", ["SE", "GB", "GR", "CN", "AX", "SS", "BQ"])
def test_current_codes_are_countries(code: str) -> None:
    """Every ISO 3166-1 alpha-2 code in force is a country."""
    assert is_country(code)
    assert likely_country(code) is None


@pytest.mark.parametrize(
    ("code", "likely"),
    [
        ("UK", "GB"),
        ("EL", "GR"),
        ("se", "SE"),
        (" SE ", "SE"),
        ("uk", "GB"),
        ("TP", "TL"),
        ("SWE", None),
        ("EU", None),
        ("AN", None),
        ("CS", None),
        ("XX", None),
        ("ZZ", None),
        ("N/A", None),
        ("", None),
    ],
)
def test_other_codes_are_not_countries_but_may_have_a_suggestion(code: str, likely: str | None) -> None:
    """A wrong country code may get a suggestion, which is never applied."""
    assert not is_country(code)
    assert likely_country(code) == likely


def test_kosovo_is_accepted_as_a_user_assigned_code() -> None:
    """XK is accepted although ISO 3166 does not list it; placeholders of the same range are not."""
    assert is_user_assigned("XK")
    assert not is_country("XK")
    assert likely_country("XK") is None
    assert not is_user_assigned("XX")
    assert not is_user_assigned("SE")


def test_there_are_249_countries() -> None:
    """The list has as many countries as ISO 3166-1."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert sum(is_country(first + second) for first in letters for second in letters) == 249


@pytest.mark.parametrize("raw", ["40170725", "036000291452", "4006381333931", "10614141000415"])
def test_gtins_with_the_right_check_digit_pass(raw: str) -> None:
    """GTIN-8, GTIN-12, GTIN-13 and GTIN-14 with a correct check digit have no problem."""
    assert gtin_problem(raw) is None


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("4006381333932", "ends in 2, but its check digit is 1"),
        ("5678902338761", "ends in 1, but its check digit is 4"),
        ("0000000000000", "is all zeros"),
        ("12345", "has 5 digits, but must have 8, 12, 13 or 14"),
        ("EAN000111", "contains something other than digits"),
        ("4006381 333931", "contains something other than digits"),
        ("4.00638E+12", "was turned into a rounded number by a spreadsheet"),
        ("", "is empty"),
    ],
)
def test_wrong_gtins_give_the_problem(raw: str, problem: str) -> None:
    """The problem names the characters first, then the length, then the check digit."""
    assert gtin_problem(raw) == problem


@pytest.mark.parametrize(
    ("value", "unit", "weight"),
    [
        (0.35, "KILOGRAMS", "350"),
        (1, "POUNDS", "453.592"),
        (Decimal("2.5"), "POUNDS", "1133.981"),
        ("120", "GRAMS", "120"),
        (0, "KILOGRAMS", "0"),
        (-1, "KILOGRAMS", "-1000"),
    ],
)
def test_weights_are_converted_to_grams(value: float | Decimal | str, unit: str, weight: str) -> None:
    """A weight and its unit are converted to grams, to the milligram, without a plausibility check."""
    assert convert_to_grams(value, unit) == Decimal(weight)


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (None, "KILOGRAMS"),
        (1, None),
        (1, "STONES"),
        ("1 kg", "KILOGRAMS"),
        (float("nan"), "GRAMS"),
        (float("inf"), "GRAMS"),
    ],
)
def test_weight_without_number_or_unit_is_none(value: float | str | None, unit: str | None) -> None:
    """A weight without a valid number or unit is never guessed."""
    assert convert_to_grams(value, unit) is None


@pytest.mark.parametrize(
    ("digits", "text", "clause"),
    [
        ("640399", "Linen Shirt", "'shirt' is clothing (61 or 62), the code means footwear (6403)"),
        ("610910", "Suede sneakers", "'sneakers' is footwear (64), the code means clothing (6109)"),
        (
            "420222",
            "Wool T-shirt",
            "'shirt' is clothing (61 or 62), the code means bags and small leather goods (4202)",
        ),
        ("6109100090", "Gold necklace", "'necklace' is jewellery (71), the code means clothing (6109)"),
        ("640399", "Sunglasses", "'sunglasses' is eyewear (9003), the code means footwear (6403)"),
    ],
)
def test_code_of_other_goods_contradicts_the_name(digits: str, text: str, clause: str) -> None:
    """The clause names the word and both kinds of goods."""
    assert find_contradiction(digits, text) == clause


@pytest.mark.parametrize(
    ("digits", "text"),
    [
        ("610910", "Linen Shirt"),
        ("620520", "Linen Shirt"),
        ("420310", "Leather jacket"),
        ("430310", "Mink coat"),
        ("640399", "Dress shoes"),
        ("611595", "Boot socks"),
        ("640399", "Shoe bag and boots"),
        ("420222", "Jeans bag"),
        ("610910", "Ring-spun cotton tee"),
        ("640399", "Shirting stripes"),
        ("650500", "Beanie with sweater trim"),
        ("420232", "Sunglasses case"),
        ("640690", "Laces for boots and trousers"),
        ("950300", "Doll's dress"),
        ("950590", "Shirt"),
        ("610910", "Das Hemd hat Knöpfe"),
        ("610910", ""),
        ("", "Linen Shirt"),
        ("64", "Coat"),
    ],
)
def test_doubtful_cases_give_no_contradiction(digits: str, text: str) -> None:
    """Words that fit or are ambiguous, and chapters without words, give no contradiction."""
    assert find_contradiction(digits, text) is None
