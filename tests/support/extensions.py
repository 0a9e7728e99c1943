"""DuckDB's extensions from packages: DuckDB would fetch them from a place that tests cannot count on."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

NAMES = ("httpfs", "avro", "iceberg", "delta", "ducklake", "sqlite_scanner")
"""In an order in which each finds those that it needs."""


@pytest.fixture(scope="session")
def extensions_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder that holds the extensions; skips where their packages do not fit this DuckDB."""
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
    """Makes the extensions those of this test: DuckDB looks for them in the home folder."""
    monkeypatch.setenv("HOME", str(extensions_home))
    return extensions_home
