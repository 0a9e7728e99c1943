"""Rules about how a product is offered: its brand, pre-orders and bundles."""

from __future__ import annotations

from collections.abc import Iterator

from ...rows import Row
from ...rule_engine import Finding, rule
from ..catalog_facts import CatalogFacts
from ..rows import format_ids, is_blank
from ..severities import EVERY_ROW, INFO, WARN
from .places import PRODUCT


@rule("B1", INFO, "Brand is missing", f"{PRODUCT}, brand: choose one.", scope=EVERY_ROW)
def check_brand(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """A blank name counts as missing."""
    if is_blank(row["brand_name"]):
        yield Finding(None, "The product has no brand.")


@rule(
    "P1",
    INFO,
    "Size is on pre-order",
    "Mark it at Global-e as well: an order of a size that is on pre-order on one side only does not reach "
    "Centra.",
    scope=EVERY_ROW,
)
def check_preorder(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """Global-e accepts no order for a pre-order that only Centra knows."""
    if row["is_preorder"]:
        yield Finding("pre-order", "The size can be ordered before it is in stock.")


@rule(
    "U1",
    WARN,
    "Bundle mapping is incomplete",
    "Products > [bundle product]: check what its sections contain, and put that on a display of the store.",
    scope=EVERY_ROW,
)
def check_bundle(row: Row, facts: CatalogFacts) -> Iterator[Finding]:
    """The bundle mapping of the export names the SKUs that each bundle contains."""
    if not row["is_bundle"]:
        return
    bundle, bundles = row["bundle_id"], facts.tables.bundles
    value = None if bundle is None else str(bundle)
    if bundles is None:
        yield Finding(
            value,
            "Bundles are not loaded, so the content of this one is unknown.",
            remedy="Load the resource `bundles`; the token needs Bundle:read.",
        )
        return
    sections = bundles.get(bundle, {})
    if not sections:
        yield Finding(value, "The bundle is empty.")
    for section, variants in sections.items():
        if not variants:
            yield Finding(value, f"Section {section} of the bundle offers no variant.")
        elif len(variants) > 1:
            yield Finding(
                value,
                f"Section {section} lets the buyer choose from {len(variants)} variants. A bundle mapping "
                "cannot express that, so it leaves the section out.",
            )
    children = {variant: None for variants in sections.values() for variant in variants}
    if missing := [variant for variant in children if variant not in facts.variants]:
        message = f"The bundle contains variant {format_ids(missing)}, for which the catalog has no SKU."
        yield Finding(value, message)
