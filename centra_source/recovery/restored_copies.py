"""Finds out that a destination was restored from another copy than the one that this machine has loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dlt
from dlt.common.destination.client import WithStateSync
from dlt.common.destination.exceptions import DestinationUndefinedEntity
from dlt.common.storages.load_package import PackageStorage
from dlt.common.versioned_state import json_decode_state
from dlt.pipeline.state_sync import load_pipeline_state_from_destination

from ..resources import RESOURCES
from ..state import Refills, change_source_state, list_loaded_resources, list_sources

REASON = "the destination was restored from an older copy"


def adopt_restored_copy(pipeline: dlt.Pipeline, report: Callable[[str], None]) -> None:
    """Continues from the destination's bookmarks if those on this machine belong to another copy of it.

    dlt keeps the newer bookmarks, which would leave a gap in the older rows. Changes without a timestamp that
    events have reported since that copy are lost with their events: all objects of these resources are read
    again, and compared with the shop to find what was deleted.

    Args:
        pipeline: The pipeline.
        report: Receives a sentence for a person.
    """
    # A file outside of the working folder, which is dropped: a run that is killed is continued by the next.
    mark = Path(pipeline.pipelines_dir, f"{pipeline.pipeline_name}.restored")
    if not mark.exists():
        if not _is_of_another_copy(pipeline):
            return
        mark.touch()
    report(
        "Taking the bookmarks from the destination: those on this machine belong to another copy. What has "
        "changed since without a new date is read again."
    )
    pipeline.drop().sync_destination()
    if pipeline.default_schema_name is not None:
        for source in list_sources(pipeline):
            with change_source_state(pipeline, source) as state:
                for name in list_loaded_resources(pipeline, source):
                    if RESOURCES[name].event and RESOURCES[name].cursor:
                        Refills(state).start(name, REASON, needs_sweep=True)
    mark.unlink()


def _is_of_another_copy(pipeline: dlt.Pipeline) -> bool:
    """Whether the state at the destination is none that this machine knows."""
    if pipeline.first_run:
        return False
    with pipeline.destination_client() as client:
        if not isinstance(client, WithStateSync):
            return False
        try:
            stored = load_pipeline_state_from_destination(pipeline.pipeline_name, client)
        except DestinationUndefinedEntity:
            return False  # dlt's own tables were dropped
    known = _list_known_states(pipeline)
    return stored is not None and known is not None and stored["_version_hash"] not in known


def _list_known_states(pipeline: dlt.Pipeline) -> set[str] | None:
    """The hashes of the states in which the destination can be; None if that is unknown.

    That is the state on this machine; with pending packages, the states before and after these. The state on
    this machine can have come from the destination just now, after the packages were made.
    """
    load, normalize = pipeline._get_load_storage(), pipeline._get_normalize_storage()
    pending: list[tuple[PackageStorage, str]] = [
        *((load.normalized_packages, load_id) for load_id in pipeline.list_normalized_load_packages()),
        *((normalize.extracted_packages, load_id) for load_id in pipeline.list_extracted_load_packages()),
    ]
    if not pending:
        return {pipeline.state["_version_hash"]}
    packages, load_id = min(pending, key=lambda one: one[1])
    if not packages.can_restore_pipeline_state(load_id):
        return None  # an older dlt has made it
    before, _ = packages.load_pipeline_state(load_id)
    known = {json_decode_state(before)["_version_hash"]} if before else set()
    for packages_of, one in pending:
        document = packages_of.get_load_package_state(one).get("pipeline_state", {})
        known.add(str(document.get("version_hash")))
    return known
