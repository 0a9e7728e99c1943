"""The file of versions that are known to work fits what the project asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import tomlkit
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ..support.workplace import PROJECT

PYTHONS = ("3.10", "3.11", "3.12", "3.13")


def list_required() -> Iterator[Requirement]:
    """Yields the requirements of the project and of its extras, without those on itself."""
    project = tomlkit.parse((PROJECT / "pyproject.toml").read_text()).unwrap()["project"]
    extras = [one for listed in project["optional-dependencies"].values() for one in listed]
    for text in (*project["dependencies"], *extras):
        if not text.startswith("centra-source"):
            yield Requirement(text)


@pytest.mark.parametrize("python", PYTHONS)
def test_each_requirement_has_one_version_that_is_allowed(python: str) -> None:
    """On every Python, directly and exactly."""
    environment = {"python_version": python, "python_full_version": f"{python}.9"}
    lines = [line for line in (PROJECT / "constraints.txt").read_text().splitlines() if line[0] != "#"]
    pinned: dict[str, str] = {}
    for requirement in map(Requirement, lines):
        if requirement.marker is None or requirement.marker.evaluate(environment):
            (exact,) = requirement.specifier
            assert exact.operator == "=="
            assert canonicalize_name(requirement.name) not in pinned
            pinned[canonicalize_name(requirement.name)] = exact.version
    for requirement in list_required():
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement


def test_everything_that_installs_uses_the_file() -> None:
    """The Makefile, the pages and the workflow that is shipped."""
    for name in ("Makefile", "README.md", "docs/warehouse.md", "pipelines/schedules/github_actions.yml"):
        commands = [
            line
            for line in (PROJECT / name).read_text(encoding="utf-8").splitlines()
            if re.search(r"\binstall\b.* (-e |'\.\[)", line) and "git+" not in line
        ]
        assert commands
        assert [command for command in commands if "-c constraints.txt" not in command] == []
