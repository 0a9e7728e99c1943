"""Hints that users give for the tables of a resource: those that can be honoured without a wrong merge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..exceptions import InvalidSetting

MERGING_HINTS = frozenset(
    {
        "primary_key",
        "merge_key",
        "row_key",
        "parent_key",
        "root_key",
        "hard_delete",
        "dedup_sort",
        "incremental",
        "x-valid-from",
        "x-valid-to",
        "x-row-version",
        "x-active-record-timestamp",
    }
)
"""Hints for columns by which dlt merges rows. Each table has its own."""


def read_column_hints(resource: str, columns: Any) -> dict[str, dict[str, Any]]:
    """Returns hints for columns by the name of the column.

    Args:
        resource: Its name.
        columns: As dlt accepts them: by name, or as a list of columns with names.

    Raises:
        InvalidSetting: They have another form, or would change how rows are merged.
    """
    given: list[Any] = list(columns.items()) if isinstance(columns, Mapping) else _list_named(columns)
    if not all(isinstance(name, str) and isinstance(column, Mapping) for name, column in given):
        raise InvalidSetting(
            f"{resource}: columns must map names of columns to their hints, such as "
            "{'created_at': {'partition': True}}."
        )
    for name, column in given:
        changed = sorted(MERGING_HINTS & column.keys())
        if changed or column.get("name", name) != name:
            raise InvalidSetting(
                f"{resource}: the hint {changed[0] if changed else 'name'} of the column {name} cannot be "
                "changed: keys and tables are given."
            )
    return {name: dict(column) for name, column in given}


def read_table_hints(resource: str, hints: Mapping[str, Any]) -> dict[str, Any]:
    """Returns hints for a table, such as those of dlt's adapters.

    Raises:
        InvalidSetting: A hint would change how rows are merged.
    """
    for name in hints:
        is_open = name == "description" or (name.startswith("x-") and name != "x-normalizer")
        if not is_open or name.startswith("x-merge-"):
            raise InvalidSetting(f"{resource}: the hint {name} cannot be changed: keys and tables are given.")
    return dict(hints)


def _list_named(columns: Any) -> list[Any]:
    if not isinstance(columns, list | tuple):
        return [(None, columns)]
    return [(column.get("name") if isinstance(column, Mapping) else None, column) for column in columns]
