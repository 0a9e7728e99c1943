"""The HTML page of all issues of a catalog, for the people who fix them in Centra."""

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
    """The facts about the checked catalog at the top of the page.

    Attributes:
        store_name: The store of the catalog.
        store_id: Its id. The browser saves ticks by store and profile.
        profile: The profile of the file.
        file_name: The file that goes to Global-e.
        rows: The number of product sizes that were checked.
        made_at: The time of the check, with its time zone; shown in UTC. An issue that was ticked before is
            shown as "found again".
        rule_titles: The titles of all rules that were applied, by id. Rules without an issue have passed.
    """

    store_name: str
    store_id: int
    profile: str
    file_name: str
    rows: int
    made_at: datetime
    rule_titles: Mapping[str, str]


def write_page(path: Path, issues: Iterable[Mapping[str, Any]], summary: PageSummary) -> int:
    """Writes the issues as a self-contained page. An earlier page is only replaced by a complete one.

    The same issues in the same order give the same bytes. Texts of the shop are in the page as JSON without
    any character that could end the script, and the script only shows them as text.

    Args:
        path: The HTML file.
        issues: Rows of `globale_catalog_issues`; they are read once.
        summary: The facts at the top of the page.

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
    """Writes the JSON: each text once, and each issue as a list of references to texts."""
    texts: dict[str, int] = {}
    count = 0
    file.write(f'{{"summary": {_script_json(_summary_json(summary))},\n"issues": [')
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


def _summary_json(summary: PageSummary) -> dict[str, Any]:
    made_at = summary.made_at.astimezone(timezone.utc).isoformat(timespec="seconds")
    return {**vars(summary), "made_at": made_at, "rule_titles": dict(summary.rule_titles)}


def _script_json(value: object) -> str:
    """Returns JSON in ASCII without `<`, which could end the script in HTML."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
