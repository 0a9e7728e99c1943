"""Files about a shop that are kept from one run to the next, for a week."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from time import time
from typing import Any

import orjson

from ..atomic import replace_file

KEPT_FOR = timedelta(days=7)
"""A shop can get fields without a new version, when a plugin or an extra is switched on."""


def is_current(path: Path) -> bool:
    """Whether there is such a file, and it is not too old."""
    try:
        return time() - path.stat().st_mtime <= KEPT_FOR.total_seconds()
    except OSError:
        return False


def write_kept_file(path: Path, content: dict[str, Any]) -> None:
    """Writes a file as JSON, whole or not at all. Makes its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replace_file(path) as unfinished:
        unfinished.write_bytes(orjson.dumps(content))
