"""Amounts, flags and mappings that the order tables parse from free text."""

from __future__ import annotations

import html
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from centra_source.globale.orders.amounts import parse_amount, parse_count, parse_flag
from centra_source.globale.orders.mappings import parse_mapping
from centra_source.globale.orders.vouchers import parse_codes

CERTAIN = {
    "12": "12",
    "1,234.50": "1234.50",
    "1.234,50": "1234.50",
    "1 234,50": "1234.50",
    "1\u00a0234,50 SEK": "1234.50",
    "1'234.50": "1234.50",
    "1.234.567": "1234567",
    "1,234,567.89": "1234567.89",
    "1234.567": "1234.567",
    "0.125": "0.125",
    "0,125": "0.125",
    "12,5": "12.5",
    ".5": "0.5",
    "-5": "-5",
    "USD -5.00": "-5",
    "\u22125.00 kr": "-5",
    "€12,50": "12.50",
    "US$ 12": "12",
    "0.00005": "0",
}

CURRENCIES = {"12 EUR": "EUR", "eur 12": "EUR", "€ 12": "EUR", "12 kr": None, "$12": None, "12": None}

NO_AMOUNTS = [
    "about 12",
    "GE12",
    "12 34",
    "1,23,456.00",
    "1.234.56",
    "1e5",
    "12-",
    "EUR",
    "-",
    "EUR 12 EUR",
    "max 12",
    "12 pcs",
    "١٢",
]


@pytest.mark.parametrize("text", CERTAIN)
def test_amount_is_parsed_in_every_usual_notation(text: str) -> None:
    """Separators may be points, commas, blanks or apostrophes; a sign or currency may precede or follow."""
    amount = parse_amount(text)
    assert (amount.value, amount.problem) == (Decimal(CERTAIN[text]), None)


@given(
    cents=some.integers(-(10**13), 10**13),
    signs=some.sampled_from(
        [("", "."), ("", ","), (",", "."), (".", ","), (" ", ","), (" ", "."), ("'", ".")]
    ),
    currency=some.sampled_from(["{}", "{} SEK", "EUR {}", "€{}"]),
)
def test_formatted_amount_is_parsed_back_to_its_value(
    cents: int, signs: tuple[str, str], currency: str
) -> None:
    """The result does not depend on the thousands and decimal separators."""
    thousands, decimals = signs
    text = f"{Decimal(cents) / 100:,.2f}".replace(",", "T").replace(".", decimals).replace("T", thousands)
    amount = parse_amount(currency.format(text))
    assert (amount.value, amount.problem) == (Decimal(cents) / 100, None)


@pytest.mark.parametrize(
    ("text", "value"), [("1,234", "1234"), ("1.234", "1.234"), ("-12,500 SEK", "-12500")]
)
def test_ambiguous_amount_uses_the_decimal_point_and_is_reported(text: str, value: str) -> None:
    """A comma separates thousands and a point separates decimals where both readings are possible."""
    amount = parse_amount(text)
    assert amount.value == Decimal(value)
    assert amount.problem
    assert amount.problem.startswith("may mean")


@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_text_that_is_not_an_amount_is_reported(text: str) -> None:
    """A text that is not an amount gives no value."""
    assert parse_amount(text) == (None, "is not an amount", None)


@pytest.mark.parametrize("text", [None, "", "  ", "\u00a0"])
def test_empty_text_is_not_a_problem(text: str | None) -> None:
    """An empty element gives no amount and no problem, because Global-e leaves elements empty."""
    assert parse_amount(text) == (None, None, None)
    assert parse_flag(text) == (False, None)
    assert parse_mapping(text) == ((), None)


def test_amount_too_large_for_its_column_is_a_problem() -> None:
    """An amount outside the range of the column is reported and does not fail the load."""
    assert parse_amount("9" * 14).value == Decimal("9" * 14)
    assert parse_amount("9" * 15) == (None, "is larger than any amount can be", None)


@pytest.mark.parametrize("text", CURRENCIES)
def test_currency_is_reported_only_when_it_is_unambiguous(text: str) -> None:
    """A dollar or krona sign gives no currency, because several countries use it."""
    assert parse_amount(text).currency == CURRENCIES[text]


def test_flags_and_counts_are_parsed() -> None:
    """Flags are 1 and 0 as Centra writes them, and a range of days is not a count."""
    assert [parse_flag(text).value for text in ("1", "TRUE", "0", "false", "no", "maybe")] == [
        True,
        True,
        False,
        False,
        False,
        None,
    ]
    assert parse_flag("maybe").problem
    assert [parse_count(text) for text in ("3", " 12 ", "5-7", "", None)] == [3, 12, None, None, None]


PAIRS = (("7", "GE1"), ("8", "GE2"))
OBJECT = json.dumps(dict(PAIRS))

SHAPES = {
    "object": OBJECT,
    "object of numbers": '{"7": "GE1", "8": "GE2"}',
    "pairs": json.dumps([list(pair) for pair in PAIRS]),
    "pairs with numbers": '[[7, "GE1"], [8, "GE2"]]',
    "objects of one field": json.dumps([{left: right} for left, right in PAIRS]),
    "objects of two fields": json.dumps(
        [{"centraLineId": left, "cartItemId": right} for left, right in PAIRS]
    ),
    "fields in the other order": json.dumps([{"cartItemId": right, "lineId": left} for left, right in PAIRS]),
    "fields without a meaning": json.dumps([{"a": left, "b": right} for left, right in PAIRS]),
    "JSON in JSON": json.dumps(OBJECT),
    "JSON in JSON in JSON": json.dumps(json.dumps(OBJECT)),
    "HTML": html.escape(OBJECT),
    "HTML in JSON": json.dumps(html.escape(OBJECT)),
    "blanks": f"\n {OBJECT} \n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_mapping_is_parsed_in_every_unambiguous_shape(shape: str) -> None:
    """Every unambiguous shape is accepted, because Global-e does not document which one it sends."""
    assert parse_mapping(SHAPES[shape]) == (PAIRS, None)


def test_numbers_in_mappings_keep_all_digits() -> None:
    """A price of 12.50 keeps its last digit, and a long id keeps all of its digits."""
    assert parse_mapping('{"GE1": 12.50, "GE2": 9007199254740993}').pairs == (
        ("GE1", "12.50"),
        ("GE2", "9007199254740993"),
    )


def test_one_name_may_map_to_several_values() -> None:
    """A list or a repeated name maps to several values, and null maps to nothing."""
    assert parse_mapping('{"7": ["GE1", "GE2"], "7": "GE3", "8": null}').pairs == (
        ("7", "GE1"),
        ("7", "GE2"),
        ("7", "GE3"),
    )


UNREADABLE = {
    '{"7": "GE1"': "is not JSON",
    "7=GE1;8=GE2": "is not JSON",
    "[" * 100_000: "is not JSON",
    '{"7": NaN}': "is not JSON",
    "7": "is JSON of an unknown structure",
    "[1, 2]": "is JSON of an unknown structure",
    '{"7": {"a": 1}}': "is JSON of an unknown structure",
    '[{"a": 1, "b": 2, "c": 3}]': "is JSON of an unknown structure",
    '{"7": true}': "is JSON of an unknown structure",
}


@pytest.mark.parametrize("text", UNREADABLE, ids=lambda text: text[:20])
def test_mapping_of_another_shape_is_a_problem(text: str) -> None:
    """A mapping that cannot be parsed completely gives a problem and no entries."""
    assert parse_mapping(text) == ((), UNREADABLE[text])


@given(some.text())
def test_parsing_never_raises(text: str) -> None:
    """Any text that an editor may leave in a field is parsed without an error."""
    parse_amount(text)
    parse_flag(text)
    parse_mapping(text)
    parse_codes(text)


def test_voucher_codes_are_parsed_from_every_usual_list() -> None:
    """Codes are separated by commas, semicolons, bars or lines, or are a JSON list; each is kept once."""
    for text in ("A, B", "A;B", "A|B", "A\nB", '["A", "B"]', "A,,B,A"):
        assert parse_codes(text) == ["A", "B"]
    assert [parse_codes(text) for text in (None, "", " ", "[]", "{}")] == [[], [], [], [], []]


def test_codes_in_other_json_are_kept_as_one_text() -> None:
    """JSON that is not a list of codes is kept whole, and HTML entities are decoded."""
    for text in ('[{"code": "A", "amount": 5}]', '{"A": 5, "B": 6}', '["A", '):
        assert parse_codes(text) == [text.strip()]
    assert parse_codes("[&quot;A&quot;, &quot;B&quot;]") == ["A", "B"]
    assert parse_codes("A&amp;B, C") == ["A&B", "C"]
