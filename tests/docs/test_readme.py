"""What the README shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomlkit

from centra_sandbox import Sandbox
from centra_source.globale import catalog_configuration, chosen_profile
from centra_source.globale.checks.rules import parse_severities

from ..support.commands import option_names
from ..support.workplace import PROJECT, Workplace, address

README = (PROJECT / "README.md").read_text(encoding="utf-8")

SECONDS = re.compile(r"\d+\.\d( s)?")
MINUTES = re.compile(r"\d{12}")
"""In the names of files."""

COSTS = re.compile(r"[\d,]+ +[\d,]+ +#$", flags=re.MULTILINE)
"""Calls and complexity: where windows are cut depends on the day, and so does how full last pages are."""


def blocks(language: str) -> list[str]:
    """The code blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def unchanging(text: str) -> list[str]:
    """The words of what a job prints, but for what differs from run to run."""
    return COSTS.sub("#", SECONDS.sub("#", MINUTES.sub("#", text))).split()


def recipe(target: str) -> list[list[str]]:
    """The Python commands that a make target runs."""
    makefile = (PROJECT / "Makefile").read_text()
    (lines,) = re.findall(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, flags=re.MULTILINE)
    return [line.split()[1:] for line in lines.splitlines()]


def test_make_run_prints_what_the_readme_shows(tmp_path: Path) -> None:
    """The two jobs of `make run`, in an empty folder: their output, but for seconds and folder names."""
    workplace = Workplace(tmp_path)
    printed = ""
    for script, *options in recipe("run"):
        done = workplace.run(*options, script=script)
        assert (done.returncode, done.stderr) == (0, "")
        printed += done.stdout
    (shown,) = blocks("text")
    assert unchanging(printed.replace(f"{tmp_path}/", "")) == unchanging(shown)
    assert len(list((tmp_path / "globale").glob("Retail_product-catalogue_*.csv"))) == 1


def test_every_command_is_one_that_a_test_runs() -> None:
    """A command that is added here needs a test, which this list stands for."""
    assert blocks("console") == [
        "$ make run\n",
        "$ make test\n",
        "$ make notebook\n",
        "$ make dashboard\n",
        "$ rm centra.duckdb\n$ python centra_pipeline.py\n",
        "$ python pipelines/warehouse_pipeline.py --report report.json\n",
        "$ python centra_pipeline.py check\n",
        "$ python centra_pipeline.py forecast\n",
        "$ python centra_pipeline.py --sweep\n",
        "$ python pipelines/backfill_pipeline.py --start-date 2024-01-01 --end-date 2026-01-01\n",
        "$ python pipelines/globale_catalog_pipeline.py\n",
        "$ python pipelines/globale_catalog_pipeline.py doctor\n",
        "$ python pipelines/globale_orders_pipeline.py --report weekly.xlsx\n",
    ]


def test_lookback_is_taken_from_the_settings_shown(small_shop: Sandbox, tmp_path: Path) -> None:
    """The table of the README, at the end of config.toml."""
    workplace = Workplace(tmp_path)
    (shown,) = (block for block in blocks("toml") if "lookback" in block)
    with (tmp_path / ".dlt" / "config.toml").open("a") as settings:
        settings.write(shown)
    for _ in range(2):
        assert workplace.load(small_shop, "--resources", "returns").returncode == 0
    audit = [row for row in workplace.rows("load_audit") if row["kind"] == "window"]
    first, second = sorted(audit, key=lambda row: row["started_at"])
    assert (first["started_at"] - second["window_from"]).days == 180


def test_own_shop_follows_the_made_up_one(small_shop: Sandbox, tmp_path: Path) -> None:
    """Another shop's database is refused; without it, everything of the own shop is loaded."""
    workplace = Workplace(tmp_path)
    workplace.load(small_shop, "--resources", "orders")
    own = {"SOURCES__CENTRA_SOURCE__BASE_URL": small_shop.url.replace("127.0.0.1", "localhost")}
    refused = workplace.load(small_shop, "--resources", "orders", **own)
    assert refused.returncode == 2
    assert "has loaded orders of 127.0.0.1 so far" in refused.stderr
    (tmp_path / "centra.duckdb").unlink()
    assert workplace.load(small_shop, "--resources", "orders", **own).returncode == 0
    assert len(workplace.rows("orders")) == len(small_shop.shop.orders)


def test_python_examples_run(small_shop: Sandbox, tmp_path: Path) -> None:
    """Each example is run as it stands, after a load and with the settings that the text names."""
    workplace = Workplace(tmp_path)
    workplace.load(small_shop, "--resources", "orders")
    examples = [block for block in blocks("python") if "import" in block]
    assert len(examples) == 2
    for number, example in enumerate(examples):
        script = tmp_path / f"example_{number}.py"
        script.write_text(example)
        path = {"PYTHONPATH": str(PROJECT)}
        done = workplace.run(script=str(script), **address(small_shop), **path)
        assert done.returncode == 0, done.stderr


def test_speeds_are_those_of_the_benchmarks() -> None:
    """Every figure of the paragraph stands in the page that `make bench-full` has written."""
    (paragraph,) = re.findall(r"^What the machine carries.*?\n\n", README, flags=re.MULTILINE | re.DOTALL)
    report = (PROJECT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    figures = re.findall(r"\d[\d,.]*\d%?", paragraph)
    assert len(figures) == 5
    assert [figure for figure in figures if figure not in report] == []


def test_comparison_is_that_of_its_page() -> None:
    """The figures of both ways are those that `make bench-catalog` has written of the edited shop."""
    page = (PROJECT / "docs" / "benchmarks_catalog.md").read_text(encoding="utf-8")
    for way in ("published script", "this source"):
        (shown,) = re.findall(rf"^\| {way} \|(.*)\|$", README, flags=re.MULTILINE)
        (measured,) = re.findall(rf"^\| edited \| {way} \|(.*)\|$", page, flags=re.MULTILINE)
        cells = [cell.strip() for cell in measured.split("|")]
        assert [cell.strip() for cell in shown.split("|")] == [
            cells[place] for place in (0, 2, 3, 4, 5, 7, 9)
        ]


def test_settings_of_the_catalog_are_valid() -> None:
    """The table of the README is read without an error, and its profile is one."""
    (shown,) = (block for block in blocks("toml") if "[globale]" in block)
    settings = tomlkit.parse(shown).unwrap()["globale"]
    configuration = catalog_configuration(**settings)
    assert chosen_profile(configuration).columns["HS_Code"] == "hs_code"
    configuration.profile = "agreed"
    assert list(chosen_profile(configuration).columns) == ["ID-SKU", "Material / Composition"]
    assert parse_severities(configuration.severities) == {"H5": "OFF", "W1": "BLOCK"}


def test_options_are_all_explained() -> None:
    """The table of options has each option of the command line, and no other."""
    real = option_names("load") | option_names("check") | option_names("forecast")
    assert set(re.findall(r"^\| `(--[a-z-]+)", README, flags=re.MULTILINE)) == real


def test_example_of_a_new_resource_works() -> None:
    """The query and the line beside it are those that stand in the package."""
    package = PROJECT / "centra_source"
    (query,) = blocks("graphql")
    assert query == (package / "queries" / "suppliers.graphql").read_text(encoding="utf-8")
    (line,) = (block for block in blocks("python") if "Resource()" in block)
    assert line in (package / "resources.py").read_text(encoding="utf-8").replace("    ", "")


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https)([^)]+)\)", README))
def test_link_leads_somewhere(link: str) -> None:
    """Links to files of this project are not broken."""
    assert (PROJECT / link.partition("#")[0]).exists()
