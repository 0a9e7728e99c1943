"""Writes docs/tables.md from the queries: `python -m docs.tables`."""

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
from centra_source.operations.permissions import find_permissions, format_path
from centra_source.resources import Resource, group_by_area
from centra_source.settings import LOOKBACKS
from centra_source.tables.loader_tables import (
    DELETED_AT,
    DELETED_OBJECTS,
    DERIVED_FAILURES,
    LOAD_AUDIT,
    snapshot_table,
)
from centra_source.tables.planning import plan_tables
from centra_source.tables.references import with_references
from centra_source.tables.table import Column, Reference, Table

PAGE = Path(__file__).with_suffix(".md")

DERIVED = {
    "For analysts": tuple(model.table for model in MODELS),
    "About the loads": (DELETED_OBJECTS, LOAD_AUDIT, DERIVED_FAILURES),
    "Global-e catalog": (
        GLOBALE_CATALOG,
        CATALOG_DISPLAYS,
        CATALOG_EXCLUDED,
        CATALOG_ISSUES,
        CATALOG_DELIVERED,
    ),
    "Global-e orders": ORDER_TABLES,
}
"""The tables that are not resources of Centra, by topic."""

INTRODUCTION = f"""\
# Tables: what does each table and column hold?

**Times are UTC. Amounts are in the currency of the `…_currency_code` column next to them, and include tax
unless the name says otherwise.**

* `decimal` is an amount of money, decimal({MONEY_PRECISION},{MONEY_SCALE}). Dates are days. A list of
  words, such as `tags`, is JSON text.
* A column is named after the path of its field: `grandTotal {{ currency {{ code }} }}` is
  `grand_total_currency_code`.
* The key identifies a row; its columns are always filled. Any other column can be null.
* *Refers to* names the column of another table that holds the same id. An object that the shop has deleted,
  or that is older than what was loaded, can be missing there.
* dlt adds `_dlt_load_id`, the load that brought the row; see `_dlt_loads`.

Each resource has a table of its own and one for each list inside it, such as `order_lines`. This page is
generated from the queries in [`centra_source/queries`](../centra_source/queries) by `make docs`. The
same descriptions travel with every load to destinations that support comments.

## Resources

These are all objects that Centra's Integration API is known to let a token read. Resources in *italics* are
opt-in, because they are large, expensive or sensitive, or describe only the API. To load one, name it:
`--resources prices`.
"""


def derived_tables() -> list[Table]:
    """All tables of DERIVED, in order."""
    return [table for tables in DERIVED.values() for table in tables]


def page() -> str:
    """The whole of docs/tables.md."""
    parts = [INTRODUCTION, "\n".join(_resource_list()) + "\n"]
    parts += ["## All tables\n", "\n".join(_overview()) + "\n"]
    for area, names in group_by_area().items():
        parts += [f"## {area}\n", _diagram(names)]
        parts += [_resource_section(name) for name in names]
    for area, tables in DERIVED.items():
        parts.append(f"## {area}\n")
        parts += [_table_section(table, heading="###") for table in tables]
    return "\n".join(parts)


def write() -> None:
    """Writes the page."""
    PAGE.write_text(page(), encoding="utf-8")


def resource_tables(name: str) -> list[Table]:
    """Every table that a resource fills, as it is loaded; its own first."""
    resource = RESOURCES[name]
    tables = with_references(plan_tables(load_operation(name), resource.lists, resource.key))
    if resource.event or resource.part_of:
        tables = [replace(table, columns=(*table.columns, DELETED_AT)) for table in tables]
    return [*tables, snapshot_table(tables[0], resource.daily)] if resource.daily else tables


def _resource_list() -> Iterator[str]:
    """The resources and derived tables by topic; those that are opt-in in italics."""
    yield "| topic | resources |"
    yield "| --- | --- |"
    for area, names in group_by_area().items():
        yield f"| {area} | {', '.join(map(_linked_resource, names))} |"
    for area, tables in DERIVED.items():
        yield f"| {area} | {', '.join(_linked(table) for table in tables)} |"


def _linked_resource(name: str) -> str:
    linked = _linked(resource_tables(name)[0])
    return linked if RESOURCES[name].selected else f"*{linked}*"


def _linked(table: Table) -> str:
    return f"[`{table.name}`](#{table.name})"


def _overview() -> Iterator[str]:
    yield "| table | one row per | key | resource |"
    yield "| --- | --- | --- | --- |"
    for area, names in group_by_area().items():
        yield f"| **{area}** | | | |"
        for name in names:
            for table in resource_tables(name):
                yield f"{_overview_cells(table)} `{name}` |"
    for area, tables in DERIVED.items():
        yield f"| **{area}** | | | |"
        for table in tables:
            yield f"{_overview_cells(table)} |"


def _overview_cells(table: Table) -> str:
    return f"| {_linked(table)} | {_grain(table)} | {_codes(table.key)} |"


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
    """How a run reads the resource."""
    if resource.cursor == "updatedAt":
        text = "Each run reads what changed since the last run, by `updatedAt`, with a look-back of "
        text += f"{_lookback(resource)}."
    elif resource.cursor == "createdAt":
        text = (
            f"Each run reads what was created since the last run, with a look-back of {_lookback(resource)}."
        )
        text += " If the shop shows `updatedAt`, that is used instead."
    elif resource.cursor == "id":
        text = "Each run reads what was added since the last run: the ids grow."
    else:
        text = "Each run reads the whole list, and the table becomes equal to it."
    if resource.daily:
        text += f" `{resource.daily}` keeps the rows of each day."
    if resource.event:
        text += " Deletions come from Centra's event queue or a sweep."
    if resource.part_of:
        text += f" It reads a part of the objects of `{resource.part_of}`."
    if not resource.selected:
        text += f" **Opt-in**: loaded only when you name it, as in `--resources {name}`."
    return text


def _lookback(resource: Resource) -> str:
    hours = int((resource.lookback or LOOKBACKS[resource.cursor or ""]).total_seconds()) // 3600
    return f"{hours // 24} days" if hours >= 48 else "an hour" if hours == 1 else f"{hours} hours"


def _permissions(name: str) -> str:
    """The permissions that the resource needs, and those that some of its columns need."""
    needed, partial = [], []
    for permission, paths in find_permissions(load_operation(name)).items():
        fields = [format_path(path) for path in paths]
        if "" in fields:
            needed.append(f"`{permission}`")
        else:
            partial.append(f"`{permission}` for {', '.join(f'`{field}`' for field in fields)}")
    text = f"Permissions: {', '.join(needed) or 'none'}"
    return f"{text}; {', '.join(partial)}." if partial else f"{text}."


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
    """The tables of an area with their keys. A column that refers to a table elsewhere names that table."""
    tables = [table for name in names for table in resource_tables(name)]
    lines = ["```mermaid", "erDiagram"]
    for table in tables:
        lines += [f"  {table.name} {{", *(f"    {column}" for column in _marked(table)), "  }"]
    drawn = {table.name for table in tables}
    for table in tables:
        # A size refers to its variant, and the variant to its product: one line for each is enough.
        derived = {column.name for column in table.columns if len(column.steps) > 2}
        near = {one.table for one in table.references if one.column not in derived and one.table in drawn}
        lines += [f'  {other} ||--o{{ {table.name} : ""' for other in sorted(near)]
    return "\n".join([*lines, "```\n"])


def _marked(table: Table) -> Iterator[str]:
    """The columns that identify rows or refer to other tables."""
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


if __name__ == "__main__":
    write()
