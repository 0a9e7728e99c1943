"""`centra globale catalog`: derives and checks the Global-e catalog, and writes its files."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from rich.console import Console

from centra_source import CentraError
from centra_source.globale import catalog_configuration, export_catalog

from ..console import show_wait
from ..exit_codes import FAILED
from ..output.globale_catalog_report import show_export
from ..runs.duckdb_file import keep_open
from ..runs.opening import open_pipeline


def run(
    console: Console,
    *,
    destination: str | None,
    dataset: str,
    store: int | None,
    output: Path,
    profile: str | None,
    language: str | None,
    merchant: str | None,
    bom: bool,
    review: bool,
    delta: bool,
    deliver: bool,
    force: bool,
    strict: bool,
    exit_zero: bool,
) -> int:
    """Derives, checks, writes, reports; the options are those of `centra globale catalog`.

    Returns:
        1 if something blocks the delivery, or, with `strict`, is worth a warning; 0 otherwise.
    """
    with open_pipeline(destination, dataset, console) as pipeline, keep_open(pipeline):
        configuration = catalog_configuration(
            store=store, profile=profile, language=language, merchant=merchant, bom=bom or None
        )
        try:
            with show_wait(console, "Deriving and checking the catalog"):
                made = export_catalog(
                    pipeline,
                    configuration,
                    output,
                    datetime.now(timezone.utc),
                    compare=delta,
                    deliver=deliver,
                    review=review,
                    strict=strict,
                    force=force,
                )
        except OSError as error:
            raise CentraError(
                f"The files cannot be written to {output} ({error.strerror}): choose another --output."
            ) from error
    show_export(console, made, strict=strict)
    is_unfit = made.found.fails(strict=strict)
    return FAILED if is_unfit and not exit_zero else 0
