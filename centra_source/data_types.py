"""The names of data types in GraphQL, dlt, Arrow, JSON and SQL."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from dlt.common.data_types import TDataType

MONEY_PRECISION, MONEY_SCALE = 18, 4
"""Digits of an amount of money, and those after the point. Centra sends floats, which are exact to the fourth
decimal up to 10^11."""

DERIVED_PRECISION = 38
"""Digits of an amount that is calculated from others, such as a price times a quantity: as many as nearly
every destination has."""

DATA_TYPES: Mapping[str, TDataType] = {
    "Int": "bigint",
    "Int64": "bigint",
    "Float": "double",
    "Boolean": "bool",
    "String": "text",
    "ID": "text",
    "DateTimeTz": "timestamp",
    "Date": "date",
}
"""The data types of dlt, by Centra's scalars. Enums are texts."""

ARROW_TYPES: dict[TDataType, pa.DataType] = {
    "bigint": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "text": pa.string(),
    "decimal": pa.decimal128(MONEY_PRECISION, MONEY_SCALE),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}
"""The types of Arrow tables, by data type."""

JSON_TYPES = {"bigint": pa.int64(), "double": pa.float64(), "bool": pa.bool_()}
"""The Arrow types of values in Centra's JSON, by data type. Values of all other types are strings there."""

SQL_TYPES: Mapping[TDataType, str] = {
    "bigint": "bigint",
    "double": "double",
    "bool": "boolean",
    "text": "varchar",
    "decimal": f"decimal({MONEY_PRECISION}, {MONEY_SCALE})",
    "timestamp": "timestamptz",
    "date": "date",
}
"""The types of DuckDB's SQL, by data type."""
