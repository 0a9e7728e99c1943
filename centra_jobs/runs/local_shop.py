"""Runs a demo shop next to a job, for trying it without an account."""

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
    """Starts a demo shop in its own process, and stops it afterwards.

    Yields:
        The arguments of the source that connect to it.

    Raises:
        CentraError: The shop does not start.
    """
    with subprocess.Popen([sys.executable, *COMMAND], stdout=subprocess.PIPE, text=True) as process:
        try:
            greeting = process.stdout.readline() if process.stdout else ""
            found = re.search(r"(http://\S+/graphql) \(token: (\S+)\)", greeting)
            if not found:
                raise CentraError("The demo shop does not start. Run: pip install 'centra-source[sandbox]'.")
            yield {"base_url": found[1], "access_token": found[2]}
        finally:
            process.terminate()
