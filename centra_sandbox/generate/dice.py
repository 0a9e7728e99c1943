"""Reproducible random values: choices, ids with gaps and times in two years of orders."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import TypeVar

T = TypeVar("T")

START = datetime(2024, 11, 15, 6, 0, tzinfo=timezone.utc)
END = datetime(2026, 11, 15, 21, 30, tzinfo=timezone.utc)

BULK_EDIT = datetime(2026, 9, 1, 3, 0, 0, tzinfo=timezone.utc)
"""An import that edited many objects in the same second."""

CLOCK_CHANGES = tuple(
    datetime(*parts, tzinfo=timezone.utc)
    for parts in (
        (2025, 3, 30, 0, 59, 59),
        (2025, 3, 30, 1, 0, 0),
        (2025, 10, 26, 0, 30, 0),
        (2025, 10, 26, 1, 30, 0),
        (2026, 3, 29, 0, 59, 59),
        (2026, 3, 29, 1, 0, 0),
        (2026, 10, 25, 0, 30, 0),
        (2026, 10, 25, 1, 30, 0),
    )
)
"""Times around the hours that Stockholm skips in spring and repeats in autumn."""


class Dice:
    """The random source of one module, so that modules do not influence each other."""

    def __init__(self, seed: int, part: str) -> None:
        self._random = random.Random(f"{seed}:{part}")
        self._last_ids: dict[str, int] = {}

    def chance(self, share: float) -> bool:
        """Returns True in a share of cases."""
        return self._random.random() < share

    def pick(self, options: Sequence[T]) -> T:
        """Returns one of the options."""
        return options[int(self._random.random() * len(options))]

    def some(self, options: Sequence[T], least: int, most: int) -> list[T]:
        """Returns a few different options, in their order."""
        wanted = min(len(options), self.number(least, most))
        chosen = sorted(self._random.sample(range(len(options)), wanted))
        return [options[index] for index in chosen]

    def number(self, least: int, most: int) -> int:
        """Returns a whole number between two bounds, including both."""
        return least + int(self._random.random() * (most - least + 1))

    def maybe(self, value: T, share: float) -> T | None:
        """Returns the value in a share of cases, else null."""
        return value if self.chance(share) else None

    def id(self, kind: str, first: int = 1) -> int:
        """Returns the next id of a kind, with gaps as from deleted rows."""
        step = self.pick((1, 1, 1, 1, 2, 3, 8))
        self._last_ids[kind] = self._last_ids.get(kind, first - step) + step
        return self._last_ids[kind]

    def moment(self, start: datetime = START, end: datetime = END) -> datetime:
        """Returns a time between two others, in whole seconds."""
        span = max(0, int((end - start).total_seconds()))
        return start + timedelta(seconds=self.number(0, span))

    def later(self, moment: datetime, days: float) -> datetime:
        """Returns a time after another:

        mostly soon, at most twenty times the days later, never after the end of the shop.
        """
        seconds = int(self._random.expovariate(1.0) * days * 86_400)
        return min(END, moment + timedelta(seconds=min(seconds, int(days * 20 * 86_400)) + 1))
