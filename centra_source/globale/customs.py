"""Values of a product that customs asks for: commodity code, country of origin and weight."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from .digits import count_digits, describe_non_digits

_SEPARATORS = str.maketrans("", "", ".- \N{NO-BREAK SPACE}")


class HsCode(NamedTuple):
    """A commodity code as typed into Centra, which does not check it."""

    digits: str
    """Without dots, dashes and spaces; empty if other characters than digits remain."""
    problem: str | None
    """What is wrong with its form, as a clause; None for 6, 8 or 10 digits."""


def parse_hs_code(raw: str | None) -> HsCode | None:
    """Parses a commodity code, without padding or cutting it.

    Six digits are a code of the Harmonized System, eight of the EU's Combined Nomenclature, ten of a national
    tariff.

    Args:
        raw: The code as stored, such as `6109.10.00.90`.

    Returns:
        The code and what is wrong with it; None if the field is empty.
    """
    if raw is None or not raw.strip():
        return None
    digits = raw.strip().translate(_SEPARATORS)
    if not (digits.isascii() and digits.isdecimal()):
        return HsCode("", describe_non_digits(raw))
    return HsCode(digits, None if len(digits) in (6, 8, 10) else _wrong_length(digits))


def _wrong_length(digits: str) -> str:
    count = f"has {count_digits(digits)}"
    if len(digits) < 5:
        return f"{count}, too few to identify the goods: it must have 6, 8 or 10"
    if len(digits) > 10:
        return f"{count}, more than the 10 of the tariffs of the EU, the UK and the US"
    padded = f"0{digits}"
    lost = f": a leading zero may be lost ({padded})" if in_hs2022(padded) else ""
    return f"{count}, but must have 6, 8 or 10{lost}"


def in_hs2022(digits: str) -> bool:
    """Whether the first six digits are a subheading of the Harmonized System, edition 2022."""
    return digits[:6] in _subheadings()


@lru_cache(maxsize=1)
def _subheadings() -> frozenset[str]:
    lines = files(__package__).joinpath("hs2022.txt").read_text(encoding="ascii").splitlines()
    headings = (line.split() for line in lines if line and not line.startswith("#"))
    return frozenset(heading + ending for heading, *endings in headings for ending in endings)


_ISO_3166 = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
    BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI
    FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN
    IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
    PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE
    YT ZA ZM ZW
"""
"""The 249 current codes of ISO 3166-1 alpha-2."""
_COUNTRIES = frozenset(_ISO_3166.split())

_MEANT = {"UK": "GB", "EL": "GR", "EN": "GB", "BU": "MM", "DD": "DE", "FX": "FR", "TP": "TL", "ZR": "CD"}
"""Codes that are used elsewhere or that ISO has withdrawn, and the current code."""


def is_country(code: str) -> bool:
    """Whether this is a current ISO 3166-1 alpha-2 code, in upper case and without spaces."""
    return code in _COUNTRIES


def is_user_assigned(code: str) -> bool:
    """Whether the code is not in ISO 3166, but stands for a territory by agreement: XK, Kosovo.

    Customs of the EU and others accept it. The other user-assigned codes of ISO, such as XX and ZZ, say
    nothing about where goods come from.
    """
    return code == "XK"


def likely_country(code: str) -> str | None:
    """Returns the code that was probably meant: GB for UK, SE for se; None if it is correct or unclear."""
    tidy = code.strip().upper()
    meant = _MEANT.get(tidy, tidy)
    return meant if meant != code and is_country(meant) else None


_GRAMS = {"GRAMS": Decimal(1), "KILOGRAMS": Decimal(1000), "POUNDS": Decimal("453.59237")}
_MILLIGRAM = Decimal("0.001")
_HEAVIEST = Decimal(10) ** 14
"""Grams. A barcode that was typed as a weight is more."""


def convert_to_grams(value: Decimal | float | int | str | None, unit: str | None) -> Decimal | None:
    """Converts a weight to grams, exact to the milligram.

    Args:
        value: The number that Centra stores. Its formatted text may show another value.
        unit: Centra's `WeightUnit`: GRAMS, KILOGRAMS or POUNDS.

    Returns:
        The weight; None if the number is missing or the unit is another one.
    """
    factor = _GRAMS.get(unit or "")
    try:
        number = None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
    if factor is None or number is None or not number.is_finite() or abs(number) * factor >= _HEAVIEST:
        return None
    return (number * factor).quantize(_MILLIGRAM)
