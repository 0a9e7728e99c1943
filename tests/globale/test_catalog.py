"""The Global-e catalog: its rows, how it chooses displays and the store, and which sizes it excludes."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from centra_sandbox import Sandbox, Shop
from centra_sandbox.generate.attributes import choice_attribute, text_attribute, translation
from centra_sandbox.generate.catalog import make_weight
from centra_source.exceptions import InvalidSetting
from centra_source.globale import catalog_configuration, choose_catalog_store, globale_catalog
from centra_source.globale.catalog.blocking import describe_blocked

from ..support.selection import representative
from ..support.target import Target, catch_error
from ..support.workplace import Row

NEEDED = ("products", "product_variants", "product_sizes", "displays", "stores", "brands", "folders")

COMPARED = (
    *(
        "product_size_id",
        "sku",
        "display_name",
        "product_description_raw",
        "hs_code_raw",
        "country_of_origin",
    ),
    *("brand_name", "folder_name", "gtin", "is_preorder", "is_bundle", "is_active", "store_id", "display_id"),
)
"""Columns whose values are the same as in the shop."""


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    """A shop with products on two displays, products on none, and inactive products."""
    with Sandbox(products=80, orders=0, seed=7) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def loaded(shop: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """The tables of that shop with its catalog."""
    return derive_catalog_table(Target(tmp_path_factory.mktemp("catalog")).load(shop, *NEEDED))


def derive_catalog_table(target: Target, store_id: int | None = None, **settings: Any) -> Target:
    """Derives the catalog table."""
    configuration = catalog_configuration(**settings)
    target.pipeline.run(globale_catalog(target.pipeline.dataset(), store_id, configuration))
    return target


def build_expected_rows(shop: Shop, store_id: int) -> dict[int, Row]:
    """Builds the catalog row of each size from the shop's own objects."""
    catalog: dict[int, Row] = {}
    for size in shop.product_sizes:
        variant = size["productVariant"]
        product = variant["product"]
        displays = list_displays(shop, store_id, variant, "ACTIVE")
        is_sold = product["status"] == variant["status"] == "ACTIVE" and size["isActive"]
        if not is_sold or not displays:
            continue
        chosen = min(displays, key=lambda display: display["id"])
        texts = (chosen["description"], chosen["shortDescription"])
        catalog[size["id"]] = {
            "product_size_id": size["id"],
            "sku": size["SKU"],
            "display_name": chosen["name"],
            "product_description_raw": next(filter(None, texts), texts[0]),
            "hs_code_raw": product["harmonizedCommodityCode"],
            "country_of_origin": (product["countryOfOrigin"] or {}).get("code"),
            "brand_name": (product["brand"] or {}).get("name"),
            "folder_name": (product["folder"] or {}).get("name"),
            "gtin": size["EAN"] or size["UPC"],
            "is_preorder": size["preorder"],
            "is_bundle": product["isBundle"],
            "is_active": True,
            "store_id": store_id,
            "display_id": chosen["id"],
        }
    return catalog


def list_displays(shop: Shop, store_id: int, variant: Any, *statuses: str) -> list[Any]:
    """Returns the displays of a store that show a variant and have one of these statuses."""
    return [
        display
        for display in shop.displays
        if display["store"]["id"] == store_id
        and display["status"] in statuses
        and any(item["productVariant"] is variant for item in display["displayItems"])
    ]


def read_compared_columns(target: Target) -> dict[int, Row]:
    """Returns the catalog by size id, with the columns that `build_expected_rows` builds."""
    return {
        row["product_size_id"]: {column: row[column] for column in COMPARED}
        for row in target.rows("globale_catalog")
    }


def list_consumer_stores(shop: Shop) -> list[Any]:
    """Returns the ids of the stores that sell to consumers."""
    return [store["id"] for store in shop.stores if store["type"] == "DIRECT_TO_CONSUMER"]


def test_catalog_equals_the_shop(shop: Sandbox, loaded: Target) -> None:
    """The catalog has one row per size on an active display of the consumer store, with the shop's values."""
    (store,) = list_consumer_stores(shop.shop)
    assert read_compared_columns(loaded) == build_expected_rows(shop.shop, store)
    assert len(loaded.rows("globale_catalog")) == len(read_compared_columns(loaded))


def test_every_size_is_in_the_catalog_or_excluded_with_a_reason(shop: Sandbox, loaded: Target) -> None:
    """Every size is in exactly one of the two tables, and each reason to exclude a size occurs."""
    excluded = {row["product_size_id"]: row["reason"] for row in loaded.rows("globale_catalog_excluded")}
    catalog = set(read_compared_columns(loaded))
    assert not catalog & excluded.keys()
    assert catalog | excluded.keys() == {size["id"] for size in shop.shop.product_sizes}
    assert set(excluded.values()) == {
        "its product is INACTIVE",
        "its variant is INACTIVE",
        "the size is inactive",
        "no display of the store shows it",
        "every display of the store that shows it is INACTIVE",
    }


def test_every_display_of_a_size_is_listed_with_its_name_in_the_shop(shop: Sandbox, loaded: Target) -> None:
    """Each display of a size is listed with the name that the shop builds from display item and size."""
    (store,) = list_consumer_stores(shop.shop)
    items = Counter(
        f"{item['id']}-{size['id']}"
        for display in shop.shop.displays
        if display["store"]["id"] == store
        for item in display["displayItems"]
        for size in item["productVariant"]["productSizes"]
    )
    rows = loaded.rows("globale_catalog_displays")
    assert Counter(row["item"] for row in rows) == items
    chosen = {row["product_size_id"]: row["display_id"] for row in rows if row["is_chosen"]}
    assert chosen == {
        row["product_size_id"]: row["display_id"] for row in read_compared_columns(loaded).values()
    }


def test_names_on_other_displays_are_listed(shop: Sandbox, loaded: Target) -> None:
    """The row of a size lists the other names under which the size is sold."""
    (store,) = list_consumer_stores(shop.shop)
    sizes = {size["id"]: size for size in shop.shop.product_sizes}
    conflicts = 0
    for row in loaded.rows("globale_catalog"):
        displays = list_displays(
            shop.shop, store, sizes[row["product_size_id"]]["productVariant"], "ACTIVE", "INACTIVE"
        )
        names = {display["name"] for display in displays} - {row["display_name"]}
        assert json.loads(row["other_display_names"] or "[]") == sorted(names)
        assert row["displays"] == len(displays)
        conflicts += bool(names)
    assert conflicts


def test_shop_covers_the_difficult_cases(shop: Sandbox, loaded: Target) -> None:
    """The compared shop has sizes on two displays, sizes on none, and products without an origin."""
    rows = loaded.rows("globale_catalog")
    assert any(row["displays"] > 1 for row in rows)
    assert len(rows) < len(shop.shop.product_sizes)
    assert None in {row["country_of_origin"] for row in rows}


@pytest.mark.full
def test_deleted_objects_are_excluded(tmp_path: Path) -> None:
    """Objects that the tables mark as deleted are not in the catalog."""
    with Sandbox(products=20, orders=0, seed=7) as sandbox:
        (store,) = list_consumer_stores(sandbox.shop)
        target = Target(tmp_path).load(sandbox, *NEEDED)
        first, second, *_, last = build_expected_rows(sandbox.shop, store).values()
        sizes = {size["id"]: size for size in sandbox.shop.product_sizes}
        (display,) = (one for one in sandbox.shop.displays if one["id"] == last["display_id"])
        variant = sizes[second["product_size_id"]]["productVariant"]
        sandbox.shop.remove(display)
        sandbox.shop.remove(sizes[first["product_size_id"]])
        sandbox.shop.remove(variant)
        derive_catalog_table(target.load(sandbox, *NEEDED))
        assert any(row["deleted_at"] for row in target.rows("displays"))
        assert read_compared_columns(target).keys() == build_expected_rows(sandbox.shop, store).keys()


@pytest.mark.full
def test_active_display_is_chosen_before_an_older_inactive_one(target: Target) -> None:
    """A size on two displays gets the texts of the active display."""
    with Sandbox(products=80, orders=0, seed=7) as sandbox:
        (store,) = list_consumer_stores(sandbox.shop)
        older, newer = next(pair for pair in iterate_display_pairs(sandbox.shop, store))
        sandbox.shop.update(older, status="INACTIVE", name="hidden")
        sandbox.shop.update(newer, status="ACTIVE", name="shown")
        sandbox.shop.update(older["product"], status="ACTIVE")
        derive_catalog_table(target.load(sandbox, *NEEDED), include=["inactive_displays"])
        names = {row["display_name"] for row in target.rows("globale_catalog")}
        assert "shown" in names
        assert "hidden" not in names


def iterate_display_pairs(shop: Shop, store_id: int) -> Iterator[tuple[Any, Any]]:
    """Yields two displays of one product in one store, the one with the lower id first."""
    shown: dict[int, Any] = {}
    for display in sorted(shop.displays, key=lambda display: display["id"]):
        if display["store"]["id"] != store_id or not display["displayItems"]:
            continue
        older = shown.setdefault(display["product"]["id"], display)
        if older is not display:
            yield older, display


EXCLUDED = [
    ("inactive_products", "its product is INACTIVE"),
    ("inactive_variants", "its variant is INACTIVE"),
    ("inactive_sizes", "the size is inactive"),
    ("inactive_displays", "every display of the store that shows it is INACTIVE"),
    ("undisplayed", "no display of the store shows it"),
]


@pytest.mark.full
@pytest.mark.parametrize(("include", "reason"), representative(EXCLUDED, EXCLUDED[4]))
def test_excluded_sizes_can_be_included(
    loaded: Target, tmp_path: Path, shop: Sandbox, include: str, reason: str
) -> None:
    """Each option includes exactly the sizes that were excluded only for its reason."""
    usual = read_compared_columns(loaded).keys()
    target = derive_catalog_table(Target(tmp_path).load(shop, *NEEDED), include=[include])
    more = read_compared_columns(target).keys() - usual
    assert more
    assert usual <= read_compared_columns(target).keys()
    excluded = {row["product_size_id"]: row["reason"] for row in loaded.rows("globale_catalog_excluded")}
    assert {excluded[size] for size in more} == {reason}
    rows = [row for row in target.rows("globale_catalog") if row["product_size_id"] in more]
    if include == "undisplayed":
        names = {product["id"]: product["name"] for product in shop.shop.products}
        assert all(row["display_id"] is None for row in rows)
        assert all(row["display_name"] == names[row["product_id"]] for row in rows)
    else:
        assert not any(row["is_active"] for row in rows)


@pytest.fixture
def one_product(tmp_path: Path) -> Iterator[tuple[Sandbox, Target, Any]]:
    """A shop with one active product on one display, whose sizes have no weights of their own."""
    with Sandbox(products=6, orders=0, seed=7) as sandbox:
        (store,) = list_consumer_stores(sandbox.shop)
        offered = build_expected_rows(sandbox.shop, store)
        sizes = {size["id"]: size for size in sandbox.shop.product_sizes}
        product = sizes[next(iter(offered))]["productVariant"]["product"]
        for variant in product["variants"]:
            for size in variant["productSizes"]:
                sandbox.shop.update(size, weight=None)
        yield sandbox, Target(tmp_path), product


OneProduct = tuple[Sandbox, Target, Any]


def read_rows_of_product(target: Target, product: Any) -> list[Row]:
    """Returns the catalog's rows of a product; there is at least one."""
    rows = [row for row in target.rows("globale_catalog") if row["product_id"] == product["id"]]
    assert rows
    return rows


WEIGHTS = [
    (2.0, "POUNDS", "907.185"),
    (0.25, "KILOGRAMS", "250"),
    (0.0, "KILOGRAMS", "0"),
    (4.0, "GRAMS", "4"),
]


@pytest.mark.full
@pytest.mark.parametrize(
    ("value", "unit", "grams"),
    representative(WEIGHTS, WEIGHTS[0]),
)
def test_weight_is_converted_to_grams(one_product: OneProduct, value: float, unit: str, grams: str) -> None:
    """A size without a weight gets the weight of its product in grams."""
    sandbox, target, product = one_product
    sandbox.shop.update(product, weight=make_weight(value, unit))
    derive_catalog_table(target.load(sandbox, *NEEDED))
    for row in read_rows_of_product(target, product):
        assert row["weight_grams"] == Decimal(grams)
        assert (row["weight_value"], row["weight_unit"]) == (value, unit)


@pytest.mark.full
def test_weight_of_the_size_comes_first(one_product: OneProduct) -> None:
    """A size with its own weight gets that weight and not the product's."""
    sandbox, target, product = one_product
    sandbox.shop.update(product, weight=make_weight(1.0, "KILOGRAMS"))
    (store,) = list_consumer_stores(sandbox.shop)
    offered = build_expected_rows(sandbox.shop, store)
    size = next(
        size for variant in product["variants"] for size in variant["productSizes"] if size["id"] in offered
    )
    sandbox.shop.update(size, weight=make_weight(3.0, "KILOGRAMS"))
    derive_catalog_table(target.load(sandbox, *NEEDED))
    weights = {row["product_size_id"]: row["weight_grams"] for row in read_rows_of_product(target, product)}
    assert weights.pop(size["id"]) == 3_000
    assert set(weights.values()) <= {1_000}


@pytest.mark.full
def test_description_becomes_plain_text_and_the_code_digits(one_product: OneProduct) -> None:
    """Raw values are kept next to the cleaned ones, and the short description is the fallback."""
    sandbox, target, product = one_product
    for display in list_product_displays(sandbox.shop, product):
        sandbox.shop.update(display, description="", shortDescription="[b]Warm[/b]<br>and soft &amp; light")
    sandbox.shop.update(product, harmonizedCommodityCode="6109.10.00 90")
    derive_catalog_table(target.load(sandbox, *NEEDED))
    for row in read_rows_of_product(target, product):
        assert row["product_description"] == "Warm and soft & light"
        assert row["product_description_raw"] == "[b]Warm[/b]<br>and soft &amp; light"
        assert (row["hs_code"], row["hs_code_raw"]) == ("6109100090", "6109.10.00 90")


def list_product_displays(shop: Shop, product: Any) -> list[Any]:
    """Returns the displays of a product."""
    return [display for display in shop.displays if display["product"] is product]


@pytest.mark.full
def test_composition_comes_from_the_chosen_attribute(one_product: OneProduct) -> None:
    """The composition joins the values of the attribute in order, by type or by type and element."""
    sandbox, target, product = one_product
    product["attributes"][:] = [
        choice_attribute("pr_materials", "Product", "material", "Wool"),
        choice_attribute("pr_materials", "Product", "material", "Elastane"),
        text_attribute("pr_care", "Product", False, {"wash": "30", "made_of": "<b>90 %</b> wool"}),
    ]
    sandbox.shop.update(product)
    target.load(sandbox, *NEEDED)
    derive_catalog_table(target, composition="pr_materials")
    assert {row["composition"] for row in read_rows_of_product(target, product)} == {"Wool, Elastane"}
    derive_catalog_table(target, composition="pr_care.made_of")
    assert {row["composition"] for row in read_rows_of_product(target, product)} == {"90 % wool"}
    derive_catalog_table(target)
    assert {row["composition"] for row in read_rows_of_product(target, product)} == {None}


@pytest.mark.full
def test_products_are_blocked_by_rule_with_the_reason(one_product: OneProduct) -> None:
    """Folder, brand, attribute and gift card rules block products; other products are not blocked."""
    sandbox, target, product = one_product
    sandbox.shop.update(product, brand=sandbox.shop.brands[0], folder=sandbox.shop.folders[2])
    product["attributes"][:] = [text_attribute("pr_export", "Product", False, {"blocked": "1"})]
    sandbox.shop.update(product)
    other = next(one for one in sandbox.shop.products if one is not product)
    other["attributes"][:] = [text_attribute("pr_export", "Product", False, {"blocked": "0"})]
    sandbox.shop.update(other, brand=sandbox.shop.brands[1], folder=sandbox.shop.folders[3])
    target.load(sandbox, *NEEDED)
    brand, folder = sandbox.shop.brands[0]["name"], sandbox.shop.folders[2]["name"]
    assert read_block_reasons(derive_catalog_table(target), product) == {None}
    assert read_block_reasons(derive_catalog_table(target, blocked_brands=[brand]), product) == {
        f"brand {brand}"
    }
    assert read_block_reasons(derive_catalog_table(target, blocked_folders=[folder]), product) == {
        f"folder {folder}"
    }
    derive_catalog_table(target, blocked_attribute="pr_export.blocked")
    blocked = {row["product_id"] for row in target.rows("globale_catalog") if row["is_blocked"]}
    assert blocked == {product["id"]}
    for display in list_product_displays(sandbox.shop, product):
        sandbox.shop.update(display, name="Gift Cards 500")
    assert read_block_reasons(derive_catalog_table(target.load(sandbox, *NEEDED)), product) == {"gift card"}
    assert read_block_reasons(derive_catalog_table(target, gift_cards=[]), product) == {None}


def test_folder_blocks_all_below_it(tmp_path: Path) -> None:
    """Whatever lies between, even if two folders contain each other; each name says what it caught."""
    target = Target(tmp_path)
    with Sandbox(products=8, orders=0, seed=7) as sandbox:
        top, middle, low, other, empty = sandbox.shop.folders[:5]
        for folder, parent in ((top, low), (middle, top), (low, middle), (other, None), (empty, None)):
            sandbox.shop.update(folder, parentFolder=parent)
            children = {top["id"]: [middle], middle["id"]: [low], low["id"]: [top]}
            sandbox.shop.update(folder, childFolders=children.get(folder["id"], []))
        places = [top, middle, low, other]
        for number, product in enumerate(sandbox.shop.products):
            sandbox.shop.update(product, folder=places[number % 4])
        target.load(sandbox, *NEEDED)
    settings: dict[str, Any] = {
        "blocked_folders": [top["name"], empty["name"]],
        "include": ["inactive_products", "inactive_variants", "inactive_sizes", "undisplayed"],
    }
    rows = derive_catalog_table(target, **settings).rows("globale_catalog")
    reasons = {row["folder_name"]: row["blocked_by"] for row in rows}
    assert reasons == {
        top["name"]: f"folder {top['name']}",
        middle["name"]: f"folder {middle['name']} in {top['name']}",
        low["name"]: f"folder {low['name']} in {top['name']}",
        other["name"]: None,
    }
    products = {row["product_id"] for row in rows if row["is_blocked"]}
    assert list(describe_blocked(target.pipeline.dataset(), catalog_configuration(**settings))) == [
        f"blocked_folders '{top['name']}' blocks {len(products)} products of the catalog.",
        f"Warning: blocked_folders '{empty['name']}' blocks nothing: no product of the catalog is there.",
    ]


def read_block_reasons(target: Target, product: Any) -> set[str | None]:
    """Returns the reasons why the rows of a product are blocked."""
    return {row["blocked_by"] for row in read_rows_of_product(target, product)}


@pytest.mark.full
def test_texts_use_the_chosen_language_where_translated(one_product: OneProduct) -> None:
    """Untranslated texts are in the default language, and the row lists them."""
    sandbox, target, product = one_product
    language = sandbox.shop.languages[1]
    for display in list_product_displays(sandbox.shop, product):
        display["translations"][:] = [translation(language, {"name": "Tröja", "description": None})]
        sandbox.shop.update(display, description="Warm")
    code = language["languageCode"]
    target.load(sandbox, *NEEDED, "display_translations", "languages")
    derive_catalog_table(target, language=code)
    for row in read_rows_of_product(target, product):
        assert (row["display_name"], row["product_description"]) == ("Tröja", "Warm")
        assert row["untranslated"] == "description"
    derive_catalog_table(target)
    assert {row["untranslated"] for row in read_rows_of_product(target, product)} == {None}
    assert "Tröja" not in {row["display_name"] for row in read_rows_of_product(target, product)}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"include": ["inactive"]}, "include of .* contains 'inactive'.* did you mean inactive_"),
        ({"blocked_brands": ["Nobody"]}, "blocked_brands of .* contains 'Nobody'"),
        ({"blocked_folders": ["Womn"]}, "blocked_folders of .* contains 'Womn'.* did you mean Women"),
        (
            {"composition": "pr_matrials"},
            "composition of .* contains 'pr_matrials'.* did you mean pr_materials",
        ),
        ({"blocked_attribute": "pr_export"}, "blocked_attribute of .* contains 'pr_export'"),
        ({"language": "sv"}, "needs display_translations and languages: load them with --resources"),
        ({"removed_share": 20.0}, "removed_share is 20.0: write a share from 0 to 1"),
        ({"vat_rate": -1.0}, "vat_rate is -1.0"),
    ],
)
def test_unknown_names_are_refused(loaded: Target, settings: dict[str, Any], message: str) -> None:
    """An unknown name is refused with the nearest valid names before any row is built."""
    error = catch_error(InvalidSetting, lambda: derive_catalog_table(loaded, **settings))
    assert re.search(message, str(error)), error


@pytest.mark.full
def test_size_removed_from_its_display_leaves_the_catalog(small_shop: Sandbox, target: Target) -> None:
    """Each run replaces the whole table, even with an empty one."""
    derive_catalog_table(target.load(small_shop, *NEEDED))
    assert target.rows("globale_catalog")
    small_shop.shop.remove(*small_shop.shop.displays)
    derive_catalog_table(target.load(small_shop, *NEEDED, full_refresh=True))
    assert target.rows("globale_catalog") == []


@pytest.mark.full
def test_names_of_brands_and_folders_can_be_missing(small_shop: Sandbox, target: Target) -> None:
    """The catalog requires only products and displays; names of other tables are null."""
    derive_catalog_table(target.load(small_shop, *NEEDED[:5]))
    rows = target.rows("globale_catalog")
    assert rows
    assert {(row["brand_name"], row["folder_name"], row["collection_name"]) for row in rows} == {(None,) * 3}


@pytest.mark.full
def test_one_of_several_stores_must_be_chosen(target: Target) -> None:
    """With several stores and no setting, the error lists the stores; a chosen store works."""
    with Sandbox(products=20, orders=0, dtc_stores=2) as sandbox:
        target.load(sandbox, *NEEDED)
        error = catch_error(InvalidSetting, lambda: derive_catalog_table(target))
        stores = list_consumer_stores(sandbox.shop)
        assert all(f"{store} (" in str(error) for store in stores)
        derive_catalog_table(target, stores[1])
        assert read_compared_columns(target) == build_expected_rows(sandbox.shop, stores[1])
        assert read_compared_columns(target)


def test_unknown_store_is_refused(loaded: Target) -> None:
    """A store that does not exist or is a wholesale store is refused."""
    with pytest.raises(InvalidSetting, match="no direct-to-consumer store 999"):
        choose_catalog_store(loaded.pipeline.dataset(), 999)


def test_missing_tables_are_reported(small_shop: Sandbox, target: Target) -> None:
    """Without loaded products, the error names the reason instead of a database error."""
    target.load(small_shop, "stores")
    with pytest.raises(InvalidSetting, match="needs displays, product_sizes, product_variants, products:"):
        choose_catalog_store(target.pipeline.dataset())
