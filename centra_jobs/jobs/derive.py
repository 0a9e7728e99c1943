"""`centra derive`: derives the tables for analysts and the Global-e catalog of a loaded shop."""

from __future__ import annotations

from rich.console import Console

from ..console import show_wait
from ..exit_codes import INCOMPLETE
from ..output.load_report import show_derived
from ..runs.derive import derive_tables
from ..runs.opening import open_pipeline


def run(console: Console, *, destination: str | None, dataset: str, store: int | None) -> int:
    """Derives and reports; the options are those of `centra derive`.

    Returns:
        3 if a table could not be made, or a value or a total is wrong; 0 otherwise.
    """
    with open_pipeline(destination, dataset, console) as pipeline:
        with show_wait(console, "Deriving the Global-e catalog and the tables for analysts"):
            derived = derive_tables(
                pipeline, catalog="required" if store is not None else "optional", store=store
            )
        show_derived(console, pipeline.dataset(), derived)
    return INCOMPLETE if derived.problems or derived.doubts else 0
