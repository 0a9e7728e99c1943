"""Checks the orders by all rules. The findings are the table `globale_exceptions`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..rows import Row
from ..rule_engine import OFF, Finding, Rule, choose_severity, collect_rules, parse_severities
from . import rules
from .configuration import SEVERITIES, OrdersConfiguration
from .facts import OrderFacts

RULES: dict[str, Rule[[OrderFacts]]] = collect_rules(rules)
"""All rules about orders by id, in the order of reports."""

TITLES = {rule.id: rule.title for rule in RULES.values()}
"""What is wrong when a rule finds something, by its id."""


def parse_order_severities(configuration: OrdersConfiguration) -> dict[str, str]:
    """Returns the configured severities of the rules about orders, in capitals.

    Raises:
        InvalidSetting: A rule or a severity does not exist.
    """
    # dlt also finds the severities of [globale], which belong to the rules of the catalog.
    own = {name: value for name, value in configuration.severities.items() if re.match(r"[Ee]\d", name)}
    return parse_severities(own, RULES, SEVERITIES)


def exception_rows(facts: OrderFacts) -> Iterator[Row]:
    """Yields the rows of globale_exceptions: by rule, and within a rule by order number."""
    severities = parse_order_severities(facts.configuration)
    for rule in RULES.values():
        if severities.get(rule.id) == OFF:
            continue
        for number, finding in enumerate(sorted(rule.check(facts), key=_place), start=1):
            subject = finding.row or {}
            yield {
                "rule": rule.id,
                "number": number,
                "severity": choose_severity(rule, finding, severities),
                "order_number": subject.get("order_number"),
                "order_id": subject.get("order_id"),
                "ge_order_id": subject.get("ge_order_id"),
                "return_id": subject.get("return_id"),
                "value": finding.value,
                "message": finding.message,
            }


def describe_inactive_rules(configuration: OrdersConfiguration, has_reports: bool) -> list[str]:
    """Returns a sentence for each rule that lacks a setting or a report; not for those that are OFF."""
    sentences = []
    if configuration.amounts_currency is None:
        sentences.append(
            "E5 compares only amounts that name their currency: set amounts_currency of [globale.orders] to "
            "compare the others."
        )
    if configuration.home_country is None:
        sentences.append("E7 is not applied: set home_country of [globale.orders].")
    if not has_reports:
        sentences.append("E10 is not applied: no reconciliation report is given.")
    return sentences


def _place(finding: Finding) -> tuple[int, str, int]:
    subject = finding.row or {}
    return subject.get("order_number") or 0, subject.get("ge_order_id") or "", subject.get("return_id") or 0
