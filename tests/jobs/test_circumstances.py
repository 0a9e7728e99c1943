"""What is wrong with this machine or its database is said in one sentence; others are waited for."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from types import SimpleNamespace

import duckdb
import psycopg2.errors
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from centra_jobs.runs import duckdb_file
from centra_jobs.runs.failures import describe_failure
from centra_sandbox import Request, Sandbox, Shop

from ..support.nights import Nights

HOLDER = """
import sys, duckdb
database = duckdb.connect(sys.argv[1], read_only=True)
print("open", flush=True)
sys.stdin.read()
"""
"""A program that has a database open until its input ends."""


@contextmanager
def hold(database: Path) -> Iterator[subprocess.Popen[str]]:
    """Opens a database in another process."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        try:
            yield process
        finally:
            process.stdin.close()


@pytest.mark.full
def test_load_waits_for_an_analyst(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who reads the database before or during a load is named and waited for, and nothing is read twice."""
    monkeypatch.setattr(duckdb_file, "SMALL_DATABASE", 0)
    monkeypatch.setattr(duckdb_file, "PAUSE", 0.05)
    with Sandbox(products=6, orders=12, seed=3) as sandbox:
        nights = Nights(sandbox, tmp_path, monkeypatch)
        nights.run("orders")
        nights.shop.add_order()
        sandbox.requests.clear()
        with hold(nights.database) as before:
            assert before.stdin
            Timer(1.0, before.stdin.close).start()
            analysts: list[object] = []

            def read_along(request: Request, shop: Shop) -> None:
                if request.operation == "orders" and not analysts:
                    during = hold(nights.database)
                    process = during.__enter__()
                    assert process.stdin
                    Timer(1.0, process.stdin.close).start()
                    analysts.append(during)

            sandbox.before_request(read_along)
            printed = nights.run("orders")
        assert analysts
        assert printed.count(f"which has the database {nights.database} open: close it there.") == 2
        assert f"(process {before.pid})" in printed
        assert nights.find_wrong("orders", "order_lines") == []
        pages = [one for one in sandbox.requests if one.operation == "orders"]
        assert len(pages) == len({str(one.variables) for one in pages})


HELD = (
    'IO Error: Could not set lock on file "/data/centra.duckdb": Conflicting lock is held in '
    "/usr/bin/python3.11 (PID 4711) by user alice. See also https://duckdb.org"
)

SENTENCES = [
    (
        duckdb.IOException(HELD),
        "python3.11 (process 4711) of alice has the database /data/centra.duckdb open.",
    ),
    (
        OSError(errno.ENOSPC, "No space left on device", "/data/a.parquet"),
        "The disk of /data/a.parquet is full.",
    ),
    (duckdb.IOException("IO Error: Could not write file: No space left on device"), "The disk is full."),
    (psycopg2.errors.DiskFull("could not extend file: No space left on device"), "The disk is full."),
]


@pytest.mark.parametrize("step", ["extract", "normalize", "load", "sync", None])
@pytest.mark.parametrize(("cause", "sentence"), SENTENCES, ids=lambda value: str(value)[:30])
def test_machine_is_described_in_a_sentence(cause: Exception, sentence: str, step: str | None) -> None:
    """Wherever it happens, it is one sentence that says what to do."""
    error: Exception = cause
    if step:
        pipeline = SimpleNamespace(pipeline_name="centra", has_pending_data=True)
        error = PipelineStepFailed(pipeline, step, "1.0", cause)  # type: ignore[arg-type]
        error.__cause__ = cause
    failure = describe_failure(error)
    assert failure
    assert failure.code == 1
    assert failure.sentence.startswith(f"{sentence} Nothing is lost: ")


def test_refusal_names_the_table_and_no_value() -> None:
    """A value that the destination refuses can be personal."""
    error = PipelineStepFailed(
        SimpleNamespace(pipeline_name="centra", has_pending_data=True),
        "load",
        "1.0",
        ValueError(),
    )
    error.__cause__ = duckdb.ConversionException(
        "Conversion Error: Could not convert string '1980-02-30' to DATE"
    )
    failure = describe_failure(error)
    assert failure
    assert "1980" not in failure.sentence
    assert "Could not convert string … to DATE" in failure.sentence
