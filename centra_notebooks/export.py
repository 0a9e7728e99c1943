"""Exports the notebooks as HTML pages that need no network and no server."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
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

from centra_notebooks import NOTEBOOKS
from centra_notebooks.shop import reason_not_readable

FOLDER = Path(__file__).parent
PROJECT = FOLDER.parent
DEMO_NOTE = "Demo data from the local sandbox shop: no product, customer or order is real."
CHOICE = re.compile(
    r"<marimo-ui-element[^>]*><marimo-dropdown data-initial-value='([^']*)' data-label='([^']*)'[^>]*>"
    r"</marimo-dropdown></marimo-ui-element>"
)
"""The HTML that marimo makes of `mo.ui.dropdown`. Its value and label are JSON."""


def main(arguments: Sequence[str] | None = None, *, program: str | None = None) -> int:
    """Writes the pages and prints their paths.

    Args:
        arguments: The command line after the name of the program; None: that of this process.
        program: Name of the program in the help text; None: that of this process.

    Returns:
        The exit code: 1 if no shop is loaded, or that of the load of the demo shop if it failed.
    """
    chosen = build_parser(program).parse_args(arguments)
    folder = chosen.output.resolve()
    if chosen.sandbox:
        if code := export_sandbox(folder):
            return code
    elif reason := reason_not_readable():
        print(reason, file=sys.stderr)
        return 1
    else:
        export_notebooks(folder, chosen.note)
    for name in NOTEBOOKS:
        print(chosen.output / f"{name}.html")
    return 0


def build_parser(program: str | None) -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog=program,
        description="Writes the notebooks with the data of the shop that was loaded last, as HTML pages that "
        "open without a network.",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("notebook_pages"),
        help="folder for the pages (default: %(default)s)",
    )
    parser.add_argument(
        "--note",
        default="Data of the shop that was loaded last.",
        help="text above each page, in Markdown (default: %(default)s)",
    )
    parser.add_argument(
        "--sandbox",
        action="store_true",
        help="use a demo shop, which is loaded into a temporary folder",
    )
    return parser


def export_notebooks(folder: Path, note: str) -> list[Path]:
    """Writes a page for each notebook, with the data of the shop that was loaded last.

    Args:
        folder: Folder for the pages.
        note: Text above each page, in Markdown.

    Returns:
        The pages.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for name in NOTEBOOKS:
        page = folder / f"{name}.html"
        page.write_text(render_page(name, note), encoding="utf-8")
        pages.append(page)
    return pages


def export_sandbox(folder: Path) -> int:
    """Loads a demo shop into a temporary folder, with a dlt home of its own, and writes its pages.

    Args:
        folder: Folder for the pages.

    Returns:
        The exit code of the first command that failed, or 0.
    """
    with TemporaryDirectory() as place:
        if (PROJECT / ".dlt").is_dir():  # an installed package has no settings of a project
            shutil.copytree(PROJECT / ".dlt", f"{place}/.dlt", ignore=shutil.ignore_patterns("*secrets*"))
        environment = {**os.environ, "DLT_DATA_DIR": f"{place}/data", "PYTHONPATH": str(PROJECT)}
        load = [sys.executable, "-m", "centra_jobs", "load", "--sandbox"]
        write = [sys.executable, __file__, "--output", str(folder), "--note", DEMO_NOTE]
        for command in (load, write):
            done = subprocess.run(command, cwd=place, env=environment, stdout=subprocess.DEVNULL, check=False)
            if done.returncode:
                return done.returncode
    return 0


def render_page(name: str, note: str) -> str:
    """Returns a notebook as an HTML page: the outputs of its cells, and its source code at the end.

    Args:
        name: File name of the notebook without its ending.
        note: Text above the page, in Markdown.
    """
    with redirect_stdout(StringIO()):
        outputs, _ = import_module(f"centra_notebooks.{name}").app.run()
    return Template((FOLDER / "page.html").read_text(encoding="utf-8")).substitute(
        title=NOTEBOOKS[name],
        look=(FOLDER / "look.css").read_text(encoding="utf-8"),
        links="\n".join(_link(other, is_current=other == name) for other in NOTEBOOKS),
        note=mo.md(note).text,
        cells="\n".join(render_output(output) for output in outputs if output is not None),
        source=escape((FOLDER / f"{name}.py").read_text(encoding="utf-8"), quote=False),
        footer=f"Exported from {name}.py on {datetime.now(timezone.utc):%Y-%m-%d}.",
    )


def render_output(output: Any) -> str:
    """Returns the HTML of a cell's output without elements that need marimo to run.

    Raises:
        ValueError: The output has an interactive element that this module cannot make static.
    """
    html = CHOICE.sub(_static_choice, mo.as_html(output).text)
    if found := re.search(r"<marimo-(?!ui-element)[a-z-]+", html):
        raise ValueError(
            f"{found[0]}> cannot be exported as static HTML: convert it in render_output of {__name__}."
        )
    return html


def _static_choice(found: re.Match[str]) -> str:
    (value,), label = (json.loads(unescape(part)) for part in found.groups())
    return f'<span class="choice">{re.sub("<[^>]+>", "", label)} <b>{escape(value)}</b></span>'


def _link(name: str, *, is_current: bool) -> str:
    mark = ' aria-current="page"' if is_current else ""
    return f'<a href="{name}.html"{mark}>{NOTEBOOKS[name]}</a>'


if __name__ == "__main__":
    sys.exit(main())
