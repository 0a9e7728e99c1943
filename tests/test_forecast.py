"""What is said before a load against what the load then costs, by `load_audit`."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest

from centra_jobs.output.forecast_report import format_duration
from centra_sandbox import PLANS, Sandbox
from centra_sandbox.limits import SECONDS
from centra_source import RESOURCES
from centra_source.api.throttle import QUERY_COMPLEXITY, REQUEST_COUNT
from centra_source.exceptions import InvalidSetting
from centra_source.forecast.load_forecast import forecast_load
from centra_source.forecast.result import PROBED_ROWS, Expectation, Forecast
from centra_source.operations.documents import load_operation
from centra_source.reading.lists import is_connection
from centra_source.shop.introspection import FOLDER

from .support.selection import representative
from .support.target import Target
from .support.workplace import Workplace

COUNTED = {name for name in RESOURCES if is_connection(load_operation(name))}
"""The resources whose objects Centra counts."""

INNER = ("stock", "campaign_variants", "price_alteration_prices")
"""Lists inside objects, which are estimated by a few of these."""

GROWTH = PLANS["growth"]

OTHERS_CALLS, OTHERS_POINTS = 0.10, 0.01
"""How far the costs of a resource in many windows may be off."""


def run_forecast(sandbox: Sandbox, *resources: str, **settings: Any) -> Forecast:
    """The forecast of some resources, else of all."""
    return forecast_load(
        resources or list(RESOURCES), base_url=sandbox.url, access_token=sandbox.token, **settings
    )


def sum_costs(target: Target, resource: str, *kinds: str) -> tuple[int, int, int]:
    """The objects, calls and points of what was loaded."""
    rows = target.audit(resource, *kinds)
    loaded, calls, points = (sum(row[name] for row in rows) for name in ("loaded", "calls", "complexity"))
    return loaded, calls, points


def costs(one: Expectation) -> tuple[int, int]:
    """Calls and points."""
    return one.calls, one.complexity


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    """A shop that no test changes."""
    with Sandbox(products=60, orders=200, seed=3) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def loaded(shop: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """Its first load, in which nearly every resource is read in one window."""
    return Target(tmp_path_factory.mktemp("loaded")).load(shop, *RESOURCES, events="off")


@pytest.fixture(scope="module")
def expected(shop: Sandbox) -> Forecast:
    """What is said of this load."""
    return run_forecast(shop, events="off")


@pytest.mark.full
@pytest.mark.parametrize("name", [name for name in RESOURCES if name not in INNER])
def test_one_window_or_list_costs_what_was_said(loaded: Target, expected: Forecast, name: str) -> None:
    """Exactly, calls and points; the objects too where Centra counts them, else within 25."""
    one = expected.resources[name]
    objects, *found = sum_costs(loaded, name)
    is_one_window = len(loaded.audit(name)) == 1
    assert (one.is_exact, *costs(one)) == (is_one_window, *found)
    if name in COUNTED:
        assert one.objects == objects
    elif one.objects is None:
        assert objects < PROBED_ROWS
    else:
        assert one.objects == pytest.approx(objects, abs=25)


@pytest.mark.full
def test_stock_is_estimated(loaded: Target, expected: Forecast) -> None:
    """Three of five warehouses represent all: the estimate is within a quarter, and is marked as one."""
    one = expected.resources["stock"]
    assert (one.objects, *costs(one)) == pytest.approx(sum_costs(loaded, "stock"), rel=0.25)
    assert not one.is_exact
    assert not one.is_counted


@pytest.mark.parametrize(
    "name", representative([name for name, resource in RESOURCES.items() if resource.event], "orders")
)
def test_event_queue_is_part_of_the_costs(target: Target, name: str) -> None:
    """A first load subscribes to the queue and reads it; alone it pays exactly what was said."""
    with Sandbox(products=4, orders=8) as sandbox:
        one = run_forecast(sandbox, name).resources[name]
        target.load(sandbox, name)
    assert costs(one) == sum_costs(target, name, "window", "events")[1:]


@pytest.mark.full
@pytest.mark.parametrize("name", representative(["product_sizes", "orders", "shipments"], "orders"))
def test_many_windows_cost_about_what_was_said(target: Target, name: str) -> None:
    """Calls within ten per cent and points within one, for a beginning long before the first object too."""
    with Sandbox(products=60, orders=600, seed=3) as sandbox:
        one = run_forecast(sandbox, name, page_size=10, events="off").resources[name]
        target.load(sandbox, name, page_size=10, events="off")
    assert len(target.audit(name)) > 5
    objects, calls, points = sum_costs(target, name)
    assert not one.is_exact
    assert one.objects == objects
    assert one.calls == pytest.approx(calls, rel=OTHERS_CALLS)
    assert one.complexity == pytest.approx(points, rel=OTHERS_POINTS)


@pytest.mark.parametrize("length", representative([49, 50, 199, 200, 399, 650], 49, 200))
def test_plain_list_is_measured_to_the_page(target: Target, length: int) -> None:
    """Its calls are exact whatever its length, and its rows within 25."""
    with Sandbox(products=2, orders=2) as sandbox:
        for number in range(length - len(sandbox.shop.brands)):
            sandbox.shop.add("Brand", name=f"Brand {number}")
        one = run_forecast(sandbox, "brands").resources["brands"]
        target.load(sandbox, "brands")
    assert costs(one) == sum_costs(target, "brands")[1:]
    assert one.objects is None if length < 50 else one.objects == pytest.approx(length, abs=25)


@pytest.mark.full
def test_empty_shop_costs_one_request_for_each_list(target: Target) -> None:
    """Nothing is divided by no warehouse at all."""
    with Sandbox(empty=True) as sandbox:
        whole = run_forecast(sandbox, events="off")
        target.load(sandbox, *RESOURCES, events="off")
    for name, one in whole.resources.items():
        assert (name, *costs(one)) == (name, *sum_costs(target, name)[1:])
        assert one.objects == (0 if name in (*COUNTED, *INNER) else None)


@pytest.mark.full
def test_later_start_is_taken_into_account(shop: Sandbox, target: Target) -> None:
    """What is older than the start date is neither counted nor priced."""
    middle = sorted(order["updatedAt"] for order in shop.shop.orders)[100].isoformat()
    one = run_forecast(shop, "orders", start_date=middle, events="off").resources["orders"]
    target.load(shop, "orders", start_date=middle, events="off")
    assert (one.objects, *costs(one)) == sum_costs(target, "orders")
    assert one.objects == pytest.approx(100, abs=2)


def test_forecast_sends_little_and_changes_nothing() -> None:
    """One or two requests for single objects by resource, a few more for each list inside objects.

    No mutation, and under a hundredth of the points.
    """
    with Sandbox(products=90, orders=300, seed=3) as sandbox:
        whole = run_forecast(sandbox, page_size=200)
        sent = sandbox.requests
        assert sandbox.shop.events.listeners == {}
    inner = [request for request in sent if request.operation in INNER]
    assert len(sent) - len(inner) < 1.5 * len(RESOURCES)
    assert len(inner) < 50
    assert not [request for request in sent if request.query.startswith("mutation")]
    for request in sent:
        sizes = [
            request.variables[name] for name in ("first", "limit", "innerLimit") if name in request.variables
        ]
        assert set(sizes) <= {1}
    assert sum(request.complexity for request in sent) < 0.01 * whole.complexity


@pytest.mark.full
def test_time_is_what_the_buckets_need() -> None:
    """On the Growth plan: what the buckets do not hold now, at the rate of their refilling."""
    with Sandbox(products=60, orders=200, seed=3, plan="growth") as sandbox:
        sandbox.drain(QUERY_COMPLEXITY, 0.5)
        begun = monotonic()
        whole = run_forecast(sandbox, quota_share=1.0)
        passed = monotonic() - begun
        used = {
            REQUEST_COUNT: len(sandbox.requests),
            QUERY_COMPLEXITY: sum(request.complexity for request in sandbox.requests),
        }
    assert whole.quotas == GROWTH
    left = {REQUEST_COUNT: 1.0, QUERY_COMPLEXITY: 0.5}
    parts: list[Forecast | Expectation] = [whole, *whole.resources.values()]
    for one in parts:
        needed = {REQUEST_COUNT: one.calls, QUERY_COMPLEXITY: one.complexity}
        longest = max(
            (needed[kind] + used[kind] - left[kind] * quota) / quota * SECONDS[interval]
            for (kind, interval), quota in GROWTH.items()
            if kind in needed
        )
        # Tokens that flow in while the forecast asks shorten what is left to wait.
        assert max(0.0, longest - passed) - 0.01 <= one.seconds <= max(0.0, longest) + 0.01
    assert whole.seconds > 5.0


def test_what_the_token_may_not_read_costs_nothing(target: Target) -> None:
    """The forecast leaves it out as the load does."""
    with Sandbox(products=2, orders=2) as sandbox:
        whole = run_forecast(sandbox, "orders", "brands", events="off").resources
        sandbox.configure(denied={"Order.attributes:read", "Brand:read"})
        part = run_forecast(sandbox, "orders", "brands", events="off").resources
        target.load(sandbox, "orders", "brands", events="off")
    assert part["orders"].complexity < whole["orders"].complexity
    assert costs(part["orders"]) == sum_costs(target, "orders")[1:]
    assert (whole["brands"].calls, *costs(part["brands"])) == (1, 0, 0)


def test_settings_are_checked_like_those_of_the_source(shop: Sandbox) -> None:
    """Before anything is asked."""
    asked = len(shop.requests)
    with pytest.raises(InvalidSetting, match="window_rows is 0"):
        run_forecast(shop, window_rows=0)
    with pytest.raises(InvalidSetting, match="events is 'maybe'"):
        run_forecast(shop, events="maybe")
    assert len(shop.requests) == asked


@pytest.mark.full
def test_command_prints_a_line_per_resource_and_writes_nothing(shop: Sandbox, workplace: Workplace) -> None:
    """Resources, start date and settings are those of a load; only the shop's schema is kept for it."""
    before = set(workplace.folder.rglob("*.*"))
    chosen = ("--resources", "stores,orders,stock,markets", "--exclude", "markets")
    done = workplace.load(shop, "forecast", *chosen, SOURCES__CENTRA_SOURCE__EVENTS="off")
    assert (done.returncode, done.stderr) == (0, "")
    lines = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line.strip()}
    one = run_forecast(shop, "orders", events="off").resources["orders"]
    assert lines["orders"] == ["200", f"{one.calls}", f"{one.complexity:,}", "now"]
    assert lines["stores"] == ["under", "50", "1", "201", "now"]
    assert all(figure.startswith("~") for figure in lines["stock"][:3])
    assert all(figure.startswith("~") for figure in lines["all"][:2])
    assert "markets" not in lines
    assert "all" in lines
    (schema,) = set(workplace.folder.rglob("*.*")) - before
    assert schema.parent.name == FOLDER
    late = workplace.load(shop, "forecast", "--resources", "orders", "--start-date", "2090-01-01")
    assert late.stdout.splitlines()[3].split()[:2] == ["orders", "0"]


@pytest.mark.full
def test_command_names_the_limits_of_the_plan(workplace: Workplace) -> None:
    """The made-up shop is on the Enhanced plan; four fifths of it are used by default."""
    done = workplace.run("forecast", "--sandbox", "--resources", "stores")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == (
        "Limits: 150 requests and 900,000 points in ten seconds, 20,000 requests and 90,000,000 points in an "
        "hour; 80 % of that is used (quota_share)."
    )


BAD_INPUT: list[tuple[list[str], dict[str, str], int, str]] = [
    ([], {"ACCESS_TOKEN": "wrong"}, 1, "Centra does not accept the token"),
    (["--resources", "order"], {}, 2, "There is no resource 'order': did you mean orders"),
    (["--start-date", "soon"], {}, 2, "start_date 'soon' is not a date"),
]


@pytest.mark.parametrize(
    ("command", "settings", "code", "sentence"),
    representative(BAD_INPUT, BAD_INPUT[0]),
    ids=["token", "resource", "date"],
)
def test_bad_input_gets_one_sentence(
    shop: Sandbox,
    workplace: Workplace,
    command: list[str],
    settings: dict[str, str],
    code: int,
    sentence: str,
) -> None:
    """As for a load."""
    variables = {f"SOURCES__CENTRA_SOURCE__{name}": value for name, value in settings.items()}
    refused = workplace.load(shop, "forecast", *command, **variables)
    assert (refused.returncode, refused.stdout) == (code, "")
    assert sentence in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "now"),
        (0.99, "now"),
        (8.2, "8 s"),
        (59.7, "1 min"),
        (125.0, "2 min"),
        (3_599.0, "1 h"),
        (11_400.0, "3 h 10 min"),
    ],
)
def test_times_are_printed_as_people_read_them(seconds: float, text: str) -> None:
    """Two units at most, and none that is zero."""
    assert format_duration(seconds) == text
