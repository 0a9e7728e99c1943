"""What the README shows is what happens, and it stays short."""

from __future__ import annotations

import re

import pytest
import tomlkit

from centra_sandbox import Sandbox
from centra_source import RESOURCES

from ..support.workplace import PROJECT, Workplace, make_environment
from .pages import README, blocks, centra, prose

WORDS, LINES = 900, 220
"""Limits of the README. Words are what white space separates outside of code blocks, including tables and the
addresses of links. Lines include code blocks."""

VARIES = re.compile(r"\d+\.\d( s)?|\d{12}")
"""Seconds, and the minute in the name of a file."""

COSTS = re.compile(r"[\d,]+ [\d,]+ #$")
"""Calls and complexity: where windows are cut depends on the day, and so does how full last pages are."""

OMITTED = "…"
"""A line of its own in a sample: lines of the output are left out there."""


def unchanging(text: str) -> list[str]:
    """The lines of an output, but for what differs from run to run and for how columns are padded."""
    lines = (" ".join(VARIES.sub("#", line).split()) for line in text.splitlines())
    return [COSTS.sub("#", line) for line in lines if line]


def recipe(target: str) -> list[list[str]]:
    """The options of the `centra` commands that a make target runs."""
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    (lines,) = re.findall(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, flags=re.MULTILINE)
    return [line.split()[1:] for line in lines.splitlines() if "/centra " in line]


def test_readme_is_short() -> None:
    """So that people read it to the end; everything else is on the pages."""
    assert len(prose(README).split()) < WORDS
    assert len(README.read_text(encoding="utf-8").splitlines()) < LINES


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workplace, str]:
    """An empty folder in which the two commands of `make run` have run, and what they printed."""
    workplace = Workplace(tmp_path_factory.mktemp("demo"))
    printed = ""
    for options in recipe("run"):
        done = centra(workplace, *options)
        assert done.returncode == 0, done.stderr
        printed += done.stdout
    return workplace, printed.replace(f"{workplace.folder}/", "")


@pytest.mark.full
def test_make_run_prints_what_the_readme_shows(demo: tuple[Workplace, str]) -> None:
    """Line by line; where the README has a line with only `…`, it leaves lines out."""
    workplace, printed = demo
    (shown,) = blocks(README, "text")
    text, place = "\n".join(unchanging(printed)), 0
    for part in "\n".join(unchanging(shown)).split(f"\n{OMITTED}\n"):
        place = text.find(part, place)
        assert place >= 0, part
    assert len(list((workplace.folder / "globale").glob("Retail_product-catalogue_*.csv"))) == 1


@pytest.mark.full
def test_query_prints_the_rows_shown(demo: tuple[Workplace, str]) -> None:
    """The SQL example on the demo shop."""
    workplace, _ = demo
    sql = blocks(README, "python")[0]
    script = workplace.folder / "example.py"
    script.write_text(sql, encoding="utf-8")
    done = workplace.run(script=str(script))
    (shown,) = blocks(README, "")
    assert unchanging(done.stdout) == unchanging(shown)


@pytest.mark.full
def test_python_examples_run(small_shop: Sandbox, workplace: Workplace) -> None:
    """Each example is run as it is, after a load and with the settings that the text names."""
    workplace.load(small_shop)
    for example in blocks(README, "python"):
        script = workplace.folder / "example.py"
        script.write_text(example, encoding="utf-8")
        done = workplace.run(script=str(script), **make_environment(small_shop))
        assert done.returncode == 0, done.stderr


@pytest.mark.full
def test_own_shop_follows_the_demo_shop(small_shop: Sandbox, workplace: Workplace) -> None:
    """Another shop's database is refused; without it, everything of the own shop is loaded."""
    workplace.load(small_shop, "--resources", "orders")
    own = {"SOURCES__CENTRA_SOURCE__BASE_URL": small_shop.url.replace("127.0.0.1", "localhost")}
    refused = workplace.load(small_shop, "--resources", "orders", **own)
    assert refused.returncode == 2
    assert "has loaded orders of 127.0.0.1 so far" in refused.stderr
    (workplace.folder / "centra.duckdb").unlink()
    assert workplace.load(small_shop, "--resources", "orders", **own).returncode == 0
    assert len(workplace.rows("orders")) == len(small_shop.shop.orders)


def test_numbers_of_resources_are_right() -> None:
    """The README counts those that are loaded by default, and the others."""
    selected = sum(resource.selected for resource in RESOURCES.values())
    text = " ".join(README.read_text(encoding="utf-8").split())
    assert f"{selected} resources are loaded by default" in text
    assert f"{len(RESOURCES) - selected} more, such as `prices`" in text
    assert not RESOURCES["prices"].selected


def test_own_shop_settings_are_complete() -> None:
    """The table is all that a load needs."""
    (shown,) = blocks(README, "toml")
    assert set(tomlkit.parse(shown).unwrap()["sources"]["centra_source"]) == {"base_url", "access_token"}
