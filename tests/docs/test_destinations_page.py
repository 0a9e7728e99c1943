"""The page of destinations: its settings and packages exist, and a test runs what it says was tested."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import metadata
from typing import Any, NamedTuple, get_args

import pytest
import tomlkit
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.destination import Destination
from dlt.common.storages.configuration import FilesystemConfiguration

from centra_jobs.defaults import DUCKDB_NAME

from ..support.workplace import PROJECT

PAGE = (PROJECT / "docs" / "destinations.md").read_text(encoding="utf-8")
TRIED = ("run", "emulator", "shape", "parsed", "not run")
OWN_SETTINGS = {"filesystem": {"table_format"}}
"""Settings that this project adds to those of dlt's destinations."""


class Line(NamedTuple):
    """A row of the page's table."""

    destination: str
    install: str
    option: str
    merge: str
    tried: str
    by: str

    @property
    def name(self) -> str:
        """Dlt's name of the destination."""
        return self.option.split("`")[1]


LINES = [
    Line(*(cell.strip() for cell in line.strip("|").split("|")))
    for line in PAGE.splitlines()
    if line.startswith("| [")
]
MERGED = [line for line in LINES if line.merge == "delete-insert"]
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.S)


def unknown(settings: Mapping[str, Any], kinds: list[type[BaseConfiguration]], path: str) -> Iterator[str]:
    """Yields the settings that none of these configurations has."""
    fields: dict[str, Any] = {}
    for kind in kinds:
        fields |= kind.get_resolvable_fields()
    for key, value in settings.items():
        here = f"{path}.{key}"
        if key not in fields:
            yield here
        elif isinstance(value, Mapping):
            yield from unknown(value, configurations(fields[key], settings), here)


def configurations(hint: Any, settings: Mapping[str, Any]) -> list[type[BaseConfiguration]]:
    """Returns the configurations that a field accepts; a bucket's credentials depend on its protocol."""
    if "bucket_url" in settings:
        known = FilesystemConfiguration.PROTOCOL_CREDENTIALS
        hint = known[settings["bucket_url"].split(":")[0]]
    kinds = [hint, *get_args(hint)]
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseConfiguration)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split("]")[0].strip("["))
def test_settings_exist(example: str) -> None:
    """Every key of an example is one that the destination reads."""
    for name, settings in tomlkit.parse(example).unwrap()["destination"].items():
        destination = Destination.from_reference("duckdb" if name == DUCKDB_NAME else name)
        assert destination
        known = {key: value for key, value in settings.items() if key not in OWN_SETTINGS.get(name, ())}
        assert list(unknown(known, [destination.spec], name)) == []


def test_unknown_settings_are_found() -> None:
    """The test above would find a key that is misspelt, at any depth."""
    destination = Destination.from_reference("postgres")
    assert destination
    settings = {"credential": {}, "credentials": {"user": "loader", "host": "db"}}
    assert list(unknown(settings, [destination.spec], "x")) == ["x.credential", "x.credentials.user"]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.destination)
def test_table_is_true(line: Line) -> None:
    """Packages, destination, section and test exist; a destination that was not run has no test."""
    title, anchor = re.findall(r"\[(.*)\]\(#(.*)\)", line.destination)[0]
    headings = {re.sub(r"[^a-z -]", "", text.lower()).replace(" ", "-") for text in sections()}
    assert anchor in headings, f"no section for {title}"
    extras = metadata("dlt").get_all("Provides-Extra") or []
    assert set(re.findall(r"dlt\[(\w+)\]", line.install)) <= set(extras)
    assert Destination.from_reference(line.name)
    assert line.tried in TRIED
    assert bool(line.by) == (line.tried != "not run")
    if line.by:
        file, _, test = line.by.strip("`").partition("::")
        assert f"def {test}" in (PROJECT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "line", [line for line in LINES if line.merge == "delete-insert"], ids=lambda line: line.destination
)
def test_dlt_offers_the_merge(line: Line) -> None:
    """The merge that the source declares for every table is one that dlt supports there."""
    destination = Destination.from_reference(line.name)
    assert destination
    assert line.merge in (destination.capabilities().supported_merge_strategies or ())


def sections() -> list[str]:
    """Returns the headings of the page."""
    return re.findall(r"^## (.*)$", PAGE, re.M)
