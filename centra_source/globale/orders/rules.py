"""The rules about orders: where Centra and Global-e disagree. To add a rule, write one function in this file.

Reports list the rules in the order of this file. `scope` is not used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal

from ..rule_engine import Finding, rule
from .configuration import ERROR, INFO, WARN
from .facts import OrderFacts
from .groups import carriers, shared_sums, sums_of
from .lines import Group
from .order_details import Order, normalize_order_id

BUNDLE = "BundleOrderLine"
"""Global-e receives the items of a bundle, but not the bundle."""

SHIPPED = ("SHIPPED", "ARCHIVED")


@rule("E1", WARN, "Order has no Global-e order id")
def check_id(facts: OrderFacts) -> Iterator[Finding]:
    """Finds orders that its payment method or market marks as Global-e's."""
    for order in facts.orders:
        if order.row["ge_order_id"] is None:
            by = order.row["recognised_by"]
            yield Finding(
                by,
                f"The order has no ge_order_id, although its {by} marks it as an order of Global-e: "
                "Global-e's integration may have failed to write it.",
                row=order.row,
            )


@rule("E2", INFO, "One Global-e order is several orders in Centra")
def check_split_orders(facts: OrderFacts) -> Iterator[Finding]:
    """Yields one finding per Global-e order."""
    for group in facts.groups:
        if len(group.orders) > 1:
            yield Finding(
                ", ".join(str(order.row["order_number"]) for order in group.orders),
                f"{len(group.orders)} orders in Centra belong to one Global-e order: Centra may have split "
                "it, or it was placed twice.",
                row=group.orders[0].row,
            )


@rule("E3", ERROR, "Order is cancelled on one side only, or although it was captured")
def check_cancellations(facts: OrderFacts) -> Iterator[Finding]:
    """The contradictions of globale_cancellations."""
    for row in facts.cancellations:
        if row["contradiction"]:
            yield Finding(row["status"], f"{row['contradiction']}.", row=row)


@rule("E4", WARN, "Line has no cart item, or a mapping names an unknown line")
def check_mappings(facts: OrderFacts) -> Iterator[Finding]:
    """Global-e needs the cart item of a line to refund it."""
    for group in facts.groups:
        if group.ge_order_id is None or _may_name_skus(group, facts.absent):
            continue
        methods = {(row["order_id"], row["line_id"]): row["match_method"] for row in group.rows}
        # An unreadable text of one order may be the mapping of any order in the group. Rule E8 reports it.
        unreadable = any(
            each.element in ("ge_cart_item_ids_mapping", "centra_to_ge_cart_mapping")
            for order in group.orders
            for each in order.unreadable
        )
        for order in group.orders:
            if not unreadable:
                yield from _find_unmapped_lines(order, group, methods)
        for order, ours in group.unknown:
            yield Finding(
                ours,
                "centra_to_ge_cart_mapping names a line that the order does not have: the line may have been "
                "removed from the order.",
                row=order.row,
            )


def _may_name_skus(group: Group, absent: frozenset[str]) -> bool:
    """Whether mappings that match no line may match by SKU, which lines only have with product_sizes."""
    is_matched = any(row["match_method"] != "none" for row in group.rows)
    return "sizes" in absent and not is_matched and _has_pairs(group)


def _has_pairs(group: Group) -> bool:
    return any(order.pairs[name] for order in group.orders for name in order.pairs)


def _find_unmapped_lines(
    order: Order, group: Group, methods: Mapping[tuple[str, int], str]
) -> Iterator[Finding]:
    key = order.row["order_id"]
    lines = [line for line in group.lines[key] if line["quantity"] and line["line_type"] != BUNDLE]
    missing = [line for line in lines if methods[key, line["line_id"]] == "none"]
    if missing and not _has_pairs(group):
        count = len(missing)
        message = f"None of the order's lines ({count}) has a cart item: the mappings are empty."
        yield Finding(str(count), message, row=order.row)
        return
    for line in missing:
        message = "The line has no cart item of Global-e, which a refund of the line needs."
        yield Finding(f"line {line['line_id']}", message, row=order.row)


@rule("E5", WARN, "Prices of the lines do not add up to Global-e's total")
def check_sums(facts: OrderFacts) -> Iterator[Finding]:
    """Global-e does not document whether a price is of a unit or of a line, so both are tried."""
    for group in facts.groups:
        shares = [group.orders] if shared_sums(group) else [(order,) for order in group.orders]
        for orders in shares:
            row = carriers(orders)[0].row
            sums = sums_of(group, orders) if row["ge_currency"] else None
            if not sums or sums.lines is None or sums.units is None:
                continue
            differences = [total - sums.goods for total in (sums.lines, sums.units)]
            if min(abs(difference) for difference in differences) > facts.configuration.tolerance:
                yield Finding(
                    _format_amount(min(differences, key=abs)),
                    f"Global-e's prices add up to {_format_amount(sums.lines)}, but its total without "
                    f"shipping and duties is {_format_amount(sums.goods)} {row['ge_currency']}.",
                    row=row,
                )


@rule("E6", ERROR, "Return was reopened or deleted, but the refund remains")
def check_returns(facts: OrderFacts) -> Iterator[Finding]:
    """Global-e makes the refund when a return is completed."""
    orders = {order.row["order_id"]: order.row for order in facts.orders}
    for row in facts.returns:
        if row["deleted_at"]:
            completed = " completed" if row["was_completed"] else ""
            message = f"The{completed} return was deleted, but a refund that Global-e made for it remains."
        elif row["is_reopened"]:
            message = "The return was completed and is not any more, but the refund at Global-e remains."
        else:
            continue
        order = orders.get(row["order_id"], row)
        ids = {
            "ge_order_id": row["ge_order_id"] or order.get("ge_order_id"),
            "return_id": row["return_id"],
        }
        yield Finding(row["return_status"], message, row={**order, **ids})


@rule("E7", WARN, "Duties are charged within the home country")
def check_duties(facts: OrderFacts) -> Iterator[Finding]:
    """Only with `home_country` of the settings."""
    home = facts.configuration.home_country
    for order in facts.orders:
        if home and order.row["ship_country"] == home and (order.row["ge_duties"] or 0) > 0:
            message = f"Duties are charged on an order that is delivered within {home}."
            yield Finding(order.row["ge_duties_raw"], message, row=order.row)


@rule("E8", WARN, "Text of Global-e cannot be read with certainty")
def check_texts(facts: OrderFacts) -> Iterator[Finding]:
    """Yields one finding per text."""
    for order in facts.orders:
        for each in order.unreadable:
            yield Finding(each.raw, f"{each.element} {each.problem}.", row=order.row)


@rule("E9", WARN, "Order has been pending for too long")
def check_pending_orders(facts: OrderFacts) -> Iterator[Finding]:
    """Longer than `pending_days` of the settings."""
    days = facts.configuration.pending_days
    oldest = facts.now - timedelta(days=days)
    for order in facts.orders:
        if order.row["status"] == "PENDING" and order.row["created_at"] < oldest:
            yield Finding(
                order.row["created_at"].date().isoformat(),
                f"The order has been pending for more than {days} days: Global-e confirms or cancels an "
                "order when the payment is captured.",
                row=order.row,
            )


@rule("E10", WARN, "In Global-e's report, but not in Centra")
def check_reported_orders(facts: OrderFacts) -> Iterator[Finding]:
    """Yields one finding per Global-e order, at its first row in the reports."""
    known = {normalize_order_id(order.row["ge_order_id"]) for order in facts.orders}
    for order_id, row in facts.report.first_rows().items():
        if order_id not in known:
            place = f"{row['report']}, tab {row['tab']}, row {row['row_number']}"
            reason = (
                "the shop has deleted it"
                if order_id in facts.deleted
                else "its transfer to the merchant may have failed"
            )
            message = f"{place} names an order that is not in Centra: {reason}."
            yield Finding(row["ge_order_id"], message, row={"ge_order_id": row["ge_order_id"]})


@rule("E10R", INFO, "Shipped in Centra, but in none of the reports")
def check_unreported_orders(facts: OrderFacts) -> Iterator[Finding]:
    """Only for orders created between the first and the last order that the reports name."""
    reported = facts.report.first_rows()
    created = [
        order.row["created_at"]
        for order in facts.orders
        if normalize_order_id(order.row["ge_order_id"]) in reported
    ]
    for order in facts.orders:
        is_shipped = order.row["is_shipped"] or order.row["status"] in SHIPPED
        if (
            order.row["ge_order_id"]
            and is_shipped
            and order.row["status"] != "CANCELLED"
            and normalize_order_id(order.row["ge_order_id"]) not in reported
            and created
            and min(created) <= order.row["created_at"] <= max(created)
        ):
            yield Finding(
                order.row["status"],
                "The order is shipped, but in none of the reports: Global-e counts an order in the week in "
                "which its hub received it.",
                row=order.row,
            )


def _format_amount(amount: Decimal) -> str:
    return f"{amount:.2f}"
