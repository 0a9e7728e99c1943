"""What a person wants to see of a forecast: the cost of a first load."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from centra_source.api.throttle import QUERY_COMPLEXITY, REQUEST_COUNT
from centra_source.forecast.result import PROBED_ROWS, Expectation, Forecast


def show_forecast(console: Console, forecast: Forecast) -> None:
    """Prints an estimate of a first load, one line per resource, and the limits that set its pace."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("resource")
    for heading in ("objects", "calls", "complexity", "time"):
        table.add_column(heading, justify="right")
    for name, one in forecast.resources.items():
        table.add_row(name, _objects(one), *_figures(one))
    table.add_section()
    table.add_row("all", "", *_figures(forecast), style="bold")
    console.print("A first load, as fast as the shop's rate limits allow now (~ is approximate):\n")
    console.print(table)
    console.print(f"\n{_limits(forecast)}", soft_wrap=True)


def format_duration(seconds: float) -> str:
    """A length of time for people, such as "8 s", "2 min" or "3 h 10 min"; less than a second is "now"."""
    if seconds < 1:
        return "now"
    if round(seconds) < 60:
        return f"{round(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _objects(one: Expectation) -> str:
    if one.objects is None:
        return f"under {PROBED_ROWS}"
    return f"{'' if one.is_counted else '~'}{one.objects:,}"


def _figures(one: Expectation | Forecast) -> tuple[str, str, str]:
    about = "" if one.is_exact else "~"
    time = format_duration(one.seconds)
    return f"{about}{one.calls:,}", f"{about}{one.complexity:,}", time if time == "now" else f"{about}{time}"


def _limits(forecast: Forecast) -> str:
    parts = []
    for interval, words in {"TEN_SECONDS": "ten seconds", "ONE_HOUR": "an hour"}.items():
        kinds = {REQUEST_COUNT: "requests", QUERY_COMPLEXITY: "points"}
        quotas = {kinds[kind]: quota for kind in kinds if (quota := forecast.quotas.get((kind, interval)))}
        if quotas:
            parts.append(f"{' and '.join(f'{quota:,} {kind}' for kind, quota in quotas.items())} in {words}")
    if not parts:
        return "The shop reports no limits, so the time depends only on how fast it answers."
    return f"Limits: {', '.join(parts)}; {forecast.quota_share * 100:g} % of that is used (quota_share)."
