"""The Global-e catalog: its rows, its choice of display and store, its file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from centra_source.exceptions import InvalidSetting
from centra_source.globale import catalog_store, globale_catalog, write_csv
from sandbox import Sandbox, Shop

from .conftest import Row, Target, raised

NEEDED = ("products", "product_variants", "product_sizes", "displays", "stores")

HEADERS = ["Product Unique Identifier", "SKU", "Display Name", "Product Description", "Country of Origin"]


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    """A shop with products on two displays, on none, and inactive ones."""
    with Sandbox(products=80, orders=0, seed=7) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def loaded(shop: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """That shop with its catalog."""
    return derive(Target(tmp_path_factory.mktemp("catalog")).load(shop, *NEEDED))


def derive(target: Target, store_id: int | None = None) -> Target:
    """Makes the catalog table."""
    target.pipeline.run(globale_catalog(target.pipeline.dataset(), store_id))
    return target


def expected(shop: Shop, store_id: int) -> dict[int, Row]:
    """The catalog by size id, made from the shop's own objects, one size at a time."""
    catalog: dict[int, Row] = {}
    for size in shop.product_sizes:
        product = size["productVariant"]["product"]
        displays = [
            display
            for display in shop.displays
            if display["store"]["id"] == store_id
            and any(item["productVariant"] is size["productVariant"] for item in display["displayItems"])
        ]
        if product["status"] != "ACTIVE" or not displays:
            continue
        chosen = min(displays, key=lambda display: (display["status"] != "ACTIVE", display["id"]))
        catalog[size["id"]] = {
            "product_size_id": size["id"],
            "sku": size["SKU"],
            "display_name": chosen["name"],
            "product_description": chosen["description"],
            "country_of_origin": (product["countryOfOrigin"] or {}).get("code"),
            "store_id": store_id,
            "display_id": chosen["id"],
        }
    return catalog


def consumer_stores(shop: Shop) -> list[Any]:
    """The ids of the stores that sell to consumers."""
    return [store["id"] for store in shop.stores if store["type"] == "DIRECT_TO_CONSUMER"]


def test_catalog_equals_the_shop(shop: Sandbox, loaded: Target) -> None:
    """One row per size on a display of the only consumer store, with the display's texts."""
    (store,) = consumer_stores(shop.shop)
    rows = loaded.rows("globale_catalog")
    assert {row["product_size_id"]: row for row in rows} == expected(shop.shop, store)
    assert len({row["product_size_id"] for row in rows}) == len(rows)


def test_deleted_objects_are_left_out(tmp_path: Path) -> None:
    """What is only marked as deleted in the tables is not in the catalog."""
    with Sandbox(products=20, orders=0, seed=7) as sandbox:
        (store,) = consumer_stores(sandbox.shop)
        target = Target(tmp_path).load(sandbox, *NEEDED)
        first, second, *_, last = expected(sandbox.shop, store).values()
        sizes = {size["id"]: size for size in sandbox.shop.product_sizes}
        (display,) = (one for one in sandbox.shop.displays if one["id"] == last["display_id"])
        variant = sizes[second["product_size_id"]]["productVariant"]
        sandbox.shop.remove(display)
        sandbox.shop.remove(sizes[first["product_size_id"]])
        sandbox.shop.remove(variant)
        derive(target.load(sandbox, *NEEDED))
        assert any(row["deleted_at"] for row in target.rows("displays"))
        found = {row["product_size_id"] for row in target.rows("globale_catalog")}
        assert found == set(expected(sandbox.shop, store))


def test_shop_holds_what_makes_the_choice_hard(shop: Sandbox, loaded: Target) -> None:
    """The comparison above meets sizes on two displays, on none, and products without an origin."""
    (store,) = consumer_stores(shop.shop)
    rows = loaded.rows("globale_catalog")
    shown = [
        item["productVariant"]["id"]
        for display in shop.shop.displays
        if display["store"]["id"] == store
        for item in display["displayItems"]
    ]
    assert len(shown) > len(set(shown))
    assert len(rows) < len(shop.shop.product_sizes)
    assert None in {row["country_of_origin"] for row in rows}


def test_active_display_is_chosen_before_an_older_inactive_one(target: Target) -> None:
    """A size on two displays gets the texts that shoppers see."""
    with Sandbox(products=80, orders=0, seed=7) as sandbox:
        (store,) = consumer_stores(sandbox.shop)
        older, newer = next(pair for pair in pairs_of_displays(sandbox.shop, store))
        sandbox.shop.update(older, status="INACTIVE", name="hidden")
        sandbox.shop.update(newer, status="ACTIVE", name="shown")
        sandbox.shop.update(older["product"], status="ACTIVE")
        derive(target.load(sandbox, *NEEDED))
        names = {row["display_name"] for row in target.rows("globale_catalog")}
        assert "shown" in names
        assert "hidden" not in names


def pairs_of_displays(shop: Shop, store_id: int) -> Iterator[tuple[Any, Any]]:
    """Two displays of one product in one store, the one with the lower id first."""
    shown: dict[int, Any] = {}
    for display in sorted(shop.displays, key=lambda display: display["id"]):
        if display["store"]["id"] != store_id or not display["displayItems"]:
            continue
        older = shown.setdefault(display["product"]["id"], display)
        if older is not display:
            yield older, display


def test_file_has_the_published_columns_and_every_row(loaded: Target, tmp_path: Path) -> None:
    """What a CSV reader gets back is the table; an unknown country stays empty."""
    path = tmp_path / "catalog.csv"
    count = write_csv(loaded.pipeline.dataset(), path)
    with path.open(newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    assert header == HEADERS
    rows = sorted(loaded.rows("globale_catalog"), key=lambda row: row["product_size_id"])
    fields = ("product_size_id", "sku", "display_name", "product_description", "country_of_origin")
    assert lines == [["" if row[field] is None else str(row[field]) for field in fields] for row in rows]
    assert count == len(rows)


def test_same_data_gives_the_same_bytes(loaded: Target, tmp_path: Path) -> None:
    """Written twice, with the table made anew in between."""
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    write_csv(loaded.pipeline.dataset(), first)
    derive(loaded)
    write_csv(loaded.pipeline.dataset(), second)
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().startswith(b"Product Unique Identifier,SKU,")


def test_failed_writing_leaves_the_earlier_file(loaded: Target, tmp_path: Path) -> None:
    """The last good file stays until the next one is complete, and no half file is left behind."""
    path = tmp_path / "catalog.csv"
    path.write_text("the last good file")

    class Broken:
        def __call__(self, *_: object, **__: object) -> Broken:
            return self

        def iter_fetch(self, chunk_size: int) -> Iterator[list[tuple[object, ...]]]:
            yield [(1, "a", "b", "c", "d")]
            raise OSError("the connection broke")

    with pytest.raises(OSError, match="the connection broke"):
        write_csv(Broken(), path)  # type: ignore[arg-type]
    assert path.read_text() == "the last good file"
    assert list(tmp_path.iterdir()) == [path]


def test_size_that_left_its_display_leaves_the_catalog(small_shop: Sandbox, target: Target) -> None:
    """The table is replaced as a whole, down to an empty one."""
    derive(target.load(small_shop, *NEEDED))
    assert target.rows("globale_catalog")
    small_shop.shop.remove(*small_shop.shop.displays)
    derive(target.load(small_shop, *NEEDED, full_refresh=True))
    assert target.rows("globale_catalog") == []


def test_several_stores_must_be_chosen_from(target: Target) -> None:
    """Nothing is guessed: the error lists the stores, and a chosen one works."""
    with Sandbox(products=20, orders=0, dtc_stores=2) as sandbox:
        target.load(sandbox, *NEEDED)
        error = raised(InvalidSetting, lambda: derive(target))
        stores = consumer_stores(sandbox.shop)
        assert all(f"{store} (" in str(error) for store in stores)
        derive(target, stores[1])
        catalog = {row["product_size_id"]: row for row in target.rows("globale_catalog")}
        assert catalog == expected(sandbox.shop, stores[1])
        assert catalog


def test_unknown_store_is_refused(loaded: Target) -> None:
    """So is a wholesale store: Global-e sells to consumers."""
    with pytest.raises(InvalidSetting, match="no direct-to-consumer store 999"):
        catalog_store(loaded.pipeline.dataset(), 999)


def test_catalog_needs_its_tables(small_shop: Sandbox, target: Target) -> None:
    """Without the products loaded there is a reason instead of a database error."""
    target.load(small_shop, "stores")
    with pytest.raises(InvalidSetting, match="needs display_items, displays, product_sizes"):
        catalog_store(target.pipeline.dataset())
