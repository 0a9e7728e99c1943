"""`centra forecast`: estimates what a first load takes. It opens no destination and writes nothing."""

from __future__ import annotations

from contextlib import ExitStack

from rich.console import Console

from centra_source.forecast.load_forecast import forecast_load

from ..console import show_wait
from ..output.forecast_report import show_forecast
from ..runs.selection import choose_resources, make_settings


def run(
    console: Console, *, resources: str | None, exclude: str | None, start_date: str | None, sandbox: bool
) -> int:
    """Prints the estimate; the options are those of `centra forecast`."""
    chosen = choose_resources(resources, exclude)
    with ExitStack() as stack:
        settings = make_settings(stack, console, exclude, sandbox=sandbox, start_date=start_date)
        with show_wait(console, "Asking the shop for its counts and limits"):
            found = forecast_load(chosen, **settings)
    show_forecast(console, found)
    return 0
