"""Deletions and changes that move no timestamp arrive through the event queue, or by a sweep."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from centra_sandbox import Errors, HttpError, MissingEdge, Request, Sandbox, Shop
from centra_sandbox.faults import JSON, Exchange, Fault
from centra_source.exceptions import IncompleteRead, InvalidSetting

from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.target import Target, catch_error
from ..support.workplace import Row

RETURN_TABLES = ("returns", "return_lines")


def asked(sandbox: Sandbox, operation: str) -> list[Request]:
    """The requests of one operation so far."""
    return [request for request in sandbox.requests if request.operation == operation]


def queue(sandbox: Sandbox) -> list[tuple[str, str]]:
    """The events that wait in the queue."""
    return [(event["objectType"], event["changeType"]) for event in sandbox.shop.events.queue]


def notes(target: Target) -> list[str]:
    """The notes in the audit for the owner of the token."""
    return [row["note"] for row in target.rows("load_audit") if row["note"]]


def without(rows: list[Row], column: str) -> list[Row]:
    """The rows without one column."""
    return [{name: row[name] for name in row if name != column} for row in rows]


@pytest.fixture
def loaded(small_shop: Sandbox, target: Target) -> Target:
    """The shop's returns and orders, loaded once, so that the queue is listened to."""
    order = next(order for order in small_shop.shop.orders if order["shipments"])
    for _ in range(3):
        small_shop.shop.add_return(order)
    return target.load(small_shop, "orders", "returns", "displays")


def test_deleted_object_is_marked(small_shop: Sandbox, loaded: Target) -> None:
    """By default its rows and lines stay, with the moment of the deletion. No other row is marked."""
    gone = small_shop.shop.returns[0]
    assert gone["lines"]
    before = {table: loaded.rows(table) for table in RETURN_TABLES}
    small_shop.clock.set(datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc))
    small_shop.shop.remove(gone)
    loaded.load(small_shop, "returns")
    for table, owner in zip(RETURN_TABLES, ("id", "return_id"), strict=True):
        rows = loaded.rows(table)
        moments = {row[owner]: row["deleted_at"] for row in rows}
        assert moments.pop(gone["id"]) == small_shop.clock.now()
        assert set(moments.values()) == {None}
        assert sorted(map(str, without(rows, "deleted_at"))) == sorted(
            map(str, without(before[table], "deleted_at"))
        )


@pytest.mark.full
def test_deleted_object_is_removed_where_wanted(small_shop: Sandbox, loaded: Target) -> None:
    """deletes="hard" leaves neither the row nor its children."""
    gone = next(order for order in small_shop.shop.orders if order["shipments"] and order["lines"])
    small_shop.shop.remove(gone)
    loaded.load(small_shop, "orders", "returns", deletes="hard")
    for table in ("orders", "order_lines", "order_payments", "order_attributes", *RETURN_TABLES):
        assert find_differences(small_shop.shop, table, loaded.rows(table)) == []


@pytest.mark.full
@pytest.mark.parametrize("deletes", ["soft", "hard"])
def test_deletions_are_listed(small_shop: Sandbox, loaded: Target, deletes: str) -> None:
    """deleted_objects identifies each object as Centra's events do (orders by number), and its row."""
    order, returned = small_shop.shop.orders[0], small_shop.shop.returns[-1]
    small_shop.clock.set(datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc))
    never_loaded = small_shop.shop.add_return(next(o for o in small_shop.shop.orders if o["shipments"]))
    small_shop.shop.remove(never_loaded, returned)
    small_shop.shop.remove(order)
    loaded.load(small_shop, "orders", "returns", deletes=deletes)
    listed = {row["id"]: row for row in loaded.rows("deleted_objects")}
    moment = small_shop.clock.now()
    assert listed[f"orders {order['number']}"] == {
        "id": f"orders {order['number']}",
        "resource": "orders",
        "reference": str(order["number"]),
        "object_id": order["id"],
        "deleted_at": moment,
        "noticed_through": "event",
    }
    assert listed[f"returns {returned['id']}"]["object_id"] == str(returned["id"])
    assert listed[f"returns {never_loaded['id']}"]["object_id"] is None


@pytest.mark.full
@pytest.mark.parametrize(
    "change", representative(["UPDATED", "COMPLETED", "DEPENDENT_DATA_CHANGED"], "COMPLETED")
)
def test_silent_change_arrives_by_its_event(small_shop: Sandbox, target: Target, change: str) -> None:
    """A return from before the look-back is completed, which changes no date: it is read again by its id."""
    order = next(order for order in small_shop.shop.orders if order["shipments"])
    long_ago = small_shop.clock.now().replace(microsecond=0) - timedelta(days=400)
    returned = small_shop.shop.add_return(order, createdAt=long_ago)
    target.load(small_shop, "returns")
    small_shop.shop.touch_silently(returned, returnStatus="COMPLETED")
    small_shop.shop.announce(returned, change)
    target.load(small_shop, "returns")
    for table in RETURN_TABLES:
        assert find_differences(small_shop.shop, table, target.rows(table)) == []


@pytest.mark.full
def test_orders_are_read_again_by_their_number(small_shop: Sandbox, loaded: Target) -> None:
    """Events name orders by number; a silent change of several is read in one request."""
    changed = small_shop.shop.orders[5:9]
    for order in changed:
        small_shop.shop.touch_silently(order, otherComment="changed without a trace")
        small_shop.shop.announce(order, "DEPENDENT_DATA_CHANGED")
    small_shop.requests.clear()
    loaded.load(small_shop, "orders")
    wheres = [request.variables["where"] for request in asked(small_shop, "orders")]
    (by_number,) = (where["number"] for where in wheres if "number" in where)
    assert sorted(by_number) == sorted(order["number"] for order in changed)
    assert find_differences(small_shop.shop, "orders", loaded.rows("orders")) == []


@pytest.mark.full
def test_what_the_window_brings_is_not_read_again(small_shop: Sandbox, loaded: Target) -> None:
    """An update that moves the timestamp costs no request by id."""
    small_shop.shop.update(small_shop.shop.orders[0], otherComment="seen by the cursor")
    small_shop.requests.clear()
    loaded.load(small_shop, "orders")
    assert all("number" not in request.variables["where"] for request in asked(small_shop, "orders"))


@pytest.mark.full
def test_objects_without_lists_are_listened_to_for_deletions_only(
    small_shop: Sandbox, loaded: Target
) -> None:
    """Their changes move updatedAt, and every nightly import would flood the queue with them."""
    loaded.load(small_shop, "product_sizes")
    listeners = small_shop.shop.events.listeners
    assert listeners["ProductSize"]["changeTypes"] == ["DELETED"]
    assert set(listeners["Return"]["changeTypes"]) == {
        "CREATED",
        "UPDATED",
        "COMPLETED",
        "DELETED",
        "DEPENDENT_DATA_CHANGED",
    }


def test_events_are_confirmed_by_the_run_after(small_shop: Sandbox, loaded: Target) -> None:
    """An event stays in the queue until the load that used it has committed."""
    small_shop.shop.remove(small_shop.shop.returns[0])
    loaded.load(small_shop, "returns")
    assert ("Return", "DELETED") in queue(small_shop)
    loaded.load(small_shop, "returns")
    assert queue(small_shop) == []


@pytest.mark.full
def test_failed_load_leaves_its_events_in_the_queue(small_shop: Sandbox, loaded: Target) -> None:
    """A run that reads the queue and then fails uses no event. The next run does."""
    gone = small_shop.shop.returns[0]
    small_shop.shop.remove(gone)
    small_shop.fail(HttpError(503), operation="returns", times=999)
    with pytest.raises(Exception, match="503"):
        loaded.load(small_shop, "returns", retry_limit=0.05)
    assert ("Return", "DELETED") in queue(small_shop)
    small_shop.recover()
    loaded.load(small_shop, "returns", deletes="hard")
    assert find_differences(small_shop.shop, "returns", loaded.rows("returns")) == []


@pytest.mark.full
def test_deletion_between_two_requests_is_left_to_the_next_load(small_shop: Sandbox, loaded: Target) -> None:
    """An object that a window has brought is not deleted by the same load; its event waits."""
    gone = small_shop.shop.returns[0]
    pages: list[Request] = []

    def delete_after_the_first_page(request: Request, shop: Shop) -> None:
        if request.operation == "returns" and "after" in request.variables:
            pages.append(request)
            if len(pages) == 2:
                shop.remove(gone)

    small_shop.before_request(delete_after_the_first_page)
    loaded.load(small_shop, "returns", deletes="hard", page_size=1)
    assert gone["id"] in {row["id"] for row in loaded.rows("returns")}
    assert queue(small_shop)[0] == ("Return", "DELETED")
    loaded.load(small_shop, "returns", deletes="hard")
    assert find_differences(small_shop.shop, "returns", loaded.rows("returns")) == []


@pytest.mark.full
def test_object_that_is_there_all_the_same_stays(small_shop: Sandbox, loaded: Target) -> None:
    """A deletion counts only if the shop does not return the object on request."""
    small_shop.shop.announce(small_shop.shop.returns[0], "DELETED")
    loaded.load(small_shop, "returns", deletes="hard")
    assert find_differences(small_shop.shop, "returns", loaded.rows("returns")) == []
    assert loaded.rows("deleted_objects") == []


@pytest.mark.full
@pytest.mark.parametrize("deletes", representative(["soft", "hard"], "hard"))
def test_object_that_a_window_hands_out_after_all_stays(
    small_shop: Sandbox, target: Target, deletes: str
) -> None:
    """If Centra's answers disagree within a run, the later one counts: the row is not deleted."""
    target.load(small_shop, "displays")
    display = small_shop.shop.displays[0]
    small_shop.shop.update(display, name="still there")
    small_shop.shop.announce(display, "DELETED")

    def hide_from_questions_by_id(request: Request, shop: Shop) -> None:
        if request.operation == "displays":
            shop.displays[:] = [one for one in shop.displays if one is not display]
            if "id" not in request.variables["where"]:
                shop.displays.insert(0, display)

    small_shop.before_request(hide_from_questions_by_id)
    target.load(small_shop, "displays", deletes=deletes)
    assert find_differences(small_shop.shop, "displays", target.rows("displays")) == []
    assert target.rows("deleted_objects") == []
    assert ("Display", "DELETED") in queue(small_shop)


@pytest.mark.full
def test_long_queue_is_worked_off_without_windows(small_shop: Sandbox, loaded: Target) -> None:
    """Events beyond one request wait for runs that read only the queue."""
    returns = small_shop.shop.returns
    for _ in range(250):
        small_shop.shop.announce(returns[0], "UPDATED")
    small_shop.shop.touch_silently(returns[-1], returnStatus="COMPLETED")
    small_shop.shop.announce(returns[-1], "COMPLETED")
    loaded.load(small_shop, "returns", lookback={"returns": "0 seconds"})
    state = loaded.pipeline.state["sources"]["centra_source"]["resources"]["returns"]["events"]
    assert state["is_waiting"]
    small_shop.requests.clear()
    loaded.load(small_shop, "returns", only_events=True)
    assert all("createdAt" not in request.variables["where"] for request in asked(small_shop, "returns"))
    assert find_differences(small_shop.shop, "returns", loaded.rows("returns")) == []
    state = loaded.pipeline.state["sources"]["centra_source"]["resources"]["returns"]["events"]
    assert not state["is_waiting"]


@pytest.mark.full
def test_missing_permission_is_noted_once(target: Target) -> None:
    """Without Event:read everything else is loaded. The audit has one note with the reason and the remedy."""
    with Sandbox(products=8, orders=20, denied={"Event:read"}) as sandbox:
        target.load(sandbox, "orders", "returns", "displays")
        assert find_differences(sandbox.shop, "orders", target.rows("orders")) == []
    (note,) = notes(target)
    assert "Event:read" in note
    assert "--sweep" in note


@pytest.mark.full
def test_queue_that_stays_empty_although_the_shop_changes_is_noted_once(target: Target) -> None:
    """Centra enables events for each shop. Before that the queue answers, but stays empty."""
    with Sandbox(products=8, orders=20, events_enabled=False) as sandbox:
        target.load(sandbox, "orders", "displays")
        assert notes(target) == []
        sandbox.clock.advance(timedelta(minutes=5))
        sandbox.shop.update(sandbox.shop.orders[0], otherComment="without an event")
        sandbox.shop.update(sandbox.shop.displays[0], name="nor here")
        target.load(sandbox, "orders", "displays")
        (note,) = notes(target)
        assert "ask Centra to enable it" in note


@pytest.mark.full
def test_quiet_queue_of_a_quiet_shop_says_nothing(small_shop: Sandbox, loaded: Target) -> None:
    """Nothing changed and no event came, so there is no note."""
    loaded.load(small_shop, "orders", "returns", "displays")
    assert notes(loaded) == []


@pytest.mark.full
def test_own_listeners_of_an_earlier_database_are_known_again(small_shop: Sandbox, target: Target) -> None:
    """A new database continues with the queue of the old one."""
    target.load(small_shop, "orders", "returns", "displays", "products")
    (target.folder / "again").mkdir()
    again = Target(target.folder / "again")
    again.load(small_shop, "orders", "returns")
    assert notes(again) == []


@pytest.mark.full
def test_events_can_be_switched_off(small_shop: Sandbox, target: Target) -> None:
    """events="off" sends no request to the queue."""
    target.load(small_shop, "orders", events="off")
    assert {request.operation for request in small_shop.requests} == {"rateLimits", "orders"}


def test_sweep_marks_what_is_gone(small_shop: Sandbox, target: Target) -> None:
    """Only ids are listed and compared. Objects that the shop does not return by id are marked."""
    target.load(small_shop, "orders", "shipments", events="off")
    gone = next(order for order in small_shop.shop.orders if order["shipments"])
    small_shop.shop.remove(gone)
    small_shop.requests.clear()
    target.load(small_shop, "orders", "shipments", events="off", sweep=True)
    marked = {row["id"] for row in target.rows("orders") if row["deleted_at"]}
    assert marked == {gone["id"]}
    assert {row["order_id"] for row in target.rows("order_lines") if row["deleted_at"]} <= marked
    (listed,) = (row for row in target.rows("deleted_objects") if row["resource"] == "orders")
    assert (listed["reference"], listed["noticed_through"]) == (str(gone["number"]), "sweep")
    (line,) = target.audit("orders", "sweep")
    assert line["expected"] == line["loaded"] == len(small_shop.shop.orders)


@pytest.mark.full
def test_sweep_removes_where_wanted(small_shop: Sandbox, target: Target) -> None:
    """deletes="hard" applies to sweeps as well."""
    shop = small_shop.shop
    read = ("displays", "orders", "shipments")
    target.load(small_shop, *read, events="off")
    ordered = [line["display"] for line in shop.order_lines if line["display"]]
    unordered = next(display for display in shop.displays if all(display is not one for one in ordered))
    shop.remove(unordered, shop.orders[0])
    target.load(small_shop, *read, events="off", sweep=True, deletes="hard")
    for table in ("displays", "display_items", "orders", "order_lines", "shipments", "shipment_lines"):
        assert find_differences(small_shop.shop, table, target.rows(table)) == []


@pytest.mark.full
def test_second_sweep_finds_nothing_new(small_shop: Sandbox, target: Target) -> None:
    """Rows that are already marked keep their moment of deletion."""
    target.load(small_shop, "orders", events="off")
    small_shop.shop.remove(small_shop.shop.orders[0])
    target.load(small_shop, "orders", events="off", sweep=True)
    before = target.rows("deleted_objects")
    small_shop.clock.advance(timedelta(days=1))
    target.load(small_shop, "orders", events="off", sweep=True)
    assert target.rows("deleted_objects") == before


@pytest.mark.parametrize(
    "fault",
    representative([MissingEdge(), Errors("Internal server error"), HttpError(502)], MissingEdge()),
    ids=str,
)
def test_sweep_never_judges_by_a_short_or_failed_list(
    small_shop: Sandbox, target: Target, fault: Any
) -> None:
    """A list of ids that is never complete fails the run, and nothing is marked."""
    target.load(small_shop, "displays", events="off")
    small_shop.fail(fault, operation="displays", times=99)
    with pytest.raises(Exception, match=r"displays|502"):
        target.load(small_shop, "displays", events="off", sweep=True, retry_limit=0.05)
    assert all(row["deleted_at"] is None for row in target.rows("displays"))


class OneLess(Fault):
    """A list without its last object, which is not counted either."""

    async def strike(self, exchange: Exchange) -> None:
        """Answers one edge short, and one less."""
        answer = exchange.respond_normally()
        (connection,) = answer.body["data"].values()
        connection["edges"] = connection["edges"][:-1]
        connection["totalCount"] -= 1
        await exchange.send(200, {"content-type": JSON}, answer.encode())


@pytest.mark.full
def test_sweep_asks_again_for_what_a_short_list_lacks(small_shop: Sandbox, target: Target) -> None:
    """Even if Centra counts too few objects, an object that is returned by id stays."""
    target.load(small_shop, "displays", events="off")
    small_shop.fail(OneLess(), operation="displays")
    target.load(small_shop, "displays", events="off", sweep=True)
    assert all(row["deleted_at"] is None for row in target.rows("displays"))
    assert target.rows("deleted_objects") == []


@pytest.mark.full
def test_sweep_that_would_mark_too_much_fails(target: Target) -> None:
    """A token that was restricted to another store must not empty the tables."""
    with Sandbox(products=12, orders=150, dtc_stores=2) as sandbox:
        target.load(sandbox, "orders", events="off")
        sandbox.configure(store_ids={sandbox.shop.stores[0]["id"]})
        error = catch_error(IncompleteRead, lambda: target.load(sandbox, "orders", events="off", sweep=True))
        assert "Check that the token still reads all stores" in str(error)
        assert all(row["deleted_at"] is None for row in target.rows("orders"))


@pytest.mark.full
def test_marked_object_that_comes_back_is_unmarked(small_shop: Sandbox, target: Target) -> None:
    """A row that the shop lists again is not deleted."""
    target.load(small_shop, "displays", events="off")
    display = small_shop.shop.displays[0]
    rows, place = small_shop.shop.displays, 0
    small_shop.shop.displays.remove(display)
    small_shop.shop.version += 1
    target.load(small_shop, "displays", events="off", sweep=True)
    assert [row["id"] for row in target.rows("displays") if row["deleted_at"]] == [display["id"]]
    rows.insert(place, display)
    small_shop.shop.update(display, name="back again")
    target.load(small_shop, "displays", events="off")
    assert find_differences(small_shop.shop, "displays", target.rows("displays")) == []


@pytest.mark.parametrize(
    "settings", [{"deletes": "maybe"}, {"events": "yes"}], ids=lambda given: str(*given.values())
)
def test_unknown_choice_is_refused(small_shop: Sandbox, target: Target, settings: dict[str, str]) -> None:
    """The message lists the words that are allowed."""
    error = catch_error(InvalidSetting, lambda: target.load(small_shop, "orders", **settings))
    assert "choose " in str(error)
    assert small_shop.requests == []
