"""Writes the notebooks as pages that open without a network: `python notebooks/export.py --help`."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from datetime import datetime, timezone
from html import escape, unescape
from importlib import import_module
from io import StringIO
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Any

import marimo as mo

from notebooks.shop import why_not

FOLDER = Path(__file__).parent
PROJECT = FOLDER.parent
NOTEBOOKS = {
    "first_look": "A first look",
    "sales_and_returns": "Sales and returns",
    "stock_and_sell_through": "Stock and sell-through",
    "globale_catalog_quality": "Global-e catalog quality",
}
MADE_UP = "Of the made-up shop that `make run` loads: no shop, buyer or sale in it is real."
CHOICE = re.compile(
    r"<marimo-ui-element[^>]*><marimo-dropdown data-initial-value='([^']*)' data-label='([^']*)'[^>]*>"
    r"</marimo-dropdown></marimo-ui-element>"
)
"""What marimo makes of `mo.ui.dropdown`: its value and label are JSON."""


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Writes the notebooks, as they come out for the shop loaded last, as pages that open "
        "without a network.",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("notebook_pages"),
        help="folder for the pages (default: %(default)s)",
    )
    parser.add_argument(
        "--note",
        default="Of the shop that was loaded last.",
        help="what to say above each page, in Markdown (default: %(default)s)",
    )
    parser.add_argument(
        "--sandbox", action="store_true", help="of a made-up shop, which is loaded into a temporary folder"
    )
    return parser


def export(folder: Path, note: str) -> list[Path]:
    """Writes a page for each notebook, of the shop that was loaded last.

    Args:
        folder: Where the pages go.
        note: What stands above each, in Markdown.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for name in NOTEBOOKS:
        page = folder / f"{name}.html"
        page.write_text(rendered(name, note), encoding="utf-8")
        pages.append(page)
    return pages


def rendered(name: str, note: str) -> str:
    """A notebook as a page: what its cells show, one after another, and its source at the end."""
    with redirect_stdout(StringIO()):
        outputs, _ = import_module(f"notebooks.{name}").app.run()
    return Template((FOLDER / "page.html").read_text(encoding="utf-8")).substitute(
        title=NOTEBOOKS[name],
        look=(FOLDER / "look.css").read_text(encoding="utf-8"),
        links="\n".join(_link(other, other == name) for other in NOTEBOOKS),
        note=mo.md(note).text,
        cells="\n".join(still(output) for output in outputs if output is not None),
        source=escape((FOLDER / f"{name}.py").read_text(encoding="utf-8"), quote=False),
        footer=f"Made of notebooks/{name}.py on {datetime.now(timezone.utc):%Y-%m-%d}.",
    )


def still(output: Any) -> str:
    """What a cell shows, without what only marimo can move.

    Raises:
        ValueError: It holds an element that has no plain form here.
    """
    html = CHOICE.sub(_chosen, mo.as_html(output).text)
    if moving := re.search(r"<marimo-(?!ui-element)[a-z-]+", html):
        raise ValueError(f"{moving[0]}> has no plain form: give it one in notebooks/export.py.")
    return html


def _chosen(found: re.Match[str]) -> str:
    (value,), label = (json.loads(unescape(part)) for part in found.groups())
    return f'<span class="choice">{re.sub("<[^>]+>", "", label)} <b>{escape(value)}</b></span>'


def _link(name: str, is_here: bool) -> str:
    here = ' aria-current="page"' if is_here else ""
    return f'<a href="{name}.html"{here}>{NOTEBOOKS[name]}</a>'


def export_sandbox(folder: Path) -> int:
    """Loads a made-up shop into a temporary folder, with a dlt of its own, and writes its pages."""
    with TemporaryDirectory() as place:
        shutil.copytree(PROJECT / ".dlt", f"{place}/.dlt", ignore=shutil.ignore_patterns("*secrets*"))
        environment = {**os.environ, "DLT_DATA_DIR": f"{place}/data", "PYTHONPATH": str(PROJECT)}
        load = [sys.executable, str(PROJECT / "centra_pipeline.py"), "--sandbox"]
        write = [sys.executable, __file__, "--output", str(folder), "--note", MADE_UP]
        for command in (load, write):
            done = subprocess.run(command, cwd=place, env=environment, stdout=subprocess.DEVNULL, check=False)
            if done.returncode:
                return done.returncode
    return 0


def main() -> int:
    """Writes the pages and says where they are."""
    arguments = options().parse_args()
    folder = arguments.output.resolve()
    if arguments.sandbox:
        if code := export_sandbox(folder):
            return code
    elif reason := why_not():
        print(reason, file=sys.stderr)
        return 1
    else:
        export(folder, arguments.note)
    for name in NOTEBOOKS:
        print(arguments.output / f"{name}.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
