"""The page of issues: complete, self-contained, and safe with any text of the shop."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from centra_source.globale.delivery.issues_page import ID_COLUMNS, TEXT_COLUMNS, PageSummary, write_page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
SUMMARY = PageSummary(
    store_name="Shop & Söhne </title>",
    store_id=1,
    profile="full",
    file_name="Shop_product-catalogue_220320251140.csv",
    rows=12,
    made_at=datetime(2025, 3, 22, 12, 40, tzinfo=timezone(timedelta(hours=1))),
    rule_titles={"H2": "HS code malformed", "B1": "Brand missing", "K2": "SKU missing"},
)
HOSTILE = [
    "</script><script>document.title = 'broken out'</script>",
    "<!-- <script>",
    "]]> & &lt;b&gt; <img src=x onerror=alert(1)>",
    "a\u2028b\u2029c\x00d\ud800e",
    "{{data}}",
    "Klänning 東京 \U0001f9e3",
]


def make_issue(**values: Any) -> dict[str, Any]:
    """Returns a row of globale_catalog_issues."""
    return {
        "rule": "H2",
        "severity": "BLOCK",
        "product_id": 4,
        "product_variant_id": 40,
        "product_size_id": 400,
        "sku": "AW25-4-S",
        "display_name": "Wool Beanie",
        "value": "620.630",
        "message": "The code has 9 digits.",
        "remedy": "Type it again under Catalog > Products.",
        **values,
    }


class Elements(HTMLParser):
    """The elements of a page, and the text in its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps the element."""
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        """Keeps the text of a script."""
        if self.elements and self.elements[-1][0] == "script":
            self.scripts[-1] += data


def read_issues_of_page(path: Path) -> list[dict[str, Any]]:
    """Returns the issues as the page's script reads them."""
    data = json.loads(Elements(path.read_text(encoding="utf-8")).scripts[0])
    rows = []
    for row in data["issues"]:
        texts = [None if index is None else data["texts"][index] for index in row[: len(TEXT_COLUMNS)]]
        rows.append(dict(zip(TEXT_COLUMNS + ID_COLUMNS, texts + row[len(TEXT_COLUMNS) :], strict=True)))
    return rows


def test_page_contains_every_issue_unchanged(tmp_path: Path) -> None:
    """The page keeps the order of the issues and all texts, including hostile and missing ones."""
    path = tmp_path / "issues.html"
    issues = [make_issue(value=text, sku=None, product_size_id=None) for text in HOSTILE] + [
        make_issue(value=None)
    ]
    assert write_page(path, iter(issues), SUMMARY) == len(issues)
    assert read_issues_of_page(path) == issues


def test_no_text_ends_the_script_that_contains_it(tmp_path: Path) -> None:
    """Any product name leaves the page with its two scripts and no additional element."""
    plain, hostile = tmp_path / "plain.html", tmp_path / "hostile.html"
    write_page(plain, [make_issue()], SUMMARY)
    texts = {column: " ".join(HOSTILE) for column in TEXT_COLUMNS}
    write_page(hostile, [make_issue(**texts)], replace(SUMMARY, rule_titles={HOSTILE[0]: HOSTILE[1]}))
    before, after = (Elements(path.read_text(encoding="utf-8")) for path in (plain, hostile))
    assert after.elements == before.elements
    assert len(after.scripts) == 2
    assert re.search(r"[<>&\u2028\u2029]|[^\x00-\x7f]", after.scripts[0]) is None


def test_page_requests_nothing(tmp_path: Path) -> None:
    """The page uses no address and no other file, and its policy blocks both."""
    path = tmp_path / "issues.html"
    write_page(path, [make_issue()], SUMMARY)
    page = path.read_text(encoding="utf-8")
    elements = Elements(page).elements
    policies = [found.get("content") or "" for _, found in elements if "http-equiv" in found]
    assert [policy.startswith(POLICY) for policy in policies] == [True]
    assert [found for tag, found in elements if "src" in found or tag in ("link", "img", "iframe")] == []
    assert {found["href"] for _, found in elements if "href" in found} == {"#issues"}
    assert re.findall(r"https?:|url\(|@import|fetch\(|XMLHttp", page) == []


def test_data_becomes_text_and_never_markup(tmp_path: Path) -> None:
    """The script builds elements and never parses a text as markup."""
    path = tmp_path / "issues.html"
    write_page(path, [], SUMMARY)
    script = Elements(path.read_text(encoding="utf-8")).scripts[1]
    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function", script) == []
    )


def test_same_issues_give_the_same_bytes(tmp_path: Path) -> None:
    """Equal issues, also with a time in another time zone, give the same bytes."""
    one, other = tmp_path / "one.html", tmp_path / "other.html"
    write_page(one, [make_issue(), make_issue(rule="B1")], SUMMARY)
    write_page(
        other,
        [make_issue(), make_issue(rule="B1")],
        replace(SUMMARY, made_at=SUMMARY.made_at.astimezone(timezone.utc)),
    )
    assert one.read_bytes() == other.read_bytes()


def test_page_contains_each_text_once(tmp_path: Path) -> None:
    """Repeated texts are stored once, so that 50,000 issues stay a file that can be sent."""
    path = tmp_path / "issues.html"
    write_page(path, [make_issue(product_size_id=number) for number in range(1000)], SUMMARY)
    assert path.read_text(encoding="utf-8").count("Type it again under") == 1


def test_failed_write_keeps_the_earlier_page(tmp_path: Path) -> None:
    """The earlier page stays and no partial file remains."""
    path = tmp_path / "issues.html"
    write_page(path, [make_issue()], SUMMARY)
    before = path.read_bytes()

    def broken() -> Iterator[dict[str, Any]]:
        yield make_issue()
        raise ConnectionError

    with pytest.raises(ConnectionError):
        write_page(path, broken(), SUMMARY)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def render_page(path: Path, profile: Path, state: str = "") -> str:
    """Returns the page's elements after a browser has run its script."""
    assert CHROMIUM is not None
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
    ]
    flags += ["--disable-component-update", "--disable-sync", f"--user-data-dir={profile}"]
    command = [CHROMIUM, *flags, "--virtual-time-budget=5000", "--dump-dom", path.as_uri() + state]
    result = subprocess.run(command, capture_output=True, check=True, timeout=120)
    return re.sub(r"(?s)<(script|style)\b.*?</\1>", "", result.stdout.decode("utf-8"))


@pytest.mark.skipif(CHROMIUM is None, reason="No Chromium here to show the page in")
def test_browser_shows_filters_and_escapes(tmp_path: Path) -> None:
    """A browser shows counts per rule, the rows that the address selects, escaped texts, or an all-clear."""
    path = tmp_path / "issues.html"
    issues = [make_issue(value=text) for text in HOSTILE] + [
        make_issue(rule="B1", severity="INFO", sku="OTHER-1")
    ]
    write_page(path, issues, SUMMARY)
    everything = render_page(path, tmp_path / "profile")
    assert everything.count("<tr class=") == len(issues)
    assert "Not ready for Global-e: 6 issues block the file." in everything
    assert "&lt;/script&gt;&lt;script&gt;document.title = 'broken out'" in everything
    assert "<title>Shop &amp; Söhne &lt;/title&gt;: Global-e catalog issues</title>" in everything
    assert re.findall(r'<i data-count="">(\d+)</i>', everything) == ["6", "1"]
    assert "22 March 2025" in everything
    assert "11:40 UTC" in everything
    filtered = render_page(path, tmp_path / "profile", "#text=other&severity=INFO&sort=sku")
    assert re.findall(r'<tr class="(\w*)"', filtered) == ["INFO"]
    assert "1 of 7 issues: Info, “other”" in filtered
    write_page(path, [], SUMMARY)
    assert "All 12 rows pass 3 checks. The file is ready for Global-e." in render_page(
        path, tmp_path / "profile"
    )
