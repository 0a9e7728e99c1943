"""Tables, key figures and sentences as plain HTML that looks the same in marimo and in an exported page.

Run as a script, a notebook prints them as text instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any, NoReturn

import marimo as mo
import pandas as pd

LONG = 45
"""Characters from which a text is broken into lines."""
NOTHING, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
CURRENCY = re.compile(r"\((?!UTC)[A-Z]{3}\)")
WHOLE_FROM = 10_000
"""Amounts of a table that reaches this are written without decimals."""


def sentence(text: str) -> mo.Html:
    """One sentence, in Markdown, where there is nothing else to show."""
    _print(text)
    return mo.md(text)


def stop(text: str) -> NoReturn:
    """Shows a sentence instead of the cell's result, and nothing in the cells that build on it."""
    mo.stop(True, sentence(text))
    raise AssertionError("mo.stop has not stopped")


def stop_if(is_so: bool, text: str) -> None:
    """Shows a sentence instead of the cell's result where there is nothing to show."""
    if is_so:
        stop(text)


def table(frame: pd.DataFrame, note: str = "") -> mo.Html:
    """All rows of a frame, with its columns' names as headings.

    Numbers get thousands separators, amounts (headings with a currency, such as "Net sales (SEK)") two
    decimals unless one of the table reaches ten thousand, shares ("%" in the heading) one. Times are shown to
    the minute.
    """
    _print(frame.to_string(index=False), note)
    writers = {str(name): _writer(str(name), frame) for name in frame.columns}
    texts = {name: [escape(write(value)) for value in frame[name]] for name, write in writers.items()}
    kinds = {name: _kind(frame[name], cells) for name, cells in texts.items()}
    head = "".join(f'<th class="{kinds[name]}">{escape(name)}</th>' for name in texts)
    rows = (
        "".join(f'<td class="{kinds[name]}">{cells[row]}</td>' for name, cells in texts.items())
        for row in range(len(frame))
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    whole = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    below = f'<p class="shop-note">{escape(note)}</p>' if note else ""
    return mo.Html(f'<div class="shop-table">{whole}</div>{below}')


def long_table(frame: pd.DataFrame, what: str, first: int = 15) -> mo.Html:
    """A table to search, sort and page through; where a page cannot do that, its first rows."""
    if len(frame) <= first:
        return table(frame)
    if mo.running_in_notebook():
        names = [str(name) for name in frame.columns]
        return mo.ui.table(
            frame.reset_index(drop=True),
            selection=None,
            page_size=first,
            show_column_summaries=False,
            show_data_types=False,
            format_mapping={name: _writer(name, frame) for name in names},
            text_justify_columns={name: "right" for name in names if _is_number(frame[name])},
            wrapped_columns=[name for name in names if frame[name].map(_plain).map(len).max() > LONG],
        )
    return table(frame.head(first), f"The first {first} of {len(frame):,} {what}; the notebook has them all.")


def key_figures(figures: Mapping[str, Any]) -> mo.Html:
    """The few numbers to see first, each under its name."""
    _print("\n".join(f"{name}: {_plain(value)}" for name, value in figures.items()))
    cards = (f"<dt>{escape(name)}</dt><dd>{escape(_plain(value))}</dd>" for name, value in figures.items())
    whole = "".join(f"<div>{card}</div>" for card in cards)
    return mo.Html(f'<dl class="shop-figures">{whole}</dl>')


def _writer(heading: str, frame: pd.DataFrame) -> Callable[[Any], str]:
    """How a column's values are written: as its heading and type say."""
    if _is_number(frame[heading]):
        decimals = _decimals(heading, frame)
        return lambda value: NOTHING if pd.isna(value) else f"{value:,.{decimals}f}".replace("-", MINUS)
    return _plain


def _decimals(heading: str, frame: pd.DataFrame) -> int:
    if "%" in heading:
        return 1
    if CURRENCY.search(heading):
        amounts = [frame[name] for name in frame if CURRENCY.search(str(name))]
        return 0 if max(amount.abs().max() for amount in amounts) >= WHOLE_FROM else 2
    return 0 if (frame[heading].dropna() % 1 == 0).all() else 1


def _kind(column: pd.Series[Any], cells: list[str]) -> str:
    """How a column is set: numbers to the right, short texts in one line, long ones in a broad column."""
    if _is_number(column):
        return "number"
    longest = max(map(len, cells), default=0)
    return "short" if longest <= 20 else "text" if longest <= LONG else "long"


def _is_number(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return NOTHING
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, int | float):
        return f"{value:,}"
    return str(value)


def _print(*texts: str) -> None:
    if not mo.running_in_notebook():
        print(*(text for text in texts if text), sep="\n", end="\n\n")
