"""Merges into Delta tables: one commit for each table and load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from dlt.common.destination.exceptions import DestinationUndefinedEntity
from dlt.common.libs.deltalake import (
    deltalake_storage_options,
    ensure_delta_compatible_arrow_data,
    evolve_delta_table_schema,
    write_delta_table,
)
from dlt.destinations.impl.filesystem.filesystem import TableFormatLoadFilesystemJob

from .formats import refuse_other_files
from .merge import Staged, open_staged_rows, parse_merge

if TYPE_CHECKING:
    from deltalake import DeltaTable  # so that dlt is first to import it, and names the missing package

SCOPE_VALUE = "_lake_scope"


class DeltaMergeJob(TableFormatLoadFilesystemJob):
    """Replaces the rows in scope in one version of the table. New columns get a version before it.

    The replaced files stay for readers of older versions until they are vacuumed.
    """

    def run(self) -> None:
        """Merges the rows. Repeating it changes nothing."""
        with open_staged_rows(self.file_paths, parse_merge(self._load_table)) as staged:
            try:
                table = self._job_client.load_open_table("delta", self.load_table_name)
            except DestinationUndefinedEntity:
                self._create(staged)
                return
            evolve_delta_table_schema(table, staged.schema)
            if staged.values is None:
                write_delta_table(table, staged.rows(), "replace")
            elif len(staged.values):
                replace_rows(table, staged)

    def _create(self, staged: Staged) -> None:
        refuse_other_files(self._job_client, self.load_table_name)
        config = self._job_client.config
        write_delta_table(
            self._job_client.get_open_table_location("delta", self.load_table_name),
            staged.rows(),
            "append",
            partition_by=self._partition_columns,
            storage_options=deltalake_storage_options(config.credentials, config.deltalake_storage_options),
            configuration=config.deltalake_configuration,
        )


def replace_rows(table: DeltaTable, staged: Staged) -> None:
    """Removes the rows in scope and adds the new ones in one commit.

    The merged rows are one for each value of the scope, which matches all rows to remove, and the new rows,
    which match none. A condition that lists the values works for a few hundred; with 25,000 values delta-rs
    crashed.
    """
    rows = staged.rows().read_all()
    nullable = pa.schema([field.with_nullable(True) for field in rows.schema])
    values = pa.table({SCOPE_VALUE: staged.values})
    merged = pa.concat_tables([rows.cast(nullable), values], promote_options="default")
    merging = table.merge(
        ensure_delta_compatible_arrow_data(merged),
        predicate=f"target.`{staged.merge.scope}` = source.`{SCOPE_VALUE}`",
        source_alias="source",
        target_alias="target",
        streamed_exec=False,  # streamed execution also reads files that hold none of the values
    )
    added = {f"target.`{name}`": f"source.`{name}`" for name in rows.column_names}
    merging = merging.when_matched_delete()
    merging.when_not_matched_insert(added, f"source.`{SCOPE_VALUE}` is null").execute()
