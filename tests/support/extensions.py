"""DuckDB's extensions from Python packages, because tests must not depend on DuckDB's download server."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

NAMES = ("httpfs", "avro", "iceberg", "delta", "ducklake", "sqlite_scanner")
"""Ordered so that each extension comes after those it requires."""


@pytest.fixture(scope="session")
def extensions_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with the extensions. Skips the test if their packages do not fit this DuckDB."""
    packages = pytest.importorskip("duckdb_extensions", reason="duckdb-extensions is not installed")
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as environment, duckdb.connect() as connection:
        environment.setenv("HOME", str(home))
        for name in NAMES:
            try:
                packages.import_extension(name, con=connection)
                connection.load_extension(name)
            except (ImportError, duckdb.Error) as error:
                pytest.skip(f"DuckDB {duckdb.__version__} does not take its extension {name}: {error}")
    return home


@pytest.fixture
def duckdb_extensions(extensions_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sets the home folder of this test to the one with the extensions, where DuckDB searches them."""
    monkeypatch.setenv("HOME", str(extensions_home))
    return extensions_home
