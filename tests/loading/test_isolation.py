"""A resource that cannot be read fails alone: the others are loaded, and the next load makes up for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from dlt.extract.items import DataItemWithMeta
from rich.console import Console

from centra_jobs.exit_codes import INCOMPLETE
from centra_jobs.jobs import check as check_job
from centra_jobs.jobs import load as load_job
from centra_jobs.runs.derive import derive_after_load
from centra_jobs.runs.loading import load_all
from centra_sandbox import Errors, Fault, HttpError, OtherBody, Sandbox, Unauthorized, WrongTotal
from centra_source import (
    IncompleteRead,
    QueryRefused,
    ShopUnreachable,
    TokenRefused,
    centra_source,
    failed_resources,
)
from centra_source.loading import spool
from centra_source.state import TABLE_KEYS
from centra_source.tables.loader_tables import LOAD_AUDIT

from ..support.nights import Nights
from ..support.postgres import PostgresTarget
from ..support.selection import representative
from ..support.shop_rows import find_differences, list_planned_tables
from ..support.target import Target, catch_error
from ..support.workplace import PROJECT

ALWAYS = 1_000_000
REFUSED = Errors("The query is forbidden", category="graphql")

FAULTS: dict[str, Fault] = {
    "orders": WrongTotal(),
    "shipments": REFUSED,
    "customers": HttpError(500),
    "brands": HttpError(500),
    "warehouses": OtherBody(b"{}"),
}
"""A fault for ever, by resource: a count that is never met, a query that is refused, a shop that breaks down
over a resource that is merged and over one that is replaced, and an answer that nobody can read."""

BREAKDOWNS: list[Fault] = [HttpError(500), Errors()]
"""The two forms in which a shop breaks down over a query."""

WELL = ("collections", "stores", "stock", "returns")
ALL = (*FAULTS, *WELL)
SETTINGS: dict[str, Any] = {"on_failure": "continue", "retry_limit": 0.3, "page_size": 5, "events": "off"}


@pytest.fixture
def shop() -> Iterator[Sandbox]:
    """A shop that is loaded in a moment."""
    with Sandbox(products=6, orders=12, seed=4) as sandbox:
        yield sandbox


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.full)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Where to load into."""
    if request.param == "duckdb":
        return Target(tmp_path)
    return PostgresTarget(request.getfixturevalue("postgres_address"), tmp_path)


def load(place: Any, sandbox: Sandbox, *resources: str, **settings: Any) -> None:
    """Loads some resources, without giving up for one of them."""
    source = centra_source(
        sandbox.url, access_token=sandbox.token, backoff_factor=0.001, **{**SETTINGS, **settings}
    )
    place.pipeline.run(source.with_resources(*resources))


def list_wrong(place: Any, sandbox: Sandbox, *resources: str) -> list[str]:
    """Where the tables of some resources differ from the shop."""
    tables = [table.name for name in resources for table in list_planned_tables(name)]
    return [line for table in tables for line in find_differences(sandbox.shop, table, place.rows(table))]


def list_failed(place: Any) -> dict[str, list[str]]:
    """The notes of lines of `load_audit` with the status "failed", by resource."""
    notes: dict[str, list[str]] = {}
    for row in place.rows(LOAD_AUDIT.name):
        if row["status"] == "failed":
            assert row["kind"] == "failed"
            notes.setdefault(row["resource"], []).append(row["note"])
    return notes


def list_incomplete(place: Any) -> set[str]:
    """The resources that the query of the documentation lists."""
    page = (PROJECT / "docs" / "syncing.md").read_text(encoding="utf-8")
    query = next(one for one in re.findall(r"```sql\n(.+?)```", page, re.DOTALL) if "status" in one)
    with place.pipeline.sql_client() as client:
        return {resource for resource, status, note in client.execute_sql(query) or () if status and note}


def states(place: Any, *resources: str) -> dict[str, Any]:
    """What is remembered of how far some resources have been read."""
    known = place.pipeline.state["sources"]["centra_source"]["resources"]
    return {
        name: {key: value for key, value in known[name].items() if key not in TABLE_KEYS}
        for name in resources
        if name in known
    }


def test_each_fault_fails_its_resource_only(shop: Sandbox, place: Any) -> None:
    """In a first load, in a later one, and in a full refresh. One load without the faults makes all equal."""
    for name, fault in FAULTS.items():
        shop.fail(fault, name, times=ALWAYS)
    load(place, shop, *ALL)
    assert {name: len(notes) for name, notes in list_failed(place).items()} == dict.fromkeys(FAULTS, 1)
    assert failed_resources(place.pipeline).keys() == list_incomplete(place) == FAULTS.keys()
    assert list_wrong(place, shop, *WELL) == []
    assert not any(states(place, *FAULTS).values())
    shop.recover()
    load(place, shop, *ALL)
    assert (list_wrong(place, shop, *ALL), failed_resources(place.pipeline)) == ([], {})
    assert list_incomplete(place) == set()

    kept, before = states(place, *FAULTS), {name: place.rows(name) for name in FAULTS}
    for name in ("orders", "customers", "brands", "collections"):
        for one in getattr(shop.shop, name)[:3]:
            shop.shop.update(one)
    shop.shop.brands[0]["name"] = shop.shop.collections[0]["name"] = "changed"
    for name, fault in FAULTS.items():
        shop.fail(fault, name, times=ALWAYS, skip=0 if name in ("brands", "shipments") else 1)
    for settings in ({}, {"full_refresh": True}):
        load(place, shop, *ALL, **settings)
        assert list_wrong(place, shop, *WELL) == []
        assert states(place, *FAULTS) == kept
        if settings:  # replaced as a whole, or not at all
            assert {name: place.rows(name) for name in FAULTS} == before
    shop.recover()
    load(place, shop, *ALL)
    assert (list_wrong(place, shop, *ALL), failed_resources(place.pipeline)) == ([], {})


@pytest.mark.parametrize("fault", representative(BREAKDOWNS, BREAKDOWNS[0]), ids=repr)
def test_limits_and_schema_that_break_down_stop_nothing(shop: Sandbox, target: Target, fault: Fault) -> None:
    """HTTP 429 says enough, and the documented schema has to do. The resource of this name fails alone."""
    shop.fail(fault, "rate_limits", times=ALWAYS)
    shop.fail(fault, "schema", times=ALWAYS)
    load(target, shop, "brands", "rate_limits", retry_limit=1.0)
    assert list_failed(target).keys() == {"rate_limits"}
    assert list_wrong(target, shop, "brands") == []


@pytest.mark.full
@pytest.mark.parametrize("fault", representative(BREAKDOWNS, BREAKDOWNS[0]), ids=repr)
def test_queue_that_breaks_down_fails_no_resource(shop: Sandbox, target: Target, fault: Fault) -> None:
    """What only events report is named as missing, and comes with the next load."""
    load(target, shop, "orders", events="auto")
    deleted = shop.shop.orders[0]
    shop.shop.remove(deleted)
    shop.fail(fault, "events", times=ALWAYS)
    load(target, shop, "orders", "brands", events="auto")
    assert list_failed(target) == {}
    assert list_incomplete(target) == {"orders"}
    shop.recover()
    load(target, shop, "orders", "brands", events="auto")
    assert list_incomplete(target) == set()
    assert [row["id"] for row in target.rows("orders") if row["deleted_at"]] == [deleted["id"]]


@pytest.mark.full
def test_what_fails_every_resource_stops_the_load(shop: Sandbox, target: Target) -> None:
    """A token that is revoked, a shop that is down, a last resource that fails: nothing is loaded."""
    cases: list[tuple[type[Exception], Callable[[], None], tuple[str, ...]]] = [
        (TokenRefused, lambda: shop.fail(Unauthorized(), times=ALWAYS, skip=4), WELL),
        (ShopUnreachable, lambda: shop.fail(HttpError(502), times=ALWAYS), WELL),
        (IncompleteRead, lambda: shop.fail(WrongTotal(), "orders", times=ALWAYS), ("orders",)),
    ]
    for error, plant, resources in cases:
        plant()
        catch_error(error, lambda resources=resources: load(target, shop, *resources))  # type: ignore[misc]
        shop.recover()
        assert target.tables() == []
    shop.fail(REFUSED, "shipments", times=ALWAYS)
    catch_error(QueryRefused, lambda: target.load(shop, *ALL))  # the default in a plain pipeline
    assert target.tables() == []


def test_connection_that_is_no_object_is_named(shop: Sandbox, target: Target) -> None:
    """Its note says what Centra sent, and is not about the code."""
    shop.fail(OtherBody(b'{"data":{"returnConnection":[1]}}'), "returns", times=ALWAYS)
    load(target, shop, "returns", "brands")
    ((note,),) = list_failed(target).values()
    assert note.startswith("returns: Centra sent null in place of an object")
    assert list_wrong(target, shop, "brands") == []


@pytest.mark.parametrize("status", representative((401, 403, 200), 401))
def test_token_that_is_refused_for_one_query_fails_no_other(
    shop: Sandbox, target: Target, status: int
) -> None:
    """The token is accepted for all others, so it is neither invalid nor expired."""
    for operation in ("stores", "events"):
        shop.fail(Unauthorized(status), operation, times=ALWAYS)
    load(target, shop, "stores", "brands", "orders", events="auto")
    ((note,),) = list_failed(target).values()
    assert list_incomplete(target) == {"stores", "orders"}
    events = [row["note"] for row in target.audit("orders", "events")]
    assert all("although it answers others" in one and "expired" not in one for one in (note, *events))
    assert list_wrong(target, shop, "brands", "orders") == []
    shop.recover()
    load(target, shop, "stores", "brands", "orders", events="auto")
    assert (list_incomplete(target), list_wrong(target, shop, "stores", "brands")) == (set(), [])


def test_error_that_nobody_has_foreseen_names_no_value(
    shop: Sandbox, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails its resource, and its text stays out of the note: it may hold a birthday."""

    def fail(*_: Any, **__: Any) -> Any:
        raise ValueError("1980-02-03")

    monkeypatch.setattr("centra_source.loading.growing_list_loader.GrowingList", fail)
    monkeypatch.setattr("centra_source.loading.load.load_growing_list", fail)
    monkeypatch.setattr("centra_source.loading.window_loader.WindowLoader.load", fail)
    load(target, shop, "brands", "orders")
    ((note,),) = list_failed(target).values()
    assert "unexpected ValueError" in note
    assert "1980" not in note
    assert list_wrong(target, shop, "brands") == []


@pytest.mark.parametrize("memory", [0, spool.MEMORY], ids=["file", "memory"])
def test_rows_are_held_back_until_the_last_has_come(memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """They come out as they went in; after an error, none has come out."""
    monkeypatch.setattr(spool, "MEMORY", memory)
    tables = [pa.table({"id": [number, None], "text": ["a", f"{number}"]}) for number in range(3)]
    tables.append(pa.table({"other": pa.array([], pa.int64())}))
    items = [DataItemWithMeta(f"meta {number}", table) for number, table in enumerate(tables)]

    def read(*, fails: bool) -> Iterator[DataItemWithMeta | None]:
        yield items[0]
        yield None
        yield from items[1:]
        if fails:
            raise IncompleteRead("shifted")

    found: list[Any] = [item for item in spool.hold_back(read(fails=False)) if item is not None]
    assert [item.meta for item in found] == [item.meta for item in items]
    assert all(item.data.equals(table) for item, table in zip(found, tables, strict=True))
    arrived: list[Any] = []
    with pytest.raises(IncompleteRead):
        arrived += list(spool.hold_back(read(fails=True)))
    assert arrived == []


@pytest.mark.full
def test_later_load_that_fails_leaves_the_first(
    shop: Sandbox, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Orders come in several loads. The second one fails: models are made of what is there."""
    settings: dict[str, Any] = {
        **SETTINGS,
        "base_url": shop.url,
        "access_token": shop.token,
        "backoff_factor": 0.001,
        "rows_per_load": 5,
    }
    source = centra_source(**settings).with_resources("orders", "brands")

    def plant(*_: Any) -> None:
        shop.fail(REFUSED, "orders", times=ALWAYS)

    loaded = load_all(target.pipeline, source, settings, plant)
    assert len(loaded.load_ids) > 1
    assert len(list_failed(target)["orders"]) == 1
    assert 0 < len(target.rows("orders")) < len(shop.shop.orders)
    derived = derive_after_load(target.pipeline, catalog="wanted")
    assert "resource_freshness" in derived.models.made
    (problem,) = derived.problems
    assert problem.startswith("No Global-e catalog: The Global-e catalog needs ")
    with monkeypatch.context() as patch:
        patch.setattr("centra_jobs.runs.derive.derive_models", lambda _: 1 / 0)
        (problem,) = derive_after_load(target.pipeline, catalog="wanted").problems
    assert problem.endswith("because of an error: division by zero.")
    shop.recover()
    load_all(target.pipeline, centra_source(**settings).with_resources("orders", "brands"), settings)
    assert list_wrong(target, shop, "orders", "brands") == []


def test_job_ends_with_3_and_derives(shop: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last line counts what failed, and the tables for analysts are made of the rest."""
    nights = Nights(shop, tmp_path, monkeypatch)
    monkeypatch.setenv("SOURCES__CENTRA_SOURCE__RETRY_LIMIT", "0.3")

    shop.fail(REFUSED, "orders", times=ALWAYS)
    shop.fail(HttpError(500), "stock", times=ALWAYS)
    output = StringIO()
    options: dict[str, Any] = {
        **dict.fromkeys(("exclude", "destination", "store", "start_date")),
        **dict.fromkeys(("full_refresh", "sweep", "sandbox"), False),
        "resources": "orders,brands,stock,returns",
        "dataset": "centra_data",
        "rows_per_load": 25_000,
    }
    code, text = load_job.run(Console(file=output, width=1_000), **options), output.getvalue()
    assert code == INCOMPLETE
    assert "2 resources failed: orders, stock. The next run tries again." in text.splitlines()[-1]
    assert "orders: Centra rejects the query orders: The query is forbidden." in text
    assert nights.find_wrong("brands", "returns") == []
    assert {row["resource"] for row in nights.rows("resource_freshness")} >= {"brands", "returns"}

    output = StringIO()
    options = {"exclude": None, "schema_report": None}
    options |= dict.fromkeys(("permissions", "as_json", "sandbox"), False)
    check_job.run(Console(file=output, width=1_000), resources="brands", **options)
    heading, *described = output.getvalue().splitlines()[-3:]
    assert heading == "The last run of centra_pipeline did not load everything as it is:"
    assert [sentence.split(":")[0] for sentence in described] == ["orders", "stock"]
