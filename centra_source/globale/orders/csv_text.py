"""Reads CSV that people and programs have made, and refuses it if a quote hides rows."""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import pairwise

from ...exceptions import InvalidSetting

DELIMITERS = ",;\t|"

TOP_LINES = 30
"""The delimiter is chosen by so many lines at the top: titles, dates, headers and rows."""


def read_csv_rows(name: str, content: bytes) -> list[list[str]]:
    """Returns the rows of a CSV file, with any of the usual delimiters and encodings.

    A cell in quotes may contain line breaks. A quote without its partner makes such a cell of the rows that
    follow: a whole report was read as three rows.

    Args:
        name: The name of the file, for messages.
        content: Its bytes.

    Raises:
        InvalidSetting: Its text or its quotes are broken. The text names the line.
    """
    lines = list(io.StringIO(_decode(name, content), newline=""))
    top = "".join(lines[:TOP_LINES])
    delimiter = max(DELIMITERS, key=top.count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    ends = [0]
    try:
        for row in reader:
            rows.append(row)
            ends.append(reader.line_num)
    except csv.Error as error:
        raise _make_refusal(name, ends[-1], str(error)) from error
    columns = _count_columns(rows)
    for begin, end in pairwise(ends):
        if any(line.count(delimiter) >= columns - 1 > 0 for line in lines[begin + 1 : end]):
            raise _make_refusal(name, begin, "a quote is opened, and rows follow before it is closed")
    return rows


def _count_columns(rows: list[list[str]]) -> int:
    """Returns how many cells most rows have. Titles and empty rows do not count."""
    counts = Counter(len(row) for row in rows if len(row) > 1)
    return min(counts, key=lambda cells: (-counts[cells], cells), default=0)


def _make_refusal(name: str, line: int, fault: str) -> InvalidSetting:
    return InvalidSetting(
        f"{name}, line {line + 1}: its quotes are broken ({fault}), so rows would be lost. Remove the quote "
        "that has no partner, or save the report as XLSX."
    )


def _decode(name: str, content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise InvalidSetting(f"{name} is cut off: save the report again.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
