"""`centra globale orders`: derives the tables of Global-e's orders and reports where Centra differs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from centra_source.globale.orders import derive_orders, orders_configuration

from ..console import show_wait
from ..exit_codes import INCOMPLETE
from ..output.globale_orders_report import show_orders
from ..runs.duckdb_file import keep_open
from ..runs.opening import open_pipeline


def run(console: Console, *, destination: str | None, dataset: str, report: Sequence[Path]) -> int:
    """Derives and reports. Differences are not a failure. Options as `centra globale orders`."""
    with open_pipeline(destination, dataset, console) as pipeline, keep_open(pipeline):
        configuration = orders_configuration()
        with show_wait(console, "Deriving the tables of Global-e's orders"):
            failed = derive_orders(pipeline, configuration, report)
        show_orders(console, pipeline.dataset(), configuration, has_reports=bool(report), failed=failed)
    return INCOMPLETE if failed else 0
