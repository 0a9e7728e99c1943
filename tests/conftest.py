"""Fixtures that every test may use: a shop, a database to load it into, a folder to run jobs in."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from centra_sandbox import Sandbox

from .support.postgres import postgres, postgres_address, postgres_server
from .support.quick_dlt import remember_results
from .support.target import Target, keep_schema
from .support.workplace import Workplace

__all__ = ["postgres", "postgres_address", "postgres_server"]


MEMORY = Path("/dev/shm")
"""The file system in memory that Linux has. Databases commit there without waiting for a disk."""

MEMORY_NEEDED = 4 * 2**30
"""Bytes that must be free there. A container often has less."""


def pytest_configure() -> None:
    """Makes every test faster: temporary folders are in memory, and dlt remembers what never changes."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_NEEDED:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    remember_results()


def pytest_collection_finish() -> None:
    """Stops the garbage collector from examining modules and tests again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 2)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--soak`."""
    parser.addoption("--soak", action="store_true", help="try many times more histories, moments and faults")


@pytest.fixture(scope="session")
def soak(request: pytest.FixtureRequest) -> bool:
    """Whether there is time for more than the usual tests."""
    return bool(request.config.getoption("--soak"))


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test depends on the settings of the machine, or on schemas kept there, or sends telemetry.

    The sandbox's schema is kept in a folder of these tests, so that no test's first request is for it.
    """
    with pytest.MonkeyPatch.context() as environment, Sandbox(empty=True) as sandbox:
        environment.setenv("DLT_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        environment.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
        environment.setenv("EXTRACT__FUTURES_POLL_INTERVAL", "0.002")  # the sandbox answers soon
        environment.setenv("NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID", "true")
        keep_schema(sandbox)
        yield


@pytest.fixture
def _nothing_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No schema of any shop is known yet."""
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """An empty place to load into."""
    return Target(tmp_path)


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    """An empty workplace."""
    return Workplace(tmp_path)


@pytest.fixture
def small_shop() -> Iterator[Sandbox]:
    """A shop that a test may change."""
    with Sandbox(products=12, orders=40, seed=3) as sandbox:
        yield sandbox
