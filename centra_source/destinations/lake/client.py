"""dlt's client of files with jobs that merge exactly."""

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

from .merge import FILTER, HINTS, SCOPE, is_exact, merge_of


class LakeClient(FilesystemClient):
    """Merges by jobs of its own; all else, dlt's own tables included, is as with `filesystem`.

    The files that a load has for one table are one job, which can be executed any number of times.

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
        """The table with its merge hints where only the jobs of this package look for them."""
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
        """Refuses merges that cannot be exact, before anything is written."""
        tables = super().verify_schema(only_tables, new_jobs)  # type: ignore[arg-type]  # None is its default
        for table in tables:
            if is_exact(table):
                merge_of(table)
        return tables

    def get_load_job_class(self, table: PreparedTableSchema, file_path: str) -> type[LoadJob]:
        """The job for one file: where a table is merged, its files only wait for each other."""
        found = super().get_load_job_class(table, file_path)
        return Waiting if is_exact(table) and found is FinalizedLoadJobWithFollowupJobs else found

    @staticmethod
    def get_reference_followup_job_class(table: PreparedTableSchema) -> type[ReferenceFollowupJob] | None:
        """The job that takes all files of a table at once; None puts each where it belongs by itself."""
        if is_exact(table):
            return _merge_job(table.get("table_format"))
        return FilesystemClient.get_reference_followup_job_class(table)


class Waiting(HasFollowupJobs, RunnableLoadJob):
    """A file that the job of its table will take.

    dlt has a job for that, too, but looks only once a second whether it is done.
    """

    def run(self) -> None:
        """Has nothing to do."""


def _merge_job(table_format: str | None) -> type[ReferenceFollowupJob]:
    """The job for a format. Its library is imported only where it is used."""
    if table_format == "delta":
        from .delta import DeltaMergeJob

        return DeltaMergeJob
    if table_format == "iceberg":
        from .iceberg import IcebergMergeJob

        return IcebergMergeJob
    from .files import ParquetMergeJob

    return ParquetMergeJob
