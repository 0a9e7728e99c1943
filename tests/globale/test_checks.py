"""The rules of the catalog: each rule finds its planted cases, and no other rule finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from centra_source.exceptions import InvalidSetting
from centra_source.globale.checks.issues import catalog_issues, find_issues, read_issues, summarize_issues
from centra_source.globale.checks.options import CheckOptions
from centra_source.globale.checks.rules import RULES, parse_severities

from ..support.globale_catalog_rows import Planted, make_gtin, make_row
from ..support.globale_planted import PLANTED
from ..support.target import Target
from ..support.workplace import Row

FACTS = (
    *("K1", "K2", "K3", "K4", "K5", "N1", "N2", "D1", "D2", "D3", "C1", "C2", "C3", "H1", "H2"),
    *("H3", "H4", "H5", "W1", "W2", "W3", "B1", "P1", "U1", "G1", "X1", "X2", "R1", "R2", "M1"),
)
"""The rules, in the order in which they are reported."""

IN_MAKE_TEST = ("C3", "H4", "K1", "K4", "M1", "N2", "R1", "R2", "W3")
"""The rules of which test_defects.py plants no case."""

CASES = [
    pytest.param(
        *(rule, planted),
        id=f"{rule}-{number}",
        marks=() if rule in IN_MAKE_TEST and number == 1 else pytest.mark.full,
    )
    for rule, several in PLANTED.items()
    for number, planted in enumerate(several, 1)
]

Find = Callable[[Planted], list[Row]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A database in which one catalog replaces another."""
    target = Target(tmp_path_factory.mktemp("checks"))
    Planted([]).load(target.pipeline)
    yield target
    target.close()


@pytest.fixture
def find(place: Target) -> Find:
    """A function that loads a catalog and returns its issues."""

    def found(planted: Planted) -> list[Row]:
        dataset = planted.fill(place.pipeline)
        return list(find_issues(dataset, planted.options, parse_severities(planted.options.severities)))

    return found


def test_registry_contains_every_rule_in_order() -> None:
    """Each rule has a severity, a requirement and a remedy."""
    assert tuple(RULES) == FACTS
    assert all(rule.id == name and rule.title and rule.remedy for name, rule in RULES.items())


def test_every_rule_has_a_planted_case() -> None:
    """Every registered rule has at least one planted case."""
    unplanted = set(RULES) - {
        rule for rule, several in PLANTED.items() if any(one.expected for one in several)
    }
    assert not unplanted, f"plant a case in globale_planted.py for {sorted(unplanted)}"


@pytest.mark.parametrize(("rule", "planted"), CASES)
def test_rule_finds_its_planted_cases_and_no_other_does(rule: str, planted: Planted, find: Find) -> None:
    """Only this rule finds the planted cases, near misses give no issue, and OFF silences the rule."""
    issues = find(planted)
    found = [(issue["rule"], issue["product_size_id"], issue["severity"]) for issue in issues]
    assert sorted(found) == sorted((rule, size, severity) for size, severity in planted.expected)
    options = replace(planted.options, severities={rule: "OFF"})
    assert find(replace(planted, options=options)) == []


def test_clean_rows_give_no_issue(find: Find) -> None:
    """A catalog of clean rows has no issues."""
    assert find(Planted([make_row(size) for size in range(1, 9)])) == []


def test_an_issue_says_what_was_found_and_what_to_do(find: Find) -> None:
    """An issue names product, variant, size, SKU, value, remedy, and the place in Centra."""
    (issue,) = find(Planted([make_row(1), make_row(2, hs_code_raw="61091")]))
    subject = ("product_id", "product_variant_id", "product_size_id", "sku", "display_name", "number")
    assert [issue[name] for name in subject] == [1_002, 2_002, 2, "TS0002-BLK-M", "Cotton T-shirt no. 2", 1]
    assert issue["value"] == "61091"
    assert "5 digits" in issue["message"]
    assert "harmonized commodity code" in issue["remedy"]


def test_invisible_characters_are_shown(find: Find) -> None:
    """The issue shows an invisible character by its code."""
    (issue,) = find(Planted([make_row(1, sku="A\N{NO-BREAK SPACE}B")]))
    assert issue["value"] == r"A\xa0B"


def test_skus_are_compared_without_surrounding_blanks(find: Find) -> None:
    """SKUs that differ only in surrounding blanks are duplicates, because Global-e might trim them."""
    issues = find(Planted([make_row(1, sku="AB-1"), make_row(2, sku="ab-1 ")]))
    assert sorted((issue["rule"], issue["product_size_id"]) for issue in issues) == [
        ("K3", 2),
        ("K4", 1),
        ("K4", 2),
    ]


def test_severities_are_adjustable(find: Find) -> None:
    """A configured severity, in any case, applies to all issues of the rule, and OFF disables the rule."""
    rows = [
        make_row(1, brand_name=None, display_name="<b>Cotton</b>"),
        make_row(2, display_name=None, weight_value=None),
    ]
    options = CheckOptions(severities={"b1": "block", "N1": "INFO", "W1": "off"})
    found = [(issue["rule"], issue["severity"]) for issue in find(Planted(rows, options=options))]
    assert sorted(found) == [("B1", "BLOCK"), ("N1", "INFO"), ("N1", "INFO")]


@pytest.mark.parametrize(
    ("severities", "hint"),
    [({"K9": "WARN"}, "did you mean K"), ({"K1": "BLOK"}, "write BLOCK, WARN, INFO or OFF")],
)
def test_unknown_rules_and_severities_are_refused(severities: dict[str, str], hint: str) -> None:
    """An unknown rule or severity is refused with the nearest valid names."""
    with pytest.raises(InvalidSetting, match=hint):
        parse_severities(severities)


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_share_outside_0_to_1_is_refused(share: float) -> None:
    """A share must be between 0 and 1."""
    with pytest.raises(InvalidSetting, match="removed_share"):
        CheckOptions(removed_share=share)


@pytest.mark.full
def test_issues_table_is_replaced_by_each_check(target: Target) -> None:
    """The table has one row per issue and its key, and each check replaces the rows of the last."""
    rows = [make_row(1, brand_name=None), make_row(2, sku="=A 1", gtin="1"), make_row(3, sku=None)]
    dataset = Planted(rows).load(target.pipeline)
    target.pipeline.run(catalog_issues(dataset, CheckOptions()))
    issues = target.rows("globale_catalog_issues")
    found = sorted((issue["rule"], issue["product_size_id"], issue["number"]) for issue in issues)
    assert found == [("B1", 1, 1), ("G1", 2, 1), ("K2", 3, 1), ("K3", 2, 1), ("X1", 2, 1)]
    ordered = [(issue["severity"], issue["rule"]) for issue in read_issues(target.pipeline.dataset())]
    assert ordered == [("BLOCK", "K2"), ("BLOCK", "K3"), ("BLOCK", "X1"), ("INFO", "B1"), ("INFO", "G1")]
    Planted([make_row(1)]).load(target.pipeline)
    target.pipeline.run(catalog_issues(target.pipeline.dataset()))
    assert target.rows("globale_catalog_issues") == []
    assert summarize_issues(target.pipeline.dataset()).counts == ()


def test_same_catalog_gives_the_same_issues(find: Find) -> None:
    """The order of the issues does not depend on the order of the stored rows."""
    rows = [make_row(size, brand_name=None, gtin=make_gtin(1), sku="A B") for size in range(1, 6)]
    assert find(Planted(rows)) == find(Planted(rows[::-1]))


@pytest.mark.parametrize(
    ("changes", "fails", "fails_strictly"),
    [({"sku": None}, True, True), ({"weight_value": None}, False, True), ({"gtin": "1"}, False, False)],
)
def test_summary_decides_whether_the_file_may_be_delivered(
    place: Target, changes: Row, fails: bool, fails_strictly: bool
) -> None:
    """A BLOCK always fails the check, a WARN only if requested, and an INFO never."""
    dataset = Planted([make_row(1, **changes), make_row(2, product_id=1_001, **changes)]).fill(place.pipeline)
    options = CheckOptions(severities={"K4": "OFF"})
    place.pipeline.run(catalog_issues(dataset, options))
    result = summarize_issues(place.pipeline.dataset())
    assert (result.fails(), result.fails(strict=True)) == (fails, fails_strictly)
    ((rule, severity, title, issues, products),) = result.counts
    assert (title, severity) == (RULES[rule].title, RULES[rule].severity)
    assert (issues, products, result.issues(severity)) == (2, 1, 2)


def test_catalog_can_be_checked_without_other_tables(target: Target) -> None:
    """A rule whose tables were never loaded is skipped without an error."""
    planted = Planted([make_row(1, is_bundle=True, bundle_id=5), make_row(2)])
    dataset = planted.load(target.pipeline, "globale_catalog")
    issues = list(find_issues(dataset, CheckOptions(), {}))
    assert [(issue["rule"], issue["product_size_id"]) for issue in issues] == [("U1", 1), ("R1", 0)]
    assert "Bundle:read" in issues[0]["remedy"]


def test_check_without_a_catalog_is_refused(target: Target) -> None:
    """The error names the step to run first, before the check starts."""
    dataset = Planted([]).load(target.pipeline, "product_sizes")
    with pytest.raises(InvalidSetting, match="derive the catalog first"):
        catalog_issues(dataset)
