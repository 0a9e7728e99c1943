"""A warning that holds every night is logged once for each version: cron sends a mail for each."""

from __future__ import annotations

import json
import logging
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

import centra_source
from centra_jobs.output.known_warnings import MOST, KnownWarnings
from centra_sandbox import Sandbox

from ..support.workplace import Workplace, make_environment


def make_record(text: str, level: int = logging.WARNING, module: str = "client.py") -> logging.LogRecord:
    """Returns a record of the log of a module of the source."""
    path = Path(centra_source.__file__).parent / "api" / module
    return logging.LogRecord("dlt", level, str(path), 1, text, (), None)


def test_warning_is_new_once_per_version(tmp_path: Path) -> None:
    """In the same words; after a new version it is said again, also if that turns out only at the end."""
    path = tmp_path / "pipelines" / "warnings.json"
    for version, texts, new in (
        ("1, v1", ["a", "b"], ["a", "b"]),
        ("1, v1", ["a", "c"], ["c"]),
        ("1, v1", ["b", "a"], []),
    ):
        known = KnownWarnings(path)
        assert [text for text in texts if not known.is_known(text)] == new
        assert known.save(version) == []
    known = KnownWarnings(path)
    assert known.is_known("a")
    assert not known.is_known("d")
    assert known.save("1, v2") == ["a"]
    assert KnownWarnings(path).is_known("d")
    assert not KnownWarnings(path).is_known("b")


def test_numbers_of_a_note_may_change(tmp_path: Path) -> None:
    """Otherwise a note that counts would be mailed each night; after a new version the latest is said."""
    for number in ("3", "1,004"):
        known = KnownWarnings(tmp_path / "warnings.json")
        assert known.is_known(f"{number} values.", with_any_numbers=True) is (number != "3")
        assert not known.is_known(f"waiting until {number}")
        known.save("1")
    known = KnownWarnings(tmp_path / "warnings.json")
    assert known.is_known("7 values.", with_any_numbers=True)
    assert not known.is_known("7 texts.", with_any_numbers=True)
    assert known.save("2") == ["7 values."]


def test_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    """Warnings with a time in them are new each night; those that repeat are never forgotten."""
    for night in range(4):
        known = KnownWarnings(tmp_path / "warnings.json")
        assert known.is_known("holds every night") is (night > 0)
        for minute in range(MOST - 10):
            known.is_known(f"waiting until {night}:{minute}")
        known.save("1")
    assert len(json.loads((tmp_path / "warnings.json").read_text())["warnings"]) == MOST


@pytest.mark.parametrize("content", ["", "[]", '{"version": 1}', "{"])
def test_damaged_file_says_everything_again(tmp_path: Path, content: str) -> None:
    """A file that cannot be read or written costs nothing but a repetition."""
    (tmp_path / "warnings.json").write_text(content)
    assert not KnownWarnings(tmp_path / "warnings.json").is_known("a")
    assert KnownWarnings(tmp_path / "warnings.json" / "below").save("1") == []


def test_only_warnings_of_the_source_are_held_back(tmp_path: Path) -> None:
    """Errors, and what other packages warn of, are logged each time; the report names all of the source."""
    for _ in range(2):
        known = KnownWarnings(tmp_path / "warnings.json")
        other = logging.LogRecord("dlt", logging.WARNING, "/srv/centra_source/dlt/load.py", 1, "x", (), None)
        assert known.is_new_record(other)
        assert known.is_new_record(make_record("failed", logging.ERROR))
        is_new = known.is_new_record(make_record("limits are not shown"))
        assert known.is_new_record(make_record("limits are not shown")) is is_new  # of another handler
        assert list(known.logged) == ["limits are not shown"]
        known.save("1")
    assert not is_new


class Planted:
    """A pickle that leaves a trace when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.mark.full
def test_second_night_is_silent_and_private(workplace: Workplace) -> None:
    """The report and load_audit still name what the shop lacks. No pickle is read, no file is for others."""
    command = ("--resources", "brands,stores", "--report", "report.json")
    mark = workplace.folder / "unpickled"
    with Sandbox(products=4, orders=4, without=("Brand.name",), same_version=True) as shop:
        environment = {**make_environment(shop), "PYTHONIOENCODING": "cp1252"}
        said = []
        for version in ("v1.83.0", "v1.83.0", "v1.84.0"):
            shop.configure(app_version=version)
            done = workplace.run(*command, script="pipelines/warehouse_pipeline.py", **environment)
            assert done.returncode == 0, done.stderr
            said.append(done.stderr.count("lacks parts of brands"))
            notes = json.loads((workplace.folder / "report.json").read_text())["notes"]
            assert any("lacks parts of brands" in note for note in notes)
            (working,) = (workplace.folder / "data" / "pipelines").glob("*/trace.pickle")
            working.write_bytes(pickle.dumps(Planted(mark)))
        assert said == [1, 0, 1]
    assert not mark.exists()
    written = [
        *(workplace.folder / "data").rglob("*"),
        *workplace.folder.glob("*.duckdb*"),
        workplace.folder / "report.json",
    ]
    assert [path for path in written if path.stat().st_mode & 0o077] == []
