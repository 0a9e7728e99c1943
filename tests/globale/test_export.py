"""Files for Global-e: their format, the files next to the catalog, and the delta since the last delivery."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from centra_sandbox import Sandbox
from centra_sandbox.nodes import make
from centra_source.atomic import replace_file
from centra_source.exceptions import CentraError, InvalidSetting
from centra_source.globale import (
    Export,
    catalog_configuration,
    choose_profile,
    derive_catalog,
    export_catalog,
    write_catalog,
)
from centra_source.globale.delivery import export as export_module
from centra_source.globale.delivery.files import claim_minute, file_name, share_files
from centra_source.globale.delivery.profiles import Profile, cell
from centra_source.globale.delivery.side_files import price_parts

from ..support.globale_shop import (
    RESOURCES,
    list_displays,
    list_offered_products,
    list_sizes,
    make_clean_shop,
)
from ..support.target import Target, catch_error
from ..support.workplace import Row

NOON = datetime(2026, 6, 1, 12, 5, tzinfo=timezone.utc)

CENTRA_HEADERS = [
    "Product Unique Identifier",
    "SKU",
    "Display Name",
    "Product Description",
    "Country of Origin",
]


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    """A shop with the faults of a real one."""
    with Sandbox(products=60, orders=0, seed=7) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def loaded(shop: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """The tables of that shop with its catalog."""
    target = Target(tmp_path_factory.mktemp("export")).load(shop, *RESOURCES, "prices", "pricelists")
    derive_catalog(target.pipeline, catalog_configuration())
    return target


@pytest.fixture
def sellable(tmp_path: Path) -> Iterator[tuple[Sandbox, Target]]:
    """A loaded shop without faults."""
    with make_clean_shop(20) as sandbox:
        yield sandbox, Target(tmp_path / "sellable").load(sandbox, *RESOURCES)


def export(target: Target, folder: Path, made_at: datetime = NOON, **options: Any) -> Export:
    """Exports a catalog. Options that the export does not have are settings."""
    known = ("compare", "deliver", "review", "strict", "force")
    own = {name: options.pop(name) for name in known if name in options}
    configuration = catalog_configuration(**options)
    return export_catalog(target.pipeline, configuration, folder, made_at, **own)


def read_csv_file(path: Path, encoding: str = "utf-8") -> tuple[list[str], list[dict[str, str]]]:
    """Returns the headers and lines of a file."""
    with path.open(newline="", encoding=encoding) as file:
        reader = csv.DictReader(file)
        return list(reader.fieldnames or ()), list(reader)


def read_catalog(target: Target) -> list[Row]:
    """Returns the rows of the catalog, ordered by id."""
    return sorted(target.rows("globale_catalog"), key=lambda row: row["product_size_id"])


def test_file_has_the_published_columns_and_every_row(loaded: Target, tmp_path: Path) -> None:
    """A CSV reader gets the rows of the table back, and an unknown country stays empty."""
    path = tmp_path / "catalog.csv"
    written = write_catalog(loaded.pipeline.dataset(), path, choose_profile(catalog_configuration()))
    headers, lines = read_csv_file(path)
    assert headers == CENTRA_HEADERS
    fields = ("product_size_id", "sku", "display_name", "product_description", "country_of_origin")
    assert [list(line.values()) for line in lines] == [
        ["" if row[field] is None else str(row[field]) for field in fields] for row in read_catalog(loaded)
    ]
    assert (written.rows, written.sha256) == (len(lines), hashlib.sha256(path.read_bytes()).hexdigest())


def test_full_profile_starts_with_the_headers_of_the_general_catalogue(
    loaded: Target, tmp_path: Path
) -> None:
    """Weights are in grams, booleans are 0 or 1, and unpublished columns come last."""
    path = tmp_path / "catalog.csv"
    write_catalog(loaded.pipeline.dataset(), path, choose_profile(catalog_configuration(profile="full")))
    headers, lines = read_csv_file(path)
    assert headers[:6] == [
        *("ID-SKU", "Display_Name", "Product_Description", "Product_Composition", "Product_Weight"),
        "Is Blocked",
    ]
    assert headers[6:] == ["HS_Code", "Country_Of_Origin", "Brand", "Product_Unique_Identifier"]
    for line, row in zip(lines, read_catalog(loaded), strict=True):
        assert line["HS_Code"] == (row["hs_code"] or "")
        assert line["Is Blocked"] == "0"
        assert Decimal(line["Product_Weight"] or "-1") == (
            -1 if row["weight_grams"] is None else row["weight_grams"]
        )
    assert any(line["Product_Weight"] for line in lines)


def test_unpublished_headers_can_be_renamed_or_omitted(loaded: Target, tmp_path: Path) -> None:
    """The settings can follow the template of Global-e's project manager."""
    headers = {"hs_code": "Tariff", "brand_name": ""}
    profile = choose_profile(catalog_configuration(profile="full", headers=headers))
    write_catalog(loaded.pipeline.dataset(), tmp_path / "catalog.csv", profile)
    found, _ = read_csv_file(tmp_path / "catalog.csv")
    assert found[6:] == ["Tariff", "Country_Of_Origin", "Product_Unique_Identifier"]


def test_custom_profile_has_its_columns_and_byte_order_mark(loaded: Target, tmp_path: Path) -> None:
    """A custom profile writes any catalog columns, in the order of the configuration."""
    profiles = {"pm": {"columns": {"Barcode": "gtin", "ID-SKU": "sku"}, "bom": True}}
    profile = choose_profile(catalog_configuration(profile="pm", profiles=profiles))
    write_catalog(loaded.pipeline.dataset(), tmp_path / "catalog.csv", profile)
    assert (tmp_path / "catalog.csv").read_bytes().startswith(b"\xef\xbb\xbfBarcode,ID-SKU\r\n")
    _, lines = read_csv_file(tmp_path / "catalog.csv", "utf-8-sig")
    assert [line["Barcode"] for line in lines] == [row["gtin"] or "" for row in read_catalog(loaded)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"profile": "ful"}, "There is no profile 'ful': did you mean full"),
        ({"profile": "full", "headers": {"hscode": "HS"}}, "names 'hscode'.* did you mean hs_code"),
        (
            {"profile": "pm", "profiles": {"pm": {"bom": True}}},
            r"needs a table \[globale.profiles.pm.columns\]",
        ),
        ({"profile": "pm", "profiles": {"pm": {"columns": {"A": "sku"}, "bon": 1}}}, r"\. Remove bon\.$"),
        ({"profile": "full", "headers": {"brand_name": "ID-SKU"}}, "gives two columns the header 'ID-SKU'"),
        ({"profile": "pm", "profiles": {"pm": {"columns": {"A": "skuu"}}}}, "'skuu'.*did you mean sku"),
    ],
)
def test_invalid_profile_is_refused(settings: dict[str, Any], message: str) -> None:
    """The error lists the valid values."""
    with pytest.raises(InvalidSetting, match=message):
        choose_profile(catalog_configuration(**settings))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "1"),
        (False, "0"),
        (Decimal("250.0000"), "250"),
        (Decimal("1200000"), "1200000"),
        (Decimal("0.5"), "0.5"),
        (7, "7"),
        (25.0, "25"),
        (0.00001, "0.00001"),
    ],
)
def test_values_are_written_without_exponents_and_trailing_zeros(value: object, text: str) -> None:
    """Each value is written in the form that a reader of the file expects."""
    assert cell(value) == text


def test_file_name_follows_global_e() -> None:
    """The name is {Merchant}_product-catalogue_ddmmyyyyhhmm.csv, with characters valid on every system."""
    assert file_name("Åsa & Öberg", NOON) == "Åsa-Öberg_product-catalogue_010620261205.csv"
    assert file_name("../", NOON, "prices") == "merchant_prices_010620261205.csv"


@pytest.mark.parametrize("name", ["x" * 440, "å" * 440, "手" * 300])
def test_long_name_of_a_store_fits_a_file_name(name: str, tmp_path: Path) -> None:
    """Also while the file is being written, in every part."""
    path = tmp_path / file_name(name, NOON, "product-catalogue-removed", "manifest.json")
    with replace_file(path) as unfinished:
        unfinished.touch()
    assert path.name.startswith(name[:20])


@pytest.mark.parametrize("name", [None, ""])
def test_store_without_a_name_is_named_by_its_id(name: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is called None."""
    monkeypatch.setattr(export_module, "rows_of", lambda dataset, query: [{"name": name}])
    dataset: Any = None
    assert export_module._store_name(dataset, 3) == "store-3"


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o700, 0o600), (0o750, 0o640), (0o755, 0o644)])
def test_who_may_read_the_folder_may_read_its_files(tmp_path: Path, folder_mode: int, file_mode: int) -> None:
    """Whatever the umask of the job is: an upload by another user keeps working."""
    path = tmp_path / "prices.csv"
    path.touch(mode=0o600)
    tmp_path.chmod(folder_mode)
    share_files(tmp_path, [path])
    assert path.stat().st_mode & 0o777 == file_mode


def test_no_two_exports_share_a_file_name(tmp_path: Path) -> None:
    """Two in one minute, be it of one store or of two of one merchant, one after the other or at once."""
    used = []
    with (
        claim_minute(tmp_path, "Nordic Wool", NOON) as first,
        claim_minute(tmp_path, "Nordic Wool", NOON) as second,
    ):
        used += [first, second]
        for minute in used:
            (tmp_path / file_name("Nordic Wool", minute, "prices")).touch()
    with claim_minute(tmp_path, "Nordic Wool", NOON) as third, claim_minute(tmp_path, "Other", NOON) as other:
        used.append(third)
    assert used == [NOON, NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)]
    assert other == NOON
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".csv", ".csv"]


@pytest.mark.full
def test_same_data_gives_the_same_bytes(loaded: Target, tmp_path: Path) -> None:
    """Two exports have the same bytes, even if the tables are derived again in between."""
    first, second = (export(loaded, tmp_path / name, vat_rate=25.0) for name in ("first", "second"))
    files = [first.catalog, *first.others]
    assert len(files) > 2
    for one, other in zip(files, [second.catalog, *second.others], strict=True):
        assert one.path != other.path
        assert one.path.read_bytes() == other.path.read_bytes()
    assert first.page.read_bytes() == second.page.read_bytes()


def test_failed_write_keeps_the_earlier_file(tmp_path: Path) -> None:
    """The earlier file stays until the next one is complete, and no partial file remains."""
    path = tmp_path / "catalog.csv"
    path.write_text("the last good file")

    def fail() -> None:
        with replace_file(path) as unfinished:
            unfinished.write_text("half")
            raise OSError("the disk is full")

    catch_error(OSError, fail)
    assert path.read_text() == "the last good file"
    assert list(tmp_path.iterdir()) == [path]


def test_manifest_describes_the_file(shop: Sandbox, loaded: Target, tmp_path: Path) -> None:
    """The manifest has the rows, checksum, exclusions and findings, and the Centra shop of the tables."""
    made = export(loaded, tmp_path)
    manifest = json.loads((tmp_path / "Retail_product-catalogue_010620261205.manifest.json").read_bytes())
    assert manifest["sha256"] == hashlib.sha256(made.catalog.path.read_bytes()).hexdigest()
    assert manifest["rows"] == len(read_catalog(loaded))
    assert manifest["rows"] + sum(manifest["excluded"].values()) == len(shop.shop.product_sizes)
    assert manifest["store"] == {"id": 1, "name": "Retail"}
    assert manifest["made_at"] == "2026-06-01T12:05:00+00:00"
    assert str(manifest["centra"]["app_version"]).startswith("v1.")
    assert {found["rule"] for found in manifest["issues"]} == {count.rule for count in made.found.counts}
    assert manifest["counts"]["pre_orders"] == sum(row["is_preorder"] for row in read_catalog(loaded))
    assert "products.graphql" in manifest["queries"]


@pytest.mark.full
def test_untranslated_texts_are_reported(shop: Sandbox, target: Target, tmp_path: Path) -> None:
    """The report counts the rows with untranslated texts and names the language."""
    target.load(shop, *RESOURCES, "display_translations", "languages")
    made = export(target, tmp_path, language="sv")
    count = sum(row["untranslated"] is not None for row in read_catalog(target))
    assert count
    assert any(
        note.startswith(f"{count:,} rows have a text that is not translated into sv") for note in made.notes
    )


def test_clean_shop_is_ready_and_recorded(sellable: tuple[Sandbox, Target], tmp_path: Path) -> None:
    """A file without findings is ready and counts as delivered."""
    _, target = sellable
    made = export(target, tmp_path, deliver=True, profile="full", composition="pr_composition")
    assert (made.found.counts, made.is_recorded) == ((), True)
    rows = target.rows("globale_catalog_delivered")
    assert {row["product_size_id"] for row in rows} == {
        row["product_size_id"] for row in read_catalog(target)
    }
    assert {(row["profile"], row["store_id"], row["file_name"]) for row in rows} == {
        ("full", 1, made.catalog.path.name)
    }


@pytest.mark.full
def test_blocked_file_is_not_recorded(loaded: Target, tmp_path: Path) -> None:
    """A blocked file is written for review but counts as delivered only with force."""
    made = export(loaded, tmp_path, deliver=True)
    assert made.found.fails()
    assert not made.is_recorded
    assert made.notes[-1].startswith("Not recorded as delivered")
    assert export(loaded, tmp_path, deliver=True, force=True).is_recorded


@pytest.mark.full
def test_delta_lists_added_changed_and_removed_rows(sellable: tuple[Sandbox, Target], tmp_path: Path) -> None:
    """Each kind of change since the last delivery has its own file, and only exported columns count."""
    sandbox, target = sellable
    export(target, tmp_path, deliver=True)
    before = {row["product_size_id"]: row["sku"] for row in read_catalog(target)}
    hidden, renamed, heavier, *_ = list_offered_products(sandbox.shop)[5:]
    newcomer = sandbox.shop.add("ProductSize", **{**list_sizes(renamed)[0], "id": 99_001, "SKU": "NL-NEW-X"})
    renamed["variants"][0]["productSizes"].append(newcomer)
    sandbox.shop.update(newcomer, EAN=None)
    for display in list_displays(sandbox.shop, renamed):
        sandbox.shop.update(display, name="A new name")
    for display in list_displays(sandbox.shop, hidden):
        sandbox.shop.update(display, status="INACTIVE")
    sandbox.shop.update(heavier, internalComment="weighed again")
    target.load(sandbox, *RESOURCES)
    made = export(target, tmp_path, compare=True)
    files = {file.path.name.split("_")[1]: read_csv_file(file.path) for file in made.others}
    headers, added = files["product-catalogue-added"]
    assert headers == CENTRA_HEADERS
    assert [line["SKU"] for line in added] == ["NL-NEW-X"]
    _, changed = files["product-catalogue-changed"]
    expected = sorted(size["id"] for size in list_sizes(renamed) if size["id"] in before)
    assert [int(line[headers[0]]) for line in changed] == expected
    assert {line["Display Name"] for line in changed} == {"A new name"}
    removed_headers, removed = files["product-catalogue-removed"]
    gone = sorted(size["id"] for size in list_sizes(hidden) if size["id"] in before)
    assert removed_headers == CENTRA_HEADERS[:2]
    assert [(int(line[headers[0]]), line["SKU"]) for line in removed] == [(one, before[one]) for one in gone]


@pytest.mark.full
def test_changed_sku_is_removed_and_added_where_it_is_the_key(
    sellable: tuple[Sandbox, Target], tmp_path: Path
) -> None:
    """Otherwise Global-e would keep the old SKU; in a file keyed by id the row is changed."""
    sandbox, target = sellable
    size = list_sizes(list_offered_products(sandbox.shop)[5])[0]
    old = size["SKU"]
    for profile in ("full", "centra"):
        export(target, tmp_path, deliver=True, force=True, profile=profile)
    sandbox.shop.update(size, SKU="NL-OTHER-X")
    target.load(sandbox, *RESOURCES)
    made = export(target, tmp_path, compare=True, profile="full").difference
    assert made
    assert (made.changed, made.removed) == ([size["id"]], [(size["id"], old)])
    made = export(target, tmp_path, compare=True).difference
    assert made
    assert (made.changed, made.removed) == ([size["id"]], [])


@pytest.mark.full
def test_strict_warnings_prevent_recording_a_file(sellable: tuple[Sandbox, Target], tmp_path: Path) -> None:
    """A file that fails on warnings is not the base of the next delta."""
    sandbox, target = sellable
    sandbox.shop.update(list_offered_products(sandbox.shop)[5], weight=None)
    target.load(sandbox, *RESOURCES)
    assert not export(target, tmp_path, deliver=True, strict=True).is_recorded
    assert export(target, tmp_path, deliver=True).is_recorded


@pytest.mark.full
def test_blocked_rows_are_not_exported_or_checked_without_a_column_for_them(
    sellable: tuple[Sandbox, Target], tmp_path: Path
) -> None:
    """A gift card without an SKU does not block a file that excludes it."""
    sandbox, target = sellable
    card = list_offered_products(sandbox.shop)[5]
    for display in list_displays(sandbox.shop, card):
        sandbox.shop.update(display, name="Gift card 500")
    for size in list_sizes(card):
        sandbox.shop.update(size, SKU=None)
    target.load(sandbox, *RESOURCES)
    made = export(target, tmp_path)
    assert (made.found.fails(), made.omitted) == (False, len(list_sizes(card)))
    assert made.catalog.rows + made.omitted == len(read_catalog(target))
    assert export(target, tmp_path, profile="full").found.fails()


@pytest.mark.full
def test_empty_catalog_is_not_ready(sellable: tuple[Sandbox, Target], tmp_path: Path) -> None:
    """An empty catalog, as from a token that sees no display of the store, cannot be delivered."""
    sandbox, target = sellable
    for display in sandbox.shop.displays:
        sandbox.shop.update(display, status="INACTIVE")
    target.load(sandbox, *RESOURCES)
    assert export(target, tmp_path).found.fails()
    error = catch_error(CentraError, lambda: export(target, tmp_path / "second", deliver=True))
    assert "would be empty" in str(error)
    assert not (tmp_path / "second").exists()


@pytest.mark.full
def test_delta_that_removes_too_much_is_refused(sellable: tuple[Sandbox, Target], tmp_path: Path) -> None:
    """A delta that removes too many rows writes nothing, unless forced."""
    sandbox, target = sellable
    export(target, tmp_path / "first", deliver=True)
    for product in list_offered_products(sandbox.shop)[::2]:
        sandbox.shop.update(product, status="INACTIVE")
    target.load(sandbox, *RESOURCES)
    error = catch_error(CentraError, lambda: export(target, tmp_path / "second", compare=True))
    assert "delivered rows would vanish, more than 20%" in str(error)
    assert not (tmp_path / "second").exists()
    made = export(target, tmp_path / "second", compare=True, force=True)
    assert made.difference
    assert made.difference.removed
    assert "R2" in {count.rule for count in made.found.counts}


@pytest.mark.full
def test_delta_needs_a_delivery(sellable: tuple[Sandbox, Target], tmp_path: Path) -> None:
    """A delta needs an earlier delivery of the same profile and store."""
    _, target = sellable
    export(target, tmp_path, deliver=True)
    error = catch_error(InvalidSetting, lambda: export(target, tmp_path, compare=True, profile="full"))
    assert "no file of profile full and store 1 is recorded" in str(error)


@pytest.mark.full
def test_export_writes_side_files(sellable: tuple[Sandbox, Target], tmp_path: Path) -> None:
    """Bundles with their fixed contents, pre-orders, and restrictions on sales abroad have files by SKU."""
    sandbox, target = sellable
    shop = sandbox.shop
    bundle, child, choice, preorder, blocked, *_ = list_offered_products(shop)
    variants = [child["variants"][0]], [*choice["variants"], child["variants"][0]]
    sections = [
        make(
            "BundleSection",
            id=900 + place,
            quantity=2 + place,
            productVariants=offered,
            createdAt=NOON,
            updatedAt=NOON,
        )
        for place, offered in enumerate(variants)
    ]
    now = shop.clock.now()
    added = shop.add("Bundle", sections=sections, product=bundle, createdAt=now, updatedAt=now)
    shop.update(bundle, isBundle=True, bundle=added)
    shop.update(list_sizes(preorder)[0], preorder=True)
    shop.update(blocked, brand=shop.brands[1])
    target.load(sandbox, *RESOURCES)
    made = export(target, tmp_path, blocked_brands=[shop.brands[1]["name"]])
    files = {file.path.name.split("_")[1]: read_csv_file(file.path)[1] for file in made.others}
    children = child["variants"][0]["productSizes"]
    expected = {
        (own["SKU"], size["SKU"], "2")
        for own in list_sizes(bundle)
        for size in children
        if size["size"]["id"] == own["size"]["id"] or len(children) == 1
    }
    assert expected
    assert {tuple(line.values()) for line in files["bundle-mapping"]} == expected
    assert list(files["bundle-mapping"][0]) == ["BundleSKU", "ChildSKU", "Quantity"]
    assert [line["SKU"] for line in files["pre-orders"]] == [list_sizes(preorder)[0]["SKU"]]
    restricted = {line["SKU"]: line["Reason"] for line in files["restricted-products"]}
    assert restricted == dict.fromkeys(
        (size["SKU"] for size in list_sizes(blocked)), f"brand {shop.brands[1]['name']}"
    )


@pytest.mark.full
def test_price_feed_has_one_price_for_each_sku_and_currency(
    shop: Sandbox, loaded: Target, tmp_path: Path
) -> None:
    """The store's default pricelist comes first, a variant before its product; VAT is a setting."""
    made = export(loaded, tmp_path, vat_rate=25.0)
    (feed,) = (file for file in made.others if "_prices_" in file.path.name)
    headers, lines = read_csv_file(feed.path)
    assert headers == ["SKU", "Product Price", "Price Original Currency", "VAT Rate"]
    assert {line["VAT Rate"] for line in lines} == {"25"}
    keys = [(line["SKU"], line["Price Original Currency"]) for line in lines]
    assert len(keys) == len(set(keys))
    store = read_catalog(loaded)[0]["store_id"]
    possible: dict[tuple[str, str], list[Any]] = {}
    for row in read_catalog(loaded):
        for price in shop.shop.prices:
            pricelist, variant = price["pricelist"], price["productVariant"]
            is_its_price = price["product"]["id"] == row["product_id"] and (
                variant is None or variant["id"] == row["product_variant_id"]
            )
            is_offered = pricelist["store"]["id"] == store and pricelist["status"] == "ACTIVE"
            if row["sku"] and is_its_price and is_offered and price["price"]:
                possible.setdefault((row["sku"], pricelist["currency"]["code"]), []).append(price)
    assert set(keys) == set(possible)
    assert any(len(prices) > 1 for prices in possible.values())
    for key, line in zip(keys, lines, strict=True):
        chosen = min(possible[key], key=get_precedence)
        assert Decimal(line["Product Price"]) == Decimal(str(chosen["price"]["value"]))


def get_precedence(price: Any) -> tuple[Any, ...]:
    """Returns the sort key by which a price of a size is chosen."""
    pricelist = price["pricelist"]
    return (
        not pricelist["isDefaultForCurrency"],
        pricelist["id"],
        price["productVariant"] is None,
        price["id"],
    )


def test_price_feed_is_split_within_the_limits_of_global_e() -> None:
    """No file exceeds the limits of SKUs and currencies, and each price is in exactly one file."""
    prices = {
        f"C{currency:02}": {f"S{sku}": Decimal(sku) for sku in range(25) if (sku + currency) % 3}
        for currency in range(5)
    }
    parts = list(price_parts(prices, skus_per_file=10, currencies_per_file=2))
    assert len(parts) == 9
    for part in parts:
        assert len({sku for sku, _, _ in part}) <= 10
        assert len({currency for _, currency, _ in part}) <= 2
    written = {(sku, currency): price for part in parts for sku, currency, price in part}
    assert written == {
        (sku, currency): price for currency, by_sku in prices.items() for sku, price in by_sku.items()
    }


@pytest.mark.full
def test_missing_price_feed_has_a_reason(sellable: tuple[Sandbox, Target], tmp_path: Path) -> None:
    """The reason names a setting or a resource to load."""
    _, target = sellable
    assert any("set vat_rate" in note for note in export(target, tmp_path).notes)
    notes = export(target, tmp_path, vat_rate=25.0).notes
    assert any("load pricelists and prices" in note or "load prices and pricelists" in note for note in notes)


def test_line_of_a_profile_has_its_columns() -> None:
    """A line has the columns of the profile, in its order."""
    profile = Profile("own", {"B": "sku", "A": "is_blocked"})
    assert profile.line({"sku": "x", "is_blocked": True}) == ["x", "1"]
