"""The tables of one resource as this run loads them, by what is known of the destination."""

from __future__ import annotations

from dataclasses import replace

import dlt
from dlt.common.data_types import TDataType

from ..resources import RESOURCES, Resource
from ..shop.answerable import Answerable
from ..tables.loader_tables import DELETED_AT
from ..tables.references import select_references, with_references
from ..tables.stored_types import keep_stored_types
from ..tables.table import Table


def prepare_tables(asked: Answerable, resource: Resource) -> list[Table]:
    """Returns the tables of a resource with the column of deletions, types and references of this run."""
    tables = with_references(asked.tables)
    if resource.event or resource.part_of:
        tables = [replace(table, columns=(*table.columns, DELETED_AT)) for table in tables]
    present = _find_present_tables()
    tables = keep_stored_types(tables, find_stored_type)
    return [replace(table, references=select_references(table, present)) for table in tables]


def find_stored_type(table: str, column: str) -> TDataType | None:
    """Returns the type of a column at the destination; None if it is not there."""
    known = dlt.current.source().schema.tables.get(table, {}).get("columns", {})
    return known.get(column, {}).get("data_type")


def _find_present_tables() -> set[str]:
    """The tables of this shop that the destination has, or gets by this run."""
    source = dlt.current.source()
    return {*source.schema.tables, *(name for name in source.selected_resources if name in RESOURCES)}
