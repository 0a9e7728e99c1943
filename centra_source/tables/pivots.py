"""Turns long rows into cells of wide columns: elements of custom attributes, and translated texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

TRUTHS = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("0", "false", "no", "off"), False)
"""Possible spellings of the value of a BOOLEAN element, which Centra does not document."""

Form = Literal["text", "bool", "list"]
"""What a column contains: the value, the value as a boolean, or all values as a JSON list."""

FORM_TYPES: Mapping[Form, pa.DataType] = {
    "text": pa.string(),
    "bool": pa.bool_(),
    "list": pa.list_(pa.string()),
}

Source = tuple[str, str]
"""What a column is for: an attribute type and the key of an element, or a field and a language."""


class Cell(NamedTuple):
    """What one long row adds to an object.

    Attributes:
        place: The position of the object among the root objects.
        source: The column's attribute type and element key, or field and language.
        value: The text; None if the row has none.
        usual: The form that rows of this kind usually have.
        form: The form that this row needs.
    """

    place: int
    source: Source
    value: str | None
    usual: Form = "text"
    form: Form = "text"


@dataclass(frozen=True)
class Pivot:
    """How one kind of long rows becomes columns.

    Attributes:
        setting: The setting that chooses the sources.
        cells: Reads long rows, each with the place of its object.
        labels: The names of a source in the setting.
        description: The description of a column, with the two parts of its source.
    """

    setting: str
    cells: Callable[[Sequence[int], pa.Table], Iterator[Cell]]
    labels: Callable[[Source], Collection[str]]
    description: str


def read_attribute_cells(places: Sequence[int], rows: pa.Table) -> Iterator[Cell]:
    """Reads the elements of custom attributes. An attribute with several values occurs several times."""
    sources = list(zip(rows["type_name"].to_pylist(), rows["key"].to_pylist(), strict=True))
    times = Counter(zip(places, sources, strict=True))
    texts = [name for name in ("value", "selected_value", "url") if name in rows.column_names]
    values = pc.coalesce(*(rows[name] for name in texts))
    # A mapped type can always have several values, even if the objects read so far have only one.
    is_list = pc.or_(rows["type_is_mapped"], pc.fill_null(rows["is_multi"], False))
    columns = (values, is_list, rows["kind"])
    for place, source, value, plural, kind in zip(
        places, sources, *(column.to_pylist() for column in columns), strict=True
    ):
        usual: Form = "list" if plural else "bool" if kind == "BOOLEAN" else "text"
        is_truth = not value or value.lower() in TRUTHS
        form: Form = "list" if times[place, source] > 1 else usual if is_truth or plural else "text"
        if None not in source:  # some shops lack the field of a name
            yield Cell(place, source, value, usual, form)


def read_translation_cells(places: Sequence[int], rows: pa.Table) -> Iterator[Cell]:
    """Reads translated texts by language ("en"), and by language and country ("en-gb") if there is one."""
    columns = (rows[name].to_pylist() for name in ("field", "language_code", "language_country", "value"))
    for place, name, code, country, value in zip(places, *columns, strict=True):
        if name and code:
            yield Cell(place, (name, code.lower()), value)
        if name and code and country:
            yield Cell(place, (name, f"{code}-{country}".lower()), value)


ATTRIBUTE_COLUMNS = Pivot(
    "wide_attributes",
    read_attribute_cells,
    lambda source: (source[0], ".".join(source)),
    "Element {1} of the custom attribute {0}",
)
TRANSLATION_COLUMNS = Pivot(
    "wide_translations", read_translation_cells, lambda source: (source[1],), "{0} in the language {1}"
)
