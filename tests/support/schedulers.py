"""Environments of schedulers that are not installed together with this project, and commands in them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from centra_sandbox import Sandbox

from .workplace import PROJECT, Output, Workplace, make_environment


class Environment:
    """A virtual environment with a scheduler and the requirements of this project."""

    def __init__(self, folder: Path, *packages: str) -> None:
        self._programs = folder / "bin"
        uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        if uv is None:
            pytest.skip("uv is not installed, and pip takes minutes to install a scheduler")
        needed = ("-r", str(PROJECT / "pyproject.toml"))
        for command in (
            (uv, "venv", "--quiet", "--python", sys.executable, str(folder)),
            (uv, "pip", "install", "--quiet", "--python", str(self._programs / "python"), *packages, *needed),
        ):
            done = subprocess.run(command, capture_output=True, text=True, timeout=600)
            if done.returncode:
                pytest.skip(f"{packages[0]} cannot be installed: {done.stderr.strip().splitlines()[-1]}")

    def run(self, workplace: Workplace, sandbox: Sandbox, *command: str, **variables: str) -> Output:
        """Runs a program of the environment in a workplace, for a shop, and waits for its end."""
        environment = {
            "PATH": f"{self._programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(workplace.folder),
            "DLT_DATA_DIR": str(workplace.folder / "data"),
            "PYTHONPATH": str(PROJECT),
            **make_environment(sandbox),
            **variables,
        }
        return subprocess.run(
            command, cwd=workplace.folder, env=environment, capture_output=True, text=True, timeout=400
        )
