"""The comparison with Global-e's published script finds what a file lost, doubled or holds no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.catalog import Line, compare
from benchmarks.catalog_troubles import KILLED, meet
from benchmarks.catalog_ways import run_script
from benchmarks.changing_catalog import Truth, choose_edits, examine
from benchmarks.published_script import HEADINGS, PRODUCTS_PER_PAGE
from centra_sandbox import Sandbox

pytestmark = pytest.mark.full

PRODUCTS, ROUNDS, EDITS = 60, 2, 6


@pytest.fixture(scope="module")
def lines() -> dict[tuple[str, str], Line]:
    """A small shop, quiet and edited, read in both ways; by catalogue and way."""
    return {(line.catalog, line.way): line for line in compare(PRODUCTS, ROUNDS, EDITS)}


@pytest.fixture(scope="module")
def edited() -> set[int]:
    """The sizes of the products that are edited while they are read."""
    shop = Sandbox(products=PRODUCTS, orders=1).shop
    products = {product for ids in choose_edits(shop, ROUNDS, EDITS) for product in ids}
    return {size["id"] for size in shop.product_sizes if size["productVariant"]["product"]["id"] in products}


def test_quiet_catalogue_is_read_whole_in_both_ways(lines: dict[tuple[str, str], Line]) -> None:
    """The script repeats products on two displays and invents countries; this source does neither."""
    script, source = (lines["quiet", way].findings for way in ("published script", "this source"))
    for found in (script, source):
        assert found.missing == frozenset()
        assert (found.read_twice, found.unknown, found.stale) == (0, 0, 0)
    assert script.second_displays > 0
    assert script.invented > 0
    assert (source.rows, source.second_displays, source.invented) == (source.sizes, 0, 0)


def test_script_loses_and_doubles_what_is_edited(
    lines: dict[tuple[str, str], Line], edited: set[int]
) -> None:
    """What moves to the first page is never read, and what takes its place is read twice."""
    found = lines["edited", "published script"].findings
    assert found.missing
    assert found.missing <= edited
    assert found.read_twice > 0
    assert found.stale > 0


def test_source_doubles_nothing_and_brings_edits_with_the_next_run(
    lines: dict[tuple[str, str], Line], edited: set[int]
) -> None:
    """The first file lacks nothing but edited products, and the second has them with their new names."""
    first, again = (lines["edited", way].findings for way in ("this source", "this source, run again"))
    assert first.rows == first.sizes
    assert first.missing <= edited
    assert again.rows == again.sizes
    assert again.missing == frozenset()
    assert (again.unknown, again.stale) == (0, 0)


def test_script_goes_on_past_the_last_page(tmp_path: Path) -> None:
    """It counts as read with its first empty page, and is ended from outside."""
    with Sandbox(products=PRODUCTS, orders=1) as sandbox:
        run = run_script(sandbox, tmp_path / "catalog.csv", patience=0.2)
        active = sum(product["status"] == "ACTIVE" for product in sandbox.shop.products)
    pages = -(-active // PRODUCTS_PER_PAGE)
    assert (run.calls, run.asleep, run.error) == (pages + 1, pages, "")
    assert run.further_calls > 1


@pytest.mark.parametrize("trouble", ["HTTP 429 once", "HTTP 500 once", "the token expires", KILLED])
def test_trouble_costs_the_script_its_file_and_this_source_a_run_at_most(trouble: str) -> None:
    """The script leaves part of a file, or none, in place of the earlier one; this source a whole one."""
    with Sandbox(products=PRODUCTS, orders=1) as sandbox:
        script, *_, source = outcomes = meet(trouble, sandbox, script_requests=3, source_requests=20)
    assert script.findings
    assert script.findings.missing
    assert source.state == "complete"
    assert all(outcome.state == "the one of the run before" for outcome in outcomes[1:-1])
    assert len(outcomes) == (3 if trouble in ("the token expires", KILLED) else 2)


def test_broken_off_record_is_not_counted(tmp_path: Path) -> None:
    """What a killed process left of a record may look like another size."""
    path = tmp_path / "catalog.csv"
    path.write_text(f"{','.join(HEADINGS)}\r\n11,A,Name,,SE\r\n11,A,Name,,SE\r\n12,B,Na", newline="")
    found = examine(path, Truth({11: ["Name"], 12: ["Name"]}, {11, 12}))
    assert (found.rows, found.sizes, found.read_twice, found.missing) == (2, 1, 1, frozenset({12}))
