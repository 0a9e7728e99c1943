"""What reaches a terminal or a log is text: nothing in a shop steers the one or fakes a line of the other."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys

import pytest
from rich.console import Console
from rich.table import Table

from centra_jobs.console import plain_console
from centra_jobs.output import logs
from centra_jobs.output.globale_doctor_report import show_doctor
from centra_jobs.plain_text import clean_text, encode_json
from centra_jobs.runs import launch
from centra_source.exceptions import CentraError
from centra_source.globale import Step

from ..support.workplace import PROJECT

PLANTED = (
    "Scarf\x1b[2J\x1b]0;title\x07 \x9b31m \x00 \x08 \r \x7f \u202egnp.exe \u2028 blue\n2026-12-01 INFO Loaded"
)
OBEYED = [one for one in PLANTED if one != "\n" and not (one.isprintable() or one == " ")]


def find_obeyed(text: str) -> list[str]:
    """Returns the characters of a text that a terminal would obey."""
    return [one for one in OBEYED if one in text]


def make_record(message: str, **fields: object) -> logging.LogRecord:
    """Returns an event with a traceback."""
    try:
        raise ValueError(PLANTED)
    except ValueError:
        record = logging.LogRecord("dlt", logging.ERROR, "", 0, message, (), sys.exc_info())
    record.fields = fields
    return record


def test_console_prints_nothing_that_a_terminal_obeys() -> None:
    """In a line, a cell, a heading, and what is being waited for; rich's own codes still work."""
    output = io.StringIO()
    console = plain_console(file=output, width=200)
    console._force_terminal = True
    table = Table(PLANTED, title=PLANTED)
    table.add_row(PLANTED)
    console.print(PLANTED, style="bold")
    console.print(table)
    with console.status(PLANTED):
        pass
    shown = output.getvalue()
    for code in ("\x1b[1m", "\x1b[0m", "\x1b[?25l", "\x1b[?25h", "\x1b[2K", "\x1b[1A", "\r"):
        shown = shown.replace(code, "")
    assert "Scarf\ufffd[2J" in shown
    assert [one for one in find_obeyed(shown) if one != "\x1b"] == []
    assert "\x1b[2J" not in shown
    assert "\x1b]0" not in shown


@pytest.mark.parametrize("formatter", [logs.TextFormatter(), logs.JsonFormatter()])
def test_log_line_is_one_line_of_text(formatter: logging.Formatter) -> None:
    """A name cannot pretend to be an event of its own, be it in the message or in a field."""
    line = formatter.format(make_record(PLANTED, resource=PLANTED))
    assert find_obeyed(line) == []
    if isinstance(formatter, logs.JsonFormatter):
        assert json.loads(line)["resource"] == PLANTED
        assert "\n" not in line
    else:
        assert sum(one.startswith("2026-12-01 INFO") for one in line.splitlines()) == 1  # in the traceback


def test_console_of_a_log_is_clean_too(caplog: pytest.LogCaptureFixture) -> None:
    """Code that prints is heard in the log."""
    with caplog.at_level(logging.INFO, logger="centra"):
        logs.log_console().print(PLANTED)
    assert find_obeyed(caplog.text) == []


@pytest.mark.parametrize("error", [CentraError(PLANTED), KeyError(PLANTED)])
def test_error_of_a_job_is_clean(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A known one is one line, an unforeseen one a traceback; neither holds a secret of the settings."""
    monkeypatch.setenv("SOURCES__CENTRA_SOURCE__ACCESS_TOKEN", "a-token-of-a-shop")
    error.args = (f"{error.args[0]} a-token-of-a-shop",)

    def run(console: Console) -> int:
        raise error

    monkeypatch.setattr(launch, "import_job", lambda name: type("Job", (), {"run": staticmethod(run)}))
    assert launch.run_job("load", {}) == 1
    shown = capsys.readouterr().err
    assert find_obeyed(shown) == []
    assert "a-token" not in shown
    assert (len(shown.splitlines()) == 1) is isinstance(error, CentraError)


def test_logs_of_libraries_are_clean(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """dlt's logger prints by itself, unless the job is the nightly one."""

    def run(console: Console) -> int:
        logging.getLogger("dlt").warning("Centra says %s.", PLANTED)
        return 0

    monkeypatch.setattr(launch, "import_job", lambda name: type("Job", (), {"run": staticmethod(run)}))
    with caplog.at_level(logging.WARNING):
        assert launch.run_job("load", {}) == 0
    (record,) = caplog.records
    assert record.getMessage() == f"Centra says {' '.join(clean_text(PLANTED).split())}."


def test_reports_keep_names_on_their_line() -> None:
    """The name of a market or a store cannot add a line to the list of steps."""
    output = io.StringIO()
    step = Step(1, "Markets", "ok", PLANTED, "")
    show_doctor([step], plain_console(file=output, width=500))
    assert not any(line.startswith("2026-12-01 INFO") for line in output.getvalue().splitlines())


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
def test_json_is_exact_in_every_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`centra query` may be piped into another program."""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    written = encode_json({"name": f"{PLANTED} ✓ ö"})
    assert json.loads(written.encode(encoding))["name"] == f"{PLANTED} ✓ ö"
    assert find_obeyed(written) == []


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "cp1252"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
)
def test_output_that_is_not_unicode_loses_characters_only(environment: dict[str, str]) -> None:
    """In the command's own lines, in an error, and in a table with a spinner."""
    code = (
        "from centra_jobs.cli import main; from centra_jobs.console import plain_console\n"
        "print(main(['load', '--start-datum', '\\u2713 \\xf6']))\n"
        "plain_console().print('\\u2713 Gr\\xf6\\xdfe'); plain_console(stderr=True).print('\\u624b')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), **environment},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert done.stdout.startswith(b"2")
    assert b"? Gr" in done.stdout
