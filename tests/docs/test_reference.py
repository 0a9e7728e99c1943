"""The public names: listed, described, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from docs.reference import PACKAGES, PAGE, description_of, page

from ..support.selection import representative
from ..support.workplace import PROJECT

PUBLIC = [(package, name) for package in PACKAGES for name in import_module(package).__all__]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_without_an_underscore_is_public(package: str) -> None:
    """What a package imports from its own modules is in `__all__`, or not importable from there."""
    module = import_module(package)
    assert len(module.__all__) == len(set(module.__all__))
    assert all(hasattr(module, name) for name in module.__all__)
    visible = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and str(getattr(value, "__module__", "")).startswith("centra_source")
    }
    assert visible <= set(module.__all__)


@pytest.mark.parametrize(("package", "name"), PUBLIC)
def test_public_name_has_a_docstring(package: str, name: str) -> None:
    """The page of reference is made of them."""
    assert description_of(name, getattr(import_module(package), name)), f"{package}.{name} has no docstring"


def test_page_is_what_the_generator_makes() -> None:
    """`make docs` has been run since a docstring changed."""
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


@pytest.mark.full
@pytest.mark.parametrize("package", representative(PACKAGES, "centra_source"))
def test_star_import_gives_the_public_names(package: str) -> None:
    """In a new interpreter, in which nothing else has been imported."""
    code = f"from {package} import *; import {package}; assert set({package}.__all__) <= set(globals())"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT).returncode == 0


def test_types_reach_the_users() -> None:
    """Type checkers read a package's types only if it has this file."""
    for package in ("centra_source", "centra_jobs", "centra_sandbox"):
        assert (PROJECT / package / "py.typed").exists()
