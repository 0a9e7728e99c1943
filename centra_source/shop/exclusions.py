"""The setting `exclude`: resources to leave out, and parts of resources to leave out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ..exceptions import InvalidSetting
from ..operations.documents import load_operation
from ..operations.selections import Path, list_paths
from ..resources import ATTRIBUTES, RESOURCES, Resource
from ..spelling import did_you_mean
from ..tables.planning import plan_tables
from ..tables.table import Table, snake_case

_ATTRIBUTE_PATHS = (("attributes",), ("attributes", "elements"))


@dataclass(frozen=True)
class Excluded:
    """What a load leaves out.

    Attributes:
        resources: Names of whole resources.
        parts: Paths of keys below the root objects of a resource, by its name.
        tables: Names of child tables that are not loaded, although their rows are requested.
    """

    resources: Collection[str]
    parts: Mapping[str, Collection[Path]]
    tables: frozenset[str] = frozenset()

    def with_wide_attributes(self, names: Iterable[str]) -> Excluded:
        """Returns the same for resources whose custom attributes become columns.

        Their attributes are requested even if the table of the attributes is left out.
        """
        parts, tables = dict(self.parts), set(self.tables)
        for name in names:
            kept = [path for path in parts.get(name, ()) if path not in _ATTRIBUTE_PATHS]
            if len(kept) < len(parts.get(name, ())):
                parts[name] = kept
                tables.add(RESOURCES[name].lists[ATTRIBUTES])
        return Excluded(self.resources, parts, frozenset(tables))


def parse_exclusions(names: Iterable[str]) -> Excluded:
    """Parses names such as `prices`, `order_attributes` or `orders.shipping_address`.

    Raises:
        InvalidSetting: A name is unknown, or is a field that identifies rows.
    """
    resources: list[str] = []
    parts: dict[str, list[Path]] = {}
    for name in names:
        if name in RESOURCES:
            resources.append(name)
            continue
        owner = name.partition(".")[0] if "." in name else _find_owner(name)
        known = _list_parts(owner) if owner in RESOURCES else {}
        if name not in known:
            hint = did_you_mean(name, [*RESOURCES, *_list_child_tables(), *known])
            raise InvalidSetting(f"exclude names '{name}', which is not a resource, table or field: {hint}")
        path = known[name]
        if path in _find_identifying(owner):
            raise InvalidSetting(f"exclude names '{name}', which identifies rows: it cannot be left out.")
        parts.setdefault(owner, []).append(path)
    return Excluded(resources, parts)


def _list_parts(resource: str) -> dict[str, Path]:
    """Returns what can be left out of a resource, by name: its fields and objects, and its child tables."""
    named = {
        ".".join((resource, *map(snake_case, path))): path for path in list_paths(load_operation(resource))
    }
    entry = RESOURCES[resource]
    tables = plan_tables(load_operation(resource), entry.lists, entry.key)
    return named | {table.name: _find_own_list(table, tables) for table in tables if table.lists}


def _find_own_list(table: Table, tables: Collection[Table]) -> Path:
    """Returns the outermost list on the way to the rows of a table that no other table needs."""
    others = [other.lists for other in tables if other is not table]
    depth = next(
        (
            depth
            for depth in range(1, len(table.lists))
            if not any(lists[:depth] == table.lists[:depth] for lists in others)
        ),
        len(table.lists),
    )
    return tuple(key for path in table.lists[:depth] for key in path)


def _find_identifying(resource: str) -> set[Path]:
    """Returns the fields of the main table that identify its rows or move the bookmark."""
    entry = RESOURCES[resource]
    main = plan_tables(load_operation(resource), entry.lists, entry.key)[0]
    keys = {column.path for column in main.columns if column.name in (*main.key, main.root_key)}
    return {*keys, ("id",), *(((entry.cursor,),) if entry.cursor else ())}


def _list_child_tables() -> list[str]:
    return [table for entry in RESOURCES.values() for table in entry.lists.values()]


def _find_owner(table: str) -> str:
    def has(entry: Resource) -> bool:
        return table in entry.lists.values()

    return next((name for name, entry in RESOURCES.items() if has(entry)), "")
