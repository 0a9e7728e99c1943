"""Errors of this machine and of its database that have nothing to do with the rows."""

from __future__ import annotations

import errno
import re
from typing import NamedTuple

from centra_source.exceptions import causes

FULL_DISK = re.compile(
    "No space left on device|disk full|Disk quota exceeded|not enough (disk )?space", re.IGNORECASE
)
"""What systems, DuckDB and PostgreSQL say if a disk is full."""

HELD_FILE = re.compile(
    r"Could not set lock on file \"(?P<file>[^\"]*)\"(: Conflicting lock is held in (?P<program>.*?)"
    r" \(PID (?P<process>\d+)\)( by user (?P<user>\S+?))?\.)?"
)
"""What DuckDB says if another program has its file open."""


class Holder(NamedTuple):
    """The program that has a DuckDB file open.

    Attributes:
        file: The file.
        name: Who it is, such as "python3.11 (process 4711)".
    """

    file: str
    name: str


def find_holder(error: BaseException) -> Holder | None:
    """Returns the program that keeps a DuckDB file from being opened; None if that is not the reason."""
    for cause in causes(error):
        if found := HELD_FILE.search(str(cause)):
            program = (found["program"] or "another program").replace("\\", "/").rpartition("/")[2]
            process = f" (process {found['process']})" if found["process"] else ""
            user = f" of {found['user']}" if found["user"] else ""
            return Holder(found["file"], f"{program}{process}{user}")
    return None


def describe_circumstance(error: BaseException) -> str | None:
    """Describes a full disk or a database file in use in a sentence; None if it is something else."""
    if holder := find_holder(error):
        return (
            f"{holder.name} has the database {holder.file} open. Nothing is lost: close the database there, "
            "and run again."
        )
    for cause in reversed([*causes(error)]):  # the innermost knows most
        is_full = isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT)
        if is_full or FULL_DISK.search(str(cause)):
            file = f" of {cause.filename}" if isinstance(cause, OSError) and cause.filename else ""
            return f"The disk{file} is full. Nothing is lost: free some space, and run again."
    return None
