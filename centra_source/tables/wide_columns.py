"""Adds wide columns to objects: custom attributes and translations, next to the fields of what has them.

It is unknown before a load which there are. A column is added during a load with the first object that has a
value for it. Its name and its form are kept in dlt's state. A value that does not fit the form of its column
gets a second column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from dlt.common import logger

from ..spelling import nearest_names
from .pivots import FORM_TYPES, TRUTHS, Form, Pivot, Source
from .table import Column, Table
from .wide_names import ColumnNames


@dataclass
class WideColumns:
    """The wide columns that one kind of long rows adds to the objects of a resource in one run.

    Attributes:
        pivot: Turns the long rows into cells.
        table: The table of the long rows.
        wanted: The labels of the sources to add; empty for all.
        names: The names of the columns.
        most_values: How many values a row can hold at the destination; None: no limit.
    """

    pivot: Pivot
    table: Table
    wanted: Collection[str]
    names: ColumnNames
    most_values: int | None = None
    _without_room: set[Source] = field(init=False, repr=False, default_factory=set)
    _crowded: int = field(init=False, repr=False, default=0)
    _choices: dict[Source, bool] = field(init=False, repr=False, default_factory=dict)
    _objects: int = field(init=False, repr=False, default=0)

    @property
    def columns(self) -> list[Column]:
        """The columns so far. Their key in an object starts with `=`, which a GraphQL field cannot."""
        return [
            Column(
                name,
                "bool" if form == "bool" else "text",
                path=(f"={name}",),
                description=self._describe(source, form),
                is_list=form == "list",
            )
            for name, source, form in self._list_wanted()
        ]

    def add_values(self, nodes: pa.StructArray, places: Sequence[int], rows: pa.Table) -> pa.StructArray:
        """Adds a value for each column to objects, and adds the columns that they need.

        Args:
            nodes: Root objects.
            places: For each long row, the position of its object.
            rows: The long rows of the objects.
        """
        self._objects += len(nodes)
        values: dict[Source, dict[int, list[str]]] = {}
        needed: dict[tuple[Source, Form], bool] = {}
        for cell in self.pivot.cells(places, rows):
            if self._is_wanted(cell.source):
                needed[cell.source, cell.form] = cell.form == cell.usual
                held = values.setdefault(cell.source, {})
                if cell.value is not None:
                    held.setdefault(cell.place, []).append(cell.value)
        for (source, form), is_usual in sorted(needed.items()):
            if not self.names.assign_name(self.pivot.setting, source, form, is_usual=is_usual):
                self._without_room.add(source)
        self._limit_values(values)
        arrays = {
            f"={name}": _make_array(values.get(source, {}), form, len(nodes))
            for name, source, form in self._list_wanted()
        }
        fields = [*nodes.type, *(pa.field(key, array.type) for key, array in arrays.items())]
        return pa.StructArray.from_arrays([*nodes.flatten(), *arrays.values()], fields=fields)

    def explain_lack_of_room(self) -> str | None:
        """Returns a sentence about values that got no column; None if each has one."""
        what = self.pivot.setting
        if self._without_room:
            return (
                f"The destination has no room for more columns in a table: {len(self._without_room)} of "
                f"{what} have none. Their values are only in {self.table.name}. Name those that you need in "
                f"{what}."
            )
        if self._crowded:
            return (
                f"{self._crowded} objects have more values of {what} than a row of the destination can hold "
                f"({self.most_values}). The others are only in {self.table.name}. Name those that you need "
                f"in {what}."
            )
        return None

    def _limit_values(self, values: Mapping[Source, dict[int, list[str]]]) -> None:
        """Takes the last values of objects that have more than a row can hold."""
        if self.most_values is None or len(values) <= self.most_values:
            return
        held = Counter(place for texts in values.values() for place in texts)
        crowded = {place for place, count in held.items() if count > self.most_values}
        self._crowded += len(crowded)
        taken: Counter[int] = Counter()
        for source in sorted(values):
            for place in crowded & values[source].keys():
                taken[place] += 1
                if taken[place] > self.most_values:
                    del values[source][place]

    def warn_of_unseen(self, resource: str) -> None:
        """Warns of names in the setting without a value in any load, if this load has read objects."""
        sources = {*self._choices, *(source for _, source, _ in self.names.list_columns(self.pivot.setting))}
        seen = {label for source in sources for label in self.pivot.labels(source)}
        for name in sorted(set(self.wanted) - seen) if self._objects else ():
            there = f"there are {', '.join(nearest_names(name, seen))}" if seen else "there are none at all"
            logger.warning(
                f"{self.pivot.setting} names '{name}', which none of the {resource} read has: {there}."
            )

    def _list_wanted(self) -> list[tuple[str, Source, Form]]:
        given = self.names.list_columns(self.pivot.setting)
        return [(name, source, form) for name, source, form in given if self._allows(source)]

    def _is_wanted(self, source: Source) -> bool:
        if source not in self._choices:
            self._choices[source] = self._allows(source)
        return self._choices[source]

    def _allows(self, source: Source) -> bool:
        return not self.wanted or not set(self.wanted).isdisjoint(self.pivot.labels(source))

    def _describe(self, source: Source, form: Form) -> str:
        text = self.pivot.description.format(*source)
        return f"{text}: its values, as a JSON list." if form == "list" else f"{text}."


def _make_array(values: Mapping[int, list[str]], form: Form, length: int) -> pa.Array:
    """Makes one value for each of the objects, from the texts by their position."""
    held = (values.get(place) for place in range(length))
    if form == "list":
        return pa.array(held, FORM_TYPES[form])
    first = (texts[0] if texts else None for texts in held)
    if form == "bool":
        return pa.array((TRUTHS.get(text.lower()) if text else None for text in first), FORM_TYPES[form])
    return pa.array(first, FORM_TYPES[form])
