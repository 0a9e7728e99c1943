"""Functions of the models' SQL: exact where a number fits, null where it does not, and never an error."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
import pytest
import sqlglot

from centra_source.destinations.derived_tables import derived_precision, fit_table
from centra_source.models.safe_numbers import expand_functions
from centra_source.models.sales_tables import SALES_DAILY

MOST = 2**63 - 1
WIDE = "cast({} as decimal(38, 4))"


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (f"to_bigint({MOST}::hugeint)", MOST),
        (f"to_bigint({MOST}::hugeint + 1)", None),
        (f"to_bigint(-{MOST}::hugeint - 2)", None),
        ("to_factor(0.25::double)", Decimal("0.25")),
        ("to_factor('NaN'::double)", None),
        ("to_factor('-Infinity'::double)", None),
        ("to_factor(1e10::double)", None),
        ("to_rate(10.5::double)", Decimal("10.5")),
        ("to_rate(0::double)", None),
        ("to_rate(-1::double)", None),
        ("to_rate(1e300::double)", None),
        ("to_rate('NaN'::double)", None),
        ("scale_amount(cast(0.00005 as decimal(38, 4)), cast(0.5 as decimal(20, 9)))", Decimal("0.0001")),
        (f"scale_amount({WIDE.format(10**20)}, cast(2.5 as decimal(20, 9)))", Decimal("2.5e20")),
        (f"scale_amount({WIDE.format(10**20)}, cast(1e9 as decimal(20, 9)))", None),
        (f"scale_amount({WIDE.format(10**33)}, cast(null as decimal(20, 9)))", None),
        (f"to_bigint(scale_amount({WIDE.format(4)}, to_factor(0.5::double)))", 2),
    ],
)
def test_function_gives_a_value_or_null(call: str, value: Any) -> None:
    """For the largest numbers, those that are none, and calls inside of others."""
    statement = sqlglot.parse_one(f"select {call}", read="duckdb")
    expand_functions(statement)
    assert duckdb.sql(statement.sql("duckdb")).fetchone() == (value,)


def test_amounts_are_as_wide_as_the_destination_has_them() -> None:
    """BigQuery has fewer digits than all others."""
    widths = {
        name: fit_table(SALES_DAILY, name).money_precision for name in ("duckdb", "postgres", "bigquery")
    }
    assert widths == {"duckdb": 38, "postgres": 38, "bigquery": 33}
    assert derived_precision("snowflake") == 38
