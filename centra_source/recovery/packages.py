"""The load packages of a working folder: finishes what was interrupted, and sets aside what is refused."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import dlt
from dlt.common.storages.load_package import TPackageJobState
from dlt.pipeline.exceptions import PipelineStepFailed

from .refusals import describe_refusal, is_refused

SET_ASIDE = "set_aside"
"""The folder in a pipeline's working folder that keeps the last packages that were refused."""


def finish_package_moves(pipeline: dlt.Pipeline) -> None:
    """Finishes interrupted moves, so that every package of the working folder is in one place only.

    A package moves from `normalize/extracted` to `load/normalized`, and from there to `load/loaded`, each
    time in two steps. If dlt is killed between them, every later start fails.
    """
    load = pipeline._get_load_storage()
    packages = load.normalized_packages
    is_aborting = False
    for load_id in pipeline.list_normalized_load_packages():
        # dlt marks a package as completed, then moves it, and fails for a package that is already marked. An
        # aborted package stays: it still holds the bookmarks to go back to.
        if packages.has_abort_flag(load_id):
            is_aborting = True
        elif packages.is_package_completed(load_id):
            load.storage.rename_tree(
                load.get_normalized_package_path(load_id), load.get_loaded_package_path(load_id)
            )
    # dlt moves a normalized package into place as a whole, and then removes the extracted one file by file.
    moved = {*pipeline.list_normalized_load_packages(), *pipeline.list_completed_load_packages()}
    for load_id in moved.intersection(pipeline.list_extracted_load_packages()):
        pipeline._get_normalize_storage().extracted_packages.delete_package(load_id)
    if is_aborting:
        pipeline.load()  # goes back to the state before the package that was being aborted


def finish_pending_packages(
    pipeline: dlt.Pipeline, report: Callable[[str], None], *, is_refresh: bool = False
) -> None:
    """Loads the packages that an earlier run has left behind, or sets them aside if they are refused again.

    Without them, the pipeline remembers what it did before them, so that the next load reads the same objects
    again and merges them by their keys. Nothing is lost, also if a part of a package was loaded.

    Args:
        pipeline: The pipeline.
        report: Receives a sentence for a person.
        is_refresh: The next load replaces what the packages hold, so they are dropped.

    Raises:
        PipelineStepFailed: The destination cannot load them now, but may later.
    """
    if not pipeline.has_pending_data:
        return
    if is_refresh:
        pipeline.abort_packages()
        delete_loaded_rows(pipeline)
        return
    report("Finishing the load that was interrupted.")
    try:
        pipeline.run()
    except PipelineStepFailed as error:
        if not is_refused(error):
            raise
        folder = set_aside_packages(pipeline)
        report(
            f"The destination refused it again: {describe_refusal(error)}. It is set aside in {folder}, and "
            "what it held is read again."
        )


def set_aside_packages(pipeline: dlt.Pipeline) -> Path:
    """Moves all pending packages out of the way, and goes back to the state before the first of them.

    Their files stay in a folder that only this user can read, because they can hold personal data. Packages
    that were set aside earlier are removed.

    Returns:
        The folder.
    """
    folder = Path(pipeline.working_dir, SET_ASIDE)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    has_snapshot = False
    for packages, load_ids in (
        (pipeline._get_load_storage().normalized_packages, pipeline.list_normalized_load_packages()),
        (pipeline._get_normalize_storage().extracted_packages, pipeline.list_extracted_load_packages()),
    ):
        for load_id in load_ids:
            package = packages.storage.make_full_path(packages.get_package_path(load_id))
            shutil.copytree(package, folder / load_id, copy_function=_link_or_copy)
            has_snapshot = has_snapshot or packages.can_restore_pipeline_state(load_id)
    pipeline.abort_packages()
    delete_loaded_rows(pipeline)
    if not has_snapshot:
        # An older dlt has made them, which did not keep the state before them. The destination has it.
        outside = folder.rename(f"{pipeline.working_dir}.{SET_ASIDE}")
        pipeline.drop().sync_destination()
        outside.rename(folder)
    return folder


def delete_loaded_rows(pipeline: dlt.Pipeline) -> None:
    """Deletes the rows of all packages that are loaded or aborted from the working folder.

    dlt keeps them otherwise. They hold personal data that the shop may have deleted since.
    """
    packages = pipeline._get_load_storage().loaded_packages
    for load_id in pipeline.list_completed_load_packages():
        package = Path(packages.storage.make_full_path(packages.get_package_path(load_id)))
        for folder in (*get_args(TPackageJobState), packages.EXCEPTIONS_FOLDER):
            shutil.rmtree(package / folder, ignore_errors=True)


def _link_or_copy(source: str, target: str) -> None:
    """A second name for a file, which takes no space on a disk that may be full; else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
