"""Opens dlt's dashboard on the loaded shop.

`dlt pipeline centra_pipeline show` opens the same app, but only with `dlt[hub]`, which has a licence of its
own. The app itself is part of dlt and needs only marimo.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import dlt

from centra_notebooks.shop import PIPELINE

APP = Path(dlt.__file__).parent / "_workspace" / "helpers" / "dashboard" / "dlt_dashboard.py"


def build_command(options: Sequence[str] = ()) -> list[str]:
    """Returns the command that starts the dashboard.

    Args:
        options: Options of `marimo run`, such as `--headless`.
    """
    return [sys.executable, "-m", "marimo", "run", str(APP), *options, "--", "--pipeline", PIPELINE]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Replaces this process by the dashboard.

    Args:
        arguments: Options of `marimo run`; None: those of this process.
    """
    os.execv(sys.executable, build_command(sys.argv[1:] if arguments is None else arguments))


if __name__ == "__main__":
    main()
