"""What `pip install .` gives: a wheel with everything that the code reads, and messages that fit it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import tomlkit

from ..support.workplace import PROJECT

METADATA = tomlkit.parse((PROJECT / "pyproject.toml").read_text(encoding="utf-8")).unwrap()
PACKAGES: list[str] = METADATA["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
NOT_CODE = (".graphql", ".sql", ".html", ".txt", ".css", ".typed")
"""Files that the code reads."""

TARGETS = re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)

ABSENT = re.compile(
    rf"pipelines/|docs/|notebooks/|\.dlt/example|README|\bmake ({'|'.join(TARGETS)})\b|centra_pipeline\.py"
)
"""What a user of the wheel does not have."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of this tree, built by the package's own build backend."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "uv", "build", "--wheel", "-q", "-o", str(folder), str(PROJECT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.mark.slow
def test_wheel_has_every_file_of_the_packages(wheel: zipfile.ZipFile) -> None:
    """Queries, SQL, pages and lists of words are not Python, and are easily left out."""
    inside = set(wheel.namelist())
    for package in PACKAGES:
        files = [path for path in (PROJECT / package).rglob("*") if path.suffix in (".py", *NOT_CODE)]
        assert {str(path.relative_to(PROJECT)) for path in files} <= inside
        assert f"{package}/py.typed" in inside


@pytest.mark.slow
def test_wheel_has_nothing_else(wheel: zipfile.ZipFile) -> None:
    """No tests, no benchmarks, no pages: a name such as `docs` would collide with other packages."""
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {*PACKAGES, f"centra_source-{METADATA['project']['version']}.dist-info"}


@pytest.mark.slow
def test_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    """The licence, the README as its description, and the command."""
    info = f"centra_source-{METADATA['project']['version']}.dist-info"
    text = wheel.read(f"{info}/METADATA").decode()
    assert "License-Expression: Apache-2.0" in text
    assert "# centra_source" in text
    assert "Apache License" in wheel.read(f"{info}/licenses/LICENSE").decode()
    assert "centra = centra_jobs.cli:main" in wheel.read(f"{info}/entry_points.txt").decode()


def test_changelog_starts_with_this_version() -> None:
    """The version is in pyproject.toml only; the changelog says what is new in it."""
    text = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.findall(r"^## (\d+\.\d+\.\d+)", text, flags=re.MULTILINE)[0]
    assert newest == METADATA["project"]["version"]


def test_command_leads_to_a_function() -> None:
    """`centra` is what pyproject.toml says."""
    module, _, function = METADATA["project"]["scripts"]["centra"].partition(":")
    assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize("package", PACKAGES)
def test_messages_point_to_nothing_outside_the_wheel(package: str) -> None:
    """A text of the code may name commands and settings, but no file of the repository."""
    found = [
        f"{path.relative_to(PROJECT)}:{line}: {text}"
        for path in (PROJECT / package).rglob("*.py")
        for line, text in texts_in(path)
        if ABSENT.search(text)
    ]
    assert found == []


def texts_in(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module with their lines, docstrings and comments aside: people see the others."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.lineno, node.value
