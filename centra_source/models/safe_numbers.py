"""Arithmetic that no value of a shop can break: functions that the SQL of the models calls.

A number that its type cannot hold ends a query, so these functions give null instead. Every destination
calculates them by plain `case` expressions: not every one has `try_cast`.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import expressions as sql

from ..destinations.queries import DIALECT

FUNCTIONS: Mapping[str, str] = {
    # A whole number of 64 bits; null if it has more.
    "to_bigint": """
        case
            when {0} between -9223372036854775808 and 9223372036854775807 then cast({0} as bigint)
        end
    """,
    # A factor of an amount, with nine decimals; null if it is not below 10^10, or not a number.
    "to_factor": "case when abs({0}) < 10000000000 then cast({0} as decimal(20, 9)) end",
    # A rate of a currency, with nine decimals; null if nothing can be converted with it.
    "to_rate": "case when {0} >= 0.000000001 and {0} < 10000000000 then cast({0} as decimal(20, 9)) end",
    # An amount times a factor, rounded to four decimals. Amounts of Centra are multiplied exactly by every
    # destination, products of such amounts with quantities by those with 38 digits; null beyond these.
    "scale_amount": """
        case
            when abs({0}) < 99999999999999 then round(cast({0} as decimal(18, 4)) * {1}, 4)
            when abs(cast({0} as double precision)) * abs(cast({1} as double precision))
                < 1000000000000000000000000 then round({0} * {1}, 4)
        end
    """,
}
"""The functions by name, in `DIALECT`; {0} and {1} are their arguments."""


def expand_functions(statement: sql.Expr) -> None:
    """Replaces the calls of `FUNCTIONS` in a statement by what they calculate."""
    calls = [call for call in statement.find_all(sql.Anonymous) if call.name in FUNCTIONS]
    for call in reversed(calls):  # those inside of others first
        arguments = [f"({argument.sql(DIALECT)})" for argument in call.expressions]
        call.replace(sqlglot.parse_one(FUNCTIONS[call.name].format(*arguments), read=DIALECT))
