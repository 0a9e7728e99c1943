"""README and pages: they answer questions, and their links, settings and commands are right."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from openpyxl import Workbook

from centra_jobs.cli import app
from centra_sandbox import Sandbox
from centra_source import centra_source
from centra_source.globale import CatalogConfiguration
from centra_source.privacy import PERSONAL
from docs.commands import list_commands, list_options

from ..support.workplace import PROJECT, Workplace, make_environment
from .pages import PAGES, README, anchors, blocks, centra, prose

ALL = [README, *PAGES]
GENERATED = ("benchmarks", "benchmarks_catalog", "reference", "tables")
"""Pages that are made of other texts."""

OPTIONS = {name: list(list_options(command)) for name, command in list_commands(app, "centra")}

SCHEDULERS = "tests/support/schedulers.py"

RUN_HERE = {
    "centra check --permissions": 0,
    "centra check": 0,
    "centra forecast": 0,
    "centra load": 0,
    "centra load --sweep": 0,
    "centra backfill --start-date 2024-01-01 --end-date 2026-01-01": 0,
    "centra nightly --report report.json": 0,
    "centra globale catalog": 1,
    "centra globale doctor": 3,
    "centra globale orders --report weekly.xlsx": 0,
    "centra query query.graphql": 0,
}
"""Commands that the test below runs in this order, on a shop with mistakes: their exit codes."""

RUN_ELSEWHERE = {
    "make run": "tests/docs/test_readme.py",
    "make check": ".ci/run",
    "make test": ".ci/run",
    "make test-all": "Makefile",
    "python3 -m venv .venv": "Makefile",
    ". .venv/bin/activate": "Makefile",
    "pip install -c constraints.txt '.[sandbox]'": "Makefile",
    "centra check --schema-report schema.graphql": "tests/check/test_schema_drift.py",
    "rm centra.duckdb": "tests/docs/test_readme.py",
    "centra notebook": "tests/notebooks/test_notebooks.py",
    "centra dashboard": "tests/notebooks/test_notebooks.py",
    "centra nightly --destination postgres --report report.json": "tests/jobs/test_nightly.py",
    'python -c "import secrets; print(secrets.token_hex(32))"': "centra_source/setting_parsers.py",
    "cd /srv/centra": "tests/jobs/test_schedules.py",
    ".venv/bin/pip install -c constraints.txt -e . 'dlt[postgres]'": "Makefile",
    "cp .dlt/example.secrets.toml .dlt/secrets.toml && chmod 600 .dlt/secrets.toml": (
        "tests/jobs/test_command_line.py"
    ),
    "uv pip install 'apache-airflow>=3.3,<4' 'dlt[postgres]' -r pyproject.toml": SCHEDULERS,
    "export AIRFLOW_HOME=/srv/airflow PYTHONPATH=/srv/centra DLT_PROJECT_DIR=/srv/centra "
    "CENTRA_DESTINATION=postgres": "tests/jobs/test_schedules.py",
    'mkdir -p "$AIRFLOW_HOME/dags" && cp pipelines/schedules/airflow_dag.py "$AIRFLOW_HOME/dags/"': (
        "tests/jobs/test_schedules.py"
    ),
    "airflow db migrate": "tests/jobs/test_schedules.py",
    "airflow dags test centra 2026-11-16T02:00:00+00:00": "tests/jobs/test_schedules.py",
    "uv pip install dagster dagster-webserver 'dlt[postgres]' -r pyproject.toml": SCHEDULERS,
    "export DAGSTER_HOME=/srv/dagster PYTHONPATH=/srv/centra DLT_PROJECT_DIR=/srv/centra "
    "CENTRA_DESTINATION=postgres": "tests/jobs/test_schedules.py",
    'mkdir -p "$DAGSTER_HOME" && cp pipelines/schedules/dagster.yaml "$DAGSTER_HOME/"': (
        "tests/jobs/test_schedules.py"
    ),
    "dagster dev -f pipelines/schedules/dagster_definitions.py": "tests/jobs/test_schedules.py",
}
"""Commands that another test, or the Makefile itself, runs in the same or nearly the same way: its file."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_first_line_is_the_question_that_the_page_answers(page: Path) -> None:
    """A reader knows at once whether it is the right page."""
    first, *_ = page.read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(r"# .+\?", first)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_can_be_reached_from_the_readme(page: Path) -> None:
    """A page without a link to it is never found."""
    assert f"docs/{page.name}" in README.read_text(encoding="utf-8") or any(
        f"({page.name}" in other.read_text(encoding="utf-8") for other in PAGES
    )


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    """Each file exists, and each heading in it."""
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", prose(page)):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), link


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.stem)
def test_settings_exist(page: Path) -> None:
    """Every key of a TOML block under [sources.centra_source] and [globale] is one that the code reads."""
    for block in blocks(page, "toml"):
        settings = tomlkit.parse(block).unwrap()
        source: Mapping[str, Any] = settings.get("sources", {}).get("centra_source", {})
        assert set(source) <= set(signature(centra_source).parameters)
        catalog: Mapping[str, Any] = settings.get("globale", {})
        assert set(catalog) <= set(CatalogConfiguration.get_resolvable_fields())


def test_every_personal_field_is_listed() -> None:
    """The names that `pii` takes, by type."""
    text = (PROJECT / "docs" / "personal_data.md").read_text(encoding="utf-8")
    _, _, table = text.partition("## Which fields count as personal data?")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", table, flags=re.MULTILINE)
    assert [f"{kind}.{name}" for kind, names in rows for name in re.findall(r"`(\w+)`", names)] == [*PERSONAL]


def command_lines() -> list[str]:
    """Every line after a `$` in README and docs, once."""
    lines = [line for page in ALL for block in blocks(page, "console") for line in block.splitlines()]
    return list(dict.fromkeys(line[2:] for line in lines if line.startswith("$ ")))


def test_every_command_is_run_by_a_test() -> None:
    """A command that is added to a page needs a test, and a line above."""
    assert sorted(command_lines()) == sorted([*RUN_HERE, *RUN_ELSEWHERE])


def test_files_that_run_commands_exist() -> None:
    """The table above leads somewhere."""
    assert [file for file in RUN_ELSEWHERE.values() if not (PROJECT / file).exists()] == []


@pytest.mark.slow
def test_python_examples_run(small_shop: Sandbox, workplace: Workplace) -> None:
    """Those of all pages, each as it is, after a load."""
    assert workplace.load(small_shop).returncode == 0
    for page in PAGES:
        for example in blocks(page, "python"):
            if re.search(r"^(?:import|from) ", example):
                script = workplace.folder / "example.py"
                script.write_text(example, encoding="utf-8")
                done = workplace.run(script=str(script), **make_environment(small_shop))
                assert done.returncode == 0, (page.name, example, done.stderr)


UNUSED = (
    "accounts",
    "affiliates",
    "allocation_rules",
    "buyers",
    "campaign_variants",
    "campaigns",
    "delivery_windows",
    "gift_certificates",
    "id_conversions",
    "invoices",
    "mapped_attributes",
    "measurement_charts",
    "newsletter_subscriptions",
    "price_alterations",
    "size_charts",
    "stock_change_lines",
    "stock_changes",
    "subscription_contracts",
    "subscription_plans",
    "subscriptions",
)
"""Resources that no command derives anything of."""


@pytest.mark.slow
def test_commands_run(small_shop: Sandbox, workplace: Workplace) -> None:
    """From the first look at the token to the tables of Global-e's orders, in one folder."""
    (workplace.folder / "query.graphql").write_text("query stores { stores { id name } }", encoding="utf-8")
    report = Workbook(write_only=True)
    sheet = report.create_sheet()
    sheet.append(["Global-e Order ID", "Total Amount", "Currency"])
    sheet.append(["GE1", 10, "EUR"])
    report.save(workplace.folder / "weekly.xlsx")
    environment = make_environment(small_shop)
    environment["SOURCES__CENTRA_SOURCE__EXCLUDE"] = json.dumps(UNUSED)
    for line, exit_code in RUN_HERE.items():
        done = centra(workplace, *shlex.split(line)[1:], **environment)
        assert done.returncode == exit_code, (line, done.stdout, done.stderr)


@pytest.mark.parametrize("line", [line for line in command_lines() if line.startswith("centra ")])
def test_commands_of_centra_exist(line: str) -> None:
    """The command and each of its options are declared."""
    words = shlex.split(line)
    name = next(" ".join(words[:count]) for count in (3, 2) if " ".join(words[:count]) in OPTIONS)
    known = {usage.split(" ")[0] for usage, _, _ in OPTIONS[name]}
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.stem)
def test_commands_within_sentences_exist(page: Path) -> None:
    """Also `centra load --sweep` in the middle of a sentence."""
    for line in re.findall(r"`(centra [a-z][^`\n]*)`", prose(page)):
        test_commands_of_centra_exist(line.replace("COMMAND", "load"))


@pytest.mark.parametrize(
    "page", [page for page in ALL if page.stem not in GENERATED], ids=lambda page: page.stem
)
def test_phrases_are_plain(page: Path) -> None:
    """What codespell cannot see, as it looks at single words."""
    phrases = r"stands? in|let loose|at rest|what is to be|of which|(?<!here )(?:is|are) no [a-z]+"
    assert re.findall(rf"\b(?:{phrases})\b", prose(page)) == []
