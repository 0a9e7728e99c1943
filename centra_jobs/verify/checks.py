"""Checks of a destination after a load, by queries on the destination itself.

They change nothing. A check that fails names tables and numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dlt

from centra_source import RESOURCES, unfinished_resources, waiting_resources
from centra_source.destinations.queries import DIALECT
from centra_source.models import DerivedModels
from centra_source.tables.loader_tables import FAILED, LEFT_OUT

from .audit_lines import COMPLETE, AuditLine, format_ids
from .checked_tables import CheckedTable

SMALL_TABLE = 5_000_000
"""Rows. In a larger table, only the rows of the run are compared with the rest."""

Bookmarks = Mapping[tuple[str, str], Any]
"""How far each resource has been read, by resource and column."""


@dataclass(frozen=True)
class Check:
    """One rule, and the tables that break it.

    Attributes:
        name: Stays the same from version to version.
        rule: What must be true, in a sentence.
        failures: A sentence for each table in which it is not, with the numbers.
    """

    name: str
    rule: str
    failures: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether no table breaks the rule."""
        return not self.failures


def check_counts(lines: Iterable[AuditLine]) -> Check:
    """Compares the rows that were read with Centra's own counts.

    More may be read than is left at the end, if objects leave while a window is read again and again. Objects
    that Centra breaks down over count as met: they are in unreadable_objects.
    """
    failures = [
        f"{line.resource}: Centra counts {line.expected} rows {_span(line)}, {line.loaded} were read."
        for line in lines
        if line.kind in ("window", "list") and line.expected is not None
        for met in [(line.loaded or 0) + line.unreadable]
        if met < line.expected or (line.kind == "window" and not line.rereads and met != line.expected)
    ]
    return Check("counted", "Every window and list has as many rows as Centra counts.", tuple(failures))


def check_all_read(lines: Iterable[AuditLine], resources: Iterable[str]) -> Check:
    """Looks for chosen resources without any line in load_audit."""
    noted = {line.resource for line in lines if line.kind in ("window", "list", LEFT_OUT, FAILED)}
    failures = [f"{name}: load_audit has no line of this run." for name in resources if name not in noted]
    return Check(
        "all_read", "Every chosen resource was read, or is recorded as left out or failed.", tuple(failures)
    )


def find_missing_rows(
    dataset: dlt.Dataset,
    load_id: str,
    row_counts: Mapping[str, int],
    tables: Iterable[CheckedTable],
    *,
    is_range: bool = False,
) -> list[str]:
    """Finds the tables that lack rows of a load, right after that load.

    Args:
        dataset: The destination.
        load_id: The load.
        row_counts: How many rows dlt received for each table.
        tables: Those to look at.
        is_range: The load is a closed range. If it ends after now, an object that is edited
            meanwhile is read twice.
    """
    asked = [table for table in tables if row_counts.get(table.name)]
    removed = _deletions(dataset, load_id)  # rows that remove others, with deletes = "hard"
    failures = []
    for table, found in zip(asked, _counts(dataset, asked, f"_dlt_load_id = '{load_id}'"), strict=True):
        most = row_counts[table.name]
        least = most - removed.get(table.resource or "", 0) if table.keeps_all and not is_range else 0
        if not least <= found <= most:
            failures.append(f"{table.name}: {most} rows were sent by load {load_id}, {found} arrived.")
    return failures


def check_arrival(failures: Iterable[str]) -> Check:
    """Sums up what `find_missing_rows` found after each load."""
    rule = "In every table, all rows of each load have arrived."
    return Check("arrived", rule, tuple(failures))


def check_whole_lists(
    rows: Mapping[str, int], lines: Iterable[AuditLine], tables: Iterable[CheckedTable]
) -> Check:
    """Compares tables that mirror a whole list with that list, whether this run replaced them or not.

    Args:
        rows: Of each table.
        lines: Of the run, oldest first.
        tables: Those to look at.
    """
    lists = {line.resource: line for line in lines if line.kind == "list"}
    # A list that is not proven whole may lack rows that the table keeps.
    read = {
        name: line.loaded for name, line in lists.items() if line.status == COMPLETE and not line.unreadable
    }
    failures = [
        f"{table.name}: it holds {rows[table.name]} rows, but {read[table.resource]} were read: "
        f"run `centra load --resources {table.resource} --full-refresh` with the same destination."
        for table in tables
        if table.is_whole and table.resource in read and rows[table.name] != read[table.resource]
    ]
    rule = "Tables of lists that are read whole hold as many rows as were read."
    return Check("whole_lists", rule, tuple(failures))


def check_unique_keys(
    dataset: dlt.Dataset,
    rows: Mapping[str, int],
    tables: Sequence[CheckedTable],
    load_ids: Sequence[str],
    small_table: int = SMALL_TABLE,
) -> Check:
    """Looks for duplicate keys. In a large table, only among the keys of the run."""
    queries = []
    for table in tables:
        keys = ", ".join(table.key)
        wanted = "" if rows[table.name] <= small_table else _brought(table, load_ids)
        queries.append(
            f"select '{table.name}' as name, count(*) as doubles, sum(times) as held from ("
            f"select count(*) as times from {table.name} {wanted} group by {keys} having count(*) > 1"
            ") as repeated"
        )
    failures = [
        f"{name}: duplicate keys ({', '.join(_find_table(tables, name).key)}): {doubles}, in {held} rows."
        for name, doubles, held in _union(dataset, queries)
        if doubles
    ]
    return Check("unique_keys", "No two rows of a table have the same key.", tuple(failures))


def check_owners(
    dataset: dlt.Dataset,
    rows: Mapping[str, int],
    tables: Sequence[CheckedTable],
    load_ids: Sequence[str],
    small_table: int = SMALL_TABLE,
) -> Check:
    """Looks for rows of lists whose object is missing. In a large table, only among the rows of the run."""
    queries = []
    for table in tables:
        if table.owner is None or table.owner[1] not in rows:
            continue
        column, home, key = table.owner
        is_large = rows[table.name] > small_table
        wanted = f"and part._dlt_load_id in ({format_ids(load_ids)})" if is_large else ""
        # Rows of a list that was excluded since are older than all that has replaced their owners.
        since = f"and part._dlt_load_id >= (select min(_dlt_load_id) from {home})"
        queries.append(
            f"select '{table.name}' as name, count(*) as lost, count(distinct part.{column}) as owners "
            f"from {table.name} as part left join {home} as whole on whole.{key} = part.{column} "
            f"where whole.{key} is null {since} {wanted}"
        )
    failures = []
    for name, lost, owners in _union(dataset, queries):
        owner = _find_table(tables, name).owner
        if lost and owner:
            failures.append(f"{name}: {lost} rows belong to {owners} {owner[1]} that are missing.")
    return Check("present_owners", "Every row of a list belongs to an object of the table.", tuple(failures))


def check_bookmarks(before: Bookmarks, after: Bookmarks) -> Check:
    """Compares the bookmarks of before and after a run."""
    failures = [
        f"{name}: {column} was read up to {value}, and now up to {after.get((name, column), 'nowhere')}."
        for (name, column), value in before.items()
        if (name, column) not in after or after[name, column] < value
    ]
    return Check("kept_bookmarks", "No bookmark went back.", tuple(failures))


def check_nothing_pending(pipeline: dlt.Pipeline, resources: Collection[str]) -> Check:
    """Looks for work that is left for another run: load packages, unread objects, and events."""
    failures = ["A load package is not loaded yet: run again."] if pipeline.has_pending_data else []
    for names, what in (
        (unfinished_resources(pipeline), "objects"),
        (waiting_resources(pipeline), "events"),
    ):
        failures += [f"{name}: more {what} are waiting." for name in names if name in resources]
    return Check("nothing_pending", "Nothing is left for another run.", tuple(failures))


def check_models(models: DerivedModels) -> list[Check]:
    """Looks at the values that the tables for analysts are calculated from, and at the totals of orders."""
    rule = "All values of the shop can be calculated with."
    found = [Check("usable_values", rule, tuple(models.unusable))]
    if models.totals.not_checked is None:
        rule = "The lines of each order add up to Centra's totals, to the cent."
        found.append(Check("order_totals", rule, tuple(models.totals.sentences)))
    return found


def count_rows(dataset: dlt.Dataset, tables: Sequence[CheckedTable]) -> dict[str, int]:
    """How many rows each table holds."""
    return dict(zip((table.name for table in tables), _counts(dataset, tables, "1 = 1"), strict=True))


def count_arrived_rows(
    dataset: dlt.Dataset, resources: Sequence[str], load_ids: Sequence[str]
) -> dict[str, int]:
    """How many rows of each resource's own table were brought by some loads and still exist."""
    tables = [CheckedTable(name, name, RESOURCES[name].key) for name in resources]
    brought = f"_dlt_load_id in ({format_ids(load_ids)})"
    return dict(zip(resources, _counts(dataset, tables, brought), strict=True))


def _counts(dataset: dlt.Dataset, tables: Sequence[CheckedTable], where: str) -> list[int]:
    queries = [
        f"select '{table.name}' as name, count(*) as held from {table.name} where {where}" for table in tables
    ]
    found = dict(_union(dataset, queries))
    return [found[table.name] for table in tables]


def _brought(table: CheckedTable, load_ids: Sequence[str]) -> str:
    """Keeps the rows that share the first column of the key with a row of the run."""
    first = table.key[0]
    return (
        f"where {first} in (select {first} from {table.name} where _dlt_load_id in ({format_ids(load_ids)}))"
    )


def _deletions(dataset: dlt.Dataset, load_id: str) -> dict[str, int]:
    query = (
        "select resource, count(*) as deleted from deleted_objects "
        f"where _dlt_load_id = '{load_id}' group by resource"
    )
    if "deleted_objects" not in dataset.tables:
        return {}
    return dict(dataset(query, query_dialect=DIALECT).fetchall())


def _union(dataset: dlt.Dataset, queries: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The rows of many queries, sent as one: dlt analyzes each query."""
    if queries:
        yield from dataset(" union all ".join(queries), query_dialect=DIALECT).fetchall()


def _find_table(tables: Iterable[CheckedTable], name: str) -> CheckedTable:
    return next(table for table in tables if table.name == name)


def _span(line: AuditLine) -> str:
    if line.window_from is None or line.window_to is None:
        return "in the list"
    return f"from {line.window_from:%Y-%m-%d %H:%M:%S} to {line.window_to:%Y-%m-%d %H:%M:%S} UTC"
