"""JSON files in the working folder that one run keeps for the next. No run depends on them."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from centra_source.atomic import replace_file


def keep_json(path: Path, content: Any) -> None:
    """Writes a file, whole or not at all. If that fails, the run goes on."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replace_file(path) as unfinished:
            unfinished.write_text(json.dumps(content), encoding="utf-8")
    except OSError as error:
        logging.getLogger(__name__).info(f"{path} cannot be written: {error.strerror}.")


def read_kept_json(path: Path) -> Any:
    """Reads a file; None if it is not there, truncated, or of another program."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
