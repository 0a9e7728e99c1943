"""Amounts, flags and counts out of free text: what they say, and what is doubtful about that."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from ...data_types import MONEY_PRECISION, MONEY_SCALE

SIGNS = {"€": "EUR", "£": "GBP", "₩": "KRW", "₪": "ILS", "₹": "INR", "zł": "PLN"}
"""Currency signs that stand for one currency; a dollar, a yen or a krona may be of several countries."""

_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN "
    "BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
    "GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW "
    "KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD "
    "NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD "
    "SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED "
    "VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG "
)
CURRENCIES = frozenset(_CODES.split())
"""The ISO 4217 codes in use, without those of metals, funds and tests: no other word is a currency."""

SMALLEST = Decimal(1).scaleb(-MONEY_SCALE)
LARGEST = Decimal(10) ** (MONEY_PRECISION - MONEY_SCALE)

_WORD = r"(?:[A-Za-z]{3}|[Kk]r\.?|Rs\.?|Fr\.?|zł|Kč|Ft|[A-Z]{0,3}[$€£¥₩₪₹₽₺])"
_AMOUNT = re.compile(
    rf"(?P<sign>[-+\u2212]?)\s*(?P<before>{_WORD})?\s*(?P<inner>[-+\u2212]?)\s*"
    rf"(?P<number>[0-9][0-9.,'\u2019\s]*|[.,][0-9]+)\s*(?P<after>{_WORD})?"
)
_BLANKS = str.maketrans(dict.fromkeys("\u00a0\u202f\u2009\u2007", " "))
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


class Amount(NamedTuple):
    """What a text says of an amount.

    Attributes:
        value: Rounded to the fourth decimal, as the tables keep it; None where there is none to read.
        problem: What is doubtful, one clause; None if nothing is.
        currency: ISO 4217 code, where the text names one.
    """

    value: Decimal | None
    problem: str | None
    currency: str | None = None


class Flag(NamedTuple):
    """What a text says of a yes-or-no question; no text is no."""

    value: bool | None
    problem: str | None


def parse_amount(text: str | None) -> Amount:
    """Reads an amount in any of the usual ways of writing: `1,234.50`, `1.234,50`, `1 234,50 SEK`, `€ 12.5`.

    Of a comma and a point, the later one is the decimal point. One that stands alone is it as well, unless
    exactly three digits follow one to three: `1,234` and `1.234` mean different things in different
    countries. They are read as programs write them, the comma between thousands and the point before
    decimals, and the doubt is told as the problem. No text at all is not an amount, which is no problem.
    """
    cleaned = (text or "").translate(_BLANKS).strip()
    if not cleaned:
        return Amount(None, None)
    found = _AMOUNT.fullmatch(cleaned)
    if not found or (found["before"] and found["after"]) or (found["sign"] and found["inner"]):
        return Amount(None, "is not an amount")
    word = found["before"] or found["after"]
    if word and _is_code(word) and word.upper() not in CURRENCIES:
        return Amount(None, "is not an amount")
    number, problem = _number(found["number"].strip())
    if number is None:
        return Amount(None, problem)
    if number >= LARGEST:
        return Amount(None, "is larger than any amount can be")
    negative = (found["sign"] or found["inner"]) not in ("", "+")
    value = (-number if negative else number).quantize(SMALLEST, ROUND_HALF_EVEN)
    return Amount(value, problem, _currency(word))


def parse_flag(text: str | None) -> Flag:
    """Reads `1`, `0`, `true` and the like."""
    word = (text or "").strip().lower()
    if word in _TRUE or word in _FALSE:
        return Flag(word in _TRUE, None)
    return Flag(None, "is neither yes nor no")


def parse_count(text: str | None) -> int | None:
    """Reads a whole number; None for anything else, such as a range of days."""
    cleaned = (text or "").strip()
    return int(cleaned) if re.fullmatch(r"[0-9]{1,15}", cleaned) else None


def _number(text: str) -> tuple[Decimal | None, str | None]:
    compact = re.sub(r"[\s'\u2019]", "", text)
    decimal = max(".,", key=compact.rfind)
    whole, sign, rest = compact.rpartition(decimal)
    doubt = None
    if not sign or compact.count(decimal) > 1:
        whole, rest = compact, ""  # no sign at all, or one that stands between thousands
    elif len(rest) == 3 and re.fullmatch(r"[1-9][0-9]{0,2}", whole) and text == compact:
        doubt = f"may mean {whole}{rest} or {whole}.{rest}, and is read as "
        doubt += f"{whole}{rest}" if decimal == "," else f"{whole}.{rest}"
        if decimal == ",":
            whole, rest = whole + rest, ""
    if not _is_grouped(text[: len(text) - len(rest) - 1] if rest else text.rstrip(".,")):
        return None, "is not an amount"
    digits = re.sub(r"[.,]", "", whole)
    return Decimal(f"{digits or 0}.{rest or 0}"), doubt


def _is_grouped(text: str) -> bool:
    """Whether what stands before the decimal point is digits, or groups of three that one sign parts."""
    return bool(re.fullmatch(r"[0-9]*|[0-9]{1,3}(?:([.,'\u2019]|\s)[0-9]{3})(?:\1[0-9]{3})*", text))


def _currency(word: str | None) -> str | None:
    if word is None:
        return None
    return word.upper() if _is_code(word) else SIGNS.get(word)


def _is_code(word: str) -> bool:
    return bool(re.fullmatch("[A-Za-z]{3}", word))
