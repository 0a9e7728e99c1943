"""`centra notebook`: opens a notebook on the loaded shop in a browser."""

from __future__ import annotations

import os
from collections.abc import Sequence

from rich.console import Console

from ..runs.notebooks import notebook_command


def run(console: Console, *, name: str, options: Sequence[str]) -> int:
    """Replaces this process by marimo's.

    Args:
        console: Not used.
        name: A notebook, such as `first_look`.
        options: Passed on to `marimo run`, such as `--headless`.
    """
    command = notebook_command(name, options)
    os.execv(command[0], command)
