"""`centra globale doctor`: checks whether the loaded shop is set up for Global-e."""

from __future__ import annotations

from rich.console import Console

from centra_source.globale import diagnose

from ..console import show_wait
from ..output.globale_doctor_report import show_doctor
from ..runs.opening import open_pipeline


def run(console: Console, *, destination: str | None, dataset: str, store: int | None, as_json: bool) -> int:
    """Prints what is set up and what is missing; the options are those of `centra globale doctor`.

    The section `[globale]` of `.dlt/config.toml` names the markets of Global-e and how it prices.

    Returns:
        0 if everything that the API can show is set up; 3 if something is missing or cannot be checked.
    """
    with (
        open_pipeline(destination, dataset, console) as pipeline,
        show_wait(console, "Checking the loaded tables"),
    ):
        steps = diagnose(pipeline.dataset(), store)
    return show_doctor(steps, console, as_json=as_json)
