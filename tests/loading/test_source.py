"""The source as dlt users know sources: resources, configuration, incremental cursors, schemas."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import dlt
import pytest

from centra_sandbox import Sandbox
from centra_source import RESOURCES, centra_source
from centra_source.exceptions import InvalidSetting

from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.target import Target, catch_error
from ..support.workplace import PROJECT


def test_source_offers_every_resource() -> None:
    """One dlt resource per entry of the registry."""
    source = centra_source("https://shop.centra.com/graphql", "token")
    assert list(source.resources) == list(RESOURCES)


def test_making_the_source_asks_nothing(small_shop: Sandbox) -> None:
    """A scheduler that reads its job files creates the source often. Only a run sends requests."""
    centra_source(small_shop.url, small_shop.token)
    assert small_shop.requests == []


def test_with_resources_loads_their_tables_only(small_shop: Sandbox, target: Target) -> None:
    """A chosen resource brings its child tables and its audit, and nothing else."""
    target.load(small_shop, "shipments", "stores")
    shipments = ["shipment_discounts", "shipment_lines", "shipments"]
    assert target.tables() == ["deleted_objects", "load_audit", *shipments, "stores", "unreadable_objects"]


def test_settings_come_from_the_environment(
    small_shop: Sandbox, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dlt's places for configuration work: here SOURCES__CENTRA_SOURCE__…"""
    monkeypatch.setenv("SOURCES__CENTRA_SOURCE__BASE_URL", small_shop.url)
    monkeypatch.setenv("SOURCES__CENTRA_SOURCE__ACCESS_TOKEN", small_shop.token)
    monkeypatch.setenv("SOURCES__CENTRA_SOURCE__PAGE_SIZE", "9")
    monkeypatch.setenv("SOURCES__CENTRA_SOURCE__START_DATE", "2026-01-01")
    target.pipeline.run(centra_source().with_resources("orders"))
    count, first, *_ = (request for request in small_shop.requests if request.operation == "orders")
    assert count.variables["first"] == 1
    assert first.variables["first"] == 9
    assert first.variables["where"]["updatedAt"]["from"] == "2025-12-31T23:59:59Z"


LOOKBACKS = [
    ("2 days", 2, 2),
    ({"orders": "2 days"}, 2, 90),
    ('{"returns": "120 days"}', 0, 120),
    (None, 0, 90),
]


@pytest.mark.full
@pytest.mark.parametrize(("lookback", "orders", "returns"), representative(LOOKBACKS, LOOKBACKS[-1]), ids=str)
def test_lookback_is_set_for_all_or_by_resource(
    small_shop: Sandbox, target: Target, lookback: str | dict[str, str], orders: int, returns: int
) -> None:
    """The next window starts that long before the bookmark. Default: an hour, and 90 days for returns."""
    for _ in range(2):
        target.load(small_shop, "orders", "returns", lookback=lookback)
    for resource, days in (("orders", orders), ("returns", returns)):
        first, second = target.audit(resource)
        assert (first["started_at"] - second["window_from"]).days == days


def test_bookmark_is_a_dlt_incremental(small_shop: Sandbox, target: Target) -> None:
    """`dlt pipeline info`, Airflow intervals and own ranges know the cursor by its usual place."""
    target.load(small_shop, "orders", "returns")
    resources = target.pipeline.state["sources"]["centra_source"]["resources"]
    assert set(resources["orders"]["incremental"]) == {"updated_at"}
    assert set(resources["returns"]["incremental"]) == {"created_at"}


@pytest.mark.full
def test_own_incremental_range_is_taken(small_shop: Sandbox, target: Target) -> None:
    """A range that is set in the way of dlt replaces the source's own."""
    start, end = (datetime(2025, month, 1, tzinfo=timezone.utc) for month in (3, 9))
    source = centra_source(small_shop.url, small_shop.token)
    source.orders.apply_hints(
        incremental=dlt.sources.incremental("updated_at", initial_value=start, end_value=end)
    )
    target.pipeline.run(source.with_resources("orders"))
    wanted = {order["id"] for order in small_shop.shop.orders if start <= order["updatedAt"] <= end}
    assert {row["id"] for row in target.rows("orders")} == wanted
    assert wanted


def test_resource_can_be_read_without_a_pipeline(small_shop: Sandbox) -> None:
    """Without a pipeline, such as in a shell, a resource yields its Arrow tables."""
    source = centra_source(small_shop.url, small_shop.token)
    tables = list(source.stores)
    assert [row["name"] for table in tables for row in table.to_pylist() if row.get("name")] == [
        store["name"] for store in small_shop.shop.stores
    ]


@pytest.mark.full
def test_dropping_and_loading_again_is_left_to_dlt(small_shop: Sandbox, target: Target) -> None:
    """dlt's own refresh modes work: tables and bookmarks go, and everything is read again."""
    target.load(small_shop, "orders")
    source = centra_source(small_shop.url, small_shop.token).with_resources("orders")
    target.pipeline.run(source, refresh="drop_sources")
    assert target.audit("orders")[-1]["loaded"] == len(small_shop.shop.orders)
    assert find_differences(small_shop.shop, "order_lines", target.rows("order_lines")) == []


@pytest.mark.full
def test_bookmark_of_another_shop_is_refused(
    small_shop: Sandbox, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bookmark describes one shop. With another shop it would skip rows silently."""
    target.load(small_shop, "orders")
    other = small_shop.url.replace("127.0.0.1", "localhost")
    source = centra_source(other, small_shop.token).with_resources("orders")
    error = catch_error(InvalidSetting, lambda: target.pipeline.run(source))
    assert "has loaded orders of 127.0.0.1 so far" in str(error)
    refreshed = centra_source(other, small_shop.token, full_refresh=True).with_resources("orders")
    target.pipeline.run(refreshed)
    resources = target.pipeline.state["sources"]["centra_source"]["resources"]
    assert "events" not in resources["orders"]
    target.pipeline.run(centra_source(other, small_shop.token).with_resources("orders"))
    assert target.audit("orders")[-1]["loaded"] == 0


@pytest.mark.full
def test_dataframe_is_typed(small_shop: Sandbox, target: Target) -> None:
    """Analysts get numbers, flags and time-zone-aware times, not text."""
    target.load(small_shop, "orders")
    frame = target.pipeline.dataset().table("orders").df()
    assert frame is not None
    kinds = {name: str(kind) for name, kind in frame.dtypes.items()}
    assert kinds["updated_at"] == "datetime64[us, UTC]"
    assert (kinds["number"], kinds["is_on_hold"], kinds["grand_total_value"]) == ("int64", "bool", "float64")


@pytest.mark.full
def test_money_is_decimal_in_the_database(small_shop: Sandbox, target: Target) -> None:
    """Sums in SQL are exact."""
    target.load(small_shop, "orders")
    assert target.types("orders")["grand_total_value"] == "DECIMAL(18,4)"
    assert target.types("orders")["updated_at"] == "TIMESTAMP WITH TIME ZONE"


def test_loader_imports_without_the_sandbox(tmp_path: Path) -> None:
    """The package that users install does not import the sandbox."""
    (tmp_path / "centra_source").symlink_to(PROJECT / "centra_source")
    code = "import sys, centra_source.globale; sys.exit('sandbox' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment).returncode == 0
