"""Which destinations can merge as the loader's hints say."""

from __future__ import annotations

import dlt
from dlt.common.schema.typing import TTableSchema

from ..exceptions import InvalidSetting
from ..tables.merging import STRATEGY

FILESYSTEM = "dlt.destinations.filesystem"


def refuse_inexact_merges(pipeline: dlt.Pipeline) -> None:
    """Refuses a destination that would take the hints above for less than they say.

    Raises:
        InvalidSetting: It adds the rows to the old ones, or leaves those that nothing replaces.
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
            "dlt's filesystem destination cannot replace rows, and changed ones would be there twice: write "
            "`from centra_source.lake import lake` and destination=lake(), which takes the same settings."
        )
    raise InvalidSetting(
        f"The destination {pipeline.destination.destination_name} has no {STRATEGY} merge, and its tables "
        "would keep what has changed or gone: use another, see docs/destinations.md."
    )
