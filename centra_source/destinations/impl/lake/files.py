"""Merges into tables that are plain Parquet files in a folder."""

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
from .merge import Staged, open_staged_rows, parse_merge, plain_schema, unite_schemas

SMALL_FILE = 16_000_000
"""Bytes. The rows of a load are added to a smaller file if there is one, so that a table has few files."""

Put = Callable[[str, str], object]
"""Replaces the file at a path, given second, by a local file; readers see either the old or the new one."""


class ParquetMergeJob(ReferenceFollowupJob):
    """Replaces the rows in scope by rewriting the files that hold them.

    No commit spans several files. First the job writes one file with the new rows; then it rewrites each
    other file that holds rows in scope without them. At every moment a row out of scope exists once. A row in
    scope exists in its old state, in its new state or, for a moment, in both. Read the tables after the load,
    or use Delta or Iceberg.

    A job that was killed at any step gives the same rows when it runs again.
    """

    def run(self) -> None:
        """Merges the rows. Repeating it changes nothing."""
        client = self._job_client
        refuse_other_files(client, self.load_table_name, ending=".parquet")
        files = client.list_table_files(self.load_table_name)
        with open_staged_rows(self.file_paths, parse_merge(self._load_table)) as staged:
            replace_rows(client.fs_client, files, self._new_file(), staged, _put_function(client))

    def _new_file(self) -> str:
        """Returns the path at which dlt would put the first of the loaded files."""
        client = self._job_client
        path = self.make_remote_file_path(FileStorage.get_file_name_from_file_path(self.file_paths[0]))
        joined: str = client.pathlib.join(client.dataset_path, path.replace("/", client.pathlib.sep))
        return joined


def replace_rows(
    filesystem: AbstractFileSystem, files: Sequence[str], new_file: str, staged: Staged, put: Put
) -> None:
    """Removes the rows in scope from some files and adds the new ones.

    Args:
        filesystem: The filesystem of the files.
        files: All files of the table.
        new_file: Path for the new rows if no file is small enough to add them to.
        staged: The new rows.
        put: Replaces a file.
    """
    stored = [_Stored(filesystem, path) for path in sorted(files)]
    schema = unite_schemas(staged.schema, *(one.schema for one in stored))
    if stored and staged.values is not None and not len(staged.values):
        known = set().union(*(one.schema.names for one in stored))
        if known.issuperset(staged.schema.names):
            return
    small = [one for one in stored if one.path == new_file or one.size < SMALL_FILE]
    chosen = min(small, key=lambda one: (one.path != new_file, one.size), default=None)
    with _open_writer(schema) as (file, writer):
        # This file has the columns of all, so that a column stays even if no other file has it any more.
        if chosen and staged.values is not None:
            _write(writer, chosen.rows_out_of_scope(staged))
        for batch in staged.rows():
            _write(writer, pa.Table.from_batches([batch]))
        writer.close()
        put(file, chosen.path if chosen else new_file)
    for one in stored:
        if one is not chosen:
            _remove_scope(filesystem, one, staged, put)


def _remove_scope(filesystem: AbstractFileSystem, one: _Stored, staged: Staged, put: Put) -> None:
    """Removes the rows in scope from a file, or the file if no row is left."""
    if staged.values is None:
        filesystem.rm_file(one.path)
        return
    if not one.may_hold(staged):
        return
    rest = one.rows_out_of_scope(staged)
    if rest.num_rows == one.rows:
        return
    if not rest.num_rows:
        filesystem.rm_file(one.path)
        return
    with _open_writer(one.schema) as (file, writer):
        _write(writer, rest)
        writer.close()
        put(file, one.path)


class _Stored:
    """A file of a table."""

    def __init__(self, filesystem: AbstractFileSystem, path: str) -> None:
        self.path, self._filesystem = path, filesystem
        self.size: int = filesystem.size(path)
        with filesystem.open(path, "rb") as file:
            self._metadata = pq.read_metadata(file)
        self.rows: int = self._metadata.num_rows
        self.schema = plain_schema(self._metadata.schema.to_arrow_schema())

    def may_hold(self, staged: Staged) -> bool:
        """Whether a row may be in scope, by the smallest and greatest values in the metadata of the file."""
        assert staged.values is not None
        ends = pc.min_max(staged.values).as_py()
        place = self.schema.names.index(staged.merge.scope)
        for number in range(self._metadata.num_row_groups):
            found = self._metadata.row_group(number).column(place).statistics
            if not (found and found.has_min_max) or (found.min <= ends["max"] and found.max >= ends["min"]):
                return True
        return False

    def rows_out_of_scope(self, staged: Staged) -> pa.Table:
        """Returns the rows out of scope."""
        with self._filesystem.open(self.path, "rb") as file:
            rows = pq.read_table(file)
        return rows.filter(pc.invert(pc.is_in(rows[staged.merge.scope], staged.values)))


@contextmanager
def _open_writer(schema: pa.Schema) -> Iterator[tuple[str, pq.ParquetWriter]]:
    """Opens a local file to write, which is deleted afterwards."""
    with TemporaryDirectory() as folder:
        path = os.path.join(folder, "rows.parquet")
        with pq.ParquetWriter(path, schema) as writer:
            yield path, writer


def _write(writer: pq.ParquetWriter, rows: pa.Table) -> None:
    """Writes rows that may lack columns."""
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in writer.schema
    ]
    writer.write_table(pa.table(columns, schema=writer.schema))


def _put_function(client: FilesystemClient) -> Put:
    """Returns how to replace a file.

    A bucket shows only whole files; in a folder the file is renamed last.
    """
    if not client.is_local_filesystem:
        return client.fs_client.put_file  # type: ignore[no-any-return]

    def put(file: str, path: str) -> None:
        aside = Path(client.dataset_path, f".{os.path.basename(path)}")
        client.fs_client.put_file(file, str(aside))
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        os.replace(aside, path)

    return put
