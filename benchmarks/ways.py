"""The compared ways to load. Each runs in a separate process: `python -m benchmarks.ways`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import dlt
import duckdb
import orjson

from centra_jobs.defaults import ROWS_PER_LOAD
from centra_jobs.runs.loading import load_all
from centra_source import centra_source

from . import by_page, without_dlt
from .by_page import LIMIT
from .job import DATASET, TOKEN, Job


def this_source(job: Job) -> None:
    """Loads with `centra_source`, in one load, with the page size of the others, without the event queue."""
    source = centra_source(job.url, TOKEN, page_size=LIMIT, events="off").with_resources(*job.resources)
    _run(job, source, None)


def the_job(job: Job) -> None:
    """Loads as `centra load` does: page sizes by complexity, in several loads if needed."""
    _run_job(job, {"base_url": job.url, "access_token": TOKEN, "events": "off"})


def the_job_alone(job: Job) -> None:
    """Loads as `the_job` with the whole quota of the shop."""
    _run_job(job, {"base_url": job.url, "access_token": TOKEN, "events": "off", "quota_share": 1.0})


def plain(job: Job) -> None:
    """Loads with a `@dlt.resource` that yields pages of nested nodes, in dlt's default file format."""
    _run(job, _plain_resources(job), None)


def plain_parquet(job: Job) -> None:
    """Loads as `plain` with `loader_file_format="parquet"`."""
    _run(job, _plain_resources(job), "parquet")


def parse(job: Job) -> None:
    """Parses all pages with `orjson.loads`. They are fetched before the clock starts."""
    bodies = {name: [body for body, _ in without_dlt.bodies(job, name)] for name in job.resources}
    job.begin()
    for name, contents in bodies.items():
        for content in contents:
            (connection,) = orjson.loads(content)["data"].values()
            job.loaded[name] = job.loaded.get(name, 0) + len(connection["edges"])


WAYS: dict[str, Callable[[Job], None]] = {
    "this source": this_source,
    "the job": the_job,
    "the job, alone": the_job_alone,
    "plain, default": plain,
    "plain, parquet": plain_parquet,
    "no dlt": without_dlt.load,
    "parse only": parse,
    "published script": by_page.published_script,
    "fixed pages": by_page.fixed_pages,
}


def _plain_resources(job: Job) -> list[Any]:
    def nodes(name: str) -> Iterator[list[dict[str, Any]]]:
        yield from without_dlt.pages(job, name)

    return [
        dlt.resource(nodes(name), name=name, primary_key="id", write_disposition="merge")
        for name in job.resources
    ]


def _pipeline(job: Job) -> dlt.Pipeline:
    return dlt.pipeline(
        "centra_benchmark",
        pipelines_dir=str(job.folder / "pipelines"),
        destination=dlt.destinations.duckdb(str(job.database)),
        dataset_name=DATASET,
    )


def _run_job(job: Job, settings: dict[str, Any]) -> None:
    settings = {**settings, "rows_per_load": ROWS_PER_LOAD}
    load_all(_pipeline(job), centra_source(**settings).with_resources(*job.resources), settings)


def _run(job: Job, data: Any, loader_file_format: str | None) -> None:
    os.environ["LOAD__WORKERS"] = "20"  # dlt's default in place of this project's
    pipeline = _pipeline(job)
    chosen: dict[str, Any] = {"loader_file_format": loader_file_format} if loader_file_format else {}
    pipeline.run(data, **chosen)
    assert pipeline.last_trace
    for step in pipeline.last_trace.steps:
        if step.step in ("extract", "normalize", "load") and step.finished_at:
            job.steps[step.step] = (step.finished_at - step.started_at).total_seconds()


def count_rows(job: Job) -> dict[str, int]:
    """Returns the number of rows by table, without dlt's own tables."""
    if not job.database.exists():
        return {}
    with duckdb.connect(str(job.database), read_only=True) as connection:
        query = f"select table_name from duckdb_tables() where schema_name = '{DATASET}'"
        names = [name for (name,) in connection.sql(query).fetchall() if not name.startswith("_dlt")]
        counts = {name: connection.sql(f"from {DATASET}.{name}").count("*").fetchall() for name in names}
    return {name: found[0][0] for name, found in counts.items()}


def main() -> None:
    """Loads in one way and prints the measurements as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ways", description=__doc__)
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("resources", nargs="+")
    chosen = parser.parse_args()
    job = Job(chosen.url, chosen.resources, chosen.folder)
    import_module("centra_source.loading.load")  # a load imports it too, but times are without imports
    job.begin()
    WAYS[chosen.way](job)
    taken = job.measure()
    result = {**taken, "steps": job.steps, "tables": {**count_rows(job), **job.loaded}, "note": job.note}
    print(orjson.dumps(result).decode())


if __name__ == "__main__":
    main()
