"""Dagster definitions: an asset for each resource and for the derived tables, and a nightly job for all.

    dagster dev -f pipelines/schedules/dagster_definitions.py

with what this project needs installed next to Dagster; docs/warehouse.md explains it. The functions of
centra_jobs.schedules load the assets, and not dagster-dlt: they have locks, finish interrupted loads, and
split large loads.
"""

# No `from __future__ import annotations`: Dagster reads the annotations of assets as they are.
import os
from collections.abc import Iterator
from contextlib import contextmanager

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Backoff,
    DefaultScheduleStatus,
    Definitions,
    Failure,
    MaterializeResult,
    RetryPolicy,
    ScheduleDefinition,
    asset,
    define_asset_job,
    in_process_executor,
    multi_asset,
)

from centra_jobs.schedules import derive_and_check, load_interval, reason_not_to_retry, resource_groups

OPT_IN: tuple[str, ...] = ()
"""Opt-in resources to load too, such as "prices"."""

DESTINATION = os.environ.get("CENTRA_DESTINATION")
DATASET = os.environ.get("CENTRA_DATASET", "centra_data")
"""Where the tables are: any dlt destination (default: DuckDB in centra.duckdb), and its dataset."""

RETRIES = RetryPolicy(max_retries=5, delay=60, backoff=Backoff.EXPONENTIAL)


@contextmanager
def skip_useless_retries() -> Iterator[None]:
    """Fails an asset at once if another try would fail as well."""
    try:
        yield
    except Exception as error:
        if reason := reason_not_to_retry(error):
            raise Failure(reason, allow_retries=False) from error
        raise


def group_assets(group: str, names: list[str]) -> AssetsDefinition:
    """The assets of a group. Any of them can be chosen; one load makes those that are."""

    @multi_asset(
        name=group,
        specs=[AssetSpec(name, group_name=group, kinds={"dlt"}) for name in names],
        can_subset=True,
        retry_policy=RETRIES,
    )
    def load(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
        chosen = [name for name in names if AssetKey(name) in context.selected_asset_keys]
        with skip_useless_retries():
            made = load_interval(chosen, destination=DESTINATION, dataset=DATASET)
        for name in chosen:
            yield MaterializeResult(asset_key=name, metadata={"excluded": name not in made})

    return load


GROUPS = {group: group_assets(group, names) for group, names in resource_groups(OPT_IN).items()}


@asset(deps=[key for one in GROUPS.values() for key in one.keys], retry_policy=RETRIES)
def derived() -> MaterializeResult:
    """The Global-e catalog and the tables for analysts, and checks of what was loaded."""
    with skip_useless_retries():
        made = derive_and_check(destination=DESTINATION, dataset=DATASET)
    return MaterializeResult(metadata={"models": made})


# All assets are tables of one dataset and share its lock: one process makes them one after the other.
nightly = define_asset_job("centra", executor_def=in_process_executor)

defs = Definitions(
    assets=[*GROUPS.values(), derived],
    jobs=[nightly],
    schedules=[
        ScheduleDefinition(
            job=nightly,
            cron_schedule="0 2 * * *",
            execution_timezone="UTC",
            default_status=DefaultScheduleStatus.RUNNING,
        )
    ],
)
