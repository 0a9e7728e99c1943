"""What a scheduler runs in its own processes: loads of some resources for an interval, and what follows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import dlt
from rich.console import Console

from centra_source import RESOURCES, CentraError, centra_source, reached_moments
from centra_source.exceptions import InvalidSetting, causes
from centra_source.globale import catalog_configuration, derive_catalog
from centra_source.models import derive_models

from ..output import cli
from ..output.load_report import show_load
from ..runs.duckdb_file import kept_open
from ..runs.failures import MISUSED, failure_of
from ..runs.loading import ROWS_PER_LOAD, load_all
from ..runs.opening import DATASET_NAME, open_pipeline
from ..verify import checks
from ..verify.audit_lines import audit_lines
from ..verify.checked_tables import checked_tables


class ChecksFailed(CentraError):
    """What was loaded is not as it must be. Another try brings the same; a person must look."""


def load_interval(
    names: Iterable[str],
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    destination: str | None = None,
    dataset: str = DATASET_NAME,
) -> list[str]:
    """Loads some resources as a scheduler's interval asks for.

    An interval that ends after the bookmark of a resource carries it on: what has changed since the bookmark,
    less the look-back, and up to the end of the interval, where the bookmark then stands. So the first
    interval brings the past, and the one after nights that were missed brings these as well. Events of
    deletions and silent changes are used, and lists without a date are read whole.

    An interval that ends at the bookmark or before it was loaded before. It is read again, exactly, and
    neither bookmark nor event queue is touched. The shop tells the present, so that no old row returns.

    Args:
        names: Resources. Those that the settings exclude are left out.
        start: Where the interval begins.
        end: Where it ends. Without both, everything is carried on up to now.
        destination: Any dlt destination by its name; None is DuckDB in centra.duckdb.
        dataset: Schema or folder at the destination.

    Returns:
        The resources that were loaded.

    Raises:
        CentraError: See exceptions.py; what was committed before stays, and the next try goes on from there.
    """
    console = cli.plain_console()
    with open_pipeline(destination, dataset, console) as pipeline:
        known = centra_source().resources
        chosen = [name for name in names if known[name].selected or not RESOURCES[name].selected]
        reached, again = reached_moments(pipeline), list[str]()
        carried: dict[str, Any] = {"rows_per_load": ROWS_PER_LOAD}
        closed: dict[str, Any] = {}
        if start and end:
            again = [name for name in chosen if name in reached and reached[name] >= end]
            closed = {"start_date": start.isoformat(), "end_date": end.isoformat()}
            carried["until"] = end.isoformat()
        ahead = [name for name in chosen if name not in again]
        load_ids: list[str] = []
        for some, settings in ((again, closed), (ahead, carried)):
            if some:
                source = centra_source(**settings).with_resources(*some)
                load_ids += load_all(pipeline, source, settings)[1]
        show_load(console, pipeline.dataset(), load_ids)
        return chosen


def derive_and_check(*, destination: str | None = None, dataset: str = DATASET_NAME) -> list[str]:
    """Makes the derived tables anew, and checks what the last load of each resource has brought.

    Args:
        destination: As of `load_interval`.
        dataset: As of `load_interval`.

    Returns:
        The models that were written.

    Raises:
        ChecksFailed: Everything is loaded and derived, but not as it must be.
    """
    console = cli.plain_console()
    with open_pipeline(destination, dataset, console) as pipeline, kept_open(pipeline):
        broken = _broken(pipeline)
        _derive_catalog(pipeline, console)
        made = derive_models(pipeline).made
        if broken:
            raise ChecksFailed(" ".join(broken))
        return made


def hopeless(error: BaseException) -> str | None:
    """Why another try would fail as well: a setting, or a check that does not hold. None if it may help."""
    if isinstance(error, ChecksFailed):
        return str(error)
    failure = failure_of(error)
    return failure.sentence if failure and failure.code == MISUSED else None


def _derive_catalog(pipeline: dlt.Pipeline, console: Console) -> None:
    """Derives the Global-e catalog, or says why this shop has none."""
    try:
        derive_catalog(pipeline, catalog_configuration())
    except Exception as error:
        reason = next((cause for cause in causes(error) if isinstance(cause, InvalidSetting)), None)
        if reason is None:
            raise
        console.print(f"No Global-e catalog: {reason}", soft_wrap=True)


def _broken(pipeline: dlt.Pipeline) -> list[str]:
    """What the checks of `warehouse_pipeline.py` find in the last load of each resource."""
    dataset = pipeline.dataset()
    newest = "select resource, max(_dlt_load_id) as newest from load_audit group by resource"
    load_ids = sorted({newest for _, newest in dataset(newest, query_dialect="duckdb").fetchall()})
    lines = audit_lines(dataset, load_ids)
    tables = checked_tables(RESOURCES, pipeline.default_schema.tables)
    rows = checks.rows_of_tables(dataset, tables)
    made = (
        checks.counted(lines),
        checks.whole_lists(rows, lines, tables),
        checks.unique_keys(dataset, rows, tables, load_ids),
        checks.present_owners(dataset, rows, tables, load_ids),
        checks.nothing_pending(pipeline, list(centra_source().selected_resources)),
    )
    return [failure for check in made for failure in check.failures]
