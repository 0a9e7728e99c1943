"""Tables, key figures and sentences as plain HTML, for marimo and for exported pages.

In a notebook that runs as a script they are printed as text instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any, NoReturn

import marimo as mo
import pandas as pd

from centra_jobs.plain_text import clean_text

LONG = 45
"""Number of characters from which a text is wrapped."""
NOTHING, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
CURRENCY = re.compile(r"\((?!UTC)[A-Z]{3}\)")
_CODE = re.compile("`([^`]+)`")
WHOLE_FROM = 10_000
"""A table with an amount from here on shows all amounts without decimals."""


def show_sentence(text: str, css_class: str = "paragraph") -> mo.Html:
    """Shows a sentence where there is nothing else to show.

    Args:
        text: Plain text, which may hold values of the shop; only code between backticks is set apart.
        css_class: Of the paragraph.
    """
    _print(text)
    marked = _CODE.sub(r"<code>\1</code>", escape(text))
    return mo.Html(f'<p class="{css_class}">{marked}</p>')


def show_warning(text: str) -> mo.Html:
    """Shows a sentence about tables that do not show what the shop has."""
    return show_sentence(text, "shop-warning")


def stop(text: str) -> NoReturn:
    """Shows a sentence instead of the result of a cell, and nothing in the cells that depend on it."""
    mo.stop(True, show_sentence(text))
    raise AssertionError("mo.stop returned")


def stop_if(is_so: bool, text: str) -> None:
    """Calls `stop` if there is nothing to show."""
    if is_so:
        stop(text)


def table(frame: pd.DataFrame, note: str = "") -> mo.Html:
    """Shows all rows of a frame, with the names of its columns as headings.

    Numbers have thousands separators. Amounts, with a currency in the heading such as "Net sales (SEK)", have
    two decimals, or none if one amount in the table is 10,000 or more. Shares, with "%" in the heading, have
    one decimal. Times are shown to the minute.
    """
    _print(frame.to_string(index=False), note)
    writers = {str(name): _formatter(str(name), frame) for name in frame.columns}
    texts = {name: [escape(write(value)) for value in frame[name]] for name, write in writers.items()}
    kinds = {name: _css_class(frame[name], cells) for name, cells in texts.items()}
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
    """Shows a table to search, sort and page through; in an exported page, its first rows."""
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
            format_mapping={name: _formatter(name, frame) for name in names},
            text_justify_columns={name: "right" for name in names if _is_number(frame[name])},
            wrapped_columns=[name for name in names if frame[name].map(_format_value).map(len).max() > LONG],
        )
    return table(
        frame.head(first), f"The first {first} of {len(frame):,} {what}. The notebook shows all of them."
    )


def key_figures(figures: Mapping[str, Any]) -> mo.Html:
    """Shows the most important numbers, each with its name."""
    _print("\n".join(f"{name}: {_format_value(value)}" for name, value in figures.items()))
    cards = (
        f"<dt>{escape(name)}</dt><dd>{escape(_format_value(value))}</dd>" for name, value in figures.items()
    )
    whole = "".join(f"<div>{card}</div>" for card in cards)
    return mo.Html(f'<dl class="shop-figures">{whole}</dl>')


def _formatter(heading: str, frame: pd.DataFrame) -> Callable[[Any], str]:
    """Returns how to format the values of a column, by its heading and type."""
    if _is_number(frame[heading]):
        decimals = _decimals(heading, frame)
        return lambda value: NOTHING if pd.isna(value) else f"{value:,.{decimals}f}".replace("-", MINUS)
    return _format_value


def _decimals(heading: str, frame: pd.DataFrame) -> int:
    if "%" in heading:
        return 1
    if CURRENCY.search(heading):
        amounts = [frame[name] for name in frame if CURRENCY.search(str(name))]
        return 0 if max(amount.abs().max() for amount in amounts) >= WHOLE_FROM else 2
    return 0 if (frame[heading].dropna() % 1 == 0).all() else 1


def _css_class(column: pd.Series[Any], cells: list[str]) -> str:
    """The CSS class of a column:

    numbers on the right, short texts on one line, long ones in a wide column.
    """
    if _is_number(column):
        return "number"
    longest = max(map(len, cells), default=0)
    return "short" if longest <= 20 else "text" if longest <= LONG else "long"


def _is_number(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _format_value(value: Any) -> str:
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
        print(*(clean_text(text) for text in texts if text), sep="\n", end="\n\n")
