"""Parses amounts, flags and counts in free text, and says what is uncertain about them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from ...data_types import MONEY_PRECISION, MONEY_SCALE

SIGNS = {"€": "EUR", "£": "GBP", "₩": "KRW", "₪": "ILS", "₹": "INR", "zł": "PLN"}
"""Signs of exactly one currency. Those of dollar, yen and krona are left out: several currencies use them."""

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
"""The ISO 4217 codes in use, without those of metals, funds and tests. No other word is a currency."""

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
    """An amount that was parsed from a text.

    Attributes:
        value: Rounded to four decimals, as in the tables; None if the text has no amount.
        problem: What is uncertain, as a clause; None if nothing is.
        currency: ISO 4217 code; None if the text names no currency.
    """

    value: Decimal | None
    problem: str | None
    currency: str | None = None


class Flag(NamedTuple):
    """A yes or no that was parsed from a text. An empty text means no."""

    value: bool | None
    problem: str | None


def parse_amount(text: str | None) -> Amount:
    """Parses an amount in any common notation: `1,234.50`, `1.234,50`, `1 234,50 SEK`, `€ 12.5`.

    If there is a comma and a point, the later one is the decimal separator. A single one is the decimal
    separator as well, unless one to three digits are before it and exactly three after it: `1,234` and
    `1.234` mean different amounts in different countries. They are read as programs write them, with the
    comma between thousands and the point before decimals, and `problem` says so. An empty text has no amount
    and no problem.
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
    """Parses `1`, `0`, `true` and similar words."""
    word = (text or "").strip().lower()
    if word in _TRUE or word in _FALSE:
        return Flag(word in _TRUE, None)
    return Flag(None, "is neither yes nor no")


def parse_count(text: str | None) -> int | None:
    """Parses a whole number; None for anything else, such as a range of days."""
    cleaned = (text or "").strip()
    return int(cleaned) if re.fullmatch(r"[0-9]{1,15}", cleaned) else None


def _number(text: str) -> tuple[Decimal | None, str | None]:
    compact = re.sub(r"[\s'\u2019]", "", text)
    decimal = max(".,", key=compact.rfind)
    whole, sign, rest = compact.rpartition(decimal)
    doubt = None
    if not sign or compact.count(decimal) > 1:
        whole, rest = compact, ""  # no separator, or one between thousands
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
    """Whether the part before the decimals is digits, or groups of three with the same separator."""
    return bool(re.fullmatch(r"[0-9]*|[0-9]{1,3}(?:([.,'\u2019]|\s)[0-9]{3})(?:\1[0-9]{3})*", text))


def _currency(word: str | None) -> str | None:
    if word is None:
        return None
    return word.upper() if _is_code(word) else SIGNS.get(word)


def _is_code(word: str) -> bool:
    return bool(re.fullmatch("[A-Za-z]{3}", word))
