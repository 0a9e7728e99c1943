"""The tables of Global-e's orders: their contents, and which inputs they do not need."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import dlt
import pytest

from centra_sandbox import Sandbox, Shop
from centra_sandbox.generate.attributes import choice_attribute, text_attribute
from centra_sandbox.nodes import Node, make, money
from centra_source.exceptions import InvalidSetting
from centra_source.globale.orders import (
    ORDER_TABLES,
    OrdersConfiguration,
    describe_limitations,
    globale_orders_tables,
    orders_configuration,
)
from centra_source.globale.orders.cancellations_and_returns import return_rows
from centra_source.globale.orders.findings import parse_order_severities
from centra_source.globale.orders.queries import Loaded

from ..support.globale_orders import (
    DETAILS,
    RESOURCES,
    add_globale_order,
    build_details,
    capture,
    derive,
    list_findings,
    read_mapping,
    remove_globale,
    set_details,
    ship_and_return,
    to_decimal,
)
from ..support.selection import representative
from ..support.target import Target, catch_error
from ..support.workplace import Row, Workplace

SCRIPT = "pipelines/globale_orders_pipeline.py"


def find_row(rows: list[Row], **values: Any) -> Row:
    """Returns the one row with these values."""
    (row,) = (row for row in rows if all(row[name] == value for name, value in values.items()))
    return row


def test_every_table_and_column_is_described() -> None:
    """A table's description starts with what one row is, and each column has a description."""
    for table in ORDER_TABLES:
        assert str(table.description).startswith("One row per "), table.name
        assert [column.name for column in table.columns if not column.description] == [], table.name
        assert set(table.key) <= {column.name for column in table.columns}


def test_order_has_the_amounts_of_both_sides(small_shop: Sandbox, target: Target) -> None:
    """An order has Centra's amounts, Global-e's texts and numbers, and the names of store and market."""
    shop = small_shop.shop
    remove_globale(shop)
    order = add_globale_order(
        shop, "GE1", ge_order_duties="5,00 €", ge_order_delivery_days="5-7", free_shipping="1"
    )
    shop.update(order, market=shop.markets[0], pricelist=shop.pricelists[0])
    (row,) = derive(target.load(small_shop, *RESOURCES))["globale_orders"]
    assert (row["order_id"], row["order_number"]) == (order["id"], order["number"])
    assert (row["ge_order_id"], row["recognised_by"]) == ("GE1", "ge_order_details")
    assert (row["store_name"], row["market_name"]) == (order["store"]["name"], shop.markets[0]["name"])
    assert row["pricelist_name"] == shop.pricelists[0]["name"]
    assert (row["centra_grand_total"], row["ge_total"]) == (to_decimal(215), to_decimal(215))
    assert (row["ge_duties_raw"], row["ge_duties"], row["ge_currency"]) == ("5,00 €", to_decimal(5), None)
    assert (row["ge_delivery_days_raw"], row["ge_delivery_days"]) == ("5-7", None)
    assert (row["canceled_by_ge"], row["free_shipping"], row["is_shipped"]) == (False, True, False)
    assert (row["other_elements"], row["parse_errors"]) == (None, None)


@pytest.mark.full
def test_amounts_are_decimals_with_four_places(small_shop: Sandbox, target: Target) -> None:
    """An amount is never converted to a float between the text and the table."""
    add_globale_order(small_shop.shop, "GE1")
    derive(target.load(small_shop, "orders"))
    types = target.types("globale_orders")
    amounts = ("ge_total", "ge_shipping", "ge_duties", "centra_grand_total")
    assert {types[name] for name in amounts} == {"DECIMAL(18,4)"}


@pytest.mark.full
def test_every_form_of_an_element_is_read(small_shop: Sandbox, target: Target) -> None:
    """Elements may be flat keys, as in Global-e's order API, or choices instead of texts."""
    shop = small_shop.shop
    remove_globale(shop)
    flat, chosen = shop.add_order(), shop.add_order()
    keys = {f"{DETAILS}_ge_order_id": "GE1", f"{DETAILS}_canceled_by_ge": "1"}
    flat["attributes"] = [text_attribute("extra", "Order", False, dict(keys))]
    chosen["attributes"] = [
        text_attribute(DETAILS, "Order", False, {"ge_order_id": "GE2"}),
        choice_attribute(DETAILS, "Order", "canceled_by_ge", "True"),
    ]
    rows = derive(target.load(small_shop, "orders"))["globale_orders"]
    assert [(row["ge_order_id"], row["canceled_by_ge"]) for row in rows] == [("GE1", True), ("GE2", True)]


@pytest.mark.full
def test_unknown_elements_are_kept(small_shop: Sandbox, target: Target) -> None:
    """Elements that Global-e's page does not list are kept."""
    add_globale_order(small_shop.shop, "GE1", ge_hub="Dublin", ge_note=None)
    rows = derive(target.load(small_shop, "orders"))["globale_orders"]
    others = find_row(rows, ge_order_id="GE1")["other_elements"]
    assert json.loads(others) == {"ge_hub": "Dublin", "ge_note": None}


def map_lines_by(order: Node, key: Any) -> str:
    """Returns the mapping of an order with other names for its lines."""
    mapping = read_mapping(order)
    return json.dumps({str(key(line)): mapping[str(line["id"])] for line in order["lines"]})


NAMED_BY = {
    "line_id": lambda line: line["id"],
    "product_size_id": lambda line: line["productSize"]["id"],
    "sku": lambda line: line["productSize"]["SKU"],
    "item": lambda line: line["frontendItemId"],
}


@pytest.mark.full
@pytest.mark.parametrize("name", representative(NAMED_BY, next(iter(NAMED_BY))))
def test_mapping_may_name_lines_by_any_id(small_shop: Sandbox, target: Target, name: str) -> None:
    """Global-e does not document the id, so the one that fits all lines is used."""
    shop = small_shop.shop
    order = add_globale_order(shop, "GE1")
    for line in order["lines"]:
        shop.update(line, frontendItemId=f"31-{line['productSize']['id']}")
    set_details(shop, order, centra_to_ge_cart_mapping=map_lines_by(order, NAMED_BY[name]))
    tables = derive(target.load(small_shop, "orders", "product_sizes"))
    rows = [row for row in tables["globale_order_lines"] if row["order_id"] == order["id"]]
    assert [row["matched_by"] for row in rows] == [name, name]
    assert [row["ge_price"] for row in rows] == [to_decimal(100), to_decimal(100)]
    assert (order["number"] in {row["order_number"] for row in tables["globale_exceptions"]}) is False


@pytest.mark.full
def test_line_is_found_without_its_own_mapping(small_shop: Sandbox, target: Target) -> None:
    """A line is found by the other mapping, in either direction, or by prices that name SKUs."""
    shop = small_shop.shop
    by_ids, by_sku = add_globale_order(shop, "GE1"), add_globale_order(shop, "GE2", lines=1)
    turned = {item: line for line, item in read_mapping(by_ids).items()}
    set_details(shop, by_ids, centra_to_ge_cart_mapping=None, ge_cart_item_ids_mapping=json.dumps(turned))
    sku = by_sku["lines"][0]["productSize"]["SKU"]
    set_details(
        shop,
        by_sku,
        centra_to_ge_cart_mapping=None,
        ge_cart_item_id_to_price_mapping=json.dumps([[sku, 100]]),
    )
    tables = derive(target.load(small_shop, "orders", "product_sizes"))
    rows = {row["ge_order_id"]: row for row in tables["globale_order_lines"]}
    assert (rows["GE1"]["match_method"], rows["GE2"]["match_method"]) == ("cart_item_ids", "sku")
    assert rows["GE2"]["ge_price"] == to_decimal(100)


@pytest.mark.full
def test_line_may_be_several_cart_items(small_shop: Sandbox, target: Target) -> None:
    """A line of several cart items has one numbered row for each."""
    order = add_globale_order(small_shop.shop, "GE1", lines=1)
    line = str(order["lines"][0]["id"])
    set_details(small_shop.shop, order, centra_to_ge_cart_mapping=json.dumps({line: ["a", "b"]}))
    tables = derive(target.load(small_shop, "orders"))
    rows = [row for row in tables["globale_order_lines"] if row["order_id"] == order["id"]]
    assert [(row["cart_item"], row["ge_cart_item_id"]) for row in rows] == [(1, "a"), (2, "b")]


def apply_voucher(shop: Shop, order: Node, voucher: Node) -> None:
    """Makes Centra apply a voucher to an order."""
    value = money(7.5, order["grandTotal"]["currency"], 1.0, shop.clock.now())
    applied = make("AppliedVoucherDiscount", value=value, date=shop.clock.now(), voucher=voucher)
    shop.update(order, discountsApplied=[*order["discountsApplied"], applied])


@pytest.mark.full
def test_vouchers_of_both_sides_are_matched(small_shop: Sandbox, target: Target) -> None:
    """Vouchers that Global-e lists and vouchers that Centra applied are matched by code."""
    shop = small_shop.shop
    remove_globale(shop)
    store = shop.stores[0]
    both, only_centra = (
        shop.add("Voucher", name=name, code=code, method="CODE", status="ACTIVE", store=store)
        for name, code in (("Welcome", "HELLO10"), ("Friends", "FRIEND"))
    )
    order = add_globale_order(shop, "GE1", code_vouchers="hello10, GONE", automatic_vouchers="Free gift")
    count = text_attribute("ge_voucher_details", "Voucher", False, {"ge_successful_usages": "4"})
    shop.update(both, attributes=[count])
    shop.update(only_centra)
    for voucher in (both, only_centra):
        apply_voucher(shop, order, voucher)
    target.load(small_shop, "orders", "vouchers")
    tables = derive(target)
    rows = sorted(tables["globale_vouchers"], key=lambda row: int(row["position"]))
    columns = ("code", "source", "in_ge", "in_centra", "voucher_id", "centra_amount")
    assert [tuple(row[name] for name in columns) for row in rows] == [
        ("hello10", "code", True, True, both["id"], to_decimal(7.5)),
        ("GONE", "code", True, False, None, None),
        ("Free gift", "automatic", True, False, None, None),
        ("FRIEND", None, False, True, only_centra["id"], to_decimal(7.5)),
    ]
    usages = {
        row["code"]: (row["centra_usages"], row["ge_usages"], row["ge_successful_usages"])
        for row in tables["globale_voucher_usages"]
    }
    assert (usages["HELLO10"], usages["FRIEND"]) == ((1, 1, 4), (1, 0, None))


@pytest.mark.full
def test_coupons_of_customers_are_kept(small_shop: Sandbox, target: Target) -> None:
    """Coupons are kept as written, and also as JSON where they are JSON."""
    shop = small_shop.shop
    for customer in shop.customers:
        shop.touch_silently(customer, attributes=[])
    for customer, usage in zip(shop.customers, ('{"A": 1}', "A:1"), strict=False):
        attribute = text_attribute("ge_customer_coupon", "Customer", False, {"ge_coupon_usage": usage})
        shop.touch_silently(customer, attributes=[attribute])
    rows = derive(target.load(small_shop, "orders", "customers"))["globale_customer_coupons"]
    assert sorted((row["ge_coupon_usage_raw"], row["ge_coupon_usage"] or "") for row in rows) == [
        ("A:1", ""),
        ('{"A": 1}', '{"A": 1}'),
    ]


@pytest.mark.full
def test_cancellation_has_the_state_of_the_payment(small_shop: Sandbox, target: Target) -> None:
    """Cancellations of both sides have the payment's state, and other orders are not included."""
    shop = small_shop.shop
    remove_globale(shop)
    orders = [add_globale_order(shop, f"GE{digit}") for digit in range(3)]
    for order in orders[:2]:
        shop.update(order, status="CANCELLED")
    capture(shop, orders[0])
    rows = derive(target.load(small_shop, "orders"))["globale_cancellations"]
    rows.sort(key=lambda row: str(row["ge_order_id"]))
    assert [(row["ge_order_id"], row["has_capture"], row["contradiction"] is None) for row in rows] == [
        ("GE0", True, False),
        ("GE1", None, True),
    ]


@pytest.mark.full
def test_return_removed_from_the_tables_is_kept(target: Target) -> None:
    """With deletes that remove rows, the previous run of the tables still provides the return."""
    with Sandbox(products=12, orders=10, seed=3) as sandbox:
        remove_globale(sandbox.shop)
        order = add_globale_order(sandbox.shop, "GE1")
        gone = ship_and_return(sandbox.shop, order)
        target.load(sandbox, "orders", "returns", deletes="hard")
        derive(target)
        sandbox.shop.remove(gone)
        target.load(sandbox, "orders", "returns", deletes="hard")
        assert gone["id"] not in {row["id"] for row in target.rows("returns")}
        for _ in range(2):
            tables = derive(target)
            (row,) = tables["globale_returns"]
            assert (row["return_id"], row["was_completed"], row["ge_order_id"]) == (gone["id"], True, "GE1")
            assert row["deleted_at"] is not None
            assert list_findings(tables) == [("E6", order["number"])]


@pytest.mark.full
def test_return_that_is_completed_again_has_no_exception(target: Target) -> None:
    """Only the current state of a return counts."""
    with Sandbox(products=12, orders=10, seed=3) as sandbox:
        remove_globale(sandbox.shop)
        again = ship_and_return(sandbox.shop, add_globale_order(sandbox.shop, "GE1"))
        found = []
        for status in ("COMPLETED", "PENDING", "COMPLETED"):
            sandbox.shop.update(again, returnStatus=status)
            tables = derive(target.load(sandbox, "orders", "returns"))
            found.append([rule for rule, _ in list_findings(tables)])
        assert found == [[], ["E6"], []]


@pytest.mark.full
def test_deleted_order_leaves_the_tables(small_shop: Sandbox, target: Target) -> None:
    """A deleted order and its lines are removed from the tables."""
    kept, gone = (add_globale_order(small_shop.shop, one) for one in ("GE1", "GE2"))
    derive(target.load(small_shop, "orders"))
    small_shop.shop.remove(gone)
    tables = derive(target.load(small_shop, "orders"))
    ids = {row["order_id"] for name in ("globale_orders", "globale_order_lines") for row in tables[name]}
    assert kept["id"] in ids
    assert gone["id"] not in ids


@pytest.mark.full
def test_shop_without_globale_has_empty_tables(small_shop: Sandbox, target: Target) -> None:
    """All tables exist and are empty, even if they had rows before."""
    add_globale_order(small_shop.shop, "GE1")
    assert derive(target.load(small_shop, "orders"))["globale_orders"]
    remove_globale(small_shop.shop)
    for order in small_shop.shop.orders:
        small_shop.shop.update(order)
    tables = derive(target.load(small_shop, "orders"))
    assert {name: len(rows) for name, rows in tables.items()} == {table.name: 0 for table in ORDER_TABLES}


@pytest.mark.full
def test_empty_elements_do_not_make_a_globale_order(small_shop: Sandbox, target: Target) -> None:
    """Centra returns all elements for every order, with flags as 0."""
    shop = small_shop.shop
    for order in shop.orders:
        empty: dict[str, str | None] = dict.fromkeys(build_details(order, "GE1"), "")
        empty |= {"ge_order_id": None, "canceled_by_ge": "0", "free_shipping": "0", "ge_hub": " "}
        shop.touch_silently(order, attributes=[text_attribute(DETAILS, "Order", False, empty)])
    tables = derive(target.load(small_shop, "orders"))
    assert {name: len(rows) for name, rows in tables.items()} == {table.name: 0 for table in ORDER_TABLES}


@pytest.mark.full
def test_mapping_that_may_name_skus_is_not_checked_without_sizes(small_shop: Sandbox, target: Target) -> None:
    """Without loaded sizes, the mapping is not checked, and this is reported."""
    remove_globale(small_shop.shop)
    order = add_globale_order(small_shop.shop, "GE1")
    set_details(small_shop.shop, order, centra_to_ge_cart_mapping=map_lines_by(order, NAMED_BY["sku"]))
    assert list_findings(derive(target.load(small_shop, "orders"))) == []
    missed = describe_limitations(target.pipeline.dataset(), OrdersConfiguration(), False)
    assert any("E4 skips an order" in sentence for sentence in missed)


@pytest.mark.full
def test_usages_count_orders_of_globale_once(small_shop: Sandbox, target: Target) -> None:
    """A voucher counts once per Global-e order, however often it is split or lists the voucher."""
    shop = small_shop.shop
    remove_globale(shop)
    voucher = shop.add("Voucher", name="Hi", code="HI", method="CODE", status="ACTIVE", store=shop.stores[0])
    shop.update(voucher)
    for _ in range(2):
        apply_voucher(
            shop, add_globale_order(shop, "GE1", code_vouchers="HI", automatic_vouchers="hi"), voucher
        )
    rows = derive(target.load(small_shop, "orders", "vouchers"))["globale_voucher_usages"]
    row = find_row(rows, code="HI")
    assert (row["centra_usages"], row["ge_usages"]) == (1, 1)


def build_returns(returns: list[Row], deleted: list[Row], earlier: Row) -> list[Row]:
    """Returns the rows of globale_returns for order o1, where `earlier` is the previous row of return 7."""
    orders: list[Row] = [{"order_id": "o1", "ge_order_id": "GE1", "deleted_at": NOW}]
    nothing: list[Row] = []
    loaded = Loaded(orders, nothing, nothing, nothing, nothing, returns, deleted, nothing, nothing)
    return list(return_rows((), loaded, {7: earlier}, NOW))


NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)


def test_completed_return_without_any_record_is_kept() -> None:
    """After a full refresh, a completed return is kept and one that was never completed is not."""
    earlier: Row = {"return_id": 7, "order_id": "o1", "return_status": "PENDING", "deleted_at": None}
    (row,) = build_returns([], [], earlier | {"was_completed": True, "completed_seen_at": NOW})
    assert (row["was_completed"], row["completed_seen_at"], row["deleted_at"]) == (True, NOW, None)
    assert build_returns([], [], earlier | {"was_completed": False}) == []


def test_return_that_exists_is_not_marked_as_deleted() -> None:
    """A loaded return is not deleted, even if an earlier run marked it as deleted."""
    present: Row = {"return_id": 7, "order_id": "o1", "return_status": "COMPLETED", "deleted_at": None}
    deleted: list[Row] = [{"reference": "7", "deleted_at": NOW}]
    (row,) = build_returns([present], deleted, present | {"was_completed": True, "deleted_at": NOW})
    assert (row["deleted_at"], row["is_completed"]) == (None, True)


@pytest.mark.full
def test_only_orders_are_required(small_shop: Sandbox, target: Target) -> None:
    """Columns of other resources are null, and the effect on the rules is reported."""
    add_globale_order(small_shop.shop, "GE1")
    add_globale_order(small_shop.shop, "GE2", canceled_by_ge="1")
    target.load(small_shop, "orders", exclude=["orders.shipping_address", "order_payments"])
    tables = derive(target)
    row = find_row(tables["globale_orders"], ge_order_id="GE1")
    assert find_row(tables["globale_cancellations"], ge_order_id="GE2")["has_capture"] is None
    assert (row["is_shipped"], row["store_name"], row["ship_country"]) == (None, None, None)
    missed = " ".join(describe_limitations(target.pipeline.dataset(), OrdersConfiguration(), False))
    assert "E6 is not applied: returns are not loaded." in missed
    assert "E7 is not applied: set home_country of [globale.orders]." in missed
    assert "E10R uses only the status of orders: shipments are not loaded." in missed


def test_missing_orders_are_reported(small_shop: Sandbox, target: Target) -> None:
    """The error is one sentence that names the resource to load."""
    target.load(small_shop, "stores")
    error = catch_error(InvalidSetting, lambda: derive(target))
    assert "need order_attributes, order_lines, orders: load the resource orders first" in str(error)


def test_settings_come_from_the_section(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings come from [globale.orders] in .dlt/config.toml or from the environment."""
    monkeypatch.setenv("GLOBALE__ORDERS__HOME_COUNTRY", "SE")
    monkeypatch.setenv("GLOBALE__ORDERS__EXCLUSIVE_MARKETS", "[3, 4]")
    monkeypatch.setenv("GLOBALE__ORDERS__TOLERANCE", "0.5")
    monkeypatch.setenv("GLOBALE__ORDERS__SEVERITIES", '{"E2": "WARN"}')
    configuration = orders_configuration()
    assert (configuration.home_country, configuration.exclusive_markets) == ("SE", [3, 4])
    assert float(configuration.tolerance) == 0.5
    assert parse_order_severities(configuration) == {"E2": "WARN"}
    assert configuration.payment_methods == ["globale", "global-e"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"home_country": "Sweden"}, "home_country is 'Sweden': write two capital letters, such as SE."),
        (
            {"amounts_currency": "kr"},
            "amounts_currency is 'kr': write 'order' for the currency of each order",
        ),
    ],
)
def test_invalid_setting_is_refused(settings: dict[str, Any], message: str) -> None:
    """The error names the valid format."""
    with pytest.raises(InvalidSetting, match=message):
        orders_configuration(OrdersConfiguration(**settings))


@pytest.mark.full
def test_payment_method_is_not_a_pattern(small_shop: Sandbox, target: Target) -> None:
    """Quotes and wildcards in the setting are compared literally."""
    remove_globale(small_shop.shop)
    plugin = make("StorePlugin", id=9, name="Cross'border", uri="x", plugin="x")
    order = small_shop.shop.add_order(paymentMethod=plugin)
    target.load(small_shop, "orders")
    rows = derive(target, payment_methods=["CROSS'border"])["globale_orders"]
    assert [(row["order_id"], row["recognised_by"]) for row in rows] == [(order["id"], "payment_method")]
    assert derive(target, payment_methods=[])["globale_orders"] == []


@pytest.mark.full
def test_job_prints_tables_and_exceptions(small_shop: Sandbox, workplace: Workplace, tmp_path: Path) -> None:
    """Findings do not fail the job, and a missing report does."""
    remove_globale(small_shop.shop)
    add_globale_order(small_shop.shop, "GE1", ge_order_total="x")
    workplace.load(small_shop, "--resources", "orders,returns")
    done = workplace.run(script=SCRIPT)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["globale_orders", "1", "rows"] in lines
    assert ["WARN", "E8", "1", "Text", "of", "Global-e", "cannot", "be", "read", "with", "certainty"] in lines
    assert "Note: E10 is not applied: no reconciliation report is given." in done.stdout
    (workplace.folder / "Orders.csv").write_text("Order ID,Amount\nGE7,5\n")
    reported = workplace.run("--report", "Orders.csv", script=SCRIPT)
    assert "E10        1  In Global-e's report, but not in Centra" in reported.stdout
    failed = workplace.run("--report", "nowhere.csv", script=SCRIPT)
    assert failed.returncode == 2
    assert (
        failed.stderr == "nowhere.csv cannot be read (No such file or directory): name a CSV or XLSX file.\n"
    )


@pytest.mark.full
def test_resource_needs_no_settings(small_shop: Sandbox, target: Target) -> None:
    """The resource needs only a dataset, as the catalog does."""
    add_globale_order(small_shop.shop, "GE1")
    target.load(small_shop, "orders")
    target.pipeline.run(globale_orders_tables(target.pipeline.dataset()))
    assert isinstance(target.pipeline.dataset(), dlt.Dataset)
    assert find_row(target.rows("globale_orders"), ge_order_id="GE1")["ge_currency"] is None
