"""What a person wants to see after a load: what came, what it cost, and what was derived."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import shorten

import dlt
from rich.console import Console
from rich.table import Table

from centra_source import RESOURCES
from centra_source.destinations.queries import DIALECT
from centra_source.globale import Summary
from centra_source.globale.checks.severities import BLOCK
from centra_source.globale.delivery.profiles import CENTRA
from centra_source.models import MODELS
from centra_source.tables.loader_tables import FAILED, LEFT_OUT

from ..plain_text import join_lines
from ..runs.derive import Derived
from ..verify.audit_lines import COMPLETE, AuditLine, format_ids, measure_seconds, read_audit_lines

PREVIEW_ROWS, PREVIEW_WIDTH = 5, 30

WIDE_TERMINAL = 72
"""Columns. On a narrower terminal the costs of each resource are left out."""


def show_load(console: Console, dataset: dlt.Dataset, load_ids: Sequence[str]) -> list[AuditLine]:
    """Prints one line per resource: its rows, how many of them are new, and what reading them cost.

    Resources without new rows are counted below. What could not be read follows, with the reason.

    Returns:
        The lines of `load_audit` of these loads.
    """
    lines = read_audit_lines(dataset, load_ids)
    by_resource = {name: [line for line in lines if line.resource == name] for name in RESOURCES}
    read = {
        name: found
        for name, found in by_resource.items()
        if any(line.kind not in (LEFT_OUT, FAILED) for line in found)
    }
    counts = _count_rows(dataset, list(read), load_ids)
    is_wide = console.width >= WIDE_TERMINAL
    report = Table(box=None, pad_edge=False, header_style="bold")
    report.add_column("resource", overflow="fold")
    for heading in ("rows", "loaded", *(("calls", "complexity", "seconds") if is_wide else ())):
        report.add_column(heading, justify="right", no_wrap=True)
    for name, found in read.items():
        held, loaded = counts[name]
        if loaded:
            report.add_row(name, f"{held:,}", f"{loaded:,}", *(_costs(found) if is_wide else ()))
    if is_wide:
        report.add_section()
        report.add_row("all", "", "", *_costs(lines), style="bold")
    if report.row_count:
        console.print(report)
    if unchanged := sum(not loaded for _, loaded in counts.values()):
        console.print(f"\nNothing new in {unchanged} resource{'' if unchanged == 1 else 's'}.")
    whole = [name for name, found in read.items() if all(line.status == COMPLETE for line in found)]
    if empty := [name for name in whole if not counts[name][0]]:
        console.print(f"Read in full, and empty: {', '.join(empty)}.", soft_wrap=True)
    for sentence in describe_notes(lines):
        console.print(f"\n{join_lines(sentence)}", soft_wrap=True)
    return lines


def describe_notes(lines: Iterable[AuditLine]) -> Iterator[str]:
    """What the owner of the token should know, each sentence once; what failed comes first."""
    noted = [line for line in lines if line.note is not None]
    yield from describe_shortfalls(noted)
    yield from describe_hints(noted)


def describe_shortfalls(lines: Iterable[AuditLine]) -> Iterator[str]:
    """What is missing or was changed, each sentence once; what failed comes first."""
    noted = [one for one in _sort(lines) if one.note is not None]
    for status in ("failed", "incomplete"):
        yield from dict.fromkeys(_name_resource(one) for one in noted if one.status == status)


def describe_hints(lines: Iterable[AuditLine]) -> Iterator[str]:
    """What holds until somebody changes the shop or the settings, though all that was asked for is there."""
    hints = [one for one in _sort(lines) if one.note is not None and one.status == COMPLETE]
    yield from dict.fromkeys(str(one.note) for one in hints if one.kind != LEFT_OUT)
    older = dict.fromkeys(one.resource for one in hints if one.kind == LEFT_OUT)
    if older:
        yield f"This shop's version of Centra lacks parts of {', '.join(older)}: `centra check` lists them."


def _name_resource(line: AuditLine) -> str:
    start = f"{line.resource}: "
    return f"{start}{str(line.note).removeprefix(start)}"


def _sort(lines: Iterable[AuditLine]) -> list[AuditLine]:
    return sorted(lines, key=lambda line: (line.resource, line.kind, line.note or ""))


def show_derived(console: Console, dataset: dlt.Dataset, derived: Derived) -> None:
    """Prints the first rows of the Global-e catalog, or why there is none, and which models were made."""
    if derived.catalog is not None:
        _show_catalog(console, dataset, derived.catalog)
    elif derived.no_catalog:
        console.print(f"\nNo Global-e catalog: {derived.no_catalog}", soft_wrap=True)
    for sentence in derived.models.failed.values():
        console.print(f"\n{sentence}", soft_wrap=True)
    made, skipped = derived.models.made, derived.models.skipped
    console.print(f"\nTables for analysts: {len(made)} of {len(MODELS)} made.{_describe_totals(derived)}")
    if skipped:
        console.print("Not made:")
        reasons = Table.grid(padding=(0, 2, 0, 0))
        for name, reason in skipped.items():
            reasons.add_row(f"  {name}", f"{reason}.")
        console.print(reasons)
    for sentences in derived.doubts.values():
        for sentence in sentences:
            console.print(f"\n{join_lines(sentence)}", soft_wrap=True)


def _describe_totals(derived: Derived) -> str:
    totals = derived.models.totals
    if totals.not_checked:
        return f" Not compared with Centra's totals: {totals.not_checked}."
    if totals.differing:
        return ""
    return f" The lines of {totals.compared:,} orders add up to Centra's totals."


def _show_catalog(console: Console, dataset: dlt.Dataset, found: Summary) -> None:
    columns = ", ".join(CENTRA.values())
    query = f"select {columns} from globale_catalog order by product_size_id limit {PREVIEW_ROWS}"
    rows = dataset(query, query_dialect=DIALECT).fetchall()
    ((total,),) = dataset("select count(*) as held from globale_catalog").fetchall()
    preview = Table(
        "id", "SKU", "name", "description", "origin", box=None, pad_edge=False, header_style="bold"
    )
    for row in rows:
        preview.add_row(*(shorten(str(value or ""), PREVIEW_WIDTH, placeholder=" …") for value in row))
    console.print(f"\nGlobal-e catalog, {len(rows)} of {total:,} rows:", style="bold")
    console.print(preview)
    if blocking := found.issues(BLOCK):
        console.print(
            f"{blocking:,} findings block its delivery: `centra globale catalog` lists them.", soft_wrap=True
        )


def _costs(lines: Sequence[AuditLine]) -> tuple[str, str, str]:
    """Calls, complexity and seconds as printed."""
    calls, complexity = sum(line.calls for line in lines), sum(line.complexity for line in lines)
    return f"{calls:,}", f"{complexity:,}", f"{measure_seconds(lines):.1f}"


def _count_rows(
    dataset: dlt.Dataset, tables: Sequence[str], load_ids: Sequence[str]
) -> Mapping[str, tuple[int, int]]:
    """The rows of each table, and those of these loads; in one query, since dlt analyzes each."""
    loaded = f"count(case when _dlt_load_id in ({format_ids(load_ids)}) then 1 end)"
    queries = [
        f"select '{name}' as name, count(*) as held, {loaded} as loaded from {name}" for name in tables
    ]
    if not queries:
        return {}
    rows = dataset(" union all ".join(queries), query_dialect=DIALECT).fetchall()
    return {name: (held, new) for name, held, new in rows}
