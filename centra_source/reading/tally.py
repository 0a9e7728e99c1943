"""Counts what has been read of a list, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Tally:
    """What has been read of a list, and what it cost.

    Attributes:
        expected: Centra's own count, if the list has one.
        loaded: Distinct objects or rows read.
        unreadable: Objects that are part of what was expected, and that Centra breaks down over.
        rereads: How often the list was read again because the first pass was not proven complete.
        calls: Requests that were answered.
        complexity: Points that Centra charged for them.
        seconds: Time that the requests took, waits included.
    """

    expected: int | None = None
    loaded: int = 0
    unreadable: int = 0
    rereads: int = 0
    calls: int = 0
    complexity: int = 0
    seconds: float = 0.0

    def add(self, other: Tally) -> None:
        """Adds what another reader has read, and what it cost."""
        if other.expected is not None:
            self.expected = (self.expected or 0) + other.expected
        self.loaded += other.loaded
        self.unreadable += other.unreadable
        self.add_costs(other)

    def add_costs(self, other: Tally) -> None:
        """Adds what another reader has cost."""
        self.rereads += other.rereads
        self.calls += other.calls
        self.complexity += other.complexity
        self.seconds += other.seconds
