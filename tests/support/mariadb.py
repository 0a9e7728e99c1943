"""A MariaDB server for the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from .postgres import find_free_port

PATIENCE = 60.0
"""Seconds that a server may take to start."""

OPTIONS = (
    "--bind-address=127.0.0.1",
    "--innodb-flush-log-at-trx-commit=0",
    "--skip-name-resolve",
    "--character-set-server=utf8mb4",
)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[int]:
    """The port of a server that runs until the tests end. Skips the test if MariaDB is not installed."""
    pytest.importorskip("pymysql", reason="pymysql is not installed")
    server, install = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if server is None or install is None:
        pytest.skip("MariaDB is not installed here")
    with TemporaryDirectory(prefix="mariadb") as name, _run_server(server, install, Path(name)) as port:
        yield port


@pytest.fixture
def mariadb_address(mariadb_server: int) -> str:
    """The address of an empty database."""
    name = f"test_{uuid4().hex}"
    _execute(mariadb_server, f"create database {name}")
    return f"mysql+pymysql://root@127.0.0.1:{mariadb_server}/{name}"


@contextmanager
def _run_server(server: str, install: str, folder: Path) -> Iterator[int]:
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data, port = f"--datadir={folder / 'data'}", find_free_port()
    as_user = [f"--user={user}"] if user else []
    made = _start(folder, install, *as_user, data, "--auth-root-authentication-method=normal").wait()
    if made:
        pytest.skip(f"MariaDB does not start here: its tables could not be made ({made})")
    listening = (f"--socket={folder / 'socket'}", f"--port={port}", *OPTIONS)
    running = _start(folder, server, *as_user, data, *listening)
    try:
        _wait_for(running, port)
        yield port
    finally:
        running.kill()
        running.wait()


def _start(folder: Path, program: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [program, "--no-defaults", *arguments],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _wait_for(running: subprocess.Popen[bytes], port: int) -> None:
    latest = time.monotonic() + PATIENCE
    while True:
        try:
            _execute(port, "select 1")
            return
        except OperationalError:
            if running.poll() is not None or time.monotonic() > latest:
                pytest.skip("MariaDB does not start here")
            time.sleep(0.1)


def _execute(port: int, statement: str) -> None:
    engine = create_engine(f"mysql+pymysql://root@127.0.0.1:{port}")
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
