"""The schedules of pipelines/schedules: what they call exists, and they load a shop when they are run."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from configparser import ConfigParser
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from centra_jobs.cli import LOAD_EXIT_CODES
from centra_jobs.exit_codes import INCOMPLETE, INTERRUPTED, MISUSED, TERMINATED, UNDER_WAY
from centra_jobs.schedules.groups import AREAS_OF, resource_groups
from centra_sandbox import Sandbox
from centra_source import RESOURCES
from centra_source.resources import group_by_area

from ..support.commands import parse_options
from ..support.schedulers import Environment
from ..support.shop_rows import find_differences, list_planned_tables
from ..support.workplace import PROJECT, Output, Workplace, make_environment

SCHEDULES = PROJECT / "pipelines" / "schedules"
PAGE = PROJECT / "docs" / "warehouse.md"
JOB = "centra nightly"

RANGES = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}
"""The fields of a cron expression, each with what it may hold."""

FEW = ("products", "brands", "orders", "returns", "customers", "stock", "markets")
"""Resources of each group, read in each way: enough to see that a scheduler loads, and quick."""


def test_every_resource_is_in_one_group() -> None:
    """One that is in none would never be loaded, one that is in two would be loaded twice."""
    loaded = [name for names in resource_groups().values() for name in names]
    assert sorted(loaded) == sorted(name for name, resource in RESOURCES.items() if resource.selected)


def test_every_area_is_in_one_group() -> None:
    """So that a resource that is put into an area is loaded, and nothing else is to be thought of."""
    assert sorted(area for areas in AREAS_OF.values() for area in areas) == sorted(group_by_area())


def test_opt_in_resources_join_their_group() -> None:
    """Those that are not loaded by default come when they are named."""
    assert resource_groups(["prices"])["catalogue"] != resource_groups()["catalogue"]
    assert "prices" in resource_groups(["prices"])["catalogue"]


def checked_command(command: str) -> list[str]:
    """The options of `centra nightly` in a command; it must accept them."""
    words = shlex.split(command)
    given = words[words.index("nightly") + 1 :]
    assert words[words.index("nightly") - 1].endswith("centra")
    given = given[: given.index(">>")] if ">>" in given else given
    parse_options(["nightly"], given)
    return given


def checked_expression(expression: str) -> None:
    """A cron expression has five fields, with numbers that their kind may have."""
    for field, (least, most) in zip(expression.split(), RANGES.values(), strict=True):
        for part in field.split(","):
            found = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?", part)
            assert found, f"{expression}: {part}"
            numbers = [int(number) for number in found.groups()[:2] if number]
            assert numbers == sorted(numbers)
            assert all(least <= number <= most for number in numbers), f"{expression}: {part}"


def workflow() -> dict[str, Any]:
    """The workflow of GitHub Actions. YAML takes the word `on` for true."""
    text = (SCHEDULES / "github_actions.yml").read_text(encoding="utf-8")
    read: dict[Any, Any] = yaml.safe_load(text)
    return {"on" if key is True else key: value for key, value in read.items()}


def test_workflow_runs_every_night_one_at_a_time() -> None:
    """Or by hand; a run that waits is not thrown away, one that hangs ends, and none writes code."""
    made = workflow()
    (job,) = made["jobs"].values()
    for schedule in made["on"]["schedule"]:
        checked_expression(schedule["cron"])
    assert "workflow_dispatch" in made["on"]
    assert made["concurrency"]["cancel-in-progress"] is False
    assert made["permissions"] == {"contents": "read"}
    assert 0 < job["timeout-minutes"] < 360


def test_workflow_calls_the_job_as_it_is() -> None:
    """With and without the expression of the form, the job takes its options, and writes what is uploaded."""
    (job,) = workflow()["jobs"].values()
    (command,) = [step["run"] for step in job["steps"] if JOB in step.get("run", "")]
    expression = re.compile(r"\$\{\{ inputs\.\w+ && '(.*?)' \|\| '' \}\}")
    assert "--sweep" in checked_command(expression.sub(r"\1", command))
    given = checked_command(expression.sub("", command))
    (upload,) = [step for step in job["steps"] if "upload-artifact" in step.get("uses", "")]
    assert upload["if"] == "always()"
    assert upload["with"]["path"] == given[given.index("--report") + 1]
    assert given[given.index("--destination") + 1] == "postgres"


def test_workflow_pins_actions_and_keeps_secrets_out_of_commands() -> None:
    """A tag can be moved to other code, a hash cannot. What a command line holds is printed, unlike the
    environment."""
    made = workflow()
    (job,) = made["jobs"].values()
    for step in job["steps"]:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"]) if "uses" in step else step["run"]
        assert "secrets." not in str(step)
    assert [value for name, value in job["env"].items() if "secrets." not in value] == []


def cron_lines() -> list[tuple[str, str, str]]:
    """The expression, user and command of each line that starts something, and of those that are put off."""
    text = (SCHEDULES / "centra.cron").read_text(encoding="utf-8")
    lines = [line.lstrip("# ") for line in text.splitlines() if JOB in line]
    fields = [line.split(maxsplit=6) for line in lines]
    return [(" ".join(found[:5]), found[5], found[6]) for found in fields]


def test_cron_lines_are_well_formed() -> None:
    """Five fields, a user, and a command whose options exist; cron takes a % for the end of the line."""
    text = (SCHEDULES / "centra.cron").read_text(encoding="utf-8")
    assert text.endswith("\n"), "cron leaves out a line without an end"
    assert re.search(r"^DLT_DATA_DIR=/srv/centra/\w+$", text, re.MULTILINE), "not a shared temporary folder"
    assert cron_lines()
    for expression, user, command in cron_lines():
        checked_expression(expression)
        assert re.fullmatch(r"[a-z]+", user)
        assert "%" not in command
        checked_command(command)


def unit(name: str) -> ConfigParser:
    """A unit of systemd."""
    parser = ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as the standard library's page says
    parser.read(SCHEDULES / name, encoding="utf-8")
    return parser


def test_service_understands_the_exit_codes() -> None:
    """An overlap or a stop is not a failure, and what another try cannot fix is not tried again."""
    service = unit("centra-load.service")["Service"]
    checked_command(service["ExecStart"])
    assert service["SuccessExitStatus"] == f"{UNDER_WAY} {INTERRUPTED} {TERMINATED}"
    assert service["Restart"] == "on-failure"
    assert service["RestartPreventExitStatus"] == f"{MISUSED} {INCOMPLETE}"


def test_timer_makes_up_for_a_missed_night() -> None:
    """It names no unit, so it starts the service of the same name."""
    timer = unit("centra-load.timer")
    assert timer["Timer"]["Persistent"] == "true"
    assert timer["Install"]["WantedBy"] == "timers.target"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    """Every key and value of both, and the time of the timer."""
    for name in ("centra-load.service", "centra-load.timer"):
        text = (SCHEDULES / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/srv/centra/.venv/bin/centra", sys.executable))
    units = [str(tmp_path / name) for name in ("centra-load.service", "centra-load.timer")]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    when = unit("centra-load.timer")["Timer"]["OnCalendar"]
    assert subprocess.run(["systemd-analyze", "calendar", when], capture_output=True).returncode == 0


def test_dagster_sends_no_telemetry_and_runs_one_at_a_time() -> None:
    """By the file that is to be copied into its home."""
    settings = yaml.safe_load((SCHEDULES / "dagster.yaml").read_text(encoding="utf-8"))
    assert settings["telemetry"] == {"enabled": False}
    assert settings["concurrency"]["runs"]["max_concurrent_runs"] == 1


def test_page_names_every_file_and_exit_code() -> None:
    """And no file that is not there."""
    text = PAGE.read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(\.\./pipelines/schedules/([\w.-]+)\)", text))
    files = {path.name for path in SCHEDULES.iterdir() if path.is_file()}
    assert linked == files - {"__init__.py", "groups.py", "steps.py"}
    listed = set(re.findall(r"^\| (\d+) \|", text, re.MULTILINE))
    assert listed == set(re.findall(r"\d+", LOAD_EXIT_CODES))


def assert_loaded(workplace: Workplace, sandbox: Sandbox) -> None:
    """The few resources are in the tables as they are in the shop, those that are deleted aside."""
    for table in [table.name for name in FEW for table in list_planned_tables(name)]:
        rows = [row for row in workplace.rows(table) if row.get("deleted_at") is None]
        assert find_differences(sandbox.shop, table, rows) == []


def few() -> dict[str, str]:
    """The setting that leaves out all other resources."""
    return {"SOURCES__CENTRA_SOURCE__EXCLUDE": json.dumps([name for name in RESOURCES if name not in FEW])}


@pytest.mark.slow
def test_cron_line_loads_a_shop(workplace: Workplace, small_shop: Sandbox) -> None:
    """The command as cron would give it to its shell, in the folder that it names."""
    program = workplace.folder / ".venv" / "bin" / "centra"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m centra_jobs "$@"\n')
    program.chmod(0o755)
    command = cron_lines()[0][2].replace("/srv/centra", str(workplace.folder))
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(workplace.folder),
        "DLT_DATA_DIR": str(workplace.folder / "data"),
        "PYTHONPATH": str(PROJECT),
        **make_environment(small_shop),
        **few(),
    }
    done = subprocess.run(["/bin/sh", "-c", command], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert json.loads((workplace.folder / "warehouse.json").read_text())["exit_code"] == 0
    assert_loaded(workplace, small_shop)


@pytest.mark.slow
def test_airflow_loads_interval_by_interval(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The DAG is parsed and run for two nights in a row; in between the shop is edited."""
    folder = tmp_path_factory.mktemp("airflow")
    environment = Environment(folder / "environment", "apache-airflow>=3.3,<4")
    workplace = Workplace(folder / "work")
    dags = workplace.folder / "dags"
    dags.mkdir()
    shutil.copy(SCHEDULES / "airflow_dag.py", dags)
    settings = {
        "AIRFLOW_HOME": str(workplace.folder / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        **few(),
    }

    def airflow(sandbox: Sandbox, *command: str) -> Output:
        done = environment.run(workplace, sandbox, "airflow", *command, **settings)
        assert done.returncode == 0, (done.stdout + done.stderr)[-2_000:]
        return done

    first = datetime(2026, 11, 16, 2, tzinfo=timezone.utc)
    with Sandbox(products=12, orders=40, seed=3) as sandbox:
        airflow(sandbox, "db", "migrate")
        for night in (first, first + timedelta(days=1)):
            if night > first:
                sandbox.clock.start_at(night - timedelta(hours=3))
                edit(sandbox)
            sandbox.clock.start_at(night + timedelta(minutes=5))
            sandbox.requests.clear()
            done = airflow(sandbox, "dags", "test", "centra", night.isoformat())
            assert (done.stdout + done.stderr).count("new_state=success") == len(resource_groups()) + 1
            assert_loaded(workplace, sandbox)
        asked = [one.variables["where"] for one in sandbox.requests if one.operation == "orders"]
    assert {"updatedAt": {"from": "2026-11-16T00:59:59Z", "to": "2026-11-17T02:00:00Z"}} in asked
    assert "orders" in {row["resource"] for row in workplace.rows("deleted_objects")}


def edit(sandbox: Sandbox) -> None:
    """A change, a deletion, a new object, and one of a list without dates."""
    shop = sandbox.shop
    shop.update(shop.orders[0], otherComment="of the second night")
    shop.remove(shop.orders[1])
    shop.add_product(name="of the second night")
    shop.update(shop.brands[0], name="renamed")


@pytest.mark.slow
def test_dagster_loads_all_assets(tmp_path_factory: pytest.TempPathFactory, small_shop: Sandbox) -> None:
    """The nightly job, as its schedule starts it: the groups, then what is derived."""
    folder = tmp_path_factory.mktemp("dagster")
    environment = Environment(folder / "environment", "dagster")
    workplace = Workplace(folder / "work")
    home = workplace.folder / "home"
    home.mkdir()
    shutil.copy(SCHEDULES / "dagster.yaml", home)
    definitions = str(SCHEDULES / "dagster_definitions.py")
    command = ("dagster", "job", "execute", "-f", definitions, "-j", "centra")
    done = environment.run(workplace, small_shop, *command, DAGSTER_HOME=str(home), **few())
    assert done.returncode == 0, (done.stdout + done.stderr)[-2_000:]
    assert set(re.findall(r"- (\w+) - STEP_SUCCESS", done.stdout + done.stderr)) == {
        *resource_groups(),
        "derived",
    }
    assert_loaded(workplace, small_shop)
