"""Finds the length of a list that Centra does not count, by a few requests for single rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..settings import PAGE_SIZES
from .result import PROBED_ROWS

SAMPLED_OBJECTS = 3
"""This many objects represent all others, for the lengths of the lists inside them."""

LARGEST_PAGE = PAGE_SIZES[-1]


class ListLength(NamedTuple):
    """The length of a list without a count, as the number of steps of PROBED_ROWS that are certainly full."""

    steps: int

    @classmethod
    def probe(cls, has_row: Callable[[int], bool]) -> ListLength:
        """Finds the length by requests for single rows, by their numbers from 1 on."""
        return cls(find_last(lambda step: has_row(step * PROBED_ROWS)))

    @property
    def rows(self) -> int:
        """An estimate, in the middle of the last step."""
        return self.steps * PROBED_ROWS + PROBED_ROWS // 2

    @property
    def pages(self) -> int:
        """The pages that a load requests: up to the first one that is not full."""
        return self.steps * PROBED_ROWS // LARGEST_PAGE + 1


def choose_samples(length: int) -> list[int]:
    """Returns a few numbers from 1 to a length, evenly spaced."""
    chosen = min(length, SAMPLED_OBJECTS)
    return [1 + (2 * place + 1) * length // (2 * chosen) for place in range(chosen)]


def find_last(exists: Callable[[int], bool]) -> int:
    """Returns the last number from 1 on that exists, found by doubling and bisecting; 0 if none does."""
    known, unknown = 0, 1
    while exists(unknown):
        known, unknown = unknown, 2 * unknown
    while unknown - known > 1:
        middle = (known + unknown) // 2
        if exists(middle):
            known = middle
        else:
            unknown = middle
    return known
