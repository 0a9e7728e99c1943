"""What users import of the destinations, and the addresses that are kept for one release."""

from __future__ import annotations

import importlib
import subprocess
import sys

import dlt
import pytest

import centra_source.destinations
from centra_source.destinations import lake, postgres, resolve_destination
from centra_source.destinations.registry import OWN_DESTINATIONS


def test_public_names_are_documented() -> None:
    """Each can be imported, and says what it is."""
    assert centra_source.destinations.__all__ == [
        "LakeConfiguration",
        "lake",
        "postgres",
        "resolve_destination",
    ]
    assert set(centra_source.destinations.__all__) <= set(dir(centra_source.destinations))
    for name in centra_source.destinations.__all__:
        assert getattr(centra_source.destinations, name).__doc__, name
    with pytest.raises(AttributeError, match="has no attribute 'lakes'"):
        _ = centra_source.destinations.lakes


def test_import_needs_no_optional_package() -> None:
    """Neither drivers nor the destinations themselves are imported before one is used."""
    code = "import sys, centra_source.destinations; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"psycopg2", "deltalake", "pyiceberg", "s3fs"}
    assert not {name for name in loaded if name.startswith("centra_source.destinations.")}


def test_names_resolve_to_exact_destinations() -> None:
    """dlt's name for files or PostgreSQL resolves to this package's destination; other names to dlt's."""
    assert isinstance(resolve_destination("filesystem"), lake)
    assert isinstance(resolve_destination("postgres"), postgres)
    assert type(resolve_destination("duckdb")) is dlt.destinations.duckdb
    for own in OWN_DESTINATIONS.values():
        assert own in centra_source.destinations.__all__


def test_dlt_finds_the_lake_by_its_type() -> None:
    """The type that dlt keeps in a pipeline's state is an address from which it can import the factory."""
    kind = lake("files").destination_type
    assert kind == "centra_source.destinations.lake"
    assert isinstance(dlt.destinations.filesystem.from_reference(kind), lake)


@pytest.mark.parametrize("name", ["lake", "postgres"])
def test_old_addresses_warn(name: str) -> None:
    """The warning says the new import, and is attributed to the code that imports."""
    sys.modules.pop(f"centra_source.{name}", None)
    with pytest.warns(DeprecationWarning, match=f"`from centra_source.destinations import {name}`"):
        module = importlib.import_module(f"centra_source.{name}")
    assert getattr(module, name) is getattr(centra_source.destinations, name)
