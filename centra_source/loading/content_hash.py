"""Finds out whether a list that is read whole has changed since the last load."""

from __future__ import annotations

from hashlib import sha256

import pyarrow as pa

from ..state import ResourceState, active_pipeline


class ContentHash:
    """A hash of all rows of one run.

    Args:
        scope: What else must be the same, such as the day of a snapshot.
    """

    def __init__(self, scope: str) -> None:
        self._hash = sha256(scope.encode())

    def add(self, table: str, rows: pa.Table) -> None:
        """Adds rows of a table. The names and types of its columns count as well."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema) as stream:
            stream.write_table(rows.combine_chunks())
        self._hash.update(table.encode())
        self._hash.update(sink.getvalue())

    def is_new(self) -> bool:
        """Whether the last load of this pipeline held other rows; records the hash for the next load."""
        if not active_pipeline():
            return True
        content_hash = self._hash.hexdigest()
        return ResourceState.of_current().replace_content_hash(content_hash) != content_hash

    def forget(self) -> None:
        """Has the next load load its rows, whatever they are: the stored rows are not those of this run."""
        if active_pipeline():
            ResourceState.of_current().replace_content_hash("")
