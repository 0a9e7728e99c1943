"""Runs a sandbox shop beside a job, for a first look without an account."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from centra_source import CentraError

COMMAND = (
    "-m",
    "centra_sandbox",
    "--port",
    "0",
    "--products",
    "300",
    "--orders",
    "1000",
    "--plan",
    "enhanced",
)


@contextmanager
def local_shop() -> Iterator[dict[str, str]]:
    """Starts the shop in a process of its own and ends it afterwards.

    Yields:
        The arguments of the source that reach it.

    Raises:
        CentraError: It does not start.
    """
    with subprocess.Popen([sys.executable, *COMMAND], stdout=subprocess.PIPE, text=True) as process:
        try:
            greeting = process.stdout.readline() if process.stdout else ""
            found = re.search(r"(http://\S+/graphql) \(token: (\S+)\)", greeting)
            if not found:
                raise CentraError(
                    "The sandbox does not start: pip install -e '.[sandbox]' brings what it needs."
                )
            yield {"base_url": found[1], "access_token": found[2]}
        finally:
            process.terminate()
