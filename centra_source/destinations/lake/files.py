"""Merges into tables that are nothing but Parquet files in a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from dlt.common.storages import FileStorage
from dlt.destinations.impl.filesystem.filesystem import FilesystemClient, ReferenceFollowupJob
from fsspec import AbstractFileSystem  # type: ignore[import-untyped]

from .formats import refuse_other_files
from .merge import Staged, merge_of, plain, staged_rows, united

SMALL_FILE = 16_000_000
"""Bytes. A file below takes in the rows of later loads, so that a table does not become a thousand files."""

Put = Callable[[str, str], object]
"""Puts a local file in the place of another, whose readers see either."""


class ParquetMergeJob(ReferenceFollowupJob):
    """Replaces the rows in scope by rewriting the files that hold them.

    No commit spans several files. First one file is put that holds the new rows, then each other file that
    holds rows in scope is replaced by what is left of it. A row out of scope is there once at every moment;
    one in scope in its old state, its new state, or for a moment in both: never in none. Whoever reads a
    table while it is loaded may see both, and should read it afterwards, or as Delta or Iceberg.

    A job that was killed at any step comes to the same rows when it is executed again.
    """

    def run(self) -> None:
        """Merges; once more changes nothing."""
        client = self._job_client
        refuse_other_files(client, self.load_table_name, ending=".parquet")
        files = client.list_table_files(self.load_table_name)
        with staged_rows(self.file_paths, merge_of(self._load_table)) as staged:
            replace_rows(client.fs_client, files, self._new_file(), staged, _put(client))

    def _new_file(self) -> str:
        """Where dlt would put the first of the loaded files."""
        client = self._job_client
        path = self.make_remote_file_path(FileStorage.get_file_name_from_file_path(self.file_paths[0]))
        joined: str = client.pathlib.join(client.dataset_path, path.replace("/", client.pathlib.sep))
        return joined


def replace_rows(
    filesystem: AbstractFileSystem, files: Sequence[str], new_file: str, staged: Staged, put: Put
) -> None:
    """Removes the rows in scope from some files and adds the new ones.

    Args:
        filesystem: Has the files.
        files: All files of the table.
        new_file: Where the new rows go if no file is small enough to take them in.
        staged: The new rows.
        put: Puts a file.
    """
    stored = [_Stored(filesystem, path) for path in sorted(files)]
    schema = united(staged.schema, *(one.schema for one in stored))
    if stored and staged.values is not None and not len(staged.values):
        known = set().union(*(one.schema.names for one in stored))
        if known.issuperset(staged.schema.names):
            return
    small = [one for one in stored if one.path == new_file or one.size < SMALL_FILE]
    chosen = min(small, key=lambda one: (one.path != new_file, one.size), default=None)
    with _written(schema) as (file, writer):
        # Columns that no other file may have any more stay in this one: it has those of all.
        if chosen and staged.values is not None:
            _write(writer, chosen.without(staged))
        for batch in staged.rows():
            _write(writer, pa.Table.from_batches([batch]))
        writer.close()
        put(file, chosen.path if chosen else new_file)
    for one in stored:
        if one is not chosen:
            _strip(filesystem, one, staged, put)


def _strip(filesystem: AbstractFileSystem, one: _Stored, staged: Staged, put: Put) -> None:
    """Leaves of a file what is out of scope."""
    if staged.values is None:
        filesystem.rm_file(one.path)
        return
    if not one.may_hold(staged):
        return
    rest = one.without(staged)
    if rest.num_rows == one.rows:
        return
    if not rest.num_rows:
        filesystem.rm_file(one.path)
        return
    with _written(one.schema) as (file, writer):
        _write(writer, rest)
        writer.close()
        put(file, one.path)


class _Stored:
    """A file of the table."""

    def __init__(self, filesystem: AbstractFileSystem, path: str) -> None:
        self.path, self._filesystem = path, filesystem
        self.size: int = filesystem.size(path)
        with filesystem.open(path, "rb") as file:
            self._metadata = pq.read_metadata(file)
        self.rows: int = self._metadata.num_rows
        self.schema = plain(self._metadata.schema.to_arrow_schema())

    def may_hold(self, staged: Staged) -> bool:
        """Whether a row may be in scope, by the least and greatest values that the file's own index tells."""
        assert staged.values is not None
        ends = pc.min_max(staged.values).as_py()
        place = self.schema.names.index(staged.merge.scope)
        for number in range(self._metadata.num_row_groups):
            found = self._metadata.row_group(number).column(place).statistics
            if not (found and found.has_min_max) or (found.min <= ends["max"] and found.max >= ends["min"]):
                return True
        return False

    def without(self, staged: Staged) -> pa.Table:
        """The rows out of scope."""
        with self._filesystem.open(self.path, "rb") as file:
            rows = pq.read_table(file)
        return rows.filter(pc.invert(pc.is_in(rows[staged.merge.scope], staged.values)))


@contextmanager
def _written(schema: pa.Schema) -> Iterator[tuple[str, pq.ParquetWriter]]:
    """A local file to write, which is gone afterwards."""
    with TemporaryDirectory() as folder:
        path = os.path.join(folder, "rows.parquet")
        with pq.ParquetWriter(path, schema) as writer:
            yield path, writer


def _write(writer: pq.ParquetWriter, rows: pa.Table) -> None:
    """Adds rows that may lack columns."""
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in writer.schema
    ]
    writer.write_table(pa.table(columns, schema=writer.schema))


def _put(client: FilesystemClient) -> Put:
    """A bucket shows a file when it has arrived as a whole. In a folder it is written aside, then renamed."""
    if not client.is_local_filesystem:
        return client.fs_client.put_file  # type: ignore[no-any-return]

    def put(file: str, path: str) -> None:
        aside = Path(client.dataset_path, f".{os.path.basename(path)}")
        client.fs_client.put_file(file, str(aside))
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        os.replace(aside, path)

    return put
