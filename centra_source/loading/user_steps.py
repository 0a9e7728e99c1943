"""What users add to a resource: functions that map or filter its rows, and a limit."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import dlt
import pyarrow as pa
from dlt.extract.items_transform import FilterItem, MapItem

from ..exceptions import InvalidSetting
from ..tables.table import Table
from .function_fingerprint import make_fingerprint

RowStep = MapItem | FilterItem
"""A function that gets one row of the resource's own table as a dict."""


@dataclass
class Limit:
    """Ends reading after some pages of whole objects.

    Attributes:
        pages: The most pages; None: any number.
        objects: The most objects, to which the last page may add; None: any number.
        seconds: How long pages may be read; None: as long as it takes.
    """

    pages: int | None = None
    objects: int | None = None
    seconds: float | None = None
    _pages_read: int = 0
    _objects_read: int = 0
    _started_at: float = field(default_factory=time.monotonic)

    def start(self) -> None:
        """Begins to count from zero."""
        self._pages_read = self._objects_read = 0
        self._started_at = time.monotonic()

    def count(self, objects: int) -> None:
        """Counts a page that has been read."""
        self._pages_read += 1
        self._objects_read += objects

    @property
    def is_reached(self) -> bool:
        """Whether no further page is to be read."""
        return (
            (self.pages is not None and self._pages_read >= self.pages)
            or (self.objects is not None and self._objects_read >= self.objects)
            or (self.seconds is not None and time.monotonic() - self._started_at > self.seconds)
        )


@dataclass
class UserSteps:
    """What a user has added to one resource.

    Attributes:
        of_rows: Map and filter its rows, one after the other.
        limit: Ends reading; None: everything is read.
        is_parallel: Whether the resource is read in a thread of its own.
        is_loaded: Whether its tables are loaded in this run. Otherwise only transformers get its rows.
        filtered: How many rows the functions have left out in this run.
    """

    of_rows: list[RowStep] = field(default_factory=list)
    limit: Limit | None = None
    is_parallel: bool = False
    is_loaded: bool = True
    filtered: int = 0

    @classmethod
    def of_current(cls) -> UserSteps:
        """What was added to the resource that dlt is reading now."""
        steps = getattr(dlt.current.resource(), "steps", None)
        return steps if isinstance(steps, cls) else cls()

    def describe_functions(self) -> list[str]:
        """Describes the functions, so that a later load notices when others are used."""
        return [_describe_function(step) for step in self.of_rows]

    def start(self) -> None:
        """Begins to count from zero, for a new run."""
        self.filtered = 0
        if self.limit:
            self.limit.start()

    def copy(self) -> UserSteps:
        """Returns the same steps for another resource."""
        limit = replace(self.limit) if self.limit else None
        return UserSteps([*self.of_rows], limit, is_parallel=self.is_parallel)

    def change_rows(self, table: Table, rows: pa.Table) -> pa.Table:
        """Returns the rows of a table as the functions leave them.

        Raises:
            InvalidSetting: A function failed, returned something else than a row, or changed a key or the
                type of a value.
        """
        changed: list[dict[str, Any]] = rows.to_pylist()
        before = len(changed)
        for step in self.of_rows:
            changed = _apply(step, table, changed)
        values = {name: [row.get(name) for row in changed] for name in rows.column_names}
        kept = pa.table(
            [_make_array(table, name, values[name], rows.schema.field(name).type) for name in values],
            schema=rows.schema,
        )
        keys = list(table.key)
        if any(kept[column].null_count for column in keys) or not _has_only(
            rows.select(keys), kept.select(keys)
        ):
            raise InvalidSetting(
                f"{table.name}: a function of add_map() changed {', '.join(keys)}, which identifies the row. "
                "Add a column in place of it."
            )
        self.filtered += before - len(changed)
        for name in dict.fromkeys(name for row in changed for name in row):
            if name not in kept.column_names:
                if name.startswith("_dlt"):
                    raise InvalidSetting(
                        f"{table.name}: a function of add_map() added {name}, a name of dlt."
                    )
                added = _make_array(table, name, [row.get(name) for row in changed])
                if not pa.types.is_null(added.type):
                    kept = kept.append_column(name, added)
        return kept


def _describe_function(step: RowStep) -> str:
    function: Any = step._f or step._f_meta
    return f"{type(step).__name__} {make_fingerprint(function)}"


def _make_array(table: Table, name: str, values: list[Any], kind: pa.DataType | None = None) -> pa.Array:
    try:
        return pa.array(values, kind)
    except (pa.ArrowException, OverflowError) as error:
        expected = f", which holds {kind}" if kind else ""
        raise InvalidSetting(
            f"{table.name}: a function of add_map() returned a value that does not fit the column {name}"
            f"{expected}: {error}. Values of a column have one type; another type needs another column."
        ) from error


def _apply(step: RowStep, table: Table, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    method = "add_filter" if isinstance(step, FilterItem) else "add_map"
    explained = f"It gets one row of the table {table.name} as a dict, with the columns of that table"
    try:
        changed: list[dict[str, Any]] = list(step(list(rows)) or ())
    except Exception as error:
        raise InvalidSetting(
            f"{table.name}: the function of {method}() failed with {type(error).__name__}: {error}. "
            f"{explained}."
        ) from error
    if not all(isinstance(row, dict) for row in changed):
        raise InvalidSetting(f"{table.name}: the function of {method}() returned no row. {explained}.")
    return changed


def _has_only(before: pa.Table, after: pa.Table) -> bool:
    """Whether all rows of a table are rows of another."""
    columns = before.column_names
    return after.num_rows == 0 or not after.join(before, columns, join_type="left anti").num_rows
