"""Merges into Iceberg tables: one commit for each table and load."""

from __future__ import annotations

import warnings
from typing import cast

import pyarrow.compute as pc
from dlt.common.destination.exceptions import DestinationUndefinedEntity
from dlt.common.libs.pyiceberg import create_table, ensure_iceberg_compatible_arrow_data
from dlt.destinations.impl.filesystem.filesystem import TableFormatLoadFilesystemJob
from pyiceberg.expressions import (
    AlwaysFalse,
    AlwaysTrue,
    And,
    BooleanExpression,
    GreaterThanOrEqual,
    In,
    LessThanOrEqual,
)
from pyiceberg.table import Table

from .formats import refuse_other_files
from .merge import Staged, open_staged_rows, parse_merge

warnings.filterwarnings("ignore", "Delete operation did not match any records")


class IcebergMergeJob(TableFormatLoadFilesystemJob):
    """Replaces the rows in scope in one version of the table. New columns get a version before it.

    The replaced files stay for readers of older snapshots until these expire.
    """

    def run(self) -> None:
        """Merges the rows. Repeating it changes nothing."""
        with open_staged_rows(self.file_paths, parse_merge(self._load_table)) as staged:
            table = self._table(staged)
            removed = scope_filter(staged)
            if removed != AlwaysFalse():
                table.overwrite(ensure_iceberg_compatible_arrow_data(staged.rows().read_all()), removed)

    def _table(self, staged: Staged) -> Table:
        client, name = self._job_client, self.load_table_name
        try:
            return cast(Table, client.load_open_table("iceberg", name, schema=staged.schema))
        except DestinationUndefinedEntity:
            refuse_other_files(client, name)
            create_table(
                client.get_open_table_catalog("iceberg"),
                f"{client.dataset_name}.{name}",
                table_location=client.get_open_table_location("iceberg", name),
                schema=staged.schema,
                properties=client.config.iceberg_table_properties,
            )
            return cast(Table, client.load_open_table("iceberg", name))


def scope_filter(staged: Staged) -> BooleanExpression:
    """Returns the condition of the rows to remove.

    pyiceberg reads every file for a list of more than 200 values. With the smallest and greatest value it
    skips files that cannot hold any.
    """
    if staged.values is None:
        return AlwaysTrue()
    if not len(staged.values):
        return AlwaysFalse()
    column, ends = staged.merge.scope, pc.min_max(staged.values).as_py()
    return And(
        GreaterThanOrEqual(column, ends["min"]),  # type: ignore[call-arg, arg-type]
        LessThanOrEqual(column, ends["max"]),  # type: ignore[call-arg, arg-type]
        In(column, staged.values.to_pylist()),  # type: ignore[call-arg, arg-type]
    )
