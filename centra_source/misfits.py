"""Records values that do not fit what is known of Centra, so that they become notes instead of errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple

AS_TEXT, CONVERTED, LOST = "loaded as text", "converted", "null in their columns"
"""What becomes of a value of another type."""

ROUNDED = "rounded to 4 decimals"
"""What becomes of an amount of money with more digits than its column holds."""

REPLACED, REMOVED = "replaced by \ufffd", "removed"
"""What becomes of characters that no database can hold, and of the character NUL that some cannot hold."""

ASIDE = "their rows are not loaded"
"""What becomes of rows without a usable key, and of lists that are null."""

NARROW = "only in the table of attributes"
"""What becomes of custom attributes for which a table has no room as columns."""

REPEATED = "one of the rows with that key is loaded"
"""What becomes of rows that have one key."""

LOSSES = frozenset((LOST, REPLACED, REMOVED, ASIDE, NARROW, REPEATED))

AS_SCHEMA = "its column has that type"
"""What becomes of a field with another type in the shop's schema."""

MOST_VALUES = 10
"""How many unknown values of a field a note names."""

MOST_EXAMPLES = 5
"""How many objects a note names."""

LONGEST_VALUE = 60
"""How many characters of a value a note shows."""


MOST_ODD = 1_000
"""How many objects of a resource a load remembers, to be read again by the next one."""


class Example(NamedTuple):
    """One value that does not fit.

    Attributes:
        column: Its column, such as `orders.status`, or the keys of the answer that lead to it.
        object_id: The id of its object. None if it has none.
        value: What was sent. None if a note must not show it.
    """

    column: str | tuple[str, ...]
    object_id: Any = None
    value: Any = None


class MisfitNote(NamedTuple):
    """What the owner of the token should know about the values of a field.

    Attributes:
        sentence: What was sent, and what has become of it.
        has_loss: Whether something of the values is lost.
    """

    sentence: str
    has_loss: bool = False


class NamedColumn(NamedTuple):
    """A column, as a note names it.

    Attributes:
        name: Its table and its name, such as `orders.status`.
        is_personal: Whether notes must not show its values.
    """

    name: str
    is_personal: bool


@dataclass
class _Kind:
    """Values that do not fit for the same reason: how many there are, and the first of them."""

    count: int = 0
    examples: dict[Example, None] = field(default_factory=dict)


@dataclass
class Misfits:
    """What the objects of one resource have that the schema does not say. One object serves all threads.

    Attributes:
        lost: Fields (`Order.status`) that are null somewhere, as their values did not fit.
        odd_ids: The ids of objects that have lost something, the first MOST_ODD of them.
        has_nul: Whether some text contains the character NUL.
        has_replaced_text: Whether some text contains U+FFFD in place of what was not Unicode.
    """

    lost: set[str] = field(default_factory=set)
    odd_ids: set[Any] = field(default_factory=set)
    has_nul: bool = False
    has_replaced_text: bool = False
    _kinds: dict[tuple[str, str, str], _Kind] = field(default_factory=dict)
    _schema_types: dict[str, str] = field(default_factory=dict)
    _values: dict[str, set[str]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def record_type(
        self, name: str, sent: str, outcome: str, count: int = 1, examples: Iterable[Example] = ()
    ) -> None:
        """Records values that do not fit.

        Args:
            name: The field, such as `Order.status`.
            sent: What was sent, in words.
            outcome: What has become of the values, such as AS_TEXT, CONVERTED or LOST.
            count: How many there were.
            examples: Some of them.
        """
        with self._lock:
            kind = self._kinds.setdefault((name, sent, outcome), _Kind())
            kind.count += count
            for example in examples:
                if len(kind.examples) < MOST_EXAMPLES:
                    kind.examples[example._replace(value=_shorten(example.value))] = None
            if outcome == LOST:
                self.lost.add(name)

    def record_odd_ids(self, ids: Iterable[Any]) -> None:
        """Records objects that have lost something, so that the next load reads them again."""
        with self._lock:
            for one in ids:
                if one is not None and len(self.odd_ids) < MOST_ODD:
                    self.odd_ids.add(one)

    def record_schema_type(self, name: str, scalar: str) -> None:
        """Records that the shop's schema has another scalar for a field than is documented."""
        self._schema_types[name] = scalar

    def record_values(self, name: str, values: Iterable[str]) -> None:
        """Records values that are not among those of the field's enum, or unknown types of objects."""
        with self._lock:
            self._values.setdefault(name, set()).update(values)

    def describe(
        self,
        is_known: Callable[[str, str], bool],
        find_column: Callable[[tuple[str, ...]], NamedColumn | None] = lambda path: None,
    ) -> Iterator[MisfitNote]:
        """Yields a note for each field with misfits.

        Args:
            is_known: Whether the shop's own schema has a value of a field: then it is not worth a note.
            find_column: Finds the column of a value by the keys of the answer that lead to it.
        """
        for name, scalar in sorted(self._schema_types.items()):
            yield MisfitNote(
                f"The shop's schema has {scalar} for {name}, which is not documented: {AS_SCHEMA}."
            )
        for (name, sent, outcome), kind in sorted(self._kinds.items(), key=lambda item: item[0]):
            some = f"{kind.count} values that do" if kind.count > 1 else "a value that does"
            places = _list_places(kind, find_column)
            sentence = f"Centra sent {some} not fit {name} ({sent}): {outcome}.{places}"
            yield MisfitNote(sentence, has_loss=outcome in LOSSES)
        for name, values in sorted(self._values.items()):
            unknown = sorted(value for value in values if not is_known(name, value))
            if unknown:
                listed = ", ".join(unknown[:MOST_VALUES]) + (", …" if len(unknown) > MOST_VALUES else "")
                yield MisfitNote(
                    f"Centra sent values of {name} that are not documented: {listed}. They are {AS_TEXT}."
                )


def _list_places(kind: _Kind, find_column: Callable[[tuple[str, ...]], NamedColumn | None]) -> str:
    """Names the columns and objects of the examples, and their values unless they are personal."""
    places: dict[str, list[str]] = {}
    for column, object_id, value in kind.examples:
        if isinstance(column, str):
            name, shown = column, value
        else:
            found = find_column(column)
            name = found.name if found else ""
            shown = value if found and not found.is_personal else None
        owner = f"of {object_id}" if object_id is not None else "of an object without id"
        places.setdefault(name, []).append(f"{owner}: {shown}" if shown is not None else owner)
    listed = "; ".join(f"{name} {', '.join(owners)}".strip() for name, owners in places.items())
    more = kind.count - len(kind.examples)
    return f" {listed}{f' and {more} more' if more > 0 else ''}." if listed else ""


def _shorten(value: Any) -> str | None:
    """Returns a value as a note shows it, without control characters."""
    if value is None:
        return None
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
