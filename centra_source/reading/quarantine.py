"""Remembers the objects of one resource that Centra breaks down over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from .. import settings
from ..exceptions import IncompleteRead
from ..operations.selections import Path


@dataclass(frozen=True)
class Unreadable:
    """An object that could not be read, or not whole.

    Attributes:
        identity: What identifies it: its id, or the ids of what it refers to. None if that cannot be read
            either.
        place: Where it was met in the list.
        error: How Centra broke down.
        where: The filter of the list in which it was met.
        parts: What could not be read of it; empty for all of it.
    """

    identity: Any
    place: str
    error: str
    where: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Path, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it was read."""
        return not self.parts


@dataclass
class Quarantine:
    """The objects of one resource in one run that Centra breaks down over. One object serves all threads.

    Attributes:
        resource: Name of the resource.
        essential: The parts of an object without which its rows cannot be loaded.
        known_parts: The parts that other objects were broken in.
    """

    resource: str
    essential: frozenset[Path] = frozenset()
    known_parts: dict[frozenset[Path], None] = field(default_factory=dict)
    _found: dict[tuple[Any, str], Unreadable] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def found(self) -> tuple[Unreadable, ...]:
        """The objects, in the order in which they were found."""
        with self._lock:
            return tuple(self._found.values())

    def record(self, one: Unreadable, total: int) -> None:
        """Records an object.

        Args:
            one: The object.
            total: How many objects the list has, as far as that is known.

        Raises:
            IncompleteRead: There are so many of them that the shop is broken, and not some objects.
        """
        with self._lock:
            place = one.place if one.identity is None else ""
            self._found[one.identity, place] = one
            if one.parts:
                self.known_parts[frozenset(one.parts)] = None
            count = len(self._found)
        if count > max(settings.UNREADABLE_ROWS, settings.UNREADABLE_SHARE * total):
            raise IncompleteRead(
                f"{self.resource}: Centra breaks down over {count} objects of {max(count, total)}. That is "
                f"more than are left out one by one. The last error: {one.error} Report it to "
                "Centra, and run again."
            )
