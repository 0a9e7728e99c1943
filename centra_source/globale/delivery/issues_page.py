"""The page that a merchandiser works through: all issues of one catalog in an HTML file of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.resources import files
from pathlib import Path
from typing import Any, TextIO

from ...atomic import replace_file

TEXT_COLUMNS = ("rule", "severity", "sku", "display_name", "value", "message", "remedy")
ID_COLUMNS = ("product_id", "product_variant_id", "product_size_id")

_DATA = "{{data}}"


@dataclass(frozen=True)
class PageSummary:
    """What the page tells of the catalog that was checked.

    Attributes:
        store_name: The store that the catalog is made for.
        store_id: Its id; with the profile it tells whose ticks a browser keeps.
        profile: The profile of the file.
        file_name: The file that goes to Global-e.
        rows: How many product sizes were checked.
        made_at: When, with its time zone; shown in UTC. A tick from before that is shown as "found again".
        rule_titles: The title of every rule that was checked, by its id; those without an issue have passed.
    """

    store_name: str
    store_id: int
    profile: str
    file_name: str
    rows: int
    made_at: datetime
    rule_titles: Mapping[str, str]


def write_page(path: Path, issues: Iterable[Mapping[str, Any]], summary: PageSummary) -> int:
    """Writes the issues as a page that opens from disk and asks for nothing else, over an earlier one only
    when complete.

    The same issues in the same order give the same bytes. What the shop's texts hold reaches the page as
    text alone: it stands there as JSON without any character that ends a script.

    Args:
        path: The HTML file.
        issues: Rows of `globale_catalog_issues`, read once; other columns are not shown.
        summary: What stands above them.

    Returns:
        The number of issues.

    Raises:
        OSError: The file cannot be written.
    """
    template = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    before, after = template.split(_DATA)
    with replace_file(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="\n") as file:
        file.write(before)
        count = _write_data(file, issues, summary)
        file.write(after)
    return count


def _write_data(file: TextIO, issues: Iterable[Mapping[str, Any]], summary: PageSummary) -> int:
    """Writes the JSON: each text once, however many issues hold it, and each issue as a list of numbers."""
    texts: dict[str, int] = {}
    count = 0
    file.write(f'{{"summary": {_script_json(_told(summary))},\n"issues": [')
    for issue in issues:
        found = [None if issue[name] is None else str(issue[name]) for name in TEXT_COLUMNS]
        row = [None if text is None else texts.setdefault(text, len(texts)) for text in found]
        row += [None if issue[name] is None else int(issue[name]) for name in ID_COLUMNS]
        file.write(f"{',' if count else ''}\n{_script_json(row)}")
        count += 1
    file.write('],\n"texts": [')
    for index, text in enumerate(texts):
        file.write(f"{',' if index else ''}\n{_script_json(text)}")
    file.write("]}")
    return count


def _told(summary: PageSummary) -> dict[str, Any]:
    made_at = summary.made_at.astimezone(timezone.utc).isoformat(timespec="seconds")
    return {**vars(summary), "made_at": made_at, "rule_titles": dict(summary.rule_titles)}


def _script_json(value: object) -> str:
    """JSON in ASCII, where no `<` can open or close what HTML makes of a script."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
