"""Absurd amounts, quantities, rates and taxes: models are made of them, or one fails alone and names rows."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from centra_sandbox import Sandbox
from centra_source.destinations.derived_tables import read_failures
from centra_source.destinations.table_states import TableState
from centra_source.models import MODELS, derive_models
from centra_source.models.model_states import find_states

from ..support.postgres import PostgresTarget, make_database
from ..support.target import Target

NAMES = [model.name for model in MODELS]
LOADED = ("orders", "returns", "stock", "product_sizes", "product_variants", "products", "currencies")
LARGEST = "99999999999999.9999"
MOST = 2**63 - 1
NOT_NUMBERS = (
    "1e12",
    "1e300",
    "cast('NaN' as double precision)",
    "cast('Infinity' as double precision)",
    "0",
)


@pytest.fixture(scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.full)])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A small loaded shop with models, in one of two databases."""
    folder = tmp_path_factory.mktemp("absurd")
    target: Any = Target(folder)
    if request.param == "postgres":
        target = PostgresTarget(make_database(request.getfixturevalue("postgres_server")), folder)
    with Sandbox(products=6, orders=12, seed=5) as sandbox:
        for order in sandbox.shop.orders:
            order["status"] = "CONFIRMED"
        target.load(sandbox, *LOADED)
    assert derive_models(target.pipeline).made == NAMES
    yield target
    if isinstance(target, Target):
        target.close()


def change(place: Any, *statements: str) -> None:
    """Changes the loaded tables as a shop with such values would have filled them."""
    with place.pipeline.sql_client() as client:
        for statement in statements:
            client.execute_sql(statement)


def narrow(place: Any, table: str, column: str) -> None:
    """Makes a column as an earlier version has made it: with 18 digits."""
    schema = place.pipeline.default_schema
    schema.tables[table]["columns"][column]["precision"] = 18
    place.pipeline._schema_storage.save_schema(schema)
    for dataset in ("centra_data", "centra_data_staging"):
        change(place, f"alter table {dataset}.{table} alter column {column} type decimal(18, 4)")


def ask(place: Any, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    found: list[tuple[Any, ...]] = place.pipeline.dataset()(query).fetchall()
    return found


def test_every_model_is_made_of_absurd_values(place: Any) -> None:
    """Amounts have room, what cannot be calculated is null, and each such row is named."""
    lines = ask(place, "select order_id, id from order_lines order by order_id, id")
    orders = [number for (number,) in ask(place, "select number from orders order by number")]
    (order_id, line_id), (taxed_order, taxed_line), (_, nan_line) = lines[0], lines[1], lines[2]
    ((size,),) = ask(place, "select min(product_size_id) from stock")
    ((back,),) = ask(place, "select min(id) from return_lines")
    change(
        place,
        "update order_lines set unit_original_price_value = 99999999999.9999, quantity = 5000 "
        f"where id = {line_id}",
        f"update order_lines set tax_percent = -100 where id = {taxed_line}",
        f"update order_lines set tax_percent = cast('NaN' as double precision) where id = {nan_line}",
        f"update orders set totals_discounts_value = {LARGEST} where id = '{order_id}'",
        f"update return_lines set line_value = {LARGEST} where id = {back}",
        f"update product_variants set unit_cost_value = {LARGEST}",
        f"update stock set physical_quantity = {MOST}, free_to_allocate_quantity = {MOST}"
        f" where product_size_id = {size}",
        *(
            f"update orders set currency_base_rate = {rate} where number = {number}"
            for rate, number in zip(NOT_NUMBERS, orders[-len(NOT_NUMBERS) :], strict=True)
        ),
    )
    narrow(place, "stock_cover", "stock_value")
    derived = derive_models(place.pipeline)
    assert (derived.made, derived.failed) == (NAMES, {})
    ((gross, tax),) = ask(
        place,
        f"select line_gross, line_tax_included from order_lines_enriched where order_line_id = {line_id}",
    )
    assert gross == Decimal("499999999999999.5000")
    assert tax is not None
    assert ask(
        place,
        "select count(*) from order_lines_enriched where line_tax_included is null "
        f"and order_line_id in ({taxed_line}, {nan_line})",
    ) == [(2,)]
    absurd = ", ".join(map(str, orders[-len(NOT_NUMBERS) :]))
    of_base = "from order_lines_enriched where line_value_base is not null"
    assert ask(place, f"select count(*) {of_base} and order_number in ({absurd})") == [(0,)]
    ((value,),) = ask(place, f"select stock_value from stock_cover where product_size_id = {size}")
    assert value >= Decimal(LARGEST) * MOST
    described = " ".join(derived.unusable)
    for number in orders[-len(NOT_NUMBERS) :][:3]:
        assert f"orders with number {number} (currency_base_rate" in described
    assert "and 2 more rows: amounts in the base currency are null." in described
    assert f"order_lines with order_id {taxed_order} and id {taxed_line} (tax_percent -100" in described


@pytest.mark.full
def test_only_the_model_that_fails_is_left_as_it_was(place: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It names the rows; all others are made, among them the freshness; the next load is not blocked."""
    before = ask(place, "select order_line_id, line_gross from order_lines_enriched order by 1")
    change(
        place,
        f"update order_lines set unit_original_price_value = {LARGEST}, quantity = {MOST}",
        "update orders set created_at = '2026-05-01 12:00:00+00', store_id = 1, market_id = 1",
        "update orders set grand_total_currency_code = 'SEK', order_type = 'DirectToConsumerOrder'",
        "delete from resource_freshness",
    )
    with caplog.at_level(logging.ERROR):
        derived = derive_models(place.pipeline)
    assert "sales_daily" in derived.failed
    assert not set(derived.made) & set(derived.failed)
    assert set(derived.made) | set(derived.failed) == set(NAMES)
    assert {"resource_freshness", "run_history"} <= set(derived.made)
    assert f"quantity {MOST}" in derived.failed["sales_daily"]
    assert read_failures(place.pipeline.dataset()) == derived.failed
    assert find_states(place.pipeline.dataset(), ["sales_daily"]) == {
        "sales_daily": TableState("sales_daily", "filled", derived.failed["sales_daily"])
    }
    assert "order_lines with order_id" in derived.failed["sales_daily"]
    assert "is as it was before" in derived.failed["sales_daily"]
    assert ask(place, "select count(*) from resource_freshness")[0][0] > 0
    assert ask(place, "select count(*) from sales_daily")[0][0] > 0
    if "order_lines_enriched" in derived.failed:
        assert ask(place, "select order_line_id, line_gross from order_lines_enriched order by 1") == before
    assert not place.pipeline.has_pending_data
    assert "Traceback" not in caplog.text
    change(
        place,
        "update order_lines set unit_original_price_value = 10, quantity = 1",
        "update stock set physical_quantity = 1",
    )
    assert derive_models(place.pipeline).made == NAMES
    ((line, order),) = ask(
        place,
        "select min(order_lines.id), min(orders.number) from order_lines join orders "
        "on orders.id = order_lines.order_id where orders.number = (select min(number) from orders)",
    )
    assert find_states(place.pipeline.dataset(), ["sales_daily"])["sales_daily"].is_proven
    change(place, f"update order_lines set line_value = line_value + 0.01 where id = {line}")
    derived = derive_models(place.pipeline)
    assert derived.made == NAMES
    assert derived.totals.differing == 1
    assert f"Order {order}: goods are worth" in derived.totals.sentences[0]
