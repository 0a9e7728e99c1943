"""The tables of some resources, with what the checks need to know about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from centra_source import RESOURCES
from centra_source.operations.documents import load_operation
from centra_source.tables.loader_tables import DELETED_OBJECTS, LOAD_AUDIT, SNAPSHOT_DATE, UNREADABLE_OBJECTS
from centra_source.tables.planning import plan_tables
from centra_source.tables.table import Table


@dataclass(frozen=True)
class CheckedTable:
    """One table.

    Attributes:
        name: Its name.
        resource: The resource that fills it; None for the loader's own tables.
        key: The columns that identify a row.
        owner: For a list: its column with the id of its object, then the table of the objects and its column.
        keeps_all: Every row of a load arrives. Merged lists also send rows that only mark an object as
            having none, and these do not arrive.
        is_whole: Each load replaces all rows of the table.
    """

    name: str
    resource: str | None
    key: tuple[str, ...]
    owner: tuple[str, str, str] | None = None
    keeps_all: bool = True
    is_whole: bool = False


def list_tables(resources: Iterable[str], present: Collection[str]) -> list[CheckedTable]:
    """The tables of some resources, and the loader's own, that exist at the destination."""
    planned = [table for name in resources for table in _resource_tables(name)]
    planned += [
        CheckedTable(table.name, None, table.key)
        for table in (LOAD_AUDIT, DELETED_OBJECTS, UNREADABLE_OBJECTS)
    ]
    return [table for table in planned if table.name in present]


def _resource_tables(name: str) -> Iterator[CheckedTable]:
    resource = RESOURCES[name]
    main, *lists = plan_tables(load_operation(name), resource.lists, resource.key)
    is_read_whole = resource.cursor is None
    # If the rows are those of a list inside the objects that are read, the audit may have counted either.
    is_root = not main.lists
    yield CheckedTable(
        main.name,
        name,
        main.key,
        keeps_all=is_root or is_read_whole,
        is_whole=is_root and is_read_whole,
    )
    for table in lists:
        owner = (table.root_key, main.name, main.root_key) if is_root else None
        yield CheckedTable(table.name, name, table.key, owner, keeps_all=is_read_whole)
    if resource.daily:
        yield _snapshot_table(resource.daily, name, main)


def _snapshot_table(name: str, resource: str, main: Table) -> CheckedTable:
    return CheckedTable(name, resource, (SNAPSHOT_DATE.name, *main.key))
