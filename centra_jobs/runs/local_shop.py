"""Runs a demo shop next to a job, for trying it without an account."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

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

PACKAGES = ("tzdata", "uvicorn")
"""What the extra `sandbox` installs."""


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
                raise CentraError(f"The demo shop does not start. {_suggest_remedy()}")
            yield {"base_url": found[1], "access_token": found[2]}
        finally:
            process.terminate()


def _suggest_remedy() -> str:
    if any(find_spec(package) is None for package in PACKAGES):
        return "Run: pip install 'centra-source[sandbox]'."
    return "The error is printed above; to see it alone, run: python -m centra_sandbox."
