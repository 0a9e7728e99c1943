"""Lists in lists: each row identifies its parents, and is removed when it leaves them."""

from __future__ import annotations

from datetime import timedelta

from centra_sandbox import Sandbox

from ..support.shop_rows import find_differences
from ..support.target import Target


def test_texts_that_are_taken_back_leave_the_table(target: Target) -> None:
    """A product without translations loses its rows, and others keep theirs."""
    with Sandbox(products=40, orders=0, seed=7) as sandbox:
        target.load(sandbox, "product_translations")
        before = target.rows("product_translations")
        assert find_differences(sandbox.shop, "product_translations", before) == []
        sandbox.clock.advance(timedelta(hours=1))
        first, second, *_ = (product for product in sandbox.shop.products if product["translations"])
        sandbox.shop.update(first, translations=[])
        second["translations"][0]["fields"][0]["value"] = "Nytt namn"
        sandbox.shop.update(second)
        target.load(sandbox, "product_translations")
        after = target.rows("product_translations")
        assert find_differences(sandbox.shop, "product_translations", after) == []
        assert {row["product_id"] for row in before} - {row["product_id"] for row in after} == {first["id"]}


def test_variant_of_two_sections_of_a_bundle_has_a_row_for_each(target: Target) -> None:
    """The section's id is part of the key, so no row counts as a repetition."""
    with Sandbox(products=60, orders=0, seed=7) as sandbox:
        bundle = sandbox.shop.bundles[0]
        for section in bundle["sections"]:
            section["productVariants"] = sandbox.shop.product_variants[:2]
        target.load(sandbox, "bundles")
        rows = [r for r in target.rows("bundle_section_variants") if r["bundle_id"] == bundle["id"]]
        assert len(rows) == 2 * len(bundle["sections"])
        assert (
            find_differences(sandbox.shop, "bundle_section_variants", target.rows("bundle_section_variants"))
            == []
        )
