"""What types are called by GraphQL, dlt, Arrow and JSON."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from dlt.common.data_types import TDataType

MONEY_PRECISION, MONEY_SCALE = 18, 4

"""Amounts are exact to the fourth decimal up to 10^11, as the floats are that bring them."""

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

ARROW_TYPES: dict[TDataType, pa.DataType] = {
    "bigint": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "text": pa.string(),
    "decimal": pa.decimal128(MONEY_PRECISION, MONEY_SCALE),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}

JSON_TYPES = {"bigint": pa.int64(), "double": pa.float64(), "bool": pa.bool_()}

"""How values stand in JSON, by the data type of their columns; all others are texts."""
