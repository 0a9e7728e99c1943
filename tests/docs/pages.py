"""The pages that people read, and the code blocks in them."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

from ..support.workplace import PROJECT, Output, Workplace

README = PROJECT / "README.md"
PAGES = sorted((PROJECT / "docs").glob("*.md"))

BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


COMMAND = "import sys\nfrom centra_jobs.cli import main\nsys.exit(main(sys.argv[1:]))\n"
"""What the console command `centra` runs."""


class Block(NamedTuple):
    """A code block of a page, without the indentation that it has inside a list."""

    page: Path
    language: str
    text: str


def blocks(page: Path, language: str) -> list[str]:
    """The texts of the code blocks of one language, in order."""
    return [block.text for block in blocks_of(page) if block.language == language]


def blocks_of(page: Path) -> list[Block]:
    """All code blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [Block(page, language, dedent(inner)) for _, language, inner in BLOCK.findall(text)]


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return BLOCK.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def centra(workplace: Workplace, *words: str, **variables: str) -> Output:
    """Runs `centra` in a folder; keyword arguments are environment variables."""
    script = workplace.folder / "centra.py"
    script.write_text(COMMAND, encoding="utf-8")
    return workplace.run(*words, script=str(script), **variables)
