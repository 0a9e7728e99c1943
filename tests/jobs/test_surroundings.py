"""What a job checks before it reads anything, and who may read what it writes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from centra_jobs.runs import private_files
from centra_jobs.runs.private_files import check_working_folder, keep_group, make_private_files
from centra_jobs.runs.settings_files import check_settings_files
from centra_source.atomic import replace_file
from centra_source.exceptions import InvalidSetting

SECRET = "a-token-of-a-shop"
SETTINGS = f'[sources.centra_source]\nbase_url = "https://shop"\naccess_token = "{SECRET}"\n'

UNREADABLE = {
    "UTF-8 with a byte order mark": SETTINGS.encode("utf-8-sig"),
    "UTF-16": SETTINGS.encode("utf-16"),
    "UTF-16 without its mark": SETTINGS.encode("utf-16-le"),
    "not UTF-8, from line 3": SETTINGS.replace("token =", "töken =").encode("cp1252"),
    "not TOML at line 3": SETTINGS.replace(f'"{SECRET}"', f"“{SECRET}”").encode(),
    "not TOML at line 3: quotes of one side": SETTINGS.replace(f'"{SECRET}"', f"„{SECRET}“").encode(),
    "not TOML at line 3: none": SETTINGS.replace(f'"{SECRET}"', SECRET).encode(),
    "a name or a section is in it twice: a name": f'{SETTINGS}access_token = "{SECRET}"\n'.encode(),
    "not TOML at line 6": f"{SETTINGS}{SETTINGS}".encode(),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a project, and a home folder and a folder for temporary files of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DLT_DATA_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1_000)
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid)
    (tmp_path / ".dlt").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", ["config.toml", "secrets.toml"])
@pytest.mark.parametrize("fault", UNREADABLE)
def test_settings_that_cannot_be_read_are_one_sentence(project: Path, name: str, fault: str) -> None:
    """It names the file and what is wrong with it, and repeats no secret."""
    (project / ".dlt" / name).write_bytes(UNREADABLE[fault])
    said = fault.split(":")[0].split(" without")[0]
    with pytest.raises(InvalidSetting, match=f"{name} is .*{said}") as error:
        check_settings_files()
    assert SECRET not in str(error.value)
    assert error.value.__cause__ is None or SECRET not in str(error.value.__cause__)


def test_settings_that_can_be_read_are_accepted(project: Path) -> None:
    """Also with Windows line ends, and if there are none."""
    check_settings_files()
    (project / ".dlt" / "secrets.toml").write_bytes(SETTINGS.replace("\n", "\r\n").encode())
    check_settings_files()


@pytest.mark.parametrize("planted", ["dlt", "dlt/pipelines"])
@pytest.mark.parametrize("fault", ["belongs to another user", "Anybody may write"])
def test_folder_of_somebody_else_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch, planted: str, fault: str
) -> None:
    """Without a home folder dlt takes one in the shared folder for temporary files."""
    assert private_files.find_pipelines_folder() == project / "dlt" / "pipelines"
    check_working_folder()
    assert (project / "dlt").stat().st_mode & 0o777 == 0o700
    folder = project / planted
    folder.mkdir(exist_ok=True)
    if fault == "Anybody may write":
        folder.chmod(0o777)
    elif planted == "dlt":
        monkeypatch.setattr(os, "getuid", lambda: project.stat().st_uid + 1)
    else:
        monkeypatch.setattr(private_files, "_list_folders", lambda is_chosen: [folder])
        monkeypatch.setattr(os, "getuid", lambda: project.stat().st_uid + 1)
    with pytest.raises(InvalidSetting, match=f"{fault}.* [Ss]et the (environment )?variable DLT_DATA_DIR"):
        check_working_folder()


def test_chosen_folder_may_be_a_shared_volume(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of which only the part that dlt has made counts."""
    volume = project / "volume"
    volume.mkdir()
    volume.chmod(0o777)
    monkeypatch.setenv("DLT_DATA_DIR", str(volume))
    check_working_folder()
    (volume / "pipelines").mkdir(mode=0o755)
    check_working_folder()
    (volume / "pipelines").chmod(0o777)
    with pytest.raises(InvalidSetting, match="Anybody may write"):
        check_working_folder()


@pytest.mark.parametrize(
    ("shared", "file_mode", "folder_mode"),
    [
        *((None, 0o600, 0o700), (0o600, 0o600, 0o700), (0o640, 0o640, 0o750), (0o660, 0o660, 0o770)),
        *((0o644, 0o600, 0o700), (0o664, 0o600, 0o700)),  # by the usual umasks, not by choice
    ],
)
def test_new_files_are_private_unless_the_group_shares_them(
    tmp_path: Path, shared: int | None, file_mode: int, folder_mode: int
) -> None:
    """A database that somebody has opened to a group keeps what DuckDB and dlt write next to it readable."""
    database = tmp_path / "centra.duckdb"
    if shared:
        database.touch()
        database.chmod(shared)
    before = os.umask(0o022)
    try:
        with make_private_files():
            keep_group([database, tmp_path / "absent"])
            (tmp_path / "centra.duckdb.wal").touch()
            (tmp_path / "load").mkdir()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert (tmp_path / "centra.duckdb.wal").stat().st_mode & 0o777 == file_mode
    assert (tmp_path / "load").stat().st_mode & 0o777 == folder_mode


def test_report_keeps_its_mode(tmp_path: Path) -> None:
    """Who could read the report of yesterday can read that of today; a new one is private."""
    path = tmp_path / "report.json"
    for mode, expected in ((None, 0o600), (0o644, 0o644), (0o640, 0o640)):
        if mode:
            path.chmod(mode)
        with make_private_files(), replace_file(path) as unfinished:
            unfinished.touch()
        assert path.stat().st_mode & 0o777 == expected
