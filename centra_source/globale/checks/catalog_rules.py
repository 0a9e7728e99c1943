"""Rules that compare a row with others, or look at the catalog as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from .catalog_facts import Whole, folded
from .rows import Row, is_blank, listed, shown
from .rule_kinds import Finding


def id_is_unique(row: Row, whole: Whole) -> Iterator[Finding]:
    """K1."""
    size = row["product_size_id"]
    if size is None:
        yield Finding(None, "The row has no unique identifier.")
    elif size < 1:
        yield Finding(str(size), "The unique identifier is no id of Centra's.")
    elif size in whole.repeated_ids:
        yield Finding(str(size), "The unique identifier is that of several rows.")


def sku_is_unique(row: Row, whole: Whole) -> Iterator[Finding]:
    """K4."""
    sku, size = row["sku"], row["product_size_id"]
    if is_blank(sku) or size is None:
        return
    if others := whole.skus.others(folded(sku), size):
        yield Finding(shown(sku), f"Size {listed(others)} has the same SKU, case and outer blanks aside.")


def name_is_unique(row: Row, whole: Whole) -> Iterator[Finding]:
    """N2, once for each product."""
    if is_blank(row["display_name"]):
        return
    products = whole.names.get(folded(row["display_name"]), {})
    others = [product for product in products if product != row["product_id"]]
    if others and products.get(row["product_id"]) == row["product_size_id"]:
        yield Finding(shown(row["display_name"]), f"Product {listed(others)} bears the same name.")


def row_has_a_brand(row: Row, whole: Whole) -> Iterator[Finding]:
    """B1."""
    if is_blank(row["brand_name"]):
        yield Finding(None, "The product has no brand.")


def preorder_is_known(row: Row, whole: Whole) -> Iterator[Finding]:
    """P1."""
    if row["is_preorder"]:
        yield Finding("pre-order", "The size can be ordered before it is in stock.")


def bundle_is_mapped(row: Row, whole: Whole) -> Iterator[Finding]:
    """U1."""
    if not row["is_bundle"]:
        return
    bundle, bundles = row["bundle_id"], whole.tables.bundles
    value = None if bundle is None else str(bundle)
    if bundles is None:
        yield Finding(
            value,
            "What the bundle holds is not loaded, so its mapping cannot be told.",
            remedy="Load the resource `bundles`, whose permission is Bundle:read.",
        )
        return
    sections = bundles.get(bundle, {})
    if not sections:
        yield Finding(value, "The bundle holds nothing.")
    for section, variants in sections.items():
        if not variants:
            yield Finding(value, f"Section {section} of the bundle offers no variant.")
        elif len(variants) > 1:
            yield Finding(
                value,
                f"In section {section} the buyer chooses of {len(variants)} variants, which a bundle mapping "
                "cannot say: the section is not in it.",
            )
    children = {variant: None for variants in sections.values() for variant in variants}
    if missing := [variant for variant in children if variant not in whole.variants]:
        yield Finding(value, f"The bundle holds variant {listed(missing)}, of which the catalog has no SKU.")


def origins_agree(whole: Whole) -> Iterator[Finding]:
    """C3, once for each supplier and collection."""
    for (supplier, collection), origins in whole.origins.items():
        if len(origins) < 2:
            continue
        ordered = sorted(origins.items(), key=lambda item: (-len(item[1].products), item[0]))
        counts = ", ".join(f"{country}: {len(origin.products)}" for country, origin in ordered)
        place = f"collection {collection}" if collection else "no collection"
        yield Finding(
            counts,
            f"Products of supplier {supplier} in {place} come from {len(origins)} countries.",
            row=ordered[-1][1].row,
        )


def codes_differ(whole: Whole) -> Iterator[Finding]:
    """H4, once for each commodity code."""
    options, products = whole.options, len(whole.products)
    for digits, sharing in sorted(whole.codes.items()):
        alike, folders = len(sharing.products), len(sharing.folders)
        if products >= options.fewest_products and alike > options.same_code_share * products:
            yield Finding(digits, f"{alike} of {products} products have this commodity code.")
        elif folders >= options.same_code_folders:
            yield Finding(digits, f"Products of {folders} folders have this commodity code.")


def weights_differ(whole: Whole) -> Iterator[Finding]:
    """W3."""
    products = len(whole.weighed_products)
    if len(whole.weights) == 1 and products >= whole.options.fewest_products:
        (grams,) = whole.weights
        yield Finding(f"{float(grams):g} g", f"All {products} products that have a weight have this one.")


def sizes_are_complete(whole: Whole) -> Iterator[Finding]:
    """R1."""
    tables = whole.tables
    if not whole.rows:
        yield Finding("0", "The catalog has no rows: the store offers no size of the shop.")
    if not tables.has_sizes:
        yield Finding(None, "The sizes of the shop are not loaded, so nothing shows that none is missing.")
    faults = (
        (tables.lost, "are neither in the catalog nor excluded from it"),
        (tables.unknown, "are in the catalog, but not, or no longer, in the shop's"),
        (tables.both, "are in the catalog and excluded from it"),
        (tables.unexplained, "are excluded without a reason"),
    )
    for sizes, fault in faults:
        if sizes:
            yield Finding(str(len(sizes)), f"There are sizes that {fault}: {listed(sizes)}.")
    for expected, loaded in tables.gaps:
        yield Finding(str(loaded), f"Centra counts {expected} sizes, but {loaded} were read.")


def few_rows_vanish(whole: Whole) -> Iterator[Finding]:
    """R2."""
    for store, (delivered, removed) in whole.tables.delivered.items():
        is_meant = store in whole.stores or not whole.stores
        if is_meant and removed > whole.options.removed_share * delivered:
            yield Finding(
                str(removed),
                f"Of {delivered} rows delivered last time for store {store}, {removed} are gone.",
            )


def origins_need_no_mid(whole: Whole) -> Iterator[Finding]:
    """M1, once for each country."""
    for country, products in sorted(whole.mid_products.items()):
        yield Finding(
            country, f"Products made in {country}: {len(products)}. The United States ask for their maker."
        )
