"""The notebooks as an installed package has them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from centra_jobs.runs.notebooks import notebook_command, notebooks_folder
from centra_notebooks import NOTEBOOKS
from centra_notebooks.shop import NOT_LOADED
from centra_source.exceptions import InvalidSetting

from ..support.workplace import PROJECT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the contents of the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    with ZipFile(wheel) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


def run_installed(installed: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Runs Python on the contents of the wheel, in an empty folder."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(installed), "DLT_DATA_DIR": str(folder / "data")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_wheel_has_the_notebooks(installed: Path, tmp_path: Path) -> None:
    """The command that opens a notebook finds them next to the other packages."""
    code = "from centra_jobs.runs.notebooks import notebook_command; print(notebook_command()[-1])"
    done = run_installed(installed, tmp_path, "-c", code)
    assert done.stdout.strip() == str(installed / "centra_notebooks" / "first_look.py"), done.stderr
    packaged = {file.name for file in (installed / "centra_notebooks").iterdir() if file.is_file()}
    assert packaged == {file.name for file in notebooks_folder().iterdir() if file.is_file()}


@pytest.mark.full
def test_installed_notebook_runs(installed: Path, tmp_path: Path) -> None:
    """It imports its charts and tables from the installed package, and says that nothing is loaded."""
    done = run_installed(installed, tmp_path, str(installed / "centra_notebooks" / "first_look.py"))
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, NOT_LOADED, "")


def test_every_notebook_can_be_opened() -> None:
    """By its name; another name is refused with the names to choose from."""
    for name in NOTEBOOKS:
        command = notebook_command(name, ["--headless"])
        assert command[-2:] == [str(notebooks_folder() / f"{name}.py"), "--headless"]
        assert Path(command[-2]).is_file()
    with pytest.raises(InvalidSetting, match="choose one of first_look, sales_and_returns"):
        notebook_command("sales")
