"""What a check says of a token and a shop: the truth, on one screen, without changing anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from centra_jobs.output import token_report
from centra_sandbox import Sandbox
from centra_source import RESOURCES
from centra_source.check.permission_list import list_permissions
from centra_source.check.result import Check
from centra_source.check.token_check import check_token
from centra_source.exceptions import InvalidSetting, TokenRefused
from centra_source.operations.permissions import list_inferred_permissions

from ..support.selection import representative
from ..support.target import Target
from ..support.workplace import Workplace

SOME = ("products", "product_sizes", "orders", "stock", "stores")
"""Resources of every kind, which are enough where all of them would only take time."""

AS_IT_WAS: dict[str, Any] = {
    "permissions": None,
    "denied": frozenset(),
    "denial_status": 200,
    "denials_at_once": True,
    "store_ids": None,
    "token_expired": False,
    "without": (),
    "extra_sdl": "",
    "date_header_offset": timedelta(),
}

NO_INTROSPECTION = {"introspection": False}


@pytest.fixture(scope="module")
def shared_shop() -> Iterator[Sandbox]:
    """One shop for all tests of this module."""
    with Sandbox(products=6, orders=12, seed=3) as sandbox:
        yield sandbox


@pytest.fixture
def shop(shared_shop: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The shop with a token that may do everything, to be configured otherwise."""
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))
    shared_shop.requests.clear()
    yield shared_shop
    shared_shop.configure(**AS_IT_WAS)


def run_check(sandbox: Sandbox, *resources: str, **settings: Any) -> Check:
    """The check of some resources, else of all."""
    chosen = resources or list(RESOURCES)
    return check_token(
        chosen, base_url=sandbox.url, access_token=sandbox.token, **{"backoff_factor": 0.001, **settings}
    )


def left_out(target: Target) -> list[str]:
    """What a load has left out for want of a permission."""
    rows = [row for row in target.rows("load_audit") if row["kind"] == "left out"]
    return [row["note"] for row in rows if "token lacks" in row["note"]]


def test_full_token_reads_everything(shop: Sandbox) -> None:
    """Nothing is lacking, and what it has beyond need is all that the shop knows besides."""
    found = run_check(shop)
    assert (found.is_sufficient, found.lacking, found.unproven) == (True, (), ("Event:write",))
    assert found.list_names("full") == list(RESOURCES)
    assert (found.version, found.shows_schema, found.address) == (shop.settings.version, True, shop.url)
    known = {one for one in shop.permissions if not one.startswith("ObjectWith")}
    assert {*found.needed, *(found.unneeded or ())} == known


def test_check_changes_nothing_and_asks_for_single_objects(shop: Sandbox) -> None:
    """No mutation, nobody listens afterwards, and no list is asked for in more than one object but stores."""
    run_check(shop)
    assert shop.shop.events.listeners == {}
    assert not [one for one in shop.requests if one.query.startswith("mutation")]
    for request in shop.requests:
        sizes = [request.variables[name] for name in ("first", "limit") if name in request.variables]
        assert request.operation == "stores" or set(sizes) <= {1}
    assert len(shop.requests) < 2 * len(RESOURCES)


def test_shop_facts_are_reported(shop: Sandbox) -> None:
    """Stores, limits and the difference of the clocks."""
    shop.configure(plan="growth", date_header_offset=timedelta(seconds=90))
    found = run_check(shop, "stores")
    shop.configure(plan="unlimited")
    assert [(one.name, one.type) for one in found.stores or ()] == [
        (one["name"], one["type"]) for one in shop.shop.stores
    ]
    hour = next(one for one in found.limits if (one.kind, one.interval) == ("REQUEST_COUNT", "ONE_HOUR"))
    assert hour.quota == 5_000
    assert hour.left < hour.quota
    assert abs(found.clock_seconds - 90) <= 2


def test_optional_field_is_partly_read(shop: Sandbox) -> None:
    """The permission is named, and what is left out without it."""
    shop.configure(denied={"Order.attributes:read"})
    found = run_check(shop, *SOME)
    orders = found.resources["orders"]
    assert (orders.state, orders.lacking) == ("partial", ("Order.attributes:read",))
    assert ["attributes" in sentence for sentence in orders.left_out] == [True]
    assert found.list_names("full") == [name for name in RESOURCES if name in SOME and name != "orders"]
    assert (found.is_sufficient, found.lacking) == (False, ("Order.attributes:read",))


def test_token_with_one_permission(shop: Sandbox) -> None:
    """All others that can be seen are named as lacking."""
    shop.configure(permissions=frozenset({"Brand:read"}))
    found = run_check(shop)
    assert found.list_names("full") == ["brands", "counters", "event_listeners", "rate_limits"]
    assert not found.list_names("refused", "absent")
    assert found.unneeded == ()
    assert {*found.lacking, *found.unproven} == {*found.needed} - {"Brand:read"}
    assert found.stores is None
    assert found.events.is_readable is False


@pytest.mark.full
@pytest.mark.parametrize("denied", [{"Order.attributes:read", "PaymentHistory:read"}, {"Warehouse:read"}])
def test_one_denial_at_a_time_comes_to_the_same(shop: Sandbox, denied: set[str]) -> None:
    """Whether Centra names all missing permissions or only the first one."""
    found = []
    for at_once in (True, False):
        shop.configure(denied=denied, denials_at_once=at_once)
        one = run_check(shop, *SOME)
        found.append((one.lacking, one.unneeded, one.list_names("full"), one.list_names("partial")))
    assert found[0] == found[1]
    assert set(found[0][0]) == denied


@pytest.mark.full
def test_status_of_a_denial_does_not_matter(shop: Sandbox) -> None:
    """Centra does not document the HTTP status of a permission error."""
    found = []
    for status in (200, 400, 401, 403):
        shop.configure(denied={"Order.attributes:read", "Warehouse:read"}, denial_status=status)
        one = run_check(shop, *SOME)
        found.append((one.lacking, one.unneeded, one.list_names("full"), one.list_names("partial")))
    assert found == [found[0]] * 4
    assert found[0][0] == ("Order.attributes:read", "Warehouse:read")


@pytest.mark.full
def test_search_for_unneeded_permissions_is_given_up(shop: Sandbox) -> None:
    """A shop that names one of fifty missing permissions at a time is not asked fifty times."""
    shop.configure(permissions=frozenset({"Brand:read"}), denials_at_once=False)
    found = run_check(shop, "brands", events="off")
    assert (found.is_sufficient, found.unneeded) == (True, None)
    assert len(shop.requests) < 45


def test_restricted_token_sees_its_stores(shop: Sandbox) -> None:
    """And no other: that there are more, nobody can tell."""
    shop.configure(store_ids=frozenset({2}))
    found = run_check(shop, "stores")
    assert [one.id for one in found.stores or ()] == [2]
    assert found.is_sufficient


def test_expired_token_is_refused(shop: Sandbox) -> None:
    """With the words of a load."""
    shop.configure(token_expired=True)
    with pytest.raises(TokenRefused, match="Tokens expire"):
        run_check(shop, "stores")


def test_older_shop_is_not_a_fault_of_the_token(shop: Sandbox) -> None:
    """Fields that the schema lacks are reported and do not count as missing."""
    shop.configure(without=("Query.vouchers", "Product.weight", "Query.productSizeConnection"))
    found = run_check(shop, "products", "product_sizes", "vouchers")
    assert found.is_sufficient
    assert (found.list_names("absent"), found.list_names("full")) == (
        ["vouchers"],
        ["products", "product_sizes"],
    )
    assert found.resources["products"].missing == ("Product.weight",)
    assert found.resources["vouchers"].missing == ("Query.vouchers",)
    assert "Voucher:read" not in found.needed


@pytest.mark.full
def test_newer_shop_is_checked_as_documented(shop: Sandbox) -> None:
    """Fields that nobody knows yet are not asked for."""
    shop.configure(extra_sdl="extend type Product { season: String }")
    assert run_check(shop, "products").list_names("full") == ["products"]


def test_shop_without_introspection(shop: Sandbox) -> None:
    """Queries go out as documented; needs and lacks are found all the same."""
    shop.configure(denied={"Order.attributes:read"})
    found = run_check(shop, *SOME, **NO_INTROSPECTION)
    assert (found.shows_schema, found.lacking) == (False, ("Order.attributes:read",))
    assert found.unneeded
    assert list_permissions(SOME) == list(found.needed)


def test_older_shop_without_introspection_is_read_in_full(shop: Sandbox) -> None:
    """Its refusal shows what it lacks, which the check reports and does not blame the token for."""
    shop.configure(without=("Product.weight",))
    found = run_check(shop, "products", "brands", **NO_INTROSPECTION)
    assert (found.is_sufficient, found.list_names("full")) == (True, ["products", "brands"])
    assert [one.missing for one in found.resources.values()] == [("Product.weight",), ()]


def test_event_queue_is_reported(shop: Sandbox) -> None:
    """Who listens, whether events wait, and whether another system is there; off is not asked for."""
    assert not run_check(shop, "products").events.is_filled
    shop.shop.events.listen([{"objectType": "Product", "changeTypes": ["DELETED", "CREATED"]}])
    shop.shop.update(shop.shop.products[0], name="New")
    since = shop.clock.now().date()
    try:
        shop.shop.remove(shop.shop.products[-1])
        events = run_check(shop, "products").events
    finally:
        shop.shop.events.listeners.clear()
        shop.shop.events.queue.clear()
    assert set(events.listeners) == {"Product"}
    assert (events.is_readable, events.is_shared, events.is_filled) == (True, True, True)
    assert [str(one) for one in events.others] == [f"Product (CREATED, DELETED, since {since})"]
    assert events.integrations == ("sandbox",)
    output = StringIO()
    token_report.show_check(
        Console(file=output, width=1_000), replace(run_check(shop, "stores"), events=events)
    )
    assert "the integration sandbox listens to Product" in output.getvalue()
    assert f"loads leave the queue alone: Product (CREATED, DELETED, since {since});" in output.getvalue()
    assert "All tokens of an integration share its queue" in output.getvalue()
    assert "what nobody confirms stays in it for ever" in output.getvalue()
    off = run_check(shop, "products", events="off")
    assert off.events.is_readable is None
    assert not {"Event:read", "Event:write"}.intersection(off.needed)


@pytest.mark.full
def test_excluded_parts_are_not_needed(shop: Sandbox) -> None:
    """Neither asked for, nor missed."""
    shop.configure(denied={"Order.attributes:read"})
    found = run_check(shop, "orders", exclude=["order_attributes"])
    assert found.is_sufficient
    assert "Order.attributes:read" not in {
        *found.needed,
        *list_permissions(["orders"], exclude=["order_attributes"]),
    }


def test_settings_are_checked_before_anything_is_asked(shop: Sandbox) -> None:
    """Like those of a load."""
    with pytest.raises(InvalidSetting, match="events is 'maybe'"):
        run_check(shop, events="maybe")
    assert shop.requests == []


@pytest.mark.full
def test_listed_permissions_are_enough(shop: Sandbox, target: Target) -> None:
    """A token with exactly these loads everything."""
    shop.configure(permissions=frozenset(list_permissions(RESOURCES)))
    target.load(shop, *RESOURCES)
    assert left_out(target) == []
    found = run_check(shop)
    assert (found.is_sufficient, found.unneeded) == (True, ())


def read_printed_permissions(output: str) -> list[str]:
    """The names in what `--permissions` prints, without the marks behind them."""
    return [line.partition("#")[0].strip() for line in output.splitlines()]


def test_printed_permissions_are_enough(shop: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """A token that is made from the printed list, before there is a token, is denied nothing."""
    token_report.print_permissions(list(RESOURCES), {})
    shop.configure(permissions=frozenset(read_printed_permissions(capsys.readouterr().out)))
    found = run_check(shop)
    assert (found.is_sufficient, found.lacking, found.unneeded) == (True, (), ())
    assert found.list_names("full") == list(RESOURCES)


def test_inferred_permissions_are_marked(capsys: pytest.CaptureFixture[str]) -> None:
    """Who looks for one of them in Centra in vain knows why; the others have no mark."""
    token_report.print_permissions(["lowest_prices", "stores"], {})
    output = capsys.readouterr()
    assert "LowestPrice:read  # inferred" in output.out.splitlines()
    assert "Store:read" in output.out.splitlines()
    marked = output.out.count("# inferred")
    assert f"{marked} of them are inferred: no page of Centra names them." in output.err


@pytest.mark.full
def test_permission_that_the_shop_names_is_not_inferred(shop: Sandbox) -> None:
    """Either because the token has it, or because Centra asks for it."""
    name = "LowestPrice:read"
    assert run_check(shop, "lowest_prices").inferred == ()
    shop.configure(denied={name})
    assert (name in run_check(shop, "lowest_prices").lacking, run_check(shop, "lowest_prices").inferred) == (
        True,
        (),
    )
    shop.configure(denied={"Subscription:read"}, denials_at_once=False)
    found = run_check(shop, "subscription_contracts")
    hidden = [one for one in found.unproven if one in list_inferred_permissions()]
    assert list(found.inferred) == hidden
    output = StringIO()
    token_report.show_check(Console(file=output, width=200), found)
    for one in hidden:
        assert f"{one} (inferred)" in output.getvalue()


NEEDED = list_permissions(["product_variants"], events="off")


@pytest.mark.parametrize("lacking", representative(NEEDED, NEEDED[0]))
def test_each_listed_permission_is_needed(shop: Sandbox, target: Target, lacking: str) -> None:
    """Without one of them, something is left out and the permission is named."""
    shop.configure(permissions=frozenset(NEEDED) - {lacking})
    target.load(shop, "product_variants", events="off")
    assert any(lacking in sentence for sentence in left_out(target))


ENDINGS: list[tuple[dict[str, Any], int, str]] = [
    ({}, 0, "The token reads all 2 resources in full."),
    (
        {"denied": {"Order.attributes:read"}},
        3,
        "The token reads 1 of 2 resources in full, 1 in part; it lacks a permission.",
    ),
    (
        {"permissions": frozenset({"Voucher:read"})},
        3,
        "The token reads 0 of 2 resources in full, 2 not at all; it lacks",
    ),
    ({"without": ("Product.weight",)}, 0, "The token reads all 2 resources in full."),
]


@pytest.mark.parametrize(
    ("switches", "code", "sentence"),
    representative(ENDINGS, ENDINGS[1]),
    ids=["full", "partial", "nothing", "older"],
)
def test_command_ends_as_its_help_says(
    shop: Sandbox, workplace: Workplace, switches: dict[str, Any], code: int, sentence: str
) -> None:
    """The verdict comes first; neither database nor state comes into being, and the token is not shown."""
    shop.configure(**switches)
    done = workplace.load(shop, "check", "--resources", "products,orders")
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.splitlines()[0].startswith(sentence)
    assert shop.token not in done.stdout
    for denied in switches.get("denied", ()):
        assert denied in done.stdout
    assert not list(workplace.folder.rglob("*.duckdb"))


FAILURES: list[tuple[list[str], dict[str, str], int, str]] = [
    ([], {"ACCESS_TOKEN": "wrong-token"}, 1, "Centra does not accept the token"),
    ([], {"BASE_URL": "http://127.0.0.1:9/graphql", "RETRY_LIMIT": "0.1"}, 1, "cannot be reached"),
    (["--resources", "order"], {}, 2, "There is no resource 'order'"),
    (["--json", "--permissions"], {}, 2, "exclude each other: choose one"),
]


@pytest.mark.full
@pytest.mark.parametrize(
    ("command", "variables", "code", "sentence"),
    FAILURES,
    ids=["token", "unreachable", "resource", "options"],
)
def test_command_fails_with_one_sentence(
    shop: Sandbox,
    workplace: Workplace,
    command: list[str],
    variables: dict[str, str],
    code: int,
    sentence: str,
) -> None:
    """And with the codes of every job."""
    named = {f"SOURCES__CENTRA_SOURCE__{name}": value for name, value in variables.items()}
    refused = workplace.load(shop, "check", *command, **named)
    assert (refused.returncode, refused.stdout) == (code, "")
    assert sentence in refused.stderr
    assert "wrong-token" not in refused.stderr


@pytest.mark.full
def test_options_of_a_check_are_for_a_check(workplace: Workplace) -> None:
    """A load that was meant to be a check does not begin."""
    refused = workplace.run("--permissions")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "option of `centra check`" in refused.stderr


@pytest.mark.full
@pytest.mark.parametrize("granted", [None, frozenset(), frozenset({"Order:read", "Product:read"})])
def test_screen_fits_every_resource(
    shop: Sandbox, workplace: Workplace, granted: frozenset[str] | None
) -> None:
    """Every resource fits on 50 lines of 110 columns, whatever permissions the token lacks."""
    shop.configure(permissions=granted)
    everything = ",".join(RESOURCES)
    lines = workplace.load(shop, "check", "--resources", everything, COLUMNS="110").stdout.splitlines()
    assert len(lines) <= 50
    assert max(map(len, lines)) <= 110
    words = " ".join(lines).replace(",", " ").split()
    assert [name for name in RESOURCES if name not in words] == []


@pytest.mark.full
def test_json_is_one_object(shop: Sandbox, workplace: Workplace) -> None:
    """With the keys that are documented, and nothing around it."""
    shop.configure(denied={"Order.attributes:read"})
    done = workplace.load(shop, "check", "--json", "--resources", "orders")
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (3, "")
    assert found["is_sufficient"] is False
    assert found["resources"]["orders"]["lacking"] == ["Order.attributes:read"]
    assert set(found) == {"is_sufficient", "last_runs", *Check.__dataclass_fields__}
    assert shop.token not in done.stdout


@pytest.mark.full
def test_permissions_are_printed_one_on_a_line(shop: Sandbox, workplace: Workplace) -> None:
    """The same with a shop, with a token that is refused, and before there is a shop at all."""
    command = ("check", "--permissions", "--resources", "orders,stores")
    done = workplace.load(shop, *command)
    shop.configure(token_expired=True)
    refused = workplace.load(shop, *command)
    alone = workplace.run(*command)
    for output in (done, refused, alone):
        assert output.returncode == 0
        assert read_printed_permissions(output.stdout) == list_permissions(["orders", "stores"])
        assert len(output.stderr.splitlines()) == 1
    assert "does not accept the token" in refused.stderr
