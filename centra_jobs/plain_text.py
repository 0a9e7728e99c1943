"""Cleans every text that a job prints or logs: texts of a shop may contain control characters.

Imports nothing heavy, since the command line uses it before anything else.
"""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters except tab and line feed, and characters that reorder or break a line. A terminal obeys
them: they can move the cursor, hide text, or retitle the window."""


def clean_text(text: str) -> str:
    """Replaces what a terminal would obey by U+FFFD. Line feeds stay."""
    return _UNSAFE.sub("\ufffd", text)


def join_lines(text: str) -> str:
    """Returns a text from a shop as one line, so that it cannot pretend to be a line of its own."""
    return " ".join(text.split())


def encode_json(value: Any, *, indent: int | None = None) -> str:
    """Returns JSON to print: exact, whatever the terminal and its encoding are."""
    encodings = [getattr(stream, "encoding", None) or "" for stream in (sys.stdout, sys.stderr)]
    is_unicode = all(encoding.lower().startswith("utf") for encoding in encodings)
    text = json.dumps(value, indent=indent, ensure_ascii=not is_unicode, default=str)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@contextmanager
def clean_library_logs() -> Iterator[None]:
    """Cleans what dlt and the source log, until the block ends: dlt prints it by itself."""
    logger = logging.getLogger("dlt")
    logger.addFilter(_clean_record)
    try:
        yield
    finally:
        logger.removeFilter(_clean_record)


def _clean_record(record: logging.LogRecord) -> bool:
    """Cleans a record; as a filter, it lets every one pass."""
    record.msg, record.args = join_lines(clean_text(record.getMessage())), ()
    return True


def replace_unprintable() -> None:
    """Lets standard output and error replace characters that their encoding lacks, such as in cp1252."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
