"""Charts in one style: a title with the measure, axes with names and units, and few colours.

The colours are of the palette of Okabe and Ito, which colour-blind people can tell apart. Text is dark on
white, also on a dark page.
"""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from io import BytesIO
from typing import Any
from warnings import catch_warnings, filterwarnings

import marimo as mo
import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from .show import MINUS

BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
GREY, INK, PALE = "#8A8F98", "#1F2430", "#E3E6EA"
INKS = (BLUE, ORANGE, GREEN, RED, GREY)
WIDTH = 7.4
"""Inches, at 96 pixels each: the width of the text on a page."""

mpl.rcParams["text.parse_math"] = False  # a name of the shop such as "$_$" is no formula

STYLE: Any = {
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "figure.titlesize": 12,
    "figure.titleweight": "bold",
    "axes.labelsize": 9.5,
    "grid.color": PALE,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "svg.fonttype": "none",  # texts use the fonts of the page, which have more characters than DejaVu
    "svg.hashsalt": "centra",  # the same chart gives the same bytes
}


def bars(
    values: Mapping[str, float],
    *,
    title: str,
    x_label: str,
    y_label: str,
    inks: Mapping[str, str] | None = None,
    meaning: Mapping[str, str] | None = None,
    decimals: int = 0,
    limit: float | None = None,
) -> mo.Html:
    """Draws horizontal bars, the first one on top, each with its number at the end.

    Args:
        values: The numbers by name.
        title: What is shown.
        x_label: What is counted, with its unit.
        y_label: What the names are.
        inks: Colours by name; default: blue.
        meaning: Text of the legend by colour; None: no legend.
        decimals: Decimals of the numbers at the ends of bars.
        limit: End of the axis, such as 100 for percent; default: the largest value.
    """
    figure, axes = _new_chart(title, x_label, y_label, height=1.35 + 0.27 * max(len(values), 2))
    names = [shorten_name(name) for name in values]
    places = range(len(names))
    colours = [(inks or {}).get(name, BLUE) for name in values]
    drawn = axes.barh(places, [*values.values()], color=colours, height=0.68)
    axes.bar_label(drawn, [f"{value:,.{decimals}f}" for value in values.values()], padding=4, fontsize=9)
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.margins(x=0.12, y=0.02 if len(names) > 4 else 0.1)
    if limit is not None:
        axes.set_xlim(0, limit * 1.1)
    _format_numbers(axes, "x")
    if meaning:
        _add_legend(figure, [Patch(color=ink, label=text) for ink, text in meaning.items()])
    return render_figure(figure)


def columns(
    frame: pd.DataFrame, x: str, measures: Mapping[str, str], *, title: str, x_label: str, y_label: str
) -> mo.Html:
    """Draws columns over months: the first measure above the zero line, the others below it.

    Args:
        frame: One row per month.
        x: The column of months.
        measures: Names in the legend by column; the first is drawn above the zero line.
        title: What is shown.
        x_label: What the months are, with their time zone.
        y_label: What is counted, with its unit.
    """
    figure, axes = _new_chart(title, x_label, y_label)
    months = pd.to_datetime(frame[x])
    for number, (column, name) in enumerate(measures.items()):
        values = frame[column].astype(float) * (-1 if number else 1)
        axes.bar(months, values, width=24, color=(BLUE, ORANGE, GREEN)[number], label=name)
    axes.axhline(0, color=GREY, linewidth=0.8)
    _format_months(axes)
    _format_numbers(axes, "y")
    if len(measures) > 1:
        _add_legend(figure, axes.get_legend_handles_labels()[0])
    return render_figure(figure)


def lines(
    frame: pd.DataFrame,
    x: str,
    measures: Mapping[str, str],
    *,
    title: str,
    x_label: str,
    y_label: str,
) -> mo.Html:
    """Draws a line for each measure over months, from zero. The arguments are those of `columns`."""
    figure, axes = _new_chart(title, x_label, y_label)
    months = pd.to_datetime(frame[x])
    for ink, (column, name) in zip(INKS, measures.items(), strict=False):
        axes.plot(months, frame[column].astype(float), color=ink, lw=2, marker="o", ms=4, label=name)
    axes.set_ylim(bottom=0)
    _format_months(axes)
    _format_numbers(axes, "y")
    if len(measures) > 1:
        _add_legend(figure, axes.get_legend_handles_labels()[0])
    return render_figure(figure)


def heat(grid: pd.DataFrame, *, title: str, x_label: str, y_label: str) -> mo.Html:
    """Draws a grid of shares with their numbers: larger ones are darker, empty cells are white.

    Args:
        grid: Numbers, with names as index and columns.
        title: What is shown, with the numbers' unit.
        x_label: What the columns are.
        y_label: What the rows are.
    """
    figure, axes = _new_chart(title, x_label, y_label, height=1.5 + 0.24 * max(len(grid), 3))
    values = grid.to_numpy(dtype=float)
    axes.pcolormesh(values, cmap="Blues", vmin=0, edgecolors="white", linewidth=1)
    deep = values[values == values].max(initial=0.0) * 0.55
    for row, column in zip(*(values == values).nonzero(), strict=True):
        value = values[row, column]
        ink = "white" if value > deep else INK
        axes.text(column + 0.5, row + 0.5, f"{value:.0f}", ha="center", va="center", fontsize=8, color=ink)
    axes.set_xticks([place + 0.5 for place in range(grid.shape[1])], [str(name) for name in grid.columns])
    axes.set_yticks([place + 0.5 for place in range(len(grid))], [str(name) for name in grid.index])
    axes.invert_yaxis()
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0)
    return render_figure(figure)


def render_figure(figure: Figure) -> mo.Html:
    """Returns a finished figure as an image that scales with the page.

    Raises:
        ValueError: The figure has no title, or an axis has no name.
    """
    axes = figure.axes[0]
    texts = {"title": figure.get_suptitle(), "x label": axes.get_xlabel(), "y label": axes.get_ylabel()}
    missing = [name for name, text in texts.items() if not text.strip()]
    if missing:
        raise ValueError(f"A chart without {' and '.join(missing)} cannot be read: add what is shown.")
    drawn = BytesIO()
    with mpl.rc_context(STYLE), catch_warnings():
        filterwarnings("ignore", message="Glyph .* missing from font")  # the page's fonts have it
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    picture = base64.b64encode(drawn.getvalue()).decode()
    words = escape(" ".join(f"{texts['title']} ({texts['y label']} by {texts['x label']})".split()))
    return mo.Html(
        f'<figure class="shop-chart"><img alt="{words}" src="data:image/svg+xml;base64,{picture}"></figure>'
    )


def shorten_name(name: str, longest: int = 46) -> str:
    """Returns a name that fits next to an axis."""
    return name if len(name) <= longest else name[: longest - 1].rstrip() + "…"


def _new_chart(title: str, x_label: str, y_label: str, height: float = 3.5) -> tuple[Figure, Axes]:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        axes = figure.add_subplot()
        figure.suptitle(textwrap.fill(title, 78), x=0.008, ha="left")
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
    return figure, axes


def _format_numbers(axes: Axes, which: str) -> None:
    """Formats an axis of numbers: thousands separators, round ticks and a grid."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", MINUS)))
    axes.grid(axis="x" if which == "x" else "y")


def _format_months(axes: Axes) -> None:
    locator = AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    names = ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(names)


def _add_legend(figure: Figure, handles: Sequence[Any]) -> None:
    with mpl.rc_context(STYLE):
        figure.legend(handles=handles, loc="outside lower left", ncols=len(handles))
