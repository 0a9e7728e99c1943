"""Tells whether a list that is read whole holds anything new: what has not changed needs no load."""

from __future__ import annotations

from hashlib import sha256

import pyarrow as pa
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext

from ..state import ResourceState


class Content:
    """The rows of one run, as far as a few bytes can tell.

    Args:
        scope: What else must be the same, such as the day of a snapshot.
    """

    def __init__(self, scope: str) -> None:
        self._hash = sha256(scope.encode())

    def add(self, table: str, rows: pa.Table) -> None:
        """Takes some rows of a table in, whose names and types count, too."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema) as stream:
            stream.write_table(rows.combine_chunks())
        self._hash.update(table.encode())
        self._hash.update(sink.getvalue())

    def is_new(self) -> bool:
        """Whether the last load of this pipeline held something else; notes this one in dlt's state."""
        if not Container()[PipelineContext].is_active():
            return True
        content_hash = self._hash.hexdigest()
        return ResourceState.of_current().replace_content_hash(content_hash) != content_hash
