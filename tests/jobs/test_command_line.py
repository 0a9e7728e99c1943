"""The jobs as one types them: what they print, how they end, and what bad input does."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from centra_sandbox import Sandbox

from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.workplace import PROJECT, Workplace, make_environment


@pytest.mark.full
def test_two_loads_and_the_catalog_file(small_shop: Sandbox, workplace: Workplace) -> None:
    """The first run shows tables, costs, catalog and file; the second loads only changes."""
    first = workplace.load(small_shop)
    assert (first.returncode, first.stderr) == (0, "")
    lines = {line.split()[0]: line.split()[1:] for line in first.stdout.splitlines() if line.strip()}
    orders = str(len(small_shop.shop.orders))
    assert lines["orders"][:2] == [orders, orders]
    assert "Global-e catalog, 5 of" in first.stdout
    assert str(workplace.folder / "centra.duckdb") in first.stdout

    small_shop.shop.update(small_shop.shop.orders[0])
    second = workplace.load(small_shop)
    lines = {line.split()[0]: line.split()[1:] for line in second.stdout.splitlines() if line.strip()}
    assert lines["orders"][:2] == [orders, "1"]
    assert re.search(r"^Nothing new in \d+ resources\.$", second.stdout, re.MULTILINE)

    assert "findings block its delivery" in first.stdout


@pytest.mark.full
def test_loaded_tables_are_found_by_the_pipeline_name(small_shop: Sandbox, workplace: Workplace) -> None:
    """A notebook needs no path: the pipeline's name is enough."""
    workplace.load(small_shop, "--resources", "orders")
    (workplace.folder / "look.py").write_text(
        "import dlt\nprint(len(dlt.pipeline('centra_pipeline').dataset().orders.df()))\n"
    )
    look = workplace.run(script=str(workplace.folder / "look.py"))
    assert look.stdout.split() == [str(len(small_shop.shop.orders))], look.stderr


@pytest.mark.full
def test_texts_are_shown_as_they_are(small_shop: Sandbox, workplace: Workplace) -> None:
    """BBCode in a description is neither swallowed nor taken for markup of the terminal. What the encoding of
    the output lacks becomes a question mark, and everything is derived."""
    for display in small_shop.shop.displays:
        small_shop.shop.update(display, description="[red]x[/red] :smile: \u624b")
    done = workplace.load(small_shop, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "[red]x[/red] :smile: ?" in done.stdout
    assert workplace.rows("sales_daily")


@pytest.mark.full
def test_each_folder_has_its_own_database(small_shop: Sandbox, tmp_path: Path) -> None:
    """A second checkout on the same machine loads all into its own file, and spoils nothing in the first."""
    here, there = Workplace(tmp_path / "here"), Workplace(tmp_path / "there")
    shared = {"DLT_DATA_DIR": str(tmp_path / "data")}
    for workplace in (here, there, here):
        done = workplace.load(small_shop, "--resources", "orders", **shared)
        assert (done.returncode, done.stderr) == (0, "")
        assert str(workplace.folder / "centra.duckdb") in done.stdout
        small_shop.shop.add_order()
    assert [len(workplace.rows("orders")) for workplace in (here, there)] == [42, 41]


INTERRUPTED_LOAD = """
from rich.console import Console
from centra_source import centra_source
from centra_jobs.defaults import DATASET_NAME
from centra_jobs.runs.opening import open_pipeline

with open_pipeline(None, DATASET_NAME, Console()) as pipeline:
    pipeline.extract(centra_source().with_resources("orders"))
    pipeline.normalize()
"""


@pytest.mark.full
def test_interrupted_load_is_finished_first(small_shop: Sandbox, workplace: Workplace) -> None:
    """A run that ended between reading and loading is completed by the next, which then loads what is new."""
    script = workplace.folder / "interrupted.py"
    script.write_text(INTERRUPTED_LOAD)
    workplace.load(small_shop, "--resources", "orders")
    small_shop.shop.add_order()
    stopped = workplace.run(script=str(script), PYTHONPATH=str(PROJECT), **make_environment(small_shop))
    assert stopped.returncode == 0, stopped.stderr
    small_shop.shop.add_order()
    done = workplace.load(small_shop, "--resources", "orders")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Finishing the load that was interrupted." in done.stdout
    assert len(workplace.rows("orders")) == 42


@pytest.mark.full
def test_database_from_a_backup_gets_what_came_since(small_shop: Sandbox, workplace: Workplace) -> None:
    """The bookmarks are taken from the database, not from a machine that remembers a later state of it."""
    path, backup = workplace.folder / "centra.duckdb", workplace.folder / "backup"
    small_shop.clock.advance(timedelta(days=-3))
    workplace.load(small_shop, "--resources", "orders")
    shutil.copy(path, backup)
    small_shop.clock.advance(timedelta(days=1))
    new = small_shop.shop.add_order()
    small_shop.clock.advance(timedelta(days=2))
    workplace.load(small_shop, "--resources", "orders")
    shutil.copy(backup, path)
    restored = workplace.load(small_shop, "--resources", "orders")
    assert "Taking the bookmarks from the destination" in restored.stdout
    again = workplace.load(small_shop, "--resources", "orders")
    assert "Taking the bookmarks" not in again.stdout
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("select count(*) from centra_data.orders where id = ?", [new["id"]])
        assert found.fetchone() == (1,)


@pytest.mark.full
def test_long_event_queue_is_worked_off_in_one_job(small_shop: Sandbox, workplace: Workplace) -> None:
    """More events than one load takes in cost more loads, not another night."""
    workplace.load(small_shop, "--resources", "displays")
    first, *_, last = small_shop.shop.displays
    for _ in range(450):
        small_shop.shop.announce(first, "DEPENDENT_DATA_CHANGED")
    small_shop.shop.touch_silently(last, name="changed without a trace")
    small_shop.shop.announce(last, "DEPENDENT_DATA_CHANGED")
    assert workplace.load(small_shop, "--resources", "displays").returncode == 0
    assert find_differences(small_shop.shop, "displays", workplace.rows("displays")) == []
    workplace.load(small_shop, "--resources", "displays")
    assert small_shop.shop.events.queue == []


@pytest.mark.full
def test_closed_event_queue_is_reported_and_a_sweep_finds_deletions(workplace: Workplace) -> None:
    """The report says once what the token lacks, and what it advises works."""
    with Sandbox(products=12, orders=40, seed=3, denied={"Event:read"}) as sandbox:
        first = workplace.load(sandbox, "--resources", "orders,displays")
        assert (first.returncode, first.stderr) == (0, "")
        assert first.stdout.count("the token lacks Event:read") == 1
        assert first.stdout.count("--sweep") == 1
        gone = sandbox.shop.orders[0]
        sandbox.shop.remove(gone)
        assert workplace.load(sandbox, "--resources", "orders,displays", "--sweep").returncode == 0
    assert [row["id"] for row in workplace.rows("orders") if row["deleted_at"]] == [gone["id"]]


@pytest.mark.full
def test_sandbox_needs_no_credentials(workplace: Workplace) -> None:
    """--sandbox brings its own shop, and says why there is no catalog where its tables were left out."""
    done = workplace.run("--sandbox", "--resources", "stores,brands", "--exclude", "brands")
    assert (done.returncode, done.stderr) == (0, "")
    assert "stores" in done.stdout
    assert "brands" not in done.stdout
    assert "No Global-e catalog: The Global-e catalog needs displays" in done.stdout


def test_no_credentials_says_what_to_do(workplace: Workplace) -> None:
    """One short message: the file, its lines, and the way without a shop."""
    refused = workplace.run()
    assert refused.returncode == 2
    assert refused.stdout == ""
    for part in (".dlt/secrets.toml", "base_url = ", "access_token = ", "--sandbox"):
        assert part in refused.stderr
    assert len(refused.stderr.splitlines()) < 10


def test_help_explains_every_option(workplace: Workplace) -> None:
    """Each option has a line of its own words."""
    shown = workplace.run("--help").stdout
    for option in ("resources", "exclude", "destination", "dataset", "start-date", "sweep"):
        assert f"--{option} " in shown
    assert "--full-refresh " in shown
    assert "--sandbox " in shown


def test_example_of_secrets_names_the_real_settings() -> None:
    """Who copies the example and fills it in has what the source asks for."""
    example = (PROJECT / ".dlt" / "example.secrets.toml").read_text()
    assert "[sources.centra_source]" in example
    assert {line.split(" = ")[0] for line in example.splitlines() if " = " in line} == {
        "base_url",
        "access_token",
    }


BAD_INPUT = [
    (["--resources", "order"], {}, 2, "There is no resource 'order': did you mean orders"),
    (
        ["--exclude", "xyz"],
        {},
        2,
        "exclude names 'xyz', which is not a resource, table or field: did you mean",
    ),
    (["--resources", "orders", "--exclude", "orders"], {}, 2, "nothing is left to load"),
    (["--start-date", "2026-13-01"], {}, 2, "start_date '2026-13-01' is not a date"),
    ([], {"DELETES": "maybe"}, 2, "deletes is 'maybe': choose soft or hard"),
    ([], {"LOOKBACK": '{"stock": "1 hour"}'}, 2, "lookback names 'stock', which has no bookmark"),
    (["--destination", "nowhere"], {}, 2, "dlt has no destination 'nowhere'"),
    (["--dataset", "shop-data"], {}, 2, "--dataset 'shop-data' cannot be used: write up to"),
    (["--dataset", "centra"], {}, 2, "such as centra_data"),
    ([], {"BASE_URL": "https://shop.centra.com"}, 2, "try https://shop.centra.com/graphql"),
    (
        [],
        {"BASE_URL": "http://127.0.0.1:9/graphql", "RETRY_LIMIT": "0.1"},
        1,
        "check base_url and the network",
    ),
    ([], {"ACCESS_TOKEN": " "}, 2, "access_token is empty"),
    ([], {"ACCESS_TOKEN": "wrong"}, 1, "Centra does not accept the token"),
]


@pytest.mark.parametrize(
    ("command", "settings", "code", "sentence"),
    representative(BAD_INPUT, BAD_INPUT[0], BAD_INPUT[-1]),
    ids=lambda value: str(value)[:40],
)
def test_bad_input_gets_one_sentence(
    small_shop: Sandbox,
    workplace: Workplace,
    command: list[str],
    settings: dict[str, str],
    code: int,
    sentence: str,
) -> None:
    """A line that says what to do, an exit code, and no table."""
    variables = {f"SOURCES__CENTRA_SOURCE__{name}": value for name, value in settings.items()}
    refused = workplace.load(small_shop, *command, **variables)
    assert refused.returncode == code
    assert sentence in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert tables(workplace.folder / "centra.duckdb") == []


@pytest.mark.full
def test_database_that_cannot_be_written_is_named(small_shop: Sandbox, workplace: Workplace) -> None:
    """A file in a place where nobody may write."""
    place = {"DESTINATION__DUCKDB__CREDENTIALS": "/proc/centra.duckdb"}
    refused = workplace.load(small_shop, "--destination", "duckdb", **place)
    assert refused.returncode == 1
    assert "cannot be opened, and nothing was loaded" in refused.stderr
    assert small_shop.requests == []


def tables(path: Path) -> list[str]:
    """The tables of a DuckDB file that hold the shop's data."""
    if not path.exists():
        return []
    with duckdb.connect(str(path), read_only=True) as connection:
        query = (
            "select table_name from information_schema.tables where table_name not like '\\_dlt%' escape '\\'"
        )
        return [row[0] for row in connection.execute(query).fetchall()]
