"""What a person wants to see after a load."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from textwrap import shorten
from typing import Any, NamedTuple

import dlt
from rich.console import Console
from rich.table import Table

from centra_source import RESOURCES
from centra_source.api.throttle import QUERY_COMPLEXITY, REQUEST_COUNT
from centra_source.forecast import PROBED_ROWS, Expectation, Forecast
from centra_source.globale import Summary
from centra_source.globale.checks.rule_kinds import BLOCK
from centra_source.globale.delivery.profiles import CENTRA
from centra_source.tables.loader_tables import LEFT_OUT, TOKEN_LACKS

PREVIEW_ROWS, PREVIEW_WIDTH = 5, 30


class Cost(NamedTuple):
    """What reading has cost in some loads; seconds from the first request of each to its last."""

    calls: int
    complexity: int
    seconds: float

    @property
    def cells(self) -> tuple[str, str, str]:
        """As printed: calls, complexity, seconds."""
        return f"{self.calls:,}", f"{self.complexity:,}", f"{self.seconds:.1f}"


def show_load(console: Console, dataset: dlt.Dataset, load_ids: Sequence[str]) -> None:
    """Prints one line per resource: its rows, how many of them this load brought, and what reading them cost.

    Resources that brought nothing are named below, and what could not be read, with the reason.
    """
    loads = ", ".join(f"'{load_id}'" for load_id in load_ids)
    costs, total = _costs(dataset, loads)
    counts = _counts(dataset, list(costs), loads)
    report = Table(box=None, pad_edge=False, header_style="bold")
    report.add_column("resource")
    for heading in ("rows", "loaded", "calls", "complexity", "seconds"):
        report.add_column(heading, justify="right")
    unchanged = []
    for resource, cost in costs.items():
        rows, loaded = counts[resource]
        if loaded:
            report.add_row(resource, f"{rows:,}", f"{loaded:,}", *cost.cells)
        else:
            unchanged.append(resource)
    report.add_section()
    report.add_row("all", "", "", *total.cells, style="bold")
    console.print(report)
    if unchanged:
        console.print(f"\nNothing new in {', '.join(unchanged)}.", soft_wrap=False)
    for sentence in _notes(dataset, loads):
        console.print(f"\n{sentence}", soft_wrap=True)


def _notes(dataset: dlt.Dataset, loads: str) -> Iterator[str]:
    """What the owner of the token should know."""
    query = f"select distinct resource, kind, note from load_audit where _dlt_load_id in ({loads})"
    yield from notes_of(_rows(dataset, f"{query} and note is not null order by 1, 3"))


def notes_of(told: Sequence[tuple[Any, ...]]) -> Iterator[str]:
    """What the owner of the token should know, of the lines of `load_audit`: resource, kind and note."""
    yield from dict.fromkeys(note for _, kind, note in told if kind != LEFT_OUT)
    parts = [(resource, note) for resource, kind, note in told if kind == LEFT_OUT]
    yield from (f"{resource}: {note}" for resource, note in parts if note.startswith(TOKEN_LACKS))
    older = dict.fromkeys(resource for resource, note in parts if not note.startswith(TOKEN_LACKS))
    if older:
        yield (
            f"This shop's version of Centra lacks parts of {', '.join(older)}: "
            "python centra_pipeline.py check tells which."
        )


def show_forecast(console: Console, forecast: Forecast) -> None:
    """Prints what a first load takes, one line per resource, and the limits that set its pace."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("resource")
    for heading in ("objects", "calls", "complexity", "time"):
        table.add_column(heading, justify="right")
    for name, one in forecast.resources.items():
        table.add_row(name, _objects(one), *_figures(one))
    table.add_section()
    table.add_row("all", "", *_figures(forecast), style="bold")
    console.print("A first load, as fast as the shop's rate limits let through now (~ is about):\n")
    console.print(table)
    console.print(f"\n{_limits(forecast)}", soft_wrap=True)


def spoken(seconds: float) -> str:
    """A length of time as people read it, such as "8 s", "2 min" or "3 h 10 min"; "now" is below a second."""
    if seconds < 1:
        return "now"
    if round(seconds) < 60:
        return f"{round(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _objects(one: Expectation) -> str:
    if one.objects is None:
        return f"under {PROBED_ROWS}"
    return f"{'' if one.is_counted else '~'}{one.objects:,}"


def _figures(one: Expectation | Forecast) -> tuple[str, str, str]:
    about = "" if one.is_exact else "~"
    time = spoken(one.seconds)
    return f"{about}{one.calls:,}", f"{about}{one.complexity:,}", time if time == "now" else f"{about}{time}"


def _limits(forecast: Forecast) -> str:
    parts = []
    for interval, words in {"TEN_SECONDS": "ten seconds", "ONE_HOUR": "an hour"}.items():
        kinds = {REQUEST_COUNT: "requests", QUERY_COMPLEXITY: "points"}
        quotas = {kinds[kind]: quota for kind in kinds if (quota := forecast.quotas.get((kind, interval)))}
        if quotas:
            parts.append(f"{' and '.join(f'{quota:,} {kind}' for kind, quota in quotas.items())} in {words}")
    if not parts:
        return "The shop tells no limits, so the time depends on its answers alone."
    return f"Limits: {', '.join(parts)}; {forecast.quota_share * 100:g} % of that is used (quota_share)."


def show_catalog(console: Console, dataset: dlt.Dataset, found: Summary) -> None:
    """Prints the first lines of the Global-e catalog, and how many findings forbid its delivery."""
    columns = ", ".join(CENTRA.values())
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
    if blocking := found.issues(BLOCK):
        console.print(
            f"{blocking:,} findings block its delivery: see python pipelines/globale_catalog_pipeline.py",
            soft_wrap=True,
        )


def _costs(dataset: dlt.Dataset, loads: str) -> tuple[dict[str, Cost], Cost]:
    """The cost of each resource, in the order of RESOURCES, and of all together."""
    query = (
        "select _dlt_load_id, resource, sum(calls), sum(complexity), min(started_at), max(finished_at) "
        f"from load_audit where _dlt_load_id in ({loads}) group by _dlt_load_id, resource"
    )
    read = [
        _Read(load_id, name, int(calls), int(points), *span)
        for load_id, name, calls, points, *span in _rows(dataset, query)
    ]
    names = {one.resource for one in read}
    costs = {
        name: _cost([one for one in read if one.resource == name]) for name in RESOURCES if name in names
    }
    return costs, _cost(read)


class _Read(NamedTuple):
    """What one load has read of one resource."""

    load_id: str
    resource: str
    calls: int
    complexity: int
    begun: datetime
    ended: datetime


def _cost(read: Sequence[_Read]) -> Cost:
    spans: dict[str, list[_Read]] = {}
    for one in read:
        spans.setdefault(one.load_id, []).append(one)
    seconds = sum(
        (max(one.ended for one in span) - min(one.begun for one in span)).total_seconds()
        for span in spans.values()
    )
    return Cost(sum(one.calls for one in read), sum(one.complexity for one in read), seconds)


def _counts(dataset: dlt.Dataset, tables: Sequence[str], loads: str) -> dict[str, tuple[int, int]]:
    """The rows of each table, and those of these loads: by one query, for dlt studies each."""
    loaded = f"count(case when _dlt_load_id in ({loads}) then 1 end)"
    queries = [
        f"select '{name}' as name, count(*) as held, {loaded} as loaded from {name}" for name in tables
    ]
    return {name: (held, new) for name, held, new in _rows(dataset, " union all ".join(queries))}


def _rows(dataset: dlt.Dataset, query: str) -> list[tuple[Any, ...]]:
    return dataset(query, query_dialect="duckdb").fetchall()
