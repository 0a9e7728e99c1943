"""What differs between a shop's schema and the documented one: on the screen, and as a file to send in."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from centra_source.atomic import replace_file
from centra_source.check.schema_drift import Names, SchemaDrift
from centra_source.check.schema_report import SchemaReport
from centra_source.exceptions import InvalidSetting

from ..exit_codes import INCOMPLETE

LISTED_PARTS = 6
"""Names of a group that are shown on the screen."""

GROUPS = {
    "roots": "new roots",
    "lists": "new lists",
    "fields": "new fields",
    "arguments": "new arguments",
    "values": "new enum values",
    "kinds": "new types",
    "lacking": "lacking",
    "changed": "other types",
    "nullability": "other nullability",
}

NEW = ("roots", "lists", "fields", "arguments", "values", "kinds")

NOT_VISIBLE = "The shop does not show its schema, so no difference can be seen and no report can be written."

ADVICE = (
    "All of them: centra check --json. To have them supported, attach what centra check --schema-report FILE "
    "writes to a bug report: names and types, no data."
)


def describe_drift(drift: SchemaDrift | None) -> str:
    """Says in one line how far a shop's schema is the documented one; None: it is not visible."""
    if drift is None:
        return "not visible, so queries are sent as documented, and what else the shop has is unknown"
    if not drift:
        return "as documented"
    counts = drift.counts
    parts = {
        "new": sum(counts[name] for name in NEW),
        "lacking": counts["lacking"],
        "of another type": counts["changed"] + counts["nullability"],
    }
    listed = ", ".join(f"{number:,} {words}" for words, number in parts.items() if number)
    return f"differs from the documented one: {listed}"


def make_drift_table(drift: SchemaDrift, known: Collection[str] = ()) -> Table:
    """Makes a table of the differences: for each kind of difference their number and the first names.

    Args:
        drift: The differences.
        known: What the shop lacks and another part of the screen lists, such as `Product.weight`.
    """
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    for name, words in GROUPS.items():
        parts = [one for one in _list_parts(getattr(drift, name)) if one not in known]
        if parts:
            more = len(parts) - LISTED_PARTS
            listed = [*parts[:LISTED_PARTS], *([f"and {more:,} more"] if more > 0 else [])]
            table.add_row(words, f"{len(parts):,}", Text(", ".join(listed)))
    return table


def write_report(console: Console, report: SchemaReport | None, path: Path) -> int:
    """Writes a report of a schema to a file, and prints what it holds.

    Args:
        console: Where to print.
        report: None if the shop does not show its schema.
        path: The file.

    Returns:
        The exit code.

    Raises:
        InvalidSetting: The file cannot be written.
    """
    if report is None:
        console.print(NOT_VISIBLE)
        return INCOMPLETE
    try:
        with replace_file(path) as unfinished:
            unfinished.write_text(report.text, encoding="utf-8")
    except OSError as error:
        raise InvalidSetting(
            f"{path} cannot be written ({error.strerror}): choose another --schema-report."
        ) from error
    console.print(
        f"Wrote {path}: the names and types of the schema, and Centra's version ({report.version}). It holds "
        "no data, no address, no token and no descriptions. Attach it to a bug report.",
        soft_wrap=True,
    )
    console.print(f"The schema: {describe_drift(report.drift)}.", soft_wrap=True)
    if report.drift:
        console.print()
        console.print(make_drift_table(report.drift))
    return 0


def _list_parts(by_type: Names) -> list[str]:
    """Returns the parts, each behind the type that has it, such as `Product.season: String`."""
    return [f"{owner}.{part}" for owner, parts in by_type.items() for part in parts]
