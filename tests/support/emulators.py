"""Servers that emulate cloud warehouses: packages of others, installed into folders of their own.

They answer the real client libraries over the real protocols and run the statements on DuckDB, so what passes
here is tested against an emulator, and not against Snowflake or BigQuery.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from filelock import FileLock

INSTALL_SECONDS, START_SECONDS, STOP_SECONDS = 300, 60, 10

FAKESNOW = ("fakesnow[server]==0.12.1", "snowflake-connector-python<5")

DUCKDB = "1.5.5"
EXTENSIONS = ("icu", "json", "spatial")
"""Without these bqemulator does not start; it looks for their files below the home folder."""

BQEMULATOR = (
    "bqemulator==1.4.0",
    "numpy",
    f"duckdb=={DUCKDB}",
    f"duckdb-extensions=={DUCKDB}",
    *(f"duckdb-extension-{name}=={DUCKDB}" for name in EXTENSIONS),
)

PROJECT_ID = "shop"


class BigQuery(NamedTuple):
    """Where the emulator listens, and a file that lets a Google client in."""

    address: str
    key_file: Path

    @property
    def environment(self) -> dict[str, str]:
        """What leads Google's client there; the emulator does not unpack what dlt has compressed."""
        return {
            "BIGQUERY_EMULATOR_HOST": self.address,
            "GOOGLE_APPLICATION_CREDENTIALS": str(self.key_file),
            "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
        }


@pytest.fixture(scope="session")
def snowflake_server(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a fakesnow server; skips where it cannot be installed."""
    pytest.importorskip("snowflake.connector", reason="Snowflake's client is not installed")
    python = _environment(pytestconfig, "fakesnow", FAKESNOW) / "bin" / "python"
    port, folder = free_port(), tmp_path_factory.mktemp("fakesnow")
    program = str(Path(__file__).with_name("snowflake_server.py"))
    with running([str(python), program, str(port)], port, folder):
        yield port


@pytest.fixture(scope="session")
def bigquery_server(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BigQuery]:
    """A running bqemulator; skips where it cannot be installed."""
    pytest.importorskip("google.cloud.bigquery", reason="BigQuery's client is not installed")
    packages = _environment(pytestconfig, "bqemulator", BQEMULATOR)
    port, folder = free_port(), tmp_path_factory.mktemp("bqemulator")
    load = f"import duckdb_extensions as d; [d.import_extension(name) for name in {EXTENSIONS}]"
    subprocess.run([packages / "bin" / "python", "-c", load], env=_variables(folder), check=True)
    ports = ["--rest-port", str(port), "--grpc-port", str(free_port())]
    options = ["--project", PROJECT_ID, "--log-level", "warning"]
    command = [str(packages / "bin" / "bqemulator"), "start", *ports, *options]
    with running(command, port, folder), _token_server() as token_port:
        key_file = folder / "key.json"
        key_file.write_text(json.dumps(service_account(f"http://127.0.0.1:{token_port}/")))
        yield BigQuery(f"http://127.0.0.1:{port}", key_file)


def free_port() -> int:
    """A TCP port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _environment(config: pytest.Config, name: str, packages: Sequence[str]) -> Path:
    """A virtual environment with some packages, kept in pytest's cache for the next run."""
    neighbour = Path(sys.executable).with_name("uv")
    uv = str(neighbour) if neighbour.exists() else shutil.which("uv")
    if uv is None:
        pytest.skip(f"{name} is not installed, because uv is missing")
    words = (sys.version, *packages)
    return installed(config, name, words, lambda folder: _uv_commands(uv, folder, packages))


def _uv_commands(uv: str, folder: Path, packages: Sequence[str]) -> list[list[str]]:
    make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)]
    install = [uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), *packages]
    return [make, install]


def installed(
    config: pytest.Config, name: str, words: Sequence[str], commands: Callable[[Path], list[list[str]]]
) -> Path:
    """A folder that some commands fill, kept in pytest's cache for the next run; skips where they fail.

    Args:
        config: Has the cache.
        name: Of what is installed.
        words: What it is made of: with others there is another folder.
        commands: Fill a folder.
    """
    if config.cache is None:
        pytest.skip(f"{name} is not installed, because pytest has no cache folder here")
    digest = hashlib.sha256(" ".join(words).encode()).hexdigest()[:10]
    folder = config.cache.mkdir("emulators") / f"{name}-{digest}"
    is_complete = folder / "complete"
    with FileLock(f"{folder}.lock"):
        if not is_complete.exists():
            for command in commands(folder):
                try:
                    subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_SECONDS)
                except subprocess.SubprocessError as error:
                    pytest.skip(f"{name} cannot be installed here: {type(error).__name__}")
            is_complete.touch()
    return folder


def _variables(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}


@contextmanager
def running(command: Sequence[str], port: int, folder: Path) -> Iterator[None]:
    """A server process, from when it listens on a port of this machine; its folder takes what it writes."""
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=_variables(folder), stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not listens(port):
            is_gone = process.poll() is not None
            if is_gone or time.monotonic() > deadline:
                output = (folder / "log").read_text(errors="replace")[-2_000:]
                raise RuntimeError(f"{command[0]} {'ended' if is_gone else 'does not listen'}: {output}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def listens(port: int) -> bool:
    """Whether a program of this machine takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class _Token(BaseHTTPRequestHandler):
    """Gives everyone a token, in the place of Google's login."""

    def do_POST(self) -> None:
        """Answers each request in the same way."""
        body = json.dumps({"access_token": "none", "expires_in": 3600, "token_type": "Bearer"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Logs nothing."""


@contextmanager
def _token_server() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), _Token)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def service_account(token_uri: str) -> dict[str, str]:
    """A key file as Google hands it out, with a key of our own."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "type": "service_account",
        "project_id": PROJECT_ID,
        "private_key": text,
        "client_email": "tests@shop.example",
        "token_uri": token_uri,
    }
