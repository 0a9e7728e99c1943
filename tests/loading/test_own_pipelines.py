"""The source in pipelines of others: what they add to it works as dlt says, or is refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import pytest
from dlt.destinations.adapters import bigquery_adapter
from dlt.extract import DltSource

from centra_sandbox import Sandbox
from centra_source import (
    centra_source,
    reached_moments,
    recover_pipeline,
    unfinished_resources,
    unread_resources,
)
from centra_source.exceptions import InvalidSetting

from ..support.target import Target, catch_error
from ..support.workplace import Row

NAMES = ("brands", "markets", "stock", "orders")
"""Lists that are read whole, in one answer and in pages, and one with a date."""

TABLES = (*NAMES, "order_lines", "market_countries")


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    """A shop that no test changes."""
    with Sandbox(products=6, orders=12, seed=3) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def whole(shop: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    """The rows that one plain load brings."""
    target = Target(tmp_path_factory.mktemp("whole"))
    return target.load(shop, *NAMES).rows_by_table(*TABLES)


def make(shop: Sandbox, *names: str, **settings: Any) -> DltSource:
    """The source with some of its resources."""
    source = centra_source(shop.url, shop.token, **settings)
    return source.with_resources(*names) if names else source


def run(target: Target, data: Any, **options: Any) -> None:
    """Runs dlt's own `run()`, and nothing else."""
    with target.pipeline.sql_client():
        target.pipeline.run(data, **options)


def filter_all(source: DltSource) -> None:
    """Leaves out every object."""
    for name in NAMES:
        source.resources[name].add_filter(lambda row: False)


def rename_all(source: DltSource) -> None:
    """Changes a value of every list."""
    for name in ("brands", "markets"):
        source.resources[name].add_map(lambda row: {**row, "name": "changed"})


LESS: dict[str, Callable[[DltSource], object]] = {
    "a page": lambda source: source.add_limit(1),
    "two objects": lambda source: source.add_limit(2, count_rows=True),
    "no time": lambda source: source.add_limit(max_time=0),
    "a filter": filter_all,
    "a map": rename_all,
}


@pytest.mark.parametrize(
    "less", [pytest.param(one, marks=pytest.mark.full) if one != "a page" else one for one in LESS]
)
def test_plain_load_completes_what_another_handed_on_in_part(
    shop: Sandbox, whole: dict[str, list[Row]], target: Target, less: str
) -> None:
    """Nothing counts as loaded because it was read: lists that have not changed come all the same."""
    source = make(shop, *NAMES)
    LESS[less](source)
    run(target, source)
    assert target.rows_by_table(*TABLES) != whole
    run(target, make(shop, *NAMES))
    assert target.rows_by_table(*TABLES) == whole


def test_rows_that_somebody_deleted_come_back_and_dropped_tables_are_named(
    shop: Sandbox, whole: dict[str, list[Row]], target: Target
) -> None:
    """Lists are compared with the tables. A missing table is named before anything is read."""
    run(target, make(shop, *NAMES))
    with target.pipeline.sql_client() as client:
        client.execute_sql("delete from stock where available_quantity > 1")
        client.execute_sql("delete from market_countries")
        client.execute_sql("delete from brands")
    run(target, make(shop, *NAMES))
    assert target.rows_by_table(*TABLES) == whole
    with target.pipeline.sql_client() as client:
        client.execute_sql("drop table brands")
        client.execute_sql("drop table order_lines")
    shop.requests.clear()
    for name, table in (("brands", "brands"), ("orders", "order_lines")):
        refusal = catch_error(InvalidSetting, lambda: run(target, make(shop, name)))  # noqa: B023
        assert f"lacks {table}" in str(refusal)
        assert "recover_pipeline" in str(refusal)
    assert not shop.requests
    recover_pipeline(target.pipeline, report=lambda line: None)
    run(target, make(shop, *NAMES))
    assert target.rows_by_table(*TABLES) == whole


def test_sample_is_whole_objects_and_moves_nothing(shop: Sandbox, target: Target) -> None:
    """`add_limit` brings objects with their lists; no bookmark moves, and no line says complete."""
    source = make(shop, "orders", "stock", page_size=5)
    source.add_limit(1)
    run(target, source)
    found = target.rows_by_table("orders", "order_lines", "stock", "load_audit")
    assert len(found["orders"]) == 5
    assert {line["order_id"] for line in found["order_lines"]} == {order["id"] for order in found["orders"]}
    assert 0 < len(found["stock"]) < 103
    assert {(line["kind"], line["status"]) for line in found["load_audit"]} == {("sample", "incomplete")}
    assert reached_moments(target.pipeline) == {}
    assert "orders" in unread_resources(target.pipeline)


def test_sample_deletes_nothing_that_was_loaded(
    shop: Sandbox, whole: dict[str, list[Row]], target: Target
) -> None:
    """Also in a full refresh, and the snapshots of the day stay."""
    run(target, make(shop, *NAMES))
    before = len(target.rows("stock_snapshots"))
    source = make(shop, *NAMES, full_refresh=True)
    source.add_limit(1)
    run(target, source)
    assert target.rows_by_table(*TABLES) == whole
    assert len(target.rows("stock_snapshots")) == before


def test_functions_get_rows_and_children_follow(shop: Sandbox, target: Target) -> None:
    """Filters choose objects with all their rows, maps change values and add columns, the audit counts."""
    source = make(shop, "orders")
    kept: set[str] = set()

    def keep_some(order: Row) -> bool:
        if int(order["number"]) % 2:
            kept.add(order["id"])
        return order["id"] in kept

    source.orders.add_filter(keep_some)
    source.orders.add_map(lambda order: {**order, "status": "MAPPED", "is_large": order["number"] > 3})
    run(target, source)
    found = target.rows_by_table("orders", "order_lines", "load_audit")
    assert {order["id"] for order in found["orders"]} == kept
    assert {line["order_id"] for line in found["order_lines"]} == kept
    assert {order["status"] for order in found["orders"]} == {"MAPPED"}
    assert {order["is_large"] for order in found["orders"]} <= {True, False}
    (note,) = [line["note"] for line in found["load_audit"] if line["kind"] == "filtered"]
    assert note == f"add_filter() left out {12 - len(kept)} objects."


BROKEN_FUNCTIONS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "expects a table": (lambda table: table.slice(0, 1), "gets one row of the table brands as a dict"),
    "returns no row": (lambda row: 7, "returned no row"),
    "changes the key": (lambda row: {**row, "id": row["id"] + 1}, "changed id"),
    "drops the key": (lambda row: {"name": row["name"]}, "changed id"),
}


@pytest.mark.parametrize("broken", BROKEN_FUNCTIONS)
def test_functions_that_cannot_work_are_explained(shop: Sandbox, target: Target, broken: str) -> None:
    """The sentence says what a function gets and must return."""
    function, words = BROKEN_FUNCTIONS[broken]
    source = make(shop, "brands")
    source.brands.add_map(function)
    assert words in str(catch_error(InvalidSetting, lambda: run(target, source)))


def test_transformers_load_their_own_tables(
    shop: Sandbox, whole: dict[str, list[Row]], target: Target
) -> None:
    """A transformer gets the rows of the resource's own table. What it yields goes to its own."""
    source = make(shop, *NAMES)
    seen: list[pa.Table] = []

    @dlt.transformer(data_from=source.brands)
    def scores(brands: pa.Table) -> Iterator[pa.Table]:
        yield pa.table({"id": [1], "score": [1.5]})

    @dlt.transformer(data_from=source.orders)
    def numbers(orders: pa.Table) -> Iterator[list[Row]]:
        seen.append(orders)
        yield [{"order_id": order["id"]} for order in orders.to_pylist()]

    run(target, [source, scores, numbers])
    assert target.rows_by_table(*TABLES) == whole
    assert [row["score"] for row in target.rows("scores")] == [1.5]
    assert {row["order_id"] for row in target.rows("numbers")} == {order["id"] for order in whole["orders"]}
    assert sum(len(one) for one in seen) == 12


def test_hints_go_to_the_table_that_they_name(shop: Sandbox, target: Target) -> None:
    """Those of an adapter to the resource's own table, those with a table_name to that; contracts to all."""
    source = make(shop, "orders")
    bigquery_adapter(source.orders, partition="created_at", cluster=["store_id"])
    source.orders.apply_hints(table_name="order_lines", columns={"quantity": {"cluster": True}})
    run(target, source, schema_contract={"data_type": "freeze"})
    tables = target.pipeline.default_schema.tables
    assert tables["orders"]["columns"]["created_at"]["x-bigquery-partition"] is True  # type: ignore[typeddict-item]
    assert tables["orders"]["x-bigquery-cluster-columns"] == ["store_id"]  # type: ignore[typeddict-item]
    assert tables["order_lines"]["columns"]["quantity"]["cluster"] is True
    assert "x-bigquery-cluster-columns" not in tables["order_lines"]
    assert "store_id" not in tables["order_lines"]["columns"]
    assert tables["order_lines"]["schema_contract"] == tables["orders"]["schema_contract"]
    source = make(shop, "orders", full_refresh=True)
    source.orders.apply_hints(columns={"no_column": {"cluster": True}})
    assert "orders has no column 'no_column'" in str(catch_error(InvalidSetting, lambda: run(target, source)))


REFUSED: dict[str, dict[str, Any]] = {
    "append": {"write_disposition": "append"},
    "replace": {"write_disposition": "replace"},
    "scd2": {"write_disposition": {"disposition": "merge", "strategy": "scd2"}},
    "another table": {"table_name": "my_orders"},
    "another key": {"primary_key": "number"},
    "a merge key": {"merge_key": "number"},
    "nested hints": {"nested_hints": {"lines": {"primary_key": "id"}}},
    "another cursor": {"incremental": dlt.sources.incremental("number")},
    "a lag": {"incremental": dlt.sources.incremental("updated_at", lag=60)},
}


@pytest.mark.parametrize("hint", REFUSED)
def test_hints_that_cannot_be_honoured_are_refused(shop: Sandbox, hint: str) -> None:
    """No hint is ignored: the sentence names the resource and says what can be done."""
    orders = make(shop).orders
    with pytest.raises(InvalidSetting, match="orders"):
        orders.apply_hints(**REFUSED[hint])


def test_arguments_of_a_run_and_new_names_are_refused(shop: Sandbox, target: Target) -> None:
    """What `run()` hands to every resource is a hint too. Lists that are read whole have no incremental."""
    for options in ({"write_disposition": "replace"}, {"table_name": "other"}, {"primary_key": "name"}):
        catch_error(InvalidSetting, lambda: run(target, make(shop, "brands"), **options))  # noqa: B023
    brands = make(shop).brands
    refusals: list[Callable[[], object]] = [
        lambda: brands.with_name("other"),
        lambda: brands.add_yield_map(lambda row: iter([row])),
        lambda: brands.apply_hints(incremental=dlt.sources.incremental("id")),
    ]
    for refused in refusals:
        with pytest.raises(InvalidSetting, match="brands"):
            refused()


@pytest.mark.parametrize("start", ["2020-01-01", None])
def test_range_of_an_incremental_is_used(shop: Sandbox, target: Target, start: str | None) -> None:
    """A text as its start, or none, and a text as its end; given as a hint, or as an argument."""
    source = make(shop, "orders")
    source.orders.apply_hints(incremental=dlt.sources.incremental("updated_at", initial_value=start))
    run(target, source)
    assert len(target.rows("orders")) == 12
    newest = max(order["updated_at"] for order in target.rows("orders"))
    closed = dlt.sources.incremental("updated_at", initial_value="2020-01-01", end_value=newest.isoformat())
    rows = list(make(shop).orders(bookmark=closed))
    assert {row["updated_at"] for row in rows if "updated_at" in row} <= {
        order["updated_at"] for order in target.rows("orders") if order["updated_at"] < newest
    }


def test_state_of_clones_and_single_resources_is_found(shop: Sandbox, tmp_path: Path) -> None:
    """Whatever dlt calls the source: its own name, that of a clone, or that of the pipeline."""
    clone = centra_source.clone(name="shop_b")
    loads: dict[str, Callable[[], Any]] = {
        "shop_b": lambda: clone(shop.url, shop.token, rows_per_load=5).with_resources("orders"),
        "centra_test": lambda: make(shop, rows_per_load=5).orders,
    }
    for name, data in loads.items():
        target = Target(tmp_path / name)
        run(target, data())
        assert unfinished_resources(target.pipeline) == ["orders"]
        assert unfinished_resources(target.pipeline, name) == ["orders"]
        assert unfinished_resources(target.pipeline, "other") == []
        while unfinished_resources(target.pipeline):
            run(target, data())
        assert len(target.rows("orders")) == 12
        assert list(reached_moments(target.pipeline)) == ["orders"]
        with target.pipeline.sql_client() as client:
            client.execute_sql("drop table orders")
        recover_pipeline(target.pipeline, report=lambda line: None)
        for _ in range(3):  # five orders a load
            run(target, data())
        assert len(target.rows("orders")) == 12


@pytest.mark.parametrize(
    "mode",
    ["drop_resources", *(pytest.param(one, marks=pytest.mark.full) for one in ("drop_data", "drop_sources"))],
)
def test_history_survives_a_refresh(
    shop: Sandbox, whole: dict[str, list[Row]], target: Target, mode: Any
) -> None:
    """Snapshots of earlier days and lines of the audit cannot be read again: no refresh drops them."""
    run(target, make(shop, *NAMES))
    with target.pipeline.sql_client() as client:
        client.execute_sql("update stock_snapshots set snapshot_date = date '2026-01-05'")
    before = {row["id"] for row in target.rows("load_audit")}
    snapshots = target.rows("stock_snapshots")
    run(target, make(shop, "stock", "orders"), refresh=mode)
    run(target, make(shop, *NAMES))
    assert target.rows_by_table(*TABLES) == whole
    assert before < {row["id"] for row in target.rows("load_audit")}
    old = [row for row in target.rows("stock_snapshots") if row["snapshot_date"].month == 1]
    assert old == snapshots


@pytest.mark.parametrize("is_set", ["true", "false"])
def test_every_row_has_the_id_of_its_load(
    shop: Sandbox, target: Target, is_set: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the first run, whether dlt adds it or not, and dlt can be asked to later."""
    monkeypatch.setenv("NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID", "false")
    run(target, make(shop, "brands", "orders"))
    monkeypatch.setenv("NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID", is_set)
    run(target, make(shop, "brands", "orders", full_refresh=True))
    with target.pipeline.sql_client() as client:
        loads = [load for (load,) in client.execute_sql("select load_id from _dlt_loads order by 1") or ()]
        for table, expected in (("brands", loads[1:]), ("order_lines", loads[1:]), ("load_audit", loads)):
            found = client.execute_sql(f"select distinct _dlt_load_id from {table} order by 1")
            assert [load for (load,) in found or ()] == expected
