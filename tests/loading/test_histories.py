"""Whatever happens to the shop while it is loaded, the tables equal it after one more load without edits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given

from ..support.histories import NOW, Edit, History, Run, World, histories
from ..support.random_cases import random_cases

HISTORIES = 6
"""For each case, 102 in all. With `--soak` thirty times as many, and different ones every day."""

CASES = (
    ("orders",),
    ("orders",),
    ("shipments",),
    ("returns",),
    ("returns",),
    ("products",),
    ("product_variants",),
    ("product_sizes",),
    ("displays",),
    ("displays",),
    ("customers",),
    ("vouchers",),
    ("stock",),
    ("brands", "collections"),
    ("orders", "returns"),
    ("orders", "shipments"),
    ("products", "product_sizes", "displays"),
)
"""The resources of each chunk of histories: one alone is fastest, several share a clock and a package."""

FEW_HISTORIES = 2

ON_THE_BOUND = History(
    resources=("products",),
    runs=(Run((Edit(request=7, kind="edit product", which=0, step=0, late=60),), pause=0),),
    begins=NOW,
    minutes=0,
    header_minutes=0,
    frozen=True,
    zone="UTC",
    page_size=100,
    window_rows=10_000,
    rows_per_load=None,
    parallel_requests=1,
    bounds_inclusive=False,
    parents_move=False,
    returns_updated_at=False,
    long=False,
)
"""An edit after a run of six requests, dated one look-back before its end; the shop counts no bound in."""

EXAMPLES = (ON_THE_BOUND,)
"""Histories that random ones rarely find."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A shop and a database."""
    with World(tmp_path_factory.mktemp("histories")).running() as world:
        yield world


@pytest.mark.full
@pytest.mark.parametrize(
    "chunk", range(len(CASES)), ids=[f"{'+'.join(case)}-{number}" for number, case in enumerate(CASES)]
)
def test_tables_equal_the_shop_after_any_history(world: World, soak: bool, chunk: int) -> None:
    """Edits at any moment, in any second, under any clock: one more load without edits is exact."""
    play(world, CASES[chunk], HISTORIES * (30 if soak else 1), None if soak else chunk)


def test_orders_equal_the_shop_after_a_few_histories(world: World) -> None:
    """Orders have everything that a history can change: dates, lists, events and windows."""
    play(world, ("orders",), FEW_HISTORIES, 0)


def play(world: World, resources: tuple[str, ...], number: int, chunk: int | None) -> None:
    """Plays a number of histories. Without a chunk they are different each time."""

    @random_cases(number, chunk)
    @given(histories(*resources))
    def is_exact_without_edits(history: History) -> None:
        problems = world.play(history)
        assert not problems, "\n".join(problems)

    for known in EXAMPLES:
        if known.resources == resources:
            is_exact_without_edits = example(known)(is_exact_without_edits)
    is_exact_without_edits()
