"""Other ways into dlt's machinery: transformers alone, hints that merge, steps, and functions with values."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

import dlt
import pyarrow as pa
import pytest
from dlt.extract import DltResource, DltSource
from dlt.extract.items_transform import FilterItem, LimitItem, MapItem

from centra_sandbox import Sandbox
from centra_source import centra_source
from centra_source.exceptions import InvalidSetting
from centra_source.loading.function_fingerprint import make_fingerprint
from centra_source.loading.shop_resource import ShopResource
from centra_source.loading.user_steps import UserSteps

from ..support.target import Target, catch_error
from ..support.workplace import Row

OF_EACH_KIND = ("brands", "orders", "stock_changes")
"""A list that is read whole, one with a date, and one that only grows."""

SCD2: Any = {"disposition": "merge", "strategy": "scd2"}
"""Keeps a row for each value that a key has had."""


@pytest.fixture
def shop() -> Iterator[Sandbox]:
    """A shop that the test may change."""
    with Sandbox(products=6, orders=12, seed=3) as sandbox:
        yield sandbox


def make(shop: Sandbox, *names: str, **settings: Any) -> DltSource:
    """The source with some of its resources."""
    source = centra_source(shop.url, shop.token, **settings)
    return source.with_resources(*names) if names else source


def run(target: Target, data: Any) -> None:
    """Runs dlt's own `run()`, and nothing else."""
    with target.pipeline.sql_client():
        target.pipeline.run(data)


def mark(resource: DltResource, seen: list[Row]) -> DltResource:
    """A transformer that keeps what it gets, and loads the keys."""

    @dlt.transformer(data_from=resource, name=f"marks_of_{resource.name}")
    def marks(rows: pa.Table) -> Iterator[list[Row]]:
        seen.extend(rows.to_pylist())
        yield [{"of": resource.name}]

    return marks


def run_transformers_alone(shop: Sandbox, target: Target) -> dict[str, list[Row]]:
    """Loads transformers of three resources, and not the resources; returns what they got."""
    source, seen = make(shop), {name: list[Row]() for name in OF_EACH_KIND}
    for name in OF_EACH_KIND:
        marks = mark(source.resources[name], seen[name])
        source.resources[marks.name] = marks
    run(target, source.with_resources(*(f"marks_of_{name}" for name in OF_EACH_KIND)))
    return seen


def test_transformers_alone_take_nothing_from_the_tables(shop: Sandbox, target: Target) -> None:
    """Both get everything once, whichever is loaded first, also what changes between their loads."""
    seen = run_transformers_alone(shop, target)
    assert [len(seen[name]) for name in OF_EACH_KIND] == [3, 12, 2]
    run(target, make(shop, *OF_EACH_KIND))
    assert [len(target.rows(name)) for name in OF_EACH_KIND] == [3, 12, 2]
    shop.shop.update(shop.shop.brands[0], name="Renamed")
    locked = shop.shop.orders[0]
    shop.shop.update(locked, isLocked=not locked["isLocked"])
    shop.shop.remove(shop.shop.orders[2])
    seen = run_transformers_alone(shop, target)
    assert "Renamed" in {row["name"] for row in seen["brands"]}
    assert [row["id"] for row in seen["orders"]] == [locked["id"]]
    run(target, make(shop, *OF_EACH_KIND))
    assert "Renamed" in {row["name"] for row in target.rows("brands")}
    assert {row["is_locked"] for row in target.rows("orders") if row["id"] == locked["id"]} == {
        locked["isLocked"]
    }
    assert sum(row["deleted_at"] is not None for row in target.rows("orders")) == 1  # the event has waited


def test_history_of_a_transformer_misses_no_change(shop: Sandbox, target: Target) -> None:
    """dlt reads the resource twice for it. Its bookmark is not the one that the first time has moved.

    With a merge key, the rows of orders that have not changed stay current.
    """
    got: list[str] = []
    shop.clock.start_at(datetime.now(timezone.utc) - timedelta(days=10))  # no bookmark passes our own clock

    def load() -> None:
        got.clear()
        shop.clock.advance(timedelta(days=1))
        source = make(shop, "orders", lookback="0 seconds")

        @dlt.transformer(data_from=source.orders, write_disposition=SCD2, merge_key="order_id")
        def order_history(orders: pa.Table) -> Iterator[list[Row]]:
            got.extend(orders["id"].to_pylist())
            yield [{"order_id": row["id"], "is_locked": row["is_locked"]} for row in orders.to_pylist()]

        run(target, [source, order_history])

    load()
    assert len(got) == 12
    load()  # from now on dlt knows the name of the schema, and keeps the state there
    shop.clock.advance(timedelta(hours=1))
    changed = shop.shop.orders[1]
    shop.shop.update(changed, isLocked=not changed["isLocked"])
    load()
    assert got == [changed["id"]]
    with target.pipeline.sql_client() as client:
        ends = "select order_id, _dlt_valid_to is null from order_history order by 1, 2"
        found = [tuple(row) for row in client.execute_sql(ends) or ()]
    assert [order for order, is_current in found if not is_current] == [changed["id"]]
    assert {order for order, is_current in found if is_current} == {
        row["id"] for row in target.rows("orders")
    }
    assert len(found) == 13


def test_transformer_reads_rows_without_a_pipeline(shop: Sandbox) -> None:
    """In a notebook it gets the same rows as in a load: only those of the resource's own table."""
    source, seen = make(shop, "orders"), list[Row]()
    assert list(mark(source.orders, seen)) == [{"of": "orders"}]
    assert {row["number"] > 0 for row in seen} == {True}
    assert len(seen) == 12


def test_parallel_resource_with_a_transformer_is_refused(shop: Sandbox, target: Target) -> None:
    """And without one it loads."""
    source = make(shop, "brands").parallelize()
    run(target, source)
    assert len(target.rows("brands")) == 3
    source = make(shop, "brands").parallelize()
    refusal = catch_error(InvalidSetting, lambda: run(target, [source, mark(source.brands, [])]))
    assert "parallel_requests" in str(refusal)


def test_sample_of_a_list_that_changes_back(shop: Sandbox, target: Target) -> None:
    """The list is as the last whole load found it. The tables are not: the sample was merged into them."""
    brand = shop.shop.brands[0]
    before = brand["name"]
    run(target, make(shop, "brands"))
    shop.shop.update(brand, name="Renamed")
    run(target, make(shop, "brands").add_limit(1))
    assert "Renamed" in {row["name"] for row in target.rows("brands")}
    shop.shop.update(brand, name=before)
    run(target, make(shop, "brands"))
    assert "Renamed" not in {row["name"] for row in target.rows("brands")}


@pytest.mark.parametrize("limit", [{"max_items": -1}, {"max_items": None}, {}])
def test_no_limit_is_no_sample(shop: Sandbox, limit: dict[str, Any]) -> None:
    """dlt takes -1 and None as no limit, also after another."""
    orders = make(shop).orders
    orders.add_limit(1).add_limit(**limit)
    assert isinstance(orders, ShopResource)
    assert orders.steps.limit is None


@pytest.mark.parametrize(
    "hint",
    [
        *("primary_key", "merge_key", "row_key", "parent_key", "root_key", "hard_delete", "dedup_sort"),
        *("incremental", "x-valid-from", "x-valid-to", "x-row-version", "x-active-record-timestamp"),
    ],
)
def test_column_hints_that_merge_are_refused(shop: Sandbox, hint: str) -> None:
    """Such as `hard_delete`, which left out every row. Both forms of columns."""
    orders = make(shop).orders
    forms: list[Any] = [{"status": {hint: True}}, [{"name": "status", hint: True}]]
    for columns in forms:
        with pytest.raises(InvalidSetting, match=f"orders: the hint {hint} of the column status"):
            orders.apply_hints(columns=columns)


REFUSED: dict[str, Callable[[Any], object]] = {
    "another name": lambda orders: orders.apply_hints(columns={"status": {"name": "state"}}),
    "columns as a function": lambda orders: orders.apply_hints(columns=lambda item: {}),
    "columns as a text": lambda orders: orders.apply_hints(columns="status"),
    "a column as a text": lambda orders: orders.apply_hints(columns={"status": "text"}),
    "a list of names": lambda orders: orders.apply_hints(columns=["status"]),
    "a strategy": lambda orders: orders.apply_hints(additional_table_hints={"x-merge-strategy": "upsert"}),
    "a disposition": lambda orders: orders.apply_hints(
        additional_table_hints={"write_disposition": "replace"}
    ),
    "a parent": lambda orders: orders.apply_hints(additional_table_hints={"parent": "brands"}),
    "selected tables": lambda orders: orders.select_tables("orders"),
    "a map as a step": lambda orders: orders.add_step(MapItem(lambda row: row)),
    "a filter as a step": lambda orders: orders.add_step(FilterItem(lambda row: True)),
    "a limit as a step": lambda orders: orders.add_step(LimitItem(1, None, False)),
}


@pytest.mark.parametrize("way", REFUSED)
def test_other_ways_in_are_refused(shop: Sandbox, way: str) -> None:
    """What would get tables of children, or load no rows, is refused before anything is read."""
    orders = make(shop).orders
    with pytest.raises(InvalidSetting, match="orders"):
        REFUSED[way](orders)


def test_hints_that_merge_nothing_are_taken(shop: Sandbox, target: Target) -> None:
    """A description, those of adapters, and hints for columns."""
    source = make(shop, "brands")
    source.brands.apply_hints(
        columns=[{"name": "name", "unique": True}],
        additional_table_hints={"description": "Ours.", "x-bigquery-cluster-columns": ["name"]},
    )
    run(target, source)
    table: Any = target.pipeline.default_schema.tables["brands"]
    assert table["columns"]["name"]["unique"] is True
    assert (table["description"], table["x-bigquery-cluster-columns"]) == ("Ours.", ["name"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": 7}, "does not fit the column name, which holds string"),
        ({"added": object()}, "does not fit the column added"),
        ({"id": 2**70}, "does not fit the column id"),
        ({"_dlt_load_id": "x"}, "added _dlt_load_id"),
    ],
)
def test_values_that_no_column_holds_are_explained(
    shop: Sandbox, target: Target, change: Row, words: str
) -> None:
    """The sentence names the table, the function and the column."""
    source = make(shop, "brands")
    source.brands.add_map(lambda row: {**row, **change})
    refusal = str(catch_error(InvalidSetting, lambda: run(target, source)))
    assert refusal.startswith("brands: a function of add_map()")
    assert words in refusal


class Threshold:
    """A function that is an object."""

    def __init__(self, least: int) -> None:
        self.least = least

    def __call__(self, row: Row) -> bool:
        """Whether the row is kept."""
        return bool(row["number"] >= self.least)

    def check(self, row: Row) -> bool:
        """The same as a method."""
        return self(row)


def keep_from(least: int) -> Callable[[Row], bool]:
    """A function that uses a variable around it."""
    return lambda row: row["number"] >= least


def keep_above(least: int, row: Row) -> bool:
    """A function for `partial`."""
    return bool(row["number"] > least)


WITH_VALUES: dict[str, Callable[[int], Callable[[Row], bool]]] = {
    "a variable": keep_from,
    "a partial function": lambda least: partial(keep_above, least),
    "an object": Threshold,
    "a method": lambda least: Threshold(least).check,
    "a function in a variable": lambda least: partial(lambda inner, row: inner(row), keep_from(least)),
    "a set": lambda least: partial(lambda kept, row: row["number"] in kept, {least, 100, 101}),
}


@pytest.mark.parametrize("kind", WITH_VALUES)
def test_fingerprint_is_of_the_values_of_a_function(kind: str) -> None:
    """A filter with another threshold is another filter."""
    make_function = WITH_VALUES[kind]
    assert make_fingerprint(make_function(1)) == make_fingerprint(make_function(1))
    assert make_fingerprint(make_function(1)) != make_fingerprint(make_function(2))


SCRIPT = """
from centra_source.loading.function_fingerprint import make_fingerprint
STATES = {"SHIPPED", "PENDING", "CONFIRMED"}
def is_listed(order): return order["status"] in STATES
def again(order): return again(order)
for function in (
    lambda order: order["status"] in {"SHIPPED", "PENDING", "CONFIRMED", "ARCHIVED"},
    lambda order: any(key for key in order if (lambda name: name)(key)),
    lambda order: is_listed(order),
    again,
    object,
    str.lower,
):
    print(make_fingerprint(function))
"""


def test_fingerprint_is_the_same_in_every_process() -> None:
    """Otherwise each night would read everything again: sets have another order, and code another address."""
    found = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    assert len(set(found.pop().split())) == 6


def test_fingerprints_of_maps_and_filters_differ() -> None:
    """The same function filters in one and changes rows in the other."""
    function = keep_from(1)
    (as_map,) = UserSteps([MapItem(function)]).describe_functions()
    (as_filter,) = UserSteps([FilterItem(function)]).describe_functions()
    assert as_map != as_filter
