"""Chooses the cases of a test that run in `make test`. The others are marked `full`.

    @pytest.mark.parametrize("fault", one_of_each(FAULTS, type))
    @pytest.mark.parametrize("place", representative(PLACES, FIRST_PAGE, STOCK))

`make test` skips everything that is marked `full` or `slow`; `make test-all` also runs these tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest
from _pytest.mark.structures import ParameterSet

Case = TypeVar("Case")


def representative(cases: Iterable[Case], *chosen: Case) -> list[ParameterSet]:
    """Returns the cases of a test. `make test` runs only the chosen ones."""
    listed = list(cases)
    unknown = [case for case in chosen if case not in listed]
    if unknown:
        raise ValueError(f"{unknown} are not among the cases")
    return [_make_parameters(case, case in chosen) for case in listed]


def one_of_each(cases: Iterable[Case], kind: Callable[[Case], object]) -> list[ParameterSet]:
    """Returns the cases of a test. `make test` runs only the first of each kind."""
    kinds: set[object] = set()
    selected = []
    for case in cases:
        selected.append(_make_parameters(case, kind(case) not in kinds))
        kinds.add(kind(case))
    return selected


def _make_parameters(case: Any, is_chosen: bool) -> ParameterSet:
    values = case if type(case) is tuple else (case,)  # a named tuple is one value
    return pytest.param(*values, marks=() if is_chosen else pytest.mark.full)
