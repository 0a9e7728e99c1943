"""Which destinations can merge as the loader's hints say."""

from __future__ import annotations

import dlt
from dlt.common.schema.typing import TTableSchema

from ..exceptions import InvalidSetting
from ..tables.merging import STRATEGY

FILESYSTEM = "dlt.destinations.filesystem"


def refuse_inexact_merges(pipeline: dlt.Pipeline) -> None:
    """Refuses a destination that cannot replace rows.

    Raises:
        InvalidSetting: The destination would keep rows that have changed or are gone.
    """
    if pipeline.destination is None:
        return
    can = pipeline.destination.capabilities()
    strategies = can.supported_merge_strategies or []
    if can.merge_strategies_selector:
        table: TTableSchema = {"name": "orders", "columns": {}, "table_format": can.preferred_table_format}
        strategies = can.merge_strategies_selector(strategies, table_schema=table)
    if STRATEGY in strategies:
        return
    if pipeline.destination.destination_type == FILESYSTEM:
        raise InvalidSetting(
            "dlt's filesystem destination cannot replace rows, so changed rows would be duplicated. "
            "Use `from centra_source.destinations import lake` and destination=lake(), which takes the same "
            "settings."
        )
    raise InvalidSetting(
        f"The destination {pipeline.destination.destination_name} has no {STRATEGY} merge, so changed and "
        "deleted rows would stay in its tables. Use a destination that has it, such as duckdb or postgres."
    )
