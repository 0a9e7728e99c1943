"""What users add to a resource: functions that map or filter its rows, and a limit."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import dlt
import pyarrow as pa
from dlt.extract.items_transform import FilterItem, MapItem

from ..exceptions import InvalidSetting
from ..tables.table import Table

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
        filtered: How many rows the functions have left out in this run.
    """

    of_rows: list[RowStep] = field(default_factory=list)
    limit: Limit | None = None
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
        return UserSteps([*self.of_rows], replace(self.limit) if self.limit else None)

    def change_rows(self, table: Table, rows: pa.Table) -> pa.Table:
        """Returns the rows of a table as the functions leave them.

        Raises:
            InvalidSetting: A function failed, returned something else than a row, or changed a key.
        """
        changed: list[dict[str, Any]] = rows.to_pylist()
        before = len(changed)
        for step in self.of_rows:
            changed = _apply(step, table, changed)
        kept, keys = pa.Table.from_pylist(changed, schema=rows.schema), list(table.key)
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
                values = pa.array([row.get(name) for row in changed])
                if not pa.types.is_null(values.type):
                    kept = kept.append_column(name, values)
        return kept


def _describe_function(step: RowStep) -> str:
    function: Any = step._f or step._f_meta
    code = getattr(function, "__code__", None)
    text = f"{code.co_code.hex()} {code.co_names} {code.co_consts}" if code else type(function).__qualname__
    return sha256(f"{type(step).__name__} {text}".encode()).hexdigest()[:16]


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
