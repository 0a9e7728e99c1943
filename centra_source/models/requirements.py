"""Which models cannot be made from what is loaded, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import dlt

from ..destinations.audit_state import LOAD_ID, read_audit_state
from ..destinations.queries import DIALECT
from ..resources import RESOURCES
from ..tables.loader_tables import LOAD_AUDIT
from .layout import MODELS, Model

WITHOUT_TIME_ZONES = ("sqlite", "mysql")
"""SQL dialects that cannot convert a timestamp into the date of a time zone."""


def find_skipped_models(dataset: dlt.Dataset) -> dict[str, str]:
    """Finds the models that cannot be made from a dataset.

    Args:
        dataset: A loaded shop.

    Returns:
        The reason by name of the model: a clause that says what is missing and what to do.
    """
    dialect = dataset.destination_dialect
    if dialect in WITHOUT_TIME_ZONES:
        reason = f"{dialect} has no time zones and no exact decimals: load into another destination"
        return {model.name: reason for model in MODELS}
    missing = _missing_tables(dataset)
    reasons = {model.name: "; ".join(_reasons(dataset, model, missing)) for model in MODELS}
    return {name: reason for name, reason in reasons.items() if reason}


def _missing_tables(dataset: dlt.Dataset) -> dict[str, str]:
    """The tables that models need and that hold nothing to make them from, each with the reason.

    A reason has the placeholder `{tables}`, as several tables may be missing for the same one.
    The table of a resource that the token may not read exists and is empty. So does the table of a list that
    is excluded or denied: it has no row, although the objects that own its rows are loaded.
    """
    present, has_audit = set(dataset.tables), LOAD_AUDIT.name in dataset.tables
    needed = {table for model in MODELS for table in model.needs}
    audit = read_audit_state(dataset)
    missing = {}
    for name, resource in RESOURCES.items():
        for table in needed.intersection((name, *resource.lists.values())):
            if name not in audit.read or table not in present:
                reason = (
                    f"{{tables}} not loaded: load the resource {name}, too (see --resources and --exclude)"
                )
            elif has_audit and table != name and _is_empty_list(dataset, name, table):
                reason = f"{{tables}} empty although {name} has rows: remove it from --exclude"
            else:
                continue
            if name in audit.denied:
                reason = f"{{tables}} not readable: {_join_clauses(audit.denied[name])}"
            elif name in audit.failed:
                reason = (
                    f"{{tables}} not loaded, because {name} failed: {_join_clauses([audit.failed[name]])}"
                )
            missing[table] = reason
    if not has_audit:
        missing[LOAD_AUDIT.name] = "{tables} not loaded: load any resource first"
    return missing


def _is_empty_list(dataset: dlt.Dataset, owner: str, table: str) -> bool:
    query = f"select (select count(*) from {owner}) as owners, (select count(*) from {table}) as listed"
    ((owners, listed),) = dataset(query, query_dialect=DIALECT).fetchall()
    return bool(owners and not listed)


def _join_clauses(notes: Iterable[str]) -> str:
    """Sentences as one clause."""
    return ", ".join(note[0].lower() + note[1:].rstrip(".") for note in notes)


def _has_load_ids(dataset: dlt.Dataset, table: str) -> bool:
    return LOAD_ID in dataset.schema.tables[table]["columns"]


def _reasons(dataset: dlt.Dataset, model: Model, missing: dict[str, str]) -> Iterator[str]:
    """Why a model cannot be made, one clause for each reason."""
    tables_by_reason: dict[str, list[str]] = {}
    for table in model.needs:
        if table in missing:
            tables_by_reason.setdefault(missing[table], []).append(table)
    for reason, tables in tables_by_reason.items():
        listed = f"{' and '.join(tables)} {'is' if len(tables) == 1 else 'are'}"
        yield reason.replace("{tables}", listed)
    first = model.needs[0]
    if model.needs_load_ids and first not in missing and not _has_load_ids(dataset, first):
        yield (f"{first} has no column {LOAD_ID}: the next load adds it")
