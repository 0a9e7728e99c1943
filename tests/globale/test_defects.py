"""A shop with one defect of each kind: each rule finds its own defects and nothing else."""

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

from ..support.globale_shop import (
    RESOURCES,
    find_or_add_country,
    list_displays,
    list_offered_products,
    list_sizes,
    make_clean_shop,
)
from ..support.target import Target
from ..support.workplace import Row

SETTINGS = {"composition": "pr_composition", "profile": "full"}

Plant = Callable[[Shop, Any], None]


@dataclass(frozen=True)
class Defect:
    """A change that spoils a product, and which of its sizes the rule finds: all, or only the first."""

    plant: Plant
    finds: str = "all"


def change_product(**changes: Any) -> Plant:
    """Returns a function that changes fields of the product."""
    return lambda shop, product: product.update(changes)


def change_displays(**changes: Any) -> Plant:
    """Returns a function that changes fields of the product's displays."""

    def plant(shop: Shop, product: Any) -> None:
        for display in list_displays(shop, product):
            display.update(changes)

    return plant


def change_first_size(**changes: Any) -> Plant:
    """Returns a function that changes fields of the product's first size."""
    return lambda shop, product: list_sizes(product)[0].update(changes)


def remove_code_and_composition(shop: Shop, product: Any) -> None:
    """Removes the commodity code and the composition."""
    product["harmonizedCommodityCode"] = None
    product["attributes"].clear()


def set_country_of_origin(code: str) -> Plant:
    """Returns a function that sets the country of origin."""
    return lambda shop, product: product.update(countryOfOrigin=find_or_add_country(shop, code))


def contradict_code_and_name(shop: Shop, product: Any) -> None:
    """Gives the product a code of one kind of goods and a name of another."""
    change_product(harmonizedCommodityCode="640391")(shop, product)
    change_displays(name="Wool trousers")(shop, product)


def make_empty_bundle(shop: Shop, product: Any) -> None:
    """Makes the product a bundle without contents."""
    product.update(isBundle=True, bundle=shop.add("Bundle", sections=[], product=product))


DEFECTS: dict[str, Defect] = {
    "K2": Defect(change_first_size(SKU=None), "first"),
    "K3": Defect(change_first_size(SKU="NL 1 X"), "first"),
    "K5": Defect(change_first_size(SKU="0012345"), "first"),
    "N1": Defect(change_displays(name="")),
    "D1": Defect(change_displays(description=None, shortDescription=None)),
    "D2": Defect(change_displays(description="A blanket of wool &amp;amp; silk that lasts")),
    "D3": Defect(change_displays(description="Accessories for women and men")),
    "C1": Defect(change_product(countryOfOrigin=None)),
    "C2": Defect(set_country_of_origin("UK")),
    "H1": Defect(remove_code_and_composition),
    "H2": Defect(change_product(harmonizedCommodityCode="63012")),
    "H3": Defect(change_product(harmonizedCommodityCode="620293")),
    "H5": Defect(contradict_code_and_name),
    "W1": Defect(change_product(weight=None)),
    "W2": Defect(change_product(weight=make_weight(900.0, "KILOGRAMS"))),
    "B1": Defect(change_product(brand=None)),
    "P1": Defect(change_first_size(preorder=True), "first"),
    "U1": Defect(make_empty_bundle),
    "G1": Defect(change_first_size(EAN="5678902338761"), "first"),
    "X1": Defect(change_displays(description="=A blanket woven of wool")),
    "X2": Defect(change_displays(description="A blanket from GÃ¶teborg, woven of wool")),
}
"""The defects that a single product can have."""

TOGETHER = {"K4", "N2", "C3", "M1"}
"""Rules about several products at once. Each has its own test below."""

BEYOND_A_SHOP = {"K1", "H4", "W3", "R1", "R2"}
"""Rules about the whole catalog, or about what Centra prevents; see test_checks.py."""


def find_rules_and_sizes(target: Target, **settings: Any) -> set[tuple[str, int]]:
    """Derives the catalog again and returns the rule and size of every finding."""
    derive_catalog(target.pipeline, catalog_configuration(**{**SETTINGS, **settings}))
    return {(row["rule"], row["product_size_id"]) for row in target.rows("globale_catalog_issues")}


def test_every_rule_has_a_defect_or_is_listed_as_an_exception() -> None:
    """Every rule has a defect here or is listed with the reason why it has none."""
    assert {*DEFECTS, *TOGETHER, *BEYOND_A_SHOP} == set(RULES)


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Target, dict[str, Any]]]:
    """A loaded shop in which each defect has its own product and everything else is clean."""
    with make_clean_shop(60) as sandbox:
        products = list_offered_products(sandbox.shop)[::2][: len(DEFECTS)]
        for product, defect in zip(products, DEFECTS.values(), strict=True):
            defect.plant(sandbox.shop, product)
        target = Target(tmp_path_factory.mktemp("spoilt")).load(sandbox, *RESOURCES)
        yield sandbox, target, dict(zip(DEFECTS, products, strict=True))


def test_each_rule_finds_its_defects_and_nothing_else(
    spoilt: tuple[Sandbox, Target, dict[str, Any]],
) -> None:
    """A size that has one defect is found by one rule only."""
    _, target, products = spoilt
    planted = {
        (rule, size["id"])
        for rule, product in products.items()
        for size in (list_sizes(product) if DEFECTS[rule].finds == "all" else list_sizes(product)[:1])
    }
    assert find_rules_and_sizes(target) == planted
    issues: list[Row] = target.rows("globale_catalog_issues")
    assert all(issue["message"] and issue["remedy"] for issue in issues)


def test_severity_of_a_rule_can_be_configured(spoilt: tuple[Sandbox, Target, dict[str, Any]]) -> None:
    """OFF finds nothing, and another severity applies to all findings of the rule."""
    _, target, _ = spoilt
    left = find_rules_and_sizes(target, severities={"K2": "OFF", "B1": "block"})
    assert "K2" not in {rule for rule, _ in left}
    issues = target.rows("globale_catalog_issues")
    assert {issue["severity"] for issue in issues if issue["rule"] == "B1"} == {"BLOCK"}


@pytest.mark.full
def test_clean_shop_has_no_findings(target: Target) -> None:
    """A clean shop has no finding of any severity."""
    with make_clean_shop() as sandbox:
        target.load(sandbox, *RESOURCES)
        assert find_rules_and_sizes(target) == set()
        assert target.rows("globale_catalog")


@pytest.mark.full
def test_rules_about_several_products_find_their_defects(tmp_path: Path) -> None:
    """Duplicate SKUs and names, a supplier with two origins, and goods from China are found."""
    with make_clean_shop() as sandbox:
        shop = sandbox.shop
        first, second, third, *_ = list_offered_products(shop)[10:]
        one, other = list_sizes(first)[0], list_sizes(second)[0]
        other["SKU"] = str(one["SKU"]).lower()
        change_displays(name=list_displays(shop, first)[0]["name"].upper())(shop, third)
        set_country_of_origin("CN")(shop, third)
        order, *others = shop.purchase_orders
        for purchase in others:
            purchase["lines"].clear()
        order["supplier"], line = shop.suppliers[0], order["lines"][0]
        order["lines"][:] = [
            {**line, "id": number, "productSize": list_sizes(product)[0]}
            for number, product in enumerate((first, second, third), 9_001)
        ]
        target = Target(tmp_path).load(sandbox, *RESOURCES)
        assert find_rules_and_sizes(target) == {
            ("K4", one["id"]),
            ("K4", other["id"]),
            ("N2", list_sizes(first)[0]["id"]),
            ("N2", list_sizes(third)[0]["id"]),
            ("C3", list_sizes(third)[0]["id"]),
            ("M1", 0),
        }
