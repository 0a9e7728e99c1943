"""Opens dlt's dashboard on the loaded shop: `python notebooks/dashboard.py`.

`dlt pipeline centra_pipeline show` opens the same app, but only where `dlt[hub]` is installed, which has a
licence of its own. The app itself is part of dlt and needs marimo only.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import dlt

from notebooks.shop import PIPELINE

APP = Path(dlt.__file__).parent / "_workspace" / "helpers" / "dashboard" / "dlt_dashboard.py"


def command(*options: str) -> list[str]:
    """What starts the dashboard; options are those of `marimo run`, such as `--headless`."""
    return [sys.executable, "-m", "marimo", "run", str(APP), *options, "--", "--pipeline", PIPELINE]


if __name__ == "__main__":
    os.execv(sys.executable, command(*sys.argv[1:]))
