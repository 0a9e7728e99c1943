"""What a person wants to see after a load."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import shorten
from typing import Any, NamedTuple

import dlt
from rich.console import Console
from rich.table import Table

from centra_source import RESOURCES
from centra_source.globale import CSV_COLUMNS

PREVIEW_ROWS, PREVIEW_WIDTH = 5, 30


class Cost(NamedTuple):
    """What reading one resource has cost."""

    calls: int
    complexity: int
    seconds: float


def show_load(console: Console, dataset: dlt.Dataset, load_ids: Sequence[str]) -> None:
    """Prints one line per table: its rows, how many of them this load brought, and what reading them cost."""
    loads = ", ".join(f"'{load_id}'" for load_id in load_ids)
    costs = _costs(dataset, loads)
    report = Table(box=None, pad_edge=False, header_style="bold")
    report.add_column("table")
    for heading in ("rows", "loaded", "calls", "complexity", "seconds"):
        report.add_column(heading, justify="right")
    for resource, cost in costs.items():
        for table in _tables_of(resource):
            rows, loaded = _count(dataset, table, loads)
            if table == resource:
                paid = (f"{cost.calls:,}", f"{cost.complexity:,}", f"{cost.seconds:.1f}")
                report.add_row(table, f"{rows:,}", f"{loaded:,}", *paid)
            else:
                report.add_row(f"  {table}", f"{rows:,}", f"{loaded:,}")
    total = Cost(*(sum(column) for column in zip(*costs.values(), strict=True)))
    report.add_section()
    report.add_row(
        "all", "", "", f"{total.calls:,}", f"{total.complexity:,}", f"{total.seconds:.1f}", style="bold"
    )
    console.print(report)
    for (note,) in _rows(dataset, f"select distinct note from load_audit where _dlt_load_id in ({loads})"):
        if note:
            console.print(f"\n{note}", soft_wrap=True)


def show_catalog(console: Console, dataset: dlt.Dataset) -> None:
    """Prints the first lines of the Global-e catalog."""
    columns = ", ".join(CSV_COLUMNS.values())
    query = f"select {columns} from globale_catalog order by product_size_id limit {PREVIEW_ROWS}"
    rows = _rows(dataset, query)
    ((total,),) = _rows(dataset, "select count(*) from globale_catalog")
    preview = Table(
        "id", "SKU", "name", "description", "origin", box=None, pad_edge=False, header_style="bold"
    )
    for row in rows:
        preview.add_row(*(shorten(str(value or ""), PREVIEW_WIDTH, placeholder=" …") for value in row))
    console.print(f"\nGlobal-e catalog, {len(rows)} of {total:,} rows:", style="bold")
    console.print(preview)


def _costs(dataset: dlt.Dataset, loads: str) -> dict[str, Cost]:
    query = (
        "select resource, sum(calls), sum(complexity), sum(seconds) from load_audit "
        f"where _dlt_load_id in ({loads}) group by resource"
    )
    costs = {
        resource: Cost(int(calls), int(complexity), seconds)
        for resource, calls, complexity, seconds in _rows(dataset, query)
    }
    return {name: costs[name] for name in RESOURCES if name in costs}


def _tables_of(resource: str) -> Iterator[str]:
    entry = RESOURCES[resource]
    yield resource
    yield from (table for table in entry.lists.values() if table != resource)
    if entry.daily:
        yield entry.daily


def _count(dataset: dlt.Dataset, table: str, loads: str) -> tuple[int, int]:
    query = f"select count(*), count(case when _dlt_load_id in ({loads}) then 1 end) from {table}"
    ((rows, loaded),) = _rows(dataset, query)
    return rows, loaded


def _rows(dataset: dlt.Dataset, query: str) -> list[tuple[Any, ...]]:
    return dataset(query, query_dialect="duckdb").fetchall()
