"""An Airflow 3 DAG that loads a shop every night: a task for each group of resources, then one that derives.

Copy this file into the DAG folder, and install what this project needs next to Airflow, as docs/warehouse.md
says.
Address, token and destination come from the environment, from `.dlt`, or from Airflow's variable
`dlt_secrets_toml`.

Tasks call the functions of centra_jobs.schedules and not dlt's PipelineTasksGroup: these have locks, finish
interrupted loads, and split large loads. `load_interval` turns Airflow's interval into the range of time that
a task reads. dlt can take an interval from Airflow itself (allow_external_schedulers), but only as a closed
range without a bookmark: the first run would load one day and not the past, a missed night would be a gap,
and deletions would not be seen.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException
from airflow.timetables.interval import CronDataIntervalTimetable

from centra_jobs.schedules import resource_groups

log = logging.getLogger(__name__)

OPT_IN: tuple[str, ...] = ()
"""Opt-in resources to load too, such as "prices"."""

DESTINATION = os.environ.get("CENTRA_DESTINATION")
DATASET = os.environ.get("CENTRA_DATASET", "centra_data")
"""Where the tables are: any dlt destination (default: DuckDB in centra.duckdb), and its dataset."""


def log_hint(context: Any) -> None:
    """Logs what the final failure of a task means, and what to do."""
    instance = context["task_instance"]
    log.error(
        "%s has failed %s times. What was committed stays, no bookmark has moved past what was read, and the "
        "next run loads the rest. To try again now: airflow tasks clear --yes -t '^%s$' %s",
        *(instance.task_id, instance.try_number, instance.task_id, instance.dag_id),
    )


@contextmanager
def skip_useless_retries() -> Iterator[None]:
    """Fails a task at once if another try would fail as well."""
    from centra_jobs.schedules import reason_not_to_retry

    try:
        yield
    except Exception as error:
        if reason := reason_not_to_retry(error):
            raise AirflowFailException(reason) from error
        raise


@task
def load(
    names: list[str], data_interval_start: datetime | None = None, data_interval_end: datetime | None = None
) -> list[str]:
    """Loads a group of resources for the interval of the run; a run without one, up to now."""
    from centra_jobs.schedules import load_interval

    with skip_useless_retries():
        return load_interval(
            names, data_interval_start, data_interval_end, destination=DESTINATION, dataset=DATASET
        )


@task
def derive() -> list[str]:
    """Derives the Global-e catalog and the tables for analysts, and checks what was loaded."""
    from centra_jobs.schedules import derive_and_check

    with skip_useless_retries():
        return derive_and_check(destination=DESTINATION, dataset=DATASET)


# In Airflow 3, the runs of a plain cron expression have no data interval; those of this timetable have one.
# Without catchup, one run loads everything since the bookmark, also after missed nights. With catchup, each
# interval since the start date gets its own run: the same tables, in more loads.
# All tasks write one dataset and share its lock, so only one runs at a time. Groups do not depend on each
# other: if one fails, the others still run. Only `derive` depends on all of them.
@dag(
    dag_id="centra",
    schedule=CronDataIntervalTimetable("0 2 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=1,
    default_args={
        "retries": 5,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(minutes=30),
        "on_failure_callback": log_hint,
    },
    tags=["centra"],
)
def centra() -> None:
    """Loads what has changed in a Centra shop, and derives tables from it."""
    loads = [load.override(task_id=group)(names) for group, names in resource_groups(OPT_IN).items()]
    loads >> derive()


centra()
