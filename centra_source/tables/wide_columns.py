"""Makes columns of long rows: custom attributes and translations, on the table of what they belong to.

Nobody knows before a load which there are. A column comes into being with the first object that has something
for it, in that very load, and keeps its name and its type: they stand in dlt's state. A value that does not
fit the type of its column gets a second column beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from dlt.common import logger
from dlt.common.normalizers.naming.snake_case import NamingConvention

from ..operations.documents import Operation, load_operation
from ..operations.rewriting import with_fields_added
from ..operations.selections import find_root
from ..resources import ATTRIBUTES, Resource
from ..spelling import nearest_names
from .table import Column, Table

TRANSLATIONS = "translations.fields"
"""The list of translations in a query that has been made to ask for them; no table is named like this."""

TRUTHS = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("0", "false", "no", "off"), False)
"""How the value of a BOOLEAN element may be written: Centra does not say."""

Form = Literal["text", "bool", "list"]
"""What a column holds: the value, whether it is true, or all values as a JSON list."""

ARROW_TYPES: Mapping[Form, pa.DataType] = {
    "text": pa.string(),
    "bool": pa.bool_(),
    "list": pa.list_(pa.string()),
}

Source = tuple[str, str]
"""What fills a column: attribute type and element key, or field and language."""


class Cell(NamedTuple):
    """What a long row gives to the object at a place; `usual` is the form of its kind, `form` its own."""

    place: int
    source: Source
    value: str | None
    usual: Form = "text"
    form: Form = "text"


@dataclass(frozen=True)
class Pivot:
    """How long rows of one sort become columns.

    Attributes:
        setting: It names the sources that do.
        cells: What rows give to the objects whose places stand beside them.
        labels: The names by which the setting may ask for a source.
        description: Of a column.
    """

    setting: str
    cells: Callable[[Sequence[int], pa.Table], Iterator[Cell]]
    labels: Callable[[Source], Collection[str]]
    description: str


def attribute_cells(places: Sequence[int], rows: pa.Table) -> Iterator[Cell]:
    """Elements of custom attributes; several values of one are several attributes of the same type."""
    sources = list(zip(rows["type_name"].to_pylist(), rows["key"].to_pylist(), strict=True))
    times = Counter(zip(places, sources, strict=True))
    texts = [name for name in ("value", "selected_value", "url") if name in rows.column_names]
    values = pc.coalesce(*(rows[name] for name in texts))
    # A mapped type may always have several values, and shows only in some objects that it does.
    is_list = pc.or_(rows["type_is_mapped"], pc.fill_null(rows["is_multi"], False))
    columns = (values, is_list, rows["kind"])
    for place, source, value, plural, kind in zip(
        places, sources, *(column.to_pylist() for column in columns), strict=True
    ):
        usual: Form = "list" if plural else "bool" if kind == "BOOLEAN" else "text"
        is_truth = not value or value.lower() in TRUTHS
        form: Form = "list" if times[place, source] > 1 else usual if is_truth or plural else "text"
        if None not in source:  # a shop may be unable to tell a name
            yield Cell(place, source, value, usual, form)


def translation_cells(places: Sequence[int], rows: pa.Table) -> Iterator[Cell]:
    """Texts of translations, by language ("en") and where it has a country by both ("en-gb")."""
    columns = (rows[name].to_pylist() for name in ("field", "language_code", "language_country", "value"))
    for place, name, code, country, value in zip(places, *columns, strict=True):
        if name and code:
            yield Cell(place, (name, code.lower()), value)
        if name and code and country:
            yield Cell(place, (name, f"{code}-{country}".lower()), value)


ATTRIBUTE_COLUMNS = Pivot(
    "wide_attributes",
    attribute_cells,
    lambda source: (source[0], ".".join(source)),
    "Element {1} of the custom attribute {0}",
)
TRANSLATION_COLUMNS = Pivot(
    "wide_translations", translation_cells, lambda source: (source[1],), "{0} in the language {1}"
)


class ColumnNames:
    """The names of wide columns: each is given once.

    Args:
        state: What every column is for, by its name; kept from load to load.
        planned: The columns that the table has anyhow.
    """

    def __init__(self, state: dict[str, list[Any]], planned: Collection[str]) -> None:
        for name in state.keys() & planned:
            del state[name]  # a field of Centra's bears it now
        self._state, self._planned = state, frozenset(planned)

    def given(self, setting: str) -> list[tuple[str, Source, Form]]:
        """The columns of a setting, in the order in which they came."""
        columns = self._state.items()
        return [(name, (first, second), form) for name, (of, first, second, form) in columns if of == setting]

    def give(self, setting: str, source: Source, form: Form, *, is_usual: bool) -> None:
        """Names the column that holds a source in one form, unless it has its name.

        A second form of a source shows in the name, and so does one that its kind does not ask for. Where two
        sources would read the same, the later one takes a few signs of its own hash along.
        """
        forms = [known_form for _, known, known_form in self.given(setting) if known == source]
        if form in forms:
            return
        parts = source if is_usual and not forms else (*source, form)
        name = _snake("_".join(parts))
        if name in self._state or name in self._planned:
            own = sha256("\0".join((setting, *source, form)).encode()).hexdigest()
            name = f"{name}_{own[:8]}"
        self._state[name] = [setting, *source, form]


@dataclass
class WideColumns:
    """What some long rows add to the objects of one resource in one run.

    Attributes:
        pivot: Their sort.
        table: The table of the long rows.
        wanted: Which of them, by label; empty: all.
        names: Of the columns.
    """

    pivot: Pivot
    table: Table
    wanted: Collection[str]
    names: ColumnNames
    _choices: dict[Source, bool] = field(init=False, repr=False, default_factory=dict)
    _objects: int = field(init=False, repr=False, default=0)

    @property
    def columns(self) -> list[Column]:
        """The columns so far; each stands in an object under a key that no field of GraphQL can have."""
        return [
            Column(
                name,
                "bool" if form == "bool" else "text",
                path=(f"={name}",),
                description=self._description(source, form),
                is_list=form == "list",
            )
            for name, source, form in self._chosen()
        ]

    def widened(self, nodes: pa.StructArray, places: Sequence[int], rows: pa.Table) -> pa.StructArray:
        """The objects with a value for each column, and the columns that are new with them.

        Args:
            nodes: Root objects.
            places: For each long row the place of its object among them.
            rows: The long rows that the objects hold.
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
            self.names.give(self.pivot.setting, source, form, is_usual=is_usual)
        arrays = {
            f"={name}": _array(values.get(source, {}), form, len(nodes))
            for name, source, form in self._chosen()
        }
        fields = [*nodes.type, *(pa.field(key, array.type) for key, array in arrays.items())]
        return pa.StructArray.from_arrays([*nodes.flatten(), *arrays.values()], fields=fields)

    def tell_unseen(self, resource: str) -> None:
        """Warns of names in the setting that no object has ever had something for, if some were read now."""
        sources = {*self._choices, *(source for _, source, _ in self.names.given(self.pivot.setting))}
        seen = {label for source in sources for label in self.pivot.labels(source)}
        for name in sorted(set(self.wanted) - seen) if self._objects else ():
            there = f"there are {', '.join(nearest_names(name, seen))}" if seen else "there are none at all"
            logger.warning(
                f"{self.pivot.setting} names '{name}', which none of the {resource} read has: {there}."
            )

    def _chosen(self) -> list[tuple[str, Source, Form]]:
        given = self.names.given(self.pivot.setting)
        return [(name, source, form) for name, source, form in given if self._allows(source)]

    def _is_wanted(self, source: Source) -> bool:
        if source not in self._choices:
            self._choices[source] = self._allows(source)
        return self._choices[source]

    def _allows(self, source: Source) -> bool:
        return not self.wanted or not set(self.wanted).isdisjoint(self.pivot.labels(source))

    def _description(self, source: Source, form: Form) -> str:
        text = self.pivot.description.format(*source)
        return f"{text}: its values, as a JSON list." if form == "list" else f"{text}."


@dataclass(frozen=True)
class Wide:
    """Which long rows the settings want as columns, too.

    Attributes:
        attributes: By resource the custom attributes, each as "type" or "type.element"; none named: all.
        languages: The languages of translations.
    """

    attributes: Mapping[str, Collection[str]] = field(default_factory=dict)
    languages: Collection[str] = ()

    def asking(self, operation: Operation, resource: Resource) -> Operation:
        """The operation, asking for translations where they are wanted and its objects have them."""
        if not self._translates(operation, resource):
            return operation
        added = find_root(load_operation("_translations")).selection.selections
        return with_fields_added(operation, find_root(operation).selection, added)

    def lists(self, operation: Operation, resource: Resource) -> dict[str, str]:
        """The names of the tables of an operation's lists, with one for translations that were added."""
        added = {TRANSLATIONS: TRANSLATIONS} if self._translates(operation, resource) else {}
        return {**resource.lists, **added}

    def columns(
        self,
        name: str,
        resource: Resource,
        tables: Sequence[Table],
        stored_names: Callable[[], dict[str, list[Any]]],
    ) -> list[WideColumns]:
        """What becomes columns of a resource's main table.

        Args:
            name: Of the resource.
            resource: Its entry in the registry.
            tables: The resource's tables, the main table first.
            stored_names: Gets what is kept from load to load for `ColumnNames`, and keeps its changes.
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
        names = ColumnNames(stored_names(), [column.name for column in tables[0].columns])
        return [WideColumns(pivot, table, labels, names) for pivot, table, labels in wanted]

    def _translates(self, operation: Operation, resource: Resource) -> bool:
        has_translations = "translations" in find_root(operation).type.fields
        return bool(self.languages) and has_translations and not resource.part_of


def _array(values: Mapping[int, list[str]], form: Form, length: int) -> pa.Array:
    """One value for each of the objects, from the texts at their places."""
    held = (values.get(place) for place in range(length))
    if form == "list":
        return pa.array(held, ARROW_TYPES[form])
    first = (texts[0] if texts else None for texts in held)
    if form == "bool":
        return pa.array((TRUTHS.get(text.lower()) if text else None for text in first), ARROW_TYPES[form])
    return pa.array(first, ARROW_TYPES[form])


_snake = NamingConvention().normalize_identifier
