"""`centra dashboard`: opens dlt's dashboard on the loaded shop in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from rich.console import Console

from centra_notebooks import dashboard
from centra_source.exceptions import InvalidSetting


def run(console: Console, *, options: Sequence[str]) -> int:
    """Replaces this process by marimo's.

    Args:
        console: Not used.
        options: Passed on to `marimo run`, such as `--headless`.

    Raises:
        InvalidSetting: marimo is not installed.
    """
    if find_spec("marimo") is None:
        raise InvalidSetting("The dashboard needs marimo: pip install 'centra-source[notebooks]'.")
    dashboard.main(options)
