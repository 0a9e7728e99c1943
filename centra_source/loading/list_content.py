"""Finds out whether the destination holds a list that is read whole as it is now."""

from __future__ import annotations

from hashlib import sha256

import pyarrow as pa

from ..destinations.stored_tables import StoredTables
from ..state import ListFingerprint, ResourceState, active_pipeline
from ..tables.table import Table


class ListContent:
    """All rows of one list in one run.

    Args:
        scope: What else must be the same, such as the day of a snapshot.
    """

    def __init__(self, scope: str) -> None:
        self._hash = sha256(scope.encode())
        self._keys: dict[str, list[pa.Table]] = {}

    def add(self, table: Table, rows: pa.Table) -> None:
        """Adds rows of a table. The names and types of its columns count as well."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema) as stream:
            stream.write_table(rows.combine_chunks())
        self._hash.update(table.name.encode())
        self._hash.update(sink.getvalue())
        self._keys.setdefault(table.name, []).append(rows.select(table.key))

    def is_stored(self, stored: StoredTables) -> bool:
        """Whether an earlier load has handed on the same rows, and their tables hold as many as that.

        Somebody may have deleted rows, or changed what the load before handed on.
        """
        if not active_pipeline():
            return False
        before = ResourceState.of_current().content
        return before == self._fingerprint() and stored.holds(before.rows)

    def record(self) -> None:
        """Records that all rows have been handed on."""
        if active_pipeline():
            ResourceState.of_current().record_content(self._fingerprint())

    def forget(self) -> None:
        """Has the next load load its rows, whatever they are: the stored rows are not those of this run."""
        if active_pipeline():
            ResourceState.of_current().record_content(None)

    def _fingerprint(self) -> ListFingerprint:
        rows = {
            table: pa.concat_tables(keys).group_by(keys[0].column_names).aggregate([]).num_rows
            for table, keys in self._keys.items()
        }
        return ListFingerprint(self._hash.hexdigest(), rows)
