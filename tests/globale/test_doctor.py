"""The check of Global-e's configuration, in a complete shop and in shops that lack one piece."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from centra_jobs.defaults import DATASET_NAME
from centra_jobs.exit_codes import FAILED, INCOMPLETE, MISUSED
from centra_jobs.jobs import globale_doctor
from centra_jobs.output.globale_doctor_report import show_doctor
from centra_jobs.runs.opening import open_pipeline
from centra_sandbox import Sandbox, Shop
from centra_sandbox.generate.attributes import text_attribute
from centra_sandbox.nodes import make
from centra_source import centra_source
from centra_source.exceptions import InvalidSetting
from centra_source.globale import catalog_configuration
from centra_source.globale.setup.doctor import Step, diagnose
from centra_source.globale.setup.steps import ORDER_DETAILS, State

from ..support.target import Target, catch_error

RESOURCES = ("stores", "orders", "customers", "vouchers", "markets", "pricelists", "currencies", "displays")

BY_HAND = {
    "Plug-in GE Order API",
    "Plug-in GE Integration Webhooks",
    "Plug-in Checkout API",
    "Global-e's API token",
    "Pre-orders",
    "Taxes of GE Local VAT",
    "Storefront",
}

SEEN = [
    "Direct-to-consumer store",
    "Order attribute ge_order_details",
    "Customer attribute ge_customer_coupon",
    "Voucher attribute ge_voucher_details",
    "Markets",
    "Pricelists of the markets",
    "Pricelists in the base currency",
    "Tax group GE Local VAT",
    "Shipping methods",
]
"""The steps that the tables can answer, in order."""


@pytest.fixture
def shop() -> Iterator[Sandbox]:
    """A shop with one consumer store and everything that Global-e requires."""
    with Sandbox(products=8, orders=12, seed=3) as sandbox:
        complete_shop(sandbox.shop)
        yield sandbox


@pytest.fixture(scope="module")
def loaded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of that shop. Each test copies them."""
    folder = tmp_path_factory.mktemp("whole") / "tables"
    with Sandbox(products=8, orders=12, seed=3) as sandbox:
        complete_shop(sandbox.shop)
        Target(folder).load(sandbox, *RESOURCES).close()
    return folder


@pytest.fixture
def loaded(loaded_once: Path, tmp_path: Path) -> Target:
    """A copy of the tables of that shop, which a test may change."""
    shutil.copytree(loaded_once, tmp_path / "tables")
    return Target(tmp_path / "tables")


def complete_shop(shop: Shop) -> None:
    """Adds what Global-e requires to a shop, as far as the API can show it."""
    order, customer = shop.orders[0], shop.customers[0]
    for other in shop.orders:
        never_filled = text_attribute("ge_order_details", "Order", False, {"ge_order_id": ""})
        shop.update(other, attributes=[never_filled])
    details = dict.fromkeys(ORDER_DETAILS, "1") | {"ge_order_id": "GE927127", "free_shipping": None}
    shop.update(order, attributes=[text_attribute("ge_order_details", "Order", False, details)])
    coupon = text_attribute("ge_customer_coupon", "Customer", False, {"ge_coupon_usage": "{}"})
    shop.update(customer, attributes=[coupon])
    for pricelist in shop.pricelists:
        shop.update(pricelist, assignedToCountries=[], defaultShippingOption=None)
    shop.update(list_consumer_pricelists(shop)[0], assignedToCountries=list(shop.countries))
    shop.update(find_consumer_display(shop), taxGroup=make("TaxGroup", id=1, name="GE Local VAT"))


def list_consumer_pricelists(shop: Shop) -> list[Any]:
    """Returns the active pricelists of the consumer store, the one in the base currency first."""
    return [one for one in shop.pricelists if one["store"] is shop.stores[0] and one["status"] == "ACTIVE"]


def find_consumer_display(shop: Shop) -> Any:
    """Returns a display of the consumer store."""
    return next(display for display in shop.displays if display["store"] is shop.stores[0])


def map_states_by_title(steps: list[Step]) -> dict[str, State]:
    """Returns the state of each step by its title."""
    return {step.title: step.state for step in steps}


def remove_order_attribute(shop: Shop) -> None:
    """Removes the attribute from all orders."""
    for order in shop.orders:
        shop.update(order, attributes=[])


def remove_order_element(shop: Shop) -> None:
    """Removes one of the eleven elements of the order attribute."""
    details: dict[str, str | None] = dict.fromkeys(ORDER_DETAILS[:-1], "1")
    shop.update(shop.orders[0], attributes=[text_attribute("ge_order_details", "Order", False, details)])


def remove_customer_attribute(shop: Shop) -> None:
    """Removes the attribute from all customers."""
    for customer in shop.customers:
        shop.update(customer, attributes=[])


def remove_voucher_attribute(shop: Shop) -> None:
    """Removes the attribute from all vouchers."""
    for voucher in shop.vouchers:
        shop.update(voucher, attributes=[])


def empty_market(shop: Shop) -> None:
    """Removes all countries of a market."""
    shop.update(shop.markets[1], assignedToCountries=[])


def unassign_country(shop: Shop) -> None:
    """Removes a country of a market from all pricelists."""
    kept = [country for country in shop.countries if country["code"] != "US"]
    shop.update(list_consumer_pricelists(shop)[0], assignedToCountries=kept)


def retire_pricelist(shop: Shop) -> None:
    """Leaves the countries of a market only on an inactive pricelist."""
    swedish, european, _ = list_consumer_pricelists(shop)
    sweden = [country for country in shop.countries if country["code"] == "SE"]
    shop.update(european, assignedToCountries=list(shop.countries), status="INACTIVE")
    shop.update(swedish, assignedToCountries=sweden)


def price_in_euro(shop: Shop) -> None:
    """Gives a pricelist of a market a currency other than the base currency."""
    shop.update(list_consumer_pricelists(shop)[1], assignedToCountries=[shop.countries[1]])


def remove_tax_group(shop: Shop) -> None:
    """Gives displays another tax group, or none."""
    for display in shop.displays:
        shop.update(display, taxGroup=None)
    shop.update(find_consumer_display(shop), taxGroup=make("TaxGroup", id=2, name="Standard"))


def remove_shipping(shop: Shop) -> None:
    """Removes Centra's shipping option from all orders."""
    for order in shop.orders:
        shop.update(order, shippingPriceGroup=None)


def test_complete_shop_leaves_only_manual_checks(loaded: Target) -> None:
    """All steps are numbered in order from 1, and every step that tables can answer is found."""
    steps = diagnose(loaded.pipeline.dataset())
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert [step.title for step in steps if step.state == "ok"] == SEEN
    assert {step.title for step in steps if step.state == "by_hand"} == BY_HAND
    assert len(steps) == len(SEEN) + len(BY_HAND)
    assert all(step.found and not step.remedy for step in steps if step.state == "ok")
    assert all(step.remedy for step in steps if step.state == "by_hand")
    assert steps[1].found == "Has created 1 of the loaded orders."


@pytest.mark.full
@pytest.mark.parametrize(
    ("take_away", "resource", "title", "found"),
    [
        (
            remove_order_attribute,
            "orders",
            "Order attribute ge_order_details",
            "Not seen yet on any of 12 orders.",
        ),
        (
            remove_order_element,
            "orders",
            "Order attribute ge_order_details",
            "Seen without centra_to_ge_cart_mapping.",
        ),
        (
            remove_customer_attribute,
            "customers",
            "Customer attribute ge_customer_coupon",
            "Not seen yet on any of",
        ),
        (
            remove_voucher_attribute,
            "vouchers",
            "Voucher attribute ge_voucher_details",
            "Not seen yet on any of",
        ),
        (empty_market, "markets", "Markets", "Without countries: Europe."),
        (unassign_country, "pricelists", "Pricelists of the markets", "On no active pricelist: US."),
        (
            retire_pricelist,
            "pricelists",
            "Pricelists of the markets",
            "On no active pricelist: DE, FR, GB, NL, PT, US.",
        ),
        (price_in_euro, "pricelists", "Pricelists in the base currency", "Not in SEK: Retail EUR (EUR)."),
        (remove_tax_group, "displays", "Tax group GE Local VAT", "Not seen yet on any of"),
        (remove_shipping, "orders", "Shipping methods", "Not seen yet on any order or pricelist."),
    ],
)
def test_each_missing_piece_changes_only_its_own_step(
    shop: Sandbox, loaded: Target, take_away: Callable[[Shop], None], resource: str, title: str, found: str
) -> None:
    """The step of a missing piece says missing and what to do, and every other step keeps its state."""
    take_away(shop.shop)
    loaded.load(shop, resource, full_refresh=True)
    steps = diagnose(loaded.pipeline.dataset())
    missing = [step for step in steps if step.state == "missing"]
    assert [step.title for step in missing] == [title]
    assert missing[0].found.startswith(found)
    assert missing[0].remedy
    assert [step.title for step in steps if step.state == "ok"] == [one for one in SEEN if one != title]


@pytest.mark.full
def test_shop_without_a_consumer_store_is_reported(shop: Sandbox, loaded: Target) -> None:
    """Steps that depend on the store are unknown, and the other steps are answered."""
    shop.shop.update(shop.shop.stores[0], type="WHOLESALE")
    states = map_states_by_title(diagnose(loaded.load(shop, "stores").pipeline.dataset()))
    assert states["Direct-to-consumer store"] == "missing"
    assert states["Markets"] == "unknown"
    assert states["Order attribute ge_order_details"] == "ok"


def test_tables_that_are_not_loaded_make_their_steps_unknown(shop: Sandbox, target: Target) -> None:
    """A step without its tables is unknown, not missing, and names the resource to load."""
    steps = {step.title: step for step in diagnose(target.load(shop, "stores", "markets").pipeline.dataset())}
    assert {title for title, step in steps.items() if step.state == "ok"} == {
        "Direct-to-consumer store",
        "Markets",
    }
    assert not any(step.state == "missing" for step in steps.values())
    assert steps["Pricelists of the markets"].remedy == "Load pricelists first."
    assert steps["Order attribute ge_order_details"].remedy == "Load orders first."


@pytest.mark.full
def test_fields_that_the_token_cannot_read_make_their_steps_unknown(shop: Sandbox, loaded: Target) -> None:
    """The step names the permission from the last load's audit; other fields are answered."""
    shop.configure(denied={"Order.attributes:read", "Order.comment:read"})
    denied = diagnose(loaded.load(shop, "orders", full_refresh=True).pipeline.dataset())
    (unknown,) = (step for step in denied if step.state == "unknown")
    assert unknown.title == "Order attribute ge_order_details"
    assert unknown.found.startswith("The token lacks Order.attributes:read for ")
    shop.configure(denied=set())
    loaded.load(shop, "orders", full_refresh=True)
    assert [step.title for step in diagnose(loaded.pipeline.dataset()) if step.state == "ok"] == SEEN


@pytest.mark.full
def test_list_that_the_token_cannot_read_makes_its_steps_unknown(shop: Sandbox, loaded: Target) -> None:
    """Displays that the token cannot read are unknown, not missing."""
    shop.configure(denied={"Display:read"})
    loaded.load(shop, "displays", full_refresh=True)
    (unknown,) = (step for step in diagnose(loaded.pipeline.dataset()) if step.state == "unknown")
    assert unknown.title == "Tax group GE Local VAT"


@pytest.mark.full
def test_shop_without_orders_has_unknown_order_attributes(target: Target) -> None:
    """Without an order, the attributes of orders are unknown."""
    with Sandbox(products=4, orders=0) as sandbox:
        states = map_states_by_title(diagnose(target.load(sandbox, "orders").pipeline.dataset()))
    assert states["Order attribute ge_order_details"] == "unknown"


@pytest.mark.full
def test_only_configured_markets_are_checked(shop: Sandbox, loaded: Target) -> None:
    """Other markets need no pricelist, and a configured market that the store lacks is missing."""
    unassign_country(shop.shop)
    dataset = loaded.load(shop, "pricelists").pipeline.dataset()
    sweden = shop.shop.markets[0]
    chosen = diagnose(dataset, configuration=catalog_configuration(markets=[sweden["id"], "Europe"]))
    assert map_states_by_title(chosen)["Pricelists of the markets"] == "ok"
    absent = {
        step.title: step
        for step in diagnose(dataset, configuration=catalog_configuration(markets=["Europe", "Asia"]))
    }
    assert absent["Markets"].found == "The store has no market Asia."


@pytest.mark.full
def test_fixed_prices_use_the_currency_of_each_country(shop: Sandbox, loaded: Target) -> None:
    """A country with another currency is missing, and one without a configured currency is unknown."""
    price_in_euro(shop.shop)
    dataset = loaded.load(shop, "pricelists").pipeline.dataset()

    def step(currencies: dict[str, str]) -> Step:
        configuration = catalog_configuration(
            pricing="fixed", markets=["Europe", "Sweden"], currencies=currencies
        )
        steps = diagnose(dataset, configuration=configuration)
        assert "Pricelists in the base currency" not in map_states_by_title(steps)
        return next(one for one in steps if one.title == "Currencies of fixed prices")

    others = dict.fromkeys(("SE", "FR", "NL", "PT"), "SEK")
    assert step({**others, "DE": "EUR"}).state == "ok"
    assert step({**others, "DE": "USD"}).found == "Without prices in their currency: DE (USD)."
    assert step(others).found == "Global-e's currency is not known for DE."


@pytest.mark.full
def test_configured_shipping_options_are_searched(shop: Sandbox, loaded: Target) -> None:
    """A shipping option that is the default of a pricelist counts as found."""
    express = make("ShippingOption", id=9, name="GE Express", uri="ge-express")
    shop.shop.update(list_consumer_pricelists(shop.shop)[0], defaultShippingOption=express)
    dataset = loaded.load(shop, "pricelists").pipeline.dataset()
    seen = diagnose(dataset, configuration=catalog_configuration(shipping_options=["Standard", "GE Express"]))
    assert map_states_by_title(seen)["Shipping methods"] == "ok"
    absent = {
        step.title: step
        for step in diagnose(dataset, configuration=catalog_configuration(shipping_options=["Drone"]))
    }
    assert absent["Shipping methods"].found == "Not seen yet on any order or pricelist: Drone."


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"pricing": "dynamik"}, "did you mean dynamic"),
        ({"markets": "Europe"}, "markets of .* write a list"),
        ({"currencies": ["SEK"]}, "currencies of .* write a table by country"),
    ],
)
def test_wrong_configuration_is_refused(configuration: dict[str, Any], message: str) -> None:
    """The error names the wrong value."""
    with pytest.raises(InvalidSetting, match=message):
        catalog_configuration(**configuration)


@pytest.mark.full
def test_one_of_several_stores_must_be_chosen(target: Target) -> None:
    """With several stores a store must be chosen, and only its markets are checked."""
    with Sandbox(products=4, orders=4, dtc_stores=2) as sandbox:
        dataset = target.load(sandbox, "stores", "markets").pipeline.dataset()
    assert "1 (Retail), 2 (Outlet)" in str(catch_error(InvalidSetting, lambda: diagnose(dataset)))
    assert "no direct-to-consumer store 3" in str(catch_error(InvalidSetting, lambda: diagnose(dataset, 3)))
    assert "Europe Outlet" in {step.title: step for step in diagnose(dataset, 2)}["Markets"].found


STEPS = [
    Step(1, "Direct-to-consumer store", "ok", "Retail [1].", ""),
    Step(2, "Storefront", "by_hand", "", "It loads Global-e's scripts."),
    Step(3, "Markets", "missing", "Without countries: Europe.", "Assign its countries to it."),
    Step(4, "Shipping methods", "unknown", "The table orders is not loaded.", "Load orders first."),
]


def print_report(steps: list[Step], **options: bool) -> tuple[int, list[str]]:
    """Returns the exit code and the lines of a report."""
    console = Console(file=io.StringIO(), width=120, markup=False, emoji=False, highlight=False)
    code = show_doctor(steps, console, **options)
    assert isinstance(console.file, io.StringIO)
    return code, [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_screen_shows_each_step_and_ends_with_a_sentence() -> None:
    """Each step shows its state, what was found and what to do, and texts are printed unchanged."""
    code, lines = print_report(STEPS)
    assert code == INCOMPLETE
    assert lines == [
        "1  found    Direct-to-consumer store: Retail [1].",
        "2  by hand  Storefront: It loads Global-e's scripts.",
        "3  MISSING  Markets: Without countries: Europe. Assign its countries to it.",
        "4  unknown  Shipping methods: The table orders is not loaded. Load orders first.",
        "Missing: 3. Could not be checked: 4. Check by hand: 2.",
    ]


def test_exit_code_is_zero_when_only_manual_checks_are_left() -> None:
    """Missing and unknown steps have an exit code that no other job uses."""
    code, lines = print_report(STEPS[:2])
    assert code == 0
    assert lines[-1] == "Everything that the API shows is set up. Check by hand: 2."
    assert [print_report(STEPS[:3])[0], print_report([STEPS[3]])[0]] == [INCOMPLETE, INCOMPLETE]
    assert INCOMPLETE not in (0, FAILED, MISUSED)


def test_report_fits_one_screen(loaded: Target) -> None:
    """All steps and the last sentence fit on a terminal of 120 columns."""
    _, lines = print_report(diagnose(loaded.pipeline.dataset()))
    assert len(lines) <= 24


def test_json_has_every_step() -> None:
    """The JSON output has the fields of each step, in order."""
    code, lines = print_report(STEPS, as_json=True)
    assert code == INCOMPLETE
    assert [Step(**step) for step in json.loads("".join(lines))] == STEPS


@pytest.mark.full
def test_doctor_reads_the_tables_of_the_other_jobs(
    shop: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The doctor uses the store of the command line and the section `[globale]` of the settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("GLOBALE__MARKETS", '["Asia"]')
    console = Console(file=io.StringIO(), width=120, markup=False, emoji=False, highlight=False)
    with open_pipeline(None, DATASET_NAME, console) as pipeline:
        pipeline.run(centra_source(shop.url, access_token=shop.token).with_resources("stores", "markets"))
    options: dict[str, Any] = {"destination": None, "dataset": DATASET_NAME, "store": 1, "as_json": True}
    assert globale_doctor.run(console, **options) == INCOMPLETE
    assert isinstance(console.file, io.StringIO)
    steps = {step["title"]: step for step in json.loads(console.file.getvalue())}
    assert steps["Markets"]["found"] == "The store has no market Asia."
