"""dlt's client for files with jobs that merge exactly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.destination.client import HasFollowupJobs, LoadJob, RunnableLoadJob
from dlt.common.destination.typing import PreparedTableSchema
from dlt.common.schema import Schema
from dlt.common.storages.load_package import ParsedLoadJobFileName
from dlt.destinations.impl.filesystem.configuration import FilesystemDestinationClientConfiguration
from dlt.destinations.impl.filesystem.filesystem import FilesystemClient, ReferenceFollowupJob
from dlt.destinations.job_impl import FinalizedLoadJobWithFollowupJobs

from .merge import FILTER, HINTS, SCOPE, is_exact, parse_merge


class LakeClient(FilesystemClient):
    """Merges tables with jobs of its own. Everything else, dlt's own tables included, is as in `filesystem`.

    The files that a load has for one table are one job, which can be repeated any number of times.

    Raises:
        MissingDependencyException: The library of the table format is not installed.
    """

    def __init__(
        self,
        schema: Schema,
        config: FilesystemDestinationClientConfiguration,
        capabilities: DestinationCapabilitiesContext,
    ) -> None:
        _merge_job(capabilities.preferred_table_format)
        super().__init__(schema, config, capabilities)

    def prepare_load_table(self, table_name: str) -> PreparedTableSchema:
        """Returns the table with its merge hints under a key that only the jobs of this package read."""
        table = super().prepare_load_table(table_name)
        if is_exact(table):
            hints = cast(dict[str, Any], table)
            hints[HINTS] = {name: hints.pop(name, None) for name in (SCOPE, FILTER)}
        return table

    def verify_schema(
        self,
        only_tables: Iterable[str] | None = None,
        new_jobs: Iterable[ParsedLoadJobFileName] | None = None,
    ) -> list[PreparedTableSchema]:
        """Refuses merges that cannot be exact before anything is written."""
        tables = super().verify_schema(only_tables, new_jobs)  # type: ignore[arg-type]  # None is its default
        for table in tables:
            if is_exact(table):
                parse_merge(table)
        return tables

    def get_load_job_class(self, table: PreparedTableSchema, file_path: str) -> type[LoadJob]:
        """Returns the job for one file. Files of a merged table only wait for the job of the table."""
        found = super().get_load_job_class(table, file_path)
        return WaitingJob if is_exact(table) and found is FinalizedLoadJobWithFollowupJobs else found

    @staticmethod
    def get_reference_followup_job_class(table: PreparedTableSchema) -> type[ReferenceFollowupJob] | None:
        """Returns the job that merges all files of a table together; None loads each file on its own."""
        if is_exact(table):
            return _merge_job(table.get("table_format"))
        return FilesystemClient.get_reference_followup_job_class(table)


class WaitingJob(HasFollowupJobs, RunnableLoadJob):
    """A file that the job of its table will merge.

    dlt has such a job, too, but checks only once a second whether it is done.
    """

    def run(self) -> None:
        """Does nothing."""


def _merge_job(table_format: str | None) -> type[ReferenceFollowupJob]:
    """Returns the job of a table format, and imports the library of the format only then."""
    if table_format == "delta":
        from .delta import DeltaMergeJob

        return DeltaMergeJob
    if table_format == "iceberg":
        from .iceberg import IcebergMergeJob

        return IcebergMergeJob
    from .files import ParquetMergeJob

    return ParquetMergeJob
