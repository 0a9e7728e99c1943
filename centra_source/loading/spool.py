"""Holds items back until a resource has been read to its end, in a file if they are many."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import pyarrow as pa
from dlt.extract.items import DataItemWithMeta

from ..state import active_pipeline
from ..tables.merging import Items

MEMORY = 64_000_000
"""Bytes of rows that are held in memory; further ones are written to a file."""


def hold_back(items: Iterable[DataItemWithMeta | None]) -> Items:
    """Yields all items when the last one has arrived, and nothing if reading fails before that.

    A table that is replaced as a whole must never be replaced by a part of its list. While nothing is handed
    on, None is.

    Args:
        items: With Arrow tables. None: nothing has arrived yet.
    """
    folder = _find_folder()
    held: list[DataItemWithMeta | Any] = []
    used = 0
    # The file has no name, so it disappears with the process, and only this process can read it.
    with TemporaryFile(dir=folder) as file:
        for item in items:
            if item is None:
                yield None
                continue
            rows: pa.Table = item.data
            used += rows.nbytes
            if used <= MEMORY:
                held.append(item)
            else:
                _write(file, rows)
                held.append(item.meta)
        file.seek(0)
        for one in held:
            yield one if isinstance(one, DataItemWithMeta) else DataItemWithMeta(one, _read(file))


def _find_folder() -> str | None:
    """Returns the pipeline's working folder: the folder for temporary files is often in memory."""
    pipeline = active_pipeline()
    return pipeline.working_dir if pipeline and Path(pipeline.working_dir).is_dir() else None


def _write(file: IO[bytes], rows: pa.Table) -> None:
    with pa.ipc.new_stream(file, rows.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as stream:
        stream.write_table(rows)


def _read(file: IO[bytes]) -> pa.Table:
    with pa.ipc.open_stream(file) as stream:
        return stream.read_all()
