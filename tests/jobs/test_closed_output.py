"""A job whose output nobody reads any more goes on, and ends with its own exit code."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ..support.selection import representative
from ..support.workplace import PROJECT

PRINTING = """
import logging, sys
from rich.console import Console
from centra_jobs import cli

def run(_words, **_options):
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, force=True)
    for number in range(3_000):
        print("printed", number)
        Console().print("by rich", number)
        logging.info("logged %s", number)
    print("is open" if sys.stdout.isatty() is False else "", file=sys.stderr)
    return 3

cli.typer.main.get_command = lambda app: type("Command", (), {"main": staticmethod(run)})
sys.exit(cli.main(["load"]))
"""


SHELLS = ["{} | head -1", "{} >&-", "{} 2>&- >&-", "{} 2>&1 | head -1"]


@pytest.mark.parametrize("shell", representative(SHELLS, "{} >&-", "{} 2>&1 | head -1"))
def test_exit_code_is_that_of_the_job(shell: str) -> None:
    """Its reader has left, or it never had one: nothing is said of it, and the job runs to its end."""
    job = f'"{sys.executable}" -c "$JOB"'
    done = subprocess.run(
        ["bash", "-c", f"{shell.format(job)}; exit ${{PIPESTATUS[0]}}"],
        cwd=PROJECT,
        env={"JOB": PRINTING, "PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 3, done.stderr
    assert done.stderr.strip() in ("is open", "")
