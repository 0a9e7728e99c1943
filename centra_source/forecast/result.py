"""The result of a forecast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PROBED_ROWS = 50
"""The length of a list without a count is found out in steps of this many rows. Full pages are multiples of
it."""


@dataclass(frozen=True)
class Expectation:
    """What the first load of one resource takes.

    Attributes:
        objects: Rows of its main list. None if there are fewer than PROBED_ROWS and no count.
        calls: Requests, those to the event queue included.
        complexity: Points that Centra will charge for them.
        seconds: The least time that the shop's limits allow, if the resource were loaded alone now.
        is_counted: Whether `objects` is Centra's own count, not an estimate.
        is_exact: Whether `calls` and `complexity` are exact, as long as the shop does not change.
    """

    objects: int | None
    calls: int
    complexity: int
    seconds: float
    is_counted: bool
    is_exact: bool


@dataclass(frozen=True)
class Forecast:
    """What a first load takes.

    Attributes:
        resources: By name, in the order of `RESOURCES`.
        seconds: The least time that the shop's limits allow, if all are loaded together now. Answers may take
            longer.
        quotas: Centra's quotas, by kind and interval. Empty if the shop does not report them.
        quota_share: The share of them that is used.
    """

    resources: Mapping[str, Expectation]
    seconds: float
    quotas: Mapping[tuple[str, str], int]
    quota_share: float

    @property
    def calls(self) -> int:
        """Requests of all resources."""
        return sum(one.calls for one in self.resources.values())

    @property
    def complexity(self) -> int:
        """Points of all resources."""
        return sum(one.complexity for one in self.resources.values())

    @property
    def is_exact(self) -> bool:
        """Whether no resource had to be estimated."""
        return all(one.is_exact for one in self.resources.values())
