"""The check of Global-e's configuration: what it finds in a shop that has all of it, or lacks one piece."""

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
from centra_jobs.output.globale_doctor import report
from centra_jobs.runs.opening import open_pipeline
from centra_sandbox import Sandbox, Shop
from centra_sandbox.generate.attributes import text_attribute
from centra_sandbox.nodes import make
from centra_source import centra_source
from centra_source.exceptions import InvalidSetting
from centra_source.globale import catalog_configuration
from centra_source.globale.setup.doctor import Step, diagnose
from centra_source.globale.setup.steps import ORDER_DETAILS, State

from ..support.target import Target, raised

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
"""The steps that tables can show, in their order."""


@pytest.fixture
def shop() -> Iterator[Sandbox]:
    """A shop of one consumer store with all that Global-e asks for."""
    with Sandbox(products=8, orders=12, seed=3) as sandbox:
        set_up(sandbox.shop)
        yield sandbox


@pytest.fixture(scope="module")
def loaded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of that shop, for each test to copy."""
    folder = tmp_path_factory.mktemp("whole") / "tables"
    with Sandbox(products=8, orders=12, seed=3) as sandbox:
        set_up(sandbox.shop)
        Target(folder).load(sandbox, *RESOURCES).close()
    return folder


@pytest.fixture
def loaded(loaded_once: Path, tmp_path: Path) -> Target:
    """The tables of that shop, which a test may change."""
    shutil.copytree(loaded_once, tmp_path / "tables")
    return Target(tmp_path / "tables")


def set_up(shop: Shop) -> None:
    """Gives a shop what Global-e asks for, as far as the API can show it."""
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
    shop.update(consumer_pricelists(shop)[0], assignedToCountries=list(shop.countries))
    shop.update(consumer_display(shop), taxGroup=make("TaxGroup", id=1, name="GE Local VAT"))


def consumer_pricelists(shop: Shop) -> list[Any]:
    """The active pricelists of the consumer store, the one in the base currency first."""
    return [one for one in shop.pricelists if one["store"] is shop.stores[0] and one["status"] == "ACTIVE"]


def consumer_display(shop: Shop) -> Any:
    """A display of the consumer store."""
    return next(display for display in shop.displays if display["store"] is shop.stores[0])


def by_title(steps: list[Step]) -> dict[str, State]:
    """The state of each step."""
    return {step.title: step.state for step in steps}


def remove_order_attribute(shop: Shop) -> None:
    """No order carries it."""
    for order in shop.orders:
        shop.update(order, attributes=[])


def remove_order_element(shop: Shop) -> None:
    """The attribute has eleven elements."""
    details: dict[str, str | None] = dict.fromkeys(ORDER_DETAILS[:-1], "1")
    shop.update(shop.orders[0], attributes=[text_attribute("ge_order_details", "Order", False, details)])


def remove_customer_attribute(shop: Shop) -> None:
    """No customer carries it."""
    for customer in shop.customers:
        shop.update(customer, attributes=[])


def remove_voucher_attribute(shop: Shop) -> None:
    """No voucher carries it."""
    for voucher in shop.vouchers:
        shop.update(voucher, attributes=[])


def empty_market(shop: Shop) -> None:
    """A market is in no country."""
    shop.update(shop.markets[1], assignedToCountries=[])


def unassign_country(shop: Shop) -> None:
    """A country of a market is on no pricelist."""
    kept = [country for country in shop.countries if country["code"] != "US"]
    shop.update(consumer_pricelists(shop)[0], assignedToCountries=kept)


def retire_pricelist(shop: Shop) -> None:
    """The countries of a market are on no pricelist but an inactive one."""
    swedish, european, _ = consumer_pricelists(shop)
    sweden = [country for country in shop.countries if country["code"] == "SE"]
    shop.update(european, assignedToCountries=list(shop.countries), status="INACTIVE")
    shop.update(swedish, assignedToCountries=sweden)


def price_in_euro(shop: Shop) -> None:
    """A pricelist of a market is not in the base currency."""
    shop.update(consumer_pricelists(shop)[1], assignedToCountries=[shop.countries[1]])


def remove_tax_group(shop: Shop) -> None:
    """Displays are in another tax group, or in none."""
    for display in shop.displays:
        shop.update(display, taxGroup=None)
    shop.update(consumer_display(shop), taxGroup=make("TaxGroup", id=2, name="Standard"))


def remove_shipping(shop: Shop) -> None:
    """No order went by a shipping option of Centra."""
    for order in shop.orders:
        shop.update(order, shippingPriceGroup=None)


def test_complete_shop_leaves_only_what_is_checked_by_hand(loaded: Target) -> None:
    """All steps are there in order, numbered from 1; what tables show is found, and nothing is left to do."""
    steps = diagnose(loaded.pipeline.dataset())
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert [step.title for step in steps if step.state == "ok"] == SEEN
    assert {step.title for step in steps if step.state == "by_hand"} == BY_HAND
    assert len(steps) == len(SEEN) + len(BY_HAND)
    assert all(step.found and not step.remedy for step in steps if step.state == "ok")
    assert all(step.remedy for step in steps if step.state == "by_hand")
    assert steps[1].found == "Has created 1 of the loaded orders."


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
def test_each_missing_piece_is_named_and_nothing_else(
    shop: Sandbox, loaded: Target, take_away: Callable[[Shop], None], resource: str, title: str, found: str
) -> None:
    """One piece is taken away: its step says missing and what to do, and every other step stays as it was."""
    take_away(shop.shop)
    loaded.load(shop, resource, full_refresh=True)
    steps = diagnose(loaded.pipeline.dataset())
    missing = [step for step in steps if step.state == "missing"]
    assert [step.title for step in missing] == [title]
    assert missing[0].found.startswith(found)
    assert missing[0].remedy
    assert [step.title for step in steps if step.state == "ok"] == [one for one in SEEN if one != title]


def test_shop_without_a_consumer_store_says_so(shop: Sandbox, loaded: Target) -> None:
    """What hangs on the store cannot be seen; the rest can."""
    shop.shop.update(shop.shop.stores[0], type="WHOLESALE")
    states = by_title(diagnose(loaded.load(shop, "stores").pipeline.dataset()))
    assert states["Direct-to-consumer store"] == "missing"
    assert states["Markets"] == "unknown"
    assert states["Order attribute ge_order_details"] == "ok"


def test_tables_that_are_not_loaded_make_their_steps_unknown(shop: Sandbox, target: Target) -> None:
    """Nothing is called missing that was never looked at; the resource to load is named."""
    steps = {step.title: step for step in diagnose(target.load(shop, "stores", "markets").pipeline.dataset())}
    assert {title for title, step in steps.items() if step.state == "ok"} == {
        "Direct-to-consumer store",
        "Markets",
    }
    assert not any(step.state == "missing" for step in steps.values())
    assert steps["Pricelists of the markets"].remedy == "Load pricelists first."
    assert steps["Order attribute ge_order_details"].remedy == "Load orders first."


def test_what_the_token_may_not_read_is_unknown_until_it_may(shop: Sandbox, loaded: Target) -> None:
    """The permission is named as the audit of the last load has it; other fields of the list are seen."""
    shop.configure(denied={"Order.attributes:read", "Order.comment:read"})
    denied = diagnose(loaded.load(shop, "orders", full_refresh=True).pipeline.dataset())
    (unknown,) = (step for step in denied if step.state == "unknown")
    assert unknown.title == "Order attribute ge_order_details"
    assert unknown.found.startswith("The token lacks Order.attributes:read for ")
    shop.configure(denied=set())
    loaded.load(shop, "orders", full_refresh=True)
    assert [step.title for step in diagnose(loaded.pipeline.dataset()) if step.state == "ok"] == SEEN


def test_list_that_the_token_may_not_read_is_unknown(shop: Sandbox, loaded: Target) -> None:
    """A shop whose displays nobody may read is none without displays."""
    shop.configure(denied={"Display:read"})
    loaded.load(shop, "displays", full_refresh=True)
    (unknown,) = (step for step in diagnose(loaded.pipeline.dataset()) if step.state == "unknown")
    assert unknown.title == "Tax group GE Local VAT"


def test_new_shop_has_no_orders_to_look_at(target: Target) -> None:
    """Without an order there is no knowing which attributes orders have."""
    with Sandbox(products=4, orders=0) as sandbox:
        states = by_title(diagnose(target.load(sandbox, "orders").pipeline.dataset()))
    assert states["Order attribute ge_order_details"] == "unknown"


def test_configuration_says_which_markets_are_looked_at(shop: Sandbox, loaded: Target) -> None:
    """A market that is not Global-e's needs no pricelist; one that the store does not have is missing."""
    unassign_country(shop.shop)
    dataset = loaded.load(shop, "pricelists").pipeline.dataset()
    sweden = shop.shop.markets[0]
    chosen = diagnose(dataset, configuration=catalog_configuration(markets=[sweden["id"], "Europe"]))
    assert by_title(chosen)["Pricelists of the markets"] == "ok"
    absent = {
        step.title: step
        for step in diagnose(dataset, configuration=catalog_configuration(markets=["Europe", "Asia"]))
    }
    assert absent["Markets"].found == "The store has no market Asia."


def test_fixed_prices_are_in_the_currency_of_each_country(shop: Sandbox, loaded: Target) -> None:
    """A country of another currency is missing, one that nobody told of unknown."""
    price_in_euro(shop.shop)
    dataset = loaded.load(shop, "pricelists").pipeline.dataset()

    def step(currencies: dict[str, str]) -> Step:
        configuration = catalog_configuration(
            pricing="fixed", markets=["Europe", "Sweden"], currencies=currencies
        )
        steps = diagnose(dataset, configuration=configuration)
        assert "Pricelists in the base currency" not in by_title(steps)
        return next(one for one in steps if one.title == "Currencies of fixed prices")

    others = dict.fromkeys(("SE", "FR", "NL", "PT"), "SEK")
    assert step({**others, "DE": "EUR"}).state == "ok"
    assert step({**others, "DE": "USD"}).found == "Without prices in their currency: DE (USD)."
    assert step(others).found == "Global-e's currency is not known for DE."


def test_named_shipping_options_are_looked_for(shop: Sandbox, loaded: Target) -> None:
    """A default of a pricelist counts as seen, too."""
    express = make("ShippingOption", id=9, name="GE Express", uri="ge-express")
    shop.shop.update(consumer_pricelists(shop.shop)[0], defaultShippingOption=express)
    dataset = loaded.load(shop, "pricelists").pipeline.dataset()
    seen = diagnose(dataset, configuration=catalog_configuration(shipping_options=["Standard", "GE Express"]))
    assert by_title(seen)["Shipping methods"] == "ok"
    absent = {
        step.title: step
        for step in diagnose(dataset, configuration=catalog_configuration(shipping_options=["Drone"]))
    }
    assert absent["Shipping methods"].found == "Not seen yet on any order or pricelist: Drone."


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"pricing": "dynamik"}, "did you mean dynamic"),
        ({"markets": "Europe"}, "markets of .* is a list"),
        ({"currencies": ["SEK"]}, "currencies of .* is a table by country"),
    ],
)
def test_wrong_configuration_is_refused(configuration: dict[str, Any], message: str) -> None:
    """With the value that is wrong."""
    with pytest.raises(InvalidSetting, match=message):
        catalog_configuration(**configuration)


def test_several_stores_must_be_chosen_from(target: Target) -> None:
    """Nothing is guessed, and the markets are those of the chosen store."""
    with Sandbox(products=4, orders=4, dtc_stores=2) as sandbox:
        dataset = target.load(sandbox, "stores", "markets").pipeline.dataset()
    assert "1 (Retail), 2 (Outlet)" in str(raised(InvalidSetting, lambda: diagnose(dataset)))
    assert "no direct-to-consumer store 3" in str(raised(InvalidSetting, lambda: diagnose(dataset, 3)))
    assert "Europe Outlet" in {step.title: step for step in diagnose(dataset, 2)}["Markets"].found


STEPS = [
    Step(1, "Direct-to-consumer store", "ok", "Retail [1].", ""),
    Step(2, "Storefront", "by_hand", "", "It loads Global-e's scripts."),
    Step(3, "Markets", "missing", "Without countries: Europe.", "Assign its countries to it."),
    Step(4, "Shipping methods", "unknown", "The table orders is not loaded.", "Load orders first."),
]


def printed(steps: list[Step], **options: bool) -> tuple[int, list[str]]:
    """The exit code and the lines of a report."""
    console = Console(file=io.StringIO(), width=120, markup=False, emoji=False, highlight=False)
    code = report(steps, console, **options)
    assert isinstance(console.file, io.StringIO)
    return code, [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_screen_has_a_line_for_each_step_and_ends_with_a_sentence() -> None:
    """Plain words for the state, what was found, and what to do; texts are printed as they are."""
    code, lines = printed(STEPS)
    assert code == INCOMPLETE
    assert lines == [
        "1  found    Direct-to-consumer store: Retail [1].",
        "2  by hand  Storefront: It loads Global-e's scripts.",
        "3  MISSING  Markets: Without countries: Europe. Assign its countries to it.",
        "4  unknown  Shipping methods: The table orders is not loaded. Load orders first.",
        "Missing: 3. Could not be checked: 4. Check by hand: 2.",
    ]


def test_exit_code_is_zero_when_only_checks_by_hand_are_left() -> None:
    """Missing and unknown steps have a code of their own, apart from those of every job."""
    code, lines = printed(STEPS[:2])
    assert code == 0
    assert lines[-1] == "Everything that the API shows is set up. Check by hand: 2."
    assert [printed(STEPS[:3])[0], printed([STEPS[3]])[0]] == [INCOMPLETE, INCOMPLETE]
    assert INCOMPLETE not in (0, FAILED, MISUSED)


def test_report_fits_one_screen(loaded: Target) -> None:
    """All steps and the sentence, on a terminal of 120 columns."""
    _, lines = printed(diagnose(loaded.pipeline.dataset()))
    assert len(lines) <= 24


def test_json_has_every_step() -> None:
    """For machines: the fields of a step, in order."""
    code, lines = printed(STEPS, as_json=True)
    assert code == INCOMPLETE
    assert [Step(**step) for step in json.loads("".join(lines))] == STEPS


def test_doctor_reads_the_tables_of_the_other_jobs(
    shop: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the store of the command line and the section `[globale]` of the settings."""
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
