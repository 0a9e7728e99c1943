"""Flattens nested objects into the rows of one table: the values of every column, from Centra's objects.

It uses Arrow's kernels for lists and structs: only lists of scalars and bare dates become Python objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, NamedTuple, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..data_types import ARROW_TYPES
from ..exceptions import UnexpectedAnswer
from ..misfits import ASIDE, LOSSES, LOST, MOST_EXAMPLES, MOST_ODD, Example, Misfits
from ..operations.selections import Path
from .column_values import Odd, cast_values, fit_values
from .merging import MARKERS
from .nodes import as_lists, get_values
from .table import Column, Table, arrow_schema

NAMES = ("number", "sku", "name", "code")
"""Columns that name an object whose id is null."""


@dataclass(frozen=True)
class Leniency:
    """What happens to values that do not fit their columns: they are recorded, and null in their columns.

    Attributes:
        misfits: Where they are recorded.
        is_nullable: Whether the shop allows null in a field (`Order.status`) against our schema.
        keeps_nul: Whether the destination can hold the character NUL.
        needs_lists: Whether a list that is null is an error, because what is read replaces a whole table.
    """

    misfits: Misfits
    is_nullable: Callable[[str], bool] = lambda field: False
    keeps_nul: bool = True
    needs_lists: bool = False


@dataclass(frozen=True)
class _Level:
    """The objects of one level, and for each row of the table the position of its object.

    Without positions, every object has one row, in the same order.
    """

    objects: pa.Array
    places: pa.Array | None = None

    def get_values(self, path: Path) -> pa.Array:
        """Returns one value for each row."""
        values = get_values(self.objects, path)
        return values if self.places is None else values.take(self.places)

    def take(self, places: pa.Array) -> _Level:
        """Returns the level for other rows, given by their positions among the present ones."""
        return _Level(self.objects, places if self.places is None else self.places.take(places))

    def find_places(self) -> np.ndarray:
        """Returns the position of the object of each row."""
        return np.arange(len(self.objects)) if self.places is None else self.places.to_numpy()


class _Gap(NamedTuple):
    """A list, or objects in a list, that are null although the schema does not allow it.

    Attributes:
        name: The field of the list, or the table of the rows.
        sent: What was sent, in words.
        roots: The positions of the root objects.
        is_list: Whether the whole list is null.
    """

    name: str
    sent: str
    roots: np.ndarray
    is_list: bool


@dataclass
class _Rows:
    """The objects that become the rows of a table.

    Attributes:
        levels: The root objects, and then the elements of each list on the way to the rows.
        gaps: What is null on the way.
    """

    levels: list[_Level]
    gaps: list[_Gap] = field(default_factory=list)


def flatten(
    table: Table, nodes: pa.StructArray, *, mark_childless: bool, leniency: Leniency | None = None
) -> pa.Table:
    """Builds the rows of one table from objects.

    Args:
        table: The lists to follow and the columns to fill.
        nodes: Root objects, as Centra sent them.
        mark_childless: Whether to add a marker row for every root object whose list is empty.
        leniency: What happens to values that do not fit their columns. Without it, they are an error.

    Returns:
        Columns in the table's order: timestamps in UTC, amounts as decimals, lists of scalars as JSON text.
        There is no row without a key.

    Raises:
        UnexpectedAnswer: A value does not fit its column's type, or must not be null; the message names it.
    """
    made, _ = _flatten(table, nodes, leniency, mark_childless=mark_childless)
    return made


def flatten_with_owners(
    table: Table, nodes: pa.StructArray, leniency: Leniency
) -> tuple[pa.Table, list[int]]:
    """Builds the rows of one table, without markers, and finds the position of the root object of each."""
    made, owners = _flatten(table, nodes, leniency, mark_childless=False)
    return made, cast(list[int], owners.tolist())


def _flatten(
    table: Table, nodes: pa.StructArray, leniency: Leniency | None, *, mark_childless: bool
) -> tuple[pa.Table, np.ndarray]:
    rows = _find_rows(table, nodes, leniency)
    owners = rows.levels[0].find_places()
    # The rows of an object whose list is null stay as they are at the destination.
    present = np.concatenate([owners, *(gap.roots for gap in rows.gaps if gap.is_list)])
    childless = pa.array(np.setdiff1d(np.arange(len(nodes)), present) if mark_childless else [], pa.int64())
    arrays: dict[str, pa.Array] = {}
    found: list[tuple[Column, Odd, pa.Array]] = []
    for column in table.columns:
        kind = ARROW_TYPES[column.data_type]
        if not column.path:
            values = pa.array(_number_rows(owners), kind)
        else:
            sent = rows.levels[column.level].get_values(column.path)
            values, odd = _convert(table, column, sent, leniency)
            found += [(column, one, sent) for one in odd]
        if len(childless):
            if column.name in table.key and column.name != table.root_key:
                markers = pa.array([MARKERS[column.data_type]] * len(childless), kind)
            elif column.level == 0 and column.path:
                markers, _ = _convert(table, column, get_values(nodes, column.path).take(childless), leniency)
            else:
                markers = pa.nulls(len(childless), kind)
            values = pa.concat_arrays([values, markers])
        arrays[column.name] = values
    if leniency:
        _record_odd(table, arrays, found, leniency.misfits)
        _record_gaps(table, nodes, rows.gaps, leniency.misfits)
    arrays, owners = _set_aside(table, arrays, owners)
    return pa.table(list(arrays.values()), schema=arrow_schema(table)), owners


def has_lists(table: Table, nodes: pa.StructArray) -> bool:
    """Whether objects came with the lists that lead to the rows of a table."""
    return not table.lists or not pa.types.is_null(get_values(nodes, table.lists[0]).type)


def _find_rows(table: Table, nodes: pa.StructArray, leniency: Leniency | None) -> _Rows:
    """Follows the lists down to the rows: the root objects, and then the elements of each list."""
    rows = _Rows([_Level(nodes)])
    for path, non_null in zip(table.lists, table.non_null_lists, strict=True):
        lists = as_lists(get_values(rows.levels[-1].objects, path))
        roots = rows.levels[0].find_places()
        is_asked = not pa.types.is_null(lists.type)
        is_nullable = not non_null or (leniency and leniency.is_nullable(non_null))
        if non_null and is_asked and lists.null_count and not is_nullable:
            if not leniency or leniency.needs_lists:
                raise UnexpectedAnswer(f"{non_null} must not be null, but Centra sent null; run again.")
            is_null = lists.is_null().to_numpy(zero_copy_only=False)
            rows.gaps.append(_Gap(non_null, "null in place of a list", roots[is_null], is_list=True))
        if not is_asked:
            lists = lists.cast(pa.list_(pa.struct([])))
        elements, parents = pc.list_flatten(lists), pc.list_parent_indices(lists)
        if elements.null_count:
            if not leniency:
                raise UnexpectedAnswer(f"{table.name}: Centra sent null in place of an object; run again.")
            is_null = elements.is_null().to_numpy(zero_copy_only=False)
            owners = roots[parents.to_numpy()[is_null]]
            rows.gaps.append(
                _Gap(non_null or table.name, "null in place of an object", owners, is_list=False)
            )
            elements, parents = elements.filter(elements.is_valid()), parents.filter(elements.is_valid())
        rows.levels = [*(level.take(parents) for level in rows.levels), _Level(elements)]
    return rows


def _number_rows(owners: np.ndarray) -> np.ndarray:
    """Numbers the rows of each root object from 1; the rows of an object follow each other."""
    return np.arange(len(owners)) - np.searchsorted(owners, owners) + 1


def _convert(
    table: Table, column: Column, sent: pa.Array, leniency: Leniency | None
) -> tuple[pa.Array, list[Odd]]:
    """Returns values as their column holds them, and which of them do not fit."""
    name = f"{table.name}.{column.name}"
    odd: list[Odd] = []
    if leniency:
        misfits = leniency.misfits
        array, odd = fit_values(
            column,
            sent,
            has_replaced_text=misfits.has_replaced_text,
            removes_nul=misfits.has_nul and not leniency.keeps_nul,
        )
        if column.known is not None:
            _record_unknown(column, array, misfits)
    else:
        try:
            array = cast_values(column, sent)
        except ValueError as error:  # Arrow's errors are of this kind
            raise UnexpectedAnswer(
                f"{name} is {column.data_type}, but Centra sent: {error}. Exclude the column or the resource."
            ) from error
    is_asked = not pa.types.is_null(sent.type)
    is_key = column.name in table.key
    if sent.null_count and (is_key or (column.non_null and is_asked)):
        is_allowed = leniency and column.non_null and leniency.is_nullable(column.non_null)
        if not leniency:
            if is_key:
                raise UnexpectedAnswer(
                    f"{name} identifies a row, but Centra sent null; exclude the resource."
                )
            raise UnexpectedAnswer(f"{column.non_null} must not be null, but Centra sent null; run again.")
        if is_key or not is_allowed:
            odd.append(Odd(np.flatnonzero(sent.is_null().to_numpy(zero_copy_only=False)), "null", LOST))
    if is_key:
        odd = [one._replace(outcome=ASIDE) if one.outcome == LOST else one for one in odd]
    return column.hide(array) if column.hide else array, odd


def _record_unknown(column: Column, values: pa.Array, misfits: Misfits) -> None:
    found = pc.unique(values).to_pylist() if pa.types.is_string(values.type) and not column.hide else ()
    unknown = {value for value in found if value is not None and value not in (column.known or ())}
    if unknown:
        misfits.record_values(column.field or column.name, unknown)


def _record_odd(
    table: Table,
    arrays: Mapping[str, pa.Array],
    found: Iterable[tuple[Column, Odd, pa.Array]],
    misfits: Misfits,
) -> None:
    for column, odd, sent in found:
        examples = []
        for place in odd.places[:MOST_EXAMPLES].tolist():
            is_shown = odd.outcome in (LOST, ASIDE) and not column.is_personal
            value = sent[place].as_py() if is_shown else None
            object_id = _name_object(table, arrays, place)
            examples.append(Example(f"{table.name}.{column.name}", object_id, value))
        if odd.outcome in LOSSES and (ids := arrays.get(table.root_key)) is not None:
            misfits.record_odd_ids(ids.take(odd.places[:MOST_ODD]).to_pylist())
        name = column.non_null or column.field or column.name
        misfits.record_type(name, odd.sent, odd.outcome, len(odd.places), examples)


def _record_gaps(table: Table, nodes: pa.StructArray, gaps: Iterable[_Gap], misfits: Misfits) -> None:
    arrays = {column.name: get_values(nodes, column.path) for column in table.columns if not column.level}
    for gap in gaps:
        ids = [_name_object(table, arrays, place) for place in gap.roots[:MOST_EXAMPLES].tolist()]
        examples = [Example(table.name, object_id) for object_id in ids]
        if (owners := arrays.get(table.root_key)) is not None:
            misfits.record_odd_ids(owners.take(gap.roots[:MOST_ODD]).to_pylist())
        misfits.record_type(gap.name, gap.sent, ASIDE, len(gap.roots), examples)


def _name_object(table: Table, arrays: Mapping[str, pa.Array], place: int) -> Any:
    """Returns the id of a root object, or what else names it."""
    ids = arrays.get(table.root_key)
    if ids is not None and ids[place].is_valid:
        return ids[place].as_py()
    for column in table.columns:
        if column.name in NAMES and column.level == 0 and not column.is_personal:
            value = arrays[column.name][place].as_py()
            return None if value is None else f"{column.name} {value}"
    return None


def _set_aside(
    table: Table, arrays: dict[str, pa.Array], owners: np.ndarray
) -> tuple[dict[str, pa.Array], np.ndarray]:
    """Leaves out the rows with null in their key: they could never be replaced."""
    valid = [arrays[name].is_valid() for name in table.key if arrays[name].null_count]
    if not valid:
        return arrays, owners
    is_whole = reduce(pc.and_, valid)
    kept = owners[is_whole.to_numpy(zero_copy_only=False)[: len(owners)]]
    return {name: array.filter(is_whole) for name, array in arrays.items()}, kept
