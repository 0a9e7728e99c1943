"""Records values that do not fit what is known of Centra, so that they become notes instead of errors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

AS_TEXT, CONVERTED, LOST = "loaded as text", "converted", "null in their columns"
"""What becomes of a value of another type."""

AS_SCHEMA = "its column has that type"
"""What becomes of a field with another type in the shop's schema."""

MOST_VALUES = 10
"""How many unknown values of a field a note names."""


class MisfitNote(NamedTuple):
    """What the owner of the token should know about the values of a field.

    Attributes:
        sentence: What was sent, and what has become of it.
        has_loss: Whether something of the values is lost.
    """

    sentence: str
    has_loss: bool = False


@dataclass
class Misfits:
    """What the objects of one resource have that the schema does not say. One object serves all threads.

    Attributes:
        lost: Fields (`Order.status`) that are null somewhere, as their values did not fit.
    """

    lost: set[str] = field(default_factory=set)
    _counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _schema_types: dict[str, str] = field(default_factory=dict)
    _values: dict[str, set[str]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def record_type(self, name: str, sent: str, outcome: str, count: int = 1) -> None:
        """Records values of another type.

        Args:
            name: The field, such as `Order.status`.
            sent: The type that was sent, in words.
            outcome: What has become of the values: AS_TEXT, CONVERTED or LOST.
            count: How many there were.
        """
        with self._lock:
            self._counts[name, sent, outcome] += count
            if outcome == LOST:
                self.lost.add(name)

    def record_schema_type(self, name: str, scalar: str) -> None:
        """Records that the shop's schema has another scalar for a field than is documented."""
        self._schema_types[name] = scalar

    def record_values(self, name: str, values: Iterable[str]) -> None:
        """Records values that are not among those of the field's enum, or unknown types of objects."""
        with self._lock:
            self._values.setdefault(name, set()).update(values)

    def describe(self, is_known: Callable[[str, str], bool]) -> Iterator[MisfitNote]:
        """Yields a note for each field with misfits.

        Args:
            is_known: Whether the shop's own schema has a value of a field: then it is not worth a note.
        """
        for name, scalar in sorted(self._schema_types.items()):
            yield MisfitNote(
                f"The shop's schema has {scalar} for {name}, which is not documented: {AS_SCHEMA}."
            )
        for (name, sent, outcome), count in sorted(self._counts.items()):
            some = f"{count} values" if count > 1 else "a value"
            sentence = f"Centra sent {some} of another type for {name} ({sent}): {outcome}."
            yield MisfitNote(sentence, has_loss=outcome == LOST)
        for name, values in sorted(self._values.items()):
            unknown = sorted(value for value in values if not is_known(name, value))
            if unknown:
                listed = ", ".join(unknown[:MOST_VALUES]) + (", …" if len(unknown) > MOST_VALUES else "")
                yield MisfitNote(
                    f"Centra sent values of {name} that are not documented: {listed}. They are {AS_TEXT}."
                )
