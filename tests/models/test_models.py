"""Models: what they add up to is what the shop holds, by their grain and to the cent."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dlt
import pytest
import sqlglot

from centra_sandbox import Sandbox, Shop
from centra_sandbox.nodes import Node, make, money
from centra_source.destinations import lake
from centra_source.exceptions import InvalidSetting
from centra_source.models import (
    MODELS,
    DerivedModels,
    Model,
    ModelsConfiguration,
    TotalsCheck,
    derive_models,
)
from centra_source.models.derive import models_resource
from centra_source.models.statement import model_statement
from centra_source.tables.table import Table

from ..support import models_expected as expected
from ..support.models_expected import find_differences, get_amount, parse_decimal
from ..support.postgres import PostgresTarget
from ..support.selection import representative
from ..support.target import Target
from ..support.workplace import Row

NAMES = [model.name for model in MODELS]
TABLES = {model.name: model.table for model in MODELS}
LOADED = (
    "orders",
    "returns",
    "shipments",
    "stock",
    "product_sizes",
    "product_variants",
    "products",
    "currencies",
    "purchase_order_deliveries",
)
DIALECTS = ("duckdb", "postgres", "snowflake", "bigquery", "redshift", "databricks")
CENT = Decimal("0.01")
TYPES = {
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "text": "VARCHAR",
    "decimal": "DECIMAL(38,4)",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "date": "DATE",
}


class Made:
    """A shop, and the models that were made of it."""

    def __init__(self, shop: Shop, target: Target, derived: DerivedModels) -> None:
        self.shop, self.target, self.derived = shop, target, derived
        self.rows = target.rows_by_table(*NAMES, "load_audit", "orders", "order_lines")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """The models of a shop in which orders have all there can be several of."""
    target = Target(tmp_path_factory.mktemp("models"))
    with Sandbox(products=30, orders=120, seed=11) as sandbox:
        crowd(sandbox.shop)
        target.load(sandbox, *LOADED, "stores", "markets", "brands", "categories")
        derived = derive_models(target.pipeline)
        assert derived.made == NAMES
        yield Made(sandbox.shop, target, derived)
    target.close()


def crowd(shop: Shop) -> None:
    """Gives an order several discounts and returns: one on a quiet day, one that forgets its order.

    Other orders come to stand where periods begin.
    """
    order = next(
        one
        for one in shop.orders
        if len(one["lines"]) > 2 and len(one["shipments"]) == 2 and "customer" in one
    )
    total, rate = order["grandTotal"], order["currencyBaseRate"]

    def sum_of(value: float) -> Node:
        return money(value, total["currency"], rate, order["createdAt"])

    given = (0.01, 3.33, 7.77)
    order["discountsApplied"] += [make("AdminDiscount", value=sum_of(value)) for value in given]
    before = order["totals"]["discounts"]["value"]
    order["totals"]["discounts"] = sum_of(round(before + sum(given), 2))
    order["grandTotal"] = {**total, "value": round(total["value"] - sum(given), 2)}
    for days in (0, 40):
        returned = shop.add_return(
            order, createdAt=quiet_day(shop) + timedelta(days=days), returnStatus="COMPLETED", status="ACTIVE"
        )
        returned["totals"].update(
            discounts=sum_of(1.25), shipping=sum_of(49.0), returnCost=sum_of(5.5), taxIncluded=sum_of(12.34)
        )
        returned["discountsApplied"] = list(order["discountsApplied"])
    returned["order"] = None
    kept = [one for one in expected.list_sold_orders(shop) if one["lines"] and not one["shipments"]]
    newest = max(one["createdAt"] for one in expected.list_sold_orders(shop))
    for place, days in enumerate((27, 28, 89, 90)):  # the last day that counts, and the first that does not
        kept[place].update(createdAt=newest - timedelta(days=days))


def quiet_day(shop: Shop) -> datetime:
    """Half an hour before midnight, UTC, of a day on which nothing was ordered, nor on the next."""
    busy = {order["createdAt"].date() for order in shop.orders}
    day = date(2026, 3, 1)
    while busy & {day, day + timedelta(days=1)}:
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, 23, 30, tzinfo=timezone.utc)


def measures(table: Table) -> list[str]:
    """The columns of a table that add up."""
    return [column.name for column in table.columns if column.data_type == "decimal"]


def total(rows: list[Row], name: str, **where: Any) -> Any:
    """The sum of a column over the rows in which other columns have some values."""
    kept = [row for row in rows if all(row[column] == value for column, value in where.items())]
    return sum((row[name] or 0 for row in kept), Decimal(0))


@pytest.mark.parametrize("name", NAMES)
def test_key_is_filled_and_unique(made: Made, name: str) -> None:
    """The grain that a model states is the one it has."""
    rows, key = made.rows[name], TABLES[name].key
    assert rows
    assert [row for row in rows if any(row[column] is None for column in key)] == []
    assert max(Counter(tuple(row[column] for column in key) for row in rows).values()) == 1


@pytest.mark.parametrize("name", NAMES)
def test_columns_and_types_are_those_described(made: Made, name: str) -> None:
    """In the destination and in the schema, with descriptions."""
    stored = made.target.types(name)
    expected_types = {column.name: TYPES[column.data_type] for column in TABLES[name].columns}
    assert {column: kind for column, kind in stored.items() if column != "_dlt_load_id"} == expected_types
    schema = made.target.pipeline.default_schema.get_table(name)
    assert schema["description"] == TABLES[name].description
    assert all(schema["columns"][column]["description"] for column in expected_types)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_first_comment_says_what_one_row_is(model: Model) -> None:
    """The SQL and the table say it in the same words; keywords are in lower case."""
    text = files("centra_source.models").joinpath(f"{model.name}.sql").read_text(encoding="utf-8")
    assert text.startswith("-- One row per ")
    assert str(model.table.description).startswith("One row per ")
    code = re.sub(r"--.*|'[^']*'", "", text)
    assert code == code.lower()


def test_sales_of_each_day_are_those_of_the_shop(made: Made) -> None:
    """Every measure of every day, market and currency, in both currencies, to the fourth decimal."""
    table, wanted = TABLES["sales_daily"], expected.sales_daily(made.shop)
    counts = ["orders", "units", "returns", "returned_units"]
    assert find_differences(wanted, made.rows["sales_daily"], table.key, [*counts, *measures(table)]) == []


def test_sales_add_up_to_the_orders(made: Made) -> None:
    """Over all days: the grand totals, goods, discounts, shipping and taxes of orders, in each currency."""
    rows = made.rows["sales_daily"]
    orders = expected.list_sold_orders(made.shop)
    assert sum(row["orders"] for row in rows) == len(orders)
    for code in {order["grandTotal"]["currency"]["code"] for order in orders}:
        mine = [order for order in orders if order["grandTotal"]["currency"]["code"] == code]
        assert total(rows, "order_total", currency_code=code) == sum(
            get_amount(one["grandTotal"]) for one in mine
        )
        for name, field in (("shipping", "shipping"), ("tax_included", "taxIncluded")):
            assert total(rows, name, currency_code=code) == sum(
                get_amount(one["totals"][field]) for one in mine
            )
        given = sum(get_amount(each["value"]) for one in mine for each in one["discountsApplied"])
        assert total(rows, "order_discounts", currency_code=code) == given
        goods = sum(get_amount(one["totals"]["lineValues"]) for one in mine)
        paid = total(rows, "gross_sales", currency_code=code) - total(
            rows, "line_discounts", currency_code=code
        )
        assert paid == goods


def test_amounts_of_a_day_explain_its_total(made: Made) -> None:
    """Goods, less discounts, and what is charged besides, are the grand total of the day's orders."""
    for row in made.rows["sales_daily"]:
        goods = row["gross_sales"] - row["discounts"]
        assert goods + row["shipping"] + row["handling"] + row["tax_added"] == row["order_total"]
        assert row["net_sales"] == goods - row["returned_sales"]


def test_return_counts_on_its_own_day(made: Made) -> None:
    """A return counts on its day, even without orders that day, and does not change the days of orders."""
    day = quiet_day(made.shop).date()
    (row,) = (row for row in made.rows["sales_daily"] if row["sales_date"] == day)
    assert (row["orders"], row["returns"], row["order_total"]) == (0, 1, 0)
    assert row["returned_sales"] > 0
    assert row["net_sales"] == -row["returned_sales"]
    assert (row["returned_shipping"], row["return_costs"]) == (49, Decimal("5.5"))


def test_returns_add_up_to_the_returns(made: Made) -> None:
    """Each completed return once, whatever its order, shipment and lines are joined to."""
    done = expected.list_completed_returns(made.shop)
    rows = made.rows["sales_daily"]
    assert sum(row["returns"] for row in rows) == len(done)
    goods = sum(get_amount(line["lineValue"]) for one in done for line in one["lines"])
    discounts = sum(get_amount(one["totals"]["discounts"]) for one in done)
    assert total(rows, "returned_sales") == goods - discounts
    assert total(rows, "return_total") == sum(get_amount(one["grandTotal"]) for one in done)


def test_every_order_line_is_one_row(made: Made) -> None:
    """However many discounts, shipments, returns and categories there are."""
    found = {(row["order_id"], row["order_line_id"]) for row in made.rows["order_lines_enriched"]}
    lines = {(order["id"], line["id"]) for order in made.shop.orders for line in order["lines"]}
    assert found == lines
    assert len(made.rows["order_lines_enriched"]) == len(lines) == len(made.rows["order_lines"])


def test_amounts_of_lines_are_those_of_the_shop(made: Made) -> None:
    """Of one unit and of the whole line, each in columns of its own, in both currencies."""
    lines = {line["id"]: (order, line) for order in made.shop.orders for line in order["lines"]}
    back = expected.sum_returns_by_line(made.shop)
    wrong = []
    for row in made.rows["order_lines_enriched"]:
        order, line = lines[row["order_line_id"]]
        returned = back.get(line["id"], expected.Amounts())
        value, original = get_amount(line["lineValue"]), expected.get_gross(line)
        wanted = {
            "unit_original_price": get_amount(line["unitOriginalPrice"]),
            "unit_price": get_amount(line["unitPrice"]),
            "line_gross": original,
            "line_value": value,
            "line_discount": original - value,
        }
        base = {f"{name}_base": expected.convert_to_base(each, order) for name, each in wanted.items()}
        base["line_discount_base"] = base["line_gross_base"] - base["line_value_base"]
        wanted |= {**base, "line_returned": returned["value"], "line_returned_base": returned["base"]}
        wrong += [(line["id"], name) for name, each in wanted.items() if row[name] != each]
        assert row["unit_price"] * row["quantity"] == row["line_value"]
        assert row["returned_quantity"] == (returned["units"] or line["returnedQuantity"])
        assert row["is_cancelled"] == (order["status"] == "CANCELLED")
    assert wrong == []


def test_discounts_of_an_order_are_shared_out_to_its_lines(made: Made) -> None:
    """To the last cent, in both currencies, in proportion to what the lines cost."""
    rows = defaultdict(list)
    for row in made.rows["order_lines_enriched"]:
        rows[row["order_id"]].append(row)
    shared = 0
    for order in made.shop.orders:
        mine = rows[order["id"]]
        if not mine:
            continue
        given = sum((get_amount(each["value"]) for each in order["discountsApplied"]), Decimal(0))
        assert total(mine, "line_order_discount") == given
        assert total(mine, "line_order_discount_base") == expected.convert_to_base(given, order)
        goods = total(mine, "line_value")
        charged = get_amount(order["totals"]["shipping"])
        assert total(mine, "line_net") + charged == get_amount(order["grandTotal"])
        shared += len(mine) > 1 and given > 0
        for row in mine if goods else ():
            assert abs(row["line_order_discount"] - given * row["line_value"] / goods) < CENT
    assert shared > 5


def test_lines_are_compared_with_the_totals_of_each_order(made: Made) -> None:
    """Those of every order that counts as a sale, and all of them agree."""
    assert made.derived.totals == TotalsCheck(compared=len(expected.list_sold_orders(made.shop)))


def test_tax_of_a_line_is_what_its_net_amount_includes(made: Made) -> None:
    """25 percent on top of four fifths is one fifth."""
    for row in made.rows["order_lines_enriched"]:
        rate = parse_decimal(row["tax_percent"]) / (100 + parse_decimal(row["tax_percent"]))
        wanted = (row["line_net"] * rate).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        assert row["line_tax_included"] == wanted


def test_lines_and_days_agree(made: Made) -> None:
    """The lines of orders that count add up to the days, also in the base currency."""
    lines = [row for row in made.rows["order_lines_enriched"] if not row["is_cancelled"]]
    pairs = {"line_gross": "gross_sales", "line_discount": "line_discounts"}
    for end in ("", "_base"):
        for line, day in pairs.items():
            assert total(lines, line + end) == total(made.rows["sales_daily"], day + end)


def test_names_are_those_of_the_shop(made: Made) -> None:
    """Of store, market, product, variant, brand and SKU; the base currency is the shop's."""
    lines = {line["id"]: (order, line) for order in made.shop.orders for line in order["lines"]}
    for row in made.rows["order_lines_enriched"]:
        order, line = lines[row["order_line_id"]]
        product, variant, size = line["product"], line["productVariant"], line["productSize"]
        wanted = {
            "store_name": order["store"]["name"],
            "market_name": order["market"]["name"] if order["market"] else None,
            "country_code": order["country"]["code"] if order["country"] else None,
            "product_name": product["name"] if product else "Gift certificate",
            "brand_name": product["brand"]["name"] if product and product["brand"] else None,
            "variant_name": variant["name"] if variant else None,
            "sku": size["SKU"] if size else None,
            "base_currency_code": "SEK",
        }
        assert {name: row[name] for name in wanted} == wanted


def test_stock_is_that_of_the_shop(made: Made) -> None:
    """Units of every size over its warehouses, and what was sold of it lately."""
    wanted, rows = expected.stock_cover(made.shop), made.rows["stock_cover"]
    names = [name for name in TABLES["stock_cover"].columns if name.data_type == "bigint"]
    quantities = [column.name for column in names if not column.name.endswith("_id")]
    assert find_differences(wanted, rows, ["product_size_id"], quantities) == []
    assert any(row["units_sold_28_days"] for row in rows)


def test_days_of_cover_are_stock_by_pace(made: Made) -> None:
    """As many days as units free to allocate, if one unit a day was sold; 0 if oversold, null if none was."""
    for row in made.rows["stock_cover"]:
        sold = row["units_sold_28_days"]
        wanted = max(row["free_to_allocate_quantity"], 0) * 28 / sold if sold else None
        assert row["days_of_cover"] == (pytest.approx(wanted) if sold else None)


def test_sell_through_is_that_of_the_shop(made: Made) -> None:
    """Sold, returned, received and kept of every variant, and their share."""
    wanted, rows = expected.sell_through(made.shop), made.rows["sell_through"]
    names = ("units_sold", "units_returned", "units_on_hand", "units_free_to_allocate", "units_received")
    money_names = ("sold_value_base", "returned_value_base")
    assert find_differences(wanted, rows, ["product_variant_id"], [*names, *money_names]) == []
    for row in rows:
        net = row["units_sold"] - row["units_returned"]
        assert (row["units_net_sold"], row["units_available"]) == (net, net + row["units_on_hand"])
        if row["units_available"] > 0:
            assert row["sell_through_rate"] == pytest.approx(net / row["units_available"])


def test_return_rates_are_those_of_the_shop(made: Made) -> None:
    """By the month of the order, though the return came later; numerator and denominator are columns too."""
    wanted, rows = expected.return_rates(made.shop), made.rows["return_rates"]
    names = (
        "orders",
        "units_sold",
        "units_shipped",
        "units_returned",
        "sold_value_base",
        "returned_value_base",
    )
    assert find_differences(wanted, rows, ["order_month", "product_variant_id"], names) == []
    assert sum(row["units_returned"] for row in rows) > 0
    for row in rows:
        if row["units_sold"]:
            assert row["return_rate"] == pytest.approx(row["units_returned"] / row["units_sold"])


def test_cohorts_are_those_of_the_shop(made: Made) -> None:
    """Each customer in one cohort of a store; orders and returns in the months since."""
    wanted, rows = expected.customer_cohorts(made.shop), made.rows["customer_cohorts"]
    names = ("customers", "active_customers", "orders", "sales_base", "returned_sales_base", "net_sales_base")
    assert find_differences(wanted, rows, ["store_id", "cohort_month", "months_since"], names) == []
    known = [order for order in expected.list_sold_orders(made.shop) if order.get("customer")]
    assert sum(row["orders"] for row in rows) == len(known)
    first = [row for row in rows if row["months_since"] == 0]
    assert [row for row in first if row["active_customers"] != row["customers"]] == []


def test_freshness_has_every_resource(made: Made) -> None:
    """How many rows its table holds, and that its last load brought what Centra counts."""
    rows = {row["resource"]: row for row in made.rows["resource_freshness"]}
    audit = made.rows["load_audit"]
    assert set(rows) == {row["resource"] for row in audit}
    assert rows["orders"]["rows_held"] == len(made.shop.orders)
    assert rows["orders"]["loaded"] == rows["orders"]["expected"] == len(made.shop.orders)
    assert rows["orders"]["is_complete"]
    assert rows["orders"]["rows_deleted"] == 0
    for name, row in rows.items():
        mine = [each for each in audit if each["resource"] == name]
        assert row["calls"] == sum(each["calls"] for each in mine)
        assert row["complexity"] == sum(each["complexity"] for each in mine)
        moments = [each["started_at" if each["kind"] == "list" else "window_to"] for each in mine]
        assert row["read_up_to"] == max((one for one in moments if one), default=None)
        assert row["last_loaded_at"] >= row["last_read_at"]


def test_history_has_every_load(made: Made) -> None:
    """What it read and what that cost, in one row; loads that read nothing of the shop are none."""
    (row,) = made.rows["run_history"]
    audit = made.rows["load_audit"]
    assert row["resources"] == len({each["resource"] for each in audit})
    assert row["calls"] == sum(each["calls"] for each in audit)
    assert row["loaded"] == sum(each["loaded"] for each in audit if each["kind"] in ("window", "list"))
    assert row["incomplete"] == 0
    assert row["begun_at"] == min(each["started_at"] for each in audit)
    assert row["loaded_at"] >= row["ended_at"]


@pytest.mark.full
def test_models_follow_the_shop(target: Target) -> None:
    """Made again after edits they are those of the edited shop, without a row too many."""
    with Sandbox(products=12, orders=40, seed=3, events_enabled=True) as sandbox:
        shop = sandbox.shop
        target.load(sandbox, *LOADED)
        derive_models(target.pipeline)
        pending = next(one for one in shop.returns if one["returnStatus"] == "PENDING")
        shop.update(pending, returnStatus="COMPLETED", status="ACTIVE")
        shop.update(next(one for one in shop.orders if one["status"] == "CONFIRMED"), status="CANCELLED")
        crowded = next(one for one in shop.orders if len(one["lines"]) > 2 and not one["shipments"])
        shop.remove_line(crowded, crowded["lines"][0])
        shop.remove(next(one for one in shop.orders if one["returns" if "returns" in one else "lines"]))
        target.load(sandbox, *LOADED)
        derive_models(target.pipeline)
        rows = target.rows_by_table(*NAMES)
    table = TABLES["sales_daily"]
    assert find_differences(expected.sales_daily(shop), rows["sales_daily"], table.key, measures(table)) == []
    keys = ("order_month", "product_variant_id")
    names = ("units_sold", "units_returned", "sold_value_base", "returned_value_base")
    assert find_differences(expected.return_rates(shop), rows["return_rates"], keys, names) == []
    assert len(rows["order_lines_enriched"]) == sum(len(order["lines"]) for order in shop.orders)
    freshness = {row["resource"]: row for row in rows["resource_freshness"]}
    assert (freshness["orders"]["rows_held"], freshness["orders"]["rows_deleted"]) == (len(shop.orders), 1)
    assert len(rows["run_history"]) == 2
    assert freshness["orders"]["last_load_id"] == max(row["load_id"] for row in rows["run_history"])


def test_days_are_those_of_the_time_zone(made: Made) -> None:
    """Half past eleven at night in UTC is the next day in Stockholm."""
    zone = ZoneInfo("Europe/Stockholm")
    wanted = expected.sales_daily(made.shop, lambda moment: moment.astimezone(zone).date())
    statement = model_statement(made.target.pipeline.dataset(), "sales_daily", zone.key)
    relation = made.target.pipeline.dataset()(statement, query_dialect="duckdb").arrow()
    assert relation is not None
    table = TABLES["sales_daily"]
    assert find_differences(wanted, relation.to_pylist(), table.key, measures(table)) == []
    assert set(wanted) != set(expected.sales_daily(made.shop))


def test_configured_time_zone_reaches_the_query(made: Made) -> None:
    """The statements that the tables are made of name it."""
    (model,) = [one for one in MODELS if one.name == "sales_daily"]
    (relation,) = models_resource(made.target.pipeline.dataset(), [model], "Europe/Stockholm", is_inside=True)
    assert "Europe/Stockholm" in relation.to_sql()


def test_unknown_time_zone_is_refused(target: Target) -> None:
    """Before anything is read."""
    with pytest.raises(InvalidSetting, match="no time zone 'Stockholm'"):
        derive_models(target.pipeline, ModelsConfiguration(time_zone="Stockholm"))


@pytest.mark.full
def test_empty_shop_makes_empty_tables(target: Target) -> None:
    """With all their columns, so that a query of an analyst runs from the first day."""
    with Sandbox(products=0, orders=0) as sandbox:
        target.load(sandbox, *LOADED)
    assert derive_models(target.pipeline).made == NAMES
    rows, kinds = target.rows_by_table(*NAMES), target.types_by_table()
    for name in NAMES:
        assert not rows[name] or name in ("resource_freshness", "run_history")
        assert kinds[name].keys() >= {column.name for column in TABLES[name].columns}


@pytest.mark.full
def test_model_waits_for_the_tables_it_needs(small_shop: Sandbox, target: Target) -> None:
    """It is left out with a reason; what others would only name is null."""
    target.load(small_shop, "orders")
    names = ["order_lines_enriched", "resource_freshness", "run_history"]
    derived = derive_models(target.pipeline)
    assert derived.made == names
    assert set(derived.skipped) == set(NAMES) - set(names)
    assert derived.skipped["stock_cover"] == (
        "stock is not loaded: load the resource stock, too (see --resources and --exclude)"
    )
    rows = target.rows("order_lines_enriched")
    assert len(rows) == sum(len(order["lines"]) for order in small_shop.shop.orders)
    assert {row["sku"] for row in rows} == {row["store_name"] for row in rows} == {None}
    names_then = {row["product_name"] for row in rows}
    assert names_then == {line["productName"] for order in small_shop.shop.orders for line in order["lines"]}


DENIED = "returns and return_lines are not readable: the token lacks Return:read"
EXCLUDED = "return_lines is empty although returns has rows: remove it from --exclude"


@pytest.mark.full
@pytest.mark.parametrize(
    ("hindrance", "reason"), representative([("denied", DENIED), ("excluded", EXCLUDED)], ("denied", DENIED))
)
def test_model_waits_for_tables_with_rows(
    small_shop: Sandbox, target: Target, hindrance: str, reason: str
) -> None:
    """Tables that are denied or excluded are there and empty: sales would have no returns."""
    if hindrance == "denied":
        small_shop.configure(denied={"Return:read"})
        target.load(small_shop, "orders", "returns")
    else:
        target.load(small_shop, "orders", "returns", exclude=["return_lines"])
    assert "return_lines" in target.pipeline.dataset().tables
    derived = derive_models(target.pipeline)
    assert derived.made == ["order_lines_enriched", "resource_freshness", "run_history"]
    assert derived.skipped["sales_daily"] == reason


def test_nothing_loaded_makes_nothing(target: Target) -> None:
    """And writes nothing."""
    derived = derive_models(target.pipeline)
    assert derived.made == []
    assert list(derived.skipped) == NAMES
    assert derived.skipped["run_history"] == "load_audit is not loaded: load any resource first"


@pytest.mark.full
def test_interrupted_making_is_made_up_for(small_shop: Sandbox, target: Target) -> None:
    """What was killed before it was loaded is loaded first, and then all models are made."""
    pipeline = target.load(small_shop, "orders").pipeline
    begun = [model for model in MODELS if model.name == "run_history"]
    pipeline.extract(models_resource(pipeline.dataset(), begun, "UTC", is_inside=True))
    pipeline.normalize()
    assert len(derive_models(pipeline).made) == 3
    assert not pipeline.has_pending_data
    assert len(target.rows("order_lines_enriched")) == len(target.rows("order_lines"))
    assert len(target.rows("run_history")) == 1


@pytest.mark.full
def test_files_hold_the_same(small_shop: Sandbox, target: Target, tmp_path: Path) -> None:
    """A folder of Parquet files cannot run queries: the rows come and go in batches."""
    target.load(small_shop, *LOADED)
    derive_models(target.pipeline)
    files = Target(tmp_path / "files")
    files.pipeline = dlt.pipeline(
        "centra_files",
        pipelines_dir=str(tmp_path / "files" / "pipelines"),
        destination=lake(str(tmp_path / "files" / "lake")),
        dataset_name="centra_data",
    )
    files.load(small_shop, *LOADED)
    assert derive_models(files.pipeline).made == NAMES
    for name in NAMES[:6]:
        rows = files.pipeline.dataset()[name].arrow()
        assert rows is not None
        own = [column for column in rows.column_names if column.startswith("_dlt")]
        assert in_order(rows.drop_columns(own).to_pylist(), name) == in_order(target.rows(name), name)


@pytest.mark.full
def test_postgres_makes_the_same(small_shop: Sandbox, target: Target, postgres: PostgresTarget) -> None:
    """Every value of every model, by the other database's own arithmetic of money and dates."""
    places: tuple[Any, ...] = (target, postgres)
    for place in places:
        place.load(small_shop, *LOADED)
        assert derive_models(place.pipeline).made == NAMES
    assert derive_models(postgres.pipeline).made == NAMES
    for name in NAMES[:6]:
        assert in_order(postgres.rows(name), name) == in_order(target.rows(name), name), name


def in_order(rows: list[Row], name: str) -> list[Row]:
    """Rows by their key, empty texts as nulls; PostgreSQL takes them for that."""
    emptied = [{column: None if value == "" else value for column, value in row.items()} for row in rows]
    return sorted(emptied, key=lambda row: tuple(str(row[column]) for column in TABLES[name].key))


@pytest.mark.full
@pytest.mark.parametrize("dialect", DIALECTS)
def test_statements_exist_in_every_dialect(made: Made, dialect: str) -> None:
    """Each is translated without a word that the other database would not know, and can be parsed there."""
    dataset = made.target.pipeline.dataset()
    for name in NAMES:
        statement = model_statement(dataset, name)
        (text,) = sqlglot.transpile(
            statement, read="duckdb", write=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE
        )
        assert isinstance(sqlglot.parse_one(text, read=dialect), sqlglot.exp.Select)
