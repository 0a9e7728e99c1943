"""The output of the setup check, `centra globale doctor`, as a list or as JSON."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from centra_source.globale import Step
from centra_source.globale.setup.steps import State

from ..exit_codes import INCOMPLETE
from ..plain_text import encode_json, join_lines

_STATES: dict[State, tuple[str, str]] = {
    "ok": ("found", "green"),
    "missing": ("MISSING", "bold red"),
    "unknown": ("unknown", "yellow"),
    "by_hand": ("by hand", "dim"),
}
"""The word for each state, and its style."""

_LEFT: dict[State, str] = {
    "missing": "Missing",
    "unknown": "Could not be checked",
    "by_hand": "Check by hand",
}
"""The words for the remaining steps in the last line."""


def show_doctor(steps: list[Step], console: Console, *, as_json: bool = False) -> int:
    """Prints the steps as JSON, or as a list that ends with a summary. Returns the exit code."""
    if as_json:
        console.print(encode_json([step._asdict() for step in steps]), soft_wrap=True)
    else:
        console.print(_make_table(steps))
        console.print(_summarize(steps), soft_wrap=True)
    return INCOMPLETE if any(step.state in ("missing", "unknown") for step in steps) else 0


def _make_table(steps: list[Step]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for step in steps:
        word, style = _STATES[step.state]
        text = join_lines(" ".join(part for part in (f"{step.title}:", step.found, step.remedy) if part))
        table.add_row(str(step.number), word, text, style=style)
    return table


def _summarize(steps: list[Step]) -> str:
    """Returns a line with the numbers of the steps that remain, by state."""
    left = {
        word: ", ".join(str(step.number) for step in steps if step.state == state)
        for state, word in _LEFT.items()
    }
    parts = [f"{word}: {numbers}." for word, numbers in left.items() if numbers]
    if not any(step.state in ("missing", "unknown") for step in steps):
        parts.insert(0, "Everything that the API shows is set up.")
    return " ".join(parts)
