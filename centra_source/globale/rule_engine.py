"""What a rule is, what it finds, and how rules are collected from the modules that define them.

A rule is a function under the decorator `rule`. The checks of the catalog, the checks of orders and the
checks of a shop's setup are all rules; each group has its own severities and its own arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Generic, ParamSpec

from ..exceptions import InvalidSetting
from ..spelling import did_you_mean

P = ParamSpec("P")

OFF = "OFF"
"""The severity that switches a rule off."""


@dataclass(frozen=True)
class Finding:
    """One thing that a rule found.

    Attributes:
        value: The value that was found, as text; None if something is missing.
        message: One sentence that says what is wrong.
        severity: Replaces the severity of the rule.
        remedy: Replaces the remedy of the rule.
        row: The row that the finding is about, if the rule chooses it.
    """

    value: str | None
    message: str
    severity: str | None = None
    remedy: str | None = None
    row: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Rule(Generic[P]):
    """A check with its texts.

    Attributes:
        id: Such as `K4`. It is stored with each finding, so it must never change.
        severity: The severity of a finding, unless the settings or the finding itself have another one.
        title: What is wrong when the rule finds something, without a full stop.
        remedy: What to do about it, and where.
        scope: What the rule looks at; the group of the rule defines the possible values.
        check: Yields the findings.
    """

    id: str
    severity: str
    title: str
    remedy: str
    scope: str
    check: Callable[P, Iterator[Finding]]


def rule(
    rule_id: str, severity: str, title: str, remedy: str = "", *, scope: str = ""
) -> Callable[[Callable[P, Iterator[Finding]]], Rule[P]]:
    """Turns a function that yields findings into a rule; see `Rule` for the arguments."""

    def decorate(check: Callable[P, Iterator[Finding]]) -> Rule[P]:
        return Rule(rule_id, severity, title, remedy, scope, check)

    return decorate


def collect_rules(*modules: ModuleType) -> dict[str, Rule[...]]:
    """Returns the rules that the modules define, by id, in the order of their definition.

    Raises:
        ValueError: Two rules have the same id.
    """
    rules: dict[str, Rule[...]] = {}
    for module in modules:
        for member in vars(module).values():
            if isinstance(member, Rule):
                if member.id in rules:
                    raise ValueError(f"Two rules have the id {member.id}: give one of them another id.")
                rules[member.id] = member
    return rules


def parse_severities(
    settings: Mapping[str, str], rules: Mapping[str, Rule[...]], severities: Sequence[str]
) -> dict[str, str]:
    """Returns the configured severities by rule, all in capitals.

    Args:
        settings: Severity by rule id, in any case.
        rules: The rules that exist, by id.
        severities: The severities that they can have; OFF can always be set.

    Raises:
        InvalidSetting: A rule or a severity does not exist.
    """
    parsed: dict[str, str] = {}
    for name, severity in settings.items():
        if name.upper() not in rules:
            raise InvalidSetting(f"There is no rule '{name}': {did_you_mean(name, rules)}")
        if str(severity).upper() not in (*severities, OFF):
            raise InvalidSetting(
                f"The severity of {name} is '{severity}': write {', '.join(severities)} or {OFF}."
            )
        parsed[name.upper()] = str(severity).upper()
    return parsed


def choose_severity(rule: Rule[...], finding: Finding, configured: Mapping[str, str]) -> str:
    """Returns the configured severity of the rule, else that of the finding, else the rule's own."""
    return configured.get(rule.id) or finding.severity or rule.severity
