"""The edits that a merchant makes to a shop in a history, by the resource whose tables must follow them.

Each edit sets a date, raises an event, or changes a list that is read whole. Edits that would change
rows of another resource without a trace select objects that avoid it, because no loader could follow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from centra_sandbox import Shop
from centra_sandbox.nodes import Node, make

YOUNG = timedelta(days=80)
"""Returns without updatedAt are not read again after 90 days."""

LONG = 203
"""Rows of a list that needs a second page: a page has at most 200."""


def date_back(node: Node, now: datetime, by: timedelta) -> None:
    """Moves the date of an edit into the past, and the creation date too if the object is new."""
    for field in ("createdAt", "updatedAt"):
        if node.get(field) == now:
            node[field] = now - by


Change = Callable[[Shop, int, str], "Node | None"]
"""Edits the object with a number and sets a text unique to this edit; returns the object with a new date."""


def _pick(rows: Sequence[Node], which: int) -> Node | None:
    return rows[which % len(rows)] if rows else None


def _edit_field(rows: str, field: str, **others: Any) -> Change:
    """Returns an edit that sets a field of an object of a list to the text."""

    def change(shop: Shop, which: int, text: str) -> Node | None:
        node = _pick(getattr(shop, rows), which)
        if node:
            shop.update(node, **{field: text, **others})
        return node

    return change


def _repeat(change: Change) -> Change:
    """Returns an edit that edits the same object again within the second."""

    def changes(shop: Shop, which: int, text: str) -> Node | None:
        change(shop, which, f"{text}, not the last")
        return change(shop, which, text)

    return changes


def _edit_silently(name: str, field: str, event: str = "UPDATED") -> Change:
    """Returns an edit without a date but with an event."""

    def change(shop: Shop, which: int, text: str) -> None:
        node = _pick(getattr(shop, name), which)
        if node:
            shop.touch_silently(node, **{field: text})
            shop.announce(node, event)

    return change


def _delete_one(candidates: Callable[[Shop], Sequence[Node]]) -> Change:
    """Returns an edit that deletes an object, and the name of a deleted return from its order's payments."""

    def change(shop: Shop, which: int, text: str) -> None:
        node = _pick(candidates(shop), which)
        if node:
            named = [entry for entry in shop.payment_history if entry["return"]]
            shop.remove(node)
            left = {id(entry) for entry in shop.payment_history if not entry["return"]}
            for entry in named:
                if id(entry) in left:
                    shop.update(entry["order"])

    return change


def _add_order(shop: Shop, which: int, text: str) -> Node:
    order = shop.add_order(otherComment=text)
    for number in range(which % 3):
        shop.add_line(order, shop.product_sizes[number % len(shop.product_sizes)])
    return order


def _cancel_order(shop: Shop, which: int, text: str) -> Node | None:
    order = _pick(shop.orders, which)
    if order:
        for line in order["lines"]:
            shop.touch_silently(
                line, cancelledQuantity=line["quantity"] + line["cancelledQuantity"], quantity=0
            )
        shop.update(order, status="CANCELLED", otherComment=text)
    return order


def _add_line(shop: Shop, which: int, text: str) -> Node | None:
    order = _pick(shop.orders, which)
    if order:
        line = shop.add_line(order, shop.product_sizes[which % len(shop.product_sizes)])
        shop.touch_silently(line, comment=text)
    return order


def _edit_line(shop: Shop, which: int, text: str) -> Node | None:
    order = _pick([order for order in shop.orders if order["lines"]], which)
    if order:
        shop.touch_silently(order["lines"][-1], comment=text)
        shop.update(order)
    return order


def _remove_line(shop: Shop, which: int, text: str) -> Node | None:
    order = _pick([order for order in shop.orders if _list_removable_lines(shop, order)], which)
    if order:
        _take_lines(shop, order, _list_removable_lines(shop, order)[:1])
    return order


def _strip_order(shop: Shop, which: int, text: str) -> Node | None:
    """Removes everything with its own table from an order, except payments and returns."""
    order = _pick(shop.orders, which)
    if order:
        shop.touch_silently(order, attributes=[], discountsApplied=[], otherComment=text)
        if "deliveryWindows" in order:
            shop.touch_silently(order, deliveryWindows=[])
        _take_lines(shop, order, _list_removable_lines(shop, order))
    return order


def _list_removable_lines(shop: Shop, order: Node) -> list[Node]:
    """Returns lines without a return: an old return that loses one silently stays stale."""
    returned = [id(line["orderLine"]) for line in shop.return_lines]
    return [line for line in order["lines"] if id(line) not in returned]


def _take_lines(shop: Shop, order: Node, lines: Sequence[Node]) -> None:
    gone = [id(line) for line in lines]
    shipped = [s for s in order["shipments"] if any(id(line["orderLine"]) in gone for line in s["lines"])]
    shop.remove(*lines)
    for shipment in shipped:
        shop.update(shipment)
    shop.update(order)


def _change_attributes(rows: str, object_type: str) -> Change:
    """Returns an edit that replaces attributes by one with none, one or two elements."""

    def change(shop: Shop, which: int, text: str) -> Node | None:
        node = _pick(getattr(shop, rows), which)
        if node:
            element = make("AttributeStringElement", key="note", kind="INPUT", value=text)
            kind = make("AttributeType", name="note", isMapped=False)
            attribute = make("Attribute", type=kind, objectType=object_type, elements=[element] * (which % 3))
            shop.update(node, attributes=[attribute])
        return node

    return change


def _change_discounts(shop: Shop, which: int, text: str) -> Node | None:
    """Moves the discounts of one order to another."""
    giver = _pick([order for order in shop.orders if order["discountsApplied"]], which)
    taker = _pick(shop.orders, which)
    if giver and taker and giver is not taker:
        discounts = giver["discountsApplied"]
        shop.update(giver, discountsApplied=[])
        shop.update(taker, discountsApplied=discounts)
    return taker


def _add_shipment(shop: Shop, which: int, text: str) -> Node | None:
    model = _pick(shop.shipments, which)
    if not model:
        return None
    now = shop.clock.now().replace(microsecond=0)
    values = {key: value for key, value in model.items() if key not in ("__typename", "id", "lines")}
    dates = {"createdAt": now, "updatedAt": now}
    shipment = shop.add(model["__typename"], **{**values, **dates, "number": text, "lines": []})
    model["order"]["shipments"].append(shipment)
    for line in model["lines"][: which % 3]:
        parts = {name: line[name] for name in ("lineValue", "unitPrice", "orderLine")}
        shipment["lines"].append(shop.add("ShipmentLine", quantity=1, **parts))
    shop.announce(shipment, "CREATED")
    return shipment


def _ship(shop: Shop, which: int, text: str) -> Node | None:
    shipment = _pick(shop.shipments, which)
    if shipment:
        shop.update(shipment, isShipped=True, shippedAt=shop.clock.now().replace(microsecond=0))
    return shipment


def _unship_lines(shop: Shop, which: int, text: str) -> Node | None:
    returned = [id(line["shipmentLine"]) for line in shop.return_lines]
    shipment = _pick([s for s in shop.shipments if s["lines"]], which)
    if shipment:
        lines = [line for line in shipment["lines"] if id(line) not in returned]
        shop.remove(*lines[which % 2 :])
        shop.update(shipment, trackingNumber=text)
    return shipment


def _add_return(shop: Shop, which: int, text: str) -> Node | None:
    order = _pick([order for order in shop.orders if order["shipments"]], which)
    return shop.add_return(order, externalId=text) if order else None


def _list_young_returns(shop: Shop) -> list[Node]:
    oldest = shop.clock.now() - YOUNG
    return [r for r in shop.returns if shop.settings.returns_updated_at or r["createdAt"] > oldest]


def _complete_return(shop: Shop, which: int, text: str) -> Node | None:
    returned = _pick(_list_young_returns(shop), which)
    if returned:
        shop.update(returned, returnStatus="COMPLETED", returnedToStock=True, externalId=text)
    return returned


def _uncomplete_return(shop: Shop, which: int, text: str) -> Node | None:
    returned = _pick(_list_young_returns(shop), which)
    if returned:
        shop.update(returned, returnStatus="PENDING", returnedToStock=False, externalId=text)
    return returned


def _take_return_lines(shop: Shop, which: int, text: str) -> Node | None:
    returned = _pick(_list_young_returns(shop), which)
    if returned:
        shop.remove(*returned["lines"][which % 2 :])
        shop.update(returned, externalId=text)
    return returned


def _add_product(shop: Shop, which: int, text: str) -> Node:
    return shop.add_product(name=text)


def _make_unsold_lister(name: str, key: str) -> Callable[[Shop], list[Node]]:
    """Returns a function that lists objects without orders and displays: those change without a date."""

    def candidates(shop: Shop) -> list[Node]:
        named = [id(line[key]) for line in shop.order_lines if line.get(key)]
        if key == "productVariant":
            named += [id(item[key]) for item in shop.display_items]
        if key == "product":
            # Its displays go along, and others may name those.
            alone = [id(display) for display in _unrelated(shop)]
            named += [id(display[key]) for display in shop.displays if id(display) not in alone]
        return [node for node in getattr(shop, name) if id(node) not in named]

    return candidates


def _unrelated(shop: Shop) -> list[Node]:
    """Displays that no other one points to: those that do would change without a date."""
    named = [id(each["targetDisplay"]) for display in shop.displays for each in display["related"]]
    return [display for display in shop.displays if id(display) not in named]


def _add_display(shop: Shop, which: int, text: str) -> Node | None:
    product = _pick(shop.products, which)
    if not product:
        return None
    now = shop.clock.now().replace(microsecond=0)
    model = _pick(shop.displays, which)
    values = {key: model[key] for key in ("store", "taxGroup", "categories", "markets")} if model else {}
    values = {key: list(value) if isinstance(value, list) else value for key, value in values.items()}
    display = shop.add(
        "Display",
        name=text,
        status="ACTIVE",
        uri=text,
        product=product,
        updatedAt=now,
        createdAt=now,
        **values,
    )
    shop.announce(display, "CREATED")
    return display


def _add_display_item(shop: Shop, which: int, text: str) -> Node | None:
    display = _pick([each for each in shop.displays if each["product"]], which)
    variant = _pick(display["product"]["variants"], which) if display else None
    if display and variant:
        display["displayItems"].append(shop.add("DisplayItem", productVariant=variant))
        shop.update(display, name=text)
    return display


def _remove_display_item(shop: Shop, which: int, text: str) -> Node | None:
    display = _pick([each for each in shop.displays if each["displayItems"]], which)
    if display:
        shop.remove(display["displayItems"][0])
        shop.update(display, name=text)
    return display


def _strip_display(shop: Shop, which: int, text: str) -> Node | None:
    display = _pick(shop.displays, which)
    if display:
        shop.remove(*display["displayItems"])
        lists: dict[str, Any] = {
            key: [] for key in ("attributes", "categories", "markets", "media", "related")
        }
        shop.update(display, **lists, canonicalCategory=None, name=text)
    return display


def _turn_display_lists(shop: Shop, which: int, text: str) -> Node | None:
    """Moves the last category, market and picture to the front, and removes one of each."""
    display = _pick(shop.displays, which)
    if display:
        shop.update(display, **{key: display[key][:0:-1] for key in ("categories", "markets", "media")})
    return display


def _add_similar(type_name: str, field: str, *shared: str) -> Change:
    """Returns an edit that adds a dated object with the text in a field and some fields of another."""

    def change(shop: Shop, which: int, text: str) -> Node | None:
        model = _pick(shop.of(type_name), which)
        if not model:
            return None
        now = shop.clock.now().replace(microsecond=0)
        values = {key: list(value) if isinstance(value := model[key], list) else value for key in shared}
        node = shop.add(type_name, **values, **{field: text}, createdAt=now, updatedAt=now)
        shop.announce(node, "CREATED")
        return node

    return change


def _anonymise_customer(shop: Shop, which: int, text: str) -> Node | None:
    customer = _pick(shop.customers, which)
    if customer:
        nobody = dict.fromkeys(("firstName", "lastName", "phoneNumber", "cellPhoneNumber", "billingAddress"))
        shop.update(customer, **nobody, email=text, isAnonymized=True, attributes=[])
    return customer


def _change_voucher_actions(shop: Shop, which: int, text: str) -> Node | None:
    """Moves the actions of one voucher to the end of another's."""
    giver = _pick([voucher for voucher in shop.vouchers if voucher["actions"]], which)
    taker = _pick(shop.vouchers, which)
    if giver and taker and giver is not taker:
        actions = [*taker["actions"], *giver["actions"]]
        shop.update(giver, actions=[])
        shop.update(taker, actions=actions)
    return taker


def _strip_voucher(shop: Shop, which: int, text: str) -> Node | None:
    voucher = _pick(shop.vouchers, which)
    if voucher:
        shop.update(voucher, actions=[], markets=[], name=text)
    return voucher


def _add_row(type_name: str) -> Change:
    def change(shop: Shop, which: int, text: str) -> Node:
        return shop.add(type_name, name=text)

    return change


def _rename_row(name: str) -> Change:
    """Returns an edit without a trace: rows of reference lists have no date."""

    def change(shop: Shop, which: int, text: str) -> None:
        node = _pick(getattr(shop, name), which)
        if node:
            shop.touch_silently(node, name=text)

    return change


def _remove_rows(name: str, field: str) -> Change:
    """Removes every other row, or one: rows that no product names, as those would change without a date."""

    def change(shop: Shop, which: int, text: str) -> None:
        named = [id(product[field]) for product in shop.products]
        free = [node for node in getattr(shop, name) if id(node) not in named]
        shop.remove(*(free[::2] if which == 9 else free[which % len(free) :][:1] if free else ()))

    return change


def _count_stock(shop: Shop, which: int, text: str) -> None:
    row = _pick(shop.stock, which)
    if row:
        shop.touch_silently(row, physicalQuantity=row["physicalQuantity"] + 1, availableQuantity=which)


def _remove_stock(shop: Shop, which: int, text: str) -> None:
    row = _pick(shop.stock, which)
    if row:
        shop.remove(row)


def _empty_warehouse(shop: Shop, which: int, text: str) -> None:
    warehouse = _pick(shop.warehouses, which)
    if warehouse:
        shop.remove(*warehouse["stock"])


def _add_stock(shop: Shop, which: int, text: str) -> None:
    warehouse, size = _pick(shop.warehouses, which), _pick(shop.product_sizes, which)
    if warehouse and size and all(row["productSize"] is not size for row in warehouse["stock"]):
        _set_stock(shop, warehouse, size, which)


def _set_stock(shop: Shop, warehouse: Node, size: Node, quantity: int) -> None:
    row = shop.add("Stock", physicalQuantity=quantity, productSize=size, warehouse=warehouse)
    warehouse["stock"].append(row)
    size["stock"].append(row)


def _add_warehouse(shop: Shop, which: int, text: str) -> None:
    warehouse = shop.add("Warehouse", name=text)
    for number, size in enumerate(shop.product_sizes[: which % 4]):
        _set_stock(shop, warehouse, size, number)


def _make_rows_adder(type_name: str) -> Callable[[Shop], None]:
    def lengthen(shop: Shop) -> None:
        for number in range(LONG - len(shop.of(type_name))):
            shop.add(type_name, name=f"{type_name} {number}")

    return lengthen


def _add_much_stock(shop: Shop) -> None:
    variant, warehouse = shop.product_variants[0], shop.warehouses[0]
    size = shop.product_sizes[0]["size"]
    now = shop.clock.now().replace(microsecond=0)
    for number in range(LONG - len(warehouse["stock"])):
        each = shop.add("ProductSize", SKU=f"many {number}", size=size, updatedAt=now, productVariant=variant)
        _set_stock(shop, warehouse, each, number)


def _add_many_vouchers(shop: Shop) -> None:
    add = _add_similar("Voucher", "name", "store", "markets")
    for number in range(LONG - len(shop.vouchers)):
        add(shop, number, f"Voucher {number}")


LENGTHENED: dict[str, Callable[[Shop], None]] = {
    "vouchers": _add_many_vouchers,
    "brands": _make_rows_adder("Brand"),
    "collections": _make_rows_adder("Collection"),
    "stock": _add_much_stock,
}
"""How lists with pages of 200 rows grow beyond one page."""

_DATED: dict[str, dict[str, Change]] = {
    "orders": {
        "edit order": _edit_field("orders", "otherComment"),
        "edit order twice": _repeat(_edit_field("orders", "otherComment")),
        "add order": _add_order,
        "cancel order": _cancel_order,
        "add order line": _add_line,
        "edit order line": _edit_line,
        "remove order line": _remove_line,
        "strip order": _strip_order,
        "change order attributes": _change_attributes("orders", "Order"),
        "move order discounts": _change_discounts,
    },
    "shipments": {
        "edit shipment": _edit_field("shipments", "trackingNumber"),
        "edit shipment twice": _repeat(_edit_field("shipments", "trackingNumber")),
        "add shipment": _add_shipment,
        "ship": _ship,
        "unship lines": _unship_lines,
        "remove shipped order line": _remove_line,
    },
    "returns": {
        "add return": _add_return,
        "complete return": _complete_return,
        "uncomplete return": _uncomplete_return,
        "complete and uncomplete return": lambda shop, which, text: (
            _complete_return(shop, which, text) and _uncomplete_return(shop, which, text)
        ),
        "take return lines": _take_return_lines,
    },
    "products": {
        "edit product": _edit_field("products", "name"),
        "edit product twice": _repeat(_edit_field("products", "name")),
        "deactivate product": _edit_field("products", "name", status="INACTIVE"),
        "add product": _add_product,
        "edit variant of product": _edit_field("product_variants", "name"),
    },
    "product_variants": {
        "edit variant": _edit_field("product_variants", "name"),
        "edit variant twice": _repeat(_edit_field("product_variants", "name")),
        "add product with variant": _add_product,
        "edit size of variant": _edit_field("product_sizes", "SKU"),
    },
    "product_sizes": {
        "edit size": _edit_field("product_sizes", "SKU"),
        "edit size twice": _repeat(_edit_field("product_sizes", "SKU")),
        "add product with size": _add_product,
    },
    "displays": {
        "edit display": _edit_field("displays", "name"),
        "edit display twice": _repeat(_edit_field("displays", "name")),
        "add display": _add_display,
        "add display item": _add_display_item,
        "remove display item": _remove_display_item,
        "strip display": _strip_display,
        "turn display lists": _turn_display_lists,
    },
    "customers": {
        "edit customer": _edit_field("customers", "lastName"),
        "edit customer twice": _repeat(_edit_field("customers", "lastName")),
        "add customer": _add_similar("Customer", "email", "store", "country"),
        "change customer attributes": _change_attributes("customers", "Customer"),
        "anonymise customer": _anonymise_customer,
    },
    "vouchers": {
        "edit voucher": _edit_field("vouchers", "name"),
        "edit voucher twice": _repeat(_edit_field("vouchers", "name")),
        "add voucher": _add_similar("Voucher", "name", "store", "markets"),
        "change voucher actions": _change_voucher_actions,
        "strip voucher": _strip_voucher,
    },
    "brands": {
        "add brand": _add_row("Brand"),
        "rename brand": _rename_row("brands"),
        "remove brands": _remove_rows("brands", "brand"),
    },
    "collections": {
        "add collection": _add_row("Collection"),
        "rename collection": _rename_row("collections"),
        "remove collections": _remove_rows("collections", "collection"),
    },
    "stock": {
        "count stock": _count_stock,
        "add stock": _add_stock,
        "remove stock": _remove_stock,
        "empty warehouse": _empty_warehouse,
        "add warehouse": _add_warehouse,
    },
}
"""By resource, the edits that set a date or change a list that is read whole."""

_REPORTED: dict[str, dict[str, Change]] = {
    "orders": {
        "delete order": _delete_one(lambda shop: shop.orders),
        "edit order silently": _edit_silently("orders", "otherComment", "DEPENDENT_DATA_CHANGED"),
    },
    "shipments": {
        "delete shipment": _delete_one(lambda shop: shop.shipments),
        "delete order of shipments": _delete_one(lambda shop: shop.orders),
        "edit shipment silently": _edit_silently("shipments", "trackingNumber"),
    },
    "returns": {
        "delete return": _delete_one(lambda shop: shop.returns),
        "delete order of returns": _delete_one(lambda shop: shop.orders),
        "edit return silently": _edit_silently("returns", "externalId"),
    },
    "products": {
        "delete product": _delete_one(_make_unsold_lister("products", "product")),
    },
    "product_variants": {
        "delete variant": _delete_one(_make_unsold_lister("product_variants", "productVariant")),
    },
    "product_sizes": {
        "delete size": _delete_one(_make_unsold_lister("product_sizes", "productSize")),
    },
    "displays": {
        "delete display": _delete_one(_unrelated),
        "edit display silently": _edit_silently("displays", "name", "DEPENDENT_DATA_CHANGED"),
    },
    "customers": {
        "delete customer": _delete_one(lambda shop: shop.customers),
    },
    "vouchers": {
        "delete voucher": _delete_one(lambda shop: shop.vouchers),
        "edit voucher silently": _edit_silently("vouchers", "name"),
    },
}
"""By resource, the edits that only an event reports."""

EDITS: dict[str, Change] = {
    kind: change
    for edits in (_DATED, _REPORTED)
    for kinds in edits.values()
    for kind, change in kinds.items()
}


def list_edits(resource: str) -> list[str]:
    """Returns the kinds of edits that a resource's tables must follow."""
    return [*_DATED[resource], *_REPORTED.get(resource, ())]
