"""Checks the catalog by all rules. The findings are the table `globale_catalog_issues`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import dlt
from dlt.extract import DltResource
from dlt.extract.items import DataItemWithMeta

from ...destinations.queries import rows_of
from ...exceptions import InvalidSetting
from ...tables.merging import make_item, make_items
from ...tables.table import Column, Table, arrow_schema
from ..rows import Row
from ..rule_engine import OFF, Finding, Rule, choose_severity
from .catalog_facts import SUBJECT, CatalogFacts
from .options import CheckOptions
from .other_tables import read_other_tables
from .rules import RULES, parse_severities
from .severities import BLOCK, CATALOG, SEVERITIES, SOLD_ROWS, WARN

CATALOG_ISSUES = Table(
    name="globale_catalog_issues",
    columns=(
        Column("rule", "text", description="Id of the rule that found it, such as H1."),
        Column("severity", "text", description="BLOCK (the file must not be delivered), WARN or INFO."),
        Column("product_id", "bigint", description="Null if the finding is about the whole catalog."),
        Column("product_variant_id", "bigint", description="Null if the finding is about the whole catalog."),
        Column("product_size_id", "bigint", description="0 if the finding is about the whole catalog."),
        Column("number", "bigint", description="Counts the findings of a rule about a size, from 1."),
        Column("sku", "text", description="SKU of the size."),
        Column("display_name", "text", description="Name of the size in the catalog."),
        Column("value", "text", description="The value that was found; null if something is missing."),
        Column("message", "text", description="What is wrong."),
        Column("remedy", "text", description="How to fix it, and where in Centra."),
    ),
    key=("rule", "product_size_id", "number"),
    root_key="rule",
    description="One row per finding of a rule in the Global-e catalog.",
)

_READ = (
    *("product_size_id", "product_id", "product_variant_id", "sku", "display_name", "product_description"),
    *("composition", "hs_code_raw", "hs_description", "country_of_origin", "weight_grams", "weight_value"),
    *("weight_unit", "brand_name", "gtin", "is_blocked", "is_preorder", "is_bundle", "bundle_id", "store_id"),
    *("folder_name", "collection_name", "supplier_name"),
)


def catalog_issues(dataset: dlt.Dataset, options: CheckOptions | None = None) -> DltResource:
    """A resource that checks the catalog and replaces the table `globale_catalog_issues`.

    The table has one row per finding. The catalog is read twice in chunks: first to collect what the rules
    need to know about all rows, then to check each row.

    Args:
        dataset: A loaded shop with its table `globale_catalog`.
        options: Severities, and the profile of the file; None takes the defaults of `CheckOptions`.

    Raises:
        InvalidSetting: The dataset has no catalog, or a rule or a severity does not exist.
    """
    options = options or CheckOptions()
    severities = parse_severities(options.severities)
    if "globale_catalog" not in dataset.tables:
        raise InvalidSetting("The table globale_catalog does not exist: derive the catalog first.")
    return dlt.resource(_issues, name=CATALOG_ISSUES.name)(dataset, options, severities)


def _issues(
    dataset: dlt.Dataset, options: CheckOptions, severities: Mapping[str, str]
) -> Iterator[DataItemWithMeta]:
    yield make_item(CATALOG_ISSUES, arrow_schema(CATALOG_ISSUES).empty_table(), replaced_by=None)
    yield from make_items(CATALOG_ISSUES, find_issues(dataset, options, severities), replaced_by=None)


def find_issues(dataset: dlt.Dataset, options: CheckOptions, severities: Mapping[str, str]) -> Iterator[Row]:
    """Yields the rows of the table: first those of single rows in the order of the catalog, then the
    others."""
    facts = CatalogFacts(options, read_other_tables(dataset, options))
    for row in _catalog_rows(dataset, options):
        facts.add(row)
    rules = [rule for rule in RULES.values() if severities.get(rule.id) != OFF]
    row_rules = [rule for rule in rules if rule.scope != CATALOG]
    size, numbers = None, Counter[str]()
    for row in _catalog_rows(dataset, options):
        if row["product_size_id"] != size:
            size = row["product_size_id"]
            numbers.clear()
        for rule in row_rules:
            if rule.scope == SOLD_ROWS and row["is_blocked"]:
                continue
            for finding in rule.check(row, facts):
                numbers[rule.id] += 1
                yield _issue(rule, finding, row, numbers[rule.id], severities)
    for catalog_rule in (rule for rule in rules if rule.scope == CATALOG):
        counted = Counter[Any]()
        for finding in catalog_rule.check(facts):
            subject = finding.row or {}
            counted[subject.get("product_size_id")] += 1
            number = counted[subject.get("product_size_id")]
            yield _issue(catalog_rule, finding, subject, number, severities)


def _catalog_rows(dataset: dlt.Dataset, options: CheckOptions) -> Iterator[Row]:
    sold = "where not is_blocked" if options.omits_blocked else ""
    query = f"select {', '.join(_READ)} from globale_catalog {sold} order by product_size_id"
    return rows_of(dataset, query)


def _issue(
    rule: Rule[...], finding: Finding, subject: Mapping[str, Any], number: int, severities: Mapping[str, str]
) -> Row:
    return {
        **{name: subject.get(name) for name in SUBJECT},
        "product_size_id": subject.get("product_size_id") or 0,
        "rule": rule.id,
        "severity": choose_severity(rule, finding, severities),
        "number": number,
        "value": finding.value,
        "message": finding.message,
        "remedy": finding.remedy or rule.remedy,
    }


class RuleCount(NamedTuple):
    """The findings of one rule with one severity.

    Attributes:
        rule: Id of the rule.
        severity: BLOCK, WARN or INFO.
        title: What is wrong.
        issues: Number of findings.
        products: Number of products with findings.
    """

    rule: str
    severity: str
    title: str
    issues: int
    products: int


@dataclass(frozen=True)
class Summary:
    """The result of a check.

    Attributes:
        counts: The findings by rule: the most severe first, then in the order of the rules.
    """

    counts: tuple[RuleCount, ...]

    def issues(self, severity: str) -> int:
        """Returns the number of findings of a severity."""
        return sum(count.issues for count in self.counts if count.severity == severity)

    def fails(self, *, strict: bool = False) -> bool:
        """Whether the file must not be delivered. With `strict`, a warning is enough."""
        return self.issues(BLOCK) > 0 or (strict and self.issues(WARN) > 0)


def summarize_issues(dataset: dlt.Dataset) -> Summary:
    """Counts the findings in `globale_catalog_issues`, which the last check has written."""
    query = (
        "select rule, severity, count(*) as issues, count(distinct product_id) as products "
        "from globale_catalog_issues group by rule, severity"
    )
    counts = [
        RuleCount(
            row["rule"], row["severity"], RULES[row["rule"]].title, int(row["issues"]), int(row["products"])
        )
        for row in rows_of(dataset, query)
    ]
    order = list(RULES)
    return Summary(
        tuple(sorted(counts, key=lambda one: (SEVERITIES.index(one.severity), order.index(one.rule))))
    )


def read_issues(dataset: dlt.Dataset) -> Iterator[Row]:
    """Yields the findings, always in the same order: the most severe first, then by rule and size."""
    columns = ", ".join(column.name for column in CATALOG_ISSUES.columns)
    query = (
        f"select {columns} from globale_catalog_issues order by {_case('severity', SEVERITIES)}, "
        f"{_case('rule', RULES)}, product_size_id, number"
    )
    return rows_of(dataset, query)


def _case(column: str, values: Iterable[str]) -> str:
    whens = " ".join(f"when '{value}' then {place}" for place, value in enumerate(values))
    return f"case {column} {whens} end"
