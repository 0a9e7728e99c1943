"""Imports of the packages for derived tables: they load nothing that reads from Centra."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ..support.selection import representative

UNWANTED = (
    "gql",
    "centra_source.api.client",
    "centra_source.loading",
    "centra_source.reading",
    "centra_source.shop",
)

CODE = """
import sys
import dlt
before = set(sys.modules)
import {package}
print(*sorted(set(sys.modules) - before))
"""


@pytest.mark.parametrize("package", representative(["globale", "models", "destinations"], "globale"))
def test_derived_tables_need_no_connection(package: str) -> None:
    """A package for derived tables imports no client or reader beyond the modules of dlt itself."""
    code = CODE.format(package=f"centra_source.{package}")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = done.stdout.split()
    assert f"centra_source.{package}" in imported
    assert [name for name in imported if name.startswith(UNWANTED)] == []
