"""What the last run of each pipeline on this machine could not load, for `centra check`."""

from __future__ import annotations

from collections.abc import Iterable

from .kept_json import keep_json, read_kept_json
from .private_files import find_pipelines_folder

SUFFIX = ".incomplete.json"


def record_last_run(pipeline: str, sentences: Iterable[str]) -> None:
    """Records what a run that has loaded something could not load as it is in the shop.

    Args:
        pipeline: Its name.
        sentences: One for each thing; empty if everything is there and exact.
    """
    keep_json(find_pipelines_folder() / f"{pipeline}{SUFFIX}", list(sentences))


def read_last_runs() -> dict[str, list[str]]:
    """Reads what the last run of each pipeline could not load, by the pipeline's name."""
    found = {}
    for path in sorted(find_pipelines_folder().glob(f"*{SUFFIX}")):
        sentences = read_kept_json(path)
        if isinstance(sentences, list) and sentences:
            found[path.name.removesuffix(SUFFIX)] = [str(one) for one in sentences]
    return found
