"""The rules that a catalog must fulfil before Global-e gets it, by what they are about.

K: identity, N: name, D: description, C: country of origin, H: commodity code, W: weight, B: brand,
P: pre-order, U: bundles, G: GTIN, X: characters, R: completeness, M: manufacturer id.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...exceptions import InvalidSetting
from ...spelling import did_you_mean
from ..checks import catalog_rules, customs_rules, text_rules
from .rule_kinds import BLOCK, INFO, OFF, SEVERITIES, WARN, CatalogRule, RowRule, Rule

# Centra shows products, variants and sizes in the General section of a product, displays in that of a store.
_PRODUCT = "Products > [product] > General"
_SIZE = "Products > [product] > General, at the size"
_DISPLAY = "Products > [product] > [store] Displays > [display]"

_SKU = f"{_PRODUCT}: Centra joins the numbers of product, variant and size; change the one at fault."
_TEXT = f"{_DISPLAY} for name and description, {_PRODUCT} for the rest"
_ORIGIN = f"{_PRODUCT}, country of origin: choose the country where the goods were made."
_CODE = f"{_PRODUCT}, harmonized commodity code"
_WEIGHT = f"{_PRODUCT}, weight: enter the weight of one piece with its packaging"

_RULES: tuple[Rule, ...] = (
    RowRule(
        "K1",
        BLOCK,
        "Every row has a unique identifier of its own",
        "Derive the catalog again; the identifier is Centra's id of the size, which nobody types.",
        catalog_rules.id_is_unique,
    ),
    RowRule("K2", BLOCK, "Every row has an SKU", _SKU, text_rules.sku_is_present),
    RowRule("K3", BLOCK, "No SKU holds blanks", _SKU, text_rules.sku_has_no_blanks),
    RowRule("K4", BLOCK, "No two sizes have the same SKU", _SKU, catalog_rules.sku_is_unique),
    RowRule(
        "K5",
        INFO,
        "No SKU looks like a number or a date",
        "Nothing in Centra, if the file is sent as it is: do not open and save it in a spreadsheet.",
        text_rules.sku_survives_a_spreadsheet,
    ),
    RowRule(
        "N1",
        BLOCK,
        "Every row has a plain display name",
        f"{_DISPLAY}, name: write plain text of moderate length.",
        text_rules.name_is_fit,
    ),
    RowRule(
        "N2",
        INFO,
        "No two products have the same display name",
        f"{_DISPLAY}, name: add what tells the products apart, if they are not the same.",
        catalog_rules.name_is_unique,
    ),
    RowRule(
        "D1",
        BLOCK,
        "Every row has a description",
        f"{_DISPLAY}, description: say what it is and what it is made of.",
        text_rules.description_is_present,
    ),
    RowRule(
        "D2",
        WARN,
        "Every description is plain text",
        f"{_DISPLAY}, description: mend or remove the markup that was found.",
        text_rules.description_is_plain,
    ),
    RowRule(
        "D3",
        WARN,
        "Every description says what the product is",
        f"{_DISPLAY}, description: say what it is and what it is made of.",
        text_rules.description_says_something,
    ),
    RowRule("C1", BLOCK, "Every row has a country of origin", _ORIGIN, customs_rules.origin_is_present, True),
    RowRule("C2", BLOCK, "Every country of origin exists", _ORIGIN, customs_rules.origin_is_a_country, True),
    CatalogRule(
        "C3",
        INFO,
        "A supplier's products of a collection come from one country",
        f"{_PRODUCT}, country of origin: see whether the rarer one is meant.",
        catalog_rules.origins_agree,
    ),
    RowRule(
        "H1",
        BLOCK,
        "Every row has a commodity code or a composition",
        f"{_CODE}: enter that of the customs tariff; or fill in the attribute that holds the composition.",
        customs_rules.code_or_composition_is_present,
        True,
    ),
    RowRule(
        "H2",
        BLOCK,
        "Every commodity code has 6, 8 or 10 digits",
        f"{_CODE}: look the code up in the customs tariff; do not fill it up with zeros.",
        customs_rules.code_is_well_formed,
        True,
    ),
    RowRule(
        "H3",
        WARN,
        "Every commodity code is in the Harmonized System of 2022",
        f"{_CODE}: look the code up in today's customs tariff.",
        customs_rules.code_exists,
        True,
    ),
    CatalogRule(
        "H4",
        WARN,
        "No commodity code stands for everything",
        f"{_CODE}: see whether it was entered as a placeholder.",
        catalog_rules.codes_differ,
    ),
    RowRule(
        "H5",
        INFO,
        "Every commodity code suits the name",
        f"{_CODE}: see whether code and name are of the same product.",
        customs_rules.code_suits_the_name,
        True,
    ),
    RowRule("W1", WARN, "Every row has a weight", f"{_WEIGHT}.", customs_rules.weight_is_present, True),
    RowRule(
        "W2",
        WARN,
        "Every weight is plausible",
        f"{_WEIGHT}, and see to its unit.",
        customs_rules.weight_is_plausible,
        True,
    ),
    CatalogRule(
        "W3",
        WARN,
        "Weights differ from product to product",
        f"{_WEIGHT}; the present one looks like a placeholder.",
        catalog_rules.weights_differ,
    ),
    RowRule(
        "B1", INFO, "Every row has a brand", f"{_PRODUCT}, brand: choose one.", catalog_rules.row_has_a_brand
    ),
    RowRule(
        "P1",
        INFO,
        "Global-e knows what is on pre-order",
        "Tell Global-e: an order of a size that only one side has on pre-order does not reach Centra.",
        catalog_rules.preorder_is_known,
    ),
    RowRule(
        "U1",
        WARN,
        "Bundles hold what the catalog has",
        "Products > [bundle product]: see what its sections hold, and put that on a display of the store.",
        catalog_rules.bundle_is_mapped,
    ),
    RowRule(
        "G1",
        INFO,
        "Every GTIN is right and on one size only",
        f"{_SIZE}, EAN or UPC: enter the number that is printed below the barcode.",
        customs_rules.gtin_is_right,
    ),
    RowRule(
        "X1",
        WARN,
        "No text begins as a formula does",
        f"{_TEXT}: let the text begin with a letter or a digit.",
        text_rules.no_text_is_a_formula,
    ),
    RowRule(
        "X2",
        WARN,
        "No text is broken by a wrong encoding",
        f"{_TEXT}: type the text anew, or import it as UTF-8.",
        text_rules.encoding_is_whole,
    ),
    CatalogRule(
        "R1",
        BLOCK,
        "Every size of the shop is in the catalog or excluded for a reason",
        "Load the shop and derive the catalog again.",
        catalog_rules.sizes_are_complete,
    ),
    CatalogRule(
        "R2",
        BLOCK,
        "Few rows vanish since the last delivery",
        "See why they are gone (displays, statuses); if that is meant, raise the share that may vanish.",
        catalog_rules.few_rows_vanish,
    ),
    CatalogRule(
        "M1",
        INFO,
        "Makers of goods from China and Hong Kong are known",
        "Have the manufacturer ids (MID) of these products ready for orders to the United States.",
        catalog_rules.origins_need_no_mid,
    ),
)

RULES: dict[str, Rule] = {rule.id: rule for rule in _RULES}
"""All rules by their ids."""


def parse_severities(severities: Mapping[str, str]) -> dict[str, str]:
    """Returns severities by rule, in capitals.

    Raises:
        InvalidSetting: A rule or a severity that does not exist.
    """
    parsed: dict[str, str] = {}
    for rule, severity in severities.items():
        if rule.upper() not in RULES:
            raise InvalidSetting(
                f"severities names '{rule}', which is no rule of the catalog: {did_you_mean(rule, RULES)}"
            )
        if str(severity).upper() not in (*SEVERITIES, OFF):
            raise InvalidSetting(
                f"The severity of {rule} is '{severity}', but it is BLOCK, WARN, INFO or OFF: "
                f"{did_you_mean(str(severity), (*SEVERITIES, OFF))}"
            )
        parsed[rule.upper()] = str(severity).upper()
    return parsed
