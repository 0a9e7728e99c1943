"""A PostgreSQL server for the tests, and a pipeline into one of its databases."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import Any
from uuid import uuid4

import dlt
import pytest

from centra_sandbox import Sandbox
from centra_source import centra_source
from centra_source.destinations import postgres as exact_postgres

from .workplace import Row

SETTINGS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
USER = "postgres"

AS_NOBODY = """
import os, pwd, sys
nobody = pwd.getpwnam("nobody")
os.setgroups([])
os.setgid(nobody.pw_gid)
os.setuid(nobody.pw_uid)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""A Python program that replaces itself by another one under another user."""


class PostgresTarget:
    """A database with its own pipeline, to load sandboxes into and to read tables from."""

    def __init__(self, address: str, folder: Path) -> None:
        self.pipeline = dlt.pipeline(
            "centra_test_postgres",
            pipelines_dir=str(folder / "pipelines"),
            destination=exact_postgres(address),
            dataset_name="centra_data",
        )

    def load(self, sandbox: Sandbox, *resources: str, **settings: Any) -> PostgresTarget:
        """Runs the source once; without names, all of it."""
        source = centra_source(
            sandbox.url, **{"access_token": sandbox.token, "backoff_factor": 0.001, **settings}
        )
        self.pipeline.run(source.with_resources(*resources) if resources else source)
        return self

    def rows(self, table: str) -> list[Row]:
        """All rows, without dlt's own columns."""
        rows = self.pipeline.dataset()[table].arrow()
        assert rows is not None
        own = [name for name in rows.column_names if name.startswith("_dlt")]
        listed: list[Row] = rows.drop_columns(own).to_pylist()
        return listed


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[int]:
    """The port of a server that runs until the tests end. Skips the test if PostgreSQL is not installed."""
    pytest.importorskip("psycopg2", reason="psycopg2 is not installed")
    binaries = _find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed here")
    with _run_server(binaries) as port:
        yield port


@pytest.fixture
def postgres_address(postgres_server: int) -> str:
    """The address of an empty database."""
    return make_database(postgres_server)


@pytest.fixture
def postgres(postgres_address: str, tmp_path: Path) -> PostgresTarget:
    """An empty database to load into."""
    return PostgresTarget(postgres_address, tmp_path)


def make_database(port: int) -> str:
    """Makes an empty database on the server of a port, and returns its address."""
    name = f"test_{uuid4().hex}"
    _execute(port, f"create database {name}")
    return f"postgresql://{USER}:none@127.0.0.1:{port}/{name}"


def _find_binaries() -> Path | None:
    """Returns the folder that contains initdb on this system."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    folders = sorted(glob("/usr/lib/postgresql/*/bin"), reverse=True)
    if tool := shutil.which("pg_config"):
        answer = subprocess.run([tool, "--bindir"], capture_output=True, text=True, check=False)
        folders.insert(0, answer.stdout.strip())
    return next((Path(folder) for folder in folders if (Path(folder) / "initdb").exists()), None)


@contextmanager
def _run_server(binaries: Path) -> Iterator[int]:
    # Not in pytest's folder: the server refuses to run as root, and only root can enter that folder.
    with tempfile.TemporaryDirectory(prefix="postgres") as name:
        run, port = _make_runner(Path(name)), find_free_port()
        data = f"{name}/data"
        access = ("-U", USER, "--auth=trust", "--no-sync")
        run(binaries / "initdb", "-D", data, *access, "-E", "UTF8", "--locale=C")
        listening = f"-c listen_addresses=127.0.0.1 -p {port} -k {name} {SETTINGS}"
        run(binaries / "pg_ctl", "-D", data, "-w", "-l", f"{name}/log", "-o", listening, "start")
        try:
            yield port
        finally:
            run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def _make_runner(folder: Path) -> Callable[..., None]:
    """Returns a function that runs programs as a user other than root."""
    first: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
        # Not with subprocess's `user`: it forks, which the system may refuse to a large process.
        first = [sys.executable, "-c", AS_NOBODY]

    def run(*command: str | Path) -> None:
        done = subprocess.run(
            [*first, *(str(part) for part in command)],
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
            cwd=folder,
            stdout=subprocess.DEVNULL,  # the server inherits it: a pipe would stay open
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            name = Path(command[0]).name
            pytest.skip(f"PostgreSQL does not start here: {name} ended with {done.returncode}")

    return run


def find_free_port() -> int:
    """Returns a port of this machine on which no program listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _execute(port: int, statement: str) -> None:
    import psycopg2

    connection = psycopg2.connect(host="127.0.0.1", port=port, user=USER, dbname="postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()
