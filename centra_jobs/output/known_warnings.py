"""Warnings that hold every night are logged once: cron sends a mail for each line on standard error."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import centra_source

from ..runs.kept_json import keep_json, read_kept_json

MOST = 1_000
"""Warnings that are kept, the latest. Some hold a time, and so never repeat."""

PACKAGE = Path(centra_source.__file__).parent
"""The folder of the modules whose warnings repeat."""


class KnownWarnings:
    """The warnings that earlier runs with the same versions of this package and of Centra have logged.

    Attributes:
        logged: The warnings that this run has logged by its libraries, known or not.

    Args:
        path: A file that keeps the warnings from one run to the next.
    """

    def __init__(self, path: Path) -> None:
        self.logged: dict[str, None] = {}
        self._path = path
        self._version, self._earlier = _read(path)
        self._seen: dict[str, str] = {}

    def is_known(self, warning: str, *, with_any_numbers: bool = False) -> bool:
        """Whether an earlier run has logged a warning. Either way, later runs will know it.

        Args:
            warning: A sentence.
            with_any_numbers: Other numbers make no new warning: how many values are odd changes each night.
        """
        key = re.sub(r"[\d,.]*\d", "#", warning) if with_any_numbers else warning
        self._seen[key] = warning
        return key in self._earlier

    def is_new_record(self, record: logging.LogRecord) -> bool:
        """Whether a log record is not the repetition of a warning of `centra_source`."""
        if record.levelno != logging.WARNING or not Path(record.pathname).is_relative_to(PACKAGE):
            return True
        self.logged[record.getMessage()] = None
        return not self.is_known(record.getMessage())

    def save(self, version: str) -> list[str]:
        """Keeps the warnings for later runs.

        Args:
            version: The versions of this package and of Centra.

        Returns:
            What this run has held back, if a version has changed meanwhile: it has to be logged after all.
        """
        is_same = version == self._version
        unseen = [one for one in self._earlier if one not in self._seen] if is_same else []
        known = [*unseen, *self._seen][-MOST:]
        keep_json(self._path, {"version": version, "warnings": known})
        return [] if is_same else [text for key, text in self._seen.items() if key in self._earlier]


def _read(path: Path) -> tuple[str, dict[str, None]]:
    try:
        kept = read_kept_json(path)
        return str(kept["version"]), dict.fromkeys(kept["warnings"])
    except (TypeError, KeyError):  # there is none, or it is of another program
        return "", {}
