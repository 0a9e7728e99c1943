"""`centra load`: loads a shop, derives the tables for analysts and the Global-e catalog, and reports."""

from __future__ import annotations

from contextlib import ExitStack
from time import monotonic

from rich.console import Console

from centra_source import centra_source

from ..console import show_wait
from ..output.load_report import describe_shortfalls, show_derived, show_load
from ..output.outcome import count_problems, find_outcome
from ..output.progress import RichCollector
from ..runs.derive import derive_after_load
from ..runs.last_run import record_last_run
from ..runs.loading import load_all
from ..runs.opening import open_pipeline
from ..runs.selection import choose_failure_policy, choose_resources, make_settings, select_resources


def run(
    console: Console,
    *,
    resources: str | None,
    exclude: str | None,
    destination: str | None,
    dataset: str,
    store: int | None,
    start_date: str | None,
    rows_per_load: int,
    full_refresh: bool,
    sweep: bool,
    sandbox: bool,
) -> int:
    """Loads, derives, reports; the options are those of `centra load`."""
    started = monotonic()
    choose_resources(resources, exclude)
    with ExitStack() as stack:
        settings = make_settings(
            stack,
            console,
            exclude,
            sandbox=sandbox,
            on_failure=choose_failure_policy(),
            start_date=start_date,
            rows_per_load=rows_per_load,
            full_refresh=full_refresh,
            sweep=sweep,
        )
        source = centra_source(**settings)
        chosen = select_resources(source, resources, exclude)
        pipeline = stack.enter_context(
            open_pipeline(destination, dataset, console, RichCollector(console), is_refresh=full_refresh)
        )
        console.print(f"Loading {len(chosen)} resources, as fast as the shop's rate limits allow.\n")
        info, load_ids = load_all(pipeline, source.with_resources(*chosen), settings)
        # Derived before anything is printed: a terminal that is closed meanwhile costs no table.
        with show_wait(console, "Deriving the Global-e catalog and the tables for analysts"):
            derived = derive_after_load(
                pipeline, catalog="wanted" if store is not None else "optional", store=store
            )
        lines = show_load(console, pipeline.dataset(), load_ids)
        outcome = find_outcome(lines, [*count_problems(derived.problems), *derived.doubts])
        record_last_run(pipeline.pipeline_name, [*describe_shortfalls(lines), *derived.list_shortfalls()])
        location = str(info.destination_displayable_credentials).removeprefix("duckdb:///")
        show_derived(console, pipeline.dataset(), derived)
        done = f"Loaded in {monotonic() - started:.1f} s into {location}"
        console.print(f"\n{outcome.describe(done) if outcome.exit_code else done}", soft_wrap=True)
    return outcome.exit_code
