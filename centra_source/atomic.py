"""Files that are complete or absent: each is written next to its place, and moved there when it is
complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_IMODE


@contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """Yields a path next to `path` to write to, and moves that file to `path` when the block succeeds.

    An error leaves an earlier file at `path` unchanged, and nothing next to it. Everyone who may read the
    earlier file may read the new one.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield unfinished
        with unfinished.open("r+b") as file:
            os.fsync(file.fileno())
        if path.exists():
            unfinished.chmod(S_IMODE(path.stat().st_mode))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
