"""Repairs a working folder in which dlt was killed while it moved a load package, and cannot start again."""

from __future__ import annotations

import dlt


def finish_package_moves(pipeline: dlt.Pipeline) -> None:
    """Finishes interrupted moves, so that every package of the working folder is in one place only.

    A package moves from `normalize/extracted` to `load/normalized`, and from there to `load/loaded`, each
    time in two steps. If dlt is killed between them, every later start fails.
    """
    load = pipeline._get_load_storage()
    packages = load.normalized_packages
    for load_id in pipeline.list_normalized_load_packages():
        # dlt marks a package as completed, then moves it, and fails for a package that is already marked. An
        # aborted package stays: it still holds the bookmarks to go back to.
        if packages.is_package_completed(load_id) and not packages.has_abort_flag(load_id):
            load.storage.rename_tree(
                load.get_normalized_package_path(load_id), load.get_loaded_package_path(load_id)
            )
    # dlt moves a normalized package into place as a whole, and then removes the extracted one file by file.
    moved = {*pipeline.list_normalized_load_packages(), *pipeline.list_completed_load_packages()}
    for load_id in moved.intersection(pipeline.list_extracted_load_packages()):
        pipeline._get_normalize_storage().extracted_packages.delete_package(load_id)
