"""How many random cases hypothesis plays, and whether they are the same each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, Phase, seed, settings

Test = TypeVar("Test", bound=Callable[..., None])


def random_cases(number: int, part: int | None, *, shrinks: bool = True) -> Callable[[Test], Test]:
    """Returns a decorator of a test with `given`.

    Args:
        number: How many cases.
        part: Each part of a test plays other cases, always the same; None plays different ones each time.
        shrinks: Look for the smallest case that fails, which takes minutes where each is a load.
    """
    chosen = settings(
        max_examples=number,
        derandomize=part is not None,
        print_blob=True,
        report_multiple_bugs=False,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate, *((Phase.shrink,) if shrinks else ())),
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: chosen(test if part is None else seed(part)(test))
