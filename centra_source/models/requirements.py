"""Which models cannot be made from what is loaded, and why."""

from __future__ import annotations

from collections.abc import Iterator

import dlt

from ..destinations.queries import DIALECT
from ..resources import RESOURCES
from ..tables.loader_tables import LEFT_OUT, LOAD_AUDIT, TOKEN_LACKS
from .layout import MODELS, Model

WITHOUT_TIME_ZONES = ("sqlite", "mysql")
"""SQL dialects that cannot convert a timestamp into the date of a time zone."""

LOAD_ID = "_dlt_load_id"


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
    read = _read_resources(dataset) if has_audit else set(RESOURCES)
    denials = _denials(dataset) if has_audit else {}
    missing = {}
    for name, resource in RESOURCES.items():
        for table in needed.intersection((name, *resource.lists.values())):
            if name not in read or table not in present:
                reason = (
                    f"{{tables}} not loaded: load the resource {name}, too (see --resources and --exclude)"
                )
            elif has_audit and table != name and _is_empty_list(dataset, name, table):
                reason = f"{{tables}} empty although {name} has rows: remove it from --exclude"
            else:
                continue
            missing[table] = f"{{tables}} not readable: {denials[name]}" if name in denials else reason
    if not has_audit:
        missing[LOAD_AUDIT.name] = "{tables} not loaded: load any resource first"
    return missing


def _read_resources(dataset: dlt.Dataset) -> set[str]:
    query = f"select distinct resource from {LOAD_AUDIT.name} where kind in ('window', 'list')"
    return {name for (name,) in dataset(query, query_dialect=DIALECT).fetchall()}


def _is_empty_list(dataset: dlt.Dataset, owner: str, table: str) -> bool:
    query = f"select (select count(*) from {owner}) as owners, (select count(*) from {table}) as listed"
    ((owners, listed),) = dataset(query, query_dialect=DIALECT).fetchall()
    return bool(owners and not listed)


def _denials(dataset: dlt.Dataset) -> dict[str, str]:
    """What the token could not read in the last load of each resource, as a clause made of its notes."""
    if not _has_load_ids(dataset, LOAD_AUDIT.name):
        return {}
    newest = f"select resource, max({LOAD_ID}) as load_id from {LOAD_AUDIT.name} group by resource"
    query = (
        f"select distinct audit.resource, audit.note from {LOAD_AUDIT.name} as audit "
        f"join ({newest}) as newest "
        f"on newest.resource = audit.resource and newest.load_id = audit.{LOAD_ID} "
        f"where audit.kind = '{LEFT_OUT}' and audit.note like '{TOKEN_LACKS}%' order by 1, 2"
    )
    clauses: dict[str, list[str]] = {}
    for resource, note in dataset(query, query_dialect=DIALECT).fetchall():
        clauses.setdefault(resource, []).append(note[0].lower() + note[1:].rstrip("."))
    return {resource: ", ".join(found) for resource, found in clauses.items()}


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
        yield (
            f"{first} has no column {LOAD_ID}: set add_dlt_load_id = true under "
            "[normalize.parquet_normalizer]"
        )
