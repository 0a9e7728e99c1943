"""The number of objects that one request asks for."""

from __future__ import annotations

from .. import settings
from ..operations.complexity import calculate_complexity
from ..operations.documents import Operation
from .throttle import Throttle


def balance_page_size(operation: Operation, size_variable: str, throttle: Throttle) -> int:
    """Returns the page size that uses up points and requests together, within Centra's 1 to 200.

    Args:
        operation: The operation, for its cost per object.
        size_variable: The variable for the number of objects.
        throttle: Knows the shop's quotas.
    """
    largest = settings.PAGE_SIZES[-1]
    one, two = (calculate_complexity(operation, {size_variable: size}) for size in (1, 2))
    if throttle.page_cost is None or two == one:
        return largest
    balanced = settings.PAGE_COST_FACTOR * throttle.page_cost / (two - one)
    return max(settings.PAGE_SIZES[0], min(largest, int(balanced)))


class PageSize:
    """The page size of one resource. It shrinks after a server error and grows back slowly.

    Attributes:
        largest: The full page size.
        rows: The number of objects that the next request asks for.
    """

    def __init__(self, largest: int) -> None:
        self.largest = self.rows = largest

    def shrink(self, failed: int) -> None:
        """Halves the size of a request that failed with a timeout or a server error, once for all threads."""
        self.rows = max(settings.PAGE_SIZES[0], min(self.rows, failed // 2))

    def grow(self) -> None:
        """Grows a little after an answer, up to the full size."""
        self.rows = min(self.largest, self.rows + max(1, self.largest // settings.PAGE_GROWTH))
