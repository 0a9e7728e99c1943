"""Loads of shops that do not show their schema: what they lack is learned from their refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from centra_sandbox import Errors, Sandbox
from centra_source.check.token_check import check_token
from centra_source.exceptions import Complaint, QueryRefused
from centra_source.operations.documents import load_operation, load_schema
from centra_source.operations.fitting import fit_operation
from centra_source.operations.refusals import find_changes
from centra_source.operations.schema_types import Changes, with_changes

from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.target import Target, catch_error

Lacking = tuple[str, ...]


@pytest.fixture(autouse=True)
def own_schemas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own for what is kept of each shop."""
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data" / "centra_schemas"


def notes(target: Target, resource: str) -> list[str]:
    """What loads have left out of a resource."""
    return [row["note"] for row in target.audit(resource, "left out")]


def count_requests(sandbox: Sandbox, operation: str) -> int:
    """How many requests of an operation the shop has got."""
    return [one.operation for one in sandbox.requests].count(operation)


LACKING: dict[str, tuple[Lacking, str, set[str]]] = {
    "field": (("Brand.uri",), "brands", {"Brand.uri"}),
    "many faults at once": (
        ("Order.userIP", "MonetaryValue.conversionRate", "OrderSort.number_ASC", "OrderFilter.updatedAt"),
        "orders",
        {"Order.userIP"},
    ),
    "sort": (("Query.orderConnection.sort",), "orders", set()),
    "both conditions of the cursor": (("OrderFilter.updatedAt", "OrderFilter.createdAt"), "orders", set()),
    "type of the filter": (("OrderFilter",), "orders", set()),
    "where": (("Query.orderConnection.where",), "orders", set()),
    "connection": (("Query.orderConnection",), "orders", set()),
    "type of a fragment": (("DirectToConsumerReturn",), "returns", set()),
    "object": (("Order.billingAddress",), "orders", {"Order.billingAddress"}),
}
"""What a shop can lack: the parts of its schema, a resource that asks for them, and what is then null."""

EDITED = {"brands": "name", "orders": "otherComment"}
"""A field of each resource that an edit changes, if edits of it are seen."""


@pytest.mark.parametrize("wording", representative(["php", "js"], "php"))
@pytest.mark.parametrize(
    ("lacking", "resource", "without"),
    representative(LACKING.values(), LACKING["many faults at once"]),
    ids=LACKING,
)
def test_rows_of_the_rest_are_exact(
    small_shop: Sandbox, target: Target, wording: str, lacking: Lacking, resource: str, without: set[str]
) -> None:
    """What the shop refuses is asked no more, and load_audit names it. A second load is exact too."""
    shop = small_shop.shop
    small_shop.configure(introspection=False, wording=wording, without=lacking)
    shop.returns[:] = [one for one in shop.returns if one["__typename"] not in lacking]
    for _ in range(2):
        target.load(small_shop, resource, events="off", lookback="9999 days")
        assert find_differences(shop, resource, target.rows(resource), without=without) == []
        if resource in EDITED:
            shop.update(getattr(shop, resource)[0], **{EDITED[resource]: "edited"})
    first, second = notes(target, resource)
    assert first == second
    assert first.startswith(f"The shop's Centra ({small_shop.settings.version}) lacks ")


def test_check_learns_too(small_shop: Sandbox, own_schemas: Path) -> None:
    """It reports what is missing, as for a shop that shows its schema."""
    small_shop.configure(introspection=False, without=("Brand.uri", "Store.name", "Query.vouchers"))
    chosen = ["brands", "stores", "vouchers"]
    found = check_token(chosen, base_url=small_shop.url, access_token=small_shop.token)
    lacking = {name: one.missing for name, one in found.resources.items()}
    assert lacking == {"brands": ("Brand.uri",), "stores": ("Store.name",), "vouchers": ("Query.vouchers",)}
    assert found.stores


def test_missing_limit_of_a_nested_list_is_done_without(small_shop: Sandbox, target: Target) -> None:
    """The list comes whole, so that nothing is missing."""
    nested = "DeliveryWindow.deliveryWindowVariants"
    small_shop.configure(introspection=False, without=(f"{nested}.limit", f"{nested}.page"))
    target.load(small_shop, "delivery_windows", events="off")
    for table in ("delivery_windows", "delivery_window_variants"):
        assert find_differences(small_shop.shop, table, target.rows(table)) == []
    assert count_requests(small_shop, "delivery_windows") == 2


def test_missing_root_is_named(small_shop: Sandbox, target: Target) -> None:
    """The table is there without rows, and the others are loaded."""
    small_shop.configure(introspection=False, without=("Query.vouchers", "Query.voucherConnection"))
    target.load(small_shop, "vouchers", "brands", events="off")
    assert target.rows("vouchers") == []
    assert find_differences(small_shop.shop, "brands", target.rows("brands")) == []
    version = small_shop.settings.version
    assert notes(target, "vouchers") == [f"The shop's Centra ({version}) lacks Query.vouchers."]


@pytest.mark.parametrize("introspection", representative([False, True], False))
def test_missing_key_is_named(small_shop: Sandbox, target: Target, introspection: bool) -> None:
    """Rows that nothing identifies would be merged wrongly: they are not loaded."""
    small_shop.configure(introspection=introspection, without=("Brand.id", "PaymentHistoryEntry.id"))
    target.load(small_shop, "brands", "orders", events="off")
    assert target.rows("brands") == target.rows("order_payments") == []
    assert find_differences(small_shop.shop, "order_lines", target.rows("order_lines")) == []
    assert "Brand.id" in notes(target, "brands")[0]
    assert "PaymentHistoryEntry.id" in notes(target, "orders")[0]


def test_missing_rate_limits_are_done_without(small_shop: Sandbox, target: Target) -> None:
    """The first request of a load is refused; the next one brings the version of the shop and its clock."""
    small_shop.configure(without=("Query.rateLimits",))
    target.load(small_shop, "brands", "rate_limits")
    assert find_differences(small_shop.shop, "brands", target.rows("brands")) == []
    assert "Query.rateLimits" in notes(target, "rate_limits")[0]


@pytest.mark.parametrize("lost", representative(["id", "number"], "number"))
def test_missing_condition_switches_events_off(small_shop: Sandbox, target: Target, lost: str) -> None:
    """Objects that events name cannot be requested, so that the queue is left alone."""
    small_shop.configure(without=(f"OrderFilter.{lost}",))
    target.load(small_shop, "orders", events="on", sweep=True)
    assert find_differences(small_shop.shop, "orders", target.rows("orders")) == []
    assert count_requests(small_shop, "events") == 0
    assert f"OrderFilter.{lost}" in notes(target, "orders")[0]


def test_all_faults_of_a_query_cost_one_request(
    small_shop: Sandbox, target: Target, own_schemas: Path
) -> None:
    """The list of errors holds all of them. What was learned is kept for later runs."""
    lacking = ("Brand.uri", "Brand.name", "Market.externalId")
    small_shop.configure(introspection=False, without=lacking)
    target.load(small_shop, "brands")
    assert count_requests(small_shop, "brands") == 2
    assert len(list(own_schemas.iterdir())) == 1
    small_shop.requests.clear()
    target.load(small_shop, "brands")
    assert count_requests(small_shop, "brands") == 1


@pytest.mark.parametrize("content", representative([b"", b"[]", b'{"lacking": 1}'], b"[]"))
def test_kept_refusals_that_cannot_be_read_are_learned_again(
    small_shop: Sandbox, target: Target, own_schemas: Path, content: bytes
) -> None:
    """Another program may have written the file."""
    small_shop.configure(introspection=False, without=("Brand.uri",))
    target.load(small_shop, "brands")
    (kept,) = own_schemas.iterdir()
    kept.write_bytes(content)
    target.load(small_shop, "brands")
    assert len(notes(target, "brands")) == 2


def test_refusal_for_another_reason_fails(small_shop: Sandbox, target: Target) -> None:
    """Nothing can be left out, so the error is raised at once."""
    small_shop.configure(introspection=False)
    small_shop.fail(Errors('Cannot query field "nothing" on type "Nobody".', "graphql"), "brands", times=9)
    refusal = catch_error(QueryRefused, lambda: target.load(small_shop, "brands"))
    assert "nothing" in str(refusal)
    assert count_requests(small_shop, "brands") == 1


BRANDS = """query brands($limit: Int!, $page: Int!) {
  brands(limit: $limit, page: $page) {
    id
    uri
  }
}"""

PLACE = {"brands": (2, 3), "limit:": (2, 10), "$limit": (2, 17), "uri": (4, 5)}

WORDINGS: list[tuple[str, str | None, set[str]]] = [
    ('Cannot query field "uri" on type "Brand".', "uri", {"Brand.uri"}),
    ('Cannot query field "uri" on type "Brand". Did you mean "url"?', None, {"Brand.uri"}),
    ("Cannot query field 'uri' on type 'Brand'.", None, {"Brand.uri"}),
    ('Cannot query field "uri" on type "NewBrand".', "uri", {"Brand.uri"}),
    ('Unknown argument "limit" on field "brands" of type "Query".', "limit:", {"Query.brands.limit"}),
    ('Unknown argument "limit" on field "Query.brands".', None, {"Query.brands.limit"}),
    ('Unknown argument "limit" on field "brands" of type "RootQuery".', "limit:", {"Query.brands.limit"}),
    ('Unknown type "OrderFilter". Did you mean "ReturnFilter"?', None, {"OrderFilter"}),
    ('Variable "$where" cannot be non-input type "OrderFilter".', None, {"OrderFilter"}),
    ('Value "number_ASC" does not exist in "OrderSort" enum.', None, {"OrderSort.number_ASC"}),
    ("Expected type OrderSort, found number_ASC; Did you mean number_DESC?", None, {"OrderSort.number_ASC"}),
    ("Expected type [OrderSort!], found number_ASC.", None, {"OrderSort.number_ASC"}),
    ('Expected value of type "OrderSort", found number_ASC.', None, {"OrderSort.number_ASC"}),
    (
        "Variable '$where' has invalid value: Expected value of type 'OrderFilter' not to include unknown "
        "field 'updatedAt', found: { updatedAt: {} }.",
        None,
        {"OrderFilter.updatedAt"},
    ),
    (
        'Variable "$where" got invalid value {"updatedAt":{"from":"2026"}}; '
        'Field "updatedAt" is not defined by type "OrderFilter".',
        None,
        {"OrderFilter.updatedAt"},
    ),
    (
        'Field "updatedAt" is not defined by type OrderFilter; Did you mean x?',
        None,
        {"OrderFilter.updatedAt"},
    ),
    ('Field "OrderFilter.shop" of required type "Int!" was not provided.', None, {"OrderFilter"}),
    ("Field OrderFilter.shop of required type Int! was not provided.", None, {"OrderFilter"}),
    ('Field "uri" of type "Uri" must have a sub selection.', "uri", {"Brand.uri"}),
    ('Field "uri" of type "Uri" must have a sub selection.', None, {"Brand.uri"}),
    ('Field "uri" of type "Uri" must have a selection of subfields. Did you mean', "uri", {"Brand.uri"}),
    ('Field "uri" must not have a sub selection since type "Int" has no subfields.', "uri", {"Brand.uri"}),
    ('Field "uri" argument "locale" of type "Int!" is required but not provided.', "uri", {"Brand.uri"}),
    ('Fields "uri" conflict because they return conflicting types Int and String.', "uri", {"Brand.uri"}),
    (
        'Variable "$limit" of type "Int!" used in position expecting type "Limit".',
        "$limit",
        {"Query.brands.limit"},
    ),
    (
        'Fragment cannot be spread here as objects of type "Order" can never be of type "WholesaleOrder".',
        None,
        {"WholesaleOrder"},
    ),
    ("Internal server error", "uri", set()),
    ("Syntax Error: Unexpected Name", "uri", set()),
]
"""Texts of graphql-php and graphql-js, each with the place that it is about and what it says is lacking."""


@pytest.mark.parametrize(("text", "at", "lacking"), WORDINGS)
def test_texts_say_what_is_lacking(text: str, at: str | None, lacking: set[str]) -> None:
    """With the place in the query or without, whatever the shop calls its types."""
    complaint = Complaint(text, (PLACE[at],) if at else ())
    assert find_changes([complaint], BRANDS, load_schema()) == Changes(frozenset(lacking))


def test_argument_of_another_type_is_asked_with_it() -> None:
    """The variable gets the type that the shop expects."""
    complaint = Complaint('Variable "$limit" of type "Int!" used in position expecting type "String".')
    changes = find_changes([complaint], BRANDS, load_schema())
    fitted = fit_operation(load_operation("brands"), with_changes(load_schema(), changes)).operation
    assert changes == Changes(input_types={"Query.brands.limit": "String"})
    assert fitted is not None
    assert "$limit: String" in fitted.text
