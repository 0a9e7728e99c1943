"""A shop with a defect of every kind: each rule finds those of its own, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from centra_sandbox import Sandbox, Shop
from centra_sandbox.generate.catalog import make_weight
from centra_source.globale import catalog_configuration, derive_catalog
from centra_source.globale.checks.rules import RULES

from ..support.globale_shop import RESOURCES, clean_shop, country, displays, offered_products, sizes
from ..support.target import Target
from ..support.workplace import Row

SETTINGS = {"composition": "pr_composition", "profile": "full"}

Plant = Callable[[Shop, Any], None]


@dataclass(frozen=True)
class Defect:
    """A way to spoil a product, and which of its sizes are found: all of them, or only the first."""

    plant: Plant
    finds: str = "all"


def of_product(**changes: Any) -> Plant:
    """Changes fields of the product."""
    return lambda shop, product: product.update(changes)


def of_displays(**changes: Any) -> Plant:
    """Changes fields of its displays."""

    def plant(shop: Shop, product: Any) -> None:
        for display in displays(shop, product):
            display.update(changes)

    return plant


def of_first_size(**changes: Any) -> Plant:
    """Changes fields of its first size."""
    return lambda shop, product: sizes(product)[0].update(changes)


def without_code_and_composition(shop: Shop, product: Any) -> None:
    """Leaves customs nothing to go by."""
    product["harmonizedCommodityCode"] = None
    product["attributes"].clear()


def made_in(code: str) -> Plant:
    """Gives it a country of origin."""
    return lambda shop, product: product.update(countryOfOrigin=country(shop, code))


def shoes_named_trousers(shop: Shop, product: Any) -> None:
    """Gives it a code of one kind and a name of another."""
    of_product(harmonizedCommodityCode="640391")(shop, product)
    of_displays(name="Wool trousers")(shop, product)


def empty_bundle(shop: Shop, product: Any) -> None:
    """Makes it a bundle that holds nothing."""
    product.update(isBundle=True, bundle=shop.add("Bundle", sections=[], product=product))


DEFECTS: dict[str, Defect] = {
    "K2": Defect(of_first_size(SKU=None), "first"),
    "K3": Defect(of_first_size(SKU="NL 1 X"), "first"),
    "K5": Defect(of_first_size(SKU="0012345"), "first"),
    "N1": Defect(of_displays(name="")),
    "D1": Defect(of_displays(description=None, shortDescription=None)),
    "D2": Defect(of_displays(description="A blanket of wool &amp;amp; silk that lasts")),
    "D3": Defect(of_displays(description="Accessories for women and men")),
    "C1": Defect(of_product(countryOfOrigin=None)),
    "C2": Defect(made_in("UK")),
    "H1": Defect(without_code_and_composition),
    "H2": Defect(of_product(harmonizedCommodityCode="63012")),
    "H3": Defect(of_product(harmonizedCommodityCode="620293")),
    "H5": Defect(shoes_named_trousers),
    "W1": Defect(of_product(weight=None)),
    "W2": Defect(of_product(weight=make_weight(900.0, "KILOGRAMS"))),
    "B1": Defect(of_product(brand=None)),
    "P1": Defect(of_first_size(preorder=True), "first"),
    "U1": Defect(empty_bundle),
    "G1": Defect(of_first_size(EAN="5678902338761"), "first"),
    "X1": Defect(of_displays(description="=A blanket woven of wool")),
    "X2": Defect(of_displays(description="A blanket from GÃ¶teborg, woven of wool")),
}
"""The defects that a product can have by itself."""

TOGETHER = {"K4", "N2", "C3", "M1"}
"""Rules about several products at once, each with a test of its own below."""

BEYOND_A_SHOP = {"K1", "H4", "W3", "R1", "R2"}
"""Rules about the catalog as a whole, or about what Centra prevents; see test_globale_checks.py."""


def found(target: Target, **settings: Any) -> set[tuple[str, int]]:
    """Rule and size of every finding, of a catalog that is derived anew."""
    derive_catalog(target.pipeline, catalog_configuration(**{**SETTINGS, **settings}))
    return {(row["rule"], row["product_size_id"]) for row in target.rows("globale_catalog_issues")}


def test_every_rule_has_a_defect_or_says_why_not() -> None:
    """A new rule needs one."""
    assert {*DEFECTS, *TOGETHER, *BEYOND_A_SHOP} == set(RULES)


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Target, dict[str, Any]]]:
    """A clean shop in which each defect has a product of its own, loaded."""
    with clean_shop(60) as sandbox:
        products = offered_products(sandbox.shop)[::2][: len(DEFECTS)]
        for product, defect in zip(products, DEFECTS.values(), strict=True):
            defect.plant(sandbox.shop, product)
        target = Target(tmp_path_factory.mktemp("spoilt")).load(sandbox, *RESOURCES)
        yield sandbox, target, dict(zip(DEFECTS, products, strict=True))


def test_each_rule_finds_its_defects_and_nothing_else(
    spoilt: tuple[Sandbox, Target, dict[str, Any]],
) -> None:
    """A size that has one defect is found by one rule."""
    _, target, products = spoilt
    planted = {
        (rule, size["id"])
        for rule, product in products.items()
        for size in (sizes(product) if DEFECTS[rule].finds == "all" else sizes(product)[:1])
    }
    assert found(target) == planted
    issues: list[Row] = target.rows("globale_catalog_issues")
    assert all(issue["message"] and issue["remedy"] for issue in issues)


def test_what_a_rule_finds_can_be_graded_otherwise(spoilt: tuple[Sandbox, Target, dict[str, Any]]) -> None:
    """By the configuration: OFF finds nothing, another severity is that of all its findings."""
    _, target, _ = spoilt
    left = found(target, severities={"K2": "OFF", "B1": "block"})
    assert "K2" not in {rule for rule, _ in left}
    issues = target.rows("globale_catalog_issues")
    assert {issue["severity"] for issue in issues if issue["rule"] == "B1"} == {"BLOCK"}


def test_clean_shop_has_nothing_to_mend(target: Target) -> None:
    """Not even an information."""
    with clean_shop() as sandbox:
        target.load(sandbox, *RESOURCES)
        assert found(target) == set()
        assert target.rows("globale_catalog")


@pytest.mark.full
def test_rules_about_several_products_find_theirs(tmp_path: Path) -> None:
    """The same SKU, the same name, a supplier's products from two countries, goods from China."""
    with clean_shop() as sandbox:
        shop = sandbox.shop
        first, second, third, *_ = offered_products(shop)[10:]
        one, other = sizes(first)[0], sizes(second)[0]
        other["SKU"] = str(one["SKU"]).lower()
        of_displays(name=displays(shop, first)[0]["name"].upper())(shop, third)
        made_in("CN")(shop, third)
        order, *others = shop.purchase_orders
        for purchase in others:
            purchase["lines"].clear()
        order["supplier"], line = shop.suppliers[0], order["lines"][0]
        order["lines"][:] = [
            {**line, "id": number, "productSize": sizes(product)[0]}
            for number, product in enumerate((first, second, third), 9_001)
        ]
        target = Target(tmp_path).load(sandbox, *RESOURCES)
        assert found(target) == {
            ("K4", one["id"]),
            ("K4", other["id"]),
            ("N2", sizes(first)[0]["id"]),
            ("N2", sizes(third)[0]["id"]),
            ("C3", sizes(third)[0]["id"]),
            ("M1", 0),
        }
