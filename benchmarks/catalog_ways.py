"""The two compared ways to a catalog file: Global-e's published script, and this source."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import dlt

from centra_jobs.defaults import ROWS_PER_LOAD
from centra_jobs.runs.loading import load_all
from centra_sandbox import Clock, Request, Sandbox
from centra_source import CentraError, centra_source
from centra_source.exceptions import causes
from centra_source.globale import catalog_configuration, choose_profile, globale_catalog, write_catalog
from centra_source.recovery.packages import finish_package_moves

from . import published_script
from .job import DATASET

RESOURCES = ("products", "product_variants", "product_sizes", "displays", "stores")
"""The resources from which the catalog is made."""


@dataclass(frozen=True)
class Run:
    """Measurements of one run.

    Attributes:
        calls: Requests, up to the one that shows that nothing is left.
        points: Complexity that the shop counts for them.
        seconds: Without sleeps of its own.
        asleep: Seconds that it would have slept.
        further_calls: What it asks for afterwards, as long as it is looked on.
        error: What ended it, empty where nothing did.
    """

    calls: int
    points: int
    seconds: float
    asleep: float = 0.0
    further_calls: int = 0
    error: str = ""


class Ended(Exception):
    """Ends the script after the time of patience."""


class Onlooker:
    """Watches the script: its sleeps only move the clock of the shop, and it is ended after an empty page.

    Args:
        patience: Seconds to look on after the first empty page.
    """

    def __init__(self, shop_clock: Clock, patience: float) -> None:
        self.asleep = 0.0
        self._clock = shop_clock
        self._patience = patience
        self._begun = monotonic()
        self._calls = 0
        self._emptied: tuple[int, float] | None = None

    def sleep(self, seconds: float) -> None:
        """Moves the clock of the shop."""
        self.asleep += seconds
        self._clock.advance(timedelta(seconds=seconds))

    def see(self, answer: Any) -> None:
        """Called with each response.

        Raises:
            Ended: Enough has been seen.
        """
        self._calls += 1
        if self._emptied is None:
            if "data" in answer and not answer["data"]["products"]:
                self._emptied = self._calls, monotonic()
        elif monotonic() - self._emptied[1] >= self._patience:
            raise Ended

    def run(self, asked: list[Request], error: str) -> Run:
        """Returns the measurements of the requests."""
        calls, ended = self._emptied or (self._calls, monotonic())
        points = sum(request.complexity for request in asked[:calls])
        return Run(calls, points, ended - self._begun, self.asleep, self._calls - calls, error)


def run_script(sandbox: Sandbox, path: Path, patience: float = 0.0) -> Run:
    """Runs the published script until it has read an empty page and for some seconds more, or has failed."""
    before, onlooker, ended_by = len(sandbox.requests), Onlooker(sandbox.clock, patience), ""
    try:
        published_script.extract(sandbox.url, sandbox.token, path, onlooker.sleep, onlooker.see)
    except Ended:
        pass
    except Exception as error:
        ended_by = f"{type(error).__name__}: {error}"
    return onlooker.run(sandbox.requests[before:], ended_by)


def run_source(sandbox: Sandbox, folder: Path, path: Path) -> Run:
    """Loads the shop or its changes, derives the catalog and writes the file."""
    before, begun, ended_by = len(sandbox.requests), monotonic(), ""
    try:
        load_and_write(sandbox.url, sandbox.token, folder, path)
    except Exception as error:
        foreseen = [cause for cause in causes(error) if isinstance(cause, CentraError)]
        if not foreseen:
            raise
        ended_by = f"{type(foreseen[0]).__name__}: {foreseen[0]}"
    asked = sandbox.requests[before:]
    points = sum(request.complexity for request in asked)
    return Run(len(asked), points, monotonic() - begun, error=ended_by)


def load_and_write(url: str, token: str, folder: Path, path: Path) -> None:
    """Does what `centra load` and `centra globale catalog` do, with a database in a folder.

    Args:
        url: The shop.
        token: Its token.
        folder: Of the database and dlt's working folder; a second run there carries on.
        path: The file to write.
    """
    pipeline = dlt.pipeline(
        "catalog_benchmark",
        pipelines_dir=str(folder / "pipelines"),
        destination=dlt.destinations.duckdb(str(folder / "shop.duckdb")),
        dataset_name=DATASET,
    )
    finish_package_moves(pipeline)
    if pipeline.has_pending_data:
        pipeline.run()
    settings: dict[str, Any] = {"base_url": url, "access_token": token, "rows_per_load": ROWS_PER_LOAD}
    load_all(pipeline, centra_source(**settings).with_resources(*RESOURCES), settings)
    pipeline.run(globale_catalog(pipeline.dataset()))
    write_catalog(pipeline.dataset(), path, choose_profile(catalog_configuration()))


def main() -> None:
    """Runs this source in a separate process."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalog_ways", description=main.__doc__)
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("folder", type=Path)
    parser.add_argument("file", type=Path)
    chosen = parser.parse_args()
    load_and_write(chosen.url, chosen.token, chosen.folder, chosen.file)


if __name__ == "__main__":
    main()
