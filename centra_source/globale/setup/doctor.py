"""Checks step by step whether a loaded shop is configured as Global-e requires.

The Integration API lists neither attribute types nor tax groups nor shipping options. The evidence for them
is that an order, a customer or a display has one; if none does, the step says "not seen yet".
"""

from __future__ import annotations

from typing import NamedTuple, cast

import dlt

from ..configuration import CatalogConfiguration, catalog_configuration
from ..rule_engine import Finding, Rule, collect_rules
from . import steps
from .evidence import LoadedShop, Unseen
from .steps import UNKNOWN, State


class Step(NamedTuple):
    """One step of the configuration.

    Attributes:
        number: Its place, from 1.
        title: What must be set up.
        state: `ok` was seen, `missing` was not, `unknown` lacks tables, `by_hand` is in no table.
        found: What the tables show; empty if they show nothing.
        remedy: What to do, and where; empty if the step is complete.
    """

    number: int
    title: str
    state: State
    found: str
    remedy: str


def diagnose(
    dataset: dlt.Dataset, store_id: int | None = None, configuration: CatalogConfiguration | None = None
) -> list[Step]:
    """Checks every step of Global-e's configuration against the loaded tables.

    Args:
        dataset: A loaded shop. If a table is missing, or the token may not read a field, the steps that need
            it are unknown. What the load leaves out by its settings counts as not seen.
        store_id: The store that sells through Global-e. None takes `store` of the configuration, or else the
            only direct-to-consumer store.
        configuration: None takes the settings of `[globale]`.

    Returns:
        The steps, in the order of Global-e's pages.

    Raises:
        InvalidSetting: The store cannot be chosen, or a setting is invalid.
    """
    configuration = configuration or catalog_configuration()
    chosen = configuration.store if store_id is None else store_id
    shop = LoadedShop(dataset, chosen, configuration)
    rules = [
        rule
        for rule in collect_rules(steps).values()
        if not rule.scope or rule.scope == configuration.pricing
    ]
    return [_step(number, rule, _check(shop, rule)) for number, rule in enumerate(rules, start=1)]


def _check(shop: LoadedShop, rule: Rule[[LoadedShop]]) -> Finding:
    try:
        (finding,) = rule.check(shop)
    except Unseen as unseen:
        return Finding(None, unseen.found, UNKNOWN, unseen.remedy)
    return finding


def _step(number: int, rule: Rule[[LoadedShop]], finding: Finding) -> Step:
    state = cast("State", finding.severity or rule.severity)
    return Step(number, rule.title, state, finding.message, finding.remedy or rule.remedy)
