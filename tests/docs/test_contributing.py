"""The page for those who change the code: its map is right, and its recipes work."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tomlkit

from ..support.workplace import PROJECT
from .pages import blocks

PAGE = PROJECT / "docs" / "contributing.md"
TEXT = PAGE.read_text(encoding="utf-8")
CONTRACTS = tomlkit.parse((PROJECT / "pyproject.toml").read_text(encoding="utf-8")).unwrap()["tool"][
    "importlinter"
]


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A copy of the code that a recipe may change."""
    ignored = shutil.ignore_patterns("__pycache__")
    for package in ("centra_source", "centra_sandbox", "docs"):
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=ignored)
    return tmp_path


def run(code: Path, script: str) -> str:
    """What a script prints that imports the copy."""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=code, env={"PYTHONPATH": str(code)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_drawing_shows_the_layers_that_are_checked() -> None:
    """From top to bottom, those of import-linter's contract."""
    (drawing,) = blocks(PAGE, "text")
    (layers,) = [
        one["layers"] for one in CONTRACTS["contracts"] if one.get("containers") == ["centra_source"]
    ]
    drawn = [" ".join(line.split("  ")[0].split()) for line in map(str.strip, drawing.splitlines()) if line]
    assert [line for line in drawn if line in layers] == layers


def test_every_folder_is_described() -> None:
    """Each folder with code has a row."""
    described = set(re.findall(r"^\| `([\w/]+)` \|", TEXT, flags=re.MULTILINE))
    packages = {path.parent for path in PROJECT.glob("*/*.py")}
    inner = {path for path in (PROJECT / "centra_source").iterdir() if path.is_dir() and path.name[0] != "_"}
    folders = {str(path.relative_to(PROJECT)) for path in packages | inner}
    assert folders | {"tests"} == described | {"centra_source"}


def test_every_change_request_leads_to_one_file() -> None:
    """Ten rows, each with one file that exists."""
    _, _, table = TEXT.partition("## Which file for which change?")
    rows = re.findall(r"^\| (?!change|---)(.+) \| \[`(.+)`\]\(\.\./(.+)\) \|$", table, flags=re.MULTILINE)
    assert len(rows) == 10
    for _, shown, linked in rows:
        assert shown == linked
        assert (PROJECT / linked).exists(), linked


def test_recipe_for_a_resource_works(code: Path) -> None:
    """Followed to the letter, it gives a resource with a table, columns, a key and descriptions."""
    field, query = blocks(PAGE, "graphql")
    entry = next(block for block in blocks(PAGE, "python") if "Resource(" in block)
    schema = code / "centra_source" / "schema.graphql"
    schema.write_text(f"{schema.read_text(encoding='utf-8')}\n{field}", encoding="utf-8")
    (code / "centra_source" / "queries" / "tax_groups.graphql").write_text(query, encoding="utf-8")
    resources = code / "centra_source" / "resources.py"
    text = resources.read_text(encoding="utf-8")
    start = "RESOURCES: Mapping[str, Resource] = {\n"
    assert start in text
    resources.write_text(text.replace(start, f"{start}    {entry}"), encoding="utf-8")
    shown = run(
        code,
        "from centra_source import centra_source\n"
        "from docs.tables import page, resource_tables\n"
        "source = centra_source('https://shop.centra.com/graphql', 'token')\n"
        "assert 'tax_groups' in source.resources and '### tax_groups' in page()\n"
        "(table,) = resource_tables('tax_groups')\n"
        "print(table.name, table.key, [column.name for column in table.columns], table.description)\n",
    )
    assert shown == "tax_groups ('id',) ['id', 'name'] One row per tax group."


@pytest.mark.full
def test_field_that_the_schema_lacks_is_named(code: Path) -> None:
    """Without the first step, a sentence says what is missing."""
    query = blocks(PAGE, "graphql")[1]
    (code / "centra_source" / "queries" / "tax_groups.graphql").write_text(query, encoding="utf-8")
    script = (
        "from centra_source.operations.documents import load_operation\n"
        "from centra_source.tables.planning import plan_tables\n"
        "try:\n"
        "    plan_tables(load_operation('tax_groups'), {}, ('id',))\n"
        "except Exception as error:\n"
        "    print(error)\n"
    )
    shown = run(code, script)
    assert "taxGroups" in shown
    assert len(shown) > len("'taxGroups'")


@pytest.mark.full
def test_recipe_for_a_rule_works(code: Path) -> None:
    """The function is all that a rule takes."""
    rule = next(block for block in blocks(PAGE, "python") if block.startswith("@rule"))
    offer = code / "centra_source" / "globale" / "checks" / "rules" / "offer.py"
    offer.write_text(f"{offer.read_text(encoding='utf-8')}\n\n{rule}", encoding="utf-8")
    script = "from centra_source.globale.checks.rules import RULES\nprint(RULES['B2'].title)"
    assert run(code, script) == "Brand contains a blank"


@pytest.mark.full
def test_recipe_for_a_status_works(code: Path) -> None:
    """A status in the tuple is retried, and `retry_after_seconds` is where the page says."""
    retries = code / "centra_source" / "api" / "retries.py"
    text = retries.read_text(encoding="utf-8")
    assert "RETRIED_STATUSES = (" in text
    assert "def retry_after_seconds(" in text
    retries.write_text(text.replace("RETRIED_STATUSES = (", "RETRIED_STATUSES = (418, "), encoding="utf-8")
    script = "from centra_source.api.retries import is_retried_status\nprint(is_retried_status(418))"
    assert run(code, script) == "True"


@pytest.mark.full
def test_default_is_changed_in_one_place(code: Path) -> None:
    """Another look-back in settings.py holds for every resource without one of its own."""
    settings = code / "centra_source" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    assert '"updatedAt": timedelta(hours=1)' in text
    settings.write_text(text.replace('"updatedAt": timedelta(hours=1)', '"updatedAt": timedelta(hours=3)'))
    assert "with a look-back of 3 hours" in run(code, "from docs.tables import page\nprint(page())")
