"""Finds rows with one key: of several rows a table keeps one."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from ..misfits import REPEATED, Example, Misfits
from .table import POSITION, Table


def record_repeated_keys(table: Table, rows: pa.Table, misfits: Misfits) -> None:
    """Records the rows of child tables that have the key of another row of the same object.

    Args:
        table: The table. Keys of one column are not checked: `ListReader.keep_new` has read each object once.
        rows: Its rows, those of an object one after the other.
        misfits: Where they are recorded.
    """
    key = list(table.key)
    if len(key) < 2 or key[-1] == POSITION or len(set(key) - {table.root_key}) == len(key):
        return
    if len(key) == 2 and _is_rising(rows, key):
        return
    counted = rows.select(key).group_by(key, use_threads=False).aggregate([([], "count_all")])
    repeated = counted.filter(pc.greater(counted["count_all"], 1))
    if not repeated.num_rows:
        return
    examples = [
        Example(f"{table.name}.{key[-1]}", row[table.root_key], row[key[-1]])
        for row in repeated.slice(0, 10).to_pylist()
    ]
    more = int(pc.sum(repeated["count_all"]).as_py()) - repeated.num_rows
    misfits.record_type(table.name, "it has the key of another row", REPEATED, more, examples)


def _is_rising(rows: pa.Table, key: Sequence[str]) -> bool:
    """Whether the keys of each object rise from row to row: then none is there twice. It is cheap to see."""
    if rows.num_rows < 2:
        return True
    owners, ids = (rows[column].combine_chunks() for column in key)
    is_same_owner = pc.equal(owners[1:], owners[:-1])
    return not pc.any(pc.and_(is_same_owner, pc.less_equal(ids[1:], ids[:-1]))).as_py()
