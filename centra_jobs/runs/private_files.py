"""Keeps what jobs write to its owner, and rejects a working folder in which somebody else may write.

The database and the working folder hold personal data. dlt reads bookmarks and settings from its folder, so
anyone who can write there decides what a job does.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_IMODE

from dlt.common.runtime.run_context import RunContext

from centra_source.exceptions import InvalidSetting

OTHERS = 0o077
GROUP_READ, GROUP_WRITE, OTHERS_READ, ANYBODY_WRITE = 0o040, 0o020, 0o004, 0o002


@contextmanager
def make_private_files() -> Iterator[None]:
    """Lets only the owner read new files (0600) and enter new folders (0700), until the block ends."""
    mask = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(mask)


def keep_group(paths: Iterable[Path]) -> None:
    """Gives the group the same access to new files as to existing ones, if somebody has shared these with it.

    That is so if a group may read them and others may not, which the usual umask does not give: 0640 or
    0750. It ends with the block of `make_private_files`.

    Args:
        paths: A database, or a working folder. It need not exist.
    """
    mask = OTHERS
    for path in paths:
        mode = path.stat().st_mode if path.exists() else 0
        if mode & GROUP_READ and not mode & OTHERS_READ:
            mask &= ~(0o070 if mode & GROUP_WRITE else 0o050)
    os.umask(mask)


def check_working_folder() -> None:
    """Checks that nobody else can write what dlt reads from its folder.

    Without a home folder and `DLT_DATA_DIR`, as under cron, dlt uses a folder in the shared folder for
    temporary files, where another user may have made it before.

    Raises:
        InvalidSetting: The folder is another user's, or anybody may write to it.
    """
    if not hasattr(os, "getuid"):  # Windows, where folders of a profile are private
        return
    is_chosen = "DLT_DATA_DIR" in os.environ
    if not is_chosen:
        with suppress(OSError):
            find_pipelines_folder().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in _list_folders(is_chosen=is_chosen):
        if not os.path.lexists(folder):
            continue
        owners = {folder.lstat().st_uid, folder.stat().st_uid if folder.exists() else os.getuid()}
        # In a container that runs as root, a chosen folder may belong to a user of the machine.
        is_trusted = is_chosen and os.getuid() == 0
        if owners != {os.getuid()} and not is_trusted:
            raise InvalidSetting(
                f"The working folder {folder} belongs to another user. Set the environment variable "
                "DLT_DATA_DIR to a folder of your own (chmod 700)."
            )
        if S_IMODE(folder.stat().st_mode) & ANYBODY_WRITE:
            raise InvalidSetting(
                f"Anybody may write to the working folder {folder}. If nobody else has used it, run "
                f"chmod o-w {folder}. Otherwise set the variable DLT_DATA_DIR to a folder of your own."
            )


def find_pipelines_folder() -> Path:
    """Returns where dlt keeps bookmarks and load packages. Reads no settings."""
    return Path(RunContext(".").get_data_entity("pipelines"))


def _list_folders(*, is_chosen: bool) -> list[Path]:
    """Returns the folders that dlt reads. A chosen one may be a shared volume, not what dlt makes in it."""
    pipelines = find_pipelines_folder()
    return [pipelines] if is_chosen else [pipelines.parent, pipelines]
