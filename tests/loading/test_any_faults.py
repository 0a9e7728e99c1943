"""Whatever is wrong with a shop: what it does not touch is exact, what it touches is named, and it passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centra_jobs.output.outcome import find_outcome
from centra_jobs.verify.audit_lines import read_audit_lines
from centra_sandbox import Sandbox

from ..support.planted_faults import (
    RESOURCES_WITH_FAULTS,
    ChangingStock,
    PlantedFault,
    faults,
    list_unnamed,
)
from ..support.postgres import PostgresTarget
from ..support.random_cases import random_cases
from ..support.target import Target

CASES = 3
"""In each part of the test; `--soak` has forty times as many."""

PARTS = 4
SETTINGS: dict[str, Any] = {"on_failure": "continue", "retry_limit": 0.2, "page_size": 3, "events": "off"}


class Outcome:
    """What a load has brought, and its exit code."""

    def __init__(self, place: Any, known: set[str]) -> None:
        lines = place.rows("load_audit")
        self.incomplete = [one for one in lines if one["id"] not in known and one["status"] != "complete"]
        (load_id,) = place.pipeline.last_trace.last_load_info.loads_ids
        audit = read_audit_lines(place.pipeline.dataset(), [load_id])
        self.exit_code = find_outcome(audit).exit_code
        self.known = {one["id"] for one in lines}


def check_faults(place: Any, planted: list[PlantedFault], seed: int, is_first: bool) -> None:
    """Loads a shop with some faults, and once more without them.

    Args:
        place: An empty destination.
        planted: The faults.
        seed: Of the shop.
        is_first: Whether the shop has them from the beginning; otherwise it was loaded before, and edited.
    """
    with Sandbox(products=4, orders=6, seed=seed) as sandbox:
        shop, stock, known = sandbox.shop, ChangingStock(sandbox), set[str]()
        unused = shop.add("Brand", name="No product has it")
        if not is_first:
            place.load(sandbox, *RESOURCES_WITH_FAULTS, **SETTINGS)
            known = Outcome(place, known).known
            for number, node in enumerate((*shop.orders, *shop.products)):
                if number % 2:
                    shop.update(node)
            shop.remove(unused)
        for fault in planted:
            if fault.kind == "changing list":
                stock.is_on = True
            else:
                fault.plant(sandbox)
        compared = [name for name in RESOURCES_WITH_FAULTS if name != "stock" or not stock.is_on]
        place.load(sandbox, *RESOURCES_WITH_FAULTS, **SETTINGS)
        outcome = Outcome(place, known)
        assert list_unnamed(place, shop, compared, outcome.incomplete) == []
        is_exact = list_unnamed(place, shop, compared, ()) == []
        assert outcome.exit_code == (3 if outcome.incomplete else 0)
        assert is_exact or outcome.exit_code == 3

        sandbox.lift()
        sandbox.recover()
        stock.stop(shop)
        place.load(sandbox, *RESOURCES_WITH_FAULTS, **SETTINGS)
        outcome = Outcome(place, outcome.known)
        assert list_unnamed(place, shop, RESOURCES_WITH_FAULTS, ()) == []
        assert (outcome.exit_code, outcome.incomplete) == (0, [])


def play(make_place: Any, number: int, part: int | None) -> None:
    """Checks a number of cases. Without a part they are different each time."""

    @random_cases(number, part, shrinks=False)
    @given(planted=faults(), seed=st.integers(1, 20), is_first=st.booleans())
    def is_contained(planted: list[PlantedFault], seed: int, is_first: bool) -> None:
        check_faults(make_place(), planted, seed, is_first)

    is_contained()


@pytest.fixture
def make_place(tmp_path: Path) -> Any:
    """Makes an empty database each time."""
    numbers = iter(range(1_000_000))
    return lambda: Target(tmp_path / str(next(numbers)))


def test_a_few_faults_are_contained(make_place: Any) -> None:
    """A value, an object, a part of one and a list that changes, in a shop that was loaded before."""
    kinds = ("value", "object", "part", "changing list")
    resources = ("orders", "products", "displays", "stock")
    planted = [PlantedFault(kind, resource, 1, 2, 0) for kind, resource in zip(kinds, resources, strict=True)]
    check_faults(make_place(), planted, seed=7, is_first=False)


@pytest.mark.full
@pytest.mark.parametrize("part", range(PARTS))
def test_any_faults_are_contained(make_place: Any, soak: bool, part: int) -> None:
    """One to five faults of any kind at any place."""
    play(make_place, CASES * (40 if soak else 1), None if soak else part)


@pytest.mark.full
def test_faults_are_contained_in_postgres(postgres_address: str, tmp_path: Path) -> None:
    """A destination that refuses more than DuckDB does."""
    kinds = ("value", "object", "part", "resource")
    resources = ("customers", "orders", "displays", "shipments")
    planted = [PlantedFault(kind, resource, 2, 3, 1) for kind, resource in zip(kinds, resources, strict=True)]
    check_faults(PostgresTarget(postgres_address, tmp_path), planted, seed=7, is_first=True)
