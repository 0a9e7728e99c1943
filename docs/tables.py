"""Writes docs/tables.md and the README's list of resources, from the queries: `python -m docs.tables`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from centra_source import RESOURCES
from centra_source.data_types import MONEY_PRECISION, MONEY_SCALE
from centra_source.globale.catalog.tables import CATALOG_DISPLAYS, CATALOG_EXCLUDED, GLOBALE_CATALOG
from centra_source.globale.checks.issues import CATALOG_ISSUES
from centra_source.globale.delivery.deltas import CATALOG_DELIVERED
from centra_source.globale.orders.tables import ORDER_TABLES
from centra_source.models import MODELS
from centra_source.operations.documents import load_operation
from centra_source.operations.permissions import field_name, needed_permissions
from centra_source.resources import AREAS, Resource
from centra_source.settings import LOOKBACKS
from centra_source.tables.loader_tables import DELETED_AT, DELETED_OBJECTS, LOAD_AUDIT, snapshot_table
from centra_source.tables.planning import plan_tables
from centra_source.tables.references import with_references
from centra_source.tables.table import Column, Reference, Table

PAGE = Path(__file__).with_suffix(".md")
README = PAGE.parent.parent / "README.md"
BEGIN, END = "<!-- tables, by make docs -->\n", "<!-- end of tables -->\n"

DERIVED = {
    "For analysts": tuple(model.table for model in MODELS),
    "Of the loader": (DELETED_OBJECTS, LOAD_AUDIT),
    "The Global-e catalog": (
        GLOBALE_CATALOG,
        CATALOG_DISPLAYS,
        CATALOG_EXCLUDED,
        CATALOG_ISSUES,
        CATALOG_DELIVERED,
    ),
    "Global-e's orders": ORDER_TABLES,
}
"""The tables that are no resource of Centra's, by what they are about."""

INTRODUCTION = f"""\
# Tables

`make docs` makes this page from the queries in [`centra_source/queries`](../centra_source/queries); the same
descriptions travel with every load to destinations that keep comments.

* Times are UTC, with time zone. Dates are days.
* `decimal` is an amount of money, decimal({MONEY_PRECISION},{MONEY_SCALE}). A list of words is JSON text.
* A column is named after the path of its field: `grandTotal {{ currency {{ code }} }}` is
  `grand_total_currency_code`.
* A key says which row is which; every column of it is filled. Any other may be null.
* *Refers to* names the column of another table that holds the same id. An object that the shop has deleted,
  or that is older than what was loaded, may be missing there.
* dlt adds `_dlt_load_id`, the load that brought the row; see `_dlt_loads`.
"""


def derived_tables() -> list[Table]:
    """All of DERIVED, one after the other."""
    return [table for tables in DERIVED.values() for table in tables]


def page() -> str:
    """The whole of docs/tables.md."""
    parts = [INTRODUCTION, "## Overview\n", "\n".join(_overview()) + "\n"]
    for area, names in AREAS.items():
        parts += [f"## {area}\n", _diagram(names)]
        parts += [_resource_section(name) for name in names]
    for area, tables in DERIVED.items():
        parts.append(f"## {area}\n")
        parts += [_table_section(table, heading="###") for table in tables]
    return "\n".join(parts)


def readme_block() -> str:
    """The resources for the README, by what they are about; those that are loaded when named in italics."""
    lines = ["| | resources |", "| --- | --- |"]
    lines += [f"| {area} | {', '.join(map(_linked_name, names))} |" for area, names in AREAS.items()]
    for area, tables in DERIVED.items():
        lines.append(f"| {area} | {', '.join(f'[`{table.name}`]({_link(table)})' for table in tables)} |")
    return "\n".join(lines) + "\n"


def _linked_name(name: str) -> str:
    linked = f"[`{name}`]({_link(resource_tables(name)[0])})"
    return linked if RESOURCES[name].selected else f"*{linked}*"


def write() -> None:
    """Writes the page, and the list into the README."""
    PAGE.write_text(page(), encoding="utf-8")
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{readme_block()}\n{END}{after}", encoding="utf-8")


def resource_tables(name: str) -> list[Table]:
    """Every table that a resource fills, as it is loaded; its own first."""
    resource = RESOURCES[name]
    tables = with_references(plan_tables(load_operation(name), resource.lists, resource.key))
    if resource.event or resource.part_of:
        tables = [replace(table, columns=(*table.columns, DELETED_AT)) for table in tables]
    return [*tables, snapshot_table(tables[0], resource.daily)] if resource.daily else tables


def _overview() -> Iterator[str]:
    yield "| table | one row per | key | resource |"
    yield "| --- | --- | --- | --- |"
    for area, names in AREAS.items():
        yield f"| **{area}** | | | |"
        for name in names:
            for table in resource_tables(name):
                yield f"{_overview_cells(table)} `{name}` |"
    for area, tables in DERIVED.items():
        yield f"| **{area}** | | | |"
        for table in tables:
            yield f"{_overview_cells(table)} |"


def _overview_cells(table: Table) -> str:
    return f"| [`{table.name}`](#{table.name}) | {_grain(table)} | {_codes(table.key)} |"


def _resource_section(name: str) -> str:
    resource, (main, *others) = RESOURCES[name], resource_tables(name)
    sections = [
        f"### {name}\n",
        f"{_refresh(name, resource)}\n",
        f"{_permissions(name)}\n",
        _table_body(main),
    ]
    sections += [_table_section(table, heading="####") for table in others]
    return "\n".join(sections)


def _refresh(name: str, resource: Resource) -> str:
    if resource.cursor == "updatedAt":
        told = f"Each run reads what has changed since the last one, less {_hours(resource)}, by `updatedAt`."
    elif resource.cursor == "createdAt":
        told = f"Each run reads again what was created in the {_hours(resource)} before the last one."
        told += " A shop that shows `updatedAt` on it is read by that."
    elif resource.cursor == "id":
        told = "Each run reads what has been added since the last one: the ids grow."
    else:
        told = "Each run reads the whole list and makes the table equal to it."
    if resource.daily:
        told += f" The rows of each day stay in `{resource.daily}`."
    if resource.event:
        told += " Deletions come from Centra's event queue, or are found by a sweep."
    if resource.part_of:
        told += f" It reads a part of the objects of `{resource.part_of}`."
    if not resource.selected:
        told += f" **Opt-in**: loaded only when it is named, as by `--resources {name}`."
    return told


def _hours(resource: Resource) -> str:
    hours = int((resource.lookback or LOOKBACKS[resource.cursor or ""]).total_seconds()) // 3600
    return f"{hours // 24} days" if hours >= 48 else "an hour" if hours == 1 else f"{hours} hours"


def _permissions(name: str) -> str:
    """The permissions that the resource needs, and those that some of its columns need."""
    needed, partly = [], []
    for permission, paths in needed_permissions(load_operation(name)).items():
        fields = [field_name(path) for path in paths]
        if "" in fields:
            needed.append(f"`{permission}`")
        else:
            partly.append(f"`{permission}` for {', '.join(f'`{field}`' for field in fields)}")
    told = f"Permissions: {', '.join(needed) or 'none'}"
    return f"{told}; {', '.join(partly)}." if partly else f"{told}."


def _table_section(table: Table, heading: str) -> str:
    return f"{heading} {table.name}\n\n{_table_body(table)}"


def _table_body(table: Table) -> str:
    references = {reference.column: reference for reference in table.references}
    lines = [f"{table.description}\n", f"Key: {_codes(table.key)}.\n"]
    lines += ["| column | type | what it holds | refers to |", "| --- | --- | --- | --- |"]
    for column in table.columns:
        target = _target(references.get(column.name))
        text = _without_see(column, references.get(column.name)).replace("|", "\\|")
        lines.append(f"| `{column.name}` | {column.data_type} | {text} | {target} |".replace("|  |", "| |"))
    return "\n".join(lines) + "\n"


def _target(reference: Reference | None) -> str:
    if reference is None:
        return ""
    return f"[`{reference.table}.{reference.referenced_column}`](#{reference.table})"


def _without_see(column: Column, reference: Reference | None) -> str:
    text = column.description or ""
    return text.removesuffix(f" See {reference.table}.") if reference else text


def _diagram(names: Iterable[str]) -> str:
    """The tables of an area with their keys; what leads to tables of others names them beside the column."""
    tables = [table for name in names for table in resource_tables(name)]
    lines = ["```mermaid", "erDiagram"]
    for table in tables:
        lines += [f"  {table.name} {{", *(f"    {column}" for column in _marked(table)), "  }"]
    drawn = {table.name for table in tables}
    for table in tables:
        # The product of a size's variant is told by the variant already.
        derived = {column.name for column in table.columns if len(column.steps) > 2}
        near = {one.table for one in table.references if one.column not in derived and one.table in drawn}
        lines += [f'  {other} ||--o{{ {table.name} : ""' for other in sorted(near)]
    return "\n".join([*lines, "```\n"])


def _marked(table: Table) -> Iterator[str]:
    """The columns that tell rows apart or lead to other tables."""
    leading = {reference.column: reference.table for reference in table.references}
    for column in table.columns:
        marks = [mark for mark, names in (("PK", table.key), ("FK", leading)) if column.name in names]
        if marks:
            other = f' "{leading[column.name]}"' if column.name in leading else ""
            yield f"{column.data_type} {column.name} {', '.join(marks)}{other}"


def _grain(table: Table) -> str:
    """What one row is, from the first sentence of the table's description."""
    sentence, _, _ = (table.description or "").partition(". ")
    return sentence.removesuffix(".").removeprefix("One row per ")


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _link(table: Table) -> str:
    return f"docs/tables.md#{table.name}"


if __name__ == "__main__":
    write()
