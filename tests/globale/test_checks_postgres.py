"""The rules of the catalog on PostgreSQL find the same issues as on DuckDB."""

from __future__ import annotations

import pytest

from centra_source.globale.checks.issues import catalog_issues, find_issues, read_issues, summarize_issues
from centra_source.globale.checks.options import CheckOptions
from centra_source.globale.checks.rules import parse_severities

from ..support.globale_catalog_rows import Planted, make_row
from ..support.globale_planted import PLANTED
from ..support.postgres import PostgresTarget


@pytest.mark.full
def test_each_rule_finds_its_planted_cases(postgres: PostgresTarget) -> None:
    """On PostgreSQL, every rule finds exactly its planted cases."""
    Planted([]).load(postgres.pipeline)
    wrong = {}
    for rule, several in PLANTED.items():
        for number, planted in enumerate(several, 1):
            dataset = planted.fill(postgres.pipeline)
            severities = parse_severities(planted.options.severities)
            issues = list(find_issues(dataset, planted.options, severities))
            found = sorted((issue["rule"], issue["product_size_id"], issue["severity"]) for issue in issues)
            if found != sorted((rule, size, severity) for size, severity in planted.expected):
                wrong[f"{rule}-{number}"] = found
    assert wrong == {}


@pytest.mark.full
def test_issues_are_loaded_and_summarized(postgres: PostgresTarget) -> None:
    """On PostgreSQL, the issues are loaded, read in order, and counted."""
    rows = [make_row(1, brand_name=None), make_row(2, sku="=A 1"), make_row(3, sku=None)]
    dataset = Planted(rows).load(postgres.pipeline)
    postgres.pipeline.run(catalog_issues(dataset, CheckOptions()))
    dataset = postgres.pipeline.dataset()
    ordered = [(issue["severity"], issue["rule"]) for issue in read_issues(dataset)]
    assert ordered == [("BLOCK", "K2"), ("BLOCK", "K3"), ("BLOCK", "X1"), ("INFO", "B1")]
    assert summarize_issues(dataset).fails()
