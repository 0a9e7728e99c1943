"""An Airflow 3 DAG that loads a shop every night: a task for each group of resources, then one that derives.

Airflow needs this project's packages beside its own, this repository on its PYTHONPATH and this file in its
DAG folder; docs/warehouse.md has the commands. Address, token and destination come from the environment, from
`.dlt`, or from Airflow's variable `dlt_secrets_toml`.

Tasks call the functions that the other jobs call, and not dlt's PipelineTasksGroup: they have locks, finish
interrupted loads, and load what is large in parts. Airflow's interval becomes the stretch of time that a task
reads, by `load_interval`. dlt can take an interval from Airflow by itself (allow_external_schedulers), but
only as a closed range without bookmark: the first run would bring a day and not the past, a night that was
missed would leave a gap, and deletions would not be seen.
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

from centra_jobs.schedules.groups import resource_groups

log = logging.getLogger(__name__)

OPT_IN: tuple[str, ...] = ()
"""Resources to load besides those that are loaded by default, such as "prices"."""

DESTINATION = os.environ.get("CENTRA_DESTINATION")
DATASET = os.environ.get("CENTRA_DATASET", "centra_data")
"""Where the tables are: any dlt destination by its name, DuckDB in centra.duckdb without one; its dataset."""


def hint(context: Any) -> None:
    """Says in the log of a task that has failed for good what that means and what to do."""
    instance = context["task_instance"]
    log.error(
        "%s has failed %s times. What was committed before stays, no bookmark has moved past what was read, "
        "and the next run makes up for it. To try again now: airflow tasks clear --yes -t '^%s$' %s",
        *(instance.task_id, instance.try_number, instance.task_id, instance.dag_id),
    )


@contextmanager
def skip_useless_retries() -> Iterator[None]:
    """Has Airflow try again later what another try may mend, and nothing else."""
    from centra_jobs.schedules.steps import reason_not_to_retry

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
    from centra_jobs.schedules.steps import load_interval

    with skip_useless_retries():
        return load_interval(
            names, data_interval_start, data_interval_end, destination=DESTINATION, dataset=DATASET
        )


@task
def derive() -> list[str]:
    """Makes the Global-e catalog and the models anew, and checks what was loaded."""
    from centra_jobs.schedules.steps import derive_and_check

    with skip_useless_retries():
        return derive_and_check(destination=DESTINATION, dataset=DATASET)


# Airflow 3 gives a plain cron expression runs without a stretch of time; this timetable's have one.
# Without catchup one run makes up for all that were missed, from the bookmark on. With it each interval gets
# a run of its own, from the start date on: the same tables, in more loads.
# All tasks write one dataset and share its lock, so that one runs at a time. They do not wait for each other:
# a group that fails leaves the others to go on, and only what is derived from all waits for all.
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
        "on_failure_callback": hint,
    },
    tags=["centra"],
)
def centra() -> None:
    """Loads what has changed in a Centra shop, and derives from it."""
    loads = [load.override(task_id=group)(names) for group, names in resource_groups(OPT_IN).items()]
    loads >> derive()


centra()
