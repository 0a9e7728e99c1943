"""The pages quote what the code really prints."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from ..support.workplace import PROJECT
from .pages import blocks

WAREHOUSE = PROJECT / "docs" / "warehouse.md"
LOGGED = [line for block in blocks(WAREHOUSE, "") for line in block.splitlines()]
PAGE = PROJECT / "docs" / "troubleshooting.md"
QUOTED = re.findall(r"^> (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)


def messages() -> Iterator[str]:
    """Every text in the code, with `…` in the places that are filled in when it is printed."""
    for package in ("centra_source", "centra_jobs"):
        for path in (PROJECT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = [one.value if isinstance(one, ast.Constant) else "…" for one in node.values]
                    yield "".join(map(str, parts))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


TEXTS = list(dict.fromkeys(messages()))
MESSAGES = "\n".join(TEXTS)


def test_page_quotes_messages() -> None:
    """The test below has something to look at."""
    assert len(QUOTED) > 20


@pytest.mark.parametrize("quoted", QUOTED)
def test_message_is_in_the_code(quoted: str) -> None:
    """The texts between the marks are in one message, in this order."""
    pattern = "[^\n]*".join(re.escape(part) for part in quoted.split("…"))
    assert re.search(pattern, MESSAGES), quoted


@pytest.mark.parametrize("line", LOGGED)
def test_line_of_a_log_is_in_the_code(line: str) -> None:
    """The samples of the nightly job, with other numbers and names."""
    found = re.fullmatch(r"[\d-]+T[\d:.]+Z (?:INFO|WARNING|ERROR) (.*?)(?: check=\w+)?", line)
    assert found
    patterns = (".+".join(re.escape(part) for part in text.split("…")) for text in TEXTS if len(text) > 20)
    assert any(re.fullmatch(pattern, found[1]) for pattern in patterns)
