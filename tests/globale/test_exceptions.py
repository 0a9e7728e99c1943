"""Rules E1 to E10: each finds exactly its planted cases, on two destinations."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from centra_sandbox import Sandbox, Shop
from centra_sandbox.nodes import Node, make, money
from centra_source.exceptions import InvalidSetting
from centra_source.globale.orders import TITLES, OrdersConfiguration, describe_limitations
from centra_source.globale.orders.findings import RULES

from ..support.globale_orders import (
    RESOURCES,
    add_globale_order,
    capture,
    derive,
    list_findings,
    make_older,
    read_mapping,
    remove_globale,
    set_details,
    ship,
    ship_and_return,
)
from ..support.postgres import PostgresTarget
from ..support.target import Target, catch_error
from ..support.workplace import Row

Planted = dict[str, list[Any]]
"""By rule, the numbers of the orders that it finds, or Global-e's id where Centra has no order."""

MARKET = 77


def get_number(order: Node) -> int:
    """Returns the number of an order."""
    found: int = order["number"]
    return found


def plant(shop: Shop) -> tuple[Planted, Callable[[], None]]:
    """Plants every defect in the shop, each next to a similar case that is correct.

    Returns:
        What the rules find, and the changes after the tables are derived for the first time.
    """
    remove_globale(shop)
    planted: Planted = {}
    later: list[Callable[[], None]] = []
    for plant_rule in (
        _plant_missing_ids,
        _plant_split_orders,
        _plant_cancelled_orders,
        _plant_unmapped_lines,
        _plant_wrong_sums,
        _plant_duties,
        _plant_unreadable_elements,
        _plant_pending_orders,
    ):
        planted |= plant_rule(shop)
    planted |= _plant_returns(shop, later)
    planted |= _plant_reported_orders(shop)

    def change() -> None:
        for step in later:
            step()

    return planted, change


def _plant_missing_ids(shop: Shop) -> Planted:
    empty = add_globale_order(shop, "GE1000", ge_order_id=" ")
    market = shop.add("Market", id=MARKET, name="Abroad", store=shop.stores[0])
    by_market = shop.add_order(market=market, customer=shop.customers[0])
    plugin = make("StorePlugin", id=9, name="International", uri="Global-E-checkout", plugin="external")
    by_payment = shop.add_order(paymentMethod=plugin)
    shop.add_order(paymentMethod=make("StorePlugin", id=8, name="Cards", uri="cards", plugin="cards"))
    add_globale_order(shop, "GE1001")
    return {"E1": [get_number(order) for order in (empty, by_market, by_payment)]}


def _plant_split_orders(shop: Shop) -> Planted:
    first, second = add_globale_order(shop, "GE2000"), add_globale_order(shop, " GE2000 ", lines=1)
    shared: dict[str, str | None] = {"ge_order_total": "315.00"}
    for name in ("ge_cart_item_id_to_price_mapping", "centra_to_ge_cart_mapping"):
        shared[name] = json.dumps(read_mapping(first, name) | read_mapping(second, name))
    for order in (first, second):
        set_details(shop, order, **shared)
    return {"E2": [get_number(first)]}


def _plant_cancelled_orders(shop: Shop) -> Planted:
    only_by_ge = add_globale_order(shop, "GE3000", canceled_by_ge="true")
    only_in_centra = add_globale_order(shop, "GE3001")
    captured = add_globale_order(shop, "GE3002", canceled_by_ge="1")
    both, never_paid = (
        add_globale_order(shop, "GE3003", canceled_by_ge="1"),
        add_globale_order(shop, "GE3004"),
    )
    for order in (only_in_centra, captured):
        capture(shop, order)
    for order in (only_in_centra, captured, both, never_paid):
        shop.update(order, status="CANCELLED")
    capture(shop, add_globale_order(shop, "GE3005"))
    return {"E3": [get_number(order) for order in (only_by_ge, only_in_centra, captured)]}


def _plant_unmapped_lines(shop: Shop) -> Planted:
    lacking, cancelled = add_globale_order(shop, "GE4000"), add_globale_order(shop, "GE4001")
    for order in (lacking, cancelled):
        mapping = read_mapping(order)
        mapping.pop(str(order["lines"][0]["id"]))
        set_details(shop, order, centra_to_ge_cart_mapping=json.dumps(mapping))
    shop.update(cancelled["lines"][0], quantity=0, cancelledQuantity=1)
    shop.update(cancelled)
    foreign = add_globale_order(shop, "GE4002")
    mapping = read_mapping(foreign) | {"999999": "GE4002-9"}
    set_details(shop, foreign, centra_to_ge_cart_mapping=json.dumps(mapping))
    empty = add_globale_order(
        shop, "GE4003", centra_to_ge_cart_mapping=None, ge_cart_item_id_to_price_mapping=""
    )
    return {"E4": [get_number(order) for order in (lacking, foreign, empty)]}


def _plant_wrong_sums(shop: Shop) -> Planted:
    wrong = add_globale_order(shop, "GE5000", ge_order_total="216.00")
    add_globale_order(shop, "GE5001", ge_order_total="215.05")
    units = add_globale_order(shop, "GE5002", lines=1, ge_order_total="215.00")
    shop.update(units["lines"][0], quantity=2)
    shop.update(units)
    add_globale_order(shop, "GE5003", ge_order_total="25.00 EUR", ge_order_shipping="10 SEK")
    return {"E5": [get_number(wrong)]}


def _plant_returns(shop: Shop, later: list[Callable[[], None]]) -> Planted:
    orders = [add_globale_order(shop, f"GE600{digit}") for digit in range(5)]
    reopened, deleted, _ = (ship_and_return(shop, order) for order in orders[:3])
    pending, _ = (ship_and_return(shop, order, "PENDING") for order in orders[3:])
    later += [
        lambda: shop.update(reopened, returnStatus="PENDING"),
        lambda: shop.remove(deleted, pending),
    ]
    return {"E6": [get_number(orders[place]) for place in (0, 1, 3)]}


def _plant_duties(shop: Shop) -> Planted:
    home, abroad = (
        make("Address", country=_find_country(shop, "SE")),
        make("Address", country=_find_country(shop, "DE")),
    )
    taxed, free = (
        add_globale_order(shop, "GE7000"),
        add_globale_order(shop, "GE7001", ge_order_duties="0", ge_order_total="210"),
    )
    other = add_globale_order(shop, "GE7002")
    for order, address in ((taxed, home), (free, home), (other, abroad)):
        shop.update(order, shippingAddress=address)
    return {"E7": [get_number(taxed)]}


def _plant_unreadable_elements(shop: Shop) -> Planted:
    broken: list[Node] = [
        add_globale_order(shop, "GE8000", ge_order_total="about 12"),
        add_globale_order(shop, "GE8001", ge_order_duties="1,234", ge_order_total="1444.00"),
        add_globale_order(shop, "GE8002", centra_to_ge_cart_mapping='{"1": '),
        add_globale_order(shop, "GE8003", canceled_by_ge="maybe"),
    ]
    odd = add_globale_order(shop, "GE8004", lines=1)
    prices = dict.fromkeys(read_mapping(odd).values(), "free")
    set_details(shop, odd, ge_cart_item_id_to_price_mapping=json.dumps(prices))
    return {"E8": [get_number(order) for order in (*broken, odd)]}


def _plant_pending_orders(shop: Shop) -> Planted:
    old, young, confirmed = (add_globale_order(shop, f"GE900{digit}") for digit in range(3))
    for order, status, days in ((old, "PENDING", 4), (young, "PENDING", 2), (confirmed, "CONFIRMED", 9)):
        shop.update(order, status=status)
        make_older(shop, order, days)
    return {"E9": [get_number(old)]}


def _plant_reported_orders(shop: Shop) -> Planted:
    missing = add_globale_order(shop, "GE1101")
    for order in (add_globale_order(shop, "GE1100"), missing):
        ship(shop, order)
    return {"E10": ["GE1199"], "E10R": [get_number(missing)]}


def _find_country(shop: Shop, code: str) -> Node:
    found: Node = next(country for country in shop.countries if country["code"] == code)
    return found


def write_report(folder: Path, shipped: list[str]) -> Path:
    """Writes a report with some orders and one order that Centra never received."""
    folder.mkdir(exist_ok=True)
    path = folder / "Orders.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Global-e Order ID", "Amount"])
        writer.writerows([one, "12.50"] for one in (*shipped, "ge1100", "GE1199", "GE1199"))
    return path


def load_and_derive(target: Target | PostgresTarget, folder: Path) -> tuple[Planted, dict[str, list[Row]]]:
    """Loads the shop with all defects, derives the tables, changes the shop, and derives them again."""
    with Sandbox(products=12, orders=40, seed=3) as sandbox:
        planted, change = plant(sandbox.shop)
        target.load(sandbox, *RESOURCES)
        report = write_report(folder / "reports", [f"GE600{digit}" for digit in range(5)])
        first = derive(target, [report], exclusive_markets=[MARKET])
        assert "E6" not in {row["rule"] for row in first["globale_exceptions"]}
        change()
        target.load(sandbox, "orders", "returns")
        return planted, derive(target, [report], exclusive_markets=[MARKET])


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> tuple[Planted, dict[str, list[Row]]]:
    """What is planted and what is found, in DuckDB."""
    folder = tmp_path_factory.mktemp("exceptions")
    return load_and_derive(Target(folder), folder)


@pytest.mark.parametrize("rule", TITLES)
def test_rule_finds_its_planted_cases_and_nothing_else(
    outcome: tuple[Planted, dict[str, list[Row]]], rule: str
) -> None:
    """A rule finds its planted cases and not the similar cases that are correct."""
    planted, tables = outcome
    assert [about for name, about in list_findings(tables) if name == rule] == planted[rule]


def test_every_finding_is_complete(outcome: tuple[Planted, dict[str, list[Row]]]) -> None:
    """A finding has a severity, a value and a message; a finding about a return also has the return's id."""
    _, tables = outcome
    for row in tables["globale_exceptions"]:
        assert row["severity"] == RULES[row["rule"]].severity
        assert row["message"].endswith(".")
        assert row["value"]
        assert (row["return_id"] is not None) == (row["rule"] == "E6")


def test_messages_explain_what_could_not_be_parsed(outcome: tuple[Planted, dict[str, list[Row]]]) -> None:
    """A message names the element, its text, and how the text was read."""
    _, tables = outcome
    messages = {row["value"]: row["message"] for row in tables["globale_exceptions"] if row["rule"] == "E8"}
    assert messages["about 12"] == "ge_order_total is not an amount."
    assert messages["1,234"] == "ge_order_duties may mean 1234 or 1.234, and is read as 1234."
    assert messages['{"1": '] == "centra_to_ge_cart_mapping is not JSON."
    assert messages["maybe"] == "canceled_by_ge is neither yes nor no."
    assert messages["free"].endswith("is not an amount.")


def test_returns_remember_what_centra_forgets(outcome: tuple[Planted, dict[str, list[Row]]]) -> None:
    """A return keeps whether it was ever completed, even after its deletion."""
    planted, tables = outcome
    reopened, deleted, pending = planted["E6"]
    rows = {row["order_number"]: row for row in tables["globale_returns"]}
    assert [rows[one]["is_reopened"] for one in (reopened, deleted, pending)] == [True, False, False]
    assert [rows[one]["was_completed"] for one in (reopened, deleted, pending)] == [True, True, False]
    assert [rows[one]["deleted_at"] is None for one in (reopened, deleted, pending)] == [True, False, False]
    assert [rows[one]["completed_seen_at"] is None for one in (reopened, deleted, pending)] == [
        False,
        False,
        True,
    ]
    messages = {row["order_number"]: row["message"] for row in tables["globale_exceptions"]}
    assert "was completed and is not any more" in messages[reopened]
    assert "The completed return was deleted" in messages[deleted]
    assert "The return was deleted" in messages[pending]


@pytest.mark.full
def test_postgres_has_the_same_tables(
    outcome: tuple[Planted, dict[str, list[Row]]], postgres: PostgresTarget, tmp_path: Path
) -> None:
    """PostgreSQL gives the same rows and findings as DuckDB, except for the times of the shops."""
    _, expected = outcome
    _, tables = load_and_derive(postgres, tmp_path)
    for name, rows in expected.items():
        assert normalize_rows(tables[name]) == normalize_rows(rows), name


def normalize_rows(rows: list[Row]) -> list[str]:
    """Returns the rows as sorted texts, without values that are or start with a time."""
    texts = []
    for row in rows:
        kept = {name: value for name, value in row.items() if not name.endswith("_at")}
        texts.append(json.dumps(kept, sort_keys=True, default=str))
    return sorted(texts)


@pytest.mark.full
def test_clean_shop_has_no_exceptions(target: Target, tmp_path: Path) -> None:
    """A clean shop has no exceptions, with or without a report that names its orders."""
    with Sandbox(products=12, orders=40, seed=3) as sandbox:
        remove_globale(sandbox.shop)
        orders = [add_globale_order(sandbox.shop, "GE1"), add_globale_order(sandbox.shop, "GE2", lines=3)]
        ship(sandbox.shop, orders[0])
        ship_and_return(sandbox.shop, orders[1])
        target.load(sandbox, *RESOURCES)
        path = tmp_path / "Orders.csv"
        path.write_text("Order ID;Total\nGE1;215,00\n2;315,00\nTotal;530,00\n", encoding="utf-8")
        tables = derive(target, [path])
        assert tables["globale_exceptions"] == []
        assert [row["match_method"] for row in tables["globale_order_lines"]] == ["mapping"] * 5
        assert len(tables["globale_returns"]) == 1


@pytest.mark.full
def test_amounts_of_unknown_currency_only_give_a_ratio(target: Target) -> None:
    """Without amounts_currency, only amounts that name their currency can give an exception."""
    with Sandbox(products=12, orders=0, seed=3) as sandbox:
        add_globale_order(sandbox.shop, "GE1", ge_order_total="415.00")
        named = add_globale_order(
            sandbox.shop,
            "GE2",
            ge_order_total="415.00 SEK",
            ge_order_shipping="10 SEK",
            ge_order_duties="SEK 5",
        )
        in_kronor = json.dumps(dict.fromkeys(read_mapping(named).values(), "100 SEK"))
        set_details(sandbox.shop, named, ge_cart_item_id_to_price_mapping=in_kronor)
        target.load(sandbox, "orders")
        tables = derive(target, amounts_currency=None)
        groups = {row["ge_order_id"]: row for row in tables["globale_order_groups"]}
        assert [groups[one]["ge_currency"] for one in ("GE1", "GE2")] == [None, "SEK"]
        assert [groups[one]["lines_ratio"] for one in ("GE1", "GE2")] == [0.5, 0.5]
        assert groups["GE1"]["ratio"] == pytest.approx(415 / 215)
        assert list_findings(tables) == [("E5", get_number(named))]


@pytest.mark.full
@pytest.mark.parametrize("configured", [None, "order"])
def test_amounts_of_different_currencies_are_not_compared(target: Target, configured: str | None) -> None:
    """An amount without a currency has the configured or an unknown one, never that of another amount."""
    with Sandbox(products=12, orders=0, seed=3) as sandbox:
        add_globale_order(sandbox.shop, "GE1", ge_order_total="415.00 GBP")
        order = add_globale_order(sandbox.shop, "GE2", ge_order_total="415.00")
        prices = json.dumps(dict.fromkeys(read_mapping(order).values(), "27.10 GBP"))
        set_details(sandbox.shop, order, ge_cart_item_id_to_price_mapping=prices)
        target.load(sandbox, "orders")
        tables = derive(target, amounts_currency=configured)
        assert [row["ge_currency"] for row in tables["globale_orders"]] == [None, None]
        assert [row["lines_ratio"] for row in tables["globale_order_groups"]] == [None, None]
        assert list_findings(tables) == []


@pytest.mark.full
def test_split_order_keeps_its_total_if_one_part_has_no_amounts(target: Target) -> None:
    """Global-e may write the amounts of a split order on one part only."""
    with Sandbox(products=12, orders=0, seed=3) as sandbox:
        bare = dict.fromkeys(("ge_order_total", "ge_order_shipping", "ge_order_duties"), "")
        bare |= {"ge_cart_item_id_to_price_mapping": "", "centra_to_ge_cart_mapping": ""}
        add_globale_order(sandbox.shop, "GE1", lines=2, **bare)
        add_globale_order(sandbox.shop, "GE1", ge_order_total="215.00")
        target.load(sandbox, "orders")
        (row,) = derive(target)["globale_order_groups"]
        assert (float(row["ge_total"]), row["lines_ratio"], row["orders"]) == (215.0, 1.0, 2)


@pytest.mark.full
def test_reports_are_kept_and_apply_only_to_their_period(target: Target, tmp_path: Path) -> None:
    """A run without a report uses earlier ones, which do not apply to orders before their first order."""
    with Sandbox(products=12, orders=0, seed=3) as sandbox:
        shop = sandbox.shop
        orders = [add_globale_order(shop, f"GE{digit}") for digit in range(1, 5)]
        for order, days in zip(orders, (300, 20, 10, 5), strict=True):
            ship(shop, order)
            make_older(shop, order, days)
        target.load(sandbox, "orders", "shipments")
        first, second = tmp_path / "first.csv", tmp_path / "second.csv"
        first.write_text("Order ID,Total\nGE2,215\nGE9,1\n")
        second.write_text("Order ID,Total\n4,215\n")
        assert list_findings(derive(target, [first])) == [("E10", "GE9")]
        expected = [("E10", "GE9"), ("E10R", get_number(orders[2]))]
        assert list_findings(derive(target, [second])) == expected
        tables = derive(target)
        assert list_findings(tables) == expected
        assert sorted(row["ge_order_id"] for row in tables["globale_report_rows"]) == ["4", "GE2", "GE9"]
        missed = describe_limitations(target.pipeline.dataset(), OrdersConfiguration(), False)
        assert not any(sentence.startswith("E10 is") for sentence in missed)


@pytest.mark.full
def test_amounts_are_not_added_across_currencies(target: Target) -> None:
    """A Global-e order in two currencies has one row for each currency, and no ratio."""
    with Sandbox(products=12, orders=0, seed=3) as sandbox:
        shop = sandbox.shop
        first, second = add_globale_order(shop, "GE1"), add_globale_order(shop, "GE1", lines=1)
        other = next(one for one in shop.currencies if one["code"] != first["grandTotal"]["currency"]["code"])
        shop.update(second, grandTotal=money(40.0, other, 2.0, shop.clock.now()))
        target.load(sandbox, "orders")
        rows = derive(target)["globale_order_groups"]
        assert len(rows) == 2
        assert {(row["currency"], float(row["centra_total"])) for row in rows} == {
            (first["grandTotal"]["currency"]["code"], 215.0),
            (other["code"], 40.0),
        }
        assert {row["ratio"] for row in rows} == {None}
        assert {(row["orders"], row["orders_in_all"]) for row in rows} == {(1, 2)}


@pytest.mark.full
def test_severities_are_adjustable(target: Target) -> None:
    """A rule may have another severity or be disabled, and a misspelled rule is refused."""
    with Sandbox(products=12, orders=0, seed=3) as sandbox:
        add_globale_order(sandbox.shop, "GE1", ge_order_total="x", canceled_by_ge="1")
        target.load(sandbox, "orders")
        tables = derive(target, severities={"E8": "error", "E3": "OFF", "K1": "BLOCK"})
        assert [(row["rule"], row["severity"]) for row in tables["globale_exceptions"]] == [("E8", "ERROR")]
        unknown = catch_error(InvalidSetting, lambda: derive(target, severities={"E11": "WARN"}))
        assert str(unknown).startswith("There is no rule 'E11'")
        wrong = catch_error(InvalidSetting, lambda: derive(target, severities={"E1": "BLOCK"}))
        assert str(wrong) == "The severity of E1 is 'BLOCK': write ERROR, WARN, INFO or OFF."
