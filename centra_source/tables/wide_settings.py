"""Which long rows become wide columns, by the settings `wide_attributes` and `wide_translations`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..operations.documents import Operation, load_operation
from ..operations.rewriting import with_fields_added
from ..operations.selections import find_root
from ..resources import ATTRIBUTES, Resource
from .pivots import ATTRIBUTE_COLUMNS, TRANSLATION_COLUMNS
from .table import Table
from .wide_columns import WideColumns
from .wide_names import ColumnNames

TRANSLATIONS = "translations.fields"
"""The path of the list of translations that `with_translations` adds, and the name of its plan.

No table is loaded under this name."""


@dataclass(frozen=True)
class WideSettings:
    """The long rows that also become columns.

    Attributes:
        attributes: The custom attributes by resource, each as "type" or "type.element"; all if none is named.
        languages: The languages of the translations.
    """

    attributes: Mapping[str, Collection[str]] = field(default_factory=dict)
    languages: Collection[str] = ()

    def with_translations(self, operation: Operation, resource: Resource) -> Operation:
        """Adds translations to an operation, if they are wanted and its objects have them."""
        if not self._needs_translations(operation, resource):
            return operation
        added = find_root(load_operation("_translations")).selection.selections
        return with_fields_added(operation, find_root(operation).selection, added)

    def name_lists(self, operation: Operation, resource: Resource) -> dict[str, str]:
        """The table names of an operation's lists, including that of added translations."""
        added = {TRANSLATIONS: TRANSLATIONS} if self._needs_translations(operation, resource) else {}
        return {**resource.lists, **added}

    def make_columns(
        self,
        name: str,
        resource: Resource,
        tables: Sequence[Table],
        stored_names: Callable[[], dict[str, list[Any]]],
        *,
        most_columns: int | None = None,
        most_values: int | None = None,
    ) -> list[WideColumns]:
        """Makes the wide columns of a resource's main table.

        Args:
            name: The name of the resource.
            resource: Its entry in the registry.
            tables: The resource's tables, the main table first.
            stored_names: Returns the stored state of `ColumnNames`, which it changes in place.
            most_columns: How many columns a table can have at the destination; None: no limit.
            most_values: How many of these values a row can hold there; None: no limit.
        """
        lists = {table.name: table for table in tables}
        attributes = lists.get(resource.lists.get(ATTRIBUTES, ""))
        wanted = []
        if name in self.attributes and attributes:
            wanted.append((ATTRIBUTE_COLUMNS, attributes, self.attributes[name]))
        if TRANSLATIONS in lists:
            wanted.append((TRANSLATION_COLUMNS, lists[TRANSLATIONS], self.languages))
        if not wanted:
            return []
        planned = [column.name for column in tables[0].columns]
        names = ColumnNames(stored_names(), planned, most_columns)
        return [WideColumns(pivot, table, labels, names, most_values) for pivot, table, labels in wanted]

    def _needs_translations(self, operation: Operation, resource: Resource) -> bool:
        has_translations = "translations" in find_root(operation).type.fields
        return bool(self.languages) and has_translations and not resource.part_of
