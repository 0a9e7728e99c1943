"""The rules E1 to E10: where Centra and Global-e do not agree about an order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from .configuration import DEFAULT_SEVERITIES, OFF, OrdersConfiguration
from .groups import carriers, shared_sums, sums_of
from .lines import Group
from .order_details import Order, folded_id
from .reading import Row
from .report import Report

TITLES = {
    "E1": "Order of Global-e without Global-e's id",
    "E2": "One Global-e order is several orders in Centra",
    "E3": "Cancelled on one side only, or although captured",
    "E4": "Line without a cart item, or mapping to an unknown line",
    "E5": "Prices of the lines do not add up to Global-e's total",
    "E6": "Return was reopened or deleted: the refund stays",
    "E7": "Duties within the home country",
    "E8": "Text that cannot be read without doubt",
    "E9": "Order is pending for long",
    "E10": "In Global-e's report, but not in Centra",
    "E10R": "Shipped in Centra, but in none of the reports",
}

BUNDLE = "BundleOrderLine"
"""Global-e gets the items of a bundle and not the bundle."""

CLOSED = ("CANCELLED",)
SHIPPED = ("SHIPPED", "ARCHIVED")


class Finding(NamedTuple):
    """One exception: what it is about, what was found there, and what that means."""

    message: str
    value: str | None = None
    order: Row | None = None
    ge_order_id: str | None = None
    return_id: int | None = None


@dataclass(frozen=True)
class Facts:
    """What the rules look at.

    Attributes:
        now: What "for long" is measured from.
        deleted: Folded ids of the orders that the shop has deleted.
        absent: The names in WITHOUT of what is not loaded.
    """

    orders: Sequence[Order]
    groups: Sequence[Group]
    cancellations: Sequence[Row]
    returns: Sequence[Row]
    report: Report
    configuration: OrdersConfiguration
    now: datetime
    deleted: frozenset[str] = field(default=frozenset())
    absent: frozenset[str] = field(default=frozenset())


def exception_rows(facts: Facts) -> Iterator[Row]:
    """The rows of globale_exceptions: by rule, and within a rule by order number."""
    for rule in DEFAULT_SEVERITIES:
        severity = facts.configuration.severity(rule)
        if severity == OFF:
            continue
        findings = [_with_id(finding) for finding in RULES[rule](facts)]
        for number, finding in enumerate(sorted(findings, key=_place), start=1):
            order: Mapping[str, Any] = finding.order or {}
            yield {
                "rule": rule,
                "number": number,
                "severity": severity,
                "order_number": order.get("order_number"),
                "order_id": order.get("order_id"),
                "ge_order_id": finding.ge_order_id,
                "return_id": finding.return_id,
                "value": finding.value,
                "message": finding.message,
            }


def rules_left_out(configuration: OrdersConfiguration, has_reports: bool) -> list[str]:
    """A sentence for each rule that these settings leave out, but for what is switched off."""
    left_out = []
    if configuration.amounts_currency is None:
        left_out.append(
            "E5 compares only amounts that name their currency: amounts_currency of [globale.orders] tells "
            "the others'."
        )
    if configuration.home_country is None:
        left_out.append("E7 is not applied: home_country of [globale.orders] is not set.")
    if not has_reports:
        left_out.append("E10 is not applied: no reconciliation report is given.")
    return left_out


def _without_id(facts: Facts) -> Iterator[Finding]:
    for order in facts.orders:
        if order.row["ge_order_id"] is None:
            by = order.row["recognised_by"]
            yield Finding(
                f"The order has no ge_order_id, although it is Global-e's by its {by}: Global-e's "
                "integration may have failed to write it.",
                by,
                order.row,
            )


def _split(facts: Facts) -> Iterator[Finding]:
    for group in facts.groups:
        if len(group.orders) > 1:
            numbers = ", ".join(str(order.row["order_number"]) for order in group.orders)
            yield Finding(
                f"{len(group.orders)} orders in Centra are one of Global-e's: Centra may have split it, or "
                "it was placed twice.",
                numbers,
                group.orders[0].row,
            )


def _cancellations(facts: Facts) -> Iterator[Finding]:
    for row in facts.cancellations:
        if row["contradiction"]:
            yield Finding(f"{row['contradiction']}.", row["status"], row)


def _mappings(facts: Facts) -> Iterator[Finding]:
    for group in facts.groups:
        if group.ge_order_id is None or _may_name_skus(group, facts.absent):
            continue
        methods = {(row["order_id"], row["line_id"]): row["match_method"] for row in group.rows}
        # What is unreadable in one order may be the mapping of any of the group: rule E8 tells.
        unreadable = any(
            each.element in ("ge_cart_item_ids_mapping", "centra_to_ge_cart_mapping")
            for order in group.orders
            for each in order.unreadable
        )
        for order in group.orders:
            if not unreadable:
                yield from _unmapped(order, group, methods)
        for order, ours in group.unknown:
            yield Finding(
                "centra_to_ge_cart_mapping names what is no line of the order: the line may have been taken "
                "off the order.",
                ours,
                order.row,
            )


def _may_name_skus(group: Group, absent: frozenset[str]) -> bool:
    """Whether mappings that fit no line may fit by SKU, which lines have only with product_sizes."""
    is_matched = any(row["match_method"] != "none" for row in group.rows)
    return "sizes" in absent and not is_matched and _has_pairs(group)


def _has_pairs(group: Group) -> bool:
    return any(order.pairs[name] for order in group.orders for name in order.pairs)


def _unmapped(order: Order, group: Group, methods: Mapping[tuple[str, int], str]) -> Iterator[Finding]:
    key = order.row["order_id"]
    lines = [line for line in group.lines[key] if line["quantity"] and line["line_type"] != BUNDLE]
    missing = [line for line in lines if methods[key, line["line_id"]] == "none"]
    if missing and not _has_pairs(group):
        yield Finding(
            f"None of the order's lines ({len(missing)}) has a cart item: the mappings are empty.",
            str(len(missing)),
            order.row,
        )
        return
    for line in missing:
        yield Finding(
            "The line has no cart item of Global-e's: a refund of it needs one.",
            f"line {line['line_id']}",
            order.row,
        )


def _sums(facts: Facts) -> Iterator[Finding]:
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
                    f"Global-e's prices add up to {_text(sums.lines)}, but its total less shipping and "
                    f"duties is {_text(sums.goods)} {row['ge_currency']}.",
                    _text(min(differences, key=abs)),
                    row,
                )


def _returns(facts: Facts) -> Iterator[Finding]:
    orders = {order.row["order_id"]: order.row for order in facts.orders}
    for row in facts.returns:
        order = orders.get(row["order_id"], row)
        if row["deleted_at"]:
            seen = " completed" if row["was_completed"] else ""
            message = f"The{seen} return was deleted, but a refund that Global-e made for it stays."
        elif row["is_reopened"]:
            message = "The return was completed and is no longer, but the refund in Global-e stays."
        else:
            continue
        yield Finding(message, row["return_status"], order, row["ge_order_id"], row["return_id"])


def _duties_at_home(facts: Facts) -> Iterator[Finding]:
    home = facts.configuration.home_country
    for order in facts.orders:
        if home and order.row["ship_country"] == home and (order.row["ge_duties"] or 0) > 0:
            yield Finding(
                f"There are duties on an order that stays in {home}.", order.row["ge_duties_raw"], order.row
            )


def _unreadable(facts: Facts) -> Iterator[Finding]:
    for order in facts.orders:
        for each in order.unreadable:
            yield Finding(f"{each.element} {each.problem}.", each.raw, order.row)


def _pending(facts: Facts) -> Iterator[Finding]:
    oldest = facts.now - timedelta(days=facts.configuration.pending_days)
    for order in facts.orders:
        if order.row["status"] == "PENDING" and order.row["created_at"] < oldest:
            yield Finding(
                f"The order is pending for more than {facts.configuration.pending_days} days: Global-e "
                "confirms or cancels it when the payment is captured.",
                order.row["created_at"].date().isoformat(),
                order.row,
            )


def _only_reported(facts: Facts) -> Iterator[Finding]:
    known = {folded_id(order.row["ge_order_id"]) for order in facts.orders}
    for folded, row in facts.report.first_rows().items():
        if folded not in known:
            was_deleted = " any more: the shop has deleted it" if folded in facts.deleted else ""
            yield Finding(
                f"{row['report']}, tab {row['tab']}, row {row['row_number']} names an order that is not in "
                f"Centra{was_deleted or ': its transfer to the merchant may have failed'}.",
                row["ge_order_id"],
                ge_order_id=row["ge_order_id"],
            )


def _not_reported(facts: Facts) -> Iterator[Finding]:
    """Only orders made between the first and the last one that the reports name are due in them."""
    reported = facts.report.first_rows()
    made = [
        order.row["created_at"] for order in facts.orders if folded_id(order.row["ge_order_id"]) in reported
    ]
    for order in facts.orders:
        is_shipped = order.row["is_shipped"] or order.row["status"] in SHIPPED
        if (
            order.row["ge_order_id"]
            and is_shipped
            and order.row["status"] not in CLOSED
            and folded_id(order.row["ge_order_id"]) not in reported
            and made
            and min(made) <= order.row["created_at"] <= max(made)
        ):
            yield Finding(
                "The order is shipped, but in none of the reports: Global-e counts it in the week in which "
                "its hub received it.",
                order.row["status"],
                order.row,
            )


RULES: Mapping[str, Callable[[Facts], Iterator[Finding]]] = {
    "E1": _without_id,
    "E2": _split,
    "E3": _cancellations,
    "E4": _mappings,
    "E5": _sums,
    "E6": _returns,
    "E7": _duties_at_home,
    "E8": _unreadable,
    "E9": _pending,
    "E10": _only_reported,
    "E10R": _not_reported,
}


def _with_id(finding: Finding) -> Finding:
    if finding.ge_order_id or not finding.order:
        return finding
    return finding._replace(ge_order_id=finding.order.get("ge_order_id"))


def _place(finding: Finding) -> tuple[int, str, int]:
    order: Mapping[str, Any] = finding.order or {}
    return order.get("order_number") or 0, finding.ge_order_id or "", finding.return_id or 0


def _text(amount: Decimal) -> str:
    return f"{amount:.2f}"
