"""A load in its own process that records its steps on disk and can kill itself before any of them."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from threading import Timer
from typing import Any, NamedTuple

import pandas as pd  # noqa: F401  # DuckDB imports it at its first query, which is slow
from dlt.common.runtime.run_context import switch_context
from rich.console import Console

from centra_jobs.defaults import DATASET_NAME
from centra_jobs.runs.opening import PIPELINE_NAME, open_pipeline
from centra_source import centra_source
from centra_source.operations.documents import load_schema

OUTPUT, STEPS = "output.txt", "steps.json"
"""Files in the folder of a load: its output, and its steps if it was completed."""

NAMED_BY_CHANCE = re.compile(r"\b(\d{10}\.\d{2,}|[0-9a-f]{10}|[0-9a-f]{16})\b")
"""Ids of packages, of the files in them, and of temporary files, which differ from run to run.

A package is named by a moment. A file whose id happens to be all digits is followed by one more, its retries.
"""

PATH_ARGUMENT = {"open": 0, "os.mkdir": 0, "os.remove": 0, "os.rmdir": 0, "os.link": 1, "os.rename": 1}
"""Python's audit events that change a folder, and which of their arguments is the path that comes or goes."""

REQUEST = "http.client.send"

load_schema()


class Moment(NamedTuple):
    """The moment just before the n-th time of a step, or some seconds after it."""

    step: str
    time: int
    seconds_later: float = 0.0


class Watch:
    """An audit hook that records the steps of this process and kills it at one of them.

    Args:
        folder: The folder whose changes are steps.
        deadly: When to kill the process; None only records.
    """

    def __init__(self, folder: Path, deadly: Moment | None) -> None:
        self.steps: list[Moment] = []
        self._folder = str(folder)
        self._deadly = deadly
        self._times: dict[str, Iterator[int]] = defaultdict(lambda: count(1))

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called by Python before each event."""
        step = self._step(event, arguments)
        if step is None:
            return
        time = next(self._times[step])
        self.steps.append(Moment(step, time))
        if self._deadly and self._deadly[:2] == (step, time):
            if self._deadly.seconds_later:
                Timer(self._deadly.seconds_later, die).start()
            else:
                die()

    def _step(self, event: str, arguments: tuple[Any, ...]) -> str | None:
        if event == REQUEST:
            return REQUEST
        path = arguments[PATH_ARGUMENT[event]] if event in PATH_ARGUMENT else None
        if not isinstance(path, (str, bytes, os.PathLike)):
            return None
        if event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR):
            return None
        name = os.fsdecode(path)
        # Only the parts of a folder that is removed as a whole come without their path.
        if os.path.isabs(name) and not name.startswith(self._folder):
            return None
        return f"{event} {NAMED_BY_CHANCE.sub('*', name.removeprefix(self._folder))}"


def load(folder: Path, variables: Mapping[str, str], resources: Sequence[str], deadly: Moment | None) -> None:
    """Loads a shop like the job: completes an interrupted load, then reads new data.

    Args:
        folder: The working folder, with the project's settings.
        variables: All environment variables.
        resources: The resources to load.
        deadly: When to kill the process; None writes the steps to the folder.
    """
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    output = os.open(OUTPUT, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(output, stream)
    switch_context(None)
    watch = Watch(Path(variables["DLT_DATA_DIR"], "pipelines", PIPELINE_NAME), deadly)
    sys.addaudithook(watch)
    source = centra_source().with_resources(*resources)
    with open_pipeline(None, DATASET_NAME, Console()) as pipeline:
        pipeline.run(source)
    Path(STEPS).write_text(json.dumps(watch.steps))


def die() -> None:
    """Kills this process like a power failure: immediately, without saving or closing anything."""
    os.kill(os.getpid(), signal.SIGKILL)
