"""Where the notebooks are, and the command that opens one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import centra_notebooks
from centra_notebooks import NOTEBOOKS
from centra_source.exceptions import InvalidSetting


def notebooks_folder() -> Path:
    """Returns the folder of the notebooks, in a checkout or in an installed package."""
    return Path(str(centra_notebooks.__file__)).parent


def notebook_command(name: str = "first_look", options: Sequence[str] = ()) -> list[str]:
    """Returns the command that opens a notebook in a browser.

    Args:
        name: One of `centra_notebooks.NOTEBOOKS`.
        options: Options of `marimo run`, such as `--headless`.

    Raises:
        InvalidSetting: There is no such notebook, or marimo is not installed.
    """
    if name not in NOTEBOOKS:
        raise InvalidSetting(f"There is no notebook '{name}': choose one of {', '.join(NOTEBOOKS)}.")
    if find_spec("marimo") is None:
        raise InvalidSetting("Notebooks need marimo: pip install 'centra-source[notebooks]'.")
    path = notebooks_folder() / f"{name}.py"
    return [sys.executable, "-m", "marimo", "run", str(path), *options]
