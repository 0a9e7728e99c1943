"""What the order tables read out of free text: amounts, flags, mappings."""

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
def test_amount_is_read_in_every_usual_way_of_writing(text: str) -> None:
    """Points, commas, blanks and apostrophes, with a sign or a currency before or behind."""
    amount = parse_amount(text)
    assert (amount.value, amount.problem) == (Decimal(CERTAIN[text]), None)


@given(
    cents=some.integers(-(10**13), 10**13),
    signs=some.sampled_from(
        [("", "."), ("", ","), (",", "."), (".", ","), (" ", ","), (" ", "."), ("'", ".")]
    ),
    currency=some.sampled_from(["{}", "{} SEK", "EUR {}", "€{}"]),
)
def test_written_amount_reads_as_itself(cents: int, signs: tuple[str, str], currency: str) -> None:
    """Whatever parts its thousands and its decimals."""
    thousands, decimals = signs
    text = f"{Decimal(cents) / 100:,.2f}".replace(",", "T").replace(".", decimals).replace("T", thousands)
    amount = parse_amount(currency.format(text))
    assert (amount.value, amount.problem) == (Decimal(cents) / 100, None)


@pytest.mark.parametrize(
    ("text", "value"), [("1,234", "1234"), ("1.234", "1.234"), ("-12,500 SEK", "-12500")]
)
def test_ambiguous_amount_is_read_as_programs_write_it_and_told(text: str, value: str) -> None:
    """The comma stands between thousands, the point before decimals."""
    amount = parse_amount(text)
    assert amount.value == Decimal(value)
    assert amount.problem
    assert amount.problem.startswith("may mean")


@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_what_is_no_amount_is_told(text: str) -> None:
    """Nothing is guessed out of it."""
    assert parse_amount(text) == (None, "is not an amount", None)


@pytest.mark.parametrize("text", [None, "", "  ", "\u00a0"])
def test_no_text_is_no_problem(text: str | None) -> None:
    """Global-e leaves elements empty."""
    assert parse_amount(text) == (None, None, None)
    assert parse_flag(text) == (False, None)
    assert parse_mapping(text) == ((), None)


def test_amount_that_no_column_holds_is_a_problem() -> None:
    """A load does not break on it."""
    assert parse_amount("9" * 14).value == Decimal("9" * 14)
    assert parse_amount("9" * 15) == (None, "is larger than any amount can be", None)


@pytest.mark.parametrize("text", CURRENCIES)
def test_currency_is_told_where_it_is_certain(text: str) -> None:
    """A dollar or a krona may be of several countries."""
    assert parse_amount(text).currency == CURRENCIES[text]


def test_flags_and_counts() -> None:
    """Centra writes flags as 1 and 0; a range of days is no count."""
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
def test_mapping_is_read_in_every_shape_that_leaves_no_doubt(shape: str) -> None:
    """Global-e does not document which it is."""
    assert parse_mapping(SHAPES[shape]) == (PAIRS, None)


def test_numbers_are_kept_as_they_are_written() -> None:
    """A price of 12.50 has its last digit, and a long id all of its digits."""
    assert parse_mapping('{"GE1": 12.50, "GE2": 9007199254740993}').pairs == (
        ("GE1", "12.50"),
        ("GE2", "9007199254740993"),
    )


def test_one_side_may_be_mapped_to_several() -> None:
    """By a list or by the same name again; null maps to nothing."""
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
def test_anything_else_is_a_problem(text: str) -> None:
    """Half of a mapping would be worse than none."""
    assert parse_mapping(text) == ((), UNREADABLE[text])


@given(some.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    """Whatever an editor leaves in a field."""
    parse_amount(text)
    parse_flag(text)
    parse_mapping(text)
    parse_codes(text)


def test_codes_are_listed_in_every_usual_way() -> None:
    """Parted by commas, semicolons, bars or lines, or as a JSON list; each once."""
    for text in ("A, B", "A;B", "A|B", "A\nB", '["A", "B"]', "A,,B,A"):
        assert parse_codes(text) == ["A", "B"]
    assert [parse_codes(text) for text in (None, "", " ", "[]", "{}")] == [[], [], [], [], []]


def test_codes_in_json_of_another_shape_are_kept_whole() -> None:
    """Its parts are no codes; what an editor wrote as HTML is read as it was meant."""
    for text in ('[{"code": "A", "amount": 5}]', '{"A": 5, "B": 6}', '["A", '):
        assert parse_codes(text) == [text.strip()]
    assert parse_codes("[&quot;A&quot;, &quot;B&quot;]") == ["A", "B"]
    assert parse_codes("A&amp;B, C") == ["A&B", "C"]
