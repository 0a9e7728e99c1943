"""Every type of column with every kind of value that it cannot hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from centra_source.misfits import LOST, REMOVED, REPLACED, ROUNDED
from centra_source.tables.column_values import fit_values, parse_known_timestamps
from centra_source.tables.table import Column

NAN, INFINITE = float("nan"), float("inf")

LOST_VALUES: dict[str, list[Any]] = {
    "timestamp": [
        "",
        " ",
        "0",
        "17",
        "12:00",
        "2024",
        "soon",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "0000-01-01T00:00:00+00:00",
        "-0001-11-30T00:00:00+00:00",
        "0001-01-01T00:00:00+02:00",
        "9999-12-31T23:59:59-05:00",
        "10000-01-01T00:00:00+00:00",
        "2026-02-30T00:00:00+00:00",
        "99999999999999999999",
    ],
    "date": ["", "0000-00-00", "0000-01-01", "-001-01-01", "10000-01-01", "2026-13-01", "yesterday"],
    "double": [NAN, INFINITE, -INFINITE],
    "decimal": [NAN, INFINITE, -INFINITE, 1e14, -1e15, 1e300],
}

HELD_VALUES: dict[str, list[tuple[Any, Any]]] = {
    "timestamp": [
        ("0001-01-01T00:00:00+00:00", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59+00:00", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31 08:00:00", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        ("1700000000", datetime.fromtimestamp(1_700_000_000, UTC)),
    ],
    "date": [("0001-01-01", date(1, 1, 1)), ("9999-12-31", date(9999, 12, 31))],
    "double": [(1e300, 1e300), (-0.5, -0.5)],
    "decimal": [(0.1 + 0.2, Decimal("0.3000")), (99_999_999_999.9999, Decimal("99999999999.9999"))],
}

OTHER_TYPES = [
    ("bigint", pa.string(), ["1001", "A-1", None], [1001, None, None]),
    ("bigint", pa.float64(), [5.0, 5.5, 1e300], [5, None, None]),
    ("double", pa.string(), ["1.5", "heavy", "NaN"], [1.5, None, None]),
    ("decimal", pa.string(), ["1.5", "free"], [Decimal("1.5000"), None]),
    ("bool", pa.string(), ["true", "perhaps"], [True, None]),
    ("text", pa.int64(), [1001, None], ["1001", None]),
    ("date", pa.int64(), [17, None], [None, None]),
    ("timestamp", pa.int64(), [1_700_000_000, 17], [datetime.fromtimestamp(1_700_000_000, UTC), None]),
    ("timestamp", pa.bool_(), [True], [None]),
    ("bigint", pa.list_(pa.string()), [["a"]], [None]),
]
"""A column keeps its type at the destination, whatever type its field has in the shop by now."""


def fit(data_type: Any, values: pa.Array, **how: bool) -> tuple[list[Any], dict[str, list[int]]]:
    """The loaded values, and the positions of odd ones by what has become of them."""
    array, odd = fit_values(Column("x", data_type, path=("x",)), values, **how)
    outcomes: dict[str, list[int]] = {}
    for one in odd:
        outcomes.setdefault(one.outcome, []).extend(one.places.tolist())
    return array.to_pylist(), {outcome: sorted(places) for outcome, places in outcomes.items()}


@pytest.mark.parametrize("data_type", LOST_VALUES)
def test_values_that_no_column_holds_are_null(data_type: str) -> None:
    """Those around them are exact, wherever they are, and all and only the odd ones are reported."""
    odd, held = LOST_VALUES[data_type], HELD_VALUES[data_type]
    sent: list[Any] = [None]
    expected: list[Any] = [None]
    for number, value in enumerate(odd):
        sent += [value, held[number % len(held)][0], None]
        expected += [None, held[number % len(held)][1], None]
    found, outcomes = fit(data_type, pa.array(sent))
    assert found == expected
    assert outcomes == {LOST: [1 + 3 * number for number in range(len(odd))]}


@pytest.mark.parametrize("data_type", HELD_VALUES)
def test_extreme_values_are_exact(data_type: str) -> None:
    """Nothing is reported of them."""
    sent, expected = zip(*HELD_VALUES[data_type], strict=True)
    assert fit(data_type, pa.array(sent)) == ([*expected], {})


@pytest.mark.parametrize(("data_type", "kind", "sent", "expected"), OTHER_TYPES)
def test_fields_of_another_type_fill_their_column(
    data_type: str, kind: pa.DataType, sent: list[Any], expected: list[Any]
) -> None:
    """As far as their values fit it."""
    found, outcomes = fit(data_type, pa.array(sent, kind))
    assert found == expected
    lost = [place for place, (old, new) in enumerate(zip(sent, found, strict=True)) if new is None is not old]
    assert outcomes.get(LOST, []) == lost


def test_rounded_amounts_are_reported() -> None:
    """Not those that are only floats: 0.1 + 0.2."""
    amounts = pa.array([1.0, 12.34567, 0.1 + 0.2, 99_999_999_999.9999, 12_345_678_901_234.5678, None])
    _, outcomes = fit("decimal", amounts)
    assert outcomes == {ROUNDED: [1, 4]}


def test_texts_that_databases_refuse_are_reported() -> None:
    """NUL stays where the destination can hold it; U+FFFD is reported if this load has written it."""
    texts = pa.array(["a\0b", "\0", "Tee \ufffd", "plain", None])
    assert fit("text", texts) == (texts.to_pylist(), {})
    assert fit("text", texts, removes_nul=True) == (
        ["ab", "", "Tee \ufffd", "plain", None],
        {REMOVED: [0, 1]},
    )
    assert fit("text", texts, has_replaced_text=True) == (texts.to_pylist(), {REPLACED: [2]})


def test_unreadable_times_do_not_stop_a_comparison() -> None:
    """Windows and sweeps compare the times of objects."""
    found = parse_known_timestamps(pa.array(["2026-01-31", "", None, "soon"])).to_pylist()
    assert found == [datetime(2026, 1, 31, tzinfo=UTC), None, None, None]
