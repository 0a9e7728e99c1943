"""Hands the items of a resource to dlt: tables to the destination, and its own rows to transformers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.schema.typing import C_DLT_LOAD_ID
from dlt.extract.items import DataItemWithMeta, ResolvablePipeItem
from dlt.extract.pipe import ForkPipe, Pipe

from ..exceptions import InvalidSetting
from ..state import current_load_id
from ..tables.merging import Items
from .user_steps import UserSteps

LOAD_ID_HINT = {"name": C_DLT_LOAD_ID, "data_type": "text", "nullable": True}
"""Nullable, so that it can be added to tables of earlier loads that lack it."""


def is_loaded() -> bool:
    """Whether dlt loads the tables of the resource that it is reading, or only transformers get rows."""
    pipe = dlt.current.pipe()
    forks = pipe.tail if isinstance(pipe, Pipe) and isinstance(pipe.tail, ForkPipe) else None
    return not forks or any(fork is pipe for fork, _ in forks._pipes)


def hand_out(items: Items, table: str) -> Iterator[Any]:
    """Yields what dlt takes.

    dlt gives the hints of an item to everything that a transformer makes of it, and would load that into the
    tables of the resource. So transformers get the rows of the resource's own table without hints.

    Args:
        items: The tables of a resource, with the hints that merge them.
        table: The resource's own table.

    Raises:
        InvalidSetting: dlt reads the resource in a thread, from which no rows without hints can be handed on.
    """
    pipe = dlt.current.pipe()
    assert isinstance(pipe, Pipe), "dlt runs resources in no other"
    forks = pipe.tail if isinstance(pipe.tail, ForkPipe) else None
    if forks and UserSteps.of_current().is_parallel:
        raise InvalidSetting(
            f"{table}: parallelize() cannot be used together with a transformer. Requests run in parallel "
            "without it: see parallel_requests of centra_source()."
        )
    load_id = current_load_id()
    for item in items:
        if item is None:
            yield None
            continue
        rows: pa.Table = item.data
        is_own = bool(forks) and item.meta.hints["table_name"] == table and rows.num_rows
        with_id = _add_load_id(item, load_id) if load_id else item
        if not forks:
            yield with_id
            continue
        for fork, step in forks._pipes:
            if fork is pipe:
                yield ResolvablePipeItem(with_id.data, step, fork, with_id.meta)
            elif is_own:
                yield ResolvablePipeItem(rows, step, fork, None)


def _add_load_id(item: DataItemWithMeta, load_id: str) -> DataItemWithMeta:
    """Adds the column that dlt adds to the rows of other sources."""
    rows: pa.Table = item.data
    ids = pa.DictionaryArray.from_arrays(pa.array([0] * rows.num_rows, pa.int8()), pa.array([load_id]))
    item.meta.hints["columns"][C_DLT_LOAD_ID] = LOAD_ID_HINT
    item.meta.hints["original_columns"][C_DLT_LOAD_ID] = LOAD_ID_HINT
    return DataItemWithMeta(item.meta, rows.append_column(C_DLT_LOAD_ID, ids))
