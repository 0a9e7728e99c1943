"""Rules about whether the catalog has every row that it should have."""

from __future__ import annotations

from collections.abc import Iterator

from ...rule_engine import Finding, rule
from ..catalog_facts import CatalogFacts
from ..rows import format_ids
from ..severities import BLOCK, CATALOG


@rule(
    "R1",
    BLOCK,
    "Sizes are missing from the catalog without a reason",
    "Load the shop and derive the catalog again.",
    scope=CATALOG,
)
def check_sizes_are_complete(facts: CatalogFacts) -> Iterator[Finding]:
    """Each size of the shop is in the catalog or in globale_catalog_excluded."""
    tables = facts.tables
    if not facts.rows:
        yield Finding("0", "The catalog has no rows: the store offers no size of the shop.")
    if not tables.has_sizes:
        yield Finding(None, "The sizes of the shop are not loaded, so missing sizes cannot be detected.")
    faults = (
        (tables.lost, "are neither in the catalog nor excluded from it"),
        (tables.unknown, "are in the catalog but not, or no longer, in the shop"),
        (tables.both, "are both in the catalog and excluded from it"),
        (tables.unexplained, "are excluded without a reason"),
    )
    for sizes, fault in faults:
        if sizes:
            yield Finding(str(len(sizes)), f"Some sizes {fault}: {format_ids(sizes)}.")
    for expected, loaded in tables.gaps:
        yield Finding(str(loaded), f"Centra counts {expected} sizes, but {loaded} were read.")


@rule(
    "R2",
    BLOCK,
    "Too many rows are gone since the last delivery",
    "Find out why they are gone (displays, statuses). If that is intended, raise removed_share of [globale].",
    scope=CATALOG,
)
def check_removed_rows(facts: CatalogFacts) -> Iterator[Finding]:
    """Compares with the last delivered file of the profile and the store."""
    for store, (delivered, removed) in facts.tables.delivered.items():
        is_current = store in facts.stores or not facts.stores
        if is_current and removed > facts.options.removed_share * delivered:
            message = f"Of {delivered} rows last delivered for store {store}, {removed} are gone."
            yield Finding(str(removed), message)
