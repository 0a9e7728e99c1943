"""The rules that a catalog is checked by. To add a rule, write one function in the module of its subject.

A rule is a function under `@rule(id, severity, title, remedy)`:

    @rule("B1", INFO, "Brand is missing", f"{PRODUCT}, brand: choose one.", scope=EVERY_ROW)
    def check_brand(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
        if is_blank(row["brand_name"]):
            yield Finding(None, "The product has no brand.")

Nothing else has to be registered: the modules below are searched for rules. The letter of the id says what
the rule is about, see `FAMILIES`. Reports list the rules in the order of the families and numbers.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...rule_engine import Rule, collect_rules
from ...rule_engine import parse_severities as parse_severities_of
from ..severities import SEVERITIES
from . import completeness, customs, identity, offer, texts, weights

FAMILIES = {
    "K": "identity",
    "N": "name",
    "D": "description",
    "C": "country of origin",
    "H": "commodity code",
    "W": "weight",
    "B": "brand",
    "P": "pre-order",
    "U": "bundles",
    "G": "GTIN",
    "X": "characters",
    "R": "completeness",
    "M": "manufacturer",
}
"""What the rules of each letter are about, in the order of reports."""


def _place(rule_id: str) -> tuple[int, int]:
    return list(FAMILIES).index(rule_id[0]), int(rule_id[1:])


_COLLECTED = collect_rules(completeness, customs, identity, offer, texts, weights)

RULES: dict[str, Rule[...]] = {rule_id: _COLLECTED[rule_id] for rule_id in sorted(_COLLECTED, key=_place)}
"""All rules by id, in the order of reports."""


def parse_severities(severities: Mapping[str, str]) -> dict[str, str]:
    """Returns the configured severities by rule, in capitals.

    Raises:
        InvalidSetting: A rule or a severity does not exist.
    """
    return parse_severities_of(severities, RULES, SEVERITIES)
