"""The rules E1 to E10: each finds what is planted for it, and nothing else, on two destinations."""

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
from centra_source.globale.orders.exceptions import RULES

from ..support.globale_orders import (
    RESOURCES,
    capture,
    derive,
    findings,
    globale_order,
    make_older,
    mapping_of,
    returned,
    set_details,
    ship,
    without_globale,
)
from ..support.postgres import PostgresTarget
from ..support.target import Target, raised
from ..support.workplace import Row

Planted = dict[str, list[Any]]
"""By rule the numbers of the orders that it finds, or Global-e's id where Centra has none."""

MARKET = 77


def number(order: Node) -> int:
    """The number of an order."""
    found: int = order["number"]
    return found


def plant(shop: Shop) -> tuple[Planted, Callable[[], None]]:
    """Puts every defect on the shop, each beside a case that looks like it and is right.

    Returns:
        What the rules find, and what happens after a first making of the tables.
    """
    without_globale(shop)
    planted: Planted = {}
    later: list[Callable[[], None]] = []
    for plant_rule in (_without_id, _split, _cancelled, _unmapped, _sums, _duties, _unreadable, _pending):
        planted |= plant_rule(shop)
    planted |= _returns(shop, later)
    planted |= _reported(shop)

    def change() -> None:
        for step in later:
            step()

    return planted, change


def _without_id(shop: Shop) -> Planted:
    empty = globale_order(shop, "GE1000", ge_order_id=" ")
    market = shop.add("Market", id=MARKET, name="Abroad", store=shop.stores[0])
    by_market = shop.add_order(market=market, customer=shop.customers[0])
    plugin = make("StorePlugin", id=9, name="International", uri="Global-E-checkout", plugin="external")
    by_payment = shop.add_order(paymentMethod=plugin)
    shop.add_order(paymentMethod=make("StorePlugin", id=8, name="Cards", uri="cards", plugin="cards"))
    globale_order(shop, "GE1001")
    return {"E1": [number(order) for order in (empty, by_market, by_payment)]}


def _split(shop: Shop) -> Planted:
    first, second = globale_order(shop, "GE2000"), globale_order(shop, " GE2000 ", lines=1)
    shared: dict[str, str | None] = {"ge_order_total": "315.00"}
    for name in ("ge_cart_item_id_to_price_mapping", "centra_to_ge_cart_mapping"):
        shared[name] = json.dumps(mapping_of(first, name) | mapping_of(second, name))
    for order in (first, second):
        set_details(shop, order, **shared)
    return {"E2": [number(first)]}


def _cancelled(shop: Shop) -> Planted:
    only_by_ge = globale_order(shop, "GE3000", canceled_by_ge="true")
    only_in_centra = globale_order(shop, "GE3001")
    captured = globale_order(shop, "GE3002", canceled_by_ge="1")
    both, never_paid = globale_order(shop, "GE3003", canceled_by_ge="1"), globale_order(shop, "GE3004")
    for order in (only_in_centra, captured):
        capture(shop, order)
    for order in (only_in_centra, captured, both, never_paid):
        shop.update(order, status="CANCELLED")
    capture(shop, globale_order(shop, "GE3005"))
    return {"E3": [number(order) for order in (only_by_ge, only_in_centra, captured)]}


def _unmapped(shop: Shop) -> Planted:
    lacking, cancelled = globale_order(shop, "GE4000"), globale_order(shop, "GE4001")
    for order in (lacking, cancelled):
        mapping = mapping_of(order)
        mapping.pop(str(order["lines"][0]["id"]))
        set_details(shop, order, centra_to_ge_cart_mapping=json.dumps(mapping))
    shop.update(cancelled["lines"][0], quantity=0, cancelledQuantity=1)
    shop.update(cancelled)
    foreign = globale_order(shop, "GE4002")
    mapping = mapping_of(foreign) | {"999999": "GE4002-9"}
    set_details(shop, foreign, centra_to_ge_cart_mapping=json.dumps(mapping))
    empty = globale_order(shop, "GE4003", centra_to_ge_cart_mapping=None, ge_cart_item_id_to_price_mapping="")
    return {"E4": [number(order) for order in (lacking, foreign, empty)]}


def _sums(shop: Shop) -> Planted:
    wrong = globale_order(shop, "GE5000", ge_order_total="216.00")
    globale_order(shop, "GE5001", ge_order_total="215.05")
    units = globale_order(shop, "GE5002", lines=1, ge_order_total="215.00")
    shop.update(units["lines"][0], quantity=2)
    shop.update(units)
    globale_order(shop, "GE5003", ge_order_total="25.00 EUR", ge_order_shipping="10 SEK")
    return {"E5": [number(wrong)]}


def _returns(shop: Shop, later: list[Callable[[], None]]) -> Planted:
    orders = [globale_order(shop, f"GE600{digit}") for digit in range(5)]
    reopened, deleted, _ = (returned(shop, order) for order in orders[:3])
    pending, _ = (returned(shop, order, "PENDING") for order in orders[3:])
    later += [
        lambda: shop.update(reopened, returnStatus="PENDING"),
        lambda: shop.remove(deleted, pending),
    ]
    return {"E6": [number(orders[place]) for place in (0, 1, 3)]}


def _duties(shop: Shop) -> Planted:
    home, abroad = (
        make("Address", country=_country(shop, "SE")),
        make("Address", country=_country(shop, "DE")),
    )
    taxed, free = (
        globale_order(shop, "GE7000"),
        globale_order(shop, "GE7001", ge_order_duties="0", ge_order_total="210"),
    )
    other = globale_order(shop, "GE7002")
    for order, address in ((taxed, home), (free, home), (other, abroad)):
        shop.update(order, shippingAddress=address)
    return {"E7": [number(taxed)]}


def _unreadable(shop: Shop) -> Planted:
    broken: list[Node] = [
        globale_order(shop, "GE8000", ge_order_total="about 12"),
        globale_order(shop, "GE8001", ge_order_duties="1,234", ge_order_total="1444.00"),
        globale_order(shop, "GE8002", centra_to_ge_cart_mapping='{"1": '),
        globale_order(shop, "GE8003", canceled_by_ge="maybe"),
    ]
    odd = globale_order(shop, "GE8004", lines=1)
    prices = dict.fromkeys(mapping_of(odd).values(), "free")
    set_details(shop, odd, ge_cart_item_id_to_price_mapping=json.dumps(prices))
    return {"E8": [number(order) for order in (*broken, odd)]}


def _pending(shop: Shop) -> Planted:
    old, young, confirmed = (globale_order(shop, f"GE900{digit}") for digit in range(3))
    for order, status, days in ((old, "PENDING", 4), (young, "PENDING", 2), (confirmed, "CONFIRMED", 9)):
        shop.update(order, status=status)
        make_older(shop, order, days)
    return {"E9": [number(old)]}


def _reported(shop: Shop) -> Planted:
    missing = globale_order(shop, "GE1101")
    for order in (globale_order(shop, "GE1100"), missing):
        ship(shop, order)
    return {"E10": ["GE1199"], "E10R": [number(missing)]}


def _country(shop: Shop, code: str) -> Node:
    found: Node = next(country for country in shop.countries if country["code"] == code)
    return found


def report_of(folder: Path, shipped: list[str]) -> Path:
    """A report of some orders, and of one that never came to Centra."""
    folder.mkdir(exist_ok=True)
    path = folder / "Orders.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Global-e Order ID", "Amount"])
        writer.writerows([one, "12.50"] for one in (*shipped, "ge1100", "GE1199", "GE1199"))
    return path


def run(target: Target | PostgresTarget, folder: Path) -> tuple[Planted, dict[str, list[Row]]]:
    """Loads the shop with all defects and makes the tables, as they were first and as they are then."""
    with Sandbox(products=12, orders=40, seed=3) as sandbox:
        planted, change = plant(sandbox.shop)
        target.load(sandbox, *RESOURCES)
        report = report_of(folder / "reports", [f"GE600{digit}" for digit in range(5)])
        first = derive(target, [report], exclusive_markets=[MARKET])
        assert "E6" not in {row["rule"] for row in first["globale_exceptions"]}
        change()
        target.load(sandbox, *RESOURCES)
        return planted, derive(target, [report], exclusive_markets=[MARKET])


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> tuple[Planted, dict[str, list[Row]]]:
    """What is planted and what is found, in DuckDB."""
    folder = tmp_path_factory.mktemp("exceptions")
    return run(Target(folder), folder)


@pytest.mark.parametrize("rule", TITLES)
def test_rule_finds_what_is_planted_for_it_and_nothing_else(
    outcome: tuple[Planted, dict[str, list[Row]]], rule: str
) -> None:
    """Beside each case stands one that looks alike and is right."""
    planted, tables = outcome
    assert [about for name, about in findings(tables) if name == rule] == planted[rule]


def test_every_finding_tells_what_it_is_about(outcome: tuple[Planted, dict[str, list[Row]]]) -> None:
    """Its severity, what was found, and what it means; of returns their id, too."""
    _, tables = outcome
    for row in tables["globale_exceptions"]:
        assert row["severity"] == RULES[row["rule"]].severity
        assert row["message"].endswith(".")
        assert row["value"]
        assert (row["return_id"] is not None) == (row["rule"] == "E6")


def test_messages_name_the_doubt(outcome: tuple[Planted, dict[str, list[Row]]]) -> None:
    """What was typed and how it was read."""
    _, tables = outcome
    told = {row["value"]: row["message"] for row in tables["globale_exceptions"] if row["rule"] == "E8"}
    assert told["about 12"] == "ge_order_total is not an amount."
    assert told["1,234"] == "ge_order_duties may mean 1234 or 1.234, and is read as 1234."
    assert told['{"1": '] == "centra_to_ge_cart_mapping is not JSON."
    assert told["maybe"] == "canceled_by_ge is neither yes nor no."
    assert told["free"].endswith("is not an amount.")


def test_returns_remember_what_centra_forgets(outcome: tuple[Planted, dict[str, list[Row]]]) -> None:
    """A return that was completed once is told apart from one that never was, also when it is deleted."""
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
    """The same SQL and the same findings, row by row but for when the shop was made."""
    _, expected = outcome
    _, tables = run(postgres, tmp_path)
    for name, rows in expected.items():
        assert shapes(tables[name]) == shapes(rows), name


def shapes(rows: list[Row]) -> list[str]:
    """Rows as texts, in an order of their own, without what is a moment or begins with one."""
    texts = []
    for row in rows:
        kept = {name: value for name, value in row.items() if not name.endswith("_at")}
        texts.append(json.dumps(kept, sort_keys=True, default=str))
    return sorted(texts)


@pytest.mark.full
def test_clean_shop_has_no_exceptions(target: Target, tmp_path: Path) -> None:
    """Also with a report that names its orders."""
    with Sandbox(products=12, orders=40, seed=3) as sandbox:
        without_globale(sandbox.shop)
        orders = [globale_order(sandbox.shop, "GE1"), globale_order(sandbox.shop, "GE2", lines=3)]
        ship(sandbox.shop, orders[0])
        returned(sandbox.shop, orders[1])
        target.load(sandbox, *RESOURCES)
        path = tmp_path / "Orders.csv"
        path.write_text("Order ID;Total\nGE1;215,00\n2;315,00\nTotal;530,00\n", encoding="utf-8")
        tables = derive(target, [path])
        assert tables["globale_exceptions"] == []
        assert [row["match_method"] for row in tables["globale_order_lines"]] == ["mapping"] * 5
        assert len(tables["globale_returns"]) == 1


def test_amounts_of_unknown_currency_are_only_set_in_relation(target: Target) -> None:
    """Without amounts_currency there is a ratio, and no exception unless the amounts name their currency."""
    with Sandbox(products=12, orders=0, seed=3) as sandbox:
        globale_order(sandbox.shop, "GE1", ge_order_total="415.00")
        named = globale_order(
            sandbox.shop,
            "GE2",
            ge_order_total="415.00 SEK",
            ge_order_shipping="10 SEK",
            ge_order_duties="SEK 5",
        )
        in_kronor = json.dumps(dict.fromkeys(mapping_of(named).values(), "100 SEK"))
        set_details(sandbox.shop, named, ge_cart_item_id_to_price_mapping=in_kronor)
        target.load(sandbox, "orders")
        tables = derive(target, amounts_currency=None)
        groups = {row["ge_order_id"]: row for row in tables["globale_order_groups"]}
        assert [groups[one]["ge_currency"] for one in ("GE1", "GE2")] == [None, "SEK"]
        assert [groups[one]["lines_ratio"] for one in ("GE1", "GE2")] == [0.5, 0.5]
        assert groups["GE1"]["ratio"] == pytest.approx(415 / 215)
        assert findings(tables) == [("E5", number(named))]


@pytest.mark.parametrize("configured", [None, "order"])
def test_amounts_of_different_currencies_are_not_compared(target: Target, configured: str | None) -> None:
    """An amount that names none is in the configured currency or an unknown one, not in its neighbour's."""
    with Sandbox(products=12, orders=0, seed=3) as sandbox:
        globale_order(sandbox.shop, "GE1", ge_order_total="415.00 GBP")
        order = globale_order(sandbox.shop, "GE2", ge_order_total="415.00")
        prices = json.dumps(dict.fromkeys(mapping_of(order).values(), "27.10 GBP"))
        set_details(sandbox.shop, order, ge_cart_item_id_to_price_mapping=prices)
        target.load(sandbox, "orders")
        tables = derive(target, amounts_currency=configured)
        assert [row["ge_currency"] for row in tables["globale_orders"]] == [None, None]
        assert [row["lines_ratio"] for row in tables["globale_order_groups"]] == [None, None]
        assert findings(tables) == []


def test_part_without_amounts_leaves_its_group_a_total(target: Target) -> None:
    """Global-e may write its amounts on one part of a split order only."""
    with Sandbox(products=12, orders=0, seed=3) as sandbox:
        bare = dict.fromkeys(("ge_order_total", "ge_order_shipping", "ge_order_duties"), "")
        bare |= {"ge_cart_item_id_to_price_mapping": "", "centra_to_ge_cart_mapping": ""}
        globale_order(sandbox.shop, "GE1", lines=2, **bare)
        globale_order(sandbox.shop, "GE1", ge_order_total="215.00")
        target.load(sandbox, "orders")
        (row,) = derive(target)["globale_order_groups"]
        assert (float(row["ge_total"]), row["lines_ratio"], row["orders"]) == (215.0, 1.0, 2)


def test_reports_are_kept_and_judge_only_their_own_time(target: Target, tmp_path: Path) -> None:
    """A run without a report knows the earlier ones; what was made before their first order is not due."""
    with Sandbox(products=12, orders=0, seed=3) as sandbox:
        shop = sandbox.shop
        orders = [globale_order(shop, f"GE{digit}") for digit in range(1, 5)]
        for order, days in zip(orders, (300, 20, 10, 5), strict=True):
            ship(shop, order)
            make_older(shop, order, days)
        target.load(sandbox, "orders", "shipments")
        first, second = tmp_path / "first.csv", tmp_path / "second.csv"
        first.write_text("Order ID,Total\nGE2,215\nGE9,1\n")
        second.write_text("Order ID,Total\n4,215\n")
        assert findings(derive(target, [first])) == [("E10", "GE9")]
        expected = [("E10", "GE9"), ("E10R", number(orders[2]))]
        assert findings(derive(target, [second])) == expected
        tables = derive(target)
        assert findings(tables) == expected
        assert sorted(row["ge_order_id"] for row in tables["globale_report_rows"]) == ["4", "GE2", "GE9"]
        missed = describe_limitations(target.pipeline.dataset(), OrdersConfiguration(), False)
        assert not any(sentence.startswith("E10 is") for sentence in missed)


def test_amounts_are_not_added_across_currencies(target: Target) -> None:
    """A Global-e order in two currencies has a row for each, and no ratio."""
    with Sandbox(products=12, orders=0, seed=3) as sandbox:
        shop = sandbox.shop
        first, second = globale_order(shop, "GE1"), globale_order(shop, "GE1", lines=1)
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


def test_severities_are_adjustable(target: Target) -> None:
    """A rule may weigh more or be switched off; a misspelt one is refused."""
    with Sandbox(products=12, orders=0, seed=3) as sandbox:
        globale_order(sandbox.shop, "GE1", ge_order_total="x", canceled_by_ge="1")
        target.load(sandbox, "orders")
        tables = derive(target, severities={"E8": "error", "E3": "OFF", "K1": "BLOCK"})
        assert [(row["rule"], row["severity"]) for row in tables["globale_exceptions"]] == [("E8", "ERROR")]
        unknown = raised(InvalidSetting, lambda: derive(target, severities={"E11": "WARN"}))
        assert str(unknown).startswith("There is no rule 'E11'")
        wrong = raised(InvalidSetting, lambda: derive(target, severities={"E1": "BLOCK"}))
        assert str(wrong) == "The severity of E1 is 'BLOCK': write ERROR, WARN, INFO or OFF."
