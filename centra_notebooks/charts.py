"""One look for all charts: a title that says the measure, named axes with units, and few inks.

Colours are of the palette of Okabe and Ito, which the colour-blind tell apart. Text is dark on white, also
where the page around is dark.
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
"""Inches, at 96 pixels each: a page's column."""

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
    "svg.fonttype": "none",  # the page's own fonts write, also what DejaVu cannot
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
    """Lying bars, the first one on top, each with its number at the end.

    Args:
        values: The numbers by name.
        title: What is shown.
        x_label: What is counted, with its unit.
        y_label: What the names are.
        inks: Colours by name; blue unless told.
        meaning: What colours mean, by colour; then there is a legend.
        decimals: Of the numbers at the ends.
        limit: Where the axis ends, such as 100 for percent; the largest value unless told.
    """
    figure, axes = _chart(title, x_label, y_label, height=1.35 + 0.27 * max(len(values), 2))
    names = [shortened(name) for name in values]
    places = range(len(names))
    colours = [(inks or {}).get(name, BLUE) for name in values]
    drawn = axes.barh(places, [*values.values()], color=colours, height=0.68)
    axes.bar_label(drawn, [f"{value:,.{decimals}f}" for value in values.values()], padding=4, fontsize=9)
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.margins(x=0.12, y=0.02 if len(names) > 4 else 0.1)
    if limit is not None:
        axes.set_xlim(0, limit * 1.1)
    _numbers(axes, "x")
    if meaning:
        _legend(figure, [Patch(color=ink, label=text) for ink, text in meaning.items()])
    return shown(figure)


def columns(
    frame: pd.DataFrame, x: str, measures: Mapping[str, str], *, title: str, x_label: str, y_label: str
) -> mo.Html:
    """Standing columns over months; further measures stand below the line, as what goes off.

    Args:
        frame: One row per month.
        x: The column of months.
        measures: Names in words, by column; the first stands above the line.
        title: What is shown.
        x_label: What the months are, with their zone.
        y_label: What is counted, with its unit.
    """
    figure, axes = _chart(title, x_label, y_label)
    months = pd.to_datetime(frame[x])
    for number, (column, name) in enumerate(measures.items()):
        values = frame[column].astype(float) * (-1 if number else 1)
        axes.bar(months, values, width=24, color=(BLUE, ORANGE, GREEN)[number], label=name)
    axes.axhline(0, color=GREY, linewidth=0.8)
    _months(axes)
    _numbers(axes, "y")
    if len(measures) > 1:
        _legend(figure, axes.get_legend_handles_labels()[0])
    return shown(figure)


def lines(
    frame: pd.DataFrame,
    x: str,
    measures: Mapping[str, str],
    *,
    title: str,
    x_label: str,
    y_label: str,
) -> mo.Html:
    """A line for each measure over months, from zero up; takes what `columns` takes."""
    figure, axes = _chart(title, x_label, y_label)
    months = pd.to_datetime(frame[x])
    for ink, (column, name) in zip(INKS, measures.items(), strict=False):
        axes.plot(months, frame[column].astype(float), color=ink, lw=2, marker="o", ms=4, label=name)
    axes.set_ylim(bottom=0)
    _months(axes)
    _numbers(axes, "y")
    if len(measures) > 1:
        _legend(figure, axes.get_legend_handles_labels()[0])
    return shown(figure)


def heat(grid: pd.DataFrame, *, title: str, x_label: str, y_label: str) -> mo.Html:
    """A grid of shares, darker where they are larger, each with its number; empty cells stay white.

    Args:
        grid: Numbers, with names as index and columns.
        title: What is shown, with the numbers' unit.
        x_label: What the columns are.
        y_label: What the rows are.
    """
    figure, axes = _chart(title, x_label, y_label, height=1.5 + 0.24 * max(len(grid), 3))
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
    return shown(figure)


def shown(figure: Figure) -> mo.Html:
    """A finished figure as a picture that scales with the page.

    Raises:
        ValueError: It lacks its title, or the name of an axis.
    """
    axes = figure.axes[0]
    texts = {"title": figure.get_suptitle(), "x label": axes.get_xlabel(), "y label": axes.get_ylabel()}
    missing = [name for name, text in texts.items() if not text.strip()]
    if missing:
        raise ValueError(f"A chart without {' and '.join(missing)} says nothing: name what is shown.")
    drawn = BytesIO()
    with mpl.rc_context(STYLE), catch_warnings():
        filterwarnings("ignore", message="Glyph .* missing from font")  # the page's fonts have it
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    picture = base64.b64encode(drawn.getvalue()).decode()
    words = escape(" ".join(f"{texts['title']} ({texts['y label']} by {texts['x label']})".split()))
    return mo.Html(
        f'<figure class="shop-chart"><img alt="{words}" src="data:image/svg+xml;base64,{picture}"></figure>'
    )


def shortened(name: str, longest: int = 46) -> str:
    """A name that fits beside an axis."""
    return name if len(name) <= longest else name[: longest - 1].rstrip() + "…"


def _chart(title: str, x_label: str, y_label: str, height: float = 3.5) -> tuple[Figure, Axes]:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        axes = figure.add_subplot()
        figure.suptitle(textwrap.fill(title, 78), x=0.008, ha="left")
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
    return figure, axes


def _numbers(axes: Axes, which: str) -> None:
    """Thousands separators, a quiet grid, and whole numbers where there are few."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", MINUS)))
    axes.grid(axis="x" if which == "x" else "y")


def _months(axes: Axes) -> None:
    locator = AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    names = ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(names)


def _legend(figure: Figure, handles: Sequence[Any]) -> None:
    with mpl.rc_context(STYLE):
        figure.legend(handles=handles, loc="outside lower left", ncols=len(handles))
