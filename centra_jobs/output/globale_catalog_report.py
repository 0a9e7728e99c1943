"""The output of an export of the catalog."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from centra_source.globale import Export
from centra_source.globale.checks.severities import BLOCK, WARN


def show_export(console: Console, made: Export, *, strict: bool = False) -> None:
    """Prints the findings by rule, the files, and whether the catalog can be delivered."""
    blocked = f", {made.omitted:,} blocked" if made.omitted else ""
    console.print(
        f"Global-e catalog: {made.catalog.rows:,} product sizes, {made.excluded:,} left out{blocked}."
    )
    found = Table(box=None, pad_edge=False, header_style="bold")
    found.add_column("severity")
    found.add_column("rule")
    found.add_column("found", justify="right")
    found.add_column("what is wrong")
    for count in made.found.counts:
        found.add_row(count.severity, count.rule, f"{count.issues:,}", count.title)
    if found.row_count:
        console.print()
        console.print(found)
    if made.difference:
        counts = (
            len(ids) for ids in (made.difference.added, made.difference.changed, made.difference.removed)
        )
        added, changed, removed = counts
        console.print(
            f"\nSince {made.difference.since:%Y-%m-%d %H:%M} UTC: {added:,} added, {changed:,} changed, "
            f"{removed:,} removed."
        )
    console.print()
    for file in (made.catalog, *made.others):
        console.print(f"{file.path}: {file.rows:,} rows", soft_wrap=True)
    console.print(f"{made.page}: what needs fixing, and where", soft_wrap=True)
    for note in (*made.notes, *made.doubts):
        console.print(note, soft_wrap=True)
    console.print(f"\n{_verdict(made, strict)}", style="bold", soft_wrap=True)


def _verdict(made: Export, strict: bool) -> str:
    if not made.catalog.rows and not made.omitted:
        return "Nothing to deliver: the catalog has no sizes, because the store offers no product."
    reason = ""
    if blocking := made.found.issues(BLOCK):
        reason = f"{blocking:,} findings block it"
    elif strict and (warnings := made.found.issues(WARN)):
        reason = f"{warnings:,} warnings block it with --strict"
    if reason and made.is_recorded:
        return f"Recorded as delivered with --force, although {reason}."
    if reason:
        return f"Not ready for Global-e: {reason}."
    recorded = " It is recorded as delivered." if made.is_recorded else ""
    if made.doubts:
        return f"No finding blocks it, but it lacks what the last load did not bring: see above.{recorded}"
    return f"Ready for Global-e.{recorded}"
