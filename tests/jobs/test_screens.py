"""What a person sees: progress that ends at its total, short reports, and narrow or colourless terminals."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from centra_jobs.output.load_report import show_derived, show_load
from centra_jobs.output.progress import RichCollector
from centra_jobs.runs.derive import derive_tables
from centra_sandbox import Sandbox

from ..support.selection import representative
from ..support.target import Target

FEW = ("brands", "stores", "displays")


def terminal(width: int = 80, **environment: str) -> tuple[Console, io.StringIO]:
    """A console that acts as a terminal, and what it prints."""
    output = io.StringIO()
    console = Console(
        file=output,
        width=width,
        force_terminal=True,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={"TERM": "xterm-256color", **environment},
    )
    return console, output


def print_load(target: Target, console: Console) -> None:
    """Prints the report of the last load."""
    pipeline = target.pipeline
    show_load(console, pipeline.dataset(), pipeline.list_completed_load_packages()[-1:])


def plain(output: io.StringIO) -> str:
    """The text without styles."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output.getvalue())


def test_progress_never_exceeds_its_total() -> None:
    """Even if a total grows, is reported late, or was too small; each counter shows how far it is."""
    console, output = terminal()
    collector = RichCollector(console)
    with collector("Extract centra_source"):
        collector.update("orders read", 0, total=10)
        for total in (10, 10, 12):
            collector.update("orders read", 5, total=total)
        collector.update("Jobs", 0, inc_total=3)
        collector.update("Jobs", 2)
        collector.update("Jobs", 2, inc_total=1)
        collector.update("Jobs", 1, label="Failed")
        collector.update("rows without a total", 7)
        assert collector._progress is not None
        shown = {task.description: (task.completed, task.total) for task in collector._progress.tasks}
    assert shown == {"orders read": (15, 15), "Jobs": (4, 4)}
    counts = re.findall(r"(\d+)/ *(\d+)", plain(output))
    assert [pair for pair in counts if int(pair[0]) > int(pair[1])] == []


def test_wait_is_named_until_something_is_counted() -> None:
    """The terminal is not empty while the shop is asked for its schema."""
    console, output = terminal()
    collector = RichCollector(console)
    with collector("Extract centra_source"):
        pass
    assert "asking the shop" in plain(output)


def test_progress_is_silent_without_a_terminal() -> None:
    """A log is not filled with bars."""
    output = io.StringIO()
    collector = RichCollector(Console(file=output))
    with collector("Load centra_source"):
        collector.update("Jobs", 1, total=3)
    assert output.getvalue() == ""


@pytest.mark.full
def test_second_run_counts_what_is_unchanged(small_shop: Sandbox, target: Target) -> None:
    """In one line, and not as a list of names."""
    target.load(small_shop, *FEW)
    target.load(small_shop, *FEW)
    console, output = terminal()
    print_load(target, console)
    assert "\nNothing new in 3 resources.\n" in plain(output)
    assert [name for name in FEW if name in plain(output)] == []


def test_refused_resource_is_never_nothing_new(target: Target) -> None:
    """It is named with the permission that the token lacks; only what was read counts as unchanged."""
    with Sandbox(products=6, orders=6, seed=3, denied={"Brand:read"}) as shop:
        target.load(shop, *FEW)
        target.load(shop, *FEW)
    console, output = terminal(120)
    print_load(target, console)
    assert "Nothing new in 2 resources." in plain(output)
    assert re.search(r"^brands: .*Brand:read", plain(output), re.MULTILINE)
    assert "and empty" not in plain(output)
    with target.pipeline.sql_client() as client:
        client.execute_sql("delete from stores")
    console, output = terminal(120)
    print_load(target, console)
    assert "Read in full, and empty: stores." in plain(output)


@pytest.mark.parametrize("width", representative([50, 80], 50))
def test_table_fits_the_terminal(small_shop: Sandbox, target: Target, width: int) -> None:
    """On a narrow one the costs are left out, and no name is broken."""
    target.load(small_shop, *FEW, "product_variants")
    console, output = terminal(width)
    print_load(target, console)
    lines = plain(output).splitlines()
    assert max(len(line.rstrip()) for line in lines) <= width
    assert any(line.startswith("product_variants ") for line in lines)
    assert ("complexity" in lines[0]) is (width == 80)


def test_no_color_is_respected(small_shop: Sandbox, target: Target) -> None:
    """Bold type stays, colours do not come."""
    target.load(small_shop, "brands")
    console, output = terminal(NO_COLOR="1")
    print_load(target, console)
    collector = RichCollector(console)
    with collector("Load"):
        collector.update("Jobs", 1, total=3)
    assert re.findall(r"\x1b\[[0-9;]*3[0-7][0-9;]*m", output.getvalue()) == []


def test_missing_tables_are_named_with_the_reason(small_shop: Sandbox, target: Target) -> None:
    """How many were made is not enough: each other one says what it needs."""
    target.load(small_shop, *FEW)
    derived = derive_tables(target.pipeline, catalog="optional")
    console, output = terminal(500)
    show_derived(console, target.pipeline.dataset(), derived)
    shown = plain(output)
    made, known = map(int, re.findall(r"Tables for analysts: (\d+) of (\d+) made\.", shown)[0])
    assert len(derived.models.skipped) == known - made > 0
    for name, reason in derived.models.skipped.items():
        assert re.search(rf"^  {name} +{re.escape(reason)}\.", shown, re.MULTILINE)
    assert "No Global-e catalog: " in shown
