"""What a pipeline needs before its next load, in order."""

from __future__ import annotations

from collections.abc import Callable

import dlt

from .dropped_tables import restore_dropped_tables
from .packages import delete_loaded_rows, finish_package_moves, finish_pending_packages
from .restored_copies import adopt_restored_copy


def recover_pipeline(
    pipeline: dlt.Pipeline, *, report: Callable[[str], None] = print, is_refresh: bool = False
) -> None:
    """Makes a pipeline ready for its next load, whatever happened to the last one. Each job does this.

    * A load that was interrupted is finished. If the destination refuses it again for its rows or schema, it
      is set aside, and what it held is read again by the next load.
    * If the destination was restored from another copy, the bookmarks are taken from there, and what events
      have reported since is read again.
    * Tables and columns that were dropped are created, and filled by the next loads.
    * Rows that were loaded do not stay in dlt's working folder.

    Args:
        pipeline: A pipeline with its destination.
        report: Receives a sentence for a person about each of these.
        is_refresh: The next load is a full refresh: an interrupted load is dropped.

    Raises:
        PipelineStepFailed: The destination cannot be reached, or cannot load the interrupted load now.
    """
    pipeline.sync_destination()
    recover_synced_pipeline(pipeline, report, is_refresh=is_refresh)


def recover_synced_pipeline(
    pipeline: dlt.Pipeline, report: Callable[[str], None], *, is_refresh: bool = False
) -> None:
    """Does the same as `recover_pipeline` right after the pipeline's state was synchronized."""
    finish_package_moves(pipeline)
    delete_loaded_rows(pipeline)
    adopt_restored_copy(pipeline, report)
    finish_pending_packages(pipeline, report, is_refresh=is_refresh)
    restore_dropped_tables(pipeline, report)
