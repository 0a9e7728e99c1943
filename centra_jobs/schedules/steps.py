"""The steps that a scheduler runs in its own processes: load some resources for an interval, then derive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import dlt

from centra_source import RESOURCES, CentraError, centra_source, reached_moments
from centra_source.destinations.queries import DIALECT

from ..console import plain_console
from ..defaults import DATASET_NAME, ROWS_PER_LOAD
from ..exit_codes import MISUSED
from ..output.load_report import show_load
from ..output.outcome import find_outcome
from ..runs.derive import derive_tables
from ..runs.duckdb_file import keep_open
from ..runs.failures import describe_failure
from ..runs.loading import load_all
from ..runs.opening import open_pipeline
from ..runs.selection import choose_failure_policy
from ..verify import checks
from ..verify.audit_lines import read_audit_lines
from ..verify.checked_tables import list_tables


class ChecksFailed(CentraError):
    """A check of the loaded tables fails. Another try fails as well: a person must look at it."""


def load_interval(
    names: Iterable[str],
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    destination: str | None = None,
    dataset: str = DATASET_NAME,
) -> list[str]:
    """Loads some resources for a scheduler's interval.

    If the interval ends after the bookmark of a resource, the load reads what has changed from the bookmark
    (minus the lookback) to the end of the interval, and moves the bookmark there. So the first interval loads
    the whole past, and an interval after missed ones loads these too. Events of deletions and silent changes
    are used, and lists without a date are read completely.

    If the interval ends at or before the bookmark, it was loaded earlier. It is read again for exactly its
    range, and neither bookmark nor event queue changes. The shop returns objects as they are now, so no old
    version of a row comes back.

    Args:
        names: Resources. Those that the settings exclude are left out.
        start: Start of the interval.
        end: End of the interval. Without both, everything up to now is loaded.
        destination: The name of any dlt destination; None is DuckDB in centra.duckdb.
        dataset: Schema or folder at the destination.

    Returns:
        The resources that were loaded. Those that could not be read are missing: `derive_and_check` names
        them, and the next interval loads them.

    Raises:
        CentraError: See exceptions.py. What was committed stays, and the next try continues from there.
    """
    console = plain_console()
    with open_pipeline(destination, dataset, console) as pipeline:
        known = centra_source().resources
        chosen = [name for name in names if known[name].selected or not RESOURCES[name].selected]
        reached, again = reached_moments(pipeline), list[str]()
        isolated = {"on_failure": choose_failure_policy()}
        carried: dict[str, Any] = {"rows_per_load": ROWS_PER_LOAD, **isolated}
        closed: dict[str, Any] = dict(isolated)
        if start and end:
            again = [name for name in chosen if name in reached and reached[name] >= end]
            closed |= {"start_date": start.isoformat(), "end_date": end.isoformat()}
            carried["until"] = end.isoformat()
        ahead = [name for name in chosen if name not in again]
        load_ids: list[str] = []
        for some, settings in ((again, closed), (ahead, carried)):
            if some:
                source = centra_source(**settings).with_resources(*some)
                load_ids += load_all(pipeline, source, settings)[1]
        failed = find_outcome(show_load(console, pipeline.dataset(), load_ids)).failed
        return [name for name in chosen if name not in failed]


def derive_and_check(*, destination: str | None = None, dataset: str = DATASET_NAME) -> list[str]:
    """Derives the catalog and the tables for analysts again, and checks the last load of each resource.

    Args:
        destination: As for `load_interval`.
        dataset: As for `load_interval`.

    Returns:
        The tables for analysts that were written.

    Raises:
        ChecksFailed: Everything is derived that can be, but a check fails, a table could not be derived, or
            the last load of a resource is not complete.
    """
    console = plain_console()
    with open_pipeline(destination, dataset, console) as pipeline, keep_open(pipeline):
        failures = _find_failures(pipeline)
        derived = derive_tables(pipeline, catalog="optional")
        failures += derived.problems
        if derived.no_catalog:
            console.print(f"No Global-e catalog: {derived.no_catalog}", soft_wrap=True)
        failures += [sentence for sentences in derived.doubts.values() for sentence in sentences]
        if failures:
            raise ChecksFailed(" ".join(failures))
        return derived.models.made


def reason_not_to_retry(error: BaseException) -> str | None:
    """Why another try would fail as well: an invalid setting or a failed check. None if it may help."""
    if isinstance(error, ChecksFailed):
        return str(error)
    failure = describe_failure(error)
    return failure.sentence if failure and failure.code == MISUSED else None


def _find_failures(pipeline: dlt.Pipeline) -> list[str]:
    """What the checks of `centra nightly` find in the last load of each resource."""
    dataset = pipeline.dataset()
    newest = "select resource, max(_dlt_load_id) as newest from load_audit group by resource"
    load_ids = sorted({newest for _, newest in dataset(newest, query_dialect=DIALECT).fetchall()})
    lines = read_audit_lines(dataset, load_ids)
    tables = list_tables(RESOURCES, pipeline.default_schema.tables)
    rows = checks.count_rows(dataset, tables)
    results = (
        checks.check_counts(lines),
        checks.check_whole_lists(rows, lines, tables),
        checks.check_unique_keys(dataset, rows, tables, load_ids),
        checks.check_owners(dataset, rows, tables, load_ids),
        checks.check_nothing_pending(pipeline, list(centra_source().selected_resources)),
    )
    failures = [failure for check in results for failure in check.failures]
    outcome = find_outcome(lines)
    return [outcome.describe("Loaded"), *failures] if outcome.exit_code else failures
