"""Shops of both generations of Centra's schema are loaded exactly."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from centra_sandbox import Sandbox

from ..support.generations import (
    is_unreadable,
    list_differing_resources,
    list_lacking_fields,
    list_owners_of_differing_fields,
    list_replaced_types,
    list_tables,
)
from ..support.shop_queries import TABLES
from ..support.shop_rows import find_differences
from ..support.target import Target
from ..support.workplace import Row

NAMES = list_differing_resources()

Loaded = tuple[Sandbox, dict[str, list[Row]]]


@pytest.fixture(scope="module", params=[False, True], ids=["current", "earlier"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """A shop of each generation, with the rows of all resources that differ."""
    with Sandbox(products=25, orders=60, seed=5, is_earlier=request.param) as sandbox:
        target = Target(tmp_path_factory.mktemp("generation")).load(sandbox, *NAMES)
        yield sandbox, target.rows_by_table(*list_tables(NAMES))


@pytest.mark.full
@pytest.mark.parametrize("table", list_tables(NAMES))
def test_both_generations_are_loaded_exactly(loaded: Loaded, table: str) -> None:
    """Every row equals the shop; what a generation lacks is null, and its lists are empty."""
    sandbox, rows = loaded
    if sandbox.settings.is_earlier and is_unreadable(table):
        assert rows[table] == []
        return
    lacking = list_lacking_fields(TABLES[table][0]) if sandbox.settings.is_earlier else ()
    assert find_differences(sandbox.shop, table, rows[table], without=lacking) == []


def test_generations_differ() -> None:
    """The comparison is one of two generations: in fields, in lists without ids, and in whole lists."""
    assert {"invoices", "lowest_prices", "purchase_orders", "subscriptions", "tax_rules"} <= set(NAMES)


def test_every_type_of_the_earlier_generation_makes_a_difference() -> None:
    """Queries ask for fields that differ in each type that it redefines: else it would prove nothing."""
    owners = list_owners_of_differing_fields()
    vain = [name for name, names in list_replaced_types().items() if not owners & names]
    assert vain == []
