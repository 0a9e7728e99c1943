"""The command `centra`: what it lists, how soon it prints, and what it says about bad options."""

from __future__ import annotations

import inspect
import os
import pty
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from centra_jobs import defaults
from centra_jobs.cli import main
from centra_source.settings import WINDOW_ROWS

from ..support.commands import find_command, list_option_names
from ..support.workplace import PROJECT, Workplace

COMMANDS = {
    *("load", "check", "forecast", "backfill", "nightly", "derive"),
    *("sandbox", "notebook", "dashboard", "query", "globale"),
}

JOBS = {
    "load": ("load",),
    "check": ("check",),
    "forecast": ("forecast",),
    "backfill": ("backfill",),
    "nightly": ("nightly",),
    "derive": ("derive",),
    "query": ("query",),
    "globale_catalog": ("globale", "catalog"),
    "globale_doctor": ("globale", "doctor"),
    "globale_orders": ("globale", "orders"),
}
"""The words of the command for each module of centra_jobs.jobs that has options of its own."""

HEAVY = ("dlt", "centra_source", "pyarrow", "duckdb", "pandas", "gql", "rich")

WATCHED_HELP = f"""
import sys
from centra_jobs.cli import main
code = main(["--help"])
print("imported:", [name for name in {HEAVY!r} if name in sys.modules])
sys.exit(code)
"""

WATCHED_RUN = """
import sys

class Stop:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("dlt", "centra_source"):
            sys.stderr.write("import of " + name + "\\n")
            sys.exit(9)

sys.meta_path.insert(0, Stop())
from centra_jobs.cli import main
main(sys.argv[1:])
"""
"""Runs a command up to its first heavy import."""


def run_on_terminal(*command: str) -> str:
    """What a command prints on a terminal, without control sequences."""
    controller, terminal = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(command, stdout=terminal, stderr=terminal, env=environment) as process:
        os.close(terminal)
        printed = b""
        while True:
            try:
                part = os.read(controller, 10_000)
            except OSError:  # Linux ends a terminal that nobody has open with an error
                break
            if not part:
                break
            printed += part
        process.wait(60)
    os.close(controller)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", printed.decode()).replace("\r\n", "\n")


def test_help_lists_every_command_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal of 80 columns no description is cut off."""
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    lines = {line.split()[0]: line for line in shown.split("Commands:")[1].splitlines() if line.strip()}
    assert lines.keys() == COMMANDS
    assert [line for line in lines.values() if line.endswith("...") or len(line) > 80] == []


def test_help_imports_nothing_heavy() -> None:
    """So it appears at once."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED_HELP],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[-1] == "imported: []", done.stderr


@pytest.mark.parametrize("command", ["load", "check", "forecast", "nightly", "derive", "globale catalog"])
def test_first_line_is_printed_before_the_heavy_imports(command: str) -> None:
    """A person at a terminal sees that something happens, and what."""
    lines = run_on_terminal(sys.executable, "-c", WATCHED_RUN, *command.split()).splitlines()
    assert lines[0].startswith("Starting: ")
    assert lines[1].startswith("import of ")


@pytest.mark.full
def test_first_line_is_for_terminals_only(workplace: Workplace) -> None:
    """What is written to a file or a pipe stays what it was."""
    done = workplace.run("--resources", "nothing")
    assert "Starting" not in done.stdout + done.stderr


@pytest.mark.parametrize("job", JOBS)
def test_every_option_reaches_its_job(job: str) -> None:
    """The parameters of a command are those of its job, whatever the options are called."""
    parameters = {option.name for option in find_command(*JOBS[job]).params} - {"help"}
    module = import_module(f"centra_jobs.jobs.{job}")
    taken = set(inspect.signature(module.run).parameters) - {"console"}
    if job == "nightly":
        taken = set(inspect.signature(module.Options).parameters)
    assert parameters == taken


def test_defaults_are_those_of_the_source() -> None:
    """They are repeated where nothing is imported, so that help is quick."""
    assert defaults.BACKFILL_ROWS_PER_LOAD == WINDOW_ROWS


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("load --sweeep", "No such option: --sweeep (Possible options: --sweep). See `centra load --help`."),
        ("load --permissions", "No such option: --permissions. It is an option of `centra check`."),
        ("globale doctor --strict", "No such option: --strict. It is an option of `centra globale catalog`."),
        ("backfill --end-date 2026-01-01", "Missing option '--start-date'. See `centra backfill --help`."),
        ("nightly --quiet --verbose", "--quiet and --verbose exclude each other: choose one."),
        ("check --json --permissions", "--permissions and --json exclude each other: choose one."),
        ("globale catalog --strict --exit-zero", "--strict and --exit-zero exclude each other: choose one."),
        ("lod", "No such command 'lod'."),
        ("globale", "Missing command. See `centra globale --help`."),
    ],
)
def test_bad_options_get_one_sentence(
    capsys: pytest.CaptureFixture[str], command: str, sentence: str
) -> None:
    """And exit code 2."""
    assert main(command.split()) == 2
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert (len(printed.err.splitlines()), printed.out) == (1, "")


@pytest.mark.parametrize(
    "script", sorted((PROJECT / "pipelines").glob("*_pipeline.py")), ids=lambda path: path.stem
)
def test_scripts_are_the_commands(script: Path) -> None:
    """dlt's conventions keep working: each script takes the options of its command."""
    done = subprocess.run(
        [sys.executable, str(script), "--help"],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: centra ")


def test_package_runs_as_the_command() -> None:
    """`python -m centra_jobs` needs no installed script."""
    done = subprocess.run(
        [sys.executable, "-m", "centra_jobs", "load", "--help"],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("Usage: centra load ")
    assert {"--sandbox", "--resources", "--full-refresh"} <= list_option_names("load")
