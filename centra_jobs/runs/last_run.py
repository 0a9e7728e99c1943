"""What the last run of each pipeline on this machine could not load, for `centra check`."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path

from centra_source.atomic import replace_file

from .private_files import find_pipelines_folder

SUFFIX = ".incomplete.json"


def record_last_run(pipeline: str, sentences: Iterable[str]) -> None:
    """Records what a run that has loaded something could not load as it is in the shop.

    Args:
        pipeline: Its name.
        sentences: One for each thing; empty if everything is there and exact.
    """
    path = _find_file(pipeline)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replace_file(path) as unfinished:
            unfinished.write_text(json.dumps(list(sentences)), encoding="utf-8")
    except OSError as error:
        logging.getLogger(__name__).info(f"{path} cannot be written: {error.strerror}.")


def read_last_runs() -> dict[str, list[str]]:
    """Reads what the last run of each pipeline could not load, by the pipeline's name."""
    found = {}
    for path in sorted(find_pipelines_folder().glob(f"*{SUFFIX}")):
        try:
            sentences = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # truncated, or of another program
            continue
        if isinstance(sentences, list) and sentences:
            found[path.name.removesuffix(SUFFIX)] = [str(one) for one in sentences]
    return found


def _find_file(pipeline: str) -> Path:
    return find_pipelines_folder() / f"{pipeline}{SUFFIX}"
