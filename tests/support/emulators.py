"""Servers that emulate cloud warehouses, from third-party packages in their own virtual environments.

The real client libraries talk to them over the real protocols, and they run the statements on DuckDB. A
passing test proves that a load works on an emulator, not on Snowflake or BigQuery.
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
"""bqemulator does not start without these. It searches their files in the home folder."""

BQEMULATOR = (
    "bqemulator==1.4.0",
    "numpy",
    f"duckdb=={DUCKDB}",
    f"duckdb-extensions=={DUCKDB}",
    *(f"duckdb-extension-{name}=={DUCKDB}" for name in EXTENSIONS),
)

PROJECT_ID = "shop"


class BigQuery(NamedTuple):
    """The address of the emulator, and a key file that the Google client accepts."""

    address: str
    key_file: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables for Google's client. The emulator cannot read compressed files."""
        return {
            "BIGQUERY_EMULATOR_HOST": self.address,
            "GOOGLE_APPLICATION_CREDENTIALS": str(self.key_file),
            "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
        }


@pytest.fixture(scope="session")
def snowflake_server(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a fakesnow server. Skips the test if it cannot be installed."""
    pytest.importorskip("snowflake.connector", reason="Snowflake's client is not installed")
    python = _install_environment(pytestconfig, "fakesnow", FAKESNOW) / "bin" / "python"
    port, folder = find_free_port(), tmp_path_factory.mktemp("fakesnow")
    program = str(Path(__file__).with_name("snowflake_server.py"))
    with run_server([str(python), program, str(port)], port, folder):
        yield port


@pytest.fixture(scope="session")
def bigquery_server(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BigQuery]:
    """A running bqemulator. Skips the test if it cannot be installed."""
    pytest.importorskip("google.cloud.bigquery", reason="BigQuery's client is not installed")
    packages = _install_environment(pytestconfig, "bqemulator", BQEMULATOR)
    port, folder = find_free_port(), tmp_path_factory.mktemp("bqemulator")
    load = f"import duckdb_extensions as d; [d.import_extension(name) for name in {EXTENSIONS}]"
    subprocess.run([packages / "bin" / "python", "-c", load], env=_build_variables(folder), check=True)
    ports = ["--rest-port", str(port), "--grpc-port", str(find_free_port())]
    options = ["--project", PROJECT_ID, "--log-level", "warning"]
    command = [str(packages / "bin" / "bqemulator"), "start", *ports, *options]
    with run_server(command, port, folder), _run_token_server() as token_port:
        key_file = folder / "key.json"
        key_file.write_text(json.dumps(make_service_account(f"http://127.0.0.1:{token_port}/")))
        yield BigQuery(f"http://127.0.0.1:{port}", key_file)


def find_free_port() -> int:
    """Returns a TCP port on which no program listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _install_environment(config: pytest.Config, name: str, packages: Sequence[str]) -> Path:
    """Creates a virtual environment with some packages, kept in pytest's cache for the next run."""
    neighbour = Path(sys.executable).with_name("uv")
    uv = str(neighbour) if neighbour.exists() else shutil.which("uv")
    if uv is None:
        pytest.skip(f"{name} is not installed, because uv is missing")
    words = (sys.version, *packages)
    return install_into_cache(config, name, words, lambda folder: _build_uv_commands(uv, folder, packages))


def _build_uv_commands(uv: str, folder: Path, packages: Sequence[str]) -> list[list[str]]:
    make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)]
    install = [uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), *packages]
    return [make, install]


def install_into_cache(
    config: pytest.Config, name: str, words: Sequence[str], commands: Callable[[Path], list[list[str]]]
) -> Path:
    """Returns a folder that some commands fill, kept in pytest's cache. Skips the test if a command fails.

    Args:
        config: The configuration with the cache.
        name: The name of what is installed.
        words: What the folder depends on. Other words give another folder.
        commands: Returns the commands that fill a folder.
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


def _build_variables(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}


@contextmanager
def run_server(command: Sequence[str], port: int, folder: Path) -> Iterator[None]:
    """Runs a server process in a folder, and continues when the server listens on a port of this machine."""
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=_build_variables(folder), stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_listening(port):
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


def is_listening(port: int) -> bool:
    """Whether a program on this machine accepts connections on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class _Token(BaseHTTPRequestHandler):
    """Gives everyone a token, instead of Google's login."""

    def do_POST(self) -> None:
        """Answers every request with the same token."""
        body = json.dumps({"access_token": "none", "expires_in": 3600, "token_type": "Bearer"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Logs nothing."""


@contextmanager
def _run_token_server() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), _Token)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def make_service_account(token_uri: str) -> dict[str, str]:
    """Returns a key file in Google's format, with a key made for the test."""
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
