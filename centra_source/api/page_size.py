"""How many objects one request asks for."""

from __future__ import annotations

from .. import settings
from ..operations.complexity import calculate_complexity
from ..operations.documents import Operation
from .throttle import Throttle


def balanced_page_size(operation: Operation, size_variable: str, throttle: Throttle) -> int:
    """The objects per request that use up points and requests together, within Centra's 1 to 200.

    Args:
        operation: Its price per object counts.
        size_variable: The variable that says how many objects to send.
        throttle: Knows the shop's quotas.
    """
    largest = settings.PAGE_SIZES[-1]
    one, two = (calculate_complexity(operation, {size_variable: size}) for size in (1, 2))
    if throttle.page_cost is None or two == one:
        return largest
    balanced = settings.PAGE_COST_FACTOR * throttle.page_cost / (two - one)
    return max(settings.PAGE_SIZES[0], min(largest, int(balanced)))


class PageSize:
    """The page size of one resource: smaller after the shop was overtaxed, then slowly as large as before.

    Attributes:
        largest: Never more than this.
        rows: What the next request asks for.
    """

    def __init__(self, largest: int) -> None:
        self.largest = self.rows = largest

    def shrink(self, failed: int) -> None:
        """After a time-out or a server error: half of what was asked for then, by however many threads."""
        self.rows = max(settings.PAGE_SIZES[0], min(self.rows, failed // 2))

    def grow(self) -> None:
        """After an answer."""
        self.rows = min(self.largest, self.rows + max(1, self.largest // settings.PAGE_GROWTH))
