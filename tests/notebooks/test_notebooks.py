"""The notebooks on a loaded shop, an empty one and none, the pages made of them, and dlt's dashboard."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import marimo as mo
import pandas as pd
import pytest
from matplotlib.figure import Figure

from centra_notebooks import NOTEBOOKS, charts, show
from centra_notebooks.dashboard import APP
from centra_notebooks.export import render_output
from centra_notebooks.shop import IN_USE, NOT_LOADED, PIPELINE, tables_of
from centra_sandbox import Sandbox
from centra_source import RESOURCES

from ..support.workplace import PROJECT, Output, Workplace

DASHBOARD = f"""
import runpy, sys
if __name__ == "__main__":  # marimo's kernel is a process that reads this again
    sys.argv = ["marimo", "export", "html", {str(APP)!r}, "-o", "dashboard.html"]
    sys.argv += ["--", "--pipeline", {PIPELINE!r}]
    runpy.run_module("marimo", run_name="__main__")
"""
COLUMNS = """
import dlt
from dlt._workspace.helpers.dashboard.utils.pipeline import resolve_dashboard_config
from dlt._workspace.helpers.dashboard.utils.schema import create_column_list
pipeline = dlt.pipeline("centra_pipeline")
columns = create_column_list(resolve_dashboard_config(pipeline), pipeline, "orders", "centra_source")
print({column["name"]: column["description"] for column in columns}["number"])
"""
HEADINGS = {
    "first_look": (f"Resources: {sum(one.selected for one in RESOURCES.values())}", "Started (UTC)"),
    "sales_and_returns": ("Net sales (SEK)", "Units returned"),
    "stock_and_sell_through": ("Days of cover", "Sell-through (%)"),
    "globale_catalog_quality": ("Sizes in the catalog", "Why it is excluded"),
}


def loaded(folder: Path, sandbox: Sandbox) -> Workplace:
    """A workplace in which a shop is loaded, with what analysts and Global-e get of it."""
    workplace = Workplace(folder)
    done = workplace.load(sandbox)
    assert done.returncode == 0, done.stderr
    return workplace


def written(workplace: Workplace, *options: str) -> Output:
    """The pages of all notebooks, written into the folder `pages`."""
    return workplace.run("--output", "pages", *options, script="centra_notebooks/export.py")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A small shop, loaded."""
    with Sandbox(products=30, orders=80, seed=3) as sandbox:
        return loaded(tmp_path_factory.mktemp("shop"), sandbox)


@pytest.fixture(scope="module")
def pages(shop: Workplace) -> dict[str, str]:
    """The pages of the small shop, by notebook."""
    done = written(shop)
    assert (done.returncode, done.stderr) == (0, "")
    return {name: (shop.folder / "pages" / f"{name}.html").read_text(encoding="utf-8") for name in NOTEBOOKS}


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_page_opens_without_a_network(pages: dict[str, str], name: str) -> None:
    """All that it shows is in it, and there is nothing to run."""
    page = pages[name]
    shown = re.sub(r"<pre>.*?</pre>", "", page, flags=re.DOTALL)
    assert not re.search(r"<(script|link|iframe|marimo-)", shown)
    sources = re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?([^"\')\s>]+)', shown)
    assert [source for source in sources if "://" in source] == []
    assert {source.partition(",")[0] for source in sources if not source.endswith(".html")} <= {
        "data:image/svg+xml;base64"
    }
    assert len(page) < 500_000


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_page_says_nothing_of_the_machine(pages: dict[str, str], shop: Workplace, name: str) -> None:
    """It can be handed on."""
    for place in (shop.folder, PROJECT, Path.home()):
        assert str(place) not in pages[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_page_has_its_charts_and_tables(pages: dict[str, str], name: str) -> None:
    """Each chart names what it shows; no table heads a column with its raw name."""
    assert len(re.findall(r'<img alt="[^"]+ \(.+ by .+\)"', pages[name])) >= 2
    headings = re.findall(r"<th [^>]+>([^<]+)</th>", pages[name])
    assert headings
    assert [heading for heading in headings if "_" in heading] == []


@pytest.mark.slow
def test_pages_are_the_same_twice(pages: dict[str, str], shop: Workplace) -> None:
    """The same shop gives the same pages."""
    assert written(shop).returncode == 0
    changed = [
        name
        for name in NOTEBOOKS
        if (shop.folder / "pages" / f"{name}.html").read_text(encoding="utf-8") != pages[name]
    ]
    assert changed == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_runs_as_a_script(shop: Workplace, name: str) -> None:
    """It prints its tables, and complains of nothing."""
    done = shop.run(script=f"centra_notebooks/{name}.py")
    assert (done.returncode, done.stderr) == (0, "")
    for heading in HEADINGS[name]:
        assert heading in done.stdout


@pytest.mark.slow
def test_empty_shop_gets_sentences(tmp_path: Path) -> None:
    """Where there is nothing to show, the page says so, and nothing fails."""
    with Sandbox(products=0, orders=0) as sandbox:
        workplace = loaded(tmp_path, sandbox)
    done = written(workplace)
    assert (done.returncode, done.stderr) == (0, "")
    for name, text in {
        "first_look": "This shop has no orders.",
        "sales_and_returns": "This shop has sold nothing yet.",
        "stock_and_sell_through": "This shop keeps no stock, and has sold nothing.",
        "globale_catalog_quality": "The Global-e catalog has no sizes: its store offers no product.",
    }.items():
        shown, _, _ = (tmp_path / "pages" / f"{name}.html").read_text(encoding="utf-8").partition("<footer>")
        assert text in shown


@pytest.mark.full
def test_missing_database_gets_a_sentence(tmp_path: Path) -> None:
    """A notebook says what to do first, and makes no database."""
    workplace = Workplace(tmp_path)
    done = workplace.run(script="centra_notebooks/first_look.py")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, NOT_LOADED, "")
    done = written(workplace)
    assert (done.returncode, done.stderr.strip()) == (1, NOT_LOADED)
    assert not (tmp_path / "centra.duckdb").exists()


@pytest.mark.full
def test_deleted_database_gets_a_sentence(small_shop: Sandbox, tmp_path: Path) -> None:
    """What dlt remembers of it does not count; while a load has it, that is said instead."""
    workplace = Workplace(tmp_path)
    workplace.load(small_shop, "--resources", "brands")
    database = tmp_path / "centra.duckdb"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb; c = duckdb.connect({str(database)!r}); print(1, flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    done = workplace.run(script="centra_notebooks/sales_and_returns.py")
    holder.communicate(b"\n")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, IN_USE, "")
    database.unlink()
    done = workplace.run(script="centra_notebooks/sales_and_returns.py")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, NOT_LOADED, "")
    assert not database.exists()


def test_chart_without_names_is_refused() -> None:
    """Nobody has to guess what is shown."""
    figure = Figure()
    figure.add_subplot().set_xlabel("Month")
    with pytest.raises(ValueError, match="without title and y label"):
        charts.render_figure(figure)


@pytest.mark.parametrize(
    ("values", "heading", "texts"),
    [
        ([1234567, 2], "Orders", ["1,234,567", "2"]),
        ([1234.5, -2.25], "Net (SEK)", ["1,234.50", f"{show.MINUS}2.25"]),
        ([12345.6, None], "Net (SEK)", ["12,346", show.NOTHING]),
        ([12.345, 0.0], "Returned (%)", ["12.3", "0.0"]),
        ([1.5, 2.0], "Days", ["1.5", "2.0"]),
        ([True, False], "Active", ["yes", "no"]),
        (
            [pd.Timestamp("2026-05-01 10:30:59", tz="UTC"), None],
            "Read (UTC)",
            ["2026-05-01 10:30", show.NOTHING],
        ),
        ([date(2026, 5, 1), None], "Day", ["2026-05-01", show.NOTHING]),
        (["<b>", None], "Name", ["&lt;b&gt;", show.NOTHING]),
    ],
)
def test_values_are_written_for_readers(values: list[object], heading: str, texts: list[str]) -> None:
    """Separators, decimals by what the heading says, and nothing that HTML would take for its own."""
    assert re.findall(r"<td[^>]*>(.*?)</td>", show.table(pd.DataFrame({heading: values})).text) == texts


def test_choice_becomes_text_on_a_page() -> None:
    """A page shows what was chosen; what has no plain form is not written in silence."""
    dropdown = mo.ui.dropdown({"all stores": 0, 'a "b" & <c>': 1}, value='a "b" & <c>', label="Store:")
    assert render_output(mo.hstack([dropdown])).count("Store: <b>a &quot;b&quot; &amp; &lt;c&gt;</b>") == 1
    with pytest.raises(ValueError, match="marimo-slider"):
        render_output(mo.ui.slider(1, 2))


def test_tables_of_a_query() -> None:
    """Those that it reads, without the names that it gives itself."""
    sql = "with a as (select * from orders) select * from a join order_lines as l on true"
    assert tables_of(sql) == {"orders", "order_lines"}


@pytest.mark.slow
def test_dashboard_serves_a_page(shop: Workplace) -> None:
    """dlt's dashboard opens on the machine's own address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = shop.start("--headless", "--port", str(port), script="centra_notebooks/dashboard.py")
    try:
        assert "<marimo-filename" in served(f"http://127.0.0.1:{port}", server)
    finally:
        server.kill()
        server.communicate()


@pytest.mark.slow
def test_dashboard_describes_the_tables(shop: Workplace) -> None:
    """The description of a table is next to its name."""
    (shop.folder / "dashboard.py").write_text(DASHBOARD)
    done = shop.run(script=str(shop.folder / "dashboard.py"))
    assert done.returncode == 0, done.stderr
    assert "One row per wholesale account" in (shop.folder / "dashboard.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_dashboard_lists_what_columns_hold(shop: Workplace) -> None:
    """The settings of the project make it show the descriptions of columns."""
    (shop.folder / "columns.py").write_text(COLUMNS)
    done = shop.run(script=str(shop.folder / "columns.py"))
    assert done.stdout.strip() == "The order number that people see."


def served(address: str, server: subprocess.Popen[str]) -> str:
    """What a server answers as soon as it does."""
    for _ in range(600):
        assert server.poll() is None, "the server has ended"
        try:
            with urlopen(address, timeout=10) as answer:
                text: str = answer.read().decode()
                return text
        except URLError:
            time.sleep(0.1)
    raise AssertionError(f"nothing answers at {address}")
