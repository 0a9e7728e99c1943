"""The state of the catalog file after an error during a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from centra_sandbox import Errors, HttpError, Request, Sandbox, Shop, TooManyRequests, Unauthorized

from .catalog_ways import Run, run_script, run_source
from .changing_catalog import Findings, Truth, examine
from .measure import PROJECT, empty_folder

SCRIPT, SOURCE = "published script", "this source"
AGAIN = "run again"

EARLIER = b"Product Unique Identifier,SKU,Display Name,Product Description,Country of Origin\r\n"
"""The file of an earlier run."""

FOR_GOOD = 1_000_000
"""More requests than any way makes."""

KILLED = "killed in the middle"

TROUBLES: dict[str, Callable[[Sandbox, int], None]] = {
    "HTTP 429 once": lambda sandbox, skip: sandbox.fail(TooManyRequests(), skip=skip),
    "HTTP 500 once": lambda sandbox, skip: sandbox.fail(HttpError(500), skip=skip),
    "an error in the answer once": lambda sandbox, skip: sandbox.fail(Errors(), skip=skip),
    "the token expires": lambda sandbox, skip: sandbox.fail(Unauthorized(), times=FOR_GOOD, skip=skip),
}
"""The errors, each after some requests."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended, and the state of its file.

    Attributes:
        findings: None where the file is that of the run before.
        state: What a person who finds the file sees.
    """

    way: str
    ended_by: str
    findings: Findings | None
    state: str


def meet(trouble: str, sandbox: Sandbox, script_requests: int, source_requests: int) -> list[Outcome]:
    """Runs both ways with an error in the middle, and this source again after the error.

    Args:
        trouble: A name of TROUBLES, or KILLED.
        sandbox: A shop that nobody edits.
        script_requests: How many requests the script makes of it,
        source_requests: and this source.
    """
    truth = Truth.of(sandbox.shop)
    with empty_folder() as folder:
        path, folder = folder / "catalog.csv", folder / "source"
        folder.mkdir()

        def outcome(way: str, ended_by: str) -> Outcome:
            findings, state = _state(path, truth)
            return Outcome(way, ended_by or "finishes", findings, state)

        def meet_one(run: Callable[[], Run], command: tuple[str, ...], requests: int) -> str:
            path.write_bytes(EARLIER)
            if trouble == KILLED:
                _kill(sandbox, command, after=requests // 2)
                return "SIGKILL"
            TROUBLES[trouble](sandbox, requests // 2)
            error = run().error
            sandbox.recover()
            return error

        to = sandbox.url, sandbox.token
        script = "benchmarks.published_script", *to, str(path), "--no-sleep"
        source = "benchmarks.catalog_ways", *to, str(folder), str(path)
        error = meet_one(lambda: run_script(sandbox, path), script, script_requests)
        outcomes = [outcome(SCRIPT, error or "does not finish")]
        error = meet_one(lambda: run_source(sandbox, folder, path), source, source_requests)
        outcomes.append(outcome(SOURCE, error))
        if error:
            outcomes.append(outcome(f"{SOURCE}, {AGAIN}", run_source(sandbox, folder, path).error))
        return outcomes


def _kill(sandbox: Sandbox, command: tuple[str, ...], after: int) -> None:
    """Runs a module in a separate process and kills it during one of its requests."""
    seen = 0

    def before(request: Request, shop: Shop) -> None:
        nonlocal seen
        seen += 1
        if seen == after + 1:
            os.kill(process.pid, signal.SIGKILL)

    sandbox.before_request(before)
    process = subprocess.Popen((sys.executable, "-m", *command), cwd=PROJECT, stdout=subprocess.DEVNULL)
    if process.wait(timeout=120) != -signal.SIGKILL:
        raise RuntimeError(f"{command[0]} ended before it could be killed.")


def _state(path: Path, truth: Truth) -> tuple[Findings | None, str]:
    content = path.read_bytes()
    if content == EARLIER:
        return None, "the one of the run before"
    findings = examine(path, truth)
    if not content.endswith(b"\r\n"):
        return findings, "breaks off in a record" if content else "empty"
    return findings, "looks whole, ends early" if findings.missing else "complete"
